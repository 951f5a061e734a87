"""What a LiteLLM proxy says of a deployment's prices: USD per token, some for long prompts alone.

Names of the keys: https://docs.litellm.ai/docs/proxy/custom_pricing
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from modelsync.records import Tier
from modelsync.sources import payload
from modelsync.sources.facts import Facts, tier

PRICES = {
    "input_cost_per_token": "input",
    "output_cost_per_token": "output",
    "cache_read_input_token_cost": "cache_read",
    "cache_creation_input_token_cost": "cache_write",
    "cache_creation_input_token_cost_above_1hr": "cache_write_1h",
    "output_cost_per_reasoning_token": "reasoning",
    "input_cost_per_image_token": "image_input",
    "output_cost_per_image_token": "image_output",
    "input_cost_per_audio_token": "audio_input",
    "output_cost_per_audio_token": "audio_output",
    "cache_read_input_audio_token_cost": "audio_cache_read",
}
BASE = ("input_cost_per_token", "output_cost_per_token")
UNREAD = {"tiered_pricing": "pricing.tiers", "off_peak_pricing": "pricing.windows"}
SEARCH = "search_context_cost_per_query"
_TIER = re.compile(r"input_cost_per_token_above_([0-9]{1,5})k_tokens", re.ASCII)


def read(model_info: dict[str, Any], parameters: dict[str, Any], facts: Facts) -> None:
    """All prices of one deployment, in USD per 1M tokens or per call, and why the rest are none."""
    value = _stated(model_info, parameters)
    facts.take_prices(value, PRICES, _per_token)
    facts.take("pricing.tiers", _tiers, value)
    for key, field in UNREAD.items():
        if value.get(key):
            facts.refuse(field, value[key], f"{key} is not read")
    if value.get("supports_web_search") is True:
        _search(value.get(SEARCH), facts)


def _stated(model_info: dict[str, Any], parameters: dict[str, Any]) -> dict[str, Any]:
    """What the proxy knows, else what it was told. Up to 1.80 an unknown price is zero, in and out."""
    known = {key: value for key, value in model_info.items() if value is not None}
    if all(known.get(key) in (None, 0, "0", "0.0") for key in BASE):
        known = {key: value for key, value in known.items() if key not in BASE}
    return {key: value for key, value in parameters.items() if value is not None} | known


def _per_token(value: Any) -> Decimal:
    return payload.per_token(payload.denoised(value))


def _search(value: Any, facts: Facts) -> None:
    """The price of a search, where it is the same however much context is asked for."""
    prices = {f"{price}" for price in value.values()} if isinstance(value, dict) else set[str]()
    if len(prices) == 1:
        facts.take("pricing.web_search", payload.per_million, prices.pop())
    elif prices:
        facts.refuse("pricing.web_search", " or ".join(sorted(prices)), "depends on how much is searched")


def _tiers(value: dict[str, Any]) -> tuple[Tier, ...] | None:
    """Prices from a length on. The proxy looks for a threshold among the input prices alone."""
    thresholds = sorted(
        {int(match[1]) for key in value if "_above_" in key and (match := _TIER.fullmatch(key))}
    )
    return (
        tuple(tier(threshold * 1000, value, _above(threshold), _per_token) for threshold in thresholds)
        or None
    )


def _above(threshold: int) -> dict[str, str]:
    return {f"{key}_above_{threshold}k_tokens": price for key, price in PRICES.items()}
