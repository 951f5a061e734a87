"""From the rows that a target is to have, and those that it has, to what is to be done. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
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
    rows: frozenset[str] | None = None  # their ids, where no other row is meant
    numbers: frozenset[str] = frozenset()  # prices and limits, which `merge` takes from the catalog
    # what a row says of a model that the catalog has no more; nothing: it stays as it is
    unavailable: Mapping[str, Any] = {}
    removed_before: str = ""  # the day (ISO 8601) before which a row became unavailable that is removed


class Changes(msgspec.Struct, frozen=True):
    """What is to be done, and to which rows nothing is, by their ids."""

    changes: tuple[TargetChange, ...]
    unchanged: tuple[str, ...]
    adoptable: tuple[str, ...]
    conflicts: tuple[str, ...]
    ours: int  # rows of ours that are available


def digest(values: Mapping[str, Any]) -> str:
    """The values of a row as one number: equal for equal values, however these are written."""
    known = {key: value for key, value in values.items() if value is not None}
    return hashlib.sha256(msgspec.json.encode(exact(known), order="sorted")).hexdigest()


def differing(row: Row, present: Row) -> tuple[str, ...]:
    """The fields whose values differ; 0.1 and 0.10 do not."""
    theirs = present.values
    if _are_alike(row.values, theirs):
        return ()
    return tuple(key for key, value in row.values.items() if not _are_equal(value, theirs.get(key)))


def _are_equal(one: Any, other: Any) -> bool:
    return _are_alike(one, other) or digest({"": one}) == digest({"": other})


def _are_alike(one: Any, other: Any) -> bool:
    """Whether two values are equal to the letter, which is quick to see and usual."""
    return _AS_WRITTEN.encode(one) == _AS_WRITTEN.encode(other)


def changes(wanted: Mapping[str, Callable[[], Row]], present: Iterable[Row], rules: Rules) -> Changes:
    """Compare by value; a row that a person made is left alone, and named where a model has its id.

    `wanted` makes each row by its id. No row is kept that nothing is to be done to.
    """
    results, gone, ours = dict[str, _Result](), list[TargetChange](), 0
    for old in present:
        ours += bool(old.mark) and not is_unavailable(old, rules)
        if old.id in wanted:
            results[old.id] = _compared(wanted[old.id](), old, rules)
        elif old.mark and is_meant(old, rules):
            change = _withdrawal(old, rules) or _removal(old, rules)
            gone += [change] if change else []
    for id_ in wanted.keys() - results.keys():
        results[id_] = _compared(wanted[id_](), None, rules)
    in_order = {id_: results[id_] for id_ in wanted}
    return Changes(
        (*(result.change for result in in_order.values() if result.change), *gone),
        tuple(id_ for id_, result in in_order.items() if result.is_unchanged),
        tuple(id_ for id_, result in in_order.items() if result.is_adoptable),
        tuple(id_ for id_, result in in_order.items() if result.is_conflict),
        ours,
    )


class _Result(msgspec.Struct, frozen=True):
    """What comes of comparing one row."""

    change: TargetChange | None = None
    is_unchanged: bool = False
    is_adoptable: bool = False
    is_conflict: bool = False


def _compared(row: Row, old: Row | None, rules: Rules) -> _Result:
    if not is_meant(row, rules):
        return _NOT_MEANT
    if old and not old.mark and not rules.adopt:
        return _ADOPTABLE
    mark = digest(row.values)
    current = mark if old is None or _are_alike(row.values, old.values) else digest(old.values)
    change = _change(msgspec.structs.replace(row, mark=mark), old, current, rules)
    is_conflict = old is not None and old.mark not in ("", current)
    if not change and not is_conflict:
        return _UNCHANGED
    return _Result(change, is_unchanged=not change, is_conflict=is_conflict)


_NOT_MEANT, _ADOPTABLE, _UNCHANGED = _Result(), _Result(is_adoptable=True), _Result(is_unchanged=True)


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


def is_meant(row: Row, rules: Rules) -> bool:
    """Whether a publication may touch a row, by its id and its model; all that is not narrowed is meant."""
    only = rules.only
    is_of_model = not only or fnmatchcase(row.model, only if "/" in only else f"{only}/*")
    return is_of_model and (rules.rows is None or row.id in rules.rows)


def is_unavailable(row: Row, rules: Rules) -> bool:
    """Whether a row says already what is said of a model that the catalog has no more."""
    return all(row.values.get(key) == value for key, value in rules.unavailable.items())


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
