"""Questions about the catalog and its sources, answered without changing anything."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import timedelta
from decimal import Decimal
from textwrap import dedent

import msgspec

from modelsync.catalog import DataFile, Opened, Problem, Shape, lookup
from modelsync.config import Place, address_names, edit, key_names, needs_key
from modelsync.config.reading import line_of
from modelsync.config.slips import slips
from modelsync.jobs import evidence, sync
from modelsync.plan import guards, opinion
from modelsync.plan.bases import Bases, resolved
from modelsync.plan.mapping import Mapping
from modelsync.plan.rules import is_ours
from modelsync.records import (
    BASE,
    UPSTREAM,
    Catalog,
    Entry,
    FieldChange,
    ModelDetails,
    PlanPolicy,
    Provider,
    SecondOpinion,
    SourceStatus,
    Success,
    Unreadable,
    Value,
)
from modelsync.report.text import many
from modelsync.review.branch import would_be_taken
from modelsync.run import due
from modelsync.run.notes import HEARD
from modelsync.run.preflight import lack_of
from modelsync.run.request import Run
from modelsync.sources import SourceSettings
from modelsync.yamledit import Path


def providers(run: Run, only: str | None) -> tuple[Provider, ...]:
    """The providers of the catalog, or the one that is named, their entries with what their bases say.

    Raises UsageError where there is none.
    """
    catalog, policy = as_read(run), run.policy
    if only:
        return (lookup.provider(catalog, only, set(policy.sources) - policy.vendor_sources),)
    return tuple(catalog.providers.values())


def shown(run: Run, name: str) -> ModelDetails:
    """One model of the catalog, `PROVIDER/MODEL`, with what its base says; nothing of its past."""
    catalog = as_read(run)
    entry = lookup.entry(catalog, name)
    return ModelDetails(
        entry,
        catalog.providers[entry.provider].local,
        confirmations(run, [entry])[entry.name],
        origins(run, entry),
        opinions=second_opinions(run, [entry]).get(entry.name, ()),
    )


def unit_of_prices(run: Run, shown: Iterable[Provider]) -> str:
    """The unit (PRICING_UNITS) that the prices of these providers are in, or else of the catalog."""
    return Catalog({one.key: one for one in shown}, {}).unit_of_prices(run.config.pricing_unit)


def as_read(run: Run) -> Catalog:
    """The catalog as its files are now, every entry with what its base says."""
    return resolved(sync.open_catalog(run).catalog, run.policy.authoritative)


def second_opinions(run: Run, entries: Iterable[Entry]) -> dict[str, tuple[SecondOpinion, ...]]:
    """By name, what other lists stated of the values that an entry has, when a run last heard them; nothing
    where none was heard."""
    memory = HEARD.read(run.place)
    return {entry.name: tuple(opinion.second_opinions(entry, memory)) for entry in entries if memory}


def origins(run: Run, entry: Entry) -> dict[str, str]:
    """By field, where its value is from: a base, or who wrote it as git tells; else nothing is said."""
    bases = {field: f"base {base}" for field, base in entry.inherited.items()}
    written = evidence.origins(run, sync.open_catalog(run), entry)
    return bases | {field: str(origin) for field, origin in written.items()}


def source(run: Run, entry: Entry) -> tuple[str, ...]:
    """The lines of its file that state an entry, with the comments directly above it."""
    opened = sync.open_catalog(run)
    file = opened.file_of(entry)
    first, last = file.document.lines(file.path_of(entry))
    lines = file.document.text.splitlines()
    while first > 1 and lines[first - 2].lstrip().startswith("#"):
        first -= 1
    return tuple(dedent("\n".join(lines[first - 1 : last])).splitlines())


def confirmations(run: Run, entries: Iterable[Entry]) -> dict[str, str]:
    """By name, what says that an entry's `model` is the provider's own id; empty where nothing does."""
    policy = run.policy
    mapping = Mapping(policy)
    return {entry.name: _confirmed_by(entry, mapping) for entry in entries}


def _confirmed_by(entry: Entry, mapping: Mapping) -> str:
    """What is sure by any source that it follows; else a guess; else a person wrote what no source would."""
    model = str(entry.values.get("model", ""))
    confirmations = [mapping.confirmed_by(*followed, model) for followed in entry.upstream.items()]
    sure = next((by for by in confirmations if by not in ("", "person")), None)
    return sure or ("" if "" in confirmations else "person")


# ---------------------------------------------------------------------------- check


class Checked(msgspec.Struct, frozen=True):
    """What is wrong with a catalog, and what is valid and still worth a look, with file and line."""

    problems: tuple[Problem, ...]
    advice: tuple[Problem, ...]


def check(run: Run) -> Checked:
    """Validate the whole catalog."""
    opened = sync.open_catalog(run)
    return Checked(_problems(run, opened), _advice(run, opened))


def _advice(run: Run, opened: Opened) -> tuple[Problem, ...]:
    """What a person's entry is for, what is there twice, and numbers that not all readers take for the
    same."""
    of_entries = (
        Problem(file.shown, line_of(file.document, path), f"{entry.name}: {text}")
        for provider in opened.catalog.providers.values()
        for file in [opened.files[provider.file]]
        for entry, field, text in _worth_a_look(provider)
        for keys in [run.shape.keys_of(field) if field else ()]
        for path in [(*file.path_of(entry), *keys)]
    )
    return (*of_entries, *_of_numbers(opened, run.shape))


def _of_numbers(opened: Opened, shape: Shape) -> Iterator[Problem]:
    """The numbers that not all readers take for the same: once in a file, of those in quotes the first."""
    held: dict[str, list[Entry]] = defaultdict(list)
    for provider in opened.catalog.providers.values():
        held[provider.file] += provider.entries.values()
    for file in opened.files.values():
        document = file.document
        first = {text: line for line, text in reversed(document.unlike_numbers())}
        yield from (Problem(file.shown, line, text) for text, line in first.items())
        if not document.quotes_numbers():
            continue
        paths = (
            (*file.path_of(entry), *shape.keys_of(field))
            for entry in held[file.name]
            for field, value in entry.values.items()
            if isinstance(value, int | Decimal)
        )
        if quoted := [path for path in paths if document.is_quoted(path)]:
            what = f"numbers in quotes ({len(quoted)}): text to a reader that takes them as they stand"
            yield Problem(file.shown, document.line(quoted[0]), what)


def _worth_a_look(provider: Provider) -> Iterator[tuple[Entry, str, str]]:
    """By entry, which field, if one, and why. A person may have a `model` twice, as at another price."""
    first: dict[Value, str] = {}
    for entry in provider.entries.values():
        if entry.is_a_persons and not entry.reason:
            yield entry, "", f"priority {entry.priority} and no reason"
        model = entry.values.get("model")
        if isinstance(model, str) and not entry.is_a_persons:
            other = first.setdefault(model, entry.key)
            if other != entry.key:
                yield entry, "model", f"its model is {model}, as that of {other} is"


def _problems(run: Run, opened: Opened) -> tuple[Problem, ...]:
    problems, policy = list(opened.problems), run.policy
    bases = Bases(opened.catalog, policy.authoritative)
    problems += (
        Problem(file.shown, line_of(file.document, path), f"{entry.name}: {text}")
        for provider in opened.catalog.providers.values()
        for entry, keys, text in _faults(provider, run.shape, policy, bases)
        for file, path in [_place_of(opened, opened.files[provider.file], entry, keys)]
    )
    if not opened.files and not run.config.create_providers:
        where = os.path.relpath(run.place.config_file)
        problems.append(Problem(where, 1, "`files` means no file that is there"))
    rules, now = edit.opened(run.place)
    for path, text in slips(now, opened.catalog.providers):
        problems.append(Problem(rules.shown, line_of(rules.document, path), text))
    return tuple(sorted(problems, key=lambda problem: (problem.file, problem.line, problem.text)))


def _place_of(opened: Opened, file: DataFile, entry: Entry, keys: tuple[str, ...]) -> tuple[DataFile, Path]:
    """Where a key of an entry is: in its file, or in that of the followed ids."""
    path, ids = (*file.path_of(entry), *keys), opened.files.get(opened.shape.follows)
    if ids and keys[:1] == (UPSTREAM,) and not file.document.has(path):
        return ids, (entry.provider, entry.key, *keys[1:])
    return file, path


def _faults(
    provider: Provider, shape: Shape, policy: PlanPolicy, bases: Bases
) -> Iterator[tuple[Entry, tuple[str, ...], str]]:
    """What is wrong with one provider's entries: which, the keys in it that lead there, and what."""
    for entry in provider.entries.values():
        if fault := bases.fault(entry):
            yield entry, (BASE,), fault
        for field, text in _faults_of_fields(bases.resolve(entry), policy):
            keys = shape.keys_of(field) if field in entry.values else ()
            yield entry, keys, text
        for source in entry.upstream:
            if source not in policy.sources:
                yield entry, (UPSTREAM, source), f"follows {source}, which is no source in sync.yaml"


def _faults_of_fields(entry: Entry, policy: PlanPolicy) -> Iterator[tuple[str, str]]:
    """What is wrong with the fields that sync may write; the others are a person's affair."""
    values = {field: value for field, value in entry.values.items() if is_ours(policy, field)}
    if is_ours(policy, "model") and values.get("model") in (None, ""):
        yield "model", "`model` is missing: the id that the provider's own API takes"
    for field, (text, kind) in entry.unreadable.items():
        within = [one for one in values if one == field or one.startswith(f"{field}.")]
        if within:
            yield within[0], f"{field} is not a {kind}: {text}"
    known = {field: value for field, value in values.items() if not isinstance(value, Unreadable)}
    readable = [FieldChange(field, new=value) for field, value in known.items()]
    reasons: dict[str, str] = {}  # two fields that do not fit together are one fault
    for field, verdict in guards.of_fields(readable, None, policy.guards.at(entry.provider)).items():
        if field not in entry.inherited:
            reasons.setdefault(verdict.reason, field)
    yield from ((field, f"{field}: {reason}") for reason, field in reasons.items())


# ---------------------------------------------------------------------------- sources and keys


def exposed(place: Place) -> tuple[str, ...]:
    """What is to be said of files with keys that the next `git add` would take."""
    shown = (os.path.relpath(path) for path in would_be_taken(place))
    return tuple(f"{name} holds keys, and git does not ignore it: add it to .gitignore" for name in shown)


def status(run: Run, most: timedelta | None = None) -> tuple[tuple[SourceStatus, ...], tuple[str, ...]]:
    """Each source with how it stands, and what the catalog holds."""
    return sources(run, most), _notes(sync.open_catalog(run).catalog)


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
        silent=most is not None and is_used and due.is_silent(source, last, run.now, most),
    )


def _set(variables: Iterable[str]) -> dict[str, bool]:
    """Whether each of these variables is set."""
    return {variable: bool(os.environ.get(variable, "").strip()) for variable in variables}


def _notes(catalog: Catalog) -> tuple[str, ...]:
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
