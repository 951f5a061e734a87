"""The comments of the files, counted without trust in the editor: a bug there cannot hide a lost one."""

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
