"""Ollama's own list of the models on a machine. It has no limits and no prices; its dates are of downloads.

Format: https://github.com/ollama/ollama/blob/main/docs/api.md#list-local-models
"""

from __future__ import annotations

from typing import Any

from modelsync.records import Model
from modelsync.sources import abilities, openai, payload, rows
from modelsync.sources.facts import Facts
from modelsync.sources.page import Page
from modelsync.sources.source import Source, rows_have

ENVELOPE = payload.keys("models")
ROW = payload.keys("name model modified_at size digest details capabilities remote_host remote_model")
ABLE: abilities.Words = {
    **abilities.WORDS,
    "completion": ("chat",),  # Ollama answers chats of just these
    "insert": (),
}


def _page(url: str, listed: rows.Rows) -> Page:
    return rows.page_of(listed, _model, named="model", envelope=ENVELOPE)


def _model(row: dict[str, Any], facts: Facts) -> Model:
    able = payload.words_of(row, "capabilities")
    facts.note("", row, ROW)
    facts.note("capability ", able, ABLE)
    abilities.state(facts, abilities.meant(able, ABLE))
    return facts.model(payload.identifier(row.get("model")))


SOURCE = Source(
    "ollama",
    openai.own_or_usual("models", _page),
    clock_dates=True,
    key="optional",
    recognises=rows_have("model", "digest", under="models"),
)
