"""AIHubMix's list: prices and abilities of what it resells. Its limits are often the relay's: they are weak.

Format: https://docs.aihubmix.com/en/api/Models-API. That page says that prices are per 1K tokens; by their
values they are per 1M, which each answer is held to: half of all models cost more than `LEAST_USUAL`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

import msgspec

from modelsync.records import Model, Unusable, text_of
from modelsync.sources import abilities, payload, rows
from modelsync.sources.page import Page
from modelsync.sources.payload import BadRow, Facts
from modelsync.sources.rows import Noted
from modelsync.sources.source import Get, Source, rows_have

ENVELOPE = frozenset({"data", "message", "success"})
ROW = frozenset(
    {
        "model_id",
        "desc",
        "pricing",
        "types",
        "features",
        "input_modalities",
        "context_length",
        "max_output",
    }
)
KINDS: abilities.Words = {
    "llm": ("chat",),
    "embedding": ("embeddings",),
    "image_generation": ("image_generation",),
    "rerank": ("rerank",),
    "stt": ("transcription",),
    "tts": ("speech",),
    "video": ("video_generation",),
}
BY_THE_TOKEN = frozenset({"llm", "embedding"})
ABLE: abilities.Words = {
    "thinking": ("reasoning",),
    "tools": ("function_calling",),
    "function_calling": ("function_calling",),
    "structured_outputs": ("structured_outputs",),
    "web": ("web_search",),
    "deepsearch": ("web_search",),
    "long_context": (),
}
TAKES: abilities.Words = {
    "text": (),
    "image": ("vision", "multimodal"),
    "pdf": (),
    "audio": ("audio", "multimodal"),
    "video": (),
}
MODALITY = {"pdf": "file"}
PRICES = ("input", "output", "cache_read", "cache_write")
ALWAYS = ("input", "output")  # stated for every model, so that zero is a price
LEAST_USUAL = Decimal("0.02")  # USD per 1M tokens of input: per 1K, the usual ones would be 0.002 and less
FEW = 5  # models, of which no usual price can be told
WEAK = frozenset({"context_length", "max_output_tokens"})
FREE = "-free"  # ends the name of a limited offer of another model, at no price

# By the names of their products, in the words of other aggregators, so that the same mapping rules apply.
VENDORS: Mapping[str, str] = {
    "openai": r"gpt-|chatgpt-|o[1-9]($|-)|codex-|text-embedding-(3|ada)-|dall-e-|sora-|tts-1|whisper-",
    "anthropic": r"claude-",
    "google": r"gemini-|gemma-|imagen-|veo-",
    "deepseek": r"deepseek-",
    "x-ai": r"grok-",
    "qwen": r"qwen|qwq-|qvq-",
    "nvidia": r"(llama-?[0-9.]+-)?nemotron",
    "meta-llama": r"llama-?[2-9]",
    "mistralai": r"(open-)?mi(s|x)tral-|(codestral|devstral|magistral|ministral|pixtral)-",
    "moonshotai": r"kimi-|moonshot-",
    "z-ai": r"glm-",
    "minimax": r"minimax-",
    "cohere": r"command-",
    "perplexity": r"sonar($|-)",
    "baidu": r"ernie-",
    "bytedance-seed": r"doubao-|seed-",
    "tencent": r"hunyuan-",
    "stepfun": r"step-",
    "xiaomi": r"mimo-",
}


def pages(endpoint: str, key: str, get: Get) -> Iterator[Page]:
    """The list, which is one page. It is public; a key is sent if there is one."""
    yield parse(get(endpoint, {"Authorization": f"Bearer {key}"} if key else {}).body)


def parse(body: bytes) -> Page:
    """One answer. Raises `SourceFailed` where it is no list; a row that cannot be used is skipped."""
    page = rows.page_of(payload.read_rows(body), _model, named="model_id", envelope=ENVELOPE)
    paid = sorted(price for model in page.models if (price := _input(model)))
    if len(paid) < FEW or paid[len(paid) // 2] >= LEAST_USUAL:
        return page
    noted = (*page.noted, ("prices that are usual per 1K tokens, and not per 1M as they were: not read", ""))
    return msgspec.structs.replace(page, models=tuple(map(_without_prices, page.models)), noted=noted)


def _input(model: Model) -> Decimal | None:
    price = model.values.get("pricing.input")
    return price if isinstance(price, Decimal) else None


def _without_prices(model: Model) -> Model:
    values = {field: value for field, value in model.values.items() if not field.startswith("pricing.")}
    refused = (
        Unusable(field, text_of(model.values[field]), "its unit is in doubt")
        for field in model.values.keys() - values.keys()
    )
    unusable = (*model.unusable, *sorted(refused, key=lambda fault: fault.field))
    return msgspec.structs.replace(model, values=values, unusable=unusable)


def _model(row: dict[str, Any], noted: Noted) -> Model | str:
    id_, facts = _id(payload.identifier(row.get("model_id")).lower()), Facts()
    kinds, able, takes = (_words(row, key) for key in ("types", "features", "input_modalities"))
    _prices(payload.part(row, "pricing", dict), kinds, facts)
    if id_.endswith(FREE) and not any(facts.values.values()):
        return id_
    facts.take("description", payload.prose, row.get("desc"))
    facts.take("context_length", payload.count, row.get("context_length"))
    facts.take("max_output_tokens", payload.count, row.get("max_output"))
    _abilities(kinds, able, takes, facts)
    rows.note(noted, "", row, ROW, id_)
    rows.note(noted, "pricing.", row.get("pricing") or {}, frozenset(PRICES), id_)
    rows.note(noted, "type ", kinds, frozenset(KINDS), id_)
    rows.note(noted, "feature ", able, frozenset(ABLE), id_)
    rows.note(noted, "modality ", takes, frozenset(TAKES), id_)
    rows.note_remarks(noted, row, ("desc",), id_)
    return Model(id_, facts.values, unusable=tuple(facts.unusable), weak=WEAK & facts.values.keys())


def _id(value: str) -> str:
    """`vendor/model`; as stated where it says so itself, or where no vendor is known to make it."""
    vendors = (vendor for vendor, names in VENDORS.items() if re.match(names, value))
    vendor = None if "/" in value else next(vendors, None)
    return f"{vendor}/{value}" if vendor else value


def _words(row: dict[str, Any], key: str) -> frozenset[str]:
    """What stands between commas."""
    value = row.get(key) or ""
    if not isinstance(value, str):
        raise BadRow(f"{key} is not text")
    return payload.words([word.strip().lower() for word in value.split(",") if word.strip()])


def _prices(pricing: dict[str, Any], kinds: frozenset[str], facts: Facts) -> None:
    """USD per 1M tokens. What is charged otherwise has no price here, for its unit is not stated."""
    by_the_token = not kinds or kinds & BY_THE_TOKEN
    for key in PRICES:
        if key in pricing and by_the_token:
            facts.take(f"pricing.{key}", _price if key in ALWAYS else _price_unless_zero, pricing[key])
        elif key in pricing:
            facts.refuse(f"pricing.{key}", pricing[key], "charged by the piece, in a unit that is not stated")


def _price(value: Any) -> Decimal:
    return payload.per_million(payload.denoised(value))


def _price_unless_zero(value: Any) -> Decimal | None:
    return _price(value) or None


def _abilities(kinds: frozenset[str], words: frozenset[str], takes: frozenset[str], facts: Facts) -> None:
    able = abilities.meant(kinds, KINDS) | abilities.meant(words, ABLE) | abilities.meant(takes, TAKES)
    abilities.state(facts, able, abilities.modalities(MODALITY.get(word, word) for word in takes))


SOURCE = Source("aihubmix", pages, vendor_ids=True, key="optional", recognises=rows_have("model_id"))
