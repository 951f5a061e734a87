"""Model definitions for Langfuse's `POST /api/public/models`: one for each time with the same prices.

https://langfuse.com/docs/observability/features/token-and-cost-tracking
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from modelsync.jobs.export.format import Export, Exported, dated, dumped, known_on
from modelsync.records import CALL_PRICES, TOKEN_PRICES, Prices, Release, ReleasedModel, Tier, per_token

# The keys of Langfuse's usage details, by the price that each has; it gives tokens of a cache two names.
_KEYS = {
    "input": ("input",),
    "output": ("output",),
    "cache_read": ("input_cached_tokens", "cache_read_input_tokens"),
    "cache_write": ("cache_creation_input_tokens",),
    "reasoning": ("output_reasoning_tokens",),
    "audio_input": ("input_audio_tokens",),
    "audio_output": ("output_audio_tokens",),
}


def _make(release: Release, day: date) -> Exported:
    definitions: list[dict[str, Any]] = []
    notices: list[str] = []
    for model, prices in known_on(day, release, notices):
        definitions += _definitions(model, notices)
        notices += (f"{model.name}: {lack}" for lack in _lacks(prices))
    return Exported(dumped(definitions), tuple(notices))


def _definitions(model: ReleasedModel, notices: list[str]) -> Iterator[dict[str, Any]]:
    names = "|".join(re.escape(name) for name in dict.fromkeys((model.id, model.key, *model.aliases)))
    for since, prices in dated(model, notices):
        tiers = enumerate([None, *reversed(prices.tiers)])
        yield {
            "modelName": model.name,
            "matchPattern": f"(?i)^({re.escape(model.provider)}/)?({names})$",
            "startDate": f"{since:%Y-%m-%dT%H:%M:%SZ}",
            "unit": "TOKENS",
            "pricingTiers": [_tier(priority, prices, tier) for priority, tier in tiers],
        }


def _tier(priority: int, prices: Prices, tier: Tier | None) -> dict[str, Any]:
    """Prices of a priority; the first that is met counts, and the default (0) where none is."""
    above = tier.above if tier else 0
    longer = {"usageDetailPattern": "input", "operator": "gt", "value": above, "caseSensitive": False}
    return {
        "name": tier.when if tier else "Standard",
        "isDefault": not tier,
        "priority": priority,
        "conditions": [longer] if tier else [],
        "prices": _prices(prices, tier),
    }


def _prices(prices: Prices, tier: Tier | None) -> dict[str, Decimal]:
    """USD per token by Langfuse's keys. Tokens of reasoning cost what other output does, unless priced."""
    amounts = {kind: prices.of(kind) for kind in _KEYS}
    if tier:
        tiered = ((kind, price) for kind, price in tier.prices.items() if _is_known(kind, prices))
        amounts |= {kind: prices.paid(price) for kind, price in tiered}
    if amounts["reasoning"] is None:
        amounts["reasoning"] = amounts["output"]
    known = {kind: per_token(price) for kind, price in amounts.items() if price is not None}
    return {key: price for kind, price in known.items() for key in _KEYS[kind]}


def _is_known(kind: str, prices: Prices) -> bool:
    """Whether a tier may have it: Langfuse takes tiers only with the very keys that the default one has."""
    return kind in _KEYS and prices.of("output" if kind == "reasoning" else kind) is not None


def _lacks(prices: Prices) -> Iterator[str]:
    """What of its prices a definition cannot say."""
    unknown = [kind for kind in (*TOKEN_PRICES, *CALL_PRICES) if kind not in _KEYS and prices.of(kind)]
    if unknown:
        yield f"Langfuse gets no price of {', '.join(unknown)}; the other prices are given"
    if any(not _is_known(kind, prices) for tier in prices.tiers for kind in tier.prices):
        yield "tiers have prices that Langfuse takes none for; the other prices are given"
    for what, schedule in (("windows", prices.windows), ("variants", prices.variants)):
        if schedule:
            yield f"Langfuse knows no {what}; its other prices are given"


EXPORTS = (Export("langfuse", _make),)
