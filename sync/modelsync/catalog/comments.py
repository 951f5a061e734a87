"""Where the comments of a file stand: on or above which key, of which entry. It judges no words."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from operator import itemgetter
from typing import NamedTuple

from modelsync import yamledit
from modelsync.catalog.shape import Shape
from modelsync.catalog.shapes import Layout
from modelsync.records import FIELDS
from modelsync.yamledit import Path


class Spot(NamedTuple):
    """Where a comment counts: the path to what is above or beside entries, or to one; and the keys below."""

    path: Path
    below: Path
    apart: bool = False  # nothing begins on the line that it is on, or right below it


class Comments:
    """The lines of one file, by what begins on them."""

    def __init__(self, document: yamledit.Document, layout: Layout, shape: Shape) -> None:
        self._document, self._layout = document, layout
        self._depth = max(len(shape.keys_of(field)) for field in FIELDS)
        self._begun: dict[Path, tuple[Sequence[int], Sequence[str]]] = {}
        self._users: dict[Path, Sequence[Spot]] = {}

    def stands_alone(self, line: int) -> bool:
        """Whether nothing but a comment is on the line."""
        return _is_comment(self._lines[line - 1])

    def spots(self, line: int, words: str) -> list[Spot]:
        """Where a comment counts: on its line, or on that below it; one that is set apart may mean both."""
        if not self.stands_alone(line):
            return [self._spot(line, behind=words)]
        following, no_comment = self._following
        below = _line_below(self._lines, line, following)
        is_apart = below != no_comment[line] or not below
        spots = [self._spot(below)] if below else []
        return [*spots, self._spot(line)._replace(apart=True)] if is_apart else spots

    @cached_property
    def _lines(self) -> list[str]:
        return self._document.text.split("\n")

    @cached_property
    def _following(self) -> tuple[Sequence[int], Sequence[int]]:
        code = _following(self._lines, lambda line: bool(line.strip()) and not _is_comment(line))
        return code, _following(self._lines, lambda line: not _is_comment(line))

    @cached_property
    def _starts(self) -> list[tuple[int, Path]]:
        outline = self._layout.outline(self._document)
        return sorted(((self._document.line(path), path) for path in outline), key=itemgetter(0))

    def _spot(self, line: int, behind: str = "") -> Spot:
        before = bisect_right(self._starts, line, key=itemgetter(0))
        begins, path = self._starts[before - 1] if before else (line, ())
        if self._layout.name_at(path)[0] or (path and not self._layout.holds_entries(path)):
            return Spot(path, self._kept(path, begins, line, behind)[len(path) :])
        return Spot(path, ())

    def users(self, path: Path) -> Sequence[Spot]:
        """Where entries take something by an alias or a merge key from a block beside them, if it is one."""
        if path and path not in self._users:
            is_block = not self._layout.holds_entries(path) and not self._layout.name_at(path)[0]
            self._users[path] = list(self._using(path, {path})) if is_block else []
        return self._users.get(path, ())

    def _using(self, path: Path, seen: set[Path]) -> Iterator[Spot]:
        begin, end = self._document.lines(path)
        marks = self._document.marks()
        aliases = {f"*{word[1:]}" for line, word in marks if word.startswith("&") and begin <= line <= end}
        for spot in (self._spot(line) for line, word in marks if word in aliases):
            if self._layout.name_at(spot.path)[0]:
                yield spot
            elif spot.path not in seen:
                seen.add(spot.path)
                yield from self._using(spot.path, seen)

    def _kept(self, entry: Path, begins: int, line: int, behind: str) -> Path:
        """The key on the line; else the value with this comment behind its last line, or the innermost that
        the line lies in, down to fields."""
        path, deepest = entry, len(entry) + self._depth
        while begins != line and not (behind and self._document.comment(path) == behind):
            lines, keys = self._begins(path)
            before = bisect_right(lines, line)
            if not before or len(path) == deepest:
                break
            begins = lines[before - 1]
            path = (*path, keys[bisect_left(lines, begins)])
        return path

    def _begins(self, path: Path) -> tuple[Sequence[int], Sequence[str]]:
        """Where each key below a path begins, in the order of the lines; not those that are merged in."""
        if path not in self._begun:
            line_of, above = self._document.line, self._document.line(path)
            begins = ((line_of((*path, key)), key) for key in self._document.keys(path))
            own = sorted((each for each in begins if each[0] >= above), key=itemgetter(0))
            self._begun[path] = [line for line, _ in own], [key for _, key in own]
        return self._begun[path]


def _is_comment(line: str) -> bool:
    """Whether nothing begins on the line: a dash alone begins what is on the line below."""
    return line.lstrip(" \t\ufeff-").startswith("#")


def _line_below(lines: Sequence[str], line: int, following: Sequence[int]) -> int:
    """The line below a comment, beyond comments and blank lines; 0 where it is further out, or none."""
    number = following[line]
    return number if number and _column(lines[number - 1]) >= _column(lines[line - 1]) else 0


def _following(lines: Sequence[str], is_meant: Callable[[str], bool]) -> Sequence[int]:
    """For each line, by number, the first from it on that is meant; 0 where none is."""
    following = [0] * (len(lines) + 2)
    for number in range(len(lines), 0, -1):
        following[number] = number if is_meant(lines[number - 1]) else following[number + 1]
    return following


def _column(line: str) -> int:
    line = line.removeprefix("\ufeff")
    return len(line) - len(line.lstrip(" "))
