"""Lists in OpenAI's format, with whatever a provider adds to its rows. Never guesses what unit a price is in.

Format: https://platform.openai.com/docs/api-reference/models/list
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from decimal import Context, Decimal
from typing import Any

import msgspec

from modelsync.records import Filters, Model
from modelsync.sources import abilities, payload, rows
from modelsync.sources.facts import Facts, Fields
from modelsync.sources.page import CHAT, Page
from modelsync.sources.payload import BadRow, NoValue
from modelsync.sources.source import OUTPUT_TOKENS, PROMPT, Call, Get, Question, Source

ENVELOPE = payload.keys("object data has_more first_id last_id")
FIELDS: Fields = {
    "display_name": ("name", payload.line),
    "name": ("name", payload.line),
    "description": ("description", payload.prose),
    "context_length": ("context_length", payload.count),
    "context_window": ("context_length", payload.count),
    "max_context_length": ("context_length", payload.count),
    "max_model_len": ("context_length", payload.count),
    "max_output_tokens": ("max_output_tokens", payload.count),
    "max_completion_tokens": ("max_output_tokens", payload.count),
    "created": ("released", payload.day_of_epoch),
    "deprecation": ("expires", payload.day_of_time),
}
FLAGS = "supports_"  # `supports_tools: true` says the same as a feature `tools`
ABILITIES = ("capabilities", "features", "supported_features", "supported_parameters")
ROW = FIELDS.keys() | payload.keys("id active aliases input_modalities output_modalities pricing type")
IGNORED = payload.keys(
    "config default_model_temperature deprecation_replacement_model license link object organization"
    " owned_by parent permission public_apps root running"
)

WORDS: abilities.Words = {
    "audio": ("audio", "multimodal"),
    "audio_input": ("audio", "multimodal"),
    "audio_transcription": ("transcription",),
    "chat": ("chat",),
    "chat_completion": ("chat",),
    "completion_chat": ("chat",),
    "embedding": ("embeddings",),
    "embeddings": ("embeddings",),
    "function_calling": ("function_calling",),
    "image_in": ("vision", "multimodal"),
    "image_input": ("vision", "multimodal"),
    "json_schema": ("structured_outputs",),
    "moderation": ("moderation",),
    "parallel_function_calling": ("parallel_function_calling",),
    "parallel_tool_calls": ("parallel_function_calling",),
    "reasoning": ("reasoning",),
    "rerank": ("rerank",),
    "streaming": ("streaming",),
    "structured_outputs": ("structured_outputs",),
    "thinking": ("reasoning",),
    "tool_choice": ("tool_choice",),
    "tools": ("function_calling",),
    "transcription": ("transcription",),
    "vision": ("vision", "multimodal"),
    "web_search": ("web_search",),
}
NO_FEATURE = payload.keys(
    "classification completion completion_fim fine_tune fine_tuning inference json_mode ocr"
)
PRICES = {
    "input": "input",
    "prompt": "input",
    "output": "output",
    "completion": "output",
    "cache_read": "cache_read",
    "cached_input": "cache_read",
    "cache_write": "cache_write",
}
PRICING = payload.keys("unit currency base finetune hourly") | PRICES.keys()

_EXACT = Context(prec=200)


def pages(endpoint: str, key: str, get: Get) -> Iterator[Page]:
    """The one page of the list. A key is sent if there is one."""
    yield parse(get(endpoint, rows.bearer(key)).body)


def parse(body: bytes) -> Page:
    """One answer. Raises `SourceFailed` where it is no list; a row that cannot be used is skipped. An id that
    is a model's own and another's alias too is the model's own; so is one that has a row.
    """
    listed = rows.read(body)
    more = f"{listed.envelope.get('last_id')}" if listed.envelope.get("has_more") is True else ""
    page = rows.page_of(listed, _model, named="id", envelope=ENVELOPE, following=more)
    _forget_one_day_for_all(page.models)
    own = {model.id for model in page.models if not model.repeats}
    listed_ids = {model.id for model in page.models}
    models = (model for model in page.models if not model.repeats or model.id not in own)
    return msgspec.structs.replace(page, models=tuple(_without_names(model, listed_ids) for model in models))


def _without_names(model: Model, listed: Container[str]) -> Model:
    """The model without the names that have rows of their own."""
    names = tuple(name for name in model.names if name not in listed)
    return model if names == model.names else msgspec.structs.replace(model, names=names)


def _forget_one_day_for_all(models: Sequence[Model]) -> None:
    """A day that all models have in common is that of the answer or of a server's start: no release."""
    if len(models) > 1 and len({model.values.get("released") for model in models}) == 1:
        for model in models:
            model.values.pop("released", None)


# ---------------------------------------------------------------------------- one row


def _model(row: dict[str, Any], facts: Facts) -> Model | None:
    id_ = payload.identifier(row.get("id"), may_be_path=True)
    if row.get("active") is False:
        facts.unknown.append(f"left out, because upstream says that it is not active: {id_}")
        return None
    facts.note("", (key for key in row if not key.startswith(FLAGS)), ROW, ABILITIES, IGNORED)
    facts.take_fields(row, FIELDS)
    if facts.values.get("name") == id_:
        del facts.values["name"]
    _prices(row.get("pricing"), facts)
    _abilities(row, facts)
    original = _repeats(row)
    return facts.model(id_, original, original, names=_names(row))


def _names(row: dict[str, Any]) -> tuple[str, ...]:
    """The other ids by which the API takes the model: https://docs.x.ai/docs/models"""
    aliases = row.get("aliases")
    names = (name for name in aliases if isinstance(name, str)) if isinstance(aliases, list) else ()
    return tuple(dict.fromkeys(name for name in names if payload.is_identifier(name) and name != row["id"]))


def _repeats(row: dict[str, Any]) -> str:
    """The id of the row that this one repeats: Mistral lists a model once more under each of its aliases."""
    if "aliases" not in row or row.get("name") == row["id"]:
        return ""
    try:
        return payload.identifier(row.get("name"))
    except BadRow:
        return ""


# ---------------------------------------------------------------------------- prices


def _prices(pricing: Any, facts: Facts) -> None:
    """Prices in the unit that is stated beside them; without one, none of them can be used."""
    if not isinstance(pricing, dict):
        if pricing is not None:
            facts.refuse("pricing.input", pricing, "prices that are not an object")
        return
    facts.take_prices(pricing, PRICES, _reader(pricing))
    facts.note("pricing.", pricing, PRICING)


def _reader(pricing: dict[str, Any]) -> Callable[[Any], Decimal]:
    """What makes USD per 1M tokens of a price in this unit."""
    unit, currency = pricing.get("unit"), f"{pricing.get('currency') or ''}".lower()
    if unit is None:
        return _refusing("its unit is not stated")
    value = f"{unit}".lower()
    if currency and value.startswith("per_"):
        value = f"{currency}_{value}"
    if currency not in ("", "usd") or value not in UNITS:
        where = f"{currency} {unit}".strip()
        return _refusing(f"not in USD by a known number of tokens: {payload.shown(where)}")
    return UNITS[value]


def _refusing(reason: str) -> Callable[[Any], Decimal]:
    def read(value: Any) -> Decimal:
        raise NoValue(reason)

    return read


def _per_1k(value: Any) -> Decimal:
    return payload.per_token(_EXACT.scaleb(payload.per_million(value), -3))


UNITS: Mapping[str, Callable[[Any], Decimal]] = {
    "usd_per_token": payload.per_token,
    "usd_per_1k_tokens": _per_1k,
    "usd_per_1m_tokens": payload.per_million,
    "usd_per_million_tokens": payload.per_million,
}


# ---------------------------------------------------------------------------- abilities


def _abilities(row: dict[str, Any], facts: Facts) -> None:
    """Features from words, flags and modalities alike, and the modalities themselves."""
    inputs, outputs = (
        payload.words(payload.part(row, f"{side}_modalities", list)) for side in ("input", "output")
    )
    words = {key: _words(row, key, facts) for key in ABILITIES}
    flags = [key.removeprefix(FLAGS) for key, yes in row.items() if key.startswith(FLAGS) and yes is True]
    meant = abilities.meant([word for key in words for word in words[key]], WORDS)
    meant |= abilities.meant([*flags, f"{row.get('type')}"], WORDS)
    abilities.state(facts, meant, inputs, outputs)
    if any(CHAT in WORDS.get(word, ()) for word in _denied(row)):
        facts.values.setdefault("features", ())  # it says of them that chat is none
    for key in ABILITIES[:-1]:  # parameters are many, and most say nothing of a model
        facts.note(f"{key}: ", words[key], WORDS, NO_FEATURE)
    facts.note("modality ", inputs | outputs, abilities.MODALITIES)


def _words(row: dict[str, Any], key: str, facts: Facts) -> tuple[str, ...]:
    """The words of a list, or of an object of booleans those that are true, in one spelling."""
    match row.get(key):
        case None:
            return ()
        case dict() as flags:
            return tuple(_word(word) for word, yes in flags.items() if yes is True)
        case list() as words:
            return tuple(_word(word) for word in words if isinstance(word, str))
        case other:
            facts.refuse("features", other, f"{key} that are not a list")
            return ()


def _denied(row: dict[str, Any]) -> Iterator[str]:
    """The words that a row says do not hold."""
    for key, value in row.items():
        if key in ABILITIES and isinstance(value, dict):
            yield from (_word(word) for word, holds in value.items() if holds is False)
        elif key.startswith(FLAGS) and value is False:
            yield key.removeprefix(FLAGS)


def _word(value: str) -> str:
    return value.lower().replace("-", "_")


def call(question: Question) -> Call:
    """Ask for one model: https://platform.openai.com/docs/api-reference/chat"""
    headers = rows.bearer(question.key)
    content: dict[str, Any] = {"model": question.model, "input": PROMPT["content"]}
    if question.embeds:
        return Call(question.model, f"{question.base}/embeddings", headers, content, frozenset({"data"}))
    # OpenAI's own reasoning models refuse the old name of the limit, other providers the new one.
    limit = "max_completion_tokens" if question.source == SOURCE.name else "max_tokens"
    content = {"model": question.model, limit: OUTPUT_TOKENS, "messages": [PROMPT]}
    return Call(question.model, f"{question.base}/chat/completions", headers, content, frozenset({"choices"}))


SOURCE = Source(
    "openai",
    pages,
    filters={
        # What its chat and responses APIs serve: https://platform.openai.com/docs/models
        "openai": Filters(
            include=("gpt-*", "chatgpt-*", "o[0-9]*"),
            exclude=("*image*", "*instruct*", "*realtime*", "*transcribe*", "*tts*"),
        ),
        "groq": Filters(exclude=("whisper*", "*guard*", "*embed*")),
    },
    chat_only=frozenset({"cerebras", "deepseek", "groq", "moonshot", "openai", "perplexity"}),
    call=call,
    clock_dates=True,
)
