"""From the rows that a target is to have, and those that it has, to what is to be done. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any

import msgspec

from modelsync.records import Conflict, Row, TargetChange, exact

_AS_WRITTEN = msgspec.json.Encoder(order="sorted", decimal_format="number")


class Rules(msgspec.Struct, frozen=True):
    """What a publication may do to the rows that are there."""

    adopt: bool = False  # rows that people made become ours
    force: bool = False  # rows that are equal are written again
    conflict: Conflict = "catalog_wins"
    only: str = ""  # PROVIDER or PROVIDER/GLOB, of the models
    numbers: frozenset[str] = (
        frozenset()
    )  # the fields of prices and limits, which `merge` takes from the catalog
    # what a row says of a model that the catalog has no more; nothing: it stays as it is
    unavailable: Mapping[str, Any] = {}
    removed_before: str = ""  # the day (ISO 8601) before which a row became unavailable that is removed


class Changes(msgspec.Struct, frozen=True):
    """What is to be done, and to which rows nothing is, by their ids."""

    changes: tuple[TargetChange, ...]
    unchanged: tuple[str, ...]
    adoptable: tuple[str, ...]
    conflicts: tuple[str, ...]


def digest(values: Mapping[str, Any]) -> str:
    """The values of a row as one number: equal for equal values, however these are written."""
    known = {key: value for key, value in values.items() if value is not None}
    return hashlib.sha256(msgspec.json.encode(exact(known), order="sorted")).hexdigest()


def differing(row: Row, present: Row) -> tuple[str, ...]:
    """The fields whose values differ; 0.1 and 0.10 do not."""
    theirs = present.values
    return tuple(key for key, value in row.values.items() if not _are_equal(value, theirs.get(key)))


def _are_equal(one: Any, other: Any) -> bool:
    return _are_alike(one, other) or digest({"": one}) == digest({"": other})


def _are_alike(one: Any, other: Any) -> bool:
    """Whether two values are equal to the letter, which is quick to see and usual."""
    return _AS_WRITTEN.encode(one) == _AS_WRITTEN.encode(other)


def changes(wanted: Iterable[Row], present: Collection[Row], rules: Rules) -> Changes:
    """Compare by value; a row that a person made is left alone, and named where a model has its id."""
    known, names = {row.id: row for row in present}, set[str]()
    to_do: list[TargetChange] = []
    unchanged, adoptable, conflicts = list[str](), list[str](), list[str]()
    for row in wanted:
        names.add(row.id)
        old = known.get(row.id)
        if not is_meant(row.model, rules.only):
            continue
        if old and not old.mark and not rules.adopt:
            adoptable.append(row.id)
            continue
        mark = digest(row.values)
        current = mark if old and _are_alike(row.values, old.values) else digest(old.values if old else {})
        if old and old.mark not in ("", current):
            conflicts.append(row.id)
        change = _change(msgspec.structs.replace(row, mark=mark), old, current, rules)
        if change:
            to_do.append(change)
        else:
            unchanged.append(row.id)
    gone = (row for row in present if row.mark and row.id not in names and is_meant(row.model, rules.only))
    to_do += [change for row in gone if (change := _withdrawal(row, rules) or _removal(row, rules))]
    return Changes(tuple(to_do), tuple(unchanged), tuple(adoptable), tuple(conflicts))


def _change(row: Row, old: Row | None, current: str, rules: Rules) -> TargetChange | None:
    """What makes a row what the catalog says, as its mark has it, so that what is somebody's stays known.

    `current` is the digest of the row as it is there.
    """
    if old is None:
        return TargetChange("create", row)
    if old.mark == current == row.mark and not rules.force:
        return None
    values = row.values if old.mark in ("", current) else _settled(row, old, rules)
    row = msgspec.structs.replace(row, values=values, rest=old.rest)
    fields = differing(row, old)
    return TargetChange("update", row, fields) if fields or rules.force or not old.mark else None


def is_meant(model: str, only: str) -> bool:
    """Whether PROVIDER or PROVIDER/GLOB means a model; nothing means all."""
    return not only or fnmatchcase(model, only if "/" in only else f"{only}/*")


def is_unavailable(row: Row, rules: Rules) -> bool:
    """Whether a row says already what is said of a model that the catalog has no more."""
    return not differing(Row(row.id, {**rules.unavailable}), row)


def _settled(row: Row, old: Row, rules: Rules) -> dict[str, Any]:
    """The values that a row is to have where somebody changed what a run wrote."""
    match rules.conflict:
        case "catalog_wins":
            return row.values
        case "database_wins":
            return old.values
    return old.values | {key: value for key, value in row.values.items() if key in rules.numbers}


def _withdrawal(row: Row, rules: Rules) -> TargetChange | None:
    gone = msgspec.structs.replace(row, values={**row.values, **rules.unavailable})
    fields = differing(gone, row)
    gone = msgspec.structs.replace(gone, mark=digest(gone.values))
    return TargetChange("withdraw", gone, fields) if fields else None


def _removal(row: Row, rules: Rules) -> TargetChange | None:
    is_due = bool(row.withdrawn) and row.withdrawn < rules.removed_before
    return TargetChange("remove", row) if is_due else None
