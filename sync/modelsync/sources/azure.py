"""Azure's lists: what a resource may deploy, by its own API or the Resource Manager's, and its deployments.

A deployment is known by its own name, which is what the API takes. None of the lists states prices.
Formats: https://learn.microsoft.com/en-us/rest/api/azureopenai/models and .../aiservices/accountmanagement
"""

from __future__ import annotations

import re
from typing import Any

from msgspec.structs import replace

from modelsync.records import Model
from modelsync.sources import abilities, openai, payload, rows
from modelsync.sources.facts import Facts, Fields
from modelsync.sources.page import Page
from modelsync.sources.source import Call, Question, Source

MANAGER = "management.azure.com"
_NUMBER = re.compile(r"[0-9]{1,10}", re.ASCII)
ENVELOPE = payload.keys("value nextLink")


def _tokens(value: Any) -> int | None:
    """A limit, which the Resource Manager states as text."""
    return payload.count(int(value) if isinstance(value, str) and _NUMBER.fullmatch(value) else value)


FIELDS: Fields = {"deprecation": ("expires", payload.end)}
LIMITS: Fields = {
    "maxContextToken": ("context_length", _tokens),
    "maxOutputToken": ("max_output_tokens", _tokens),
}
KNOWN = payload.keys("properties sku systemData etag id type kind skuName description tags")  # of a row
MODEL = FIELDS.keys() | payload.keys(
    "format name version lifecycleStatus capabilities finetuneCapabilities isDefaultVersion maxCapacity skus"
    " source sourceAccount callRateLimit publisher baseModel replacementConfig modelCatalogAssetId systemData"
)


def _headers(endpoint: str, key: str) -> dict[str, str]:
    return rows.bearer(key) if rows.split(endpoint).hostname == MANAGER else _key(key)


def _key(key: str) -> dict[str, str]:
    return {"api-key": key} if key else {}


def _page(url: str, listed: rows.Rows) -> Page:
    following = rows.linked(url, listed.envelope.get("nextLink"))
    return rows.page_of(listed, _model, named="name", envelope=ENVELOPE, following=following)


def _model(row: dict[str, Any], facts: Facts) -> Model:
    deployed = payload.part(row, "properties", dict)
    model = payload.part(deployed or row, "model", dict) or row
    able = payload.part(model, "capabilities", dict) | payload.part(deployed, "capabilities", dict)
    name = "-".join(f"{model[key]}" for key in ("name", "version") if model.get(key))
    facts.note("", row, KNOWN, MODEL, {"model"})
    facts.note("model.", {} if model is row else model, MODEL)
    facts.take_fields(model, FIELDS)
    facts.take_fields(able, LIMITS)
    words = [word for word in able if f"{able[word]}".lower() == "true"]
    abilities.state(facts, abilities.meant(words, abilities.WORDS))
    if deployed:
        facts.take("name", payload.line, name)
    ending = payload.is_ending(model.get("lifecycleStatus"))
    return facts.model(payload.identifier(row.get("name") if deployed else name), deprecated=ending)


def recognises(answer: Any) -> bool:
    """Recognise the Resource Manager's lists by models that have a format, a name and a version."""
    listed = payload.objects(answer.get("value") if isinstance(answer, dict) else None)
    first = next(listed, {})
    holder = first.get("properties", first)
    model = holder.get("model", holder) if isinstance(holder, dict) else None
    return isinstance(model, dict) and {"format", "name", "version"} <= model.keys()


def call(question: Question) -> Call:
    """Ask for one deployment: https://learn.microsoft.com/en-us/azure/ai-foundry/openai/api-version-lifecycle"""
    return replace(openai.call(question), headers=_key(question.key))


SOURCE = Source(
    "azure",
    openai.own_or_usual("value", _page, _headers),
    keys=("AZURE_OPENAI_API_KEY",),
    recognises=recognises,
    call=call,
)
