"""Prices of a row in OpenAI's format, wherever its provider puts them, as USD per 1M tokens.

A price counts in the unit stated beside it, in its row, or beside the list; else in the one of sync.yaml;
else in the one that a vendor documents for its own list. Without any of these it cannot be used.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any

import msgspec

from modelsync.sources import payload
from modelsync.sources.facts import Facts, Prices, tier
from modelsync.sources.payload import NoValue


class Unit(msgspec.Struct, frozen=True):
    """How the prices of a list become USD per 1M tokens, where they do not say so themselves."""

    power: int  # of ten, by which a price is multiplied
    kinds: frozenset[str] = frozenset()  # the models that are billed by the token; empty: all
    zero: bool = True  # whether zero both in and out is a price


UNITS = {"per_token": Unit(6), "per_1k_tokens": Unit(3), "per_1m_tokens": Unit(0)}  # of sync.yaml, in USD
_VENDORS = {  # by the names of a source and the hosts of its list, as the vendor documents its prices
    # USD cents per 100M tokens: https://docs.x.ai/docs/api-reference
    "xai api.x.ai": Unit(-4),
    # Ten thousandths of a USD per 1M tokens: https://novita.ai/docs/api-reference
    "novita novita-ai api.novita.ai": Unit(-4),
    "deepinfra api.deepinfra.com": Unit(0),
    "venice api.venice.ai": Unit(0, payload.keys("text embedding")),
    "hyperbolic api.hyperbolic.xyz": Unit(0),
    "huggingface router.huggingface.co": Unit(0),
    "sambanova api.sambanova.ai": Unit(6),
    # Zero both in and out is what Together serves on rented machines alone.
    "together togetherai api.together.xyz api.together.ai": Unit(
        0, payload.keys("chat code embedding language moderation rerank"), zero=False
    ),
}
KNOWN = {name: unit for names, unit in _VENDORS.items() for name in names.split()}
_OF_PRICING = {  # by price, its keys in `pricing` or `pricings`
    "input": "input prompt input_tokens",
    "output": "output completion output_tokens",
    "cache_read": "cache_read cached_input cache_input input_cache_read cache_read_tokens",
    "cache_write": "cache_write input_cache_write input_cache_write_5_min cache_write_tokens",
    "cache_write_1h": "input_cache_write_1_h",
    "reasoning": "internal_reasoning",
}
_OF_ROWS = {  # by price, its keys in the row itself
    "input": "input_price input_token_price_per_m prompt_text_token_price",
    "output": "output_price output_token_price_per_m completion_text_token_price",
    "cache_read": "cached_prompt_text_token_price",
    "image_input": "prompt_image_token_price",
}
OF_PRICING, OF_ROWS = (
    {key: price for price, keys in table.items() for key in keys.split()} for table in (_OF_PRICING, _OF_ROWS)
)
PRICES: Prices = OF_PRICING | OF_ROWS
OPTIONAL = {key for key, price in PRICES.items() if price not in ("input", "output")}
LONG = "_long_context"  # ends the key of a price that counts from `long_context_threshold` on
STATING = payload.keys("pricing pricings") | OF_ROWS.keys() | {f"{key}{LONG}" for key in OF_ROWS}
ROW = STATING | payload.keys("unit currency long_context_threshold")
OF_OTHERS = payload.keys("base finetune hourly duration generation inpaint quality resolutions upscale")
PRICING = payload.keys("unit currency extended") | OF_PRICING.keys() | OF_OTHERS

_SPACE = re.compile(r"[\s_,-]+")
_UNIT = re.compile(
    r"(usd|us\$|\$)?(?:(?:per|/)?1?(?:(k|thousand|000)|(m|million|000000))|(?:per|/)1?)tok(?:ens?)?"
)
_DOLLARS = ("usd", "us$", "$")
_LENGTHS = {None: 1, "tokens": 1, "kTokens": 1000}
_NOT_UNDERSTOOD = -1  # a length from which on no tier can be


def read(row: dict[str, Any], beside: Mapping[str, Any], usual: Unit | None, facts: Facts) -> None:
    """Read all prices of a row; `beside` is what stands beside the list, `usual` the unit where none is."""
    if row.keys().isdisjoint(STATING):
        return
    by_token = not usual or not usual.kinds or f"{row.get('type') or row.get('model_type')}" in usual.kinds
    unit, currency = (_first(key, row.get("pricing"), row, beside) for key in ("unit", "currency"))

    def price(value: Any) -> Decimal:
        if not by_token:
            raise NoValue("charged by the piece, in a unit that is not stated")
        return _price(value, unit, currency, usual)

    by_length = _by_length(row, facts)
    base = by_length.pop(0, {})
    facts.take_prices(base, PRICES, price, silent=OPTIONAL)
    both = [facts.values.get(f"pricing.{one}") for one in ("input", "output")]
    if usual and not usual.zero and both == [0, 0]:
        for one in ("input", "output"):
            facts.refuse(f"pricing.{one}", 0, "zero both in and out, where it is not sold by the token")
    facts.take(
        "pricing.tiers",
        lambda lengths: tuple(tier(above, by_length[above], PRICES, price) for above in lengths) or None,
        sorted(by_length),
    )


# ---------------------------------------------------------------------------- where prices stand


def _by_length(row: dict[str, Any], facts: Facts) -> dict[int, dict[str, Any]]:
    """The value of each price, or a list of different ones, by the length of prompt above which it counts."""
    by_length: dict[int, dict[str, Any]] = {}
    of_row = [(0, key, row[key]) for key in row.keys() & OF_ROWS.keys()]
    if row.get("long_context_threshold"):
        above = _length(row["long_context_threshold"])
        of_row += [(above, key, row[f"{key}{LONG}"]) for key in OF_ROWS if f"{key}{LONG}" in row]
    for above, key, value in (*_of_pricing(row, facts), *of_row):
        values = by_length.setdefault(above, {})
        values[key] = value if values.get(key, value) == value else [values[key], value]
    return by_length


def _of_pricing(row: dict[str, Any], facts: Facts) -> Iterator[tuple[int, str, Any]]:
    for name in ("pricing", "pricings"):
        pricing = row.get(name)
        if not isinstance(pricing, dict):
            if pricing is not None:
                facts.refuse("pricing.input", pricing, "prices that are not an object")
            continue
        facts.note(f"{name}.", pricing, PRICING)
        for key in pricing.keys() & OF_PRICING.keys():
            several = isinstance(pricing[key], list) and all(isinstance(one, dict) for one in pricing[key])
            offers = pricing[key] if several else [pricing[key]]
            yield from ((_above(offer), key, offer) for offer in offers)
        if isinstance(longer := pricing.get("extended"), dict):
            above = _length(longer.get("context_token_threshold")) or _NOT_UNDERSTOOD
            yield from ((above, key, longer[key]) for key in longer.keys() & OF_PRICING.keys())


def _above(value: Any) -> int:
    """The length of a prompt above which an offer counts that says its conditions."""
    match value:
        case {"conditions": {"prompt_tokens": dict() as length, **others}} if not others:
            return _length(length.get("gt", length.get("gte")), _LENGTHS.get(length.get("unit"), 0))
        case {"conditions": conditions} if conditions:
            return _NOT_UNDERSTOOD
    return 0


def _length(value: Any, unit: int = 1) -> int:
    try:
        return (payload.count(value) or 0) * unit if unit else _NOT_UNDERSTOOD
    except NoValue:
        return _NOT_UNDERSTOOD


def _first(key: str, *places: Any) -> Any:
    return next((one[key] for one in places if isinstance(one, dict) and one.get(key)), None)


# ---------------------------------------------------------------------------- one price


def _price(value: Any, unit: Any, currency: Any, usual: Unit | None) -> Decimal:
    """USD per 1M tokens of a value, which may say its own unit and currency."""
    if isinstance(value, list) and len(value) > 1:
        raise NoValue("several prices for the same")
    if isinstance(value, dict):
        unit, currency = value.get("unit", unit), value.get("currency", currency)
        key = next((key for key in ("usd", "value", "price", "amount", "price_per_m") if key in value), None)
        currency = key if key == "usd" else currency
        value = value[key] if key else value
    return payload.scaled(
        payload.denoised(value), _power(f"{unit}" if unit is not None else None, f"{currency or ''}", usual)
    )


@lru_cache(maxsize=64)
def _power(unit: str | None, currency: str, usual: Unit | None) -> int:
    """The power of ten that makes USD per 1M tokens of a price in this unit."""
    in_dollars = currency.lower() in _DOLLARS
    if unit is None and (in_dollars or not currency):
        if usual is None:
            raise NoValue("its unit is not stated")
        return usual.power
    parts = _UNIT.fullmatch(_SPACE.sub("", f"{unit}".lower()))
    if not parts or not (in_dollars if currency else parts[1] or usual):
        where = f"{currency} {unit or ''}".strip()
        raise NoValue(f"not in USD by a known number of tokens: {payload.shown(where)}")
    return 3 if parts[2] else 0 if parts[3] else 6
