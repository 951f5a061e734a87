"""That the schemas take what the program takes, and name what it refuses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from json_schemas import faults

from modelsync import yamledit
from modelsync.catalog import Shape
from modelsync.config import Place, schema

ROOT = Path(__file__).parents[2]
CATALOGS = [ROOT / "catalog", *sorted(ROOT.glob("sync/modelsync/jobs/demo/**/catalog"))]
FILES = [file for folder in CATALOGS for file in sorted(folder.glob("providers/*.yaml"))]
ENTRY = "providers: {openai: {models: {gpt-4o: {model: a, %s}}}}"


def wrong(which: str, text: str) -> list[str]:
    loaded: dict[str, Any] = json.loads(schema.text(which))
    return list(faults(loaded, yamledit.parse(text).value()))


@pytest.mark.parametrize("folder", CATALOGS, ids=lambda folder: str(folder.relative_to(ROOT)))
def test_the_shipped_configurations_are_valid(folder: Path) -> None:
    assert wrong("sync", (folder / "sync.yaml").read_text()) == []


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_the_shipped_data_files_are_valid(file: Path) -> None:
    assert wrong("provider", file.read_text()) == []


@pytest.mark.parametrize(
    "text",
    [
        "pricng_unit: per_token",
        "pricing_unit: per_1l",
        "sources: {openrouter: {endpoints: []}}",
        "sources: {openrouter: {endpoint: x}}",
        "mapping: [{match: a}]",
        "owners: {pricing: upstreem}",
        "guards: {price_ratio: [10]}",
        "create_providers: yes",
    ],
)
def test_the_schema_of_the_configuration_names_what_is_refused(text: str) -> None:
    assert wrong("sync", text)


@pytest.mark.parametrize(
    "text",
    [
        "guards: {price_ratio: 10, removed_share: 0.2}",
        "guards: {price_ratio: '10'}",
        "exclude: {openai: [gpt-4, {id: x, until: 2027-01-01}]}",
        "mapping: [{match: a, provider: b, add: none}, {match: a, provider: b, add: [x*]}]",
        "accept: [{model: a/b, field: pricing.input, value: 3}]",
    ],
)
def test_the_schema_of_the_configuration_takes_what_is_right(text: str) -> None:
    assert wrong("sync", text) == []


@pytest.mark.parametrize(
    "fields",
    [
        "context_length: 128k",
        "context_length: -1",
        "pricing: {input: free}",
        "pricing: {input: -1}",
        "pricing: {tiers: [{input: 1}]}",
        "pricing: {windows: [{utc_start: '25:00', utc_end: '01:00'}]}",
        "features: vision",
        "features: [vision, vision]",
        "released: last May",
        "upstream: openai/gpt-4o",
        "hidden: perhaps",
        "priority: high",
        "base: {openai: gpt-4o}",
    ],
)
def test_the_schema_of_data_files_names_what_is_unreadable(fields: str) -> None:
    assert wrong("provider", ENTRY % fields)


@pytest.mark.parametrize(
    "fields",
    [
        "pricing: null, context_length: null, features: null, released: null, hidden: null",
        "pricing: {input: 0, tiers: [{above: 1, input: 0.5}], note: ours}, owner: us",
        "released: 2025, knowledge_cutoff: 2025-07, expires: 2026-01-31",
        "features: [vision, our-word], modalities: {input: [text]}",
        "upstream: {openrouter: openai/gpt-4o}, hidden: true, priority: 100, reason: ours",
        "base: openai/gpt-4o, upstream: {groq: gpt-4o}",
    ],
)
def test_the_schema_of_data_files_takes_what_is_right(fields: str) -> None:
    assert wrong("provider", ENTRY % fields) == []


def test_only_the_model_is_required() -> None:
    assert wrong("provider", "providers: {openai: {models: {gpt-4o: {}}}}") == [
        "$.providers.openai.models.gpt-4o: model is missing"
    ]
    assert wrong("provider", "providers:\n  openai:\n  gemini: {models: }\n") == []


def test_the_schema_knows_what_a_team_calls_its_keys() -> None:
    told = json.loads(schema.text("provider", Shape(keys={"model": "id", "pricing.input": "cost.in"})))
    entry = told["properties"]["providers"]["additionalProperties"]["properties"]["models"]
    fields = entry["additionalProperties"]
    assert fields["required"] == ["id"]
    assert fields["properties"]["cost"]["properties"].keys() == {"in"}


def test_the_schemas_are_kept_where_new_files_name_them(tmp_path: Path) -> None:
    place = Place(tmp_path / "catalog")
    schema.keep(place, Shape())
    kept = {path.name: path.read_text() for path in (tmp_path / ".modelsync/schema").iterdir()}
    assert kept == {f"{which}.json": schema.text(which) for which in ("sync", "provider")}


def test_where_there_is_no_room_for_schemas_there_are_none(tmp_path: Path) -> None:
    (tmp_path / ".modelsync").write_text("a file")
    schema.keep(Place(tmp_path / "catalog"), Shape())
    assert (tmp_path / ".modelsync").read_text() == "a file"
