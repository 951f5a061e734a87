"""The reviewed catalog as other programs get it: one commit, all bases resolved."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

import msgspec

from modelsync.records.fields import Tier, Value, Variant, Window, is_price_field, scheduled, shifted
from modelsync.records.price import EXACT, PriceInterval, midnight


def per_token(price: Decimal) -> Decimal:
    """USD per token of USD per 1M tokens, exactly."""
    return shifted(price, -6)


class Prices:
    """The prices of one model at a time, as they are paid: with the factor of the model or its provider."""

    def __init__(self, values: Mapping[str, Value]) -> None:
        self._values = values

    def of(self, kind: str) -> Decimal | None:
        """USD per 1M tokens, or per call; None where it is not known."""
        listed = self._values.get(f"pricing.{kind}")
        return self.paid(listed) if isinstance(listed, Decimal) else None

    def per_token(self, kind: str) -> Decimal | None:
        """USD per token; None where it is not known."""
        price = self.of(kind)
        return None if price is None else per_token(price)

    def paid(self, listed: Decimal) -> Decimal:
        """What is paid for a list price."""
        factor = self._values.get("pricing.factor")
        return EXACT.multiply(listed, factor) if isinstance(factor, Decimal) else listed

    @property
    def tiers(self) -> list[Tier]:
        """The prices of long prompts, those of the shortest first."""
        return sorted(scheduled(self._values, Tier), key=lambda one: one.above)

    @property
    def windows(self) -> list[Window]:
        return scheduled(self._values, Window)

    @property
    def variants(self) -> list[Variant]:
        return scheduled(self._values, Variant)


class ReleasedModel(msgspec.Struct, frozen=True, gc=False):
    """One model; a field that is not in `values` is not known, and no program may take it for zero.

    Token prices are USD per 1M tokens, prices per call USD per call, all without the `pricing.factor`.
    """

    provider: str
    key: str
    id: str  # what the provider calls it
    aliases: tuple[str, ...]
    upstream: dict[str, str]
    values: dict[str, Value]
    prices: tuple[PriceInterval, ...]  # of all times, what they were and are
    hidden: bool
    local: bool
    own: dict[str, Any] = {}  # a person's keys, as the file has them

    @property
    def name(self) -> str:
        return f"{self.provider}/{self.key}"

    def values_on(self, day: date) -> dict[str, Value]:
        """The values, and of the prices those that count on a day (UTC): none that is announced for later."""
        others = {field: value for field, value in self.values.items() if not is_price_field(field)}
        return others | self._prices_on(day)

    def prices_on(self, day: date) -> Prices:
        """The prices that count on a day (UTC)."""
        return Prices(self._prices_on(day))

    def _prices_on(self, day: date) -> dict[str, Value]:
        moment = midnight(day)
        return {one.field: one.value for one in self.prices if one.counts_at(moment)}


_AS_THEY_ARE = frozenset({str, int, bool, float, type(None), msgspec.Raw})


def exact(value: Any, *, nulls: bool = False) -> Any:
    """A value for a JSON encoder, its numbers in plain decimal, and without keys of None unless `nulls`."""
    if isinstance(value, dict):
        known = {**value} if nulls else {key: one for key, one in value.items() if one is not None}
        for key, one in known.items():
            if type(one) is Decimal:  # as most of what is not plain
                known[key] = _plain(one)
            elif type(one) not in _AS_THEY_ARE:
                known[key] = exact(one, nulls=nulls)
        return known
    if isinstance(value, Decimal):
        return _plain(value)
    if isinstance(value, list | tuple):
        is_plain = _AS_THEY_ARE.issuperset(map(type, value))
        return value if is_plain else [exact(one, nulls=nulls) for one in value]
    if isinstance(value, msgspec.Struct):
        return exact(msgspec.to_builtins(value, builtin_types=(Decimal,)), nulls=nulls)
    return value


@lru_cache(maxsize=10_000)  # prices repeat from model to model
def _plain(number: Decimal) -> msgspec.Raw:
    return msgspec.Raw(f"{number.normalize(EXACT) + 0:f}".encode())


class Release(msgspec.Struct, frozen=True):
    """The catalog of one commit, with the past of its prices."""

    commit: str
    committed: datetime
    observed: datetime  # when a run last saw a price upstream
    models: tuple[ReleasedModel, ...]
    notices: tuple[str, ...] = ()  # what of the past is not known
