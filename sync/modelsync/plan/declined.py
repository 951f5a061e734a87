"""What people declined by closing a pull request: held until upstream says something else. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import msgspec
from msgspec import UNSET

from modelsync.plan.accept import accepts, meant_by
from modelsync.records import (
    ADDED,
    REMOVED,
    Change,
    FieldChange,
    Guard,
    Hold,
    Plan,
    PlanPolicy,
    Topic,
    text_of,
)

Declined = Mapping[str, Mapping[str, str]]  # by `provider/key:field`: the value as text, and where it was


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
    return msgspec.structs.replace(plan, changes=changes, holds=(*plan.holds, *holds), notices=notices)


def _kept(plan: Plan, is_declined: Callable[[Change, FieldChange], bool]) -> Iterator[Change]:
    for change in plan.changes:
        declined = [field for field in _fields(change) if is_declined(change, field)]
        if not declined:
            yield change
        elif change.action == "update" and len(declined) < len(change.fields):
            rest = tuple(field for field in change.fields if field not in declined)
            yield msgspec.structs.replace(change, fields=rest)


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
