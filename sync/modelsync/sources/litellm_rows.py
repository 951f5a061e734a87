"""LiteLLM's deployments as one list of models, whoever states them. Prices are in `litellm_prices`.

Format: https://docs.litellm.ai/docs/proxy/model_management
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from modelsync.records import Model
from modelsync.sources import abilities, payload, rows
from modelsync.sources import litellm_prices as prices
from modelsync.sources.facts import Facts
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


def page_of(listed: rows.Rows) -> Page:
    """All deployments as one page, each model once; one that cannot be used is skipped."""
    page = rows.page_of(listed, _model, named="model_name", envelope=ENVELOPE)
    return msgspec.structs.replace(page, models=tuple(map(_named, folded(page.models))))


def _named(model: Model) -> Model:
    """The model without the names that clients have for it where all of these are its own."""
    names = model.values.get("aliases")
    if not isinstance(names, tuple) or not all(_is_own(f"{name}", model.id) for name in names):
        return model
    values = {field: value for field, value in model.values.items() if field != "aliases"}
    return msgspec.structs.replace(model, values=values)


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
    prices.read(value, parameters, facts, gives_tokens=mode in GIVES_TOKENS)
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
