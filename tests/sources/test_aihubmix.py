"""What the source says of AIHubMix's list: units, words between commas, and whose model an id names."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest
from asking import client
from hostile import assert_harmless, junk_for, one_row
from hypothesis import given
from hypothesis import strategies as st

from fault_server import FaultServer, reply
from modelsync.records import Failure, Listing, Model
from modelsync.sources import Endpoint, SourceSettings, aihubmix, listing_of

RECORDED = Path(__file__).parents[1] / "data" / "aihubmix" / "models.json"
PLAIN = {
    "model_id": "gpt-5",
    "pricing": {"input": 1.25, "output": 10},
    "types": "llm",
    "features": "tools",
    "input_modalities": "text",
    "context_length": 400000,
    "max_output": 128000,
}


def read(**changes) -> Model:
    """One row, read."""
    (model,) = aihubmix.parse(one_row({**PLAIN, **changes})).models
    return model


def priced(text: str, **changes) -> dict[str, str]:
    """The prices that come of this JSON, and the reasons for those that do not."""
    row = json.dumps({**PLAIN, **changes, "pricing": "PRICING"}).replace('"PRICING"', text)
    (model,) = aihubmix.parse(f'{{"data": [{row}]}}'.encode()).models
    values = {field: f"{value:f}" for field, value in model.values.items() if field.startswith("pricing.")}
    said = values | {unusable.field: unusable.reason for unusable in model.unusable}
    return {field.removeprefix("pricing."): text for field, text in said.items()}


def listing_from(url: str, **options) -> Listing | Failure:
    return listing_of("aihubmix", SourceSettings((Endpoint(url),)), client(), **options)


def test_says_all_that_a_row_says():
    models = {model.id: model for model in aihubmix.parse(RECORDED.read_bytes()).models}
    assert models["openai/gpt-5"].unusable == ()
    assert models["openai/gpt-5"].values == {
        "pricing.input": Decimal("1.25"),
        "pricing.output": Decimal(10),
        "pricing.cache_read": Decimal("0.125"),
        "features": (
            "chat",
            "vision",
            "multimodal",
            "function_calling",
            "structured_outputs",
            "reasoning",
        ),
        "modalities.input": ("text", "image"),
        "context_length": 400000,
        "max_output_tokens": 128000,
    }
    assert read(desc=" One. ").values["description"] == "One."


def test_limits_are_weak_because_they_are_often_those_of_the_relay():
    assert read().weak == {"context_length", "max_output_tokens"}
    assert read(max_output=0).weak == {"context_length"}
    assert [fault.field for fault in read(context_length="128k").unusable] == ["context_length"]


# ---------------------------------------------------------------------------- whose model it is


@pytest.mark.parametrize(
    ("stated", "id_"),
    [
        ("gpt-5", "openai/gpt-5"),
        ("GPT-4o-2024-11-20", "openai/gpt-4o-2024-11-20"),
        ("gpt-oss-120b", "openai/gpt-oss-120b"),
        ("o3", "openai/o3"),
        ("o4-mini", "openai/o4-mini"),
        ("text-embedding-3-large", "openai/text-embedding-3-large"),
        ("claude-sonnet-4-5", "anthropic/claude-sonnet-4-5"),
        ("gemini-2.5-pro", "google/gemini-2.5-pro"),
        ("gemma-3-27b-it", "google/gemma-3-27b-it"),
        ("DeepSeek-R1", "deepseek/deepseek-r1"),
        ("deepseek-r1-distill-llama-70b", "deepseek/deepseek-r1-distill-llama-70b"),
        ("grok-4", "x-ai/grok-4"),
        ("qwen3-max", "qwen/qwen3-max"),
        ("qwq-32b", "qwen/qwq-32b"),
        ("llama-3.3-70b", "meta-llama/llama-3.3-70b"),
        ("llama-3.1-nemotron-70b", "nvidia/llama-3.1-nemotron-70b"),
        ("mistral-large-3", "mistralai/mistral-large-3"),
        ("open-mixtral-8x22b", "mistralai/open-mixtral-8x22b"),
        ("codestral-latest", "mistralai/codestral-latest"),
        ("kimi-k2-thinking", "moonshotai/kimi-k2-thinking"),
        ("glm-4.6", "z-ai/glm-4.6"),
        ("MiniMax-M2", "minimax/minimax-m2"),
        ("command-a-03-2025", "cohere/command-a-03-2025"),
        ("sonar-pro", "perplexity/sonar-pro"),
        ("ernie-5.0-thinking-preview", "baidu/ernie-5.0-thinking-preview"),
    ],
)
def test_an_id_gets_the_vendor_whose_product_it_names(stated, id_):
    assert read(model_id=stated).id == id_


@pytest.mark.parametrize(
    ("stated", "id_"),
    [
        ("Qwen/QwQ-32B", "qwen/qwq-32b"),
        ("THUDM/GLM-4-9B", "thudm/glm-4-9b"),
        ("flux-kontext-pro", "flux-kontext-pro"),
        ("aihubmix-gpt-5", "aihubmix-gpt-5"),
        ("coding-glm-4.6", "coding-glm-4.6"),
        ("o365-agent", "o365-agent"),
        ("optimus", "optimus"),
        ("sonarqube", "sonarqube"),
    ],
)
def test_an_id_with_a_vendor_or_of_none_that_is_known_stays(stated, id_):
    assert read(model_id=stated).id == id_


def test_two_spellings_of_one_id_that_say_different_things_are_both_left_out(tmp_path):
    rows = [{**PLAIN, "model_id": "DeepSeek-R1"}, {**PLAIN, "model_id": "deepseek-r1", "types": ""}, PLAIN]
    path = tmp_path / "models.json"
    path.write_text(json.dumps({"data": rows}))
    listing = listing_from("http://127.0.0.1:1/", replay=path)
    assert isinstance(listing, Listing)
    assert [model.id for model in listing.models] == ["openai/gpt-5"]
    assert [skipped.id for skipped in listing.skipped] == ["deepseek/deepseek-r1"]


@pytest.mark.parametrize("stated", ["../x", "a b", "-rf", "", "a\u202eb", None, 5])
def test_an_id_that_could_be_something_else_is_skipped(stated):
    page = aihubmix.parse(one_row({**PLAIN, "model_id": stated}))
    assert (len(page.models), len(page.skipped)) == (0, 1)


# ---------------------------------------------------------------------------- prices


@pytest.mark.parametrize(
    ("stated", "said"),
    [
        ("1.25", "1.25"),
        ("10", "10"),
        ("2e0", "2"),
        ('"0.5"', "0.5"),
        ("0.30000000000000004", "0.3"),
        ("0.28400000000000003", "0.284"),
        ("0.08333333333333333", "0.08333333333333333"),
        ("0", "0"),
        ("-1", "a variable price"),
        ("null", "null"),
        ('"free"', "not a number"),
        ("1e999", "out of range"),
        ("1e-999", "out of range"),
        ("true", "true or false, not a price"),
    ],
)
def test_a_price_is_per_million_tokens_and_exact(stated, said):
    assert priced(f'{{"input": {stated}, "output": 1}}')["input"] == said


def test_a_cache_price_of_zero_says_nothing():
    text = '{"input": 0, "output": 0, "cache_read": 0, "cache_write": 0.0}'
    assert priced(text) == {"input": "0", "output": "0"}
    text = '{"input": 3, "output": 15, "cache_read": 0.3, "cache_write": 3.75}'
    assert priced(text) == {"input": "3", "output": "15", "cache_read": "0.3", "cache_write": "3.75"}


@pytest.mark.parametrize("types", ["image_generation", "video", "tts", "stt", "rerank", "video,tts"])
def test_what_is_charged_by_the_piece_has_no_price_per_token(types):
    reason = "charged by the piece, in a unit that is not stated"
    assert priced('{"input": 2, "output": 2}', types=types) == {"input": reason, "output": reason}


@pytest.mark.parametrize("types", ["llm", "embedding", "llm,image_generation", "", None])
def test_what_is_charged_by_the_token_has_its_price(types):
    assert priced('{"input": 2, "output": 2}', types=types) == {"input": "2", "output": "2"}


@given(st.decimals(min_value=0, max_value=1000, places=6))
def test_a_price_is_what_is_stated(price):
    assert Decimal(priced(f'{{"input": {price:f}, "output": 1}}')["input"]) == price


def usual(factor: str, count: int) -> aihubmix.Page:
    """A list of so many models, and their usual prices times a factor."""
    inputs = [float(Decimal(price) * Decimal(factor)) for price in ("0.05", "1.25", "15", "3", "0.15", "0")]
    prices = [{"input": price, "output": price} for price in inputs[:count]]
    listed = [{**PLAIN, "model_id": f"gpt-{n}", "pricing": price} for n, price in enumerate(prices)]
    return aihubmix.parse(json.dumps({"data": listed}).encode())


def test_prices_that_turn_into_those_of_a_thousand_tokens_are_told_and_not_read():
    page = usual("0.001", 6)
    assert page.noted == (("prices that are usual per 1K tokens, and not per 1M as they were: not read", ""),)
    for model in page.models:
        assert not [field for field in model.values if field.startswith("pricing.")]
        assert {(fault.field, fault.reason) for fault in model.unusable} == {
            ("pricing.input", "its unit is in doubt"),
            ("pricing.output", "its unit is in doubt"),
        }


def test_prices_that_are_usual_are_read_and_so_are_those_of_too_few_models_to_tell():
    for page in (usual("1", 6), usual("0.001", 4)):
        assert not page.noted
        assert all("pricing.input" in model.values for model in page.models)


def test_a_limited_offer_at_no_price_is_not_the_model_of_which_it_is_one():
    free, paid = {"input": 0, "output": 0}, {"input": 1, "output": 2}
    stated = {"glm-4.6-free": free, "glm-free": paid, "glm-4": free}
    listed = [{**PLAIN, "model_id": id_, "pricing": price} for id_, price in stated.items()]
    page = aihubmix.parse(json.dumps({"data": listed}).encode())
    assert page.passed_over == ("z-ai/glm-4.6-free",)
    assert [model.id for model in page.models] == ["z-ai/glm-free", "z-ai/glm-4"]


# ---------------------------------------------------------------------------- words between commas


@pytest.mark.parametrize(
    ("stated", "features"),
    [
        ("thinking", ("chat", "reasoning")),
        ("tools,function_calling", ("chat", "function_calling")),
        ("Tools , Web,", ("chat", "function_calling", "web_search")),
        ("deepsearch,structured_outputs,long_context", ("chat", "structured_outputs", "web_search")),
        ("", ("chat",)),
        (None, ("chat",)),
    ],
)
def test_features_are_words_between_commas(stated, features):
    assert read(features=stated).values["features"] == features


@pytest.mark.parametrize(
    ("stated", "features"),
    [
        ("embedding", ("embeddings",)),
        ("rerank", ("rerank",)),
        ("stt", ("transcription",)),
        ("tts", ("speech",)),
        ("video", ("video_generation",)),
        ("llm,image_generation", ("chat", "image_generation")),
    ],
)
def test_a_type_is_a_feature(stated, features):
    assert read(types=stated, features="").values["features"] == features


def test_what_goes_in_makes_it_see_and_hear():
    values = read(input_modalities="audio,pdf,image,text").values
    assert values["modalities.input"] == ("text", "image", "file", "audio")
    assert {"vision", "multimodal", "audio"} <= set(values["features"])
    assert "modalities.input" not in read(input_modalities="").values


@pytest.mark.parametrize("stated", [["llm"], {"llm": True}, 5, "large model", "a\nb,c"])
def test_a_row_whose_words_changed_shape_is_skipped(stated):
    assert len(aihubmix.parse(one_row({**PLAIN, "types": stated})).skipped) == 1


# ---------------------------------------------------------------------------- the list


def test_a_key_is_sent_if_there_is_one():
    with FaultServer() as server:
        url = server.at("/api/v1/models", reply(one_row(PLAIN)))
        listing_from(url)
        listing_from(url, key="a-key")
        sent = [asked.headers.get("authorization") for asked in server.asked]
        assert sent == [None, "Bearer a-key"]


def test_a_refusal_in_a_good_answer_is_a_failure(tmp_path):
    path = tmp_path / "models.json"
    path.write_text('{"data": null, "message": "no", "success": false}')
    assert isinstance(listing_from("http://127.0.0.1:1/", replay=path), Failure)


def test_what_nobody_knows_yet_is_told():
    row = {
        **PLAIN,
        "weights": "open",
        "pricing": {**PLAIN["pricing"], "request": 1},
        "types": "llm,agent",
        "features": "telepathy",
        "input_modalities": "text,smell",
    }
    page = aihubmix.parse(one_row(row))
    assert [what for what, _ in page.noted] == [
        "unknown weights",
        "unknown pricing.request",
        "unknown type agent",
        "unknown feature telepathy",
        "unknown modality smell",
    ]
    assert page.models[0].values["modalities.input"] == ("text",)


@given(junk_for(aihubmix.ROW), junk_for(frozenset(aihubmix.PRICES)))
def test_no_row_can_break_the_list(changes, pricing):
    page = aihubmix.parse(one_row({**PLAIN, "pricing": pricing, **changes}))
    assert page.rows == 1
    assert_harmless(page)
