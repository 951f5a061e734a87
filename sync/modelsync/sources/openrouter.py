"""OpenRouter's list of models. Says all that a row says, and nothing that it does not.

Prices are USD per token or per call; what they depend on is below `overrides`.
Formats: https://openrouter.ai/docs/api-reference/models/get-models and
https://openrouter.ai/docs/client-sdks/python/components/pricingoverride
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from modelsync.records import Model, Tier, Window, is_price_field
from modelsync.sources import abilities, payload, rows
from modelsync.sources.facts import Facts, Fields, length, overlap
from modelsync.sources.page import Page
from modelsync.sources.payload import BadRow, NoValue
from modelsync.sources.source import Get, Source, rows_have

ENVELOPE = payload.keys("data links total_count")
NEVER = "2090"  # from here on an end is a placeholder, such as 2098-12-31
PARAMETERS: abilities.Words = {
    **abilities.WORDS,
    "include_reasoning": ("reasoning",),
    "response_format": ("structured_outputs",),
    "web_search_options": ("web_search",),
}


def _short_name(value: Any) -> str | None:
    """The name without the vendor, whom the provider of a catalog names already."""
    name = payload.line(value)
    vendor, _, rest = (name or "").partition(": ")
    return rest if rest and len(vendor) <= 40 else name


def _end(value: Any) -> str | None:
    end = payload.day(value)
    return end if end and end < NEVER else None


FIELDS: Fields = {
    "name": ("name", _short_name),
    "description": ("description", payload.prose),
    "knowledge_cutoff": ("knowledge_cutoff", payload.day),
    "created": ("released", payload.day_of_epoch),
    "expiration_date": ("expires", _end),
}
ROW = FIELDS.keys() | payload.keys(
    "id canonical_slug context_length top_provider architecture pricing supported_parameters"
)
IGNORED = payload.keys(
    "alias_target benchmarks default_parameters hugging_face_id links per_request_limits reasoning"
    " supported_voices"
)
ARCHITECTURE = payload.keys("input_modalities output_modalities modality tokenizer instruct_type")
TOP_PROVIDER = payload.keys("context_length max_completion_tokens is_moderated")
TOKENS = {  # USD per token, by their keys in `pricing`
    "prompt": "input",
    "completion": "output",
    "input_cache_read": "cache_read",
    "input_cache_write": "cache_write",
    "input_cache_write_1h": "cache_write_1h",
    "internal_reasoning": "reasoning",
    "image": "image_input",
    "image_output": "image_output",
    "image_token": "image_output",
    "audio": "audio_input",
    "audio_output": "audio_output",
    "input_audio_cache": "audio_cache_read",
}
CALLS = {"request": "request", "web_search": "web_search"}  # USD per call
PRICES = TOKENS | CALLS
OPTIONAL = PRICES.keys() - {"prompt", "completion"}  # a zero said nothing until January 2026; none came since
PRICING = payload.keys("overrides") | PRICES.keys()
OVERRIDE = payload.keys("min_prompt_tokens utc_start utc_end") | PRICES.keys()
BY_THE_PIECE = frozenset({"rerank", "speech", "transcription", "video"})  # never certainly by the token
NOT_TEXT = frozenset({"audio", "image"})  # charged by the token or by the piece
NOT_PER_TOKEN = 100  # times the text price: per-token prices go up to 33 times, prices per image start at 258
MOST_PER_TOKEN = Decimal(1000)  # USD per 1M, where no text price is stated to compare with


def pages(endpoint: str, key: str, get: Get) -> Iterator[Page]:
    """Each page of the list, as `links.next` leads on. The list is public; a key is sent if there is one."""
    return rows.follow(endpoint, lambda url: parse(get(url, rows.bearer(key)).body, url))


def parse(body: bytes, url: str = "") -> Page:
    """One answer. Raises `SourceFailed` where it is no list; a row that cannot be used is skipped."""
    listed = rows.read(body)
    links, total = listed.envelope.get("links"), listed.envelope.get("total_count")
    following = rows.linked(url, links.get("next") if isinstance(links, dict) else None)
    page = rows.page_of(listed, model_of, named="id", envelope=ENVELOPE, following=following)
    return replace(page, total=total if isinstance(total, int) else None)


# ---------------------------------------------------------------------------- one row


def model_of(row: dict[str, Any], facts: Facts) -> Model:
    """The model of a row. Raises `BadRow` for one that cannot be used."""
    id_, pricing = payload.identifier(row.get("id")), payload.part(row, "pricing", dict)
    if not pricing:
        raise BadRow("it states no prices")
    top, architecture = (payload.part(row, key, dict) for key in ("top_provider", "architecture"))
    inputs, outputs = (payload.words_of(architecture, f"{side}_modalities") for side in ("input", "output"))
    parameters = payload.words_of(row, "supported_parameters")
    facts.take("context_length", payload.count, top.get("context_length") or row.get("context_length"))
    facts.take("max_output_tokens", payload.count, top.get("max_completion_tokens"))
    facts.take_prices(pricing, TOKENS, payload.per_token, silent=OPTIONAL)
    facts.take_prices(pricing, CALLS, payload.per_million, silent=OPTIONAL)
    _refuse_other_units(id_, outputs, facts)
    if pricing.get("overrides"):
        _overrides(pricing["overrides"], facts)
    facts.note("", row, ROW, IGNORED)
    facts.take_fields(row, FIELDS)
    abilities.state(facts, abilities.meant(parameters, PARAMETERS), inputs, outputs)
    facts.note("architecture.", architecture, ARCHITECTURE)
    facts.note("top_provider.", top, TOP_PROVIDER)
    facts.note("pricing.", pricing, PRICING)
    for entry in payload.objects(pricing.get("overrides")):
        facts.note("pricing.overrides.", entry, OVERRIDE)
    facts.note("modality ", inputs | outputs, abilities.MODALITIES)
    slug = row.get("canonical_slug")
    return facts.model(id_, slug if payload.is_identifier(slug) else "")


# ---------------------------------------------------------------------------- prices


def _refuse_other_units(id_: str, outputs: frozenset[str], facts: Facts) -> None:
    """Refuse what is not a price per token, though it stands where one would."""
    prices = [value for field, value in facts.values.items() if is_price_field(field)]
    by_the_piece = outputs & BY_THE_PIECE or (outputs & NOT_TEXT and not any(prices))
    if by_the_piece and not id_.endswith(":free"):
        _withdraw(facts, ("input", "output"), "charged by the piece, in a unit that the list does not state")
        return
    for field, text in (("image_input", "input"), ("audio_input", "input"), ("image_output", "output")):
        base, price = facts.values.get(f"pricing.{text}"), facts.values.get(f"pricing.{field}")
        limit = base * NOT_PER_TOKEN if isinstance(base, Decimal) and base else MOST_PER_TOKEN
        if isinstance(price, Decimal) and price > limit:
            _withdraw(facts, (field,), "too much for one token: its unit is not stated")


def _withdraw(facts: Facts, keys: tuple[str, ...], reason: str) -> None:
    for field in (f"pricing.{key}" for key in keys):
        if field in facts.values:
            facts.refuse(field, f"{facts.values[field]:f} per 1M", reason)


def _overrides(value: Any, facts: Facts) -> None:
    """Prices for long prompts or for times of day. What is not wholly understood is not stated at all."""
    try:
        tiers, windows = _conditional(value)
    except NoValue as fault:
        facts.refuse("pricing.tiers", json.dumps(value, default=str), str(fault))
        return
    if tiers:
        facts.values["pricing.tiers"] = tiers
    if windows:
        facts.values["pricing.windows"] = windows


def _conditional(value: Any) -> tuple[tuple[Tier, ...], tuple[Window, ...]]:
    if not isinstance(value, list):
        raise NoValue("not a list of conditions")
    if len(value) > payload.MOST_ITEMS:
        raise NoValue(f"more than {payload.MOST_ITEMS} conditions")
    by_length, by_time = list[Tier](), list[Window]()
    for entry in value:
        conditions = entry.keys() - PRICES if isinstance(entry, dict) else set()
        if conditions == {"min_prompt_tokens"}:
            by_length.append(Tier(length(entry["min_prompt_tokens"]), _overridden(entry)))
        elif conditions == {"utc_start", "utc_end"}:
            by_time.append(Window(_clock(entry["utc_start"]), _clock(entry["utc_end"]), _overridden(entry)))
        else:
            raise NoValue("a condition that is not understood")
    if by_length and by_time:
        raise NoValue("depends both on length and on the time of day")
    if overlap(by_time):  # they would need a rule for which one counts
        raise NoValue("times of day that overlap")
    return _tiers(by_length), tuple(sorted(by_time, key=lambda window: window.utc_start))


def _overridden(entry: dict[str, Any]) -> dict[str, Decimal]:
    reads = {**dict.fromkeys(TOKENS, payload.per_token), **dict.fromkeys(CALLS, payload.per_million)}
    return {PRICES[key]: read(entry[key]) for key, read in reads.items() if key in entry}


def _tiers(entries: list[Tier]) -> tuple[Tier, ...]:
    """Tiers that each say all: upstream, of the entries that apply, the later ones win price by price."""
    tiers = []
    for above in sorted({entry.above for entry in entries}):
        prices: dict[str, Decimal] = {}
        for entry in entries:
            if entry.above <= above:
                prices.update(entry.prices)
        tiers.append(Tier(above, prices))
    return tuple(tiers)


def _clock(value: Any) -> str:
    """`HH:MM` of an HHMM number: 130 is 01:30, and 2400 is midnight."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 2400 or value % 100 > 59:
        raise NoValue("not a time of day")
    return f"{value // 100 % 24:02}:{value % 100:02}"


SOURCE = Source(
    "openrouter",
    pages,
    vendor_ids=True,
    variants=True,
    key="optional",
    recognises=rows_have("id", "canonical_slug", "pricing"),
)
