"""That each host of a model at OpenRouter is a provider of its own, and says what it charges itself."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from asking import client

from modelsync.records import Failure, Listing, Model
from modelsync.sources import Endpoint, SourceSettings, listing_of

DATA = Path(__file__).parents[1] / "data/openrouter-endpoints/qwen3-32b.json"
HOSTS = ("deepinfra", "groq", "novita", "siliconflow")


def read(sent: Any, folder: Path) -> Listing | Failure:
    (folder / "list.json").write_text(json.dumps(sent))
    settings = SourceSettings((Endpoint("file:list.json"),), transformer="openrouter-endpoints")
    return listing_of("hosts", settings, client(), folder=folder)


def models(sent: Any, folder: Path) -> dict[str, Model]:
    listing = read(sent, folder)
    assert isinstance(listing, Listing)
    return {model.id: model for model in listing.models}


@pytest.fixture
def sent() -> Any:
    return json.loads(DATA.read_text())


def test_each_host_says_its_own_prices_and_limits(sent, tmp_path):
    hosts = models(sent, tmp_path)
    assert list(hosts) == [
        f"{host}/qwen/qwen3-32b" for host in ("deepinfra", "groq", "novita", "siliconflow")
    ]
    assert hosts["groq/qwen/qwen3-32b"].values == {
        "name": "Qwen3 32B",
        "released": "2025-04-28",
        "context_length": 131072,
        "max_output_tokens": 40960,
        "pricing.input": Decimal("0.29"),
        "pricing.output": Decimal("0.59"),
        "pricing.cache_read": Decimal("0.145"),
        "modalities.input": ("text",),
        "modalities.output": ("text",),
        "features": ("chat", "function_calling", "tool_choice", "reasoning"),
    }
    assert hosts["deepinfra/qwen/qwen3-32b"].values["pricing.input"] == Decimal("0.08")


def test_what_one_host_charges_by_precision_has_no_price(sent, tmp_path):
    siliconflow = models(sent, tmp_path)["siliconflow/qwen/qwen3-32b"]
    assert "pricing.input" not in siliconflow.values
    assert siliconflow.values["pricing.output"] == Decimal("0.57")
    assert [one.reason for one in siliconflow.unusable] == ["its deployments differ"]


def test_a_price_at_a_discount_is_none(sent, tmp_path):
    sent["data"]["endpoints"][1]["pricing"]["discount"] = 0.25
    groq = models(sent, tmp_path)["groq/qwen/qwen3-32b"]
    assert not [field for field in groq.values if field.startswith("pricing.")]
    assert {one.field for one in groq.unusable} == {
        f"pricing.{name}" for name in ("input", "output", "cache_read")
    }


def test_what_nobody_knows_yet_is_told(sent, tmp_path):
    sent["data"]["weather"] = sent["data"]["endpoints"][0]["mood"] = "fine"
    listing = read(sent, tmp_path)
    assert isinstance(listing, Listing)
    assert listing.drift == ("unknown beside the hosts: weather", "unknown mood (deepinfra/qwen/qwen3-32b)")


@pytest.mark.parametrize(
    "changed", [{"endpoints": []}, {"endpoints": None}, {"endpoints": [5]}, {"id": None}]
)
def test_what_is_no_list_of_hosts_is_a_failure(changed, sent, tmp_path):
    assert isinstance(read({"data": sent["data"] | changed}, tmp_path), Failure)
