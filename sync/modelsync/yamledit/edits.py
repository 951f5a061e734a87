"""The edits one can ask for, and the paths to what they change: plain values."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import msgspec

Scalar = str | int | bool | None | Decimal | date


class Item(msgspec.Struct, frozen=True):
    """A step to the one item of a list that is a mapping with this value under this key."""

    key: str
    value: Scalar

    def __post_init__(self) -> None:
        check_key(self.key)
        if isinstance(self.value, dict | list | Flow):
            raise TypeError(f"an item is found by one value, not by a {type(self.value).__name__}")
        check_value(self.value)

    def __str__(self) -> str:
        return f"[{self.key}: {self.value}]"


Step = str | int | Item
Path = tuple[Step, ...]


class Flow(msgspec.Struct, frozen=True):
    """A mapping or list to be written in flow style where no neighbour shows another."""

    value: dict[str, Any] | list[Any]


Value = Scalar | dict[str, Any] | list[Any] | Flow


def bare(value: object) -> Any:
    """The value without the wish for flow style."""
    return value.value if isinstance(value, Flow) else value


class _AtPath(msgspec.Struct, frozen=True):
    """What every edit has. Raises TypeError for a path or a value that no document could have."""

    path: Path

    def __post_init__(self) -> None:
        check_path(self.path)
        check_key(getattr(self, "key", ""))
        check_value(getattr(self, "value", None))
        asked = [getattr(self, name, None) for name in ("after", "before", "first")]
        if sum(where is not None and where is not False for where in asked) > 1:
            raise TypeError("a new entry goes to one place: after, before, or first")


class Set(_AtPath, frozen=True):
    """Give the node at path another value; what is equal in the old and the new stays as it is."""

    value: Value


class Insert(_AtPath, frozen=True):
    """Add a key to the mapping at path: after or before a sibling, before all with `first`, else last."""

    key: str
    value: Value
    after: str | None = None
    first: bool = False
    before: str | None = None


class Append(_AtPath, frozen=True):
    """Add an item to the list at path: after or before another, before all with `first`, else last."""

    value: Value
    after: int | Item | None = None
    first: bool = False
    before: int | Item | None = None


class Remove(_AtPath, frozen=True):
    """Take away the entry or item at path, with the comments that are its own."""


class Rename(_AtPath, frozen=True):
    """Give the entry at path another key, in its place."""

    key: str


class Comment(_AtPath, frozen=True):
    """Put a comment at the end of the line of the entry at path, where its value ends on several.

    It goes behind the comment that is there; with `replaced`, in place of that one, or of its last part
    from a `#` on. Both are without the `#` in front.
    """

    text: str
    replaced: str = ""


Edit = Set | Insert | Append | Remove | Rename | Comment


def check_path(path: object) -> None:
    """Raises TypeError for what is no tuple of keys, indices and items."""
    if not isinstance(path, tuple):
        raise TypeError(f"a path is a tuple of steps: {path!r}")
    for step in path:
        if isinstance(step, bool) or not isinstance(step, str | int | Item):
            raise TypeError(f"a step is a key, an index or an Item: {step!r}")


def check_key(key: object) -> None:
    """Raises TypeError for a key that is no text."""
    if not isinstance(key, str):
        raise TypeError(f"a key has to be text: {key!r}")


def check_value(value: object) -> None:
    """Raises TypeError for what has no one way to be written: a float, a time, a key that is no text."""
    plain = bare(value)
    if isinstance(plain, dict):
        for key, item in plain.items():
            check_key(key)
            check_value(item)
    elif isinstance(plain, list):
        for item in plain:
            check_value(item)
    elif isinstance(plain, datetime) or not isinstance(plain, str | int | Decimal | date | None):
        raise TypeError(f"cannot be written to YAML: {type(plain).__name__}")
