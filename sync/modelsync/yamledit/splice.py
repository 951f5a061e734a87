"""Collects replacements of spans of one text, and makes them all at once."""

from __future__ import annotations

from typing import NamedTuple

Span = tuple[int, int]  # from an offset of the text up to another


class Splice(NamedTuple):
    """A span and what comes in its place; they sort in the order in which they are made."""

    start: int
    takes_place: bool  # what comes between two characters stands before what takes the place of the second
    rank: int  # what is deeper comes first
    serial: int
    end: int
    new: str
    is_lines: bool


class Splices:
    """Replacements of one text, by offsets of the original. `owner` is the container they are for."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._splices: list[Splice] = []

    def replace(self, start: int, end: int, new: str, owner: int, *, is_lines: bool = False) -> None:
        self._splices.append(Splice(start, end > start, -owner, len(self._splices), end, new, is_lines))

    def insert_lines(self, offset: int, lines: str, newline: str, owner: int) -> None:
        """Lines of their own, at the start of a line or the end of the text."""
        self.replace(offset, offset, lines.replace("\n", newline) + newline, owner, is_lines=True)

    def apply(self) -> str:
        pieces = [""]
        position = 0
        for splice in sorted(self._splices):
            if splice.start > position:
                pieces.append(self.text[position : splice.start])
            if splice.is_lines and pieces[-1] and not pieces[-1].endswith("\n"):
                pieces.append("\r\n" if splice.new.endswith("\r\n") else "\n")
            if splice.new:
                pieces.append(splice.new)
            position = max(position, splice.end)
        return "".join([*pieces, self.text[position:]])
