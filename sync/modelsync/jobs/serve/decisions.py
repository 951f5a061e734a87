"""What people decided of the catalog: pins, exclusions, accepted values, and entries of their own."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Literal

import msgspec

from modelsync.config import CONFIG_FILE
from modelsync.jobs import sync
from modelsync.records import Catalog
from modelsync.run.request import Run

Kind = Literal["pin", "exclusion", "accept", "override"]


class Decision(msgspec.Struct, frozen=True):
    """One of them, and where it stands."""

    kind: Kind
    name: str  # `provider/key`, with the field where it is of one
    where: str  # its file, and its line where it has one of its own
    reason: str = ""
    until: date | None = None
    value: str = ""  # that was let through
    is_over: bool = False  # its last day is past


def decisions(run: Run) -> tuple[Decision, ...]:
    """All of them, those that end first before the others. Raises CatalogError."""
    catalog, today = sync.open_catalog(run).catalog, run.now.date()
    every = (*_of_entries(catalog, today), *_of_rules(run, today))
    return tuple(sorted(every, key=lambda one: (one.until or date.max, one.kind, one.name)))


def _of_entries(catalog: Catalog, today: date) -> Iterator[Decision]:
    for entry in catalog.entries():
        file = catalog.providers[entry.provider].file
        if entry.is_a_persons:
            yield Decision("override", entry.name, file, entry.reason)
        for pin in entry.pins:
            name = f"{entry.name}:{pin.field}" if pin.field else entry.name
            where = f"{file}:{pin.line}" if pin.line else file
            yield Decision("pin", name, where, pin.reason, pin.until, is_over=not pin.holds_on(today))


def _of_rules(run: Run, today: date) -> Iterator[Decision]:
    for provider, exclusions in run.policy.exclude.items():
        for rule in exclusions:
            name, is_over = f"{provider}/{rule.id}", not rule.holds_on(today)
            yield Decision("exclusion", name, CONFIG_FILE, rule.reason, rule.until, is_over=is_over)
    for accepted in run.config.accept:
        name = f"{accepted.model}:{accepted.field}"
        value = "" if accepted.value is None else str(accepted.value)
        yield Decision("accept", name, CONFIG_FILE, accepted.reason, value=value)
