"""Google's list of Gemini models: limits and thinking, no prices. Lists only what generates content.

Format: https://ai.google.dev/api/models. How many models a page holds is in the address
(`?pageSize=1000`; 50 where it says nothing).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from modelsync.records import Filters, Model
from modelsync.sources import payload, rows
from modelsync.sources.facts import Facts, Fields
from modelsync.sources.page import Page
from modelsync.sources.payload import NoValue
from modelsync.sources.source import OUTPUT_TOKENS, PROMPT, Call, Get, Question, Source, rows_have

ENVELOPE = payload.keys("models nextPageToken")
FIELDS: Fields = {
    "displayName": ("name", payload.line),
    "description": ("description", payload.prose),
    "inputTokenLimit": ("context_length", payload.count),
    "outputTokenLimit": ("max_output_tokens", payload.count),
}
IGNORED = payload.keys("baseModelId maxTemperature temperature topK topP version")
ROW = payload.keys("name supportedGenerationMethods thinking") | FIELDS.keys() | IGNORED
PREFIX = "models/"
WANTED = "generateContent"
_SPEAKS_OR_DRAWS = re.compile(r"tts|image|audio|live|lyria|veo")


def pages(endpoint: str, key: str, get: Get) -> Iterator[Page]:
    """Each page of the list, as `nextPageToken` leads on. The key is in a header: addresses are logged."""
    headers = {"x-goog-api-key": key} if key else {}
    return rows.follow(endpoint, lambda url: parse(get(url, headers).body, url))


def parse(body: bytes, url: str = "") -> Page:
    """One answer. Raises `SourceFailed` where it is no list; a row that cannot be used is skipped."""
    listed = rows.read(body, "models")
    following = rows.following(listed.envelope, url, "nextPageToken", "pageToken")
    return rows.page_of(listed, _model, named="name", envelope=ENVELOPE, following=following)


def _model(row: dict[str, Any], facts: Facts) -> Model | str:
    id_ = payload.identifier(row.get("name")).removeprefix(PREFIX)
    if WANTED not in payload.words_of(row, "supportedGenerationMethods"):
        return id_
    facts.note("", row, ROW)
    facts.take_fields(row, FIELDS)
    context, output = (facts.values.get(field) for field in ("context_length", "max_output_tokens"))
    if isinstance(context, int) and isinstance(output, int) and output > context:
        del facts.values["context_length"]  # what goes in is less than the context: of models that speak
    facts.take("features", lambda thinking: _features(id_, thinking), row.get("thinking", False))
    return facts.model(id_)


def _features(id_: str, thinking: Any) -> tuple[str, ...] | None:
    """What generates content is for chat, but for what only its name tells to speak or draw."""
    if not isinstance(thinking, bool | None):
        raise NoValue("neither true nor false")
    chat = () if _SPEAKS_OR_DRAWS.search(id_) else ("chat",)
    return (*chat, *(("reasoning",) if thinking else ())) or None


def call(question: Question) -> Call:
    """Ask for one model: https://ai.google.dev/api/generate-content and https://ai.google.dev/api/embeddings"""
    prompt = {"parts": [{"text": PROMPT["content"]}]}
    model = question.model.removeprefix(PREFIX)
    content: dict[str, Any] = {"content": prompt}
    verb, answered = "embedContent", {"embedding"}
    if not question.embeds:
        content = {"contents": [prompt], "generationConfig": {"maxOutputTokens": OUTPUT_TOKENS}}
        verb, answered = "generateContent", {"candidates", "usageMetadata"}
    url = f"{question.base}/{PREFIX}{quote(model, safe='')}:{verb}"
    return Call(model, url, {"x-goog-api-key": question.key}, content, frozenset(answered), "modelVersion")


SOURCE = Source(
    "google",
    pages,
    keys=("GEMINI_API_KEY", "GOOGLE_API_KEY", "GOOGLE_AI_API_KEY"),
    key="required",
    filters={"*": Filters(include=("gemini*",))},
    endpoint_format="GEMINI",
    recognises=rows_have("name", "supportedGenerationMethods", under="models"),
    call=call,
)
