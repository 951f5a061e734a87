"""What a request cost: the prices of one model and the tokens of one request, calculated exactly. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal

from modelsync.records import (
    CALL_PRICES,
    CONDITIONS,
    EXACT,
    Part,
    Priced,
    PriceInterval,
    RequestCost,
    Tier,
    Usage,
    Value,
    Variant,
    Window,
    is_price_field,
    scheduled,
)

_MILLION = -6  # power of ten: token prices are USD per 1M tokens


def request_cost(
    values: Mapping[str, Value], usage: Usage, at: datetime, *, prompt: int | None = None
) -> RequestCost:
    """Calculate what a request at a moment (UTC) cost by the values of its model.

    `prompt` says how long it was where `usage` adds up several requests that are priced alike.

    The price of each kind of token is the list price; in its place that of the highest tier which the whole
    prompt is longer than (it prices the whole request), then that of the window of the time of day, then
    that of the first variant that the request meets, or of its like for the longest prompts. A variant's
    factor multiplies the prices that it does not state; the factor of the model or provider multiplies all.
    Reasoning tokens have a price of their own only where the model states one. What used nothing needs no
    price; what has none is not known, never zero, and neither is any price of a service tier that no
    variant is of.
    """
    counts = {name: getattr(usage, name) for name in Usage.__struct_fields__ if name not in CONDITIONS}
    if isinstance(values.get("pricing.reasoning"), Decimal):
        counts["output"] -= counts["reasoning"]
    else:
        counts["reasoning"] = 0
    prices = _Prices(values, usage, at, usage.prompt if prompt is None else prompt)
    return RequestCost(tuple(prices.part(name, count) for name, count in counts.items() if count))


def priced(
    model: str,
    intervals: Sequence[PriceInterval],
    on: date,
    usage: Usage,
    at: time | None = None,
    *,
    gone: str = "not in the catalog any more on that day",
    notices: Sequence[str] = (),
) -> Priced:
    """Calculate what usage of a model cost on a day (UTC), by the intervals of its values, or of its prices.

    `gone` says what it means where none of them counted on the day, and none has counted since.
    """
    moment = datetime.combine(on, at or time(), UTC)
    counting = [one for one in intervals if one.counts_at(moment)]
    if not counting:
        later = [one.since for one in intervals if one.since > moment]
        unknown = f"not known before {min(later):%Y-%m-%d}" if later else gone
        return Priced(model, on, None, unknown=unknown, notices=tuple(notices))
    values = {one.field: one.value for one in counting}
    cost = request_cost(values, usage, moment)
    prices = tuple(one for one in counting if is_price_field(one.field))
    unknown = f"not known: no {', no '.join(cost.missing)} in USD" if cost.missing else ""
    by_hour = at is None and "pricing.windows" in values
    hint = ["its price depends on the hour: name it with --at HH:MM"] if by_hour else []
    return Priced(model, on, cost, prices, unknown, (*notices, *hint))


class _Prices:
    """The prices of a model as one way to ask has them."""

    def __init__(self, values: Mapping[str, Value], usage: Usage, at: datetime, prompt: int) -> None:
        self._values, self._tier = values, usage.service_tier
        self._schedules = (_tier(values, prompt), _window(values, at))
        self._variant, self._factor = _variant(values, usage, prompt), values.get("pricing.factor")

    def part(self, name: str, count: int) -> Part:
        """So many tokens or calls at their price."""
        price, why = self._price(name)
        scaled = Decimal(count) if name in CALL_PRICES else Decimal(count).scaleb(_MILLION)
        return Part(name, count, price, _times(price, scaled), why)

    def _price(self, name: str) -> tuple[Decimal | None, str]:
        variant = self._variant
        if self._tier and not (variant and "service_tier" in variant.conditions):
            return None, f"price of service_tier {self._tier}"
        listed = self._values.get(f"pricing.{name}")
        price, reasons = listed if isinstance(listed, Decimal) else None, list[str]()
        for schedule in self._schedules:
            if schedule and name in schedule.prices:
                price, reasons = schedule.prices[name], [schedule.when]
        if variant and name in variant.prices:
            price, reasons = variant.prices[name], [variant.when]
        elif variant and (factor := variant.prices.get("factor")) is not None:
            price, reasons = _times(price, factor), [*reasons, f"{variant.when} × {factor}"]
        if isinstance(self._factor, Decimal):
            price, reasons = _times(price, self._factor), [*reasons, f"× {self._factor}"]
        return price, ", ".join(reasons) if price is not None else ""


def _times(price: Decimal | None, factor: Decimal) -> Decimal | None:
    return None if price is None else EXACT.multiply(price, factor)


def _tier(values: Mapping[str, Value], prompt: int) -> Tier | None:
    reached = [tier for tier in scheduled(values, Tier) if prompt > tier.above]
    return max(reached, key=lambda tier: tier.above, default=None)


def _window(values: Mapping[str, Value], at: datetime) -> Window | None:
    now = f"{at:%H:%M}"
    for one in scheduled(values, Window):
        begin, end = one.utc_start, one.utc_end
        if begin <= now < end if begin < end else now >= begin or now < end:
            return one
    return None


def _variant(values: Mapping[str, Value], usage: Usage, prompt: int) -> Variant | None:
    """The first whose conditions are met; of those with the same ones, that of the longest prompts."""
    met = [
        one
        for one in scheduled(values, Variant)
        if (not one.above or prompt > one.above)
        and all(getattr(usage, name) == word for name, word in one.conditions.items())
    ]
    alike = (one for one in met if one.conditions == met[0].conditions)
    return max(alike, key=lambda one: one.above, default=None)
