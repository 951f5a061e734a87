"""Lists that come as files: models.dev's `api.json`, LiteLLM's price map, or what another source answered.

Formats: https://models.dev and https://docs.litellm.ai/docs/provider_registration/add_model_pricing
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

from modelsync.errors import SourceFailed
from modelsync.http import excerpt
from modelsync.records import Model, Tier
from modelsync.sources import litellm_rows, payload, rows
from modelsync.sources.page import Page
from modelsync.sources.payload import NoValue, Rows, Said
from modelsync.sources.rows import Noted

if TYPE_CHECKING:
    from modelsync.http import Answer
    from modelsync.sources import Get

# A key that only the rows of one source have.
MARKS = {
    "canonical_slug": "openrouter",
    "display_name": "anthropic",
    "model_id": "aihubmix",
    "model_info": "litellm",
    "supportedGenerationMethods": "google",
}
NO_MODEL = "sample_spec"  # the entry of LiteLLM's map that explains the others

ROW = frozenset(
    {
        "cost",
        "description",
        "id",
        "knowledge",
        "limit",
        "modalities",
        "name",
        "reasoning",
        "release_date",
        "structured_output",
        "tool_call",
        # said, and not for a catalog
        "attachment",
        "experimental",
        "family",
        "interleaved",
        "last_updated",
        "open_weights",
        "provider",
        "reasoning_options",
        "status",
        "temperature",
    }
)
COSTS = {  # USD per 1M tokens
    "input": "input",
    "output": "output",
    "cache_read": "cache_read",
    "cache_write": "cache_write",
    "reasoning": "reasoning",
    "input_audio": "audio_input",
    "output_audio": "audio_output",
}
COST = frozenset({*COSTS, "tiers", "context_over_200k"})
ABLE = {
    "reasoning": "reasoning",
    "structured_output": "structured_outputs",
    "tool_call": "function_calling",
}
INPUTS = {"image": ("vision", "multimodal"), "audio": ("audio", "multimodal")}
OUTPUTS = {"audio": ("audio",), "image": ("image_generation",), "video": ("video_generation",)}

_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def pages(endpoint: str, key: str, get: Get) -> Iterator[Page]:
    """The one page of the list, read as what it turns out to be. A key is not sent."""
    answer = get(endpoint)
    sent = _decoded(answer.body)
    listed = [found for found in sent.values() if isinstance(found, dict)] if isinstance(sent, dict) else []
    if any(isinstance(found.get("models"), dict) for found in listed):
        yield rows.page_of(Rows({}, list(_of_all_providers(sent))), _model, named="id", envelope=frozenset())
    elif any("litellm_provider" in found for found in listed):
        yield litellm_rows.page_of(Rows({}, _deployments(sent)))
    else:
        yield from _read_by(_source_of(sent, answer.body), endpoint, answer)


def _decoded(body: bytes) -> Any:
    """Strict JSON of any shape, read as the one row of a list."""
    try:
        text = body.decode("utf-16" if body.startswith(_UTF16) else "utf-8-sig")
    except UnicodeError:
        raise SourceFailed("the answer is not text in UTF-8 or UTF-16") from None
    sent = list(payload.read_rows(f"[{text}]".encode()))
    if len(sent) != 1:
        raise SourceFailed(f"the answer is not a list of models: {excerpt(body)}")
    return sent[0]


def _source_of(sent: Any, body: bytes) -> str:
    """The source whose answer this is."""
    lists = [sent.get("data"), sent.get("models")] if isinstance(sent, dict) else [sent]
    listed = next((found for found in lists if isinstance(found, list)), None)
    if listed is None:
        raise SourceFailed(f"the answer is not a list of models: {excerpt(body)}")
    first = next((row for row in listed if isinstance(row, dict)), {})
    return next((source for mark, source in MARKS.items() if mark in first), "openai")


def _read_by(source: str, endpoint: str, answer: Answer) -> Iterator[Page]:
    from modelsync.sources import SOURCES

    return islice(SOURCES[source](endpoint, "", lambda url, headers={}: answer), 1)


def _deployments(price_map: dict[str, Any]) -> list[dict[str, Any]]:
    """LiteLLM's map as its proxy would say it: one deployment of each model."""
    return [
        {"model_name": id_, "litellm_params": _route(id_, stated), "model_info": stated}
        for id_, stated in price_map.items()
        if id_ != NO_MODEL
    ]


def _route(id_: str, stated: Any) -> dict[str, Any]:
    provider = stated.get("litellm_provider") if isinstance(stated, dict) else None
    return {"model": id_, "custom_llm_provider": provider}


# ---------------------------------------------------------------------------- models.dev


def _of_all_providers(sent: dict[str, Any]) -> Iterator[Any]:
    """A row for each model, its id with the provider before it."""
    for provider, stated in sent.items():
        models = stated.get("models") if isinstance(stated, dict) else None
        if not isinstance(models, dict):
            yield {"id": provider, "limit": "no models"}
            continue
        for id_, row in models.items():
            yield {**row, "id": f"{provider}/{id_}"} if isinstance(row, dict) else row


def _model(row: dict[str, Any], noted: Noted) -> Model:
    id_, said = payload.identifier(row["id"]), Said()
    limits, cost, modalities = (payload.part(row, key, dict) for key in ("limit", "cost", "modalities"))
    said.take("name", payload.line, row.get("name"))
    said.take("description", payload.prose, row.get("description"))
    said.take("context_length", payload.count, limits.get("context"))
    said.take("max_output_tokens", payload.count, limits.get("output"))
    for key in (key for key in COSTS if key in cost):
        said.take(f"pricing.{COSTS[key]}", payload.per_million, cost[key])
    said.take("pricing.tiers", _tiers, cost)
    said.take("knowledge_cutoff", payload.day, row.get("knowledge"))
    said.take("released", payload.day, row.get("release_date"))
    _abilities(row, modalities, said)
    rows.note(noted, "", row, ROW, id_)
    rows.note(noted, "cost.", cost, COST, id_)
    rows.note_remarks(noted, row, ("name", "description"), id_)
    return Model(id_, said.values, unusable=tuple(said.unusable))


def _tiers(cost: dict[str, Any]) -> tuple[Tier, ...] | None:
    """Where there are `tiers`, `context_over_200k` is their older spelling, whatever length they name."""
    old = cost.get("context_over_200k")
    stated = cost.get("tiers") or ([{**old, "tier": {"size": 200_000}}] if isinstance(old, dict) else [])
    if not isinstance(stated, list):
        raise NoValue("not a list of conditions")
    return tuple(sorted(map(_tier, stated), key=lambda tier: tier.above)) or None


def _tier(stated: Any) -> Tier:
    condition = stated.get("tier") if isinstance(stated, dict) else None
    if not isinstance(condition, dict) or condition.get("type", "context") != "context":
        raise NoValue("a condition that is not understood")
    above = payload.count(condition.get("size"))
    if above is None:
        raise NoValue("a tier from no length on")
    return Tier(
        above, {price: payload.per_million(stated[key]) for key, price in COSTS.items() if key in stated}
    )


def _abilities(row: dict[str, Any], modalities: dict[str, Any], said: Said) -> None:
    inputs, outputs = (payload.words(payload.part(modalities, side, list)) for side in ("input", "output"))
    able = {feature for key, feature in ABLE.items() if row.get(key) is True}
    able.update(feature for word in inputs for feature in INPUTS.get(word, ()))
    able.update(feature for word in outputs for feature in OUTPUTS.get(word, ()))
    if "text" in inputs and "text" in outputs:
        able.add("chat")
    for field, words in (("modalities.input", inputs), ("modalities.output", outputs)):
        if words:
            said.values[field] = tuple(sorted(words, key=lambda word: (word != "text", word)))
    if able:
        said.values["features"] = payload.features(able)
