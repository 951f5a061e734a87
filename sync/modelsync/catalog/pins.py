"""Finds the `# modelsync: keep` comments: which fields they keep, until when and why. Judges no value."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import msgspec

from modelsync import yamledit
from modelsync.catalog.shape import Shape
from modelsync.catalog.shapes import NO_ENTRY, Layout, Name, Path
from modelsync.records import Pin

_MARK = re.compile(r"modelsync\s*:", re.IGNORECASE)
_PIN = re.compile(
    r"(?:.*?\s#\s*)??"  # another comment may stand before it
    r"modelsync:\s*keep(\s+until\s+(?P<until>\d{4}-\d\d-\d\d))?\s*(,(?!\s*until\b)\s*(?P<reason>.*))?",
    re.IGNORECASE,
)


class Pins(msgspec.Struct, frozen=True):
    """The pins of each entry, and the comments that were meant as one and are none, by line."""

    of: dict[Name, list[Pin]]
    mistakes: list[tuple[int, str]]


def find_pins(document: yamledit.Document, layout: Layout, shape: Shape) -> Pins:
    """The pins of one file. A misspelt one keeps its field for ever, and is a mistake as well."""
    pins = Pins(defaultdict(list), [])
    if not _MARK.search(document.text):
        return pins
    finder, lines = _Finder(document, layout, shape), document.text.split("\n")
    for line, text in document.comments():
        alone = lines[line - 1].lstrip(" \t\ufeff").startswith("#")
        if alone and _MARK.match(text):
            pins.mistakes.append((line, "a pin stands at the end of the line that it keeps"))
        elif not alone and _MARK.search(text):
            finder.add(pins, line, text)
    return pins


class _Finder:
    """Finds what a comment at the end of a line of one file is about."""

    def __init__(self, document: yamledit.Document, layout: Layout, shape: Shape) -> None:
        self.document = document
        self.layout = layout
        self.table = shape.table()
        outline = layout.outline(document)
        self.starts = sorted((document.line(path), layout.name_at(path)) for path in outline)

    def add(self, pins: Pins, line: int, text: str) -> None:
        _, name = self.starts[bisect_right(self.starts, line, key=lambda start: start[0]) - 1]
        if name == NO_ENTRY:
            pins.mistakes.append((line, "a pin keeps a field or an entry, and there is none on its line"))
            return
        pin = _PIN.fullmatch(text)
        until = _day(pin["until"]) if pin else None
        if not pin or (pin["until"] and not until):
            pins.mistakes.append((line, f"not a pin that can be understood: # {text}"))
        entry = self.layout.entry(*name)
        path = self._kept(entry, line, text)[len(entry) :]
        reason = (pin["reason"] or "") if pin else text
        pins.of[name] += [Pin(field, until, reason, line) for field in self._fields(path)]

    def _kept(self, path: Path, line: int, text: str) -> Path:
        """The key on the line; else the value that ends on it, or the innermost that it lies in."""
        line_of, comment_of = self.document.line, self.document.comment
        inner = {key: line_of((*path, key)) for key in self.document.keys(path)}
        before = [key for key, start in inner.items() if line_of(path) <= start <= line]
        if line_of(path) == line or comment_of(path) == text or not before:
            return path
        return self._kept((*path, max(before, key=lambda key: inner[key])), line, text)

    def _fields(self, path: Path) -> list[str]:
        """The fields at these keys of an entry, by section where they are several; "" for all of it."""
        if not path:
            return [""]
        below: Any = self.table
        for key in path:
            below = below.get(key) if isinstance(below, dict) else None
        if isinstance(below, str):
            return [below]
        sections = {field.partition(".")[0] for field in fields_in(below or {})}
        return sorted(sections) or [".".join(map(str, path))]


def fields_in(table: Mapping[str, Any]) -> Iterator[str]:
    """All fields of a shape's table, or of a section of it."""
    for below in table.values():
        if isinstance(below, str):
            yield below
        else:
            yield from fields_in(below)


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None
