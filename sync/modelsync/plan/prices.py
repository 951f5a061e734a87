"""What looks wrong in one price, or in a price of a tier, window or variant. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import TypeGuard

import msgspec

from modelsync.records import (
    FieldChange,
    Guard,
    GuardPolicy,
    Kind,
    Scheduled,
    Tier,
    Variant,
    kind_of,
    scheduled,
    text_of,
)

SCHEDULES = (Kind.TIERS, Kind.WINDOWS, Kind.VARIANTS)
_CHEAPER = frozenset({"batch", "flex"})  # service tiers of which an answer comes later
_DEARER_TIMES = 2  # of the 2,700 prices of these in LiteLLM's map none is so many times the list price


class Verdict(msgspec.Struct, frozen=True):
    """The guard that stops a change, and why in words for a person."""

    guard: Guard
    reason: str


def of_price(old: object, new: object, policy: GuardPolicy) -> Verdict | None:
    """What looks wrong in a price by itself, or beside the one that it replaces."""
    if not isinstance(new, Decimal):
        return None
    if not new.is_finite() or new < 0:
        return Verdict(Guard.NOT_A_PRICE, "a price is never negative or endless")
    if not is_price(old):
        return None
    if (old == 0) != (new == 0):
        return Verdict(Guard.ZERO_CROSSING, "it would become free" if new == 0 else "it was free")
    if old and ratio(old, new) >= policy.price_ratio:
        return Verdict(Guard.PRICE_RATIO, f"{times(ratio(old, new))} times {'more' if new > old else 'less'}")
    return None


def of_first(change: FieldChange, policy: GuardPolicy) -> Verdict | None:
    """A first price has none beside it to show that its unit is wrong."""
    if is_price(change.old) or not is_price(change.new):
        return None
    least, most, what = policy.call_price_least, policy.call_price_most, "call"
    if kind_of(change.field) is Kind.TOKEN_PRICE:
        least, most, what = policy.price_least, policy.price_most, "1M tokens"
    if change.new > most:
        return Verdict(Guard.ABSURD_PRICE, f"no model costs more than {most:,} USD per {what}")
    if 0 < change.new < least:
        return Verdict(Guard.ABSURD_PRICE, f"no model costs less than {text_of(least)} USD per {what}")
    return None


def is_price(value: object) -> TypeGuard[Decimal]:
    """Whether a value is a price that a vendor could take, zero included."""
    return isinstance(value, Decimal) and value.is_finite() and value >= 0


def ratio(old: Decimal, new: Decimal) -> Decimal:
    """How many times the larger price is the smaller one. Both are above zero."""
    return max(old, new) / min(old, new)


def times(ratio: Decimal) -> str:
    """A ratio of prices for a person."""
    return text_of(round(ratio, 2 if ratio < 100 else 0))


# ---------------------------------------------------------------------------- prices that depend


def of_schedule(
    change: FieldChange, policy: GuardPolicy, *, base: Mapping[str, object] | None = None
) -> Verdict | None:
    """Each price of a schedule beside the one that it replaces; with `base`, a new one too, beside that."""
    if kind_of(change.field) not in SCHEDULES:
        return None
    before, after = _lengths(change.old), _lengths(change.new)
    early = [above for above in after - before if above < policy.tier_least]
    if early:
        reason = f"a tier begins above {min(early):,} tokens, so that it is the price of nearly every request"
        return Verdict(Guard.EARLY_TIER, reason)
    begins, would_begin = (Decimal(min(lengths, default=0)) for lengths in (before, after))
    if begins and would_begin and ratio(begins, would_begin) >= policy.limit_ratio:
        reason = f"the first tier begins above {begins:,} tokens, and would above {would_begin:,}"
        return Verdict(Guard.MOVED_TIER, reason)
    for (when, name), old, new in scheduled_moves(change):
        beside: object = old
        if base is not None and old is None:  # a factor is of the list price, which is once that
            beside = Decimal(1) if name == "factor" else base.get(f"pricing.{name}")
        verdict = of_price(beside, new, policy)
        if not verdict and base is not None:
            first = beside if isinstance(beside, Decimal) else None
            verdict = of_first(FieldChange(f"pricing.{name}", first, new), policy)
        if verdict:
            return Verdict(verdict.guard, f"{name} {when}: {verdict.reason}")
    return _of_tiers(change, base) or _of_variants(change, base) if base is not None else None


def _of_tiers(change: FieldChange, base: Mapping[str, object]) -> Verdict | None:
    """New prices of long prompts that are below those of shorter ones, which no vendor takes."""
    old, new = (side if isinstance(side, tuple) else () for side in (change.old, change.new))
    paid = dict(base)
    for tier in sorted((item for item in new if isinstance(item, Tier)), key=lambda tier: tier.above):
        for name, price in tier.prices.items():
            shorter = paid.get(f"pricing.{name}")
            if tier not in old and is_price(shorter) and price < shorter:
                return Verdict(Guard.CHEAPER_TIER, f"{name} {tier.when}: below the price of shorter prompts")
            paid[f"pricing.{name}"] = price
    return None


def _of_variants(change: FieldChange, base: Mapping[str, object]) -> Verdict | None:
    """New prices of variants that cannot be right beside the list price: free, or far dearer for waiting."""
    old, new = (side if isinstance(side, tuple) else () for side in (change.old, change.new))
    for variant in new:
        if not isinstance(variant, Variant) or variant in old:
            continue
        waits = variant.conditions.get("service_tier") in _CHEAPER
        for name, price in variant.prices.items():
            listed = base.get(f"pricing.{name}")
            if price == 0 and not is_price(listed):
                return Verdict(Guard.ZERO_PRICE, f"{name} {variant.when}: zero, and no list price is known")
            beside = _of_tier(name, variant.above, base) if variant.above else listed
            if waits and is_price(beside) and 0 < _DEARER_TIMES * beside <= price:
                reason = f"{times(price / beside)} times the list price, though it is for waiting"
                return Verdict(Guard.ABSURD_PRICE, f"{name} {variant.when}: {reason}")
    return None


def _of_tier(name: str, above: int, base: Mapping[str, object]) -> Decimal | None:
    """The price of prompts that are just longer, without a variant; None where no tier states it."""
    reached = (tier for tier in scheduled(base, Tier) if tier.above <= above and name in tier.prices)
    prices = {tier.above: tier.prices[name] for tier in reached}
    return prices[max(prices)] if prices else None


def _lengths(schedule: object) -> set[int]:
    """The lengths of a prompt above which other prices begin."""
    items = schedule if isinstance(schedule, tuple) else ()
    return {
        item.above for item in items if isinstance(item, Tier) or (isinstance(item, Variant) and item.above)
    }


def scheduled_moves(change: FieldChange) -> Iterator[tuple[tuple[str, str], Decimal | None, Decimal]]:
    """The prices of a new schedule, each with the one that it replaces, if there was one."""
    replaced = dict(_scheduled(change.old))
    for price, new in _scheduled(change.new):
        yield price, replaced.get(price), new


def _scheduled(schedule: object) -> Iterator[tuple[tuple[str, str], Decimal]]:
    for item in schedule if isinstance(schedule, tuple) else ():
        if isinstance(item, Scheduled):
            for name, price in item.prices.items():
                yield (item.when, name), price
