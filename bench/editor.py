"""The editor alone, beside ruamel's round trip and PyYAML, on a file of 5,500 lines; and as files grow.

`python -m bench.editor MEGABYTES` measures one size in a process of its own.
"""

from __future__ import annotations

import io
import resource
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Any

import yaml as pyyaml
from ruamel.yaml import YAML

from bench.measure import Aim, aim_line, in_turn, ratio_line, shown
from modelsync import yamledit

LINES = 5_500
CHANGES = 50
FASTER = Aim(at_least=8)
LINEAR = Aim(at_most=1.25)

_HEADER = """\
# Models of one provider. Prices are USD per 1M tokens.
providers:
  vendor:
    name: Vendor
    models:
"""

# What several people's hands leave in one file: comments in every place, lists at two
# indentations, quotes here and there, prices to the cent, long lines, blank lines.
_ENTRIES = (
    """\
      # -------------------------------------------------- family {number}
      model-{number}-instruct:  # chosen by the platform team
        model: "model-{number}.instruct"
        name: Model {number} Instruct
        description: Answers in text what it is asked in text and images, calls functions, and is fast
        context_length: 131072
        max_output_tokens: 32768    # what the provider's page says
        pricing:
          input: 0.30
          output: 1.20
          cache_read: 0.03
        modalities:
          input:
            - text
            - image
          output: [text]
        features: [chat, vision, function_calling]
        released: 2025-09-29

""",
    """\
      model-{number}-instruct:
        model: 'model-{number}.instruct'
        upstream: {{openrouter: vendor/model-{number}.instruct, note: ''}}
        # Halved in spring; see the contract.
        pricing:
          input: 2.50        # USD
          output: 10.00      # USD
        context_length: 200_000
        modalities:
          input:
          - text
          - file
          output:
          - text
        tags: [ eu, "no" ]
        notes: |
          Slow on Mondays.
        released: 2024-05-13

""",
)


def lines(pairs: int) -> Iterator[str]:
    """The ratio to ruamel's round trip, and the lines that each way of writing changes needlessly."""
    text = document(LINES)
    ours, theirs = _edited(text), _round_trip(text, tuned=True)
    _expect_same(ours, theirs)
    slow, fast = in_turn(
        _seconds_of(lambda: _round_trip(text, tuned=True)), _seconds_of(lambda: _edited(text)), pairs
    )
    name = f"{CHANGES} changes in {text.count(chr(10)):,} lines"
    yield ratio_line(name, slow, fast, FASTER, "ruamel's round trip {}, yamledit {}")
    yield f"         lines changed without need, with the same {CHANGES} changes made:"
    for way, written in (
        ("yamledit", ours),
        ("ruamel's round trip, set to fit the file best", theirs),
        ("ruamel's round trip as it comes", _round_trip(text, tuned=False)),
        ("PyYAML", _pyyaml(text)),
    ):
        yield f"{_lost_lines(text, written) - CHANGES:8,} {way}"


def at_sizes(megabytes: Sequence[float]) -> Iterator[str]:
    """The same changes in ever larger files: processor seconds, memory, and whether the time is linear."""
    measured = {}
    for size in megabytes:
        command = [sys.executable, "-m", "bench.editor", str(size)]
        answer = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
        measured[size] = float(answer[0])
        yield f"{size:8g} MB of YAML {shown(measured[size]):>8} {float(answer[1]):>6,.0f} MB"
    *_, before, last = (
        (measured[more] - measured[less]) / (more - less) for less, more in pairwise(megabytes)
    )
    yield aim_line("growth of the time per further MB", last / before, LINEAR)


def document(lines: int) -> str:
    """A provider file of about so many lines, of two people's styles in turn."""
    parts, count = [_HEADER], _HEADER.count("\n")
    while count < lines:
        entry = _ENTRIES[len(parts) % len(_ENTRIES)].format(number=len(parts))
        parts.append(entry)
        count += entry.count("\n")
    return "".join(parts)


def _changed_models(text: str) -> list[str]:
    """The keys of as many models as there are changes, spread over the file."""
    count = text.count("-instruct:")
    return [f"model-{1 + number * count // CHANGES}-instruct" for number in range(CHANGES)]


def _edited(text: str) -> str:
    models = ("providers", "vendor", "models")
    return yamledit.edit(
        text,
        [yamledit.Set((*models, key, "pricing", "input"), Decimal("0.25")) for key in _changed_models(text)],
    )


def _round_trip(text: str, *, tuned: bool) -> str:
    yaml = YAML()
    if tuned:
        yaml.preserve_quotes = True
        yaml.width = 1 << 20
        yaml.indent(mapping=2, sequence=4, offset=2)
    loaded = yaml.load(text)
    _change(loaded, _changed_models(text))
    stream = io.StringIO()
    yaml.dump(loaded, stream)
    return stream.getvalue()


def _pyyaml(text: str) -> str:
    loaded = pyyaml.load(text, pyyaml.CSafeLoader)
    _change(loaded, _changed_models(text))
    return pyyaml.dump(loaded, Dumper=pyyaml.CSafeDumper, sort_keys=False, allow_unicode=True)


def _change(loaded: Any, keys: Sequence[str]) -> None:
    for key in keys:
        loaded["providers"]["vendor"]["models"][key]["pricing"]["input"] = 0.25


def _expect_same(one: str, other: str) -> None:
    """Both texts mean the same, or the comparison would mean nothing."""
    loaded = (pyyaml.load(text, pyyaml.CSafeLoader) for text in (one, other))
    if next(loaded) != next(loaded):
        raise RuntimeError("the two editors disagree")


def _lost_lines(before: str, after: str) -> int:
    """How many lines of the text are no longer there as they were."""
    return (Counter(before.splitlines()) - Counter(after.splitlines())).total()


def _seconds_of(
    call: Callable[[], object], clock: Callable[[], float] = time.perf_counter
) -> Callable[[], float]:
    def timed() -> float:
        started = clock()
        call()
        return clock() - started

    return timed


def main() -> None:
    text = document(int(float(sys.argv[1]) * 2**20 / len(document(LINES)) * LINES))
    timed = _seconds_of(lambda: _edited(text), time.process_time)
    seconds = min(timed() for _ in range(3))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
    print(seconds, peak)


if __name__ == "__main__":
    main()
