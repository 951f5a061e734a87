"""Finds the comments that speak to modelsync: what a person keeps, and the day from which a value counts.

Judges no value.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from modelsync import yamledit
from modelsync.catalog.comments import Comments, Spot
from modelsync.catalog.shape import Shape, day
from modelsync.catalog.shapes import NO_ENTRY, Layout, Name
from modelsync.records import Pin
from modelsync.yamledit import Path

# A comment that speaks to modelsync: by `modelsync:`, by beginning with its name, or by keeping something.
_MARK = re.compile(
    r"(?<![\w./-])model[-_ ]?sync(?![\w./-])\s*:|^\s*model[-_ ]?sync(?![\w./-])", re.IGNORECASE
)
_NAMED = "sync"  # is in all that speaks to modelsync
_KEEP = re.compile(
    r"(?<![a-z])(keep|kept|pin|pinned|ignore|skip|leave|lock|locked|freeze|frozen|hands off"
    r"|(do|must|may|should) not|don't|never)(?![a-z])",
    re.IGNORECASE,
)
_NAME = re.compile(r"(?<![\w./-])modelsync(?![a-z0-9./])", re.IGNORECASE)
_PIN = re.compile(
    r"modelsync:\s*keep(\s+until\s+(?P<until>\d{4}-\d\d-\d\d))?\s*(,(?!\s*until\b)\s*(?P<reason>.*))?",
    re.IGNORECASE,
)
_SINCE = re.compile(r"modelsync:\s*since\s+(?P<day>\d{4}-\d\d-\d\d)\s*(,.*)?", re.IGNORECASE)
_BEGIN = re.compile("modelsync:", re.IGNORECASE)
_NEXT = re.compile(r"\s#\s*(?=modelsync:)", re.IGNORECASE)
_JOINTS = re.compile(r"(\s+#\s*(?=modelsync:))", re.IGNORECASE)


def parts(comment: str) -> list[str]:
    """What a comment says to modelsync, each for itself; the comment itself where that is not clear."""
    return [part for part in _NEXT.split(comment) if _BEGIN.match(part)] or [comment]


def reworded(comment: str, pin: Pin, words: str) -> str:
    """The comment with other words in place of the part that is this pin; without words that part goes.
    The comment itself where it has no such part."""
    pieces = _JOINTS.split(comment)  # every other one is a joint
    at = next((at for at in range(0, len(pieces), 2) if _is_pin(pieces[at], pin)), None)
    if at is None:
        return words if _is_pin(comment, pin) else comment
    if words:
        return "".join([*pieces[:at], words, *pieces[at + 1 :]])
    return "".join([*pieces[: max(at - 1, 0)], *pieces[at + 1 + (not at) :]])


def _is_pin(text: str, pin: Pin) -> bool:
    read = _PIN.fullmatch(text)
    if not read or (read["until"] and not day(read["until"])):
        return text == pin.reason
    return (day(read["until"] or ""), read["reason"] or "") == (pin.until, pin.reason)


class Pins:
    """The pins and days of each entry of one file, and by line the comments that were meant as one and are
    none.

    One on a line of its own keeps what begins on the line below. A misspelt pin, and one that is set apart,
    keeps what it stands at or above all the same, and is a mistake as well.
    """

    def __init__(self, document: yamledit.Document, layout: Layout, shape: Shape, comments: Comments) -> None:
        self.of: dict[Name, list[Pin]] = defaultdict(list)
        self.since: dict[Name, dict[str, date]] = defaultdict(dict)
        self.mistakes: list[tuple[int, str]] = []
        self._document, self._layout, self._table = document, layout, shape.table()
        self._comments = comments
        is_spoken_to = _NAMED in document.text.casefold()  # to find all comments takes far longer
        marked = [one for one in document.comments() if _speaks(one[1])] if is_spoken_to else []
        for line, text in marked:
            spots = comments.spots(line, text)
            for spot in spots:
                self._add(line, spot, text, is_apart=spots[-1].apart)

    def _add(self, line: int, spot: Spot, text: str, *, is_apart: bool) -> None:
        name = self._layout.name_at(spot.path)
        if name == NO_ENTRY and (users := self._comments.users(spot.path)):
            self._keep_shared(users, (*spot.path, *spot.below), line, text)
        elif name == NO_ENTRY:
            self.mistakes.append((line, "a pin keeps a field or an entry, and there is none on its line"))
            if self._layout.holds_entries(spot.path) and not is_apart:
                self._keep_all(self._layout.provider_at(spot.path), line, text)
        else:
            for part in parts(text):
                self._take(name, self._fields(spot.below), line, part)
        if spot.apart:
            self.mistakes.append(
                (line, "a pin stands at the end of the line that it keeps, or right above it")
            )

    def _keep_all(self, provider: str, line: int, text: str) -> None:
        """Keep every entry of a provider, or of the file, if the comment at it says so."""
        if _KEEP.search(text) if provider else _PIN.fullmatch(text):
            mistakes = len(self.mistakes)
            for name in self._names():
                if provider in ("", name[0]):
                    self._take(name, [""], line, text, shared=True)
            del self.mistakes[mistakes:]  # the comment is named already, once

    def _keep_shared(self, users: Iterable[Spot], pinned: Path, line: int, text: str) -> None:
        """Keep what entries take from a block that they share, of what is pinned there."""
        begin, end = self._document.lines(pinned)
        marks = (word for at, word in self._document.marks() if begin <= at <= end)
        is_value = not self._document.keys(pinned) and any(word.startswith("&") for word in marks)
        mistakes = len(self.mistakes)
        for user in users:
            taken = (
                field
                for keys, field in keys_in(self._table)
                if self._document.has(path := (*user.path, *keys))
                and begin <= self._document.line(path) <= end
            )
            fields = list(taken) or (self._fields(user.below) if is_value else [])
            for part in parts(text):
                self._take(self._layout.name_at(user.path), fields, line, part, shared=True)
        del self.mistakes[mistakes + 1 :]

    def _names(self) -> Iterator[Name]:
        outline = self._layout.outline(self._document)
        return (name for path in outline if (name := self._layout.name_at(path)) != NO_ENTRY)

    def _take(self, name: Name, fields: list[str], line: int, text: str, *, shared: bool = False) -> None:
        since = _SINCE.fullmatch(text)
        if since and fields != [""] and (counts := day(since["day"])):
            self.since[name].update(dict.fromkeys(fields, counts))
            return
        pin = _PIN.fullmatch(text)
        until = day(pin["until"] or "") if pin else None
        if not pin or (pin["until"] and not until):
            self.mistakes.append((line, f"not a pin that can be understood: # {text}"))
        reason = (pin["reason"] or "") if pin else text
        self.of[name] += [Pin(field, until, reason, line, shared) for field in fields]

    def _fields(self, path: Path) -> list[str]:
        """The fields at these keys of an entry, by section where they are several; "" for all of it."""
        if not path:
            return [""]
        below: Any = self._table
        for key in path:
            below = below.get(key) if isinstance(below, dict) else None
        if isinstance(below, str):
            return [below]
        sections = {field.partition(".")[0] for field in fields_in(below or {})}
        return sorted(sections) or [".".join(map(str, path))]


def _speaks(comment: str) -> bool:
    return bool(_MARK.search(comment) or (_KEEP.search(comment) and _NAME.search(comment)))


def fields_in(table: Mapping[str, Any]) -> Iterator[str]:
    """All fields of a shape's table, or of a section of it."""
    return (field for _, field in keys_in(table))


def keys_in(table: Mapping[str, Any], above: Path = ()) -> Iterator[tuple[Path, str]]:
    """The keys that lead to each field of a shape's table, and the field."""
    for key, below in table.items():
        if isinstance(below, str):
            yield (*above, key), below
        else:
            yield from keys_in(below, (*above, key))
