"""Anthropic's list of models: limits and capabilities, no prices. Says only what a row says.

Format: https://platform.claude.com/docs/en/api/models/list. How many models a page holds is in the
address (`?limit=1000`; 20 where it says nothing).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from modelsync.errors import SourceFailed
from modelsync.records import Model
from modelsync.sources import abilities, payload, rows
from modelsync.sources.page import Page
from modelsync.sources.payload import Facts
from modelsync.sources.rows import Noted
from modelsync.sources.source import OUTPUT_TOKENS, PROMPT, Call, Get, Question, Source, StandIn, rows_have

VERSION = "2023-06-01"
ENVELOPE = frozenset({"data", "has_more", "first_id", "last_id"})
ROW = frozenset(
    {"id", "type", "display_name", "created_at", "max_input_tokens", "max_tokens", "capabilities"}
)
ABLE: abilities.Words = {
    "image_input": ("vision", "multimodal"),
    "structured_outputs": ("structured_outputs",),
    "thinking": ("reasoning",),
}
TAKES = {"image_input": "image", "pdf_input": "file"}
CAPABILITIES = frozenset(
    {
        *ABLE,
        *TAKES,
        # said, and not for a catalog
        "batch",
        "citations",
        "code_execution",
        "context_management",
        "effort",
    }
)


def pages(endpoint: str, key: str, get: Get) -> Iterator[Page]:
    """Each page of the list, as `has_more` and `last_id` lead on."""
    headers = {"anthropic-version": VERSION} | ({"x-api-key": key} if key else {})
    return rows.follow(endpoint, lambda url: parse(get(url, headers).body, url))


def parse(body: bytes, url: str = "") -> Page:
    """One answer. Raises `SourceFailed` where it is no list; a row that cannot be used is skipped."""
    listed = payload.read_rows(body)
    following = _following(listed.envelope, url)
    return rows.page_of(listed, _model, named="id", envelope=ENVELOPE, following=following)


def _following(envelope: dict[str, Any], url: str) -> str:
    if not envelope.get("has_more"):
        return ""
    last = envelope.get("last_id")
    if not isinstance(last, str) or not last:
        raise SourceFailed("it has more pages and does not say where the next one starts")
    return rows.with_query(url, "after_id", last)


def _model(row: dict[str, Any], noted: Noted) -> Model:
    id_, facts = payload.identifier(row.get("id")), Facts()
    facts.take("name", payload.line, row.get("display_name"))
    facts.take("context_length", payload.count, row.get("max_input_tokens"))
    facts.take("max_output_tokens", payload.count, row.get("max_tokens"))
    facts.take("released", payload.day_of_time, row.get("created_at"))
    _abilities(payload.part(row, "capabilities", dict), facts)
    _note_unknown(id_, row, noted)
    return Model(id_, facts.values, unusable=tuple(facts.unusable))


def _abilities(capabilities: dict[str, Any], facts: Facts) -> None:
    """What is supported. That every model takes text is not stated, because it is so."""
    supported = {name for name, value in capabilities.items() if _support(value)}
    taken = [word for name, word in TAKES.items() if name in supported]
    abilities.state(facts, abilities.meant(supported, ABLE), ("text", *taken) if taken else ())


def _support(value: Any) -> bool | None:
    """Whether a capability is supported; None where that is not stated as it should be."""
    supported = value.get("supported") if isinstance(value, dict) else None
    return supported if isinstance(supported, bool) else None


def _note_unknown(id_: str, row: dict[str, Any], noted: Noted) -> None:
    capabilities = row.get("capabilities") or {}
    rows.note(noted, "", row, ROW, id_)
    rows.note(noted, "capability ", capabilities, CAPABILITIES, id_)
    unclear = [name for name, value in capabilities.items() if value is not None and _support(value) is None]
    rows.note(noted, "support of ", unclear, frozenset(), id_)
    rows.note_remarks(noted, row, ("display_name",), id_)


def call(question: Question) -> Call:
    """Ask for one model: https://platform.claude.com/docs/en/api/messages"""
    headers = {"anthropic-version": VERSION, "x-api-key": question.key}
    content = {"model": question.model, "max_tokens": OUTPUT_TOKENS, "messages": [PROMPT]}
    return Call(question.model, f"{question.base}/messages", headers, content, frozenset({"content"}))


SOURCE = Source(
    "anthropic",
    pages,
    key="optional",
    endpoint_format="ANTHROPIC",
    recognises=rows_have("display_name"),
    stand_in=StandIn(
        Path(__file__).parent / "known/anthropic.json",
        missing="key",
        note="a known list of 2026-08-02, because no key is set",
    ),
    call=call,
)
