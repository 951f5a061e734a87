"""What a request cost: the prices of one model and the tokens of one request, reckoned exactly. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from modelsync.records import EXACT, Part, Reckoning, Tier, Usage, Value, Variant, Window

_MILLION = -6  # power of ten: token prices are USD per 1M tokens
_BY_CALL = ("request", "web_search")


def reckon(values: Mapping[str, Value], usage: Usage, at: datetime) -> Reckoning:
    """Reckon what a request at a moment (UTC) cost by the values of its model.

    The price of each kind of token is the list price; in its place that of the highest tier which the whole
    prompt is longer than (it prices the whole request), then that of the window of the time of day, then that
    of the first variant that the request meets. A variant's factor multiplies the prices that it does not
    state; the factor of the model or provider multiplies all. Reasoning tokens have a price of their own only
    where the model states one. What used nothing needs no price; what has none is not known, never zero.
    """
    counts = {name: getattr(usage, name) for name in Usage.__struct_fields__ if name not in _WORDS}
    if isinstance(values.get("pricing.reasoning"), Decimal):
        counts["output"] -= counts["reasoning"]
    else:
        counts["reasoning"] = 0
    return Reckoning(tuple(_part(name, count, values, usage, at) for name, count in counts.items() if count))


_WORDS = ("service_tier", "region")


def _part(name: str, count: int, values: Mapping[str, Value], usage: Usage, at: datetime) -> Part:
    listed = values.get(f"pricing.{name}")
    price, reasons = listed if isinstance(listed, Decimal) else None, list[str]()
    for schedule in (_tier(values, usage.prompt), _window(values, at)):
        if schedule and name in schedule.prices:
            price, reasons = schedule.prices[name], [schedule.when]
    variant = _variant(values, usage)
    if variant and name in variant.prices:
        price, reasons = variant.prices[name], [variant.when]
    elif variant and "factor" in variant.prices:
        price, reasons = (
            _times(price, variant.prices["factor"]),
            [*reasons, f"{variant.when} × {variant.prices['factor']}"],
        )
    factor = values.get("pricing.factor")
    if isinstance(factor, Decimal):
        price, reasons = _times(price, factor), [*reasons, f"× {factor}"]
    scaled = Decimal(count) if name in _BY_CALL else Decimal(count).scaleb(_MILLION)
    return Part(name, count, price, _times(price, scaled), ", ".join(reasons))


def _times(price: Decimal | None, factor: Decimal) -> Decimal | None:
    return None if price is None else EXACT.multiply(price, factor)


def _tier(values: Mapping[str, Value], prompt: int) -> Tier | None:
    reached = [tier for tier in _of(values, "tiers") if isinstance(tier, Tier) and prompt > tier.above]
    return max(reached, key=lambda tier: tier.above, default=None)


def _window(values: Mapping[str, Value], at: datetime) -> Window | None:
    now = f"{at:%H:%M}"
    return next(
        (one for one in _of(values, "windows") if isinstance(one, Window) and _is_within(now, one)), None
    )


def _is_within(now: str, window: Window) -> bool:
    begin, end = window.utc_start, window.utc_end
    return begin <= now < end if begin < end else now >= begin or now < end


def _variant(values: Mapping[str, Value], usage: Usage) -> Variant | None:
    return next(
        (
            one
            for one in _of(values, "variants")
            if isinstance(one, Variant)
            and all(getattr(usage, name) == word for name, word in one.conditions.items())
        ),
        None,
    )


def _of(values: Mapping[str, Value], name: str) -> tuple[object, ...]:
    schedule = values.get(f"pricing.{name}")
    return schedule if isinstance(schedule, tuple) else ()
