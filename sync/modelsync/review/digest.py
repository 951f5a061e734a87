"""What a change to catalog files is, as one number: the same change has the same digest in every run."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

import msgspec

from modelsync import yamledit

_NOTHING: Any = object()

Row = tuple[str, ...]


def digest(files: Mapping[str, tuple[yamledit.Document | None, yamledit.Document | None]]) -> str:
    """SHA-256 of the sorted (file, path, old, new) of these files before and after, and of their lines.

    The lines make it tell apart what differs by a comment, an order or a quote only. A line counts with
    the one above it, not with its number: what others changed elsewhere in the file does not matter.
    """
    rows = sorted(
        (name, *row)
        for name, (before, after) in files.items()
        for row in (*_values(_value(before), _value(after), ()), *_lines(_text(before), _text(after)))
    )
    return hashlib.sha256(msgspec.json.encode(rows)).hexdigest()


def _values(old: Any, new: Any, path: Row) -> Iterator[Row]:
    if old == new:
        return
    if isinstance(old, dict) and isinstance(new, dict):
        for key in old.keys() | new.keys():
            yield from _values(old.get(key, _NOTHING), new.get(key, _NOTHING), (*path, key))
    else:
        yield ("value", *path, _said(old), _said(new))


def _said(value: Any) -> str:
    return "" if value is _NOTHING else f"{type(value).__name__} {value}"


def _lines(old: str, new: str) -> Iterator[Row]:
    before, after = _pairs(old), _pairs(new)
    yield from (("-", *pair) for pair in (before - after).elements())
    yield from (("+", *pair) for pair in (after - before).elements())


def _pairs(text: str) -> Counter[tuple[str, str]]:
    return Counter(pairwise(["", *text.splitlines(keepends=True), ""]))


def _value(document: yamledit.Document | None) -> Any:
    return None if document is None else document.value()


def _text(document: yamledit.Document | None) -> str:
    return "" if document is None else document.text
