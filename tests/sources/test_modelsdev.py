"""What models.dev says of a model that its vendor goes on with, or does not."""

from __future__ import annotations

import json
from pathlib import Path

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
    file = tmp_path / "api.json"
    file.write_text(json.dumps({"openai": {"id": "openai", "models": {"gpt-4o": row}}}))
    settings = SourceSettings(
        endpoints=(Endpoint("https://models.example/api.json"),), transformer="modelsdev"
    )
    with client() as asking:
        listing = listing_of("vendors", settings, asking, replay=file)
    assert isinstance(listing, Listing)
    assert [(model.id, model.deprecated) for model in listing.models] == [("openai/gpt-4o", deprecated)]
