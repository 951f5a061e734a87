"""GPUStack's own list of what is deployed on one's machines: abilities and the context that is served.

Format: https://docs.gpustack.ai, `GET /v2/models` (`/v1/models` before version 2).
"""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from modelsync.records import Model
from modelsync.sources import abilities, openai, payload, rows
from modelsync.sources.facts import Facts, Fields
from modelsync.sources.page import Page
from modelsync.sources.source import Source, rows_have

ENVELOPE = payload.keys("items pagination")
META: Fields = {"max_model_len": ("context_length", payload.count)}
CATEGORIES: abilities.Words = {**abilities.WORDS, "image": ("image_generation",), "unknown": ()}


def _page(url: str, listed: rows.Rows) -> Page:
    at = listed.envelope.get("pagination")
    pagination = at if isinstance(at, dict) else {}
    numbers = (pagination.get(key) for key in ("page", "totalPage", "total"))
    number, last, total = (value if isinstance(value, int) else 0 for value in numbers)
    following = rows.with_query(url, "page", f"{number + 1}") if number < last else ""
    page = rows.page_of(listed, _model, named="name", envelope=ENVELOPE, following=following)
    return replace(page, total=total)


def _model(row: dict[str, Any], facts: Facts) -> Model | str:
    """One deployment. Without a replica that is ready it answers nobody, and is not gone."""
    id_ = payload.identifier(row.get("name"), may_be_path=True)
    if row.get("ready_replicas") == 0:
        return id_
    categories = payload.words_of(row, "categories")
    facts.note("category ", categories, CATEGORIES)
    facts.take("description", payload.prose, row.get("description"))
    facts.take_fields(payload.part(row, "meta", dict), META)
    abilities.state(facts, abilities.meant(categories, CATEGORIES))
    return facts.model(id_)


SOURCE = Source(
    "gpustack",
    openai.own_or_usual("items", _page),
    clock_dates=True,
    recognises=rows_have("name", "categories", "ready_replicas", under="items"),
)
