"""What earlier proposals mean for a plan: what stays proposed, and what people declined. Pure.

An open one keeps what no source spoke of now. What people declined by closing one is held until upstream
says something else.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from msgspec import UNSET
from msgspec.structs import replace

from modelsync.plan.accept import accepts, meant_by
from modelsync.plan.rows import rank_of, upstream_field
from modelsync.plan.rules import excluded_by, is_asked_for
from modelsync.records import (
    ADDED,
    BASE,
    REMOVED,
    Catalog,
    Change,
    Entry,
    Failure,
    FieldChange,
    Guard,
    Hold,
    Listing,
    Notice,
    Plan,
    PlanPolicy,
    Topic,
    text_of,
)

Declined = Mapping[str, Mapping[str, str]]  # by `provider/key:field`: the value as text, and where it was


# ---------------------------------------------------------------------------- what stays proposed


def with_proposed(
    plan: Plan,
    catalog: Catalog,
    proposal: tuple[Catalog, Catalog],
    answers: Sequence[Listing | Failure],
    policy: PlanPolicy,
) -> Plan:
    """The plan with what was proposed of models that this run has not heard all sources of.

    `proposal` is what the branch was made on, and what it holds. What a list of this run states, and what
    people have decided since, counts in its place.
    """
    before, after, now = ({entry.name: entry for entry in side.entries()} for side in (*proposal, catalog))
    heard = {answer.source: answer for answer in answers if isinstance(answer, Listing)}
    fields_of = _fields_of(heard)
    changes = {change.name: change for change in plan.changes}
    decided = {hold.name for hold in plan.holds}
    decided |= {f"{change.name}:{field.field}" for change in plan.changes for field in change.fields}
    kept = []
    for name, entry in after.items():
        change = changes.get(name, Change("update" if name in now else "add", entry.provider, entry.key))
        if change.action == "remove" or not _is_open(entry, heard, policy):
            continue
        listed = set[str]()
        if is_asked_for(policy, entry.provider, entry.key):  # what a list of this run states, it decides
            listed.update(*(fields_of.get(followed, ()) for followed in entry.upstream.items()))
        fields = [
            field
            for field in _proposed(before.get(name), entry, now.get(name), policy)
            if field.field not in listed and f"{name}:{field.field}" not in decided
        ]
        if fields:
            every = sorted((*change.fields, *fields), key=lambda field: rank_of(field.field, policy))
            changes[name] = replace(change, fields=tuple(every))
            text = "a source of it said nothing now, and it stays proposed"
            kept.append(Notice(Topic.PROPOSED_BEFORE, name, text))
    in_order = sorted(changes.values(), key=lambda change: (change.provider, change.key))
    return replace(plan, changes=tuple(in_order), notices=(*plan.notices, *kept))


def _fields_of(listings: Mapping[str, Listing]) -> Mapping[tuple[str, str], set[str]]:
    """By source and id, the fields that a list states."""
    fields: dict[tuple[str, str], set[str]] = defaultdict(set)
    for source, listing in listings.items():
        for model in listing.models:
            fields[source, model.id].update(model.values)
    return fields


def _is_open(entry: Entry, heard: Mapping[str, Listing], policy: PlanPolicy) -> bool:
    """Whether this run cannot tell what has become of the model, and nobody wants it otherwise. A source
    that is switched off or gone from `sync.yaml` is not waited for."""
    silent = entry.upstream.keys() & set(policy.sources) - policy.off - heard.keys()
    unheard = bool(silent) or not is_asked_for(policy, entry.provider, entry.key)
    return unheard and not excluded_by(policy, entry)


def _proposed(
    before: Entry | None, after: Entry, now: Entry | None, policy: PlanPolicy
) -> Iterator[FieldChange]:
    """What the branch makes of an entry, where the catalog still is as the branch was made on."""
    if (before is None) != (now is None) or (now is not None and now.is_a_persons):
        return
    old, new, current = (_stated(entry) for entry in (before, after, now))
    for field in {**old, **new}:
        was, will_be = old.get(field, UNSET), new.get(field, UNSET)
        is_pinned = now is not None and now.pin_of(field, policy.today)
        if was != will_be and current.get(field, UNSET) == was and not is_pinned:
            yield FieldChange(field, was, will_be)


def _stated(entry: Entry | None) -> dict[str, Any]:
    """All that sync may have written of an entry."""
    if entry is None:
        return {}
    base = {BASE: entry.base} if entry.base else {}
    return base | {upstream_field(source): id_ for source, id_ in entry.upstream.items()} | entry.values


# ---------------------------------------------------------------------------- what was declined


def changes_of(plan: Plan) -> dict[str, str]:
    """What a plan changes, as a pull request notes it: by `provider/key:field` the new value as text."""
    return {
        f"{change.name}:{field.field}": text_of(field.new)
        for change in plan.changes
        for field in _fields(change)
    }


def without_declined(plan: Plan, declined: Declined, policy: PlanPolicy) -> Plan:
    """The plan, in which what was declined is held; what a person accepts by name is not."""
    used: set[str] = set()
    holds: list[Hold] = []

    def is_declined(change: Change, field: FieldChange) -> bool:
        name = f"{change.name}:{field.field}"
        where = declined.get(name, {}).get(text_of(field.new))
        if where is None:
            return False
        named = meant_by(policy.accept, name)
        used.update(named)
        if named or any(accepts(rule, name, field.new) for rule in policy.accepted):
            return False
        holds.append(Hold(change.provider, change.key, field, Guard.DECLINED, f"declined in {where}"))
        return True

    changes = tuple(_kept(plan, is_declined))
    notices = tuple(one for one in plan.notices if one.topic != Topic.ACCEPT or one.subject not in used)
    return replace(plan, changes=changes, holds=(*plan.holds, *holds), notices=notices)


def _kept(plan: Plan, is_declined: Callable[[Change, FieldChange], bool]) -> Iterator[Change]:
    for change in plan.changes:
        declined = [field for field in _fields(change) if is_declined(change, field)]
        if not declined:
            yield change
        elif change.action == "update" and len(declined) < len(change.fields):
            rest = tuple(field for field in change.fields if field not in declined)
            yield replace(change, fields=rest)


def _fields(change: Change) -> tuple[FieldChange, ...]:
    """What of a change can be declined alone: a new entry and a removal only as a whole."""
    match change.action:
        case "add":
            ids = [text_of(one.new) for one in change.fields if one.field.startswith("upstream.")]
            return (FieldChange(ADDED, new=", ".join(ids)),)
        case "remove":
            return (FieldChange(REMOVED, new=UNSET),)
        case _:
            return change.fields
