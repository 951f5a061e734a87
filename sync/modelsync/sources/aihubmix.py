"""AIHubMix's list: prices and abilities of what it resells. Its limits are often the relay's: they are weak.

Format: https://docs.aihubmix.com/en/api/Models-API. That page says that prices are per 1K tokens; by their
values they are per 1M, which each answer is held to: half of all models cost more than `LEAST_USUAL`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from modelsync.records import Model, Unusable, is_price_field, text_of
from modelsync.sources import abilities, payload, rows
from modelsync.sources.facts import Facts, Fields
from modelsync.sources.page import Page
from modelsync.sources.payload import BadRow
from modelsync.sources.source import Get, Source, rows_have

ENVELOPE = payload.keys("data message success")
FIELDS: Fields = {
    "desc": ("description", payload.prose),
    "context_length": ("context_length", payload.count),
    "max_output": ("max_output_tokens", payload.count),
}
ROW = payload.keys("model_id pricing types features input_modalities") | FIELDS.keys()
KINDS: abilities.Words = {**abilities.WORDS, "video": ("video_generation",)}
BY_THE_TOKEN = frozenset({"llm", "embedding"})
ABLE: abilities.Words = {
    **abilities.WORDS,
    "deepsearch": ("web_search",),
    "long_context": (),
    "web": ("web_search",),
}
TAKES = payload.keys("text image pdf audio video")
MODALITY = {"pdf": "file"}
PRICES = {price: price for price in ("input", "output", "cache_read", "cache_write")}
OPTIONAL = ("cache_read", "cache_write")  # the others are stated for every model, so that zero is a price
LEAST_USUAL = Decimal("0.02")  # USD per 1M tokens of input: per 1K, the usual ones would be 0.002 and less
FEW = 5  # models, of which no usual price can be told
WEAK = ("context_length", "max_output_tokens")
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
    yield parse(get(endpoint, rows.bearer(key)).body)


def parse(body: bytes) -> Page:
    """One answer. Raises `SourceFailed` where it is no list; a row that cannot be used is skipped."""
    page = rows.page_of(rows.read(body), _model, named="model_id", envelope=ENVELOPE)
    prices = (model.values.get("pricing.input") for model in page.models)
    paid = sorted(price for price in prices if isinstance(price, Decimal) and price)
    if len(paid) < FEW or paid[len(paid) // 2] >= LEAST_USUAL:
        return page
    noted = (*page.noted, ("prices that are usual per 1K tokens, and not per 1M as they were: not read", ""))
    return replace(page, models=tuple(map(_without_prices, page.models)), noted=noted)


def _without_prices(model: Model) -> Model:
    values = {field: value for field, value in model.values.items() if not is_price_field(field)}
    refused = (
        Unusable(field, text_of(model.values[field]), "its unit is in doubt")
        for field in model.values.keys() - values.keys()
    )
    unusable = (*model.unusable, *sorted(refused, key=lambda fault: fault.field))
    return replace(model, values=values, unusable=unusable)


def _model(row: dict[str, Any], facts: Facts) -> Model | str:
    id_ = _id(payload.identifier(row.get("model_id")).lower())
    kinds, able, takes = (_words(row, key) for key in ("types", "features", "input_modalities"))
    pricing = payload.part(row, "pricing", dict)
    _prices(pricing, kinds, facts)
    if id_.endswith(FREE) and not any(facts.values.values()):
        return id_
    facts.note("", row, ROW)
    facts.take_fields(row, FIELDS)
    abilities.state(
        facts,
        abilities.meant(kinds, KINDS) | abilities.meant(able, ABLE),
        (MODALITY.get(word, word) for word in takes),
    )
    facts.note("pricing.", pricing, PRICES)
    facts.note("type ", kinds, KINDS)
    facts.note("feature ", able, ABLE)
    facts.note("modality ", takes, TAKES)
    return facts.model(id_, weak=WEAK)


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
    if not kinds or kinds & BY_THE_TOKEN:
        facts.take_prices(pricing, PRICES, _price, silent=OPTIONAL)
        return
    for key in (key for key in PRICES if key in pricing):
        facts.refuse(f"pricing.{key}", pricing[key], "charged by the piece, in a unit that is not stated")


def _price(value: Any) -> Decimal:
    return payload.per_million(payload.denoised(value))


SOURCE = Source("aihubmix", pages, vendor_ids=True, key="optional", recognises=rows_have("model_id", "types"))
