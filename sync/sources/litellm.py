"""A LiteLLM proxy's deployments, by `/model/info`, as one list of models. Prices are in `litellm_prices`.

Format: https://docs.litellm.ai/docs/proxy/model_management
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlunsplit

import msgspec

from sync.records import FEATURES, Kind, Model, Value, kind_of, text_of
from sync.sources import litellm_prices as prices
from sync.sources import payload, rows
from sync.sources.page import Page
from sync.sources.payload import BadRow, Said
from sync.sources.rows import Noted

if TYPE_CHECKING:
    from sync.sources import Get

LIST = "/model/info"
BASES = ("", "/v1")  # paths of a proxy's address, which others take without the list's own
ENVELOPE = frozenset({"data"})
ROW = frozenset({"model_name", "litellm_params", "model_info"})
MODES: Mapping[str, tuple[str, ...]] = {
    "chat": ("chat",),
    "embedding": ("embeddings",),
    "rerank": ("rerank",),
    "moderation": ("moderation",),
    "image_generation": ("image_generation",),
    "audio_transcription": ("transcription",),
    "audio_speech": ("speech",),
    "video_generation": ("video_generation",),
    "completion": (),
    "image_edit": (),
    "ocr": (),
    "realtime": (),
    "responses": (),
    "search": (),
    "vector_store": (),
}
SUPPORTS: Mapping[str, tuple[str, ...]] = {
    "supports_vision": ("vision", "multimodal"),
    "supports_audio_input": ("audio", "multimodal"),
    "supports_audio_output": ("audio",),
    "supports_function_calling": ("function_calling",),
    "supports_parallel_function_calling": ("parallel_function_calling",),
    "supports_tool_choice": ("tool_choice",),
    "supports_response_schema": ("structured_outputs",),
    "supports_native_structured_output": ("structured_outputs",),
    "supports_bedrock_native_structured_output": ("structured_outputs",),
    "supports_reasoning": ("reasoning",),
    "supports_web_search": ("web_search",),
    "supports_native_streaming": ("streaming",),
}
TAKES = {
    "supports_vision": "image",
    "supports_pdf_input": "file",
    "supports_audio_input": "audio",
    "supports_video_input": "video",
}
GIVES = {"supports_audio_output": "audio"}
IN_ORDER = ("text", *TAKES.values())
KNOWN = frozenset(
    {
        *SUPPORTS,
        *TAKES,
        # said, and not for a catalog
        "supports_adaptive_thinking",
        "supports_anthropic_compaction",
        "supports_anthropic_thinking_payload",
        "supports_assistant_prefill",
        "supports_box_questions",
        "supports_computer_use",
        "supports_embedding_image_input",
        "supports_image_size",
        "supports_legacy_thinking",
        "supports_low_reasoning_effort",
        "supports_max_reasoning_effort",
        "supports_mid_conversation_system",
        "supports_minimal_reasoning_effort",
        "supports_none_reasoning_effort",
        "supports_prompt_cache_breakpoint",
        "supports_prompt_caching",
        "supports_regex_lookaround",
        "supports_system_messages",
        "supports_thinking_cache_preservation",
        "supports_tool_search",
        "supports_url_context",
        "supports_xhigh_reasoning_effort",
    }
)


def pages(endpoint: str, key: str, get: Get) -> Iterator[Page]:
    """The list, which is one page. The address is the list's own, or that of the proxy."""
    yield parse(get(_list_at(endpoint), {"Authorization": f"Bearer {key}"} if key else {}).body)


def parse(body: bytes) -> Page:
    """One answer. Raises `SourceFailed` where it is no list; a row that cannot be used is skipped."""
    page = rows.page_of(payload.read_rows(body), _model, named="model_name", envelope=ENVELOPE)
    return msgspec.structs.replace(page, models=tuple(_folded(page.models)))


def _list_at(endpoint: str) -> str:
    parts = rows.split(endpoint)
    if parts.path.rstrip("/") not in BASES:
        return endpoint
    return urlunsplit(parts._replace(path=parts.path.rstrip("/") + LIST))


# ---------------------------------------------------------------------------- one deployment


def _model(row: dict[str, Any], noted: Noted) -> Model | None:
    parameters, stated = (payload.part(row, key, dict) for key in ("litellm_params", "model_info"))
    id_, mode, said = _id(parameters), f"{stated.get('mode') or ''}", Said()
    if "*" in id_:
        return None  # a route to whatever matches, and no model
    _limits(stated, said)
    prices.read(stated, parameters, said)
    _abilities(stated, mode, said)
    supported = [key for key in stated if key.startswith("supports_") and stated[key] is True]
    rows.note(noted, "", row, ROW, id_)
    rows.note(noted, "", supported, KNOWN, id_)
    rows.note(noted, "mode ", [mode], frozenset({"", *MODES}), id_)
    return Model(id_, said.values, unusable=tuple(said.unusable))


def _id(parameters: dict[str, Any]) -> str:
    """`provider/model`, as the deployment calls it and not the alias under which it is offered."""
    model = payload.identifier(parameters.get("model"))
    before, slash, _ = model.partition("/")
    provider = parameters.get("custom_llm_provider") or (before if slash else "unknown")
    if not isinstance(provider, str):
        raise BadRow("its provider is not text")
    return model if slash and provider == before else payload.identifier(f"{provider}/{model}")


def _limits(stated: dict[str, Any], said: Said) -> None:
    """`max_tokens` is the output limit as soon as a finer limit is stated."""
    finer = stated.get("max_input_tokens") or stated.get("max_output_tokens")
    context = stated.get("max_input_tokens") if finer else stated.get("max_tokens")
    said.take("context_length", payload.count, context)
    said.take("max_output_tokens", payload.count, stated.get("max_output_tokens"))


def _abilities(stated: dict[str, Any], mode: str, said: Said) -> None:
    features = {word for key, words in SUPPORTS.items() if stated.get(key) is True for word in words}
    features.update(MODES.get(mode, ()))
    if features:
        said.values["features"] = tuple(word for word in FEATURES if word in features)
    if mode == "chat":
        said.values["modalities.input"] = ("text", *_supported(stated, TAKES))
        said.values["modalities.output"] = ("text", *_supported(stated, GIVES))


def _supported(stated: dict[str, Any], words: Mapping[str, str]) -> list[str]:
    return [word for key, word in words.items() if stated.get(key) is True]


# ---------------------------------------------------------------------------- many deployments


def _folded(models: Iterable[Model]) -> Iterator[Model]:
    """Each model once, however many deployments and aliases it has."""
    deployments: dict[str, list[Model]] = {}
    for model in models:
        deployments.setdefault(model.id, []).append(model)
    return (_one(same) for same in deployments.values())


def _one(deployments: Sequence[Model]) -> Model:
    """What the deployments say together. A field on which they contradict each other states nothing."""
    said = Said()
    for field in sorted({field for model in deployments for field in model.values}):
        values = _different(model.values[field] for model in deployments if field in model.values)
        if len(values) == 1:
            said.values[field] = values[0]
        elif kind_of(field) is Kind.WORDS:
            said.values[field] = _union(values)
        else:
            texts = sorted(text_of(value) for value in values)
            said.refuse(field, " or ".join(texts), "its deployments differ")
    unusable = _different(fault for model in deployments for fault in model.unusable)
    said.unusable += [fault for fault in unusable if fault.field not in said.values]
    return Model(deployments[0].id, said.values, unusable=tuple(said.unusable))


def _different(values: Iterable[Any]) -> list[Any]:
    """Each value once. They are compared, for a tier cannot be hashed."""
    found = list[Any]()
    for value in values:
        if value not in found:
            found.append(value)
    return found


def _union(values: Iterable[Value]) -> tuple[str, ...]:
    words = {word for value in values if isinstance(value, tuple) for word in value}
    return tuple(word for word in dict.fromkeys((*IN_ORDER, *FEATURES)) if word in words)
