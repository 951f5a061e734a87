"""Input that is made to fill the memory or the stack: it is refused or read, and the memory stays bounded.

`FAULTS=full` takes the largest of them as well.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zlib
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from fault_server import Step, endless, reply
from thorough import FULL
from workplace import Workplace, listing, row, rows

MB = 1 << 20
CAP = 256 * MB  # of an answer, packed or unpacked
MEASURED = """
import resource, sys
from modelsync.cli import main
try:
    main()
finally:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(peak * (1 if sys.platform == "darwin" else 1024), file=sys.stderr)
"""


class Measured(NamedTuple):
    """How a command ended, what it said, and the most memory that it had, in bytes."""

    code: int
    said: str
    peak: int


def measured(place: Workplace, *words: str) -> Measured:
    """The command in a process of its own. A shell is between: a process starts with its parent's peak."""
    answer = subprocess.run(
        ["sh", "-c", '"$@"; exit $?', "sh", sys.executable, "-c", MEASURED, *words],
        cwd=place.path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )
    *said, peak = answer.stderr.splitlines()
    return Measured(answer.returncode, answer.stdout + "\n".join(said), int(peak))


HEAD = b"HTTP/1.1 200 OK\r\nConnection: close\r\n"
START = b'{"data": ['
ENTRY = (
    "      m-{0}:\n        model: m-{0}  # why\n        pricing:\n          input: 1\n          output: 2\n"
)


def unpacking() -> Step:
    """Spaces without end in gzip, a thousandth of their length."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    start = packer.compress(START) + packer.flush(zlib.Z_FULL_FLUSH)
    block = packer.compress(b" " * MB) + packer.flush(zlib.Z_FULL_FLUSH)
    return endless(HEAD + b"Content-Encoding: gzip\r\n\r\n" + start, block * 64)


def numbered(model: dict[str, Any], count: int, *first: dict[str, Any]) -> bytes:
    """A list of one model again and again, each time with another number for `#`, after those."""
    head, *parts = json.dumps(model).encode().split(b"#")
    models = (head + b"".join(b"%d" % number + part for part in parts) for number in range(count))
    return START + b",".join([*(json.dumps(one).encode() for one in first), *models]) + b"]}"


def many_keys(count: int) -> bytes:
    return listing([*rows(), row("openai/new", "1", "2", **{f"key-{n}": n for n in range(count)})])


def many_models(count: int) -> bytes:
    described = row("others/model-#", "1", "2", description="what it can do " * 40)
    return numbered(described, count, *rows())


def aliases(levels: int) -> str:
    """Each level is nine times the one before: ten of them are three and a half billion words."""
    names = [chr(ord("a") + level) for level in range(levels)]
    below = zip(names[1:], names, strict=False)
    return "a: &a [x]\n" + "".join(f"{name}: &{name} [{', '.join([f'*{of}'] * 9)}]\n" for name, of in below)


ANSWERS = {
    "a body without end": (lambda: endless(HEAD + b"\r\n" + START, b" " * MB), 7, CAP + 64 * MB),
    "a gzip bomb": (unpacking, 7, CAP + 128 * MB),
    "JSON a million lists deep": (lambda: reply(b'{"data": ' + b"[" * MB), 7, 64 * MB),
    "JSON a million objects deep": (lambda: reply(START + b'{"a": ' * MB), 7, 96 * MB),
    "an integer of 5,000 digits": (lambda: reply(START + b'{"id": ' + b"9" * 5000 + b"}]}"), 7, 64 * MB),
    "a list of 100,000 models": (
        lambda: reply(many_models(100_000 if FULL else 5_000)),
        0,
        (512 if FULL else 96) * MB,
    ),
    "an object of a million keys": (
        lambda: reply(many_keys(MB if FULL else MB // 8)),
        7,
        (160 if FULL else 96) * MB,
    ),
    "a list of numbers or empty lists without end": (
        lambda: reply(START + b"[],1," * ((80 if FULL else 6) * MB // 2) + b"1]}"),
        7,
        (CAP + 128 * MB) if FULL else 96 * MB,
    ),
    "a million models": (lambda: reply(numbered({"id": "a/#"}, MB)), 7, 192 * MB),
    "more models than anybody adds": (
        lambda: reply(numbered(row("openai/#", "1", "2"), 10_001)),
        7,
        96 * MB,
    ),
    "names and descriptions without end": (
        lambda: reply(numbered(row("a/#", "1", "2", description="d" * 4000), 17_000)),
        7,
        CAP + 128 * MB,
    ),
}


@pytest.mark.parametrize(
    ("answer", "code", "most"),
    [pytest.param(*case, marks=pytest.mark.fault("bombs", name)) for name, case in ANSWERS.items()],
    ids=ANSWERS,
)
def test_an_answer_that_is_a_bomb_takes_bounded_memory(
    workplace: Workplace, answer: Callable[[], Step], code: int, most: int
) -> None:
    before = workplace.state()
    workplace.answers(answer())
    ran = measured(workplace, "plan")
    assert (ran.code, ran.peak < most) == (code, True), ran
    assert len(ran.said) < 4000
    assert workplace.state() == before


@pytest.mark.fault("bombs", "ids without end that fall on one key")
def test_ids_that_fall_on_one_key_take_memory_in_proportion_to_their_number(workplace: Workplace) -> None:
    word = "abcdefghijklm"
    spellings = (
        "".join(mark.upper() if number >> bit & 1 else mark for bit, mark in enumerate(word))
        for number in range(4_000)
    )
    workplace.lists(*(row(f"openai/{spelling}", "1", "2") for spelling in spellings))
    ran = measured(workplace, "plan", "--json")
    assert (ran.code, ran.peak < 96 * MB) == (0, True)
    assert "and 3,990 more" in ran.said


FILES = {
    "an alias bomb": (aliases(10), "aliases that stand for too much"),
    "YAML 500 lists deep": (f"providers: {'[' * 500}{']' * 500}\n", "nested deeper than 200 levels"),
    "YAML a million lists deep": (f"providers: {'[' * MB}\n", "nested deeper than 200 levels"),
}


@pytest.mark.parametrize(
    ("text", "reason"),
    [pytest.param(*case, marks=pytest.mark.fault("bombs", name)) for name, case in FILES.items()],
    ids=FILES,
)
def test_a_catalog_that_is_a_bomb_is_refused_in_one_line(
    workplace: Workplace, text: str, reason: str
) -> None:
    workplace.team.write("catalog/providers/bomb.yaml", text.encode())
    before = workplace.state()
    ran = measured(workplace, "check")
    assert (ran.code, ran.peak < 64 * MB) == (5, True), ran
    assert reason in ran.said
    assert len(ran.said.splitlines()) <= 3
    assert workplace.state() == before


@pytest.mark.fault("bombs", "a catalog of 50 MB")
def test_a_large_catalog_is_read_in_memory_that_grows_with_it(workplace: Workplace) -> None:
    size = (50 if FULL else 1) * MB
    entries = "".join(map(ENTRY.format, range(size // len(ENTRY.format(100_000)))))
    workplace.team.write(
        "catalog/providers/large.yaml", f"providers:\n  large:\n    models:\n{entries}".encode()
    )
    ran = measured(workplace, "check")
    assert (ran.code, ran.peak < 64 * MB + 30 * size) == (0, True), ran


@pytest.mark.fault("bombs", "less memory or threads than a command needs")
@pytest.mark.parametrize(("words", "code", "most"), [(("plan",), 7, 330_000), (("check",), 1, 250_000)])
def test_too_little_memory_is_told_as_what_it_is(
    workplace: Workplace, words: tuple[str, ...], code: int, most: int
) -> None:
    if words == ("plan",):
        workplace.answers(reply(many_models(120_000)))
    else:
        entries = "".join(map(ENTRY.format, range(300_000)))
        text = f"providers:\n  large:\n    models:\n{entries}"
        workplace.team.write("catalog/providers/large.yaml", text.encode())
    before = workplace.state()
    limited = ["sh", "-c", f'ulimit -v {most}; exec "$@"', "sh", sys.executable, "-m", "modelsync", *words]
    ran = subprocess.run(limited, cwd=workplace.path, capture_output=True, text=True, check=False)
    assert (ran.returncode, "not enough memory" in ran.stderr) == (code, True), ran
    assert len(ran.stderr.splitlines()) <= 2
    assert workplace.state() == before


@pytest.mark.fault("bombs", "less memory or threads than a command needs")
@pytest.mark.parametrize("words", [["check"], ["plan"], ["sync"], ["status"]])
def test_a_thread_that_cannot_be_started_is_told_as_what_it_is(
    workplace: Workplace, words: list[str]
) -> None:
    before = workplace.state()
    too_large = "import threading; threading.stack_size(1 << 46); from modelsync.cli import main; main()"
    ran = subprocess.run(
        [sys.executable, "-c", too_large, *words],
        cwd=workplace.path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, "starts no more threads" in ran.stderr) == (1, True), ran
    assert len(ran.stderr.splitlines()) == 1
    assert workplace.state() == before
