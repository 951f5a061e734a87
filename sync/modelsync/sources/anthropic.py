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
from modelsync.sources.facts import Facts, Fields
from modelsync.sources.page import CHAT, Page
from modelsync.sources.source import OUTPUT_TOKENS, PROMPT, Call, Get, Question, Source, StandIn, rows_have

VERSION = "2023-06-01"
ENVELOPE = payload.keys("data has_more first_id last_id")
FIELDS: Fields = {
    "display_name": ("name", payload.line),
    "max_input_tokens": ("context_length", payload.count),
    "max_tokens": ("max_output_tokens", payload.count),
    "created_at": ("released", payload.day_of_time),
}
ROW = payload.keys("id type capabilities") | FIELDS.keys()
TAKES = {"image_input": "image", "pdf_input": "file"}
IGNORED = payload.keys("batch citations code_execution context_management effort")
CAPABILITIES = IGNORED | TAKES.keys() | abilities.WORDS.keys()


def pages(endpoint: str, key: str, get: Get) -> Iterator[Page]:
    """Each page of the list, as `has_more` and `last_id` lead on."""
    headers = {"anthropic-version": VERSION} | ({"x-api-key": key} if key else {})
    return rows.follow(endpoint, lambda url: parse(get(url, headers).body, url))


def parse(body: bytes, url: str = "") -> Page:
    """One answer. Raises `SourceFailed` where it is no list; a row that cannot be used is skipped."""
    listed = rows.read(body)
    following = ""
    if listed.envelope.get("has_more"):
        last = listed.envelope.get("last_id")
        if not isinstance(last, str) or not last:
            raise SourceFailed("it has more pages and does not say where the next one starts")
        following = rows.with_query(url, "after_id", last)
    return rows.page_of(listed, _model, named="id", envelope=ENVELOPE, following=following)


def _model(row: dict[str, Any], facts: Facts) -> Model:
    id_, capabilities = payload.identifier(row.get("id")), payload.part(row, "capabilities", dict)
    facts.note("", row, ROW)
    facts.take_fields(row, FIELDS)
    supported = {name for name, value in capabilities.items() if _support(value)}
    taken = [word for name, word in TAKES.items() if name in supported]
    # That every model takes text is not stated, because it is so; the list has none that are not for chat.
    abilities.state(
        facts, {CHAT, *abilities.meant(supported, abilities.WORDS)}, ("text", *taken) if taken else ()
    )
    facts.note("capability ", capabilities, CAPABILITIES)
    unclear = [name for name, value in capabilities.items() if value is not None and _support(value) is None]
    facts.note("support of ", unclear)
    return facts.model(id_)


def _support(value: Any) -> bool | None:
    """Whether a capability is supported; None where that is not stated as it should be."""
    supported = value.get("supported") if isinstance(value, dict) else None
    return supported if isinstance(supported, bool) else None


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
    recognises=rows_have("type", "display_name", "created_at"),
    stand_in=StandIn(
        Path(__file__).parent / "known/anthropic.json",
        missing="key",
        note="a known list of 2026-08-02, because no key is set",
    ),
    call=call,
)
