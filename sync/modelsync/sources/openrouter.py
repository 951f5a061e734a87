"""OpenRouter's list of models. Says all that a row says, and nothing that it does not.

Format: https://openrouter.ai/docs/api-reference/models/get-models
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from modelsync.records import Model
from modelsync.sources import abilities, payload, rows
from modelsync.sources import openrouter_prices as prices
from modelsync.sources.facts import Facts, Fields
from modelsync.sources.page import Page
from modelsync.sources.payload import BadRow
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


def pages(endpoint: str, key: str, get: Get) -> Iterator[Page]:
    """Each page of the list, as `links.next` leads on. The list is public; a key is sent if there is one."""
    return rows.follow(endpoint, lambda url: parse(get(url, rows.bearer(key)).body, url))


def parse(body: bytes, url: str = "") -> Page:
    """One answer. Raises `SourceFailed` where it is no list; a row that cannot be used is skipped."""
    listed = rows.read(body)
    following = _following(listed.envelope, url)
    page = rows.page_of(listed, model_of, named="id", envelope=ENVELOPE, following=following)
    return msgspec.structs.replace(page, total=_total(listed.envelope))


def _following(envelope: dict[str, Any], url: str) -> str:
    links = envelope.get("links")
    return rows.linked(url, links.get("next") if isinstance(links, dict) else None)


def _total(envelope: dict[str, Any]) -> int | None:
    total = envelope.get("total_count")
    return total if isinstance(total, int) else None


# ---------------------------------------------------------------------------- one row


def model_of(row: dict[str, Any], facts: Facts) -> Model:
    """The model of a row. Raises `BadRow` for one that cannot be used."""
    id_, pricing = payload.identifier(row.get("id")), payload.part(row, "pricing", dict)
    if not pricing:
        raise BadRow("it states no prices")
    top, architecture = (payload.part(row, key, dict) for key in ("top_provider", "architecture"))
    inputs, outputs = (
        payload.words(payload.part(architecture, f"{side}_modalities", list)) for side in ("input", "output")
    )
    parameters = payload.words(payload.part(row, "supported_parameters", list))
    facts.take("context_length", payload.count, top.get("context_length") or row.get("context_length"))
    facts.take("max_output_tokens", payload.count, top.get("max_completion_tokens"))
    prices.read(id_, pricing, outputs, facts)
    facts.note("", row, ROW, IGNORED)
    facts.take_fields(row, FIELDS)
    abilities.state(facts, abilities.meant(parameters, PARAMETERS), inputs, outputs)
    facts.note("architecture.", architecture, ARCHITECTURE)
    facts.note("top_provider.", top, TOP_PROVIDER)
    facts.note("pricing.", pricing, prices.KEYS)
    for entry in payload.objects(pricing.get("overrides")):
        facts.note("pricing.overrides.", entry, prices.OVERRIDE_KEYS)
    facts.note("modality ", inputs | outputs, abilities.MODALITIES)
    return facts.model(id_, _canonical(row))


def _canonical(row: dict[str, Any]) -> str:
    try:
        return payload.identifier(row.get("canonical_slug"))
    except BadRow:
        return ""


SOURCE = Source(
    "openrouter",
    pages,
    vendor_ids=True,
    variants=True,
    key="optional",
    recognises=rows_have("id", "canonical_slug", "pricing"),
)
