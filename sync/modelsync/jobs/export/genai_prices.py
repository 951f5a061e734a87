"""Data for Pydantic's genai-prices: providers, models, and prices by the day from which they count.

https://github.com/pydantic/genai-prices, the file `prices/data.json`; USD per 1M tokens, or per 1000 calls.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from modelsync.jobs.export.format import Export, Exported, dated, dumped, known_on
from modelsync.records import CALL_PRICES, EXACT, Prices, Release, ReleasedModel, Variant
from modelsync.sources.genai_prices import PRICES

_PER_CALL = {"request": "requests_kcount", "web_search": "web_searches_kcount"}
_KEYS = {kind: key for key, kind in PRICES.items()} | _PER_CALL


def _make(release: Release, day: date) -> Exported:
    notices: list[str] = []
    providers: dict[str, list[dict[str, Any]]] = {}
    for model, prices in known_on(day, release, notices):
        providers.setdefault(model.provider, []).append(_model(model, prices, notices))
    data = [
        {"id": provider, "name": provider, "api_pattern": f"^{provider}$", "models": models}
        for provider, models in providers.items()
    ]
    return Exported(dumped(data), tuple(notices))


def _model(model: ReleasedModel, now: Prices, notices: list[str]) -> dict[str, Any]:
    """A model with its prices of all times, and its hours and variants of now."""
    known = dated(model, notices)
    prices = [
        {"prices": _prices(prices), **({"constraint": {"start_date": f"{since:%Y-%m-%d}"}} if number else {})}
        for number, (since, prices) in enumerate(known)
    ]
    if now.windows:
        if len(known) > 1:
            notices.append(f"{model.name}: a price has a day or hours, not both; those of now are given")
        hours = [
            {
                "constraint": {"start_time": f"{one.utc_start}:00Z", "end_time": f"{one.utc_end}:00Z"},
                "prices": _prices(now, one.prices),
            }
            for one in reversed(now.windows)
        ]
        prices = [{"prices": _prices(now)}, *hours]
    names = dict.fromkeys(name.lower() for name in (model.id, model.key, *model.aliases))
    return {
        "id": model.id,
        "match": {"or": [{"equals": name} for name in names]},
        "name": model.values.get("name"),
        "context_window": model.values.get("context_length"),
        "prices": prices if len(prices) > 1 else prices[0]["prices"],
        "price_variants": list(_variants(now)) or None,
    }


def _variants(prices: Prices) -> Iterator[dict[str, Any]]:
    """The other ways to ask, those of long prompts as tiers of the same way."""
    for variant in prices.variants:
        same = [one for one in prices.variants if one.conditions == variant.conditions]
        if variant is same[0]:
            fields = _prices(prices, min(same, key=lambda one: one.above).prices)
            for longer in sorted((one for one in same if one.above), key=lambda one: one.above):
                for kind, price in longer.prices.items():
                    if kind in _KEYS:
                        _begin_tier(fields, _KEYS[kind], longer.above, prices.paid(price))
            yield {"when": _when(variant), "prices": fields}


def _begin_tier(fields: dict[str, Any], key: str, start: int, price: Decimal) -> None:
    whole = fields.get(key, price)
    tiers = whole if isinstance(whole, dict) else {"base": whole, "tiers": []}
    others = [tier for tier in tiers["tiers"] if tier["start"] != start]
    fields[key] = {"base": tiers["base"], "tiers": [*others, {"start": start, "price": price}]}


def _when(variant: Variant) -> dict[str, str]:
    """The conditions in the words of the data: a batch is a way of processing there."""
    names = {("service_tier", "batch"): "processing"}
    return {names.get((name, word), name): word for name, word in variant.conditions.items()}


def _prices(prices: Prices, instead: Mapping[str, Decimal] = {}) -> dict[str, Any]:
    """All prices, some of them replaced, the rest times a `factor` that is among these; with their tiers."""
    factor, fields = instead.get("factor", Decimal(1)), dict[str, Any]()
    for kind, key in _KEYS.items():
        if kind in instead:
            fields[key] = _amount(kind, prices.paid(instead[kind]))
        elif (listed := prices.of(kind)) is not None:
            base = EXACT.multiply(listed, factor)
            tiers = []
            for one in prices.tiers:
                price = prices.paid(one.prices[kind]) if kind in one.prices else listed
                tiers.append({"start": one.above, "price": EXACT.multiply(price, factor)})
            is_tiered = any(kind in one.prices for one in prices.tiers)
            fields[key] = {"base": base, "tiers": tiers} if is_tiered else _amount(kind, base)
    return fields


def _amount(kind: str, price: Decimal) -> Decimal:
    return price.scaleb(3) if kind in CALL_PRICES else price


EXPORTS = (Export("genai-prices", _make),)
