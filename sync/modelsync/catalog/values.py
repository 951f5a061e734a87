"""New values in place of old ones, as edits: in the form of the old, lists and schedules item by item.

And where two values part.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from msgspec import UNSET

from modelsync import yamledit
from modelsync.catalog.shape import Shape
from modelsync.records import FieldChange, Kind, Scheduled, kind_of, text_of
from modelsync.yamledit import Path


def set_value(
    document: yamledit.Document, shape: Shape, path: Path, field: FieldChange
) -> Iterator[yamledit.Edit]:
    """A new value in place; a list that only grows gets the new items alone, a tier its new prices."""
    old, new = field.old, field.new
    if isinstance(old, tuple) and isinstance(new, tuple):
        if kind_of(field.field) is Kind.WORDS and old and new[: len(old)] == old:
            yield from (yamledit.Append(path, text_of(word)) for word in new[len(old) :])
            return
        before, after = _by_condition(old), _by_condition(new)
        kept = [condition for condition in before if condition in after]
        is_each_its_own = len(before) == len(old) and len(after) == len(new)
        if kept and [condition for condition in after if condition in before] == kept and is_each_its_own:
            yield from _reschedule(document, shape, path, before, after)
            return
    yield yamledit.Set(path, _in_form(document, path, shape.encode(field.field, new)))


def _in_form(document: yamledit.Document, path: Path, value: Any) -> Any:
    """A number as text where it goes in place of a text in quotes, or beside it; any other value as it is."""
    is_number = isinstance(value, int | Decimal) and not isinstance(value, bool)
    return f"{Decimal(value):f}" if is_number and document.is_quoted(path) else value


def as_text(value: Any) -> Any:
    """A value with its prices as text."""
    match value:
        case yamledit.Flow():
            return yamledit.Flow(as_text(value.value))
        case dict():
            return {key: as_text(below) for key, below in value.items()}
        case list():
            return [as_text(below) for below in value]
        case Decimal():
            return format(value, "f")
        case _:
            return value


Schedule = dict[tuple[str, ...], Scheduled]


def _by_condition(value: tuple[object, ...]) -> Schedule:
    """Tiers, windows or variants by what each is for."""
    return {item.condition: item for item in value if isinstance(item, Scheduled)}


def _reschedule(
    document: yamledit.Document, shape: Shape, path: Path, old: Schedule, new: Schedule
) -> Iterator[yamledit.Edit]:
    """One part of a schedule after the other, so that what a person added to it stays; a new one goes before
    the next that stays, else last."""
    places = {condition: index for index, condition in enumerate(old)}
    for index, (condition, item) in enumerate(old.items()):
        if condition in new:
            yield from _reprice(document, shape, (*path, index), item.prices, new[condition].prices)
        else:
            yield yamledit.Remove((*path, index))
    before: dict[tuple[str, ...], int | None] = {}
    following = None
    for condition in reversed(new):
        before[condition] = following
        following = places.get(condition, following)
    for condition in (condition for condition in new if condition not in old):
        yield yamledit.Append(path, shape.scheduled(new[condition]), before=before[condition])


def _reprice(
    document: yamledit.Document,
    shape: Shape,
    path: Path,
    old: Mapping[str, Decimal],
    new: Mapping[str, Decimal],
) -> Iterator[yamledit.Edit]:
    for name in new:
        value = shape.encode(f"pricing.{name}", new[name])
        if old:
            value = _in_form(document, (*path, name if name in old else next(iter(old))), value)
        if name not in old:
            yield yamledit.Insert(path, name, value)
        elif old[name] != new[name]:
            yield yamledit.Set((*path, name), value)
    yield from (yamledit.Remove((*path, name)) for name in old if name not in new)


def parted(old: Any, new: Any) -> Iterator[tuple[Path, Any, Any]]:
    """Where two values differ, and what each has there; UNSET for nothing. `3.0` is 3."""
    if old == new:
        return
    from deepdiff import DeepDiff
    from deepdiff.helper import notpresent

    same = [(int, Decimal)]
    differing = DeepDiff(old, new, view="tree", threshold_to_diff_deeper=0, ignore_type_in_groups=same)
    for item in (item for kind in differing.values() for item in kind):
        before, after = (UNSET if side is notpresent else side for side in (item.t1, item.t2))
        yield tuple(item.path(output_format="list")), before, after
