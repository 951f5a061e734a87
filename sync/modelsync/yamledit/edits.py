"""The edits one can ask for; plain values, nothing of how they are made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

Step = str | int | Mapping[str, Any]
Path = tuple[Step, ...]


@dataclass(frozen=True)
class Flow:
    """A mapping or list to be written in flow style where no neighbour shows another."""

    value: dict[str, Any] | list[Any]


Value = str | int | bool | None | Decimal | date | dict[str, Any] | list[Any] | Flow


@dataclass(frozen=True)
class Set:
    """Give the node at path another value; what is equal in the old and the new stays as it is."""

    path: Path
    value: Value


@dataclass(frozen=True)
class Insert:
    """Add a key to the mapping at path, behind the sibling `after`, before all with `first`, else last."""

    path: Path
    key: str
    value: Value
    after: str | None = None
    first: bool = False


@dataclass(frozen=True)
class Append:
    """Add an item to the list at path, behind its last."""

    path: Path
    value: Value


@dataclass(frozen=True)
class Remove:
    """Take away the entry or item at path, with the comments that are its own."""

    path: Path


@dataclass(frozen=True)
class Rename:
    """Give the entry at path another key, in its place."""

    path: Path
    key: str


@dataclass(frozen=True)
class Comment:
    """Put a comment at the end of the line of the entry at path, where its value ends on several.

    It goes behind the comment that is there; with `replaced`, in place of that one, or of its last part
    from a `#` on. Both are without the `#` in front.
    """

    path: Path
    text: str
    replaced: str = ""


Edit = Set | Insert | Append | Remove | Rename | Comment


def check_value(value: object) -> None:
    """Raises TypeError for what has no one way to be written: a float, a time, a key that is no text."""
    plain = value.value if isinstance(value, Flow) else value
    if isinstance(plain, dict):
        for key, item in plain.items():
            if not isinstance(key, str):
                raise TypeError(f"a key has to be text: {key!r}")
            check_value(item)
    elif isinstance(plain, list):
        for item in plain:
            check_value(item)
    elif isinstance(plain, datetime) or not isinstance(plain, str | int | Decimal | date | None):
        raise TypeError(f"cannot be written to YAML: {type(plain).__name__}")
