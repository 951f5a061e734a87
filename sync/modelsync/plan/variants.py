"""Prices for other ways to ask: of rows of their own, and beside what a person says of other ways."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from modelsync.plan.mapping import LeftOut, Placement
from modelsync.records import Model, Tier, Unusable, Value, Variant, is_price_field, scheduled, text_of

VARIANTS = "pricing.variants"
Offer = tuple[str, Model]  # a service tier, and the row that says what it costs


def beside(old: Any, new: Value) -> Value:
    """The variants that upstream states, and of the old ones those of other ways to ask.

    Each stays where it stands, since the first that a request meets counts. A factor is a person's: no list
    states one.
    """
    if not isinstance(old, tuple) or not isinstance(new, tuple):
        return new
    before, after = _variants_in(old), _variants_in(new)
    factors = {one.condition: {"factor": one.prices["factor"]} for one in before if "factor" in one.prices}
    after = [replace(one, prices=factors.get(one.condition, {}) | one.prices) for one in after]
    given: dict[Any, list[Variant]] = {}
    for one in after:
        given.setdefault(frozenset(one.conditions.items()), []).append(one)
    every: dict[Any, Variant] = {}
    for one in [*before, *after]:
        way = frozenset(one.conditions.items())
        for other in given.get(way, [one]):
            every.setdefault((other.condition, frozenset(other.prices.items())), other)
        if way in given:
            given[way] = []
    return tuple(every.values())


def withdrawn(old: object, listed: Iterable[object]) -> tuple[Variant, ...]:
    """The prices of service tiers among the old ones that none of these states; other ways are a person's."""
    known = {one.condition for of in listed for one in _variants_in(of)}
    tiers = (one for one in _variants_in(old) if one.conditions.keys() == {"service_tier"})
    return tuple(one for one in tiers if one.condition not in known and one.prices.keys() != {"factor"})


def _variants_in(value: object) -> list[Variant]:
    items = value if isinstance(value, tuple) else ()
    return [one for one in items if isinstance(one, Variant)]


# ---------------------------------------------------------------------------- of rows of their own


def offers_of(placed: Iterable[tuple[Model, Placement | LeftOut]]) -> dict[str, list[Offer]]:
    """By id of a model, the rows (`model:batch`) that a mapping rule takes for service tiers of it."""
    offers: dict[str, list[Offer]] = {}
    for model, left_out in placed:
        if not isinstance(left_out, LeftOut) or left_out.placement is None:
            continue
        if left_out.reason in left_out.placement.rule.service_tiers:
            offers.setdefault(model.id.partition(":")[0], []).append((left_out.reason, model))
    return offers


def with_offers(model: Model, offers: Sequence[Offer]) -> Model:
    """The model with the prices of its service tiers. One that states anything which is no price has none."""
    if not offers:
        return model
    faults = [fault for offer in offers for fault in _faults(*offer)]
    usable = (offer for offer in offers if not any(_faults(*offer)))
    prices = tuple(variant for offer in usable for variant in _variants(*offer))
    values = model.values | ({VARIANTS: beside(model.values.get(VARIANTS), prices)} if prices else {})
    return replace(model, values=values, unusable=(*model.unusable, *faults))


def _variants(service_tier: str, offer: Model) -> Iterator[Variant]:
    when = {"service_tier": service_tier}
    fields = ((field.partition("pricing.")[2], value) for field, value in offer.values.items())
    prices = {name: value for name, value in fields if name and isinstance(value, Decimal)}
    if prices:
        yield Variant(when, prices)
    yield from (Variant(when, tier.prices, tier.above) for tier in scheduled(offer.values, Tier))


def _faults(service_tier: str, offer: Model) -> Iterator[Unusable]:
    """What an offer says of its prices that no variant can state."""
    for fault in offer.unusable:
        if is_price_field(fault.field):
            yield Unusable(VARIANTS, fault.text, f"{service_tier}: {fault.reason}")
    if windows := offer.values.get("pricing.windows"):
        yield Unusable(VARIANTS, text_of(windows), f"{service_tier}: it depends on the time of day")
