"""Which model of the catalog a deployment of LiteLLM's serves, and what its prices say."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from modelsync.errors import SourceFailed
from modelsync.records import Row, TargetChange
from modelsync.targets.litellm_config import opened
from modelsync.targets.litellm_deployments import (
    AVAILABILITY,
    FACTS,
    NAMES,
    PRICES,
    ROUTE,
    SPECIAL,
    number,
    special,
)
from modelsync.targets.litellm_deployments import Deployment as LiteLLM


@pytest.mark.parametrize(
    ("parameters", "info", "is_so"),
    [
        ({"model": "openai/gpt-4o"}, {}, True),
        ({"model": "gpt-4o"}, {}, True),
        ({"model": "gpt-4o", "custom_llm_provider": "openai"}, {}, True),
        ({"model": "openai/gpt-4o", "custom_llm_provider": "openai"}, {}, True),
        ({"model": "openai/responses/gpt-4o"}, {}, True),
        ({"model": "gpt-4o"}, {"litellm_provider": "openai"}, True),
        ({"model": "gpt-4o"}, {"litellm_provider": "azure"}, False),
        ({"model": "azure/gpt-4o"}, {}, False),
        ({"model": "openai/gpt-4o", "custom_llm_provider": "openrouter"}, {}, False),
        ({"model": "openrouter/openai/gpt-4o"}, {}, False),
        ({"model": "openai/my-gpt-4o"}, {}, False),
        ({"model": None}, {}, False),
        ({}, {}, False),
    ],
)
def test_a_deployment_serves_a_model_of_the_provider_that_it_reaches(parameters, info, is_so):
    assert LiteLLM("x", parameters, info).serves("openai/gpt-4o") is is_so


@pytest.mark.parametrize("model", ["bedrock/converse/x.y-v1:0", "bedrock/x.y-v1:0"])
def test_each_api_of_a_provider_reaches_the_same_model(model):
    assert LiteLLM("x", {"model": model}).serves("bedrock/x.y-v1:0")
    assert LiteLLM("x", {"model": "x.y-v1:0"}, {"litellm_provider": "bedrock_converse"}).serves(
        "bedrock/x.y-v1:0"
    )
    assert not LiteLLM("x", {"model": "x.y-v1:0"}).serves("bedrock/x.y-v1:0")


def test_a_special_price_is_one_that_is_another_than_the_usual():
    prices: dict[str, Any] = {
        "input_cost_per_token": 1,
        "input_cost_per_token_above_200k_tokens": 2,
        "input_cost_per_token_above_200k_tokens_priority": "3",
        "input_cost_per_token_batches": Decimal("1.0"),
        "output_cost_per_token_flex": 4,
        "input_cost_per_second": 5,
        "input_cost_per_token_cache_hit": 6,
        "cache_creation_input_token_cost_above_1hr": 7,
        "tiered_pricing": None,
        "model": "x",
    }
    assert special(prices) == {
        "input_cost_per_token_above_200k_tokens": 2,
        "input_cost_per_token_above_200k_tokens_priority": 3,
        "output_cost_per_token_flex": 4,
    }


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("0.5", Decimal("0.5")),
        (Decimal("1E-7"), Decimal("0.0000001")),
        (3, Decimal(3)),
        (True, True),
        ("chat", "chat"),
        ("sNaN", "sNaN"),
        (Decimal("1e99999999999"), "1E+99999999999"),
        ({"low": "1"}, {"low": Decimal(1)}),
    ],
)
def test_numbers_are_read_as_such_and_what_cannot_be_one_is_text(value, expected):
    assert number(value) == expected


def test_a_file_that_somebody_changes_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    text = "model_list:\n- {model_name: m, litellm_params: {model: openai/m, input_cost_per_token: 1}}\n"
    path.write_text(text)
    values = dict.fromkeys((*PRICES, *FACTS)) | {NAMES: ("m",), ROUTE: "openai/m", SPECIAL: {}}
    row = Row("openai/m", values | {PRICES[0]: Decimal(2), AVAILABILITY: "available"}, "openai/m")
    with opened(path) as file:
        file.check([row])
        file.present()
        path.write_text(text + "# mine\n")
        with pytest.raises(SourceFailed, match="changed meanwhile"):
            file.write([TargetChange("update", row.id, row.model, row.name, lambda: row)], "", print)
    assert path.read_text() == text + "# mine\n"
