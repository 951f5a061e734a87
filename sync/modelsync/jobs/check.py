"""What is wrong with a catalog, and what is valid and still worth a look."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal

import msgspec

from modelsync.catalog import DataFile, Opened, Problem, Shape, follows
from modelsync.config import edit
from modelsync.config.lint import warnings
from modelsync.config.reading import line_of
from modelsync.errors import did_you_mean
from modelsync.jobs import opening
from modelsync.plan import guards
from modelsync.plan.bases import Bases
from modelsync.plan.mapping.native import VENDOR_OF
from modelsync.plan.rules import is_ours
from modelsync.records import (
    BASE,
    SERVICE_TIERS,
    UPSTREAM,
    Entry,
    FieldChange,
    Guard,
    Kind,
    PlanPolicy,
    Provider,
    Scheduled,
    Unreadable,
    Value,
    Variant,
    is_price_field,
    kind_of,
)
from modelsync.run.request import Run
from modelsync.yamledit import Path

_FORMS = {
    Kind.TIERS: "each is such as {above: 200000, input: 6}",
    Kind.WINDOWS: 'each is such as {utc_start: "16:30", utc_end: "00:30", input: 0.5}',
    Kind.VARIANTS: "each is such as {when: {service_tier: batch}, input: 1.25}",
}


class Checked(msgspec.Struct, frozen=True):
    """What is wrong with a catalog, and what is valid and still worth a look, with file and line."""

    problems: tuple[Problem, ...]
    advice: tuple[Problem, ...]


def check(run: Run) -> Checked:
    opened = opening.open_catalog(run)
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
    return (*of_entries, *_idle_follows(opened), *_of_numbers(opened, run.shape))


def _idle_follows(opened: Opened) -> Iterator[Problem]:
    """The lines of the file of followed ids that name no entry: nothing is followed by them."""
    file, known = opened.files.get(opened.shape.follows), {entry.name for entry in opened.catalog.entries()}
    if file is None:
        return
    for provider, keys in follows.read(file.document).items():
        for key in keys:
            if f"{provider}/{key}" not in known:
                hint = did_you_mean(f"{provider}/{key}", sorted(known))
                text = f"{provider}/{key}: no entry of this name follows it{hint}"
                yield Problem(file.shown, line_of(file.document, (provider, key)), text)


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
            if isinstance(value, int | Decimal) and field not in entry.inherited
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
    for path, text in warnings(now, opened.catalog.providers, VENDOR_OF):
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
    model = values.get("model")
    if isinstance(model, str) and model != model.strip():
        yield "model", f"`model` has white space around it, so that no API and no list knows it: {model!r}"
    for field, (text, kind) in entry.unreadable.items():
        within = [one for one in values if one == field or one.startswith(f"{field}.")]
        if within and not (entry.money.foreign and is_price_field(field)):
            yield within[0], f"{field} is not a {kind}: {_FORMS.get(kind_of(field), text)}"
    known = {field: value for field, value in values.items() if not isinstance(value, Unreadable)}
    yield from ((field, f"{field}: {text}") for field in known for text in _slips(known[field]))
    readable = [FieldChange(field, new=value) for field, value in known.items()]
    reasons: dict[str, str] = {}  # two fields that do not fit together are one fault
    for field, verdict in guards.of_fields(readable, None, policy.guards.at(entry.provider)).items():
        is_a_persons_zero = verdict.guard is Guard.ZERO_PRICE and known[field] == 0
        if field not in entry.inherited and not is_a_persons_zero:
            reasons.setdefault(verdict.reason, field)
    yield from ((field, f"{field}: {reason}") for reason, field in reasons.items())


def _slips(schedule: Value) -> Iterator[str]:
    """What of a schedule of prices can count for nothing: a condition that is there already, or never met."""
    seen = set[tuple[str, ...]]()
    for item in schedule if isinstance(schedule, tuple) else ():
        if not isinstance(item, Scheduled):
            continue
        if item.condition in seen:
            yield f"{item.when} is there twice, and only one counts"
        seen.add(item.condition)
        if isinstance(item, Variant):
            word = item.conditions.get("service_tier", SERVICE_TIERS[0])
            if word not in SERVICE_TIERS and (hint := did_you_mean(word, SERVICE_TIERS)):
                yield f"nobody asks for the service tier {word}{hint}"
