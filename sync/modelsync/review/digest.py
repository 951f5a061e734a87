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
    the one above it, not with its number: what others changed elsewhere in the file does not matter. Nor
    does how lines end, unless that is changed: git may keep other ends than the working tree has.
    """
    rows = sorted(
        (name, *row)
        for name, (before, after) in files.items()
        for row in (
            *_values(before and before.value(), after and after.value(), ()),
            *_lines(before.text if before else "", after.text if after else ""),
        )
    )
    return hashlib.sha256(msgspec.json.encode(rows)).hexdigest()


def _values(old: Any, new: Any, path: Row) -> Iterator[Row]:
    if old == new:
        return
    if isinstance(old, dict) and isinstance(new, dict):
        for key in old.keys() | new.keys():
            yield from _values(old.get(key, _NOTHING), new.get(key, _NOTHING), (*path, key))
    else:
        kinds = ("" if value is _NOTHING else f"{type(value).__name__} {value}" for value in (old, new))
        yield ("value", *path, *kinds)


def _lines(old: str, new: str) -> Iterator[Row]:
    """The lines that only one text has, each with the one above it. What both texts begin and end with
    has the same lines in both, so only what lies between is counted, with a line on either side."""
    if "\n" in old and "\n" in new and ("\r\n" in old) != ("\r\n" in new):
        yield ("ends", str("\r\n" in new))
    plain = (text.replace("\r\n", "\n") for text in (old, new))
    before, after = (["", *text.splitlines(keepends=True), ""] for text in plain)
    if before == after:
        return
    shortest = min(len(before), len(after))
    start = next(i for i in range(shortest) if before[i] != after[i])
    end = next(i for i in range(shortest) if i == shortest - start or before[-1 - i] != after[-1 - i])
    less, more = (Counter(pairwise(lines[start - 1 : len(lines) - end + 1])) for lines in (before, after))
    yield from (("-", *pair) for pair in (less - more).elements())
    yield from (("+", *pair) for pair in (more - less).elements())
