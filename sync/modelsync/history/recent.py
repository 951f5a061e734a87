"""What the catalog said before, read from git's commits. It writes nothing and remembers nothing."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from modelsync import catalog
from modelsync.catalog import Opened, Shape
from modelsync.records import Change, Earlier, FieldChange, GivenUp

if TYPE_CHECKING:
    from modelsync.git import FileChange, Repository

_NUMBER = re.compile(rb"\d[\d.eE+-]*")


class RecentPast(msgspec.Struct, frozen=True):
    """The numbers that the catalog gave up lately, by model and field, and what of that git does not know."""

    numbers: GivenUp = {}
    missing: str = ""


def moving(opened: Opened, changes: Iterable[Change]) -> dict[Path, list[Change]]:
    """The changes that replace one number by another, by the files that they are in."""
    by_file: dict[Path, list[Change]] = {}
    for change in changes:
        if change.action == "update" and any(map(_is_move, change.fields)):
            file = opened.files[opened.catalog.providers[change.provider].file]
            by_file.setdefault(file.path, []).append(change)
    return by_file


def _is_move(field: FieldChange) -> bool:
    return all(isinstance(value, int | Decimal) for value in (field.old, field.new))


def recent(
    repository: Repository,
    planned: Mapping[Path, Sequence[Change]],
    shape: Shape,
    *,
    now: datetime,
    days: int,
    branch: str = "",
) -> RecentPast:
    """What the numbers that are to change said in the last days, by the files that hold them.

    On the review `branch`, what only that branch says is a proposal, and nothing that the catalog said.
    """
    since = now - timedelta(days=days)
    commits = repository.log(f"--since={day_asked(now, days).isoformat()}", "HEAD", paths=planned)
    proposals = repository.only_on(branch)
    wanted = {repository.relative(path): changes for path, changes in planned.items()}
    given_up: dict[tuple[str, str], list[Earlier]] = defaultdict(list)
    for commit in commits:
        day = commit.observed
        if since <= day <= now and commit.sha not in proposals:
            for change in commit.changes():
                for name, field, value in _given_up(change, wanted.get(change.path, ()), shape):
                    given_up[name, field.field].append(Earlier(value, day.date()))
    earlier = {name: tuple(values) for name, values in given_up.items()}
    cut = f"this shallow clone ends within the last {days} days, so that a number which goes back may pass"
    return RecentPast(earlier, cut if repository.ends_within(commits) else "")


def day_asked(now: datetime, days: int) -> datetime:
    """Since when git is asked: its own dates are those of the machine, and a run may have another day."""
    return min(now, datetime.now(UTC)) - timedelta(days=days)


def _given_up(
    file: FileChange, planned: Sequence[Change], shape: Shape
) -> Iterator[tuple[str, FieldChange, int | Decimal]]:
    """The numbers that a commit replaced in a file, of the fields that are to change now."""
    if not (file.before and file.after):
        return
    lines = _replaced(file.before.splitlines(), file.after.splitlines())
    gone = {number for line in lines for text in _NUMBER.findall(line) for number in _number(text)}
    returning = [
        change for change in planned if any(_is_among(field, gone, shape) for field in change.fields)
    ]
    if not returning:  # most commits: nothing to parse
        return
    before, after = (catalog.entries_in(side, shape) for side in (file.before, file.after))
    if before is None or after is None:
        return
    for change in returning:
        for field in change.fields:
            sides = [side.get(change.name) for side in (before, after)]
            old, new = (entry.values.get(field.field) if entry else None for entry in sides)
            if isinstance(old, int | Decimal) and old != new:
                yield change.name, field, old


def _replaced(before: Sequence[bytes], after: Sequence[bytes]) -> set[bytes]:
    """The lines that may have gone. Another model may have the same line: each is compared in its place."""
    if len(before) == len(after):
        return {old for old, new in zip(before, after, strict=True) if old != new}
    same = zip(before, after, strict=False)
    most = min(len(before), len(after))
    first = next((number for number, (old, new) in enumerate(same) if old != new), most)
    return set(before[first:])


def _is_among(field: FieldChange, numbers: set[Decimal], shape: Shape) -> bool:
    return isinstance(field.new, int | Decimal) and shape.encode(field.field, field.new) in numbers


def _number(text: bytes) -> Iterator[Decimal]:
    try:
        yield Decimal(text.decode())
    except InvalidOperation:
        return
