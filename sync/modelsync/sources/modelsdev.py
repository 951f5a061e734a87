"""models.dev's `api.json`: what vendors charge, by their own ids. Prices are USD per 1M tokens.

Format: https://models.dev
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from modelsync.records import SERVICE_TIERS, Model, Tier, Variant
from modelsync.sources import abilities, payload, rows
from modelsync.sources.facts import Facts, Fields, tier
from modelsync.sources.page import Page
from modelsync.sources.payload import NoValue
from modelsync.sources.source import Get, Source

FIELDS: Fields = {
    "name": ("name", payload.line),
    "description": ("description", payload.prose),
    "knowledge": ("knowledge_cutoff", payload.day),
    "release_date": ("released", payload.day),
}
LIMITS: Fields = {
    "context": ("context_length", payload.count),
    "output": ("max_output_tokens", payload.count),
}
IGNORED = payload.keys(
    "attachment family interleaved last_updated open_weights provider reasoning_options status temperature"
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
COST = payload.keys("tiers context_over_200k") | COSTS.keys()
SILENT = payload.keys("reasoning input_audio output_audio")  # of which zero is what nobody has filled in
ABLE = payload.keys("reasoning structured_output tool_call")
PAID_OTHERWISE = "paid otherwise"  # of a row: whether a zero is that of a plan, as its provider tells
PLAN = frozenset({"coding", "plan", "subscription"})  # words in the name of such a provider
_FEWEST_FREE = 3
ROW = {PAID_OTHERWISE, *payload.keys("id limit cost experimental modalities"), *FIELDS, *ABLE, *IGNORED}


def pages(endpoint: str, key: str, get: Get) -> Iterator[Page]:
    """The one page of the list, a row for each model of each provider. A key is not sent."""
    listed = rows.Rows({}, list(_of_all_providers(rows.recognised(get(endpoint).body, recognises))))
    yield rows.page_of(listed, _model, named="id", envelope=frozenset())


def _of_all_providers(sent: dict[str, Any]) -> Iterator[Any]:
    """A row for each model, its id with the provider before it."""
    for provider, value in sent.items():
        models = value.get("models") if isinstance(value, dict) else None
        if not isinstance(models, dict):
            yield {"id": provider, "limit": "no models"}
            continue
        paid_otherwise = _is_paid_otherwise(f"{provider} {value.get('name')}", models.values())
        for id_, row in models.items():
            is_row = isinstance(row, dict)
            yield {**row, "id": f"{provider}/{id_}", PAID_OTHERWISE: paid_otherwise} if is_row else row


def _is_paid_otherwise(names: str, models: Iterable[Any]) -> bool:
    """Whether a provider is a plan that one subscribes to, or most that it has costs nothing by the token."""
    costs = [row["cost"] for row in models if isinstance(row, dict) and isinstance(row.get("cost"), dict)]
    free = sum(map(_is_zero, costs))
    is_plan = not PLAN.isdisjoint(re.findall("[a-z]+", names.lower()))
    return is_plan or (free >= _FEWEST_FREE and 2 * free > len(costs))


def _is_zero(cost: dict[str, Any]) -> bool:
    return cost.get("input") == cost.get("output") == 0


def _model(row: dict[str, Any], facts: Facts) -> Model:
    id_ = payload.identifier(row["id"])
    limits, cost, modalities = (payload.part(row, key, dict) for key in ("limit", "cost", "modalities"))
    facts.note("", row, ROW)
    facts.take_fields(row, FIELDS)
    facts.take_fields(limits, LIMITS)
    facts.take_prices(cost, COSTS, payload.per_million, silent=SILENT)
    if row[PAID_OTHERWISE] and _is_zero(cost):
        for key in ("input", "output"):
            facts.refuse(f"pricing.{key}", 0, "paid for by a plan or a trial, not free")
    facts.take("pricing.tiers", _tiers, cost)
    facts.take("pricing.variants", _variants, row.get("experimental"))
    inputs, outputs = (payload.words_of(modalities, side) for side in ("input", "output"))
    able = abilities.meant((key for key in ABLE if row.get(key) is True), abilities.WORDS)
    abilities.state(facts, able, inputs, outputs)
    facts.note("cost.", cost, COST)
    facts.note("modality ", inputs | outputs, abilities.MODALITIES)
    return facts.model(id_, deprecated=row.get("status") == "deprecated")


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
    return tier(condition.get("size"), value, COSTS, payload.per_million)


def _variants(experimental: Any) -> tuple[Variant, ...] | None:
    """The prices of modes that are asked for by a service tier; of others a catalog has no word."""
    modes = experimental.get("modes") if isinstance(experimental, dict) else None
    by_tier: dict[str, dict[str, Any]] = {}
    for mode in modes.values() if isinstance(modes, dict) else ():
        match mode:
            case {"cost": dict() as cost, "provider": {"body": {"service_tier": str() as word}}}:
                by_tier.setdefault(word, cost)
    variants = []
    for word in (word for word in SERVICE_TIERS if word in by_tier):
        cost = by_tier[word]
        prices = {price: payload.per_million(cost[key]) for key, price in COSTS.items() if key in cost}
        variants += [Variant({"service_tier": word}, prices)] if prices else []
    return tuple(variants) or None


def recognises(answer: Any) -> bool:
    """Recognise an answer by its providers, each with a mapping of models."""
    providers = answer.values() if isinstance(answer, dict) else ()
    return any(isinstance(one, dict) and isinstance(one.get("models"), dict) for one in providers)


SOURCE = Source("modelsdev", pages, vendor_ids=True, native_ids=True, key="none", recognises=recognises)
