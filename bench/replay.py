"""`python -m bench.replay [FOLDER]`: sync over recorded OpenRouter lists in date order, each list a commit.

Nobody accepts anything. What was applied is read from the commits, by PyYAML and not by modelsync. Lists are
named by their date (`2026-08-22.json`); any other file is named and left out: lists of other kinds never mix.
Without a folder, 126 lists are made from the recorded one.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from statistics import median
from typing import Any

import yaml

from bench import catalogs, series
from bench.measure import ENVIRONMENT, Aim, machine
from modelsync import config
from modelsync.jobs import sync
from modelsync.records import Report
from modelsync.run.request import Run

_NAME = re.compile(r"(\d{4}-\d{2}-\d{2})(?:T(\d{2})-?(\d{2}))?\.json")
_PRICE_KEYS = {  # what modelsync calls OpenRouter's prices per token, told once more on purpose
    "prompt": "input",
    "completion": "output",
    "input_cache_read": "cache_read",
    "input_cache_write": "cache_write",
    "internal_reasoning": "reasoning",
}
FRESH = Aim(at_least=95)
NEW_HOLDS = Aim(at_most=1.99)
NONE = Aim(at_most=0)
SECONDS = Aim(at_most=60)
LISTS_OF_A_YEAR = 126

Prices = Mapping[tuple[str, str], Decimal]  # upstream id and price key -> USD per 1M tokens


@dataclass
class Day:
    """What one list led to."""

    name: str
    after: float  # days since the list before
    applied: int
    held: Mapping[tuple[str, str], str]  # what is held at which value -> the guard
    new: Counter[str]  # newly held, by guard
    lines: int
    needless: int
    seconds: float
    harm: list[str] = field(default_factory=list)  # applied, and never should have been


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.replay", description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, help="OpenRouter's answers, named by their dates")
    folder = parser.parse_args().folder
    with tempfile.TemporaryDirectory(prefix="modelsync-replay-") as work:
        if folder is None:
            folder = Path(work) / "lists"
            folder.mkdir()
            series.write(folder, LISTS_OF_A_YEAR)
        lists, others = found(folder)
        for other in others:
            print(f"left out: {other.name} is not named by a date alone")
        if len(lists) < 2:
            parser.error(f"{folder} holds fewer than two lists named such as 2026-08-22.json")
        for line in report(lists, Path(work) / "repository"):
            print(line, flush=True)


def report(lists: Sequence[Path], repository: Path) -> Iterator[str]:
    """A line for each list as soon as it is done, and what holds over all of them."""
    yield f"{machine()}; {len(lists)} lists, {lists[0].stem} to {lists[-1].stem}"
    yield ""
    yield "list               applied  new holds  still held  lines  needless  seconds"
    days = []
    for day in replay(lists, repository):
        days.append(day)
        yield _row(day)
    yield from summary(days, prices_of(repository), listed_prices(lists[-1]))


def found(folder: Path) -> tuple[list[Path], list[Path]]:
    """The lists by their dates, and the other JSON files of the folder."""
    files = sorted(folder.glob("*.json"))
    return [file for file in files if _NAME.fullmatch(file.name)], [
        file for file in files if not _NAME.fullmatch(file.name)
    ]


def replay(lists: Sequence[Path], repository: Path) -> Iterator[Day]:
    """Each day as soon as it is done, in a new repository that follows the lists."""
    os.environ.update(ENVIRONMENT)
    catalogs.start(repository, "https://openrouter.ai/api/v1/models")
    place = config.find(str(repository / "catalog"), repository)
    held: Mapping[tuple[str, str], str] = {}
    last = _date_of(lists[0])
    given_up: dict[tuple[str, str], dict[Decimal, datetime]] = {}
    for path in lists:
        begun = time.perf_counter()
        before = prices_of(repository)
        run = Run(
            place=place,
            config=config.load(place),
            now=_date_of(path),
            replay={"openrouter": path.resolve()},
            no_branch=True,
        )
        done = sync.sync(run)
        seconds = time.perf_counter() - begun
        day = _day(path.stem, (run.now - last).total_seconds() / 86400, done, held, seconds)
        if done.commit:
            after = prices_of(repository)
            day.lines, day.needless = changed_lines(repository)
            day.harm = [*harm(before, after), *returns(before, after, given_up, run.now)]
        held, last = day.held, run.now
        yield day


def summary(days: Sequence[Day], now: Prices, last: Prices) -> Iterator[str]:
    """What holds over the whole series."""
    later = days[1:]  # on the first day everything is new
    fresh = 100 * sum(now.get(place) == price for place, price in last.items()) / len(last)
    harmed = [f"{day.name}: {what}" for day in days for what in day.harm]
    guards = sum((day.new for day in later), Counter[str]())
    seconds = sum(day.seconds for day in days)
    yield ""
    for figure, what, aim in (
        (len(harmed), "prices applied that are negative, cross zero, move by 10 times, or go back", NONE),
        (fresh, f"of 100 prices are as the last list has them ({len(last):,} prices)", FRESH),
        (median(_new_a_day(day) for day in later), "new holds a day, at the median", NEW_HOLDS),
        (sum(day.needless for day in days), f"lines changed without need, of {_lines(days):,}", NONE),
        (seconds, f"seconds, {seconds / len(days):.2f} a list", SECONDS),
    ):
        yield f"{figure:8.1f} {what}; {aim}: {aim.verdict(figure)}"
    yield "newly held, by guard: " + (
        ", ".join(f"{n} {guard}" for guard, n in guards.most_common()) or "none"
    )
    yield from harmed


# ---------------------------------------------------------------------------- one day


def _date_of(path: Path) -> datetime:
    day, hour, minute = _NAME.fullmatch(path.name).groups("00")  # type: ignore[union-attr]
    return datetime.fromisoformat(f"{day}T{hour if hour != '00' else '12'}:{minute}").replace(tzinfo=UTC)


def _new_a_day(day: Day) -> float:
    """Lists that lie weeks apart bring the news of weeks at once."""
    return sum(day.new.values()) / max(1.0, day.after)


def _day(name: str, after: float, done: Report, before: Mapping[tuple[str, str], str], seconds: float) -> Day:
    held = {(hold.name, str(hold.change.new)): hold.guard for hold in done.plan.holds}
    new = Counter(guard for what, guard in held.items() if what not in before)
    applied = sum(len(change.fields) or 1 for change in done.plan.changes)
    return Day(name, after, applied, held, new, 0, 0, seconds)


def _row(day: Day) -> str:
    new = sum(day.new.values())
    named = "  " + ", ".join(f"{n} {guard}" for guard, n in day.new.most_common(3)) if new else ""
    return (
        f"{day.name:<18} {day.applied:>7}  {new:>9}  {len(day.held) - new:>10}  {day.lines:>5}"
        f"  {day.needless:>8}  {day.seconds:>7.2f}{named}"
    )


def _lines(days: Iterable[Day]) -> int:
    return sum(day.lines for day in days)


def harm(before: Prices, after: Prices) -> Iterator[str]:
    """Prices that nobody should have to find out about from a bill."""
    for place, new in after.items():
        old = before.get(place)
        known = old is not None
        if new < 0 or (known and (old == 0) != (new == 0)):
            yield f"{' '.join(place)}: {old} -> {new}"
        elif old and max(old, new) >= 10 * min(old, new):
            yield f"{' '.join(place)}: {old} -> {new}, 10 times or more"


def returns(
    before: Prices,
    after: Prices,
    given_up: dict[tuple[str, str], dict[Decimal, datetime]],
    now: datetime,
) -> Iterator[str]:
    """Prices that are again what they were within two weeks; notes what is given up today."""
    for place, old in before.items():
        new = after.get(place, old)
        if new != old:
            left = given_up.setdefault(place, {}).get(new)
            if left and now - left <= timedelta(days=14):
                yield f"{' '.join(place)}: {old} -> {new}, as it was until {left:%Y-%m-%d}"
            given_up[place][old] = now


def prices_of(repository: Path) -> dict[tuple[str, str], Decimal]:
    """The prices per token that the catalog states, by the upstream id that they are followed by."""
    found = {}
    for file in sorted(repository.glob("catalog/providers/*.yaml")):
        held = yaml.load(file.read_bytes(), _AsText)
        for provider in held["providers"].values():
            for entry in (provider.get("models") or {}).values():
                for key, price in (entry.get("pricing") or {}).items():
                    if key in _PRICE_KEYS.values():
                        found[entry["upstream"]["openrouter"], key] = Decimal(price)
    return found


def listed_prices(path: Path) -> dict[tuple[str, str], Decimal]:
    """The prices per token that a list states for plain ids, in USD per 1M tokens."""
    found = {}
    for row in json.loads(path.read_bytes(), parse_float=Decimal)["data"]:
        if ":" in row["id"] or row["id"].startswith("~"):
            continue
        for key, price in _PRICE_KEYS.items():
            stated = row["pricing"].get(key)
            if stated not in (None, "") and Decimal(stated) >= 0:
                found[row["id"], price] = (Decimal(stated) * 1_000_000).normalize()
    return found


class _AsText(yaml.CSafeLoader):
    """Reads every scalar as the text that it is."""

    yaml_implicit_resolvers: Mapping[str, Any] = {}


# ---------------------------------------------------------------------------- lines


def changed_lines(repository: Path) -> tuple[int, int]:
    """Lines that the last commit took out or put in, and how many of those say what was said before."""
    changed = needless = 0
    for name in _git(repository, "diff", "--name-only", "HEAD~1", "HEAD").splitlines():
        old, new = (_git(repository, "show", f"{at}:{name}", missing="") for at in ("HEAD~1", "HEAD"))
        removed, added = _difference(repository, name)
        changed += len(removed) + len(added)
        said, says = _said(old, removed), _said(new, added)
        needless += sum((said & says).values())
    return changed, needless


def _difference(repository: Path, name: str) -> tuple[set[int], set[int]]:
    """The numbers of the lines taken out and put in."""
    removed, added = set[int](), set[int]()
    for line in _git(repository, "diff", "-U0", "HEAD~1", "HEAD", "--", name).splitlines():
        hunk = re.match(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@", line)
        if hunk:
            for lines, start, count in ((removed, hunk[1], hunk[2]), (added, hunk[3], hunk[4])):
                lines.update(range(int(start), int(start) + int(count or 1)))
    return removed, added


def _said(text: str, lines: set[int]) -> Counter[tuple[tuple[str, ...], str]]:
    """What these lines of a file say: each value with the keys that lead to it."""
    root = yaml.compose(text, _AsText)
    stated = _values(root, ()) if root else ()
    return Counter((path, value) for line, path, value in stated if line in lines)


def _values(node: yaml.Node, path: tuple[str, ...]) -> Iterator[tuple[int, tuple[str, ...], str]]:
    """Each value with its line and keys; a list or a mapping on one line is one value."""
    if isinstance(node, yaml.MappingNode) and not node.flow_style:
        for key, value in node.value:
            yield from _values(value, (*path, key.value))
    elif isinstance(node, yaml.SequenceNode) and not node.flow_style:
        for item in node.value:
            yield from _values(item, path)
    else:
        said = node.value if isinstance(node, yaml.ScalarNode) else yaml.serialize(node)
        yield node.start_mark.line + 1, path, said


def _git(repository: Path, *arguments: str, missing: str | None = None) -> str:
    answer = subprocess.run(
        ["git", *arguments], cwd=repository, env=ENVIRONMENT, capture_output=True, check=missing is None
    )
    return answer.stdout.decode() if answer.returncode == 0 else str(missing)


if __name__ == "__main__":
    main()
