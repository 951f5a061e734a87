"""How each source stands and what the catalog holds. It asks nobody and changes nothing."""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import datetime

from modelsync.config import address_names, key_names, needs_key
from modelsync.jobs import sync
from modelsync.records import Catalog, SourceStatus
from modelsync.run import due
from modelsync.run.request import Run
from modelsync.sources import SourceSettings


def status(run: Run) -> tuple[tuple[SourceStatus, ...], tuple[str, ...]]:
    """Each source with what it may use, its last sync and whether it is due, and what the catalog holds."""
    last = due.last_synced(run.place)
    sources = (_source(run, name, source, last.get(name)) for name, source in run.config.sources.items())
    return tuple(sources), _notes(sync.open_catalog(run).catalog)


def _source(run: Run, name: str, source: SourceSettings, last: datetime | None) -> SourceStatus:
    return SourceStatus(
        name,
        enabled=source.enabled,
        authoritative=source.authoritative,
        frequency=source.update_frequency,
        keys=_set(key_names(source, name)),
        last_synced=last,
        optional=not needs_key(source, name),
        addresses=_set(
            variable
            for number in range(len(source.endpoints))
            for variable in address_names(source, name, number)
        ),
        due=source.enabled and due.is_due(source, last, run.now),
    )


def _set(variables: Iterable[str]) -> dict[str, bool]:
    """Whether each of these variables is set."""
    return {variable: bool(os.environ.get(variable, "").strip()) for variable in variables}


def _notes(held: Catalog) -> tuple[str, ...]:
    entries = list(held.entries())
    return (
        f"{len(entries):,} models of {len(held.providers)} providers in {len(held.files)} files",
        f"{sum(bool(entry.upstream) for entry in entries):,} followed, "
        f"{sum(bool(entry.base) for entry in entries):,} with a base, "
        f"{sum(bool(entry.pins) for entry in entries):,} with a pin, "
        f"{sum(entry.is_a_persons for entry in entries):,} a person's, "
        f"{sum('unavailable_since' in entry.values for entry in entries):,} unavailable",
    )
