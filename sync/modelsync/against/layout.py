"""How the files are written: whatever says the same as before has to be written as before, byte for byte."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from itertools import pairwise, zip_longest
from typing import Any

from modelsync import yamledit
from modelsync.against.fault import Fault
from modelsync.against.sides import Path, Sides

Lines = list[tuple[int, str]]  # each with its number

_END = (0, "")


def of_layout(sides: Sides) -> Iterator[Fault]:
    """The first line of each file that is written otherwise, though nothing on it says anything else.

    Lines that are blank or a comment do not count.
    """
    for file, after in sides.after.documents.items():
        before = sides.before.documents.get(file)
        if before is None or before is after:
            continue
        texts = _Texts(before, after)
        for old, new in zip_longest(*texts.unchanged(), fillvalue=_END):
            if old[1] != new[1]:
                text = f"is written otherwise, and says the same: {old[1]!r} -> {new[1]!r}"
                yield Fault(file, new[0], text)
                break
        for path in texts.restyled:
            where = ".".join(map(str, path)) or "the file"
            text = f"{where} is written in another style: keys on one line, or on lines of their own"
            yield sides.fault(file, path, text)


class _Texts:
    """One file before and after; finds the lines on which nothing has changed."""

    def __init__(self, before: yamledit.Document, after: yamledit.Document) -> None:
        self.documents = before, after
        self.restyled: list[Path] = []
        self.starts: tuple[list[tuple[int, bool]], ...] = [(0, False)], [(0, False)]  # line; has it changed

    def unchanged(self) -> tuple[Lines, Lines]:
        before, after = (document.value() for document in self.documents)
        self._compare((), before, after)
        old, new = (self._kept(side) for side in (0, 1))
        return old, new

    def _compare(self, path: Path, before: Any, after: Any) -> None:
        """Notes where each key begins, as far down as it has a line of its own, and whether it changed."""
        if before == after:
            return
        places = self._places(0, path, before), self._places(1, path, after)
        if not (places[0] and places[1]):
            if any(places) and all(isinstance(value, dict) and value for value in (before, after)):
                self.restyled.append(path)
            for side in (0, 1):
                line = self.documents[side].line(path) if path else 0
                self.starts[side].append((line, True))
            return
        for side in (0, 1):
            other = (after, before)[side]
            self.starts[side].extend((line, key not in other) for key, line in places[side].items())
        for key in before:
            if key in after:
                self._compare((*path, key), before[key], after[key])

    def _places(self, side: int, path: Path, value: Any) -> dict[str, int]:
        """The line of each key of a mapping; none where keys share a line, or are another mapping's."""
        document = self.documents[side]
        if not isinstance(value, dict):
            return {}
        lines = [document.line(path) if path else 0, *(document.line((*path, key)) for key in value)]
        is_own = all(line < below for line, below in pairwise(lines))
        return dict(zip(value, lines[1:], strict=True)) if is_own else {}

    def _kept(self, side: int) -> Lines:
        """The lines of what has not changed, without comments; what is blank then is none."""
        document = self.documents[side]
        comments = dict(document.comments())
        starts = sorted(self.starts[side])
        kept = []
        for number, line in enumerate(document.text.split("\n"), start=1):
            code = _code(line, comments.get(number))
            is_changed = starts[bisect_right(starts, (number, True)) - 1][1]
            if code.strip() and not is_changed:
                kept.append((number, code))
        return kept


def _code(line: str, comment: str | None) -> str:
    """A line without the comment at its end and the spaces there; how it ends stays."""
    end = "\r" if line.endswith("\r") else ""
    code = line.rstrip()
    if comment is not None:
        code = code.removesuffix(comment).rstrip().removesuffix("#").rstrip()
    return code + end
