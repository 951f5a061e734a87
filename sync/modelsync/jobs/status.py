"""How sources and keys stand, and how much the catalog holds."""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import timedelta

from modelsync.config import Place, address_names, key_names, needs_key
from modelsync.jobs import evidence, opening
from modelsync.records import Catalog, SourceStatus, Success
from modelsync.report.text import many
from modelsync.review.branch import would_be_taken
from modelsync.run import due
from modelsync.run.preflight import lack_of
from modelsync.run.request import Run
from modelsync.sources import SourceSettings


def exposed(place: Place) -> tuple[str, ...]:
    """What is to be said of files with keys that the next `git add` would take."""
    shown = (os.path.relpath(path) for path in would_be_taken(place))
    return tuple(f"{name} holds keys, and git does not ignore it: add it to .gitignore" for name in shown)


def status(run: Run, most: timedelta | None = None) -> tuple[tuple[SourceStatus, ...], tuple[str, ...]]:
    """Each source with how it stands, and what the catalog holds."""
    return sources(run, most), notes(opening.open_catalog(run).catalog)


def sources(run: Run, most: timedelta | None = None) -> tuple[SourceStatus, ...]:
    """Each source with what it may use, its last success and whether it is due.

    With `most`, the length of a silence, those are silent that a run with this selection would ask and that
    have been for longer; one that never had a success and cannot be asked is not in use.
    """
    last = evidence.last_successes(run)
    meant = run.selected
    return tuple(
        _source_status(run, name, source, last.get(name), most if name in meant else None)
        for name, source in run.config.sources.items()
        if not run.sources or name in run.sources
    )


def _source_status(
    run: Run, name: str, source: SourceSettings, success: Success | None, most: timedelta | None
) -> SourceStatus:
    last = success.at if success else None
    is_used = success is not None or lack_of(source, name) is None
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
        commit=success.commit if success else "",
        opinion=name in run.config.opinions,
        silent=most is not None and is_used and due.is_silent(source, last, run.now, most),
    )


def _set(variables: Iterable[str]) -> dict[str, bool]:
    return {variable: bool(os.environ.get(variable, "").strip()) for variable in variables}


def notes(catalog: Catalog) -> tuple[str, ...]:
    """What a catalog holds, in numbers."""
    entries = list(catalog.entries())
    return (
        f"{many(len(entries), 'model')} of {many(len(catalog.providers), 'provider')} in "
        f"{many(len(catalog.files), 'file')}",
        f"{sum(bool(entry.upstream) for entry in entries):,} followed, "
        f"{sum(bool(entry.base) for entry in entries):,} with a base, "
        f"{sum(bool(entry.pins) for entry in entries):,} with a pin, "
        f"{sum(entry.is_a_persons for entry in entries):,} a person's, "
        f"{sum('unavailable_since' in entry.values for entry in entries):,} unavailable",
    )
