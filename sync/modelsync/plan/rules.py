"""What `sync.yaml` lets sync do, with which models and fields, and when two values say the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from modelsync.plan.mapping import means
from modelsync.records import FIELDS, Entry, Exclusion, Kind, Owner, PlanPolicy, Strategy, kind_of

_ROUNDING = Decimal("1e-9")
_BY_STRATEGY = {
    Strategy.FILL_UNDEFINED: Owner.FILL,
    Strategy.FULL_REPLACE: Owner.UPSTREAM,
    Strategy.PRESERVE_MANUAL: Owner.HUMAN,
}
_WRITTEN = (Owner.UPSTREAM, Owner.UNION, Owner.FILL)


def owner_of(policy: PlanPolicy, provider: str, field: str) -> Owner:
    """Who has the last word on a field at one provider: the narrowest rule of `owners:` decides."""
    rule = _rule(policy, provider, field)
    if isinstance(rule, Owner):
        return rule
    if rule is Strategy.UPDATE_DYNAMIC:
        return Owner.UPSTREAM if FIELDS[field].owner is Owner.UPSTREAM else Owner.FILL
    return _BY_STRATEGY[rule]


def _rule(policy: PlanPolicy, provider: str, field: str) -> Owner | Strategy:
    default = FIELDS[field].owner if field in FIELDS else Owner.HUMAN
    if not policy.owners:
        return default
    section = field.partition(".")[0]
    names = (f"{provider}/{field}", f"{provider}/{section}", field, section, f"{provider}/*", "*")
    narrowest = next(((name, policy.owners[name]) for name in names if name in policy.owners), None)
    if narrowest is None:
        return default
    name, rule = narrowest
    if name.endswith("*") and default is Owner.NATIVE:
        return default  # what a model is called by its provider is said of that field only
    if field not in FIELDS and (name.endswith("*") or isinstance(rule, Strategy)):
        return default
    return rule


def is_ours(policy: PlanPolicy, field: str) -> bool:
    """Whether `fields:` lets sync write the field."""
    return policy.fields is None or field in policy.fields or field.partition(".")[0] in policy.fields


def may_begin_with(policy: PlanPolicy, provider: str, field: str) -> bool:
    """Whether a new entry may state the field: where people are to be preserved, there are none yet."""
    preserved = is_ours(policy, field) and _rule(policy, provider, field) is Strategy.PRESERVE_MANUAL
    return preserved or may_write(policy, provider, field)


def may_write(policy: PlanPolicy, provider: str, field: str) -> bool:
    """Whether sync may state the field where nobody does yet."""
    return is_ours(policy, field) and owner_of(policy, provider, field) in _WRITTEN


def means_the_same(field: str, one: Any, other: Any) -> bool:
    """Whether two values of a field say the same: in any order, numbers by their value.

    Prices that part in the tenth digit only are the same number with another rounding: OpenRouter's
    list moves between 0.08333333333333334 and 0.0833333333333333.
    """
    if one == other:
        return True
    if isinstance(one, Decimal) and isinstance(other, Decimal):
        return (
            one.is_finite() and other.is_finite() and abs(one - other) < _ROUNDING * min(abs(one), abs(other))
        )
    if not (isinstance(one, tuple) and isinstance(other, tuple)):
        return False
    match kind_of(field):
        case Kind.WORDS:
            return set(one) == set(other)
        case Kind.TIERS | Kind.WINDOWS | Kind.VARIANTS:
            return _sorted(one) == _sorted(other)
        case _:
            return False


def _sorted(schedule: tuple[Any, ...]) -> list[Any]:
    return sorted(schedule, key=lambda item: item.condition)


# ---------------------------------------------------------------------------- which models


def is_over(end: object, today: date) -> bool:
    """Whether an `expires` is a day, a month or a year that has passed."""
    return isinstance(end, str) and end < today.isoformat()[: len(end)]


def exclusion_of(policy: PlanPolicy, provider: str, names: Iterable[str]) -> Exclusion | None:
    """The exclusion of the provider that means the model today."""
    if provider not in policy.exclude:
        return None
    names = tuple(names)
    valid = (rule for rule in policy.exclude[provider] if rule.holds_on(policy.today))
    return next((rule for rule in valid if means(rule.id, names)), None)


def excluded_by(policy: PlanPolicy, entry: Entry) -> Exclusion | None:
    """The exclusion that means the entry today."""
    return exclusion_of(policy, entry.provider, names_of(entry))


def names_of(entry: Entry) -> Iterator[str]:
    """All names by which an exclusion may mean the entry."""
    yield entry.key
    yield str(entry.values.get("model", ""))
    for upstream_id in entry.upstream.values():
        yield upstream_id
        yield upstream_id.partition("/")[2]


def is_asked_for(policy: PlanPolicy, provider: str, key: str) -> bool:
    """Whether `--only PROVIDER[/GLOB]` leaves the model in."""
    if not policy.only:
        return True
    wanted, _, glob = policy.only.partition("/")
    return provider == wanted and (not glob or means(glob, [key]))
