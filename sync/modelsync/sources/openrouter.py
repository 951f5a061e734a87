"""OpenRouter's list of models. Says all that a row says, and nothing that it does not.

Format: https://openrouter.ai/docs/api-reference/models/get-models
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import msgspec

from modelsync.errors import SourceFailed
from modelsync.http import leads_to
from modelsync.records import Model
from modelsync.sources import abilities, payload, rows
from modelsync.sources import openrouter_prices as prices
from modelsync.sources.page import Page
from modelsync.sources.payload import BadRow, Facts
from modelsync.sources.rows import Noted
from modelsync.sources.source import Get, Source, rows_have

ENVELOPE = frozenset({"data", "links", "total_count"})
ROW = frozenset(
    {
        "id",
        "canonical_slug",
        "name",
        "description",
        "created",
        "context_length",
        "top_provider",
        "architecture",
        "pricing",
        "supported_parameters",
        "knowledge_cutoff",
        "expiration_date",
        # said, and not for a catalog
        "alias_target",
        "benchmarks",
        "default_parameters",
        "hugging_face_id",
        "links",
        "per_request_limits",
        "reasoning",
        "supported_voices",
    }
)
ARCHITECTURE = frozenset({"input_modalities", "output_modalities", "modality", "tokenizer", "instruct_type"})
TOP_PROVIDER = frozenset({"context_length", "max_completion_tokens", "is_moderated"})
NEVER = "2090"  # from here on an end is a placeholder, such as 2098-12-31


class Skills(msgspec.Struct, frozen=True):
    """What a row says about a model's abilities."""

    inputs: frozenset[str]
    outputs: frozenset[str]
    parameters: frozenset[str]


PARAMETERS: abilities.Words = {
    "include_reasoning": ("reasoning",),
    "parallel_tool_calls": ("parallel_function_calling",),
    "reasoning": ("reasoning",),
    "reasoning_effort": ("reasoning",),
    "response_format": ("structured_outputs",),
    "structured_outputs": ("structured_outputs",),
    "tool_choice": ("tool_choice",),
    "tools": ("function_calling",),
    "web_search_options": ("web_search",),
}


def pages(endpoint: str, key: str, get: Get) -> Iterator[Page]:
    """Each page of the list, as `links.next` leads on. The list is public; a key is sent if there is one."""
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    return rows.follow(endpoint, lambda url: parse(get(url, headers).body, url))


def parse(body: bytes, url: str = "") -> Page:
    """One answer. Raises `SourceFailed` where it is no list; a row that cannot be used is skipped."""
    listed = payload.read_rows(body)
    following = _following(listed.envelope, url)
    page = rows.page_of(listed, _model, named="id", envelope=ENVELOPE, following=following)
    return msgspec.structs.replace(page, total=_total(listed.envelope))


def _following(envelope: dict[str, Any], url: str) -> str:
    links = envelope.get("links")
    value = links.get("next") if isinstance(links, dict) else None
    if not value:
        return ""
    following = leads_to(url, str(value))
    if not following:
        raise SourceFailed("its next page is at another place, which is not followed")
    return following


def _total(envelope: dict[str, Any]) -> int | None:
    total = envelope.get("total_count")
    return total if isinstance(total, int) else None


# ---------------------------------------------------------------------------- one row


def _model(row: dict[str, Any], noted: Noted) -> Model:
    id_ = payload.identifier(row.get("id"))
    if not payload.part(row, "pricing", dict):
        raise BadRow("it states no prices")
    skills, facts = _skills(row), Facts()
    _limits(row, facts)
    prices.read(id_, row["pricing"], skills.outputs, facts)
    _texts(row, facts)
    inputs, outputs = abilities.modalities(skills.inputs), abilities.modalities(skills.outputs)
    abilities.state(facts, _able(skills), inputs, outputs)
    _note_unknown(id_, row, skills, noted)
    return Model(id_, facts.values, _canonical(row), tuple(facts.unusable))


def _canonical(row: dict[str, Any]) -> str:
    try:
        return payload.identifier(row.get("canonical_slug"))
    except BadRow:
        return ""


def _skills(row: dict[str, Any]) -> Skills:
    architecture = payload.part(row, "architecture", dict)
    return Skills(
        payload.words(payload.part(architecture, "input_modalities", list)),
        payload.words(payload.part(architecture, "output_modalities", list)),
        payload.words(payload.part(row, "supported_parameters", list)),
    )


def _limits(row: dict[str, Any], facts: Facts) -> None:
    top = payload.part(row, "top_provider", dict)
    facts.take("context_length", payload.count, top.get("context_length") or row.get("context_length"))
    facts.take("max_output_tokens", payload.count, top.get("max_completion_tokens"))


def _texts(row: dict[str, Any], facts: Facts) -> None:
    facts.take("name", _short_name, row.get("name"))
    facts.take("description", payload.prose, row.get("description"))
    facts.take("knowledge_cutoff", payload.day, row.get("knowledge_cutoff"))
    facts.take("released", payload.day_of_epoch, row.get("created"))
    facts.take("expires", _end, row.get("expiration_date"))


def _short_name(value: Any) -> str | None:
    """The name without the vendor, whom the provider of a catalog names already."""
    name = payload.line(value)
    vendor, _, rest = (name or "").partition(": ")
    return rest if rest and len(vendor) <= 40 else name


def _end(value: Any) -> str | None:
    end = payload.day(value)
    return end if end and end < NEVER else None


@lru_cache(maxsize=4096)
def _able(skills: Skills) -> frozenset[str]:
    able = abilities.of_modalities(skills.inputs, skills.outputs)
    return frozenset(able | abilities.meant(skills.parameters, PARAMETERS))


# ---------------------------------------------------------------------------- what is new


def _note_unknown(id_: str, row: dict[str, Any], skills: Skills, noted: Noted) -> None:
    """Keys and modalities that nobody here knows yet."""
    pricing = row["pricing"]
    rows.note(noted, "", row, ROW, id_)
    rows.note(noted, "architecture.", row.get("architecture") or {}, ARCHITECTURE, id_)
    rows.note(noted, "top_provider.", row.get("top_provider") or {}, TOP_PROVIDER, id_)
    rows.note(noted, "pricing.", pricing, prices.KEYS, id_)
    overrides = pricing.get("overrides")
    for entry in overrides if isinstance(overrides, list) else ():
        value = entry if isinstance(entry, dict) else {}
        rows.note(noted, "pricing.overrides.", value, prices.OVERRIDE_KEYS, id_)
    rows.note_remarks(noted, row, ("name", "description"), id_)
    rows.note(noted, "modality ", skills.inputs | skills.outputs, frozenset(abilities.MODALITIES), id_)


SOURCE = Source(
    "openrouter",
    pages,
    vendor_ids=True,
    variants=True,
    key="optional",
    recognises=rows_have("canonical_slug"),
)
