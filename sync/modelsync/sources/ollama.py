"""Ollama's own list of the models on a machine. It has no limits and no prices; its dates are of downloads.

Format: https://github.com/ollama/ollama/blob/main/docs/api.md#list-local-models
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from modelsync.records import Model
from modelsync.sources import abilities, openai, payload, rows
from modelsync.sources.facts import Facts
from modelsync.sources.page import Page
from modelsync.sources.source import Get, Source, rows_have

ENVELOPE = payload.keys("models")
ROW = payload.keys("name model modified_at size digest details capabilities remote_host remote_model")
ABLE: abilities.Words = {
    **abilities.WORDS,
    "completion": ("chat",),  # Ollama answers chats of just these
    "insert": (),
}


def pages(endpoint: str, key: str, get: Get) -> Iterator[Page]:
    """The one page of the list. A key is sent if there is one."""
    headers = rows.bearer(key)
    return openai.own_or_usual(endpoint, lambda url: get(url, headers).body, "models", _page)


def _page(url: str, listed: rows.Rows) -> Page:
    return rows.page_of(listed, _model, named="model", envelope=ENVELOPE)


def _model(row: dict[str, Any], facts: Facts) -> Model:
    able = payload.words(payload.part(row, "capabilities", list))
    facts.note("", row, ROW)
    facts.note("capability ", able, ABLE)
    abilities.state(facts, abilities.meant(able, ABLE))
    return facts.model(payload.identifier(row.get("model")))


SOURCE = Source(
    "ollama",
    pages,
    clock_dates=True,
    key="optional",
    recognises=rows_have("model", "digest", under="models"),
)
