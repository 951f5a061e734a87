"""What a branch proposes on the word of a source that says nothing in this run stays proposed. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import UNSET

from modelsync.plan.rows import rank_of, upstream_field
from modelsync.plan.rules import exclusion_of, is_asked_for, names_of
from modelsync.records import (
    BASE,
    Catalog,
    Change,
    Entry,
    Failure,
    FieldChange,
    Listing,
    Notice,
    Plan,
    PlanPolicy,
    Topic,
)


def carried(
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
    fields_of: dict[tuple[str, str], set[str]] = defaultdict(set)
    for source, listing in heard.items():
        for model in listing.models:
            fields_of[source, model.id].update(model.values)
    changes = {change.name: change for change in plan.changes}
    held = {(hold.provider, hold.key, hold.change.field) for hold in plan.holds}
    kept = []
    for name, entry in after.items():
        change = changes.get(name, Change("update" if name in now else "add", entry.provider, entry.key))
        if change.action == "remove" or not _is_open(entry, heard, policy):
            continue
        decided = {field.field for field in change.fields}
        if is_asked_for(policy, entry.provider, entry.key):  # what a list of this run states, it decides
            decided.update(*(fields_of.get(followed, ()) for followed in entry.upstream.items()))
        fields = [
            field
            for field in _proposed(before.get(name), entry, now.get(name), policy)
            if field.field not in decided and (entry.provider, entry.key, field.field) not in held
        ]
        if fields:
            every = sorted((*change.fields, *fields), key=lambda field: rank_of(field.field, policy))
            changes[name] = msgspec.structs.replace(change, fields=tuple(every))
            kept.append(
                Notice(Topic.PROPOSED_BEFORE, name, "a source of it said nothing now, and it stays proposed")
            )
    in_order = sorted(changes.values(), key=lambda change: (change.provider, change.key))
    return msgspec.structs.replace(plan, changes=tuple(in_order), notices=(*plan.notices, *kept))


def _is_open(entry: Entry, heard: Mapping[str, Listing], policy: PlanPolicy) -> bool:
    """Whether this run cannot tell what has become of the model, and nobody wants it otherwise. A source
    that is switched off or gone from `sync.yaml` is not waited for."""
    silent = entry.upstream.keys() & set(policy.sources) - policy.off - heard.keys()
    unheard = bool(silent) or not is_asked_for(policy, entry.provider, entry.key)
    return unheard and not exclusion_of(policy, entry.provider, names_of(entry))


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
