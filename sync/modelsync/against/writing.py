"""How the files are written: the change is made again on the older text, and has to give the newer bytes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from operator import itemgetter
from pathlib import Path as FilePath
from typing import Any

import msgspec
from msgspec import UNSET
from msgspec.structs import replace

from modelsync import catalog, yamledit
from modelsync.against.diff import Diff, Fault, Pair, Path, changed_fields, fault_at
from modelsync.catalog import DataFile, NewFiles, Opened
from modelsync.catalog.shape import unreadable
from modelsync.catalog.shapes import layout_of
from modelsync.catalog.values import parted
from modelsync.config import Place
from modelsync.errors import CatalogEditRefused
from modelsync.plan.rows import rank_of
from modelsync.records import BASE, Change, Entry, FieldChange, Plan, Unreadable, midnight

_PLACE = Place(FilePath("catalog"))  # names of data files are relative to the catalog's folder
_READ_WHOLE = 10_000  # characters; of a longer entry the first line that differs is enough
_SCHEMA = FilePath("..", *_PLACE.schema("provider").parts)


def of_writing(diff: Diff, patterns: Sequence[str]) -> Iterator[Fault]:
    """Name what differs between each file and what sync makes of the older ones. `patterns` are `files:`."""
    try:
        expected = diff.before.documents | _rewritten(diff, patterns)
    except CatalogEditRefused as refused:
        yield fault_at(refused.where, f"is written otherwise than sync can write it: {refused.what}")
        return
    for file, after in diff.after.documents.items():
        if file not in expected:
            yield Fault(file, 1, "is a new file, and sync would begin none of this name for these models")
        elif expected[file].text != after.text:
            yield from _of_file(diff, file, expected[file], after)


def differs_in_layout_alone(diff: Diff, patterns: Sequence[str]) -> bool:
    """Whether the newer files have each value and comment that sync makes of the older ones, and no other."""
    try:
        expected = diff.before.documents | _rewritten(diff, patterns)
    except CatalogEditRefused:
        return False
    pairs = ((expected.get(file), after) for file, after in diff.after.documents.items())
    return all(old and _content(old) == _content(after) for old, after in pairs)


def _content(document: yamledit.Document) -> tuple[Any, Counter[str]]:
    return document.value(), Counter(text for _, text in document.comments())


# ---------------------------------------------------------------------------- the change, made again


def _rewritten(diff: Diff, patterns: Sequence[str]) -> dict[str, yamledit.Document]:
    """The older files that change, as the editor writes them. Raises CatalogEditRefused."""
    before = diff.before.documents
    files = {name: DataFile(name, FilePath(name), None, before[name], diff.layouts[name]) for name in before}
    new = NewFiles(_SCHEMA, diff.policy.local_sources)
    opened = Opened(diff.before.own, files, FilePath(), tuple(patterns), diff.shape, new=new)
    changes = sorted(_changes(diff), key=lambda change: (change.provider, change.key))
    plan = Plan(midnight(diff.since), sources=(), files={}, changes=tuple(changes))
    return {rewrite.file.name: rewrite.document for rewrite in catalog.rewrites(opened, plan)}


def _changes(diff: Diff) -> Iterator[Change]:
    """What happened to the entries, by what they state."""
    yield from (Change("remove", entry.provider, entry.key) for entry in diff.gone)
    for pair in diff.pairs:
        if fields := _fields(diff, pair):
            yield Change("update", pair.after.provider, pair.after.key, fields)
    for entry in diff.new:
        nothing = Entry(entry.provider, entry.key, {})
        yield Change("add", entry.provider, entry.key, _fields(diff, Pair(nothing, entry, nothing, entry)))


def _fields(diff: Diff, pair: Pair) -> tuple[FieldChange, ...]:
    """The fields that an entry states otherwise, as far as sync can state them, in a new one's order."""
    changed = [*changed_fields(pair), *([BASE] if pair.before.base != pair.after.base else [])]
    both = (
        (field, pair.before.value_of(field), pair.after.value_of(field))
        for field in sorted(changed, key=lambda field: rank_of(field, diff.policy))
    )
    return tuple(
        FieldChange(field, UNSET if isinstance(old, Unreadable) else old, new)
        for field, old, new in both
        if not isinstance(new, Unreadable)
    )


# ---------------------------------------------------------------------------- where the files part


class _Part(msgspec.Struct, frozen=True):
    """The lines of a file from where an entry begins, or a key above entries, to where the next does."""

    line: int = 0
    lines: Sequence[str] = ()
    comments: Sequence[str] = ()


_NO_PART = _Part()


def _of_file(diff: Diff, file: str, expected: yamledit.Document, after: yamledit.Document) -> Iterator[Fault]:
    if file == diff.shape.follows:
        number, what = _first_unlike(expected.text.split("\n"), after.text.split("\n"))
        yield Fault(file, number + 1, what)
        return
    old, new = map(_parts, (expected, after))
    if [path for path in old if path in new] != [path for path in new if path in old]:
        yield Fault(file, 1, "its entries and keys stand in another order than sync leaves them in")
    layout = diff.layouts[file]
    above = {layout.provider(name) for side in (expected, after) for name in layout.providers(side.value())}
    for path in dict.fromkeys((*old, *new)):
        before, now = old.get(path, _NO_PART), new.get(path, _NO_PART)
        if before.lines != now.lines:
            has_value = path and path not in above and path[-1] not in layout.ours(path[:-1])
            has_value = has_value and sum(map(len, (*before.lines, *now.lines))) <= _READ_WHOLE
            values = [
                document.value(path) if has_value and document.has(path) else UNSET
                for document in (expected, after)
            ]
            named = [_fault(diff, file, (*path, *below), *both) for below, *both in parted(*values)]
            named += _of_comments(diff, file, path, before, now)
            yield from named or [_of_lines(diff, file, path, before, now)]


def _first_unlike(expected: Sequence[str], after: Sequence[str]) -> tuple[int, str]:
    """How far down the first line is that sync would write otherwise, and how."""
    pairs = enumerate(zip_longest(expected, after))
    number, both = next((number, pair) for number, pair in pairs if pair[0] != pair[1])
    shown = " -> ".join("no line" if line is None else repr(line) for line in both)
    return number, f"is written otherwise than sync writes it: {shown}"


def _parts(document: yamledit.Document) -> Mapping[Path, _Part]:
    lines, comments = document.text.split("\n"), dict(document.comments())
    outline = [(document.line(path), path) for path in layout_of(document).outline(document)]
    starts = [(1, ()), *sorted(outline, key=itemgetter(0))]
    ends = [line for line, _ in starts[1:]] + [len(lines) + 1]
    return {
        path: _Part(
            start,
            tuple(lines[start - 1 : end - 1]),
            [comments[line] for line in range(start, end) if line in comments],
        )
        for (start, path), end in zip(starts, ends, strict=True)
    }


def _fault(diff: Diff, file: str, path: Path, old: Any, new: Any) -> Fault:
    name, field = diff.field_at(file, path)
    subject = (f"{name}: {field}" if field else name) or ".".join(map(str, path)) or "the file"
    if new is UNSET:
        what = "is gone, and no source's"
    elif old is UNSET:
        what = "was added, and is nothing that sync writes"
    else:
        what = f"was changed, and is no source's: {unreadable(old).text} -> {unreadable(new).text}"
    return diff.fault(file, path, f"{subject} {what}", f"{name}:{field}" if name else "")


def _of_comments(diff: Diff, file: str, path: Path, before: _Part, now: _Part) -> Iterator[Fault]:
    """The comments that are gone, and those that came: a pin keeps every later run from a value."""
    old, new = Counter(before.comments), Counter(now.comments)
    for what, comments in (
        ("the comment is gone", old - new),
        ("a comment came, and sync writes none", new - old),
    ):
        for text in comments:
            yield _named(diff, file, path, f"{what}: # {text}", "comment")


def _of_lines(diff: Diff, file: str, path: Path, before: _Part, now: _Part) -> Fault:
    """The first line that is not as sync writes it."""
    number, what = _first_unlike(before.lines, now.lines)
    fault = _named(diff, file, path, what, "text")
    return replace(fault, line=now.line + number) if now.lines else fault


def _named(diff: Diff, file: str, path: Path, what: str, about: str) -> Fault:
    name = diff.field_at(file, path)[0]
    return diff.fault(file, path, f"{name}: {what}" if name else what, f"{name}:{about}" if name else "")
