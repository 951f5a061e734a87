"""Vertex AI's list of one publisher, by the names that Vertex takes. It states no limits and no prices.

Format: https://cloud.google.com/vertex-ai/docs/reference/rest/v1beta1/publishers.models/list
"""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from modelsync.records import Model
from modelsync.sources import google, openai, payload, rows
from modelsync.sources.facts import Facts
from modelsync.sources.page import Page
from modelsync.sources.source import Call, Question, Source, rows_have

ENVELOPE = payload.keys("publisherModels nextPageToken")
ROW = payload.keys(
    "name versionId launchStage versionState openSourceCategory supportedActions publisherModelTemplate"
    " predictSchemata frameworks"
)


def _page(url: str, listed: rows.Rows) -> Page:
    following = rows.following(listed.envelope, url, "nextPageToken", "pageToken")
    return rows.page_of(listed, _model, named="name", envelope=ENVELOPE, following=following)


def _model(row: dict[str, Any], facts: Facts) -> Model:
    id_ = payload.identifier(row.get("name")).rpartition("/")[2]  # publishers/google/models/gemini-2.5-pro
    facts.note("", row, ROW)
    return facts.model(id_, deprecated=payload.is_ending(row.get("launchStage")))


def call(question: Question) -> Call:
    """Ask for one model, as Google's API is asked, with an access token."""
    return replace(google.call(question), headers=rows.bearer(question.key))


SOURCE = Source(
    "vertex",
    openai.own_or_usual("publisherModels", _page),
    keys=("VERTEX_ACCESS_TOKEN",),  # of Google Cloud's
    recognises=rows_have("name", "versionId", under="publisherModels"),
    call=call,
)
