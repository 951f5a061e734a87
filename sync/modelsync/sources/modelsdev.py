"""models.dev's `api.json`: what vendors charge, by their own ids. Prices are USD per 1M tokens.

Format: https://models.dev
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from modelsync.records import Model, Tier
from modelsync.sources import abilities, payload, rows
from modelsync.sources.page import Page
from modelsync.sources.payload import Facts, NoValue, Rows
from modelsync.sources.rows import Noted
from modelsync.sources.source import Get, Source

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
ABLE: abilities.Words = {
    "reasoning": ("reasoning",),
    "structured_output": ("structured_outputs",),
    "tool_call": ("function_calling",),
}


def pages(endpoint: str, key: str, get: Get) -> Iterator[Page]:
    """The one page of the list, a row for each model of each provider. A key is not sent."""
    listed = Rows({}, list(_of_all_providers(payload.mapping(get(endpoint).body, recognises))))
    yield rows.page_of(listed, _model, named="id", envelope=frozenset())


def _of_all_providers(sent: dict[str, Any]) -> Iterator[Any]:
    """A row for each model, its id with the provider before it."""
    for provider, value in sent.items():
        models = value.get("models") if isinstance(value, dict) else None
        if not isinstance(models, dict):
            yield {"id": provider, "limit": "no models"}
            continue
        for id_, row in models.items():
            yield {**row, "id": f"{provider}/{id_}"} if isinstance(row, dict) else row


def _model(row: dict[str, Any], noted: Noted) -> Model:
    id_, facts = payload.identifier(row["id"]), Facts()
    limits, cost, modalities = (payload.part(row, key, dict) for key in ("limit", "cost", "modalities"))
    facts.take("name", payload.line, row.get("name"))
    facts.take("description", payload.prose, row.get("description"))
    facts.take("context_length", payload.count, limits.get("context"))
    facts.take("max_output_tokens", payload.count, limits.get("output"))
    for key in (key for key in COSTS if key in cost):
        facts.take(f"pricing.{COSTS[key]}", payload.per_million, cost[key])
    facts.take("pricing.tiers", _tiers, cost)
    facts.take("knowledge_cutoff", payload.day, row.get("knowledge"))
    facts.take("released", payload.day, row.get("release_date"))
    _abilities(row, modalities, facts)
    rows.note(noted, "", row, ROW, id_)
    rows.note(noted, "cost.", cost, COST, id_)
    rows.note_remarks(noted, row, ("name", "description"), id_)
    return Model(id_, facts.values, unusable=tuple(facts.unusable))


def _tiers(cost: dict[str, Any]) -> tuple[Tier, ...] | None:
    """Where there are `tiers`, `context_over_200k` is their older spelling, whatever length they name."""
    old = cost.get("context_over_200k")
    value = cost.get("tiers") or ([{**old, "tier": {"size": 200_000}}] if isinstance(old, dict) else [])
    if not isinstance(value, list):
        raise NoValue("not a list of conditions")
    return tuple(sorted(map(_tier, value), key=lambda tier: tier.above)) or None


def _tier(value: Any) -> Tier:
    condition = value.get("tier") if isinstance(value, dict) else None
    if not isinstance(condition, dict) or condition.get("type", "context") != "context":
        raise NoValue("a condition that is not understood")
    above = payload.count(condition.get("size"))
    if above is None:
        raise NoValue("a tier from no length on")
    return Tier(
        above, {price: payload.per_million(value[key]) for key, price in COSTS.items() if key in value}
    )


def _abilities(row: dict[str, Any], modalities: dict[str, Any], facts: Facts) -> None:
    inputs, outputs = (payload.words(payload.part(modalities, side, list)) for side in ("input", "output"))
    able = abilities.meant((key for key in ABLE if row.get(key) is True), ABLE)
    able |= abilities.of_modalities(inputs, outputs)
    abilities.state(facts, able, *(_text_first(words) for words in (inputs, outputs)))


def _text_first(words: frozenset[str]) -> tuple[str, ...]:
    return tuple(sorted(words, key=lambda word: (word != "text", word)))


def recognises(answer: Any) -> bool:
    """Recognise an answer by its providers, each with a mapping of models."""
    providers = answer.values() if isinstance(answer, dict) else ()
    return any(isinstance(one, dict) and isinstance(one.get("models"), dict) for one in providers)


SOURCE = Source("modelsdev", pages, vendor_ids=True, native_ids=True, recognises=recognises)
