"""What LiteLLM is told of a model, by the keys of its price map: USD per token, limits, abilities.

Keys and providers: https://docs.litellm.ai/docs/proxy/sync_models_github and
https://docs.litellm.ai/docs/proxy/custom_pricing
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from modelsync.records import EXACT, TOKEN_PRICES, Prices, Value, Variant, per_token, words_in, words_of
from modelsync.records.litellm import PRICES, SEARCH, SERVICE_TIERS
from modelsync.targets.lacks import Lacks

# What LiteLLM calls providers that have several names; before ids of the first its map writes nothing.
WITHOUT_PREFIX = {"openai", "anthropic", "cohere_chat", "ai21", "nlp_cloud"}
_OWN = WITHOUT_PREFIX | {
    *("azure", "azure_ai", "bedrock", "dashscope", "fireworks_ai", "gemini", "mistral", "moonshot"),
    *("nvidia_nim", "together_ai", "vercel_ai_gateway", "vertex_ai", "xai", "zai"),
}
KEYS = {kind: next(key for key, of in PRICES.items() if of == kind) for kind in TOKEN_PRICES}
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
LIMITS = ("max_tokens", "max_input_tokens", "max_output_tokens")


def provider_of(name: str) -> str:
    """What LiteLLM calls a provider."""
    return next((word for word in words_of(name) if word in _OWN), name)


def facts(values: Mapping[str, Value]) -> dict[str, Any]:
    """What LiteLLM is told of a model beside its prices; what is not known is None."""
    features, taken = values.get("features"), words_in(values, "modalities.input")
    able = {*words_in(values, "features"), *(("vision",) if "image" in taken else ())}
    return {
        "mode": _mode(features) if isinstance(features, tuple) else None,
        "max_tokens": values.get("max_output_tokens") or values.get("context_length"),
        "max_input_tokens": values.get("context_length"),
        "max_output_tokens": values.get("max_output_tokens"),
        **{key: word in able or None for word, key in _SUPPORTS.items()},
        "supports_audio_input": "audio" in taken or None,
        "deprecation_date": values.get("expires"),
    }


def _mode(words: tuple[Any, ...]) -> str:
    return "chat" if "chat" in words else next((_MODES[word] for word in _MODES if word in words), "chat")


def costs(prices: Prices) -> Iterator[tuple[str, Any]]:
    """The prices that are known, by their keys."""
    for kind, key in KEYS.items():
        price = prices.of(kind)
        if price is not None:
            yield key, per_token(price)
    for tier in prices.tiers:
        for kind in _TIERED:
            price = prices.paid(tier.prices[kind]) if kind in tier.prices else prices.of(kind)
            if price is not None and not tier.above % 1000:
                yield f"{KEYS[kind]}_above_{tier.above // 1000}k_tokens", per_token(price)
    for variant in prices.variants:
        end = _ENDS.get(variant.conditions.get("service_tier", "")) if _is_service(variant) else None
        longer = f"_above_{variant.above // 1000}k_tokens" if variant.above else ""
        for kind in _BY_SERVICE if end else ():
            price = _of_variant(prices, kind, variant.prices)
            if price is not None:
                yield f"{KEYS[kind]}{longer}{end}", per_token(price)
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


# What of its prices LiteLLM cannot be told.
LACKS: Lacks = {
    "a tier that does not begin at a whole thousand of tokens": lambda prices: any(
        tier.above % 1000 for tier in prices.tiers
    ),
    "prices by length that LiteLLM has no key for": lambda prices: any(
        kind not in _TIERED for tier in prices.tiers for kind in tier.prices
    ),
    "the prices by the hour": lambda prices: bool(prices.windows),
    "the prices of other ways to ask that LiteLLM has no key for": lambda prices: (
        not all(map(_is_service, prices.variants))
    ),
    "a price by call": lambda prices: bool(prices.of("request")),
}
