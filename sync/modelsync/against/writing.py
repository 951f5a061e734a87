"""How the files are written: the change is made again on the older text, and has to come out as it is.

Comments and blank lines may be added: a person may say something on a review branch.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator
from datetime import UTC, datetime, time
from decimal import Decimal
from itertools import zip_longest
from pathlib import Path as FilePath
from typing import Any

from msgspec import UNSET

from modelsync import catalog, yamledit
from modelsync.against.sides import Fault, Pair, Path, Sides, Start, changed_fields, last_start
from modelsync.catalog import DataFile, NewFiles, Opened
from modelsync.catalog.shape import unreadable
from modelsync.catalog.shapes import NO_ENTRY, Layout
from modelsync.errors import CatalogEditRefused
from modelsync.records import BASE, Catalog, Change, Entry, FieldChange, Plan, Unreadable

Lines = list[tuple[int, str]]  # each with its number
_WORD = re.compile(r"(?!-(?:\s|$))[^\s{},\[\]]+")

_END = (0, "")


def of_writing(sides: Sides) -> Iterator[Fault]:
    """Name what differs between each file and what sync makes of the older one."""
    for file, after in sides.after.documents.items():
        if after is not sides.before.documents.get(file):
            yield from _of_file(sides, file, after)


def _of_file(sides: Sides, file: str, after: yamledit.Document) -> Iterator[Fault]:
    try:
        expected = _rewritten(sides, file)
    except CatalogEditRefused as refused:
        yield Fault(file, 1, f"is written otherwise than sync can write it: {refused.what}")
        return
    aside = {sides.path_of(entry) for entry in sides.new}
    aside.update(_inserted(sides, file))
    parted = list(_parted(sides.layout(file), expected, after))
    for path in parted:
        for below, old, new in _differences(_value(expected, path), _value(after, path)):
            yield _fault(sides, file, (*path, *below), old, new)
    lines = [_code(sides, file, document, {*parted, *aside}) for document in (expected, after)]
    if file in sides.before.documents:
        yield from _of_lines(sides, file, after, *lines)
    moved = [
        [line for line in _code(sides, file, document, parted) if line not in stays]
        for document, stays in zip((expected, after), lines, strict=True)
    ]
    yield from _of_words(sides, file, after, *moved)


def _of_lines(
    sides: Sides, file: str, after: yamledit.Document, expected: Lines, now: Lines
) -> Iterator[Fault]:
    """The first line that is not as sync writes it."""
    for (_, old), (number, new) in zip_longest(expected, now, fillvalue=_END):
        if old != new:
            name = sides.name_at(file, after, number)
            yield Fault(file, number, f"{name}is written otherwise than sync writes it: {old!r} -> {new!r}")
            break


def _of_words(
    sides: Sides, file: str, after: yamledit.Document, expected: Lines, lines: Lines
) -> Iterator[Fault]:
    """The first word of what came that sync writes otherwise: `0300000`, `1e1`, quotes."""
    left = Counter(word for _, line in expected for word in _WORD.findall(line))
    for number, line in lines:
        for word in _WORD.findall(line):
            left[word] -= 1
            if left[word] < 0:
                name = sides.name_at(file, after, number)
                yield Fault(file, number, f"{name}is written otherwise than sync writes it: {word}")
                return


# ---------------------------------------------------------------------------- the change, made again


def _rewritten(sides: Sides, file: str) -> yamledit.Document:
    """The older file with the change, as the editor writes it. Raises CatalogEditRefused."""
    document = sides.before.documents.get(file) or yamledit.parse(sides.layout(file).new_file())
    before = sides.before.own.providers
    opened = Opened(
        Catalog({name: provider for name, provider in before.items() if provider.file == file}, {}),
        {file: DataFile(file, FilePath(file), None, document, sides.layout(file))},
        FilePath(),
        (),
        sides.shape,
        new=NewFiles(local=sides.policy.local_sources),
    )
    changes = tuple(_changes(sides, file))
    plan = Plan(datetime.combine(sides.since, time(), UTC), sources=(), files={}, changes=changes)
    return next((rewrite.document for rewrite in catalog.rewrites(opened, plan)), document)


def _changes(sides: Sides, file: str) -> Iterator[Change]:
    """What happened to the entries of one file, by what they state."""
    before, after = (side.entries_in(file) for side in (sides.before, sides.after))
    for name, entry in before.items():
        if name not in after:
            yield Change("remove", entry.provider, entry.key)
        elif fields := tuple(_fields(entry, after[name])):
            yield Change("update", entry.provider, entry.key, fields)
    for name, entry in after.items():
        if name not in before:
            fields = tuple(_fields(Entry(entry.provider, entry.key, {}), entry))
            yield Change("add", entry.provider, entry.key, fields)


def _fields(before: Entry, after: Entry) -> Iterator[FieldChange]:
    """The fields that an entry states otherwise, as far as sync can state them."""
    for field in changed_fields(Pair(before, after, before, after)):
        old, new = before.value_of(field), after.value_of(field)
        if not isinstance(new, Unreadable):
            yield FieldChange(field, UNSET if isinstance(old, Unreadable) else old, new)
    if before.base != after.base:
        yield FieldChange(BASE, before.base or UNSET, after.base or UNSET)


def _inserted(sides: Sides, file: str) -> Iterator[Path]:
    """The keys that entries have gained: where they stand is by neighbours, which may have moved since."""
    before, after = (side.entries_in(file) for side in (sides.before, sides.after))
    for name in before.keys() & after.keys():
        for change in _fields(before[name], after[name]):
            path = sides.path_of(before[name], change.field)
            entry = len(sides.path_of(before[name]))
            document = sides.before.documents[file]
            depths = range(entry + 1, len(path) + 1)
            yield from (path[:depth] for depth in [d for d in depths if not document.has(path[:d])][:1])


# ---------------------------------------------------------------------------- values


def _parted(layout: Layout, expected: yamledit.Document, now: yamledit.Document) -> Iterator[Path]:
    """The entries, and the keys above entries, that are not as expected, types included."""
    above = {layout.provider(name) for side in (expected, now) for name in layout.providers(side.value())}
    for path in dict.fromkeys((*layout.outline(expected), *layout.outline(now))):
        if path in above or path[-1] in layout.ours(path[:-1]):
            differ = expected.has(path) != now.has(path)
        else:
            differ = next(_differences(_value(expected, path), _value(now, path)), None) is not None
        if differ:
            yield path


def _value(document: yamledit.Document, path: Path) -> Any:
    return document.value(path) if document.has(path) else UNSET


def _differences(expected: Any, now: Any) -> Iterator[tuple[Path, Any, Any]]:
    """Where two values part, for a person to read: the way there and each side, UNSET for none."""
    from deepdiff import DeepDiff
    from deepdiff.helper import notpresent

    same = [(int, Decimal)]  # how a number is written is seen by its line
    parted = DeepDiff(expected, now, view="tree", threshold_to_diff_deeper=0, ignore_type_in_groups=same)
    for differing in parted.values():
        for item in differing:
            old, new = (UNSET if side is notpresent else side for side in (item.t1, item.t2))
            yield tuple(item.path(output_format="list")), old, new


def _fault(sides: Sides, file: str, path: Path, old: Any, new: Any) -> Fault:
    name, field = sides.field_at(file, path)
    subject = (f"{name}: {field}" if field else name) or ".".join(map(str, path)) or "the file"
    if new is UNSET:
        what = "is gone, and no source's"
    elif old is UNSET:
        what = "was added, and is nothing that sync writes"
    else:
        what = f"was changed, and is no source's: {unreadable(old).text} -> {unreadable(new).text}"
    return sides.fault(file, path, f"{subject} {what}", f"{name}:{field}" if name else "")


# ---------------------------------------------------------------------------- lines


def _code(sides: Sides, file: str, document: yamledit.Document, aside: Collection[Path]) -> Lines:
    """The lines without comments and spaces at their end, but for blank ones and those of what is aside."""
    layout = sides.layout(file)
    inside = {layout.entry(*name): path for path in aside if (name := layout.name_at(path)) != NO_ENTRY}
    entries = [entry for entry, path in inside.items() if len(path) > len(entry) and document.has(entry)]
    inner = (start for entry in entries for start in _below(document, entry))
    starts = sorted((*sides.starts(document), *inner), key=lambda start: start[0])
    comments = dict(document.comments())
    lines = []
    for number, line in enumerate(document.text.split("\n"), start=1):
        code = line.rstrip()
        if number in comments:
            code = code.removesuffix(comments[number]).rstrip().removesuffix("#").rstrip()
        path = last_start(starts, number)
        if code.strip() and not any(path[:depth] in aside for depth in range(1, len(path) + 1)):
            lines.append((number, code + ("\r" if line.endswith("\r") else "")))
    return lines


def _below(document: yamledit.Document, path: Path) -> Iterator[Start]:
    """Where each key begins in the mapping at a path, and in those below it."""
    for key in document.keys(path):
        yield document.line((*path, key)), (*path, key)
        if isinstance(document.value((*path, key)), dict):
            yield from _below(document, (*path, key))
