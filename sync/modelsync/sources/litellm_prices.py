"""What a LiteLLM proxy says of a deployment's prices: USD per token, some for long prompts alone.

Names of the keys: https://docs.litellm.ai/docs/proxy/custom_pricing
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from modelsync.records import Tier, Unusable, Variant
from modelsync.records.litellm import PRICES, RANGES, SEARCH, SERVICE_TIERS
from modelsync.sources import payload
from modelsync.sources.facts import Facts, tier

BASE = ("input_cost_per_token", "output_cost_per_token")
WINDOWS = "off_peak_pricing"
_TIER = re.compile(r"input_cost_per_token_above_([0-9]{1,5})k_tokens", re.ASCII)
_LONG = re.compile(r"_above_[0-9]{1,5}k_tokens", re.ASCII)
_OF_TIERS = re.compile(r".+_above_[0-9]{1,5}k_tokens", re.ASCII)
_OF_SERVICE = re.compile(r"(.+?)(?:_above_([0-9]{1,5})k_tokens)?(_batches|_flex|_priority)", re.ASCII)


def read(model_info: dict[str, Any], parameters: dict[str, Any], facts: Facts, *, gives_tokens: bool) -> None:
    """All prices of one deployment, in USD per 1M tokens or per call, and why the rest are none."""
    value = _stated(model_info, parameters, gives_tokens)
    ranges = _ranges(value.get(RANGES))
    base = {key: price for start, prices in ranges if start == 0 for key, price in prices.items()}
    facts.take_prices(base | value, PRICES, _per_token)
    facts.take("pricing.tiers", _tiers, value)
    if any(start for start, _ in ranges):
        facts.take("pricing.tiers", _tiers_of, ranges)
    elif value.get(RANGES) and not ranges:
        facts.refuse("pricing.tiers", value[RANGES], f"{RANGES} without ranges of tokens")
    facts.take("pricing.variants", _variants, value)
    if value.get(WINDOWS):
        facts.refuse("pricing.windows", value[WINDOWS], f"{WINDOWS} is not read")
    facts.unusable += (_unread(key, value[key]) for key in value if _is_unread(key, value[key]))
    if value.get("supports_web_search") is True:
        _search(value.get(SEARCH), facts)


def _is_unread(key: str, price: Any) -> bool:
    if "cost" not in key or key in PRICES or key == SEARCH or _is_zero(price):
        return False
    service = _OF_SERVICE.fullmatch(key)
    return service[1] not in PRICES if service else not _OF_TIERS.fullmatch(key)


def _is_zero(price: Any) -> bool:
    return price in (None, 0, "0", "0.0")


def _unread(key: str, price: Any) -> Unusable:
    return Unusable(
        f"pricing.{PRICES[_side(key)]}",
        payload.shown(price),
        f"{payload.shown(key)} is not USD by the token, or not known",
    )


def _side(key: str) -> str:
    """The key of the price that a price by something else than tokens stands for."""
    return BASE[key.startswith("output")]


def _stated(model_info: dict[str, Any], parameters: dict[str, Any], gives_tokens: bool) -> dict[str, Any]:
    """What the proxy knows, else what it was told.

    A price that it does not know is zero to it, up to 1.80 both in and out: no model is free of charge on one
    side only, but those that give out no tokens, and of these none on a side that is billed otherwise. Of
    one that costs something nothing is free but to write to a cache that costs something to read.
    """
    known = {key: value for key, value in model_info.items() if value is not None}
    zero = {key for key in BASE if _is_zero(known.get(key))}
    otherwise = {_side(key) for key, price in known.items() if _is_unread(key, price)}
    unknown = zero if len(zero) == len(BASE) or gives_tokens else zero & otherwise
    known = {key: value for key, value in known.items() if key not in unknown}
    if len(zero) < len(BASE):
        reads = not _is_zero(known.get("cache_read_input_token_cost"))
        known = {key: value for key, value in known.items() if not (_is_zero(value) and _costs(key, reads))}
    return {key: value for key, value in parameters.items() if value is not None} | known


def _costs(key: str, reads: bool) -> bool:
    """Whether this is a price that a model which costs something has above zero, for all or long prompts;
    `reads`: reading its cache costs something."""
    price = PRICES.get(_LONG.sub("", key), "")
    return key not in BASE and bool(price) and not (reads and price.startswith("cache_write"))


def _per_token(value: Any) -> Decimal:
    return payload.per_token(payload.denoised(value))


def _search(value: Any, facts: Facts) -> None:
    """The price of a search, where it is the same however much context is asked for. Zero says nothing."""
    prices = {f"{price}" for price in value.values()} if isinstance(value, dict) else set[str]()
    if len(prices) == 1:
        facts.take("pricing.web_search", lambda price: payload.per_million(price) or None, prices.pop())
    elif prices:
        facts.refuse("pricing.web_search", " or ".join(sorted(prices)), "depends on how much is searched")


def _tiers(value: dict[str, Any]) -> tuple[Tier, ...] | None:
    """Prices from a length on. The proxy looks for a threshold among the input prices alone."""
    thresholds = sorted(
        {int(match[1]) for key in value if "_above_" in key and (match := _TIER.fullmatch(key))}
    )
    tiers = []
    for thousands in thresholds:
        above = {f"{key}_above_{thousands}k_tokens": price for key, price in PRICES.items()}
        tiers.append(tier(thousands * 1000, value, above, _per_token))
    return tuple(tiers) or None


def _variants(value: dict[str, Any]) -> tuple[Variant, ...] | None:
    """Prices of service tiers, each for all prompts and for those from a length on. Zero says nothing."""
    services = (
        match for key in value if key.endswith(tuple(SERVICE_TIERS)) and (match := _OF_SERVICE.fullmatch(key))
    )
    ways = {(match[3], int(match[2] or 0)) for match in services}
    variants = (_variant(value, *way) for way in sorted(ways))
    return tuple(variant for variant in variants if variant.prices) or None


def _variant(value: dict[str, Any], ending: str, thousands: int) -> Variant:
    end = f"_above_{thousands}k_tokens{ending}" if thousands else ending
    numbers = ((price, value.get(f"{key}{end}")) for key, price in PRICES.items())
    prices = {price: _per_token(number) for price, number in numbers if not _is_zero(number)}
    return Variant({"service_tier": SERVICE_TIERS[ending]}, prices, thousands * 1000)


def _tiers_of(ranges: Iterable[tuple[int, dict[str, Any]]]) -> tuple[Tier, ...]:
    in_order = sorted(ranges, key=lambda start: start[0])
    return tuple(tier(start, prices, PRICES, _per_token) for start, prices in in_order if start)


def _ranges(entries: Any) -> list[tuple[int, dict[str, Any]]]:
    """Where each range of prompt tokens begins, and the prices of a whole request within it."""
    ranges = []
    for entry in payload.objects(entries):
        match entry.get("range"):
            case [int() | Decimal() as start, *_] if 0 <= start <= payload.MOST_TOKENS:
                ranges.append((int(start), entry))
    return ranges
