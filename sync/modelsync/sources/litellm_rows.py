"""LiteLLM's deployments as one list of models, whoever states them. Prices are USD per token.

Formats: https://docs.litellm.ai/docs/proxy/model_management and .../custom_pricing
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from modelsync.records import Model, Tier, Unusable, Variant
from modelsync.records.litellm import PRICES, RANGES, SEARCH, SERVICE_TIERS
from modelsync.sources import abilities, payload, rows
from modelsync.sources.facts import Facts, tier
from modelsync.sources.page import Page, folded
from modelsync.sources.payload import BadRow

ENVELOPE = payload.keys("data")
ROW = payload.keys("model_name litellm_params model_info")
CHAT = ("chat", "responses")
GIVES_TOKENS = ("", *CHAT, "completion")
# How the proxy reaches a model, which the provider knows nothing of: an API, a region, a commitment.
# https://docs.litellm.ai/docs/providers/bedrock, .../azure and .../openai
_ROUTE = re.compile(
    r"converse|converse_like|(async_)?invoke|responses|o_series|gpt5_series"
    r"|[a-z]{2}(-[a-z]+)+-\d|\d+-month-commitment|[a-z0-9_]+(?=/arn:)",
    re.ASCII,
)
# What the proxy's price map adds to a provider's name: which of its APIs a model is reached by.
_API = re.compile(r"(?<=^bedrock)_converse$|(?<=^vertex_ai)-[\w-]+$|(?<=^cohere)_chat$|^text-completion-")
MODES: abilities.Words = {**abilities.WORDS, "responses": ("chat",)}
NO_FEATURE = payload.keys(
    "completion evaluation extraction guardrail image_edit ocr realtime search vector_store"
)
SUPPORTS: abilities.Words = {
    **{f"supports_{word}": able for word, able in abilities.WORDS.items()},
    "supports_embedding_image_input": ("vision", "multimodal"),
    "supports_multimodal": ("multimodal",),
    "supports_audio_output": ("audio",),
    "supports_native_structured_output": ("structured_outputs",),
    "supports_bedrock_native_structured_output": ("structured_outputs",),
    "supports_native_streaming": ("streaming",),
}
TAKES = {
    "supports_vision": "image",
    "supports_pdf_input": "file",
    "supports_audio_input": "audio",
    "supports_video_input": "video",
}
GIVES = {"supports_audio_output": "audio"}
IGNORED = payload.keys(
    "supports_adaptive_thinking supports_anthropic_compaction supports_anthropic_thinking_payload"
    " supports_assistant_prefill supports_bedrock_runtime_chat_completions_inline_reasoning"
    " supports_bedrock_runtime_chat_completions_response_format"
    " supports_bedrock_runtime_chat_completions_tools_with_reasoning supports_box_questions"
    " supports_computer_use supports_fast_mode supports_forced_tool_use supports_image_size"
    " supports_legacy_thinking supports_low_reasoning_effort supports_max_reasoning_effort"
    " supports_mid_conversation_system supports_minimal_reasoning_effort supports_none_reasoning_effort"
    " supports_nova_canvas_image_edit supports_output_config supports_parallel_tool_use_config"
    " supports_prompt_cache_breakpoint supports_prompt_caching supports_regex_lookaround supports_speed"
    " supports_system_messages supports_thinking_cache_preservation supports_tool_search"
    " supports_url_context supports_xhigh_reasoning_effort"
)
BASE = ("input_cost_per_token", "output_cost_per_token")
WINDOWS = "off_peak_pricing"
_TIER = re.compile(r"input_cost_per_token_above_([0-9]{1,5})k_tokens", re.ASCII)
_LONG = re.compile(r"_above_[0-9]{1,5}k_tokens", re.ASCII)
_OF_TIERS = re.compile(r".+_above_[0-9]{1,5}k_tokens", re.ASCII)
_OF_SERVICE = re.compile(r"(.+?)(?:_above_([0-9]{1,5})k_tokens)?(_batches|_flex|_priority)", re.ASCII)


def page_of(listed: rows.Rows) -> Page:
    """All deployments as one page, each model once; one that cannot be used is skipped."""
    page = rows.page_of(listed, _model, named="model_name", envelope=ENVELOPE)
    return replace(page, models=tuple(map(_named, folded(page.models))))


def _named(model: Model) -> Model:
    """The model without the names that clients have for it where all of these are its own."""
    names = model.values.get("aliases")
    if not isinstance(names, tuple) or not all(_is_own(f"{name}", model.id) for name in names):
        return model
    values = {field: value for field, value in model.values.items() if field != "aliases"}
    return replace(model, values=values)


def _is_own(name: str, id_: str) -> bool:
    before, _, rest = name.partition("/")
    spellings = {name, _without_route(name), f"{before}/{_without_route(rest)}"}
    return bool(spellings & {id_, id_.partition("/")[2]})


# ---------------------------------------------------------------------------- one deployment


def _model(row: dict[str, Any], facts: Facts) -> Model | None:
    parameters, value = (payload.part(row, key, dict) for key in ("litellm_params", "model_info"))
    id_, mode = _id(parameters, value.get("litellm_provider")), f"{value.get('mode') or ''}"
    if "*" in id_:
        return None  # a route to whatever matches, and no model
    facts.take("aliases", _alias, row.get("model_name"))
    _limits(value, facts)
    facts.take("expires", payload.day, value.get("deprecation_date"))
    _prices(value, parameters, facts, gives_tokens=mode in GIVES_TOKENS)
    supported = {key for key, yes in value.items() if yes is True and key.startswith("supports_")}
    _abilities(supported, mode, facts)
    facts.note("", row, ROW)
    facts.note("", sorted(supported), SUPPORTS, TAKES, IGNORED)
    facts.note("mode ", [mode], MODES, NO_FEATURE, {""})
    return facts.model(id_)


def _id(parameters: dict[str, Any], known: Any) -> str:
    """`provider/model`, as the provider calls it: not by the alias under which the proxy offers it, nor with
    the route that the proxy takes. `known` is the provider that the proxy found where none is named."""
    model, own = payload.identifier(parameters.get("model")), parameters.get("custom_llm_provider") or None
    before, slash, name = model.partition("/")
    if slash and own in (None, before):
        return f"{before}/{_without_route(name)}"
    provider = own or (_API.sub("", known) if isinstance(known, str) else "unknown")
    if not isinstance(provider, str):
        raise BadRow("its provider is not text")
    return payload.identifier(f"{provider}/{model}")


def _without_route(name: str) -> str:
    route = _ROUTE.match(name)
    is_whole = route and name.startswith("/", route.end())
    return _without_route(name[route.end() + 1 :]) if route and is_whole else name


def _alias(name: Any) -> tuple[str, ...] | None:
    """The name that clients of the proxy send."""
    text = payload.line(name)
    return (text,) if text and "*" not in text else None


def _limits(value: dict[str, Any], facts: Facts) -> None:
    """`max_tokens` is the context only where no finer limit is stated. Beside one it is that of the output,
    or the context once more in another spelling: 262144 beside 262000."""
    finer = value.get("max_input_tokens") or value.get("max_output_tokens")
    context = value.get("max_input_tokens") if finer else value.get("max_tokens")
    facts.take("context_length", payload.count, context)
    facts.take("max_output_tokens", payload.count, value.get("max_output_tokens"))


def _abilities(supported: set[str], mode: str, facts: Facts) -> None:
    """State features of all models, modalities of those for chat."""
    able = abilities.meant(supported, SUPPORTS) | abilities.meant([mode], MODES)
    taken, given = ({word for key, word in table.items() if key in supported} for table in (TAKES, GIVES))
    if mode in CHAT:
        abilities.state(facts, able, {"text", *taken}, {"text", *given})
    else:
        abilities.state(facts, able)


# ---------------------------------------------------------------------------- its prices


def _prices(
    model_info: dict[str, Any], parameters: dict[str, Any], facts: Facts, *, gives_tokens: bool
) -> None:
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
