"""From the rows that a target is to have, and those that it has, to what is to be done. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from fnmatch import fnmatchcase
from typing import Any, TypeVar

import msgspec

from modelsync.records import Conflict, Row, TargetChange, exact

T = TypeVar("T")
_ENCODER = msgspec.json.Encoder(order="sorted")
_SIMPLE = frozenset({str, int, bool, Decimal, type(None)})  # equal where Python says so of two of one type


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
    return _digest(_encoded(values))


def _digest(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()


def _encoded(values: Mapping[str, Any]) -> bytes:
    """Values as text, which is the same where they are equal; what is not known is not in it."""
    return _ENCODER.encode(exact(values))


def _differing(values: Mapping[str, Any], theirs: Mapping[str, Any]) -> tuple[str, ...]:
    """The fields whose values differ; 0.1 and 0.10 do not."""
    return tuple(key for key, value in values.items() if not _are_equal(value, theirs.get(key)))


def _are_equal(one: Any, other: Any) -> bool:
    if type(one) is type(other) and type(one) in _SIMPLE:
        return bool(one == other)
    return _encoded({"": one}) == _encoded({"": other})


def changes(
    wanted: Mapping[str, T], make: Callable[[T], Row], present: Iterable[Row], rules: Rules
) -> Changes:
    """Compare by value; a row that a person made is left alone, and named where a model has its id.

    `wanted` holds by the ids of rows what these are made of. No row is kept that can be made again.
    """
    results, gone, ours = dict[str, _Result](), list[TargetChange](), 0
    for old in present:
        ours += bool(old.mark) and not is_unavailable(old, rules)
        if old.id in wanted:
            results[old.id] = _compared(make, wanted[old.id], old, rules)
        elif old.mark and is_meant(old, rules):
            change = _withdrawal(old, rules) or _removal(old, rules)
            gone += [change] if change else []
    for id_ in wanted.keys() - results.keys():
        results[id_] = _compared(make, wanted[id_], None, rules)
    in_order = [(id_, results[id_]) for id_ in wanted]
    return Changes(
        (*(result.change for _, result in in_order if result.change), *gone),
        tuple(id_ for id_, result in in_order if result.is_unchanged),
        tuple(id_ for id_, result in in_order if result.is_adoptable),
        tuple(id_ for id_, result in in_order if result.is_conflict),
        ours,
    )


class _Result(msgspec.Struct, frozen=True):
    """What comes of comparing one row."""

    change: TargetChange | None = None
    is_unchanged: bool = False
    is_adoptable: bool = False
    is_conflict: bool = False


class _Again(msgspec.Struct, frozen=True):
    """Makes a row once more, as it is to be written."""

    make: Callable[[Any], Row]
    of: Any
    mark: str
    kept: dict[str, Any] = {}  # what else of the row that is there

    def __call__(self) -> Row:
        return msgspec.structs.replace(self.make(self.of), mark=self.mark, **self.kept)


def _compared(make: Callable[[T], Row], of: T, old: Row | None, rules: Rules) -> _Result:
    row = make(of)
    if not is_meant(row, rules):
        return _NOT_MEANT
    if old and not old.mark and not rules.adopt:
        return _ADOPTABLE
    if old and old.mark and not rules.force and not _differing(row.values, old.values):  # whoever wrote them
        return _UNCHANGED
    text = _encoded(row.values)
    mark = _digest(text)
    if old is None:
        return _Result(TargetChange("create", *_of(row), _Again(make, of, mark), (), mark, mark))
    theirs = _encoded(old.values)
    current = mark if theirs == text else _digest(theirs)
    is_conflict = old.mark not in ("", current)
    values = _settled(row, old, rules) if is_conflict else row.values
    kept = {"rest": old.rest, "version": old.version, "withdrawn": old.withdrawn}
    again = _Again(make, of, mark, kept)
    change = _change(again, row, values, old)
    is_due = bool(change.fields) or rules.force or not old.mark
    return _Result(change if is_due else None, is_unchanged=not is_due, is_conflict=is_conflict)


_NOT_MEANT, _ADOPTABLE, _UNCHANGED = _Result(), _Result(is_adoptable=True), _Result(is_unchanged=True)


def _change(again: _Again, row: Row, values: dict[str, Any], old: Row) -> TargetChange:
    """What makes of a row what it is to be. Its mark is that of the catalog's values, so that what is
    somebody's stays known; a row that has others too cannot be made again, and is kept."""
    fields, mark = _differing(values, old.values), again.mark
    if values is row.values:
        return TargetChange("update", *_of(row), again, fields, mark, mark)
    settled = msgspec.structs.replace(again(), values=values)
    return TargetChange("update", *_of(row), lambda: settled, fields, mark, digest(values))


def _of(row: Row) -> tuple[str, str, str]:
    return row.id, row.model, row.name


def is_meant(row: Row, rules: Rules) -> bool:
    """Whether a publication may touch a row, by its id and its model; all that is not narrowed is meant."""
    return means(rules.only, row.model) and (rules.rows is None or row.id in rules.rows)


def means(only: str, model: str) -> bool:
    """Whether `PROVIDER` or `PROVIDER/GLOB` means a model; nothing means all."""
    return not only or fnmatchcase(model, only if "/" in only else f"{only}/*")


def is_unavailable(row: Row, rules: Rules) -> bool:
    """Whether a row says already what is said of a model that the catalog has no more."""
    return rules.unavailable.items() <= row.values.items()


def _settled(row: Row, old: Row, rules: Rules) -> dict[str, Any]:
    """The values that a row is to have where somebody changed what a run wrote."""
    match rules.conflict:
        case "catalog_wins":
            return row.values
        case "database_wins":
            return old.values
    return old.values | {key: value for key, value in row.values.items() if key in rules.numbers}


def _withdrawal(row: Row, rules: Rules) -> TargetChange | None:
    values = {**row.values, **rules.unavailable}
    fields, mark = _differing(values, row.values), digest(values)
    gone = msgspec.structs.replace(row, values=values, mark=mark)
    return TargetChange("withdraw", *_of(row), lambda: gone, fields, mark, mark) if fields else None


def _removal(row: Row, rules: Rules) -> TargetChange | None:
    is_due = bool(row.withdrawn) and row.withdrawn < rules.removed_before
    return TargetChange("remove", *_of(row), lambda: row) if is_due else None
