"""Questions about the catalog and its sources, answered without changing anything."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator

from sync import fetch, guards, lookup, pipeline
from sync.catalog import Problem, Shape
from sync.config import key_names
from sync.mapping import LeftOut, Mapping, Place
from sync.plan.rules import is_ours
from sync.records import Entry, Failure, FieldChange, Listing, PlanPolicy, Provider, Unreadable, kind_of
from sync.report import SourceStatus
from sync.run import Run


def providers(run: Run, only: str | None) -> tuple[Provider, ...]:
    """The providers of the catalog, or the one that is named. Raises UsageError where there is none."""
    found = pipeline.open_catalog(run).catalog
    return (lookup.provider(found, only),) if only else tuple(found.providers.values())


def shown(run: Run, name: str) -> tuple[Provider, Entry]:
    """One model of the catalog, `PROVIDER/MODEL`."""
    found = pipeline.open_catalog(run).catalog
    entry = lookup.entry(found, name)
    return found.providers[entry.provider], entry


def confirmations(run: Run, entries: Iterable[Entry]) -> dict[str, str]:
    """By name, what says that an entry's `model` is the provider's own id; empty where nothing does."""
    policy = run.config.plan_policy(run.now.date())
    mapping = Mapping.of(policy)
    return {entry.name: _confirmed_by(entry, mapping) for entry in entries}


def _confirmed_by(entry: Entry, mapping: Mapping) -> str:
    """An alias, a rule, the provider's own list; else the person who wrote what no source would."""
    places = [mapping.place(source, upstream_id) for source, upstream_id in entry.upstream.items()]
    named = [
        place for place in places if isinstance(place, Place) and place.model == entry.values.get("model")
    ]
    return next((place.confirmed_by for place in named if place.confirmed), "" if named else "person")


def remote(run: Run, only: str | None) -> tuple[tuple[Provider, ...], tuple[Failure, ...]]:
    """What the sources list now, as the mapping puts it; it may be minutes old."""
    answers = fetch.listings(run)
    policy = run.config.plan_policy(run.now.date())
    mapping = Mapping.of(policy)
    found: dict[str, dict[str, Entry]] = {}
    for answer in answers:
        for entry in _listed(answer, mapping) if isinstance(answer, Listing) else ():
            if only in (None, entry.provider):
                found.setdefault(entry.provider, {})[entry.key] = entry
    listed = tuple(Provider(key, "", key, entries=entries) for key, entries in sorted(found.items()))
    return listed, tuple(answer for answer in answers if isinstance(answer, Failure))


def _listed(listing: Listing, mapping: Mapping) -> Iterator[Entry]:
    for model in sorted(listing.models, key=lambda model: model.id):
        place = mapping.place(listing.source, model.id)
        if not isinstance(place, LeftOut):
            values = {"model": place.model, **model.values}
            yield Entry(place.provider, place.key, values, {listing.source: model.id})


def status(run: Run) -> tuple[tuple[SourceStatus, ...], tuple[str, ...]]:
    """Each source with the keys that it may use and its last sync, and what the catalog holds."""
    last = fetch.last_synced(run.place)
    sources = tuple(
        SourceStatus(
            name,
            enabled=source.enabled,
            authoritative=source.authoritative,
            frequency=source.update_frequency,
            last_synced=last.get(name),
            keys={key: bool(os.environ.get(key, "").strip()) for key in key_names(source, name)},
        )
        for name, source in run.config.sources.items()
    )
    held = pipeline.open_catalog(run).catalog
    entries = list(held.entries())
    notes = (
        f"{len(entries):,} models of {len(held.providers)} providers in {len(held.files)} files",
        f"{sum(bool(entry.upstream) for entry in entries):,} followed, "
        f"{sum(bool(entry.pins) for entry in entries):,} with a pin, "
        f"{sum(entry.is_a_persons for entry in entries):,} a person's, "
        f"{sum('unavailable_since' in entry.values for entry in entries):,} unavailable",
    )
    return sources, notes


# ---------------------------------------------------------------------------- check


def check(run: Run) -> tuple[Problem, ...]:
    """What is wrong with the catalog, with file and line; nothing where it is valid."""
    opened = pipeline.open_catalog(run)
    found, policy = list(opened.problems), run.config.plan_policy(run.now.date())
    for file in opened.files.values():
        held = [provider for provider in opened.catalog.providers.values() if provider.file == file.name]
        faults = [fault for provider in held for fault in _faults(provider, run.shape, policy)]
        document = file.document if faults else None
        found += (Problem(file.shown, document.line(path), text) for path, text in faults if document)
    if not opened.files and not run.config.create_providers:
        found.append(
            Problem(os.path.relpath(run.place.config_file), 1, "`files` means no file that is there")
        )
    return tuple(sorted(found, key=lambda problem: (problem.file, problem.line, problem.text)))


def _faults(provider: Provider, shape: Shape, policy: PlanPolicy) -> Iterator[tuple[tuple[str, ...], str]]:
    """What is wrong with one provider's entries, and the keys that lead there."""
    followed: dict[tuple[str, str], str] = {}
    for entry in provider.entries.values():
        path = shape.entry(entry.provider, entry.key)
        for field, text in _faults_of_fields(entry, policy):
            keys = shape.keys_of(field) if field in entry.values else ()
            yield (*path, *keys), f"{entry.name}: {text}"
        for source, upstream_id in entry.upstream.items():
            where = (*path, "upstream", source)
            if source not in policy.sources:
                yield where, f"{entry.name}: follows {source}, which is no source in sync.yaml"
            other = followed.setdefault((source, upstream_id), entry.key)
            if other != entry.key:
                yield where, f"{entry.name}: follows {upstream_id}, as {other} does"


def _faults_of_fields(entry: Entry, policy: PlanPolicy) -> Iterator[tuple[str, str]]:
    """What is wrong with the fields that sync may write; the others are a person's affair."""
    stated = {field: value for field, value in entry.values.items() if is_ours(policy, field)}
    if is_ours(policy, "model") and stated.get("model") in (None, ""):
        yield "model", "`model` is missing: the id that the provider's own API takes"
    readable = []
    for field, value in stated.items():
        if isinstance(value, Unreadable):
            yield field, f"{field} is not a {kind_of(field).value}: {value.text}"
        else:
            readable.append(FieldChange(field, new=value))
    reasons: dict[str, str] = {}  # two fields that do not fit together are one fault
    for field, verdict in guards.of_fields(readable, None, policy.guards).items():
        reasons.setdefault(verdict.reason, field)
    yield from ((field, f"{field}: {reason}") for reason, field in reasons.items())
