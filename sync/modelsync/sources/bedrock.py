"""Amazon Bedrock's list of one region, by the ids that Bedrock takes. It states no limits and no prices.

Format: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_ListFoundationModels.html
"""

from __future__ import annotations

from typing import Any

from modelsync.records import Model
from modelsync.sources import abilities, openai, payload, rows
from modelsync.sources.facts import Facts, Fields
from modelsync.sources.page import Page
from modelsync.sources.source import Source, rows_have

ENVELOPE = payload.keys("modelSummaries")
FIELDS: Fields = {"modelName": ("name", payload.line)}
LIFE: Fields = {"endOfLifeTime": ("expires", payload.end)}
SPANS = payload.keys("status startOfLifeTime legacyTime publicExtendedAccessTime") | LIFE.keys()
IGNORED = payload.keys("modelArn providerName customizationsSupported")
ROW = (
    FIELDS.keys()
    | IGNORED
    | payload.keys(
        "modelId inputModalities outputModalities inferenceTypesSupported modelLifecycle"
        " responseStreamingSupported"
    )
)
MODALITIES = {"EMBEDDING": "embeddings", "SPEECH": "audio"}  # others are the catalog's in capitals
RENTED = frozenset({"PROVISIONED"})  # served on one's own rented machines alone, and by no other id


def _page(url: str, listed: rows.Rows) -> Page:
    return rows.page_of(listed, _model, named="modelId", envelope=ENVELOPE)


def _model(row: dict[str, Any], facts: Facts) -> Model | str:
    id_, life = payload.identifier(row.get("modelId")), payload.part(row, "modelLifecycle", dict)
    inputs, outputs = (_modalities(row, f"{side}Modalities") for side in ("input", "output"))
    if payload.words_of(row, "inferenceTypesSupported") == RENTED:
        return id_
    facts.note("", row, ROW)
    facts.note("modelLifecycle.", life, SPANS)
    facts.take_fields(row, FIELDS)
    facts.take_fields(life, LIFE)
    streams = {"streaming"} if row.get("responseStreamingSupported") is True else set[str]()
    abilities.state(facts, streams, inputs, outputs)
    facts.note("modality ", inputs | outputs, abilities.MODALITIES)
    return facts.model(id_, deprecated=payload.is_ending(life.get("status")))


def _modalities(row: dict[str, Any], key: str) -> set[str]:
    return {MODALITIES.get(word, word.lower()) for word in payload.words_of(row, key)}


SOURCE = Source(
    "bedrock",
    openai.own_or_usual("modelSummaries", _page),
    keys=("AWS_BEARER_TOKEN_BEDROCK",),  # one of Bedrock's own, not of an account: nothing is signed
    recognises=rows_have("modelId", "modelArn", under="modelSummaries"),
)
