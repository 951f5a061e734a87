"""Whether a plan is so small that nobody has to look at it before it is merged. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from modelsync.records import AutomergePolicy, Change, FieldChange, Kind, Plan, kind_of

_KINDS = {Kind.TOKEN_PRICE: "price", Kind.CALL_PRICE: "price", Kind.COUNT: "limit"}


def outside(plan: Plan, rule: AutomergePolicy) -> str:
    """The first change of a plan that the rule leaves to a person; nothing where there is none.

    Inside are numbers that the catalog has already and that change: first ones, schedules of prices, all
    other fields, new models and removed ones are a person's to look at.
    """
    return next((reason for change in plan.changes for reason in _outside(change, rule)), "")


def _outside(change: Change, rule: AutomergePolicy) -> Iterator[str]:
    if change.action != "update":
        yield f"{change.name} is {'added' if change.action == 'add' else 'removed'}"
    for field in change.fields:
        if not _is_inside(field, rule):
            yield f"{change.name}:{field.field}"


def _is_inside(field: FieldChange, rule: AutomergePolicy) -> bool:
    kind, old, new = _KINDS.get(kind_of(field.field)), field.old, field.new
    if kind not in rule.kinds or not isinstance(old, int | Decimal) or not isinstance(new, int | Decimal):
        return False
    before, after = Decimal(old), Decimal(new)
    return min(before, after) > 0 and (kind == "limit" or abs(after - before) * 100 <= rule.most * before)
