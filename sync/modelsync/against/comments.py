"""Comments, pins and YAML's marks, counted without trust in the editor, so that a bug there hides none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterator, Sequence

from modelsync import yamledit
from modelsync.against.sides import Fault, Path, Sides, Start, last_start
from modelsync.errors import CatalogEditRefused
from modelsync.records import Entry

# The entry that it is in, the key before it on its line, its text; of one on a line of its own: what it is
# in or below, how far it is indented, its text.
Comment = tuple[str, str, str]


def of_comments(sides: Sides) -> Iterator[Fault]:
    """The comments that are gone, but for those that belong to an entry that is gone itself."""
    for file, after in sides.after.documents.items():
        if sides.before.documents.get(file) not in (None, after):
            yield from _of_file(sides, file, after)


def of_pins(sides: Sides) -> Iterator[Fault]:
    """The pins that came: only a person pins, and a pin keeps every later run from setting a value right."""
    before = {entry.name: entry for entry in sides.before.own.entries()}
    for entry in sides.after.own.entries():
        old = before[entry.name].pins if entry.name in before else ()
        known = Counter((pin.field, pin.until, pin.reason) for pin in old)
        for pin in entry.pins:
            kept = (pin.field, pin.until, pin.reason)
            known[kept] -= 1
            if known[kept] < 0:
                what = f"{entry.name}: {pin.field or 'the model'} is pinned now, and only a person pins"
                yield Fault(sides.file_of(entry), pin.line, what, f"{entry.name}:pin")


def of_marks(sides: Sides) -> Iterator[Fault]:
    """The tags, anchors and aliases that came: some make a reader run a program, and no run writes one."""
    for file, after in sides.after.documents.items():
        before = sides.before.documents.get(file)
        if before is after:
            continue
        known = Counter(word for _, word in before.marks()) if before else Counter[str]()
        for line, word in after.marks():
            known[word] -= 1
            if known[word] < 0:
                name = sides.name_at(file, after, line)
                yield Fault(file, line, f"{name}{word} was added, and sync writes no tag, anchor or alias")


def _of_file(sides: Sides, file: str, after: yamledit.Document) -> Iterator[Fault]:
    gone = sides.gone_from(file)
    left = _without(sides, sides.before.documents[file], gone)
    starts = [sides.starts(document) for document in (left, after)]
    both = set.intersection(*({path for _, path in of_side} for of_side in starts))
    before = list(_comments(sides, file, left, starts[0], both))
    paths = dict(before)
    missing = Counter(comment for comment, _ in before)
    missing -= Counter(comment for comment, _ in _comments(sides, file, after, starts[1], both))
    for comment, count in missing.items():
        path, text = paths[comment], comment[2]
        name = sides.field_at(file, path)[0] if comment[0] else ""
        where = f"{name}: " if name else ""
        several = f" ({count} times)" if count > 1 else ""
        what = f"{where}the comment is gone{several}: # {text}"
        yield sides.fault(file, path, what, f"{name}:comment" if name else "")


def _without(sides: Sides, document: yamledit.Document, entries: list[Entry]) -> yamledit.Document:
    try:
        return document.apply([yamledit.Remove(sides.path_of(entry)) for entry in entries]).document
    except CatalogEditRefused:  # so that sync could not remove them: each comment has to be there
        return document


def _comments(
    sides: Sides, file: str, document: yamledit.Document, starts: Sequence[Start], both: Container[Path]
) -> Iterator[tuple[Comment, Path]]:
    """All comments, and what each stands in or below; one at a line's end belongs to an entry and a key.

    One on a line of its own stands below what `both` revisions have: a new entry may come between.
    """
    stable = [start for start in starts if start[1] in both]
    lines = document.text.split("\n")
    for line, text in document.comments():
        code = lines[line - 1].partition("#")[0].strip(" \t\ufeff")
        if code:
            key = code.partition(":")[0] if ":" in code else ""
            path = last_start(starts, line)
            yield (sides.field_at(file, path)[0], key, text), path
        else:
            path = last_start(stable, line)
            indentation = lines[line - 1].partition("#")[0]
            yield ("", f"{'/'.join(map(str, path))}{indentation}", text), path
