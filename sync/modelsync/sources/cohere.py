"""Cohere's own list: context, abilities, and what is about to end. It states no prices.

Format: https://docs.cohere.com/reference/list-models. How many models a page holds is in the address
(`?page_size=1000`; 20 where it says nothing).
"""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from modelsync.records import Model
from modelsync.sources import abilities, openai, payload, rows
from modelsync.sources.facts import Facts, Fields
from modelsync.sources.page import Page
from modelsync.sources.source import Call, Question, Source, rows_have

COMPATIBLE = "/compatibility"
ENVELOPE = payload.keys("models next_page_token")
FIELDS: Fields = {"context_length": ("context_length", payload.count)}
IGNORED = payload.keys("default_endpoints finetuned sampling_defaults tokenizer_url")
ROW = payload.keys("name endpoints features is_deprecated supports_vision") | FIELDS.keys() | IGNORED
SERVED: abilities.Words = {  # by the endpoints of its API that take the model
    **abilities.WORDS,
    **dict.fromkeys(("classify", "generate", "rate", "summarize"), ()),
    "embed_image": ("embeddings", "vision", "multimodal"),
}
ABLE: abilities.Words = {
    **abilities.WORDS,
    **dict.fromkeys(("citations", "json_mode", "logprobs", "safety_modes", "strict_tools"), ()),
}


def _page(url: str, listed: rows.Rows) -> Page:
    following = rows.following(listed.envelope, url, "next_page_token", "page_token")
    return rows.page_of(listed, _model, named="name", envelope=ENVELOPE, following=following)


def _model(row: dict[str, Any], facts: Facts) -> Model:
    served, able = (payload.words_of(row, key) for key in ("endpoints", "features"))
    facts.note("", row, ROW)
    facts.note("endpoint ", served, SERVED)
    facts.note("feature ", able, ABLE)
    facts.take_fields(row, FIELDS)
    sees = {"vision"} if row.get("supports_vision") is True else set[str]()
    abilities.state(facts, abilities.meant(served, SERVED) | abilities.meant(able | sees, ABLE))
    return facts.model(payload.identifier(row.get("name")), deprecated=row.get("is_deprecated") is True)


def call(question: Question) -> Call:
    """Ask for one model, in OpenAI's format, whichever list of Cohere's the address is of."""
    base = f"{question.base.removesuffix('/v1').removesuffix(COMPATIBLE)}{COMPATIBLE}/v1"
    return openai.call(replace(question, base=base))


SOURCE = Source(
    "cohere",
    openai.own_or_usual("models", _page),
    recognises=rows_have("name", "endpoints", "context_length", under="models"),
    call=call,
)
