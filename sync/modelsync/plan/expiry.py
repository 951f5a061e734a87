"""What is about to end: models that upstream announced the end of, and pins. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from modelsync.records import Catalog, Change, Entry, Pin


def models_ending(
    catalog: Catalog, changes: Iterable[Change], today: date, days: int
) -> Iterator[tuple[str, date]]:
    """The models of the catalog, once these changes are made, that end from today on within so many days."""
    ends: dict[str, object] = {entry.name: entry.values.get("expires") for entry in catalog.entries()}
    for change in changes:
        if change.action == "remove":
            ends.pop(change.name, None)
        ends.update((change.name, field.new) for field in change.fields if field.field == "expires")
    for name, end in ends.items():
        day = _day(end)
        if day and today <= day <= today + timedelta(days):
            yield name, day


def pins_ending(catalog: Catalog, today: date, days: int) -> Iterator[tuple[Entry, Pin, date]]:
    """The pins whose last day is from today on within so many days."""
    for entry in catalog.entries():
        for pin in entry.pins:
            if pin.until and today <= pin.until <= today + timedelta(days):
                yield entry, pin, pin.until


def _day(end: object) -> date | None:
    """The day that a date names; a month or a year alone names none."""
    try:
        return date.fromisoformat(end) if isinstance(end, str) and len(end) == 10 else None
    except ValueError:
        return None
