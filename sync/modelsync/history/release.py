"""The one way from a commit of the catalog to what other programs get of it."""

from __future__ import annotations

from modelsync.history.versions import Version
from modelsync.records import Catalog, Entry, History, Release, ReleasedModel


def release_of(version: Version, history: History) -> Release:
    """The catalog of a commit, with the past of its prices.

    What cannot be read, and prices in another currency than USD, are not known.
    """
    committed = version.commit.committed
    intervals = [one for model in history.intervals.values() for one in model]
    observed = max((one.observed for one in intervals), default=committed)
    models = tuple(_model(version.catalog, entry, history) for entry in version.catalog.entries())
    return Release(version.commit.sha, committed, observed, models, history.notices)


def _model(catalog: Catalog, entry: Entry, history: History) -> ReleasedModel:
    values = entry.known
    model, aliases = values.get("model"), values.get("aliases")
    past = history.intervals.get(entry.name, ())
    return ReleasedModel(
        provider=entry.provider,
        key=entry.key,
        id=model if isinstance(model, str) else entry.key,
        aliases=tuple(str(alias) for alias in aliases) if isinstance(aliases, tuple) else (),
        upstream=entry.upstream,
        values=values,
        prices=tuple(one for one in past if one.field.startswith("pricing.")),
        hidden=entry.hidden,
        local=catalog.providers[entry.provider].local,
        own=entry.extra,
    )
