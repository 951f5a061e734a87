"""What models.dev says of a model that its vendor goes on with, or does not."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from asking import client

from modelsync.records import Listing
from modelsync.sources import Endpoint, SourceSettings, listing_of


@pytest.mark.parametrize(
    ("status", "deprecated"), [({"status": "deprecated"}, True), ({"status": "beta"}, False), ({}, False)]
)
def test_a_model_is_deprecated_where_its_status_says_so(
    tmp_path: Path, status: dict[str, str], deprecated: bool
) -> None:
    row = {"id": "gpt-4o", "cost": {"input": 2.5, "output": 10}, "limit": {"context": 128_000}, **status}
    models = listed(tmp_path, {"openai": {"id": "openai", "models": {"gpt-4o": row}}}).models
    assert [(model.id, model.deprecated) for model in models] == [("openai/gpt-4o", deprecated)]


def listed(folder: Path, answer: dict[str, Any]) -> Listing:
    file = folder / "api.json"
    file.write_text(json.dumps(answer))
    settings = SourceSettings(
        endpoints=(Endpoint("https://models.example/api.json"),), transformer="modelsdev"
    )
    with client() as asking:
        listing = listing_of("vendors", settings, asking, replay=file)
    assert isinstance(listing, Listing)
    return listing


def costing(*prices: tuple[float, float]) -> dict[str, Any]:
    return {f"m{n}": {"cost": {"input": one, "output": other}} for n, (one, other) in enumerate(prices)}


@pytest.mark.parametrize(
    ("provider", "prices", "free"),
    [
        ({"id": "zai-coding-plan"}, [(0, 0)], False),
        ({"id": "kimi-for-coding"}, [(0, 0), (0.5, 2)], False),
        ({"id": "acme-token-plan"}, [(0, 0)], False),
        ({"id": "acme", "name": "Acme Subscription"}, [(0, 0)], False),
        ({"id": "github-models"}, [(0, 0)] * 5, False),
        ({"id": "nvidia"}, [(0, 0)] * 4 + [(1, 2)], False),
        ({"id": "zai"}, [(0, 0)] + [(1, 2)] * 3, True),
        ({"id": "mistral"}, [(0, 0)], True),
        ({"id": "poolside"}, [(0, 0)] * 2, True),
        ({"id": "planet", "name": "Planet"}, [(0, 0)], True),
    ],
)
def test_what_a_plan_or_a_trial_pays_for_is_not_free(
    tmp_path: Path, provider: dict[str, str], prices: list[tuple[float, float]], free: bool
) -> None:
    listing = listed(tmp_path, {provider["id"]: {**provider, "models": costing(*prices)}})
    first, *others = listing.models
    assert ("pricing.input" in first.values) is free
    assert ("pricing.output" in first.values) is free
    assert {item.reason for item in first.unusable} == (
        set() if free else {"paid for by a plan or a trial, not free"}
    )
    paid = {"pricing.input": Decimal(1), "pricing.output": Decimal(2)}
    assert all(model.values == paid for model in others[-1:] if prices[-1] == (1, 2))


def test_a_zero_for_reasoning_or_audio_says_nothing(tmp_path: Path) -> None:
    cost = {"input": 1, "output": 2, "cache_write": 0, "reasoning": 0, "input_audio": 0, "output_audio": 0}
    (model,) = listed(tmp_path, {"a": {"id": "a", "models": {"b": {"cost": cost}}}}).models
    prices = {"pricing.input": Decimal(1), "pricing.output": Decimal(2), "pricing.cache_write": Decimal(0)}
    assert (model.values, model.unusable) == (prices, ())


def test_two_prices_for_one_condition_are_none(tmp_path: Path) -> None:
    tiers = [{"tier": {"size": 200_000}, "input": price} for price in (5, 6)]
    (model,) = listed(
        tmp_path, {"a": {"id": "a", "models": {"b": {"cost": {"input": 1, "tiers": tiers}}}}}
    ).models
    assert model.values == {"pricing.input": Decimal(1)}
    assert [fault.reason for fault in model.unusable] == ["two prices for one condition"]


def test_a_modality_that_nobody_knows_is_told_and_not_stated(tmp_path: Path) -> None:
    row = {"modalities": {"input": ["text", "pdf", "smell"], "output": ["text", "thought"]}}
    listing = listed(tmp_path, {"openai": {"id": "openai", "models": {"gpt-4o": row}}})
    (model,) = listing.models
    assert model.values["modalities.input"] == ("text", "pdf")
    assert model.values["modalities.output"] == ("text",)
    assert listing.drift == (
        "unknown modality smell (openai/gpt-4o)",
        "unknown modality thought (openai/gpt-4o)",
    )
