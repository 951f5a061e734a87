"""A price map for LiteLLM, as its `model_prices_and_context_window.json`: USD per token.

Keys and providers: https://docs.litellm.ai/docs/proxy/sync_models_github and
https://docs.litellm.ai/docs/proxy/custom_pricing
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec

from modelsync.jobs.cost.names import words_of
from modelsync.jobs.export.format import Export, Exported, dumped, known_on
from modelsync.records import EXACT, TOKEN_PRICES, Prices, Release, Value, Variant, per_token
from modelsync.sources.litellm_prices import PRICES, SEARCH, SERVICE_TIERS

# What LiteLLM calls providers that have several names; before ids of the first it writes nothing.
_WITHOUT_PREFIX = {"openai", "anthropic", "cohere_chat", "ai21", "nlp_cloud"}
_OWN = _WITHOUT_PREFIX | {
    *("azure", "azure_ai", "bedrock", "dashscope", "fireworks_ai", "gemini", "mistral", "moonshot"),
    *("nvidia_nim", "together_ai", "vercel_ai_gateway", "vertex_ai", "xai", "zai"),
}
_KEYS = {kind: next(key for key, of in PRICES.items() if of == kind) for kind in TOKEN_PRICES}
_TIERED = ("input", "output", "cache_read", "cache_write")
_ENDS = {service_tier: end for end, service_tier in SERVICE_TIERS.items()}
_BY_SERVICE = ("input", "output", "cache_read")
_MODES = {
    "embeddings": "embedding",
    "rerank": "rerank",
    "moderation": "moderation",
    "transcription": "audio_transcription",
    "speech": "audio_speech",
    "image_generation": "image_generation",
    "video_generation": "video_generation",
}
_SUPPORTS = {
    "vision": "supports_vision",
    "function_calling": "supports_function_calling",
    "tool_choice": "supports_tool_choice",
    "parallel_function_calling": "supports_parallel_function_calling",
    "structured_outputs": "supports_response_schema",
    "reasoning": "supports_reasoning",
    "web_search": "supports_web_search",
}


def _make(release: Release, day: date) -> Exported:
    """The prices of the day; a model without a known price is left out, for LiteLLM takes it for free."""
    entries: dict[str, Any] = {}
    notices: list[str] = []
    for model, prices in known_on(day, release, notices):
        notices += (f"{model.name}{lack}" for lack in _lacks(prices))
        provider = next((word for word in words_of(model.provider) if word in _OWN), model.provider)
        key = model.id if provider in _WITHOUT_PREFIX else f"{provider}/{model.id}"
        entries[key] = _entry(model.values, provider, prices)
    return Exported(dumped(entries), tuple(notices))


def _entry(values: dict[str, Value], provider: str, prices: Prices) -> dict[str, Any]:
    features = values.get("features")
    taken = values.get("modalities.input")
    return {
        "litellm_provider": provider,
        "mode": _mode(values),
        "max_tokens": values.get("max_output_tokens") or values.get("context_length"),
        "max_input_tokens": values.get("context_length"),
        "max_output_tokens": values.get("max_output_tokens"),
        **dict(_costs(prices)),
        **{key: True for word, key in _SUPPORTS.items() if isinstance(features, tuple) and word in features},
        "supports_audio_input": True if isinstance(taken, tuple) and "audio" in taken else None,
        "deprecation_date": values.get("expires"),
    }


def _mode(values: dict[str, Value]) -> str:
    features = values.get("features")
    words = features if isinstance(features, tuple) else ()
    return "chat" if "chat" in words else next((_MODES[word] for word in _MODES if word in words), "chat")


def _costs(prices: Prices) -> Iterator[tuple[str, Any]]:
    for kind, key in _KEYS.items():
        price = prices.of(kind)
        if price is not None:
            yield key, per_token(price)
    for tier in prices.tiers:
        for kind in _TIERED:
            price = prices.paid(tier.prices[kind]) if kind in tier.prices else prices.of(kind)
            if price is not None and not tier.above % 1000:
                yield f"{_KEYS[kind]}_above_{tier.above // 1000}k_tokens", per_token(price)
    for variant in prices.variants:
        end = _ENDS.get(variant.conditions.get("service_tier", "")) if _is_service(variant) else None
        longer = f"_above_{variant.above // 1000}k_tokens" if variant.above else ""
        for kind in _BY_SERVICE if end else ():
            price = _of_variant(prices, kind, variant.prices)
            if price is not None:
                yield f"{_KEYS[kind]}{longer}{end}", per_token(price)
    search = prices.of("web_search")
    if search is not None:
        sizes = ("low", "medium", "high")
        yield SEARCH, {f"search_context_size_{size}": search for size in sizes}


def _is_service(variant: Variant) -> bool:
    """Whether a variant is of a service tier alone, of those that LiteLLM has keys for."""
    conditions = variant.conditions
    is_service = conditions.keys() == {"service_tier"} and conditions["service_tier"] in _ENDS
    return is_service and not variant.above % 1000


def _of_variant(prices: Prices, kind: str, of: dict[str, Decimal]) -> Decimal | None:
    listed = prices.of(kind)
    if kind in of:
        return prices.paid(of[kind])
    return EXACT.multiply(listed, of.get("factor", Decimal(1))) if listed is not None else None


def _lacks(prices: Prices) -> Iterator[str]:
    """What of its prices a map cannot say."""
    if any(tier.above % 1000 for tier in prices.tiers):
        yield ": a tier does not begin at a whole thousand of tokens, and is not given"
    if any(kind not in _TIERED for tier in prices.tiers for kind in tier.prices):
        yield ": tiers have prices that LiteLLM knows none by length for"
    if prices.windows:
        yield ": LiteLLM knows no hours; its other prices are given"
    if not all(map(_is_service, prices.variants)):
        yield ": LiteLLM knows no such variant; its other prices are given"
    if prices.of("request"):
        yield ": LiteLLM knows no price by call; its other prices are given"


def _merged(ours: str, text: str) -> str:
    """A map with our entries in it, all others as they are: a proxy refuses one much smaller than its own."""
    theirs = _read(text)
    if not isinstance(theirs, dict):
        raise ValueError("its outermost value is no object")
    return dumped(theirs | _read(ours))


def _read(text: str) -> Any:
    try:
        return json.loads(text, parse_float=lambda number: msgspec.Raw(number.encode()))
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


EXPORTS = (Export("litellm", _make, _merged),)
