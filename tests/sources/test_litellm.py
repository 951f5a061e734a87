"""What the source says of a LiteLLM proxy's deployments: whose they are, what is known, and what is one."""

from __future__ import annotations

import json
from decimal import Decimal
from itertools import permutations
from pathlib import Path

import pytest
from asking import client
from hostile import assert_harmless, junk_for, one_row
from hypothesis import given
from hypothesis import strategies as st

from fault_server import FaultServer, reply
from modelsync.records import Failure, Listing, Model, Tier, Variant
from modelsync.records.litellm import PRICES, RANGES, SEARCH, SERVICE_TIERS
from modelsync.sources import Endpoint, SourceSettings, listing_of, litellm
from modelsync.sources.litellm_rows import BASE, SUPPORTS, WINDOWS

DATA = Path(__file__).parents[1] / "data" / "litellm"
VERSIONS = ("1.80.0", "1.109.1")
INFO = {
    "mode": "chat",
    "max_input_tokens": 128000,
    "max_output_tokens": 16384,
    "input_cost_per_token": 2.5e-06,
    "output_cost_per_token": 1e-05,
}


def row(model: str = "openai/gpt-4o", parameters: dict | None = None, **info) -> dict:
    return {
        "model_name": "an alias",
        "litellm_params": {"model": model, **(parameters or {})},
        "model_info": {**INFO, **info},
    }


def parsed(*rows: dict) -> tuple[Model, ...]:
    return litellm.parse(json.dumps({"data": rows}).encode()).models


def read(model: str = "openai/gpt-4o", parameters: dict | None = None, **info) -> Model:
    (found,) = parsed(row(model, parameters, **info))
    return found


def bare(**info) -> dict[str, object]:
    """What a deployment says of which nothing else is known."""
    deployment = {"litellm_params": {"model": "openai/x"}, "model_info": info}
    (model,) = parsed(deployment)
    return model.values


def priced(parameters: dict | None = None, **info) -> dict[str, str]:
    values = read(parameters=parameters, **info).values
    found = {field: value for field, value in values.items() if isinstance(value, Decimal)}
    return {field.removeprefix("pricing."): f"{value:f}" for field, value in found.items()}


def recorded(version: str) -> dict[str, Model]:
    page = litellm.parse((DATA / f"model_info-{version}.json").read_bytes())
    return {model.id: model for model in page.models}


def listing_from(url: str, **options) -> Listing | Failure:
    return listing_of("litellm", SourceSettings((Endpoint(url),)), client(), **options)


# ---------------------------------------------------------------------------- a whole deployment


def test_says_all_that_a_deployment_says():
    model = recorded("1.80.0")["anthropic/claude-sonnet-4-5-20250929"]
    tier = {
        "input": Decimal(6),
        "output": Decimal("22.5"),
        "cache_read": Decimal("0.6"),
        "cache_write": Decimal("7.5"),
    }
    assert model.unusable == ()
    assert model.values == {
        "aliases": ("smart",),
        "context_length": 200000,
        "max_output_tokens": 64000,
        "pricing.input": Decimal(3),
        "pricing.output": Decimal(15),
        "pricing.cache_read": Decimal("0.3"),
        "pricing.cache_write": Decimal("3.75"),
        "pricing.web_search": Decimal("0.01"),
        "pricing.tiers": (Tier(200000, tier),),
        "modalities.input": ("text", "image", "file"),
        "modalities.output": ("text",),
        "features": (
            "chat",
            "vision",
            "multimodal",
            "function_calling",
            "tool_choice",
            "structured_outputs",
            "reasoning",
            "web_search",
        ),
    }


@pytest.mark.parametrize("version", VERSIONS)
def test_aliases_and_deployments_of_one_model_are_one(version):
    rows = json.loads((DATA / f"model_info-{version}.json").read_text())["data"]
    assert (len(rows), len(recorded(version))) == (22, 20)
    assert {"openai/gpt-4o", "azure/gpt-4o"} <= recorded(version).keys()


@pytest.mark.fault("bombs", "names and descriptions without end")
def test_very_many_deployments_of_one_model_are_read_in_time_that_grows_with_their_number():
    (model,) = parsed(*(row() | {"model_name": f"alias {number}"} for number in range(20_000)))
    assert "aliases" not in model.values
    assert [(fault.field, fault.reason) for fault in model.unusable] == [("aliases", "more than 100 items")]
    (model,) = parsed(*(row() | {"model_name": name} for name in ("b", "a", "b")))
    assert model.values["aliases"] == ("a", "b")


# ---------------------------------------------------------------------------- whose it is


@pytest.mark.parametrize(
    ("model", "provider", "id_"),
    [
        ("openai/gpt-4o", None, "openai/gpt-4o"),
        ("gpt-4o", None, "other/gpt-4o"),
        ("gpt-4o", "", "other/gpt-4o"),
        ("gpt-4o", "azure", "azure/gpt-4o"),
        ("azure/gpt-4o", "azure", "azure/gpt-4o"),
        ("Qwen/Qwen3-32B", "hosted_vllm", "hosted_vllm/Qwen/Qwen3-32B"),
        ("hosted_vllm/Qwen/Qwen3-32B", None, "hosted_vllm/Qwen/Qwen3-32B"),
        ("openrouter/anthropic/claude-sonnet-4.5", None, "openrouter/anthropic/claude-sonnet-4.5"),
        ("bedrock/us.anthropic.claude-v1:0", None, "bedrock/us.anthropic.claude-v1:0"),
        ("bedrock/converse/anthropic.claude-v2:1", None, "bedrock/anthropic.claude-v2:1"),
        ("bedrock/invoke/eu-central-1/amazon.nova-pro-v1:0", None, "bedrock/amazon.nova-pro-v1:0"),
        ("bedrock/us-gov-east-1/1-month-commitment/m", "bedrock", "bedrock/m"),
        ("bedrock/converse/arn:aws:bedrock:x:1:p/abc", None, "bedrock/arn:aws:bedrock:x:1:p/abc"),
        ("bedrock/deepseek_r1/arn:aws:bedrock:x:1:m/abc", None, "bedrock/arn:aws:bedrock:x:1:m/abc"),
        ("bedrock/async_invoke/amazon.nova-reel-v1:0", None, "bedrock/amazon.nova-reel-v1:0"),
        ("bedrock/converse", None, "bedrock/converse"),
        ("groq/openai/gpt-oss-120b", None, "groq/openai/gpt-oss-120b"),
        ("azure/responses/my-deployment", None, "azure/my-deployment"),
        ("openai/responses", None, "openai/responses"),
        ("huggingface/together/Qwen/Qwen3", None, "huggingface/together/Qwen/Qwen3"),
    ],
)
def test_the_provider_is_the_one_that_is_set_else_the_one_in_front(model, provider, id_):
    found = read(model, {"custom_llm_provider": provider}, key="another-name", litellm_provider="other")
    assert found.id == id_


@pytest.mark.parametrize("model", ["", "openai/", "../x", "openai/a b", "-x", "openai/a\x1bb", None, 5])
def test_an_id_that_could_be_something_else_is_skipped(model):
    page = litellm.parse(one_row({**row(), "litellm_params": {"model": model}}))
    assert [skipped.id for skipped in page.skipped] == ["an alias"]
    assert page.models == ()


@pytest.mark.parametrize("provider", [5, ["openai"], "../x", "a b"])
def test_a_provider_that_could_be_something_else_is_skipped(provider):
    page = litellm.parse(one_row(row("gpt-4o", {"custom_llm_provider": provider})))
    assert (len(page.models), len(page.skipped)) == (0, 1)


def test_a_route_to_whatever_matches_is_no_model():
    assert [model.id for model in parsed(row("openai/*"), row(), row("*"))] == ["openai/gpt-4o"]


# ---------------------------------------------------------------------------- limits


@pytest.mark.parametrize(
    ("stated", "context", "output"),
    [
        ({"max_input_tokens": 128000, "max_output_tokens": 8, "max_tokens": 8}, 128000, 8),
        ({"max_input_tokens": 8191, "max_tokens": 8191}, 8191, None),
        ({"max_output_tokens": 4096, "max_tokens": 4096}, None, 4096),
        ({"max_tokens": 4096}, 4096, None),
        ({"max_tokens": 262144, "max_input_tokens": 262000, "mode": "chat"}, 262000, None),
        ({"max_tokens": 9, "max_input_tokens": 128000, "max_output_tokens": 8}, 128000, 8),
        ({"max_tokens": 4096, "max_input_tokens": None, "max_output_tokens": None}, 4096, None),
        ({}, None, None),
    ],
)
def test_the_context_is_never_the_output_limit(stated, context, output):
    values = bare(**stated)
    assert (values.get("context_length"), values.get("max_output_tokens")) == (context, output)


def test_the_day_of_its_deprecation_is_its_end():
    assert bare(deprecation_date="2026-10-01")["expires"] == "2026-10-01"
    (unusable,) = read(deprecation_date="soon").unusable
    assert (unusable.field, unusable.reason) == ("expires", "not a date")


# ---------------------------------------------------------------------------- prices


def test_a_price_per_token_is_exact_per_million():
    text = '{"input_cost_per_token": 2.5e-06, "output_cost_per_token": 8.333333333333334e-08}'
    deployment = f'{{"litellm_params": {{"model": "openai/x"}}, "model_info": {text}}}'
    (model,) = litellm.parse(f'{{"data": [{deployment}]}}'.encode()).models
    assert f"{model.values['pricing.input']} {model.values['pricing.output']}" == "2.5 0.08333333333333334"
    assert priced(input_cost_per_token=1.5000000000000002e-07)["input"] == "0.15"
    assert priced(input_cost_per_token="1e-05")["input"] == "10"


def test_every_price_key_has_its_place():
    stated = dict.fromkeys(PRICES, 4e-06)
    assert priced(**stated) == dict.fromkeys(PRICES.values(), "4")


def test_cache_read_and_cache_write_are_not_swapped():
    found = priced(cache_read_input_token_cost=1e-07, cache_creation_input_token_cost=1.25e-06)
    assert (found["cache_read"], found["cache_write"]) == ("0.1", "1.25")


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    "id_",
    ["ollama/qwen3:8b", "hosted_vllm/Qwen/Qwen3-32B", "openai/my-private-finetune", "openai/whisper-1"],
)
def test_an_unknown_price_is_unknown_in_every_version(version, id_):
    model = recorded(version)[id_]
    assert not [field for field in model.values if field.startswith("pricing.")]
    assert {one.reason.partition(" is ")[2] for one in model.unusable} <= {
        "not USD by the token, or not known"
    }


@pytest.mark.parametrize("nothing", [0, 0.0, "0", None])
def test_no_price_in_and_none_out_is_unknown(nothing):
    assert priced(input_cost_per_token=nothing, output_cost_per_token=nothing) == {}
    assert read(parameters=dict.fromkeys(BASE), **dict.fromkeys(BASE, nothing)).unusable == ()


def test_a_price_in_with_none_out_is_known():
    model = recorded("1.80.0")["openai/text-embedding-3-small"]
    assert (model.values["pricing.input"], model.values["pricing.output"]) == (Decimal("0.02"), 0)


@pytest.mark.parametrize("nothing", [0, None])
def test_what_the_proxy_does_not_know_it_was_told(nothing):
    told = {"input_cost_per_token": "3e-06", "output_cost_per_token": 6e-06}
    unknown = dict.fromkeys(BASE, nothing)
    assert priced(told, **unknown) == {"input": "3", "output": "6"}
    assert priced(told) == {"input": "2.5", "output": "10"}
    assert priced(dict.fromkeys(BASE, 0), **unknown) == {"input": "0", "output": "0"}


@pytest.mark.parametrize(
    ("stated", "reason"),
    [
        (-1, "a variable price"),
        (-2e-06, "a negative price"),
        ("free", "not a number"),
        (True, "true or false, not a price"),
        ([1], "a list, not a price"),
    ],
)
def test_what_is_no_price_is_reported_and_never_zero(stated, reason):
    model = read(input_cost_per_token=stated)
    assert "pricing.input" not in model.values
    assert [(unusable.field, unusable.reason) for unusable in model.unusable] == [("pricing.input", reason)]


def test_tiers_are_in_order_and_only_at_what_the_input_price_changes():
    model = read(
        input_cost_per_token_above_272k_tokens=4e-06,
        input_cost_per_token_above_128k_tokens=3e-06,
        output_cost_per_token_above_128k_tokens=2e-05,
        output_cost_per_token_above_200k_tokens=9e-05,
        input_cost_per_token_above_128k_tokens_priority=9e-05,
    )
    assert model.values["pricing.tiers"] == (
        Tier(128000, {"input": Decimal(3), "output": Decimal(20)}),
        Tier(272000, {"input": Decimal(4)}),
    )


def test_a_tier_that_is_no_price_is_reported_and_states_none():
    model = read(input_cost_per_token_above_128k_tokens="free")
    assert "pricing.tiers" not in model.values
    assert [unusable.field for unusable in model.unusable] == ["pricing.tiers"]


@pytest.mark.parametrize(
    ("key", "field"), [("tiered_pricing", "pricing.tiers"), ("off_peak_pricing", "pricing.windows")]
)
def test_prices_in_a_form_that_is_not_read_are_reported(key, field):
    (unusable,) = read(**{key: [{"max_results_range": [0, 25], "input_cost_per_query": 0.005}]}).unusable
    assert unusable.field == field
    assert key in unusable.reason


def test_prices_by_ranges_of_the_prompt_are_the_base_and_its_tiers():
    """As DashScope's in LiteLLM's map: a request is billed by the range that its prompt falls in."""
    ranges = [
        {"range": [32000.0, 128000.0], "input_cost_per_token": 2.4e-06, "output_cost_per_token": 1.2e-05},
        {"range": [0, 32000.0], "input_cost_per_token": 1.2e-06, "output_cost_per_token": 6e-06},
    ]
    values = bare(tiered_pricing=ranges)
    assert (values["pricing.input"], values["pricing.output"]) == (Decimal("1.2"), Decimal(6))
    assert values["pricing.tiers"] == (Tier(32000, {"input": Decimal("2.4"), "output": Decimal(12)}),)


@pytest.mark.parametrize(
    "key",
    [
        "input_cost_per_second",
        "output_cost_per_image",
        "ocr_cost_per_page",
        "ocr_cost_per_page_batches",
        "input_dbu_cost_per_token",
        "cache_creation_input_token_cost_above_12hr_flex",
    ],
)
def test_what_is_not_billed_by_the_token_is_reported_and_changes_no_price(key):
    model = read(**{key: 0.006})
    assert [(one.text, one.reason) for one in model.unusable] == [
        ("0.006", f"{key} is not USD by the token, or not known")
    ]
    assert model.values["pricing.input"] == Decimal("2.5")
    assert read(**{key: 0}).unusable == read(**{key: None}).unusable == ()


@pytest.mark.parametrize(("ending", "word"), SERVICE_TIERS.items())
def test_prices_of_a_service_tier_are_a_variant_and_those_of_long_prompts_another(ending, word):
    stated = {
        f"input_cost_per_token{ending}": 1.25e-06,
        f"cache_read_input_token_cost{ending}": 0,
        f"output_cost_per_token_above_272k_tokens{ending}": 1.125e-05,
        f"output_cost_per_token{ending}": None,
    }
    when = {"service_tier": word}
    model = read(**stated)
    assert model.values["pricing.variants"] == (
        Variant(when, {"input": Decimal("1.25")}),
        Variant(when, {"output": Decimal("11.25")}, above=272_000),
    )
    assert model.values["pricing.input"] == Decimal("2.5")
    assert model.unusable == ()
    assert "pricing.variants" not in read(**dict.fromkeys(stated, 0)).values


def test_a_price_of_a_service_tier_that_is_none_is_reported_and_states_no_variant():
    model = read(input_cost_per_token_flex=-1, input_cost_per_token_batches=1e-06)
    assert "pricing.variants" not in model.values
    assert [(one.field, one.reason) for one in model.unusable] == [("pricing.variants", "a variable price")]


@pytest.mark.parametrize("zero", [0, 0.0, "0"])
@pytest.mark.parametrize("side", ["input", "output"])
def test_a_zero_beside_a_price_is_what_the_proxy_does_not_know(side, zero):
    key = f"{side}_cost_per_token"
    assert side not in priced(**{key: zero})
    assert priced({key: 0}, **{key: zero})[side] == "0"


@pytest.mark.parametrize(
    ("key", "price"),
    [
        ("cache_read_input_token_cost", "cache_read"),
        ("cache_creation_input_token_cost", "cache_write"),
        ("output_cost_per_reasoning_token", "reasoning"),
        ("input_cost_per_token_above_200k_tokens", "tiers"),
        ("cache_read_input_token_cost_above_200k_tokens", "tiers"),
    ],
)
def test_nothing_is_free_of_a_model_that_costs_something_but_to_write_to_a_cache_that_costs(key, price):
    assert f"pricing.{price}" not in read(**{key: 0}).values
    free = priced(cache_read_input_token_cost=1e-7, cache_creation_input_token_cost=0)
    assert free["cache_write"] == "0"


@pytest.mark.parametrize(("mode", "free"), [("embedding", True), ("rerank", True), ("chat", False)])
def test_what_gives_out_no_tokens_has_none_that_cost(mode, free):
    assert ("output" in priced(mode=mode, output_cost_per_token=0)) is free


def test_a_zero_says_nothing_on_a_side_that_is_billed_by_something_else_than_tokens():
    prices = priced(mode="image_generation", output_cost_per_token=0, output_cost_per_image=0.04)
    assert (prices["input"], "output" in prices) == ("2.5", False)
    assert priced(mode="rerank", output_cost_per_token=0, input_cost_per_query=0.002)["output"] == "0"
    searches = {"supports_web_search": True, "search_context_cost_per_query": {"search_context_size_low": 0}}
    assert "web_search" not in priced(**searches)


@pytest.mark.parametrize(
    ("names", "aliases"),
    [
        (["smart"], ("smart",)),
        (["smart", "cheap"], ("cheap", "smart")),
        (["gpt-4o"], None),
        (["gpt-4o", "smart"], ("gpt-4o", "smart")),
        (["openai/gpt-4o"], None),
        (["*"], None),
        (["two  words"], ("two words",)),
        ([7], None),
    ],
)
def test_the_names_that_clients_of_the_proxy_send_are_kept(names, aliases):
    (model,) = parsed(*({**row(), "model_name": name} for name in names))
    assert model.values.get("aliases") == aliases


@pytest.mark.parametrize(
    ("known", "provider"),
    [
        ("openai", "openai"),
        ("bedrock_converse", "bedrock"),
        ("vertex_ai-language-models", "vertex_ai"),
        ("text-completion-openai", "openai"),
        ("cohere_chat", "cohere"),
        ("azure_ai", "azure_ai"),
        (None, "unknown"),
        (5, "unknown"),
    ],
)
def test_a_model_without_a_provider_is_the_one_that_the_proxy_found(known, provider):
    assert read("m", litellm_provider=known).id == f"{provider}/m"


def test_a_search_has_a_price_where_there_is_one():
    sizes = {"search_context_size_low": 0.01, "search_context_size_high": 0.01}
    assert priced(supports_web_search=True, search_context_cost_per_query=sizes)["web_search"] == "0.01"
    assert "web_search" not in priced(search_context_cost_per_query=sizes)
    (unusable,) = recorded("1.109.1")["perplexity/sonar-pro"].unusable
    assert (unusable.field, unusable.text) == ("pricing.web_search", "0.006 or 0.01 or 0.014")


# ---------------------------------------------------------------------------- features


@pytest.mark.parametrize("key", SUPPORTS)
def test_what_is_supported_is_a_feature_and_nothing_else_is(key):
    features = read(**{key: True}).values["features"]
    assert set(features) == {"chat", *SUPPORTS[key]}
    for stated in (False, None, "true", 1):
        assert read(**{key: stated}).values["features"] == ("chat",)


@pytest.mark.parametrize(
    ("mode", "features"),
    [
        ("chat", ("chat",)),
        ("embedding", ("embeddings",)),
        ("rerank", ("rerank",)),
        ("audio_transcription", ("transcription",)),
        ("audio_speech", ("speech",)),
        ("image_generation", ("image_generation",)),
        ("responses", ("chat",)),
        ("completion", None),
        (None, None),
    ],
)
def test_the_mode_is_a_feature(mode, features):
    assert bare(mode=mode).get("features") == features


def test_modalities_are_those_of_chat_models():
    values = read(supports_vision=True, supports_video_input=True, supports_audio_output=True).values
    assert values["modalities.input"] == ("text", "image", "video")
    assert values["modalities.output"] == ("text", "audio")
    assert "modalities.input" not in read(mode="embedding", supports_vision=True).values


# ---------------------------------------------------------------------------- many deployments


def test_what_one_deployment_does_not_say_another_does():
    empty = {"litellm_params": {"model": "openai/gpt-4o"}, "model_info": {}}
    (folded,) = parsed(empty, row(), empty)
    (alone,) = parsed(row())
    assert folded == alone


def test_deployments_that_contradict_each_other_state_nothing_of_it_in_any_order():
    rows = [row(), row(output_cost_per_token=2e-05), row(supports_vision=True, supports_reasoning=True)]
    folded = {repr(parsed(*order)) for order in permutations(rows)}
    assert len(folded) == 1
    (model,) = parsed(*rows)
    assert model.values["pricing.input"] == Decimal("2.5")
    assert model.values["features"] == ("chat", "vision", "multimodal", "reasoning")
    assert model.values["modalities.input"] == ("text", "image")
    assert [(fault.field, fault.text, fault.reason) for fault in model.unusable] == [
        ("pricing.output", "10 or 20", "its deployments differ")
    ]


def test_a_value_that_one_deployment_has_is_not_missing_because_another_spoils_it():
    (model,) = parsed(row(), row(input_cost_per_token="free"))
    assert model.values["pricing.input"] == Decimal("2.5")
    assert model.unusable == ()


# ---------------------------------------------------------------------------- the list


@pytest.fixture
def server():
    with FaultServer() as started:
        yield started


@pytest.mark.parametrize(
    ("given", "asked"),
    [
        ("", "/model/info"),
        ("/", "/model/info"),
        ("/v1", "/v1/model/info"),
        ("/v1/", "/v1/model/info"),
        ("/model/info", "/model/info"),
        ("/proxy/v1/model/info", "/proxy/v1/model/info"),
    ],
)
def test_the_address_of_the_proxy_is_enough(server, given, asked):
    listing = listing_from(server.at(asked, reply(one_row(row()))).removesuffix(asked) + given, key="a-key")
    assert isinstance(listing, Listing)
    assert [question.path for question in server.asked] == [asked]
    assert server.asked[0].headers["authorization"] == "Bearer a-key"


def test_an_address_that_is_none_is_a_failure():
    failure = listing_from("http://[::1/model/info")
    assert isinstance(failure, Failure)
    assert "sync.yaml" in failure.advice


def test_a_key_that_is_refused_is_a_failure_that_says_so(server):
    refusal = {"error": {"message": "no", "type": "auth_error", "param": None, "code": "401"}}
    failure = listing_from(server.at("/model/info", reply(json.dumps(refusal).encode(), status=401)))
    assert isinstance(failure, Failure)
    assert "HTTP 401" in failure.reason
    assert "key" in failure.advice


def test_a_refusal_that_was_recorded_is_a_failure(tmp_path):
    path = tmp_path / "error.json"
    path.write_text('{"error": {"type": "auth_error", "code": "401"}}')
    failure = listing_from("http://127.0.0.1:1/", replay=path)
    assert isinstance(failure, Failure)
    assert "auth_error" in failure.reason


def test_what_nobody_knows_yet_is_told():
    stated = {**row(mode="telepathy", supports_smell=True, supports_touch=False), "region": "eu"}
    page = litellm.parse(json.dumps({"data": [stated], "page": 1}).encode())
    assert [what for what, _ in page.noted] == [
        "unknown region",
        "unknown supports_smell",
        "unknown mode telepathy",
        "unknown beside the list: page",
    ]


@pytest.mark.parametrize("changes", [{"model_info": []}, {"litellm_params": "openai/x"}, {"model_info": 5}])
def test_a_row_whose_shape_changed_is_skipped(changes):
    assert len(litellm.parse(one_row({**row(), **changes})).skipped) == 1


KEYS = frozenset({*PRICES, RANGES, WINDOWS, SEARCH, *SUPPORTS, "mode", "max_tokens"})
NAMES = st.sampled_from(["openai/a", "openai/b"])


@given(junk_for(KEYS), junk_for(KEYS), junk_for(frozenset({"model", "custom_llm_provider"}), 1))
def test_no_deployment_can_break_the_list(info, parameters, changed):
    stated = row(parameters={**parameters, **changed}, **info)
    page = litellm.parse(one_row(stated))
    assert page.rows <= 1
    assert_harmless(page)


@given(st.lists(st.tuples(NAMES, junk_for(KEYS, 3)), max_size=5), st.randoms(use_true_random=False))
def test_the_order_of_deployments_does_not_matter(deployments, random):
    rows = [{"litellm_params": {"model": name}, "model_info": info} for name, info in deployments]
    shuffled = random.sample(rows, len(rows))
    body, other = (json.dumps({"data": order}).replace("Infinity", "1e999") for order in (rows, shuffled))
    found, again = (litellm.parse(text.encode()).models for text in (body, other))
    assert {model.id: model.values for model in found} == {model.id: model.values for model in again}
