"""The real LiteLLM proxy against the source that reads it. Not part of the suite: the proxy takes a minute
to install. `LITELLM=path/to/litellm pytest -n0 tests/interop_litellm.py`
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest

from modelsync.http import Client
from modelsync.records import Failure, Listing, Model
from modelsync.sources import Endpoint, SourceSettings, listing_of
from real_litellm import KEY, started

CONFIG = """
model_list:
  - {model_name: gpt-4o, litellm_params: {model: openai/gpt-4o, api_key: none}}
  - {model_name: gpt-4o, litellm_params: {model: azure/gpt-4o, api_key: none, api_base: "http://127.0.0.1:9"}}
  - {model_name: own, litellm_params: {model: openai/my-private-finetune, api_key: none}}
  - model_name: priced
    litellm_params:
      model: openai/my-priced-finetune
      api_key: none
      input_cost_per_token: 0.0000025
      output_cost_per_token: 0.00001
  - {model_name: embed, litellm_params: {model: openai/text-embedding-3-small, api_key: none}}
  - {model_name: plain, litellm_params: {model: my-model, custom_llm_provider: openai, api_key: none}}
router_settings: {model_group_alias: {gpt-4: gpt-4o}}
general_settings: {master_key: sk-interop}
"""


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with started(tmp_path_factory.mktemp("proxy"), CONFIG) as url:
        yield url


def listing(url: str, key: str = KEY) -> Listing | Failure:
    return listing_of("litellm", SourceSettings((Endpoint(url),)), Client(), key=key)


@pytest.fixture
def models(proxy: str) -> dict[str, Model]:
    found = listing(proxy)
    assert isinstance(found, Listing), found
    assert (found.complete, found.skipped) == (True, ())
    return {model.id: model for model in found.models}


def test_each_model_is_listed_once_by_its_provider(models):
    assert sorted(models) == [
        "azure/gpt-4o",
        "openai/gpt-4o",
        "openai/my-model",
        "openai/my-priced-finetune",
        "openai/my-private-finetune",
        "openai/text-embedding-3-small",
    ]


def test_what_is_known_is_said(models):
    values = models["openai/gpt-4o"].values
    assert (values["context_length"], values["max_output_tokens"]) == (128000, 16384)
    assert (values["pricing.input"], values["pricing.output"]) == (Decimal("2.5"), Decimal(10))
    assert {"chat", "vision", "function_calling"} <= set(values["features"])
    assert models["openai/text-embedding-3-small"].values["pricing.input"] == Decimal("0.02")


def test_what_is_set_is_said_and_what_is_unknown_is_not(models):
    priced = models["openai/my-priced-finetune"].values
    assert (priced["pricing.input"], priced["pricing.output"]) == (Decimal("2.5"), Decimal(10))
    for name in ("openai/my-private-finetune", "openai/my-model"):
        assert not [field for field in models[name].values if field.startswith("pricing.")]


def test_a_wrong_key_is_a_failure(proxy):
    failure = listing(proxy, "sk-wrong")  # 401, or 400 where the proxy has no database to look it up in
    assert isinstance(failure, Failure)
    assert "HTTP 40" in failure.reason
    assert "sk-wrong" not in f"{failure}"


def test_all_that_it_says_is_known_here(proxy):
    found = listing(proxy)
    assert isinstance(found, Listing)
    assert found.drift == ()
