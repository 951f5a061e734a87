"""What the source says of lists in OpenAI's format, and what it leaves unsaid."""

from __future__ import annotations

import json
import tempfile
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest
from asking import client
from hostile import one_row
from hypothesis import given
from hypothesis import strategies as st

from fault_server import FaultServer, reply
from modelsync.plan.answers import Answers
from modelsync.records import Failure, Listing, Model
from modelsync.sources import Endpoint, Filters, SourceSettings, listing_of, openai

DATA = Path(__file__).parents[1] / "data"
ADDRESS = "http://127.0.0.1:1/v1/models"


def recorded(name: str, **settings) -> Listing:
    asked = SourceSettings(endpoints=(Endpoint(ADDRESS),), **settings)
    listing = listing_of(name, asked, client(), replay=DATA / name / "models.json")
    assert isinstance(listing, Listing)
    return listing


def of(listing: Listing) -> dict[str, Model]:
    return {model.id: model for model in listing.models}


def parse(*rows: object, **around) -> openai.Page:
    return openai.parse(json.dumps({"data": rows, **around}).encode())


def read(**stated) -> Model:
    """One row, read beside another one of another day."""
    page = parse({"id": "vendor/model", **stated}, {"id": "vendor/other", "created": 86400})
    return page.models[0]


@pytest.fixture
def server():
    with FaultServer() as started:
        yield started


# ---------------------------------------------------------------------------- whole rows


def test_says_all_that_a_row_of_groq_says():
    assert of(recorded("groq"))["qwen/qwen3.8-27b"].values == {
        "name": "Qwen/Qwen3.8-27B",
        "context_length": 131072,
        "max_output_tokens": 16384,
        "released": "2026-08-17",
        "modalities.input": ("text", "image"),
        "modalities.output": ("text",),
        "features": ("chat", "vision", "multimodal", "function_calling", "reasoning"),
    }


def test_reads_capabilities_that_are_true_or_false():
    models = of(recorded("mistral"))
    assert models["mistral-medium-2508"].values == {
        "context_length": 131072,
        "features": ("chat", "vision", "multimodal", "function_calling"),
    }
    assert models["voxtral-small-2507"].values["features"] == (
        "chat",
        "multimodal",
        "audio",
        "function_calling",
    )
    assert models["mistral-moderation-2411"].values["features"] == ("moderation",)
    assert models["voxtral-mini-2602"].values["features"] == ("transcription",)
    assert "features" not in models["mistral-embed-2312"].values
    assert models["mistral-small-2501"].values["expires"] == "2026-02-28"


def test_reads_prices_in_the_unit_that_is_stated():
    assert of(recorded("perplexity"))["openai/gpt-5.6-luna"].values == {
        "pricing.input": Decimal("0.2"),
        "pricing.output": Decimal("1.2"),
        "pricing.cache_read": Decimal("0.02"),
        "pricing.cache_write": Decimal("0.25"),
        "features": ("chat",),
    }


def test_reads_a_bare_list_and_rows_that_say_no_more_than_an_id():
    (model,) = openai.parse(b'[{"id": "a"}]').models
    assert (model.values, model.unusable) == ({}, ())


@pytest.mark.parametrize("key", ["context_length", "context_window", "max_context_length", "max_model_len"])
def test_a_context_is_read_under_each_of_its_names(key):
    assert read(**{key: 32768}).values == {"context_length": 32768}


@pytest.mark.parametrize("key", ["max_output_tokens", "max_completion_tokens"])
def test_an_output_limit_is_read_under_each_of_its_names(key):
    assert read(**{key: 4096}).values == {"max_output_tokens": 4096}


def test_a_limit_that_may_mean_either_is_neither():
    page = parse({"id": "a", "max_tokens": 4096})
    assert page.models[0].values == {}
    assert page.noted == (("unknown max_tokens", "a"),)


@pytest.mark.parametrize("stated", [-1, 2**63, 1.5, "128k", True, [1]])
def test_a_limit_that_is_no_number_of_tokens_is_unusable(stated):
    model = read(context_window=stated)
    assert model.values == {}
    assert [unusable.field for unusable in model.unusable] == ["context_length"]


@pytest.mark.parametrize(
    ("stated", "features"),
    [
        (
            {"supported_features": ["tools", "structured_outputs", "json_mode"]},
            "function_calling structured_outputs",
        ),
        ({"features": ["function-calling", "reasoning"]}, "function_calling reasoning"),
        ({"capabilities": ["Vision"]}, "vision multimodal"),
        ({"capabilities": {"vision": False, "completion_chat": True}}, "chat"),
        ({"supported_parameters": ["temperature", "tool_choice"]}, "tool_choice"),
        ({"supports_image_in": True, "supports_tools": False}, "vision multimodal"),
        (
            {"capabilities": {"supportsFunctionCalling": True, "supportsVision": False, "e2ee": True}},
            "function_calling",
        ),
        ({"model_spec": {"capabilities": {"supportsResponseSchema": True}}}, "structured_outputs"),
        ({"type": "embedding"}, "embeddings"),
        ({"type": "base"}, ""),
        ({"supported_features": ["json_mode"]}, ""),
        (
            {"input_modalities": ["audio"], "output_modalities": ["transcription"]},
            "multimodal audio transcription",
        ),
    ],
)
def test_features_are_read_from_words_flags_and_modalities(stated, features):
    assert read(**stated).values.get("features", ()) == tuple(features.split())


@pytest.mark.parametrize(
    ("stated", "expires"),
    [
        ({"deprecation": {"inference": 1790812800, "fine_tune": 1759276800}}, "2026-10-01"),
        ({"deprecation": {"inference": "2026-10-01T00:00:00Z"}}, "2026-10-01"),
        ({"deprecation": {"date": "2026-10-01"}}, "2026-10-01"),
        ({"deprecation": {"fine_tune": 1790812800, "inference": None}}, None),
        ({"deprecation": "2026-09-30T23:00:00-02:00"}, "2026-10-01"),
        ({"deprecation_date": "2026-10-01"}, "2026-10-01"),
        ({"deprecation": "2026-10-01T23:30:00"}, "2026-10-01"),
        ({"retirement_date": 1790812800}, "2026-10-01"),
        ({"retirement_date": 1790812800123}, "2026-10-01"),
        ({"metadata": {"shutdown_date": "2026-10"}}, "2026-10"),
    ],
)
def test_an_end_is_read_in_each_form_and_of_several_uses_that_of_asking(stated, expires):
    model = read(**stated)
    assert (model.values.get("expires"), model.unusable, model.deprecated) == (expires, (), False)


@pytest.mark.parametrize(
    "stated",
    [
        {"lifecycle_status": "deprecated"},
        {"lifecycle_status": "Legacy", "deprecation": {}},
        {"deprecation": "deprecated"},
        {"deprecated": True},
        {"status": "retired"},
        {"status": "End-of-life"},
        {"status": "discontinued"},
        {"model_spec": {"deprecation": True}},
    ],
)
def test_a_word_that_a_model_ends_is_no_day_and_makes_it_deprecated(stated):
    model = read(**stated)
    assert (model.values, model.unusable, model.deprecated) == ({}, (), True)


@pytest.mark.parametrize("stated", ["soon", "2026-13-01", {"inference": "soon"}, [1], 10**11, 10**16])
def test_an_end_that_is_no_day_is_unusable(stated):
    model = read(deprecation=stated)
    assert (model.values, [unusable.field for unusable in model.unusable]) == ({}, ["expires"])


@pytest.mark.parametrize("word", ["generally-available", "preview", "succeeded", False, 1, None])
def test_any_other_word_of_a_models_life_ends_nothing(word):
    assert not read(lifecycle_status=word, status=word, deprecated=word).deprecated


def test_a_name_that_is_only_the_id_is_none():
    assert read(name="vendor/model").values == {}
    assert read(display_name="Model", name="m").values == {"name": "Model"}


def test_a_day_that_all_models_share_is_no_release():
    assert "released" not in of(recorded("mistral"))["devstral-2512"].values
    days = [
        model.values.get("released")
        for model in parse({"id": "a", "created": 1_500_000_000}, {"id": "b"}).models
    ]
    assert days == ["2017-07-14", None]


# ---------------------------------------------------------------------------- what is left out


def test_of_openai_only_what_its_chat_and_responses_apis_serve():
    listing = recorded("openai")
    assert list(of(listing)) == [
        "gpt-3.5-turbo",
        "gpt-4o",
        "gpt-4o-2024-08-06",
        "gpt-4o-search-preview",
        "gpt-5.1-codex",
        "gpt-audio",
        "o1-pro",
        "o3-deep-research",
        "o3-mini",
    ]
    assert {"whisper-1", "dall-e-3", "gpt-realtime", "sora-2"} < set(listing.passed_over)
    assert all(model.values["features"] == ("chat",) for model in listing.models)


def test_of_groq_no_whisper_and_no_guard():
    listing = recorded("groq")
    assert listing.passed_over == ("meta-llama/llama-prompt-guard-2-86m", "whisper-large-v3")
    assert of(listing)["canopylabs/orpheus-v1-english"].values["features"] == ("speech",)


def test_configured_filters_take_the_place_of_the_default_ones():
    listing = recorded("openai", filters=Filters(include=("text-*", "whisper-1")))
    assert list(of(listing)) == ["text-embedding-3-small", "whisper-1"]
    assert not any("features" in model.values for model in listing.models)


def test_a_source_of_another_name_has_no_filters_of_openai():
    asked = SourceSettings(endpoints=(Endpoint(ADDRESS),), transformer="openai")
    listing = listing_of("own", asked, client(), replay=DATA / "openai" / "models.json")
    assert "whisper-1" in of(listing)
    assert listing.passed_over == ()


def test_what_filters_leave_out_is_not_lost_upstream():
    answers = Answers([recorded("openai")], ("openai",))
    assert not answers.has_dropped("openai", "whisper-1")
    assert not answers.has_dropped("openai", "whisper-0")  # no row of that kind is ever read
    assert answers.has_dropped("openai", "gpt-0")


def test_a_row_that_is_not_active_is_left_out_and_named():
    page = parse({"id": "a", "active": True}, {"id": "b", "active": False})
    assert [model.id for model in page.models] == ["a"]
    assert page.noted == (("left out, because upstream says that it is not active: b", ""),)


def test_an_alias_says_which_model_it_repeats():
    listed = of(recorded("mistral"))
    assert listed["devstral-latest"].repeats == "devstral-2512"
    assert listed["mistral-medium"].repeats == "mistral-medium-2508"
    assert listed["devstral-2512"].repeats == ""


def test_an_alias_stays_where_filters_leave_out_what_it_repeats():
    listing = recorded("mistral", filters=Filters(include=("*-latest",)))
    assert list(of(listing)) == ["devstral-latest", "mistral-medium-latest"]


def test_an_id_that_is_a_models_own_and_an_alias_too_is_the_models_own():
    rows = [{"id": "a", "name": "a", "aliases": ["b"], "max_context_length": 8}]
    rows += [{"id": "b", "name": "b", "aliases": ["a"], "max_context_length": 9}]
    rows += [{**rows[0], "id": "b"}]
    for order in (rows, rows[::-1]):
        limits = {model.id: model.values["context_length"] for model in parse(*order).models}
        assert limits == {"a": 8, "b": 9}


def test_an_alias_of_two_models_is_neither():
    rows = [{"id": id_, "name": id_, "aliases": []} for id_ in ("a", "b")]
    rows += [{"id": "latest", "name": name, "aliases": []} for name in ("a", "b")]
    with FaultServer() as server:
        asked = SourceSettings(endpoints=(Endpoint(server.at("/models", reply(json.dumps(rows).encode()))),))
        listing = listing_of("mistral", asked, client())
    assert list(of(listing)) == ["a", "b"]
    assert [skipped.id for skipped in listing.skipped] == ["latest"]


# ---------------------------------------------------------------------------- endpoints


def test_all_models_of_an_endpoint_can_do_what_it_is_for(server):
    chat = server.at("/chat", reply(b'[{"id": "a"}, {"id": "b"}]'))
    embed = server.at("/embed", reply(b'[{"id": "b", "type": "chat"}, {"id": "c"}]'))
    rank = server.at("/rank", reply(b'[{"id": "d"}]'))
    endpoints = (
        Endpoint(chat, "CHAT_COMPLETIONS"),
        Endpoint(embed, "EMBEDDINGS"),
        Endpoint(rank, "RERANK"),
    )
    server.at("/embed", reply(b'[{"id": "b"}, {"id": "c", "type": "chat"}]'))
    listing = listing_of("together", SourceSettings(endpoints=endpoints), client())
    assert {model.id: model.values.get("features") for model in listing.models} == {
        "a": ("chat",),
        "b": ("embeddings",),
        "c": ("chat", "embeddings"),
        "d": ("rerank",),
    }


def test_what_an_endpoint_for_chat_lists_is_for_chat_where_nothing_says_otherwise(server):
    named = ["llama-4", "text-embedding-x", "whisper-9", "x-tts", "flux-image"]
    rows = [{"id": id_} for id_ in named] + [{"id": "told", "output_modalities": ["audio"]}]
    endpoint = Endpoint(server.at("/all", reply(json.dumps(rows).encode())), "CHAT_COMPLETIONS")
    listing = listing_of("own", SourceSettings((endpoint,)), client())
    able = {model.id: model.values.get("features") for model in listing.models}
    assert able == dict.fromkeys(named) | {"llama-4": ("chat",), "told": ("audio",)}


def features(server: FaultServer, row: dict, name: str = "own") -> tuple[str, ...] | None:
    """What is said of the one model of a list, of which no endpoint says what it is for."""
    endpoint = Endpoint(server.at("/one", reply(json.dumps([{"id": "m", **row}]).encode())))
    listing = listing_of(name, SourceSettings((endpoint,)), client())
    return listing.models[0].values.get("features")


PRICED = {"pricing": {"input": 1, "output": 2, "unit": "usd_per_1m_tokens"}}


@pytest.mark.parametrize(
    "row",
    [
        {},
        {"metadata": None},
        {"capabilities": {"chat_completion": False, "completion": True}},
        {"capabilities": {"chat": False}, **PRICED},
        {"supports_chat": False, **PRICED},
        {"pricing": {"input": 1, "output": 0, "unit": "usd_per_1m_tokens"}},
        {"id": "bge-reward"},
    ],
)
def test_nothing_is_for_chat_of_which_nothing_says_so(server, row):
    assert "chat" not in (features(server, row) or ())


@pytest.mark.parametrize(
    "row",
    [
        {"type": "chat"},
        {"capabilities": {"chat_completion": True}},
        {"capabilities": {"completion_chat": True, "vision": False}},
        PRICED,
        {"capabilities": ["vision"], **PRICED},
    ],
)
def test_what_is_said_to_chat_or_bills_its_answers_is_for_chat(server, row):
    assert "chat" in (features(server, row) or ())


@pytest.mark.parametrize("capability", ["embeddings", "rerank", "moderation"])
def test_what_bills_its_answers_and_gives_no_text_is_not_for_chat(server, capability):
    assert features(server, {"capabilities": [capability], **PRICED}) == (capability,)


@pytest.mark.parametrize("name", ["deepseek", "groq", "openai", "moonshot"])
def test_the_list_of_who_serves_nothing_else_is_for_chat(server, name):
    assert features(server, {"id": "gpt-9"}, name) == ("chat",)


def test_an_endpoint_may_have_a_transformer_of_its_own(server):
    claude = reply(
        b'{"data": [{"id": "claude-x", "type": "model", "max_input_tokens": 8}], "has_more": false}'
    )
    endpoints = (
        Endpoint(server.at("/o", reply(b'[{"id": "llama", "context_window": 7}]'))),
        Endpoint(server.at("/a", claude), transformer="anthropic"),
    )
    listing = listing_of("own", SourceSettings(endpoints), client(), key="k")
    assert {model.id: model.values["context_length"] for model in listing.models} == {
        "claude-x": 8,
        "llama": 7,
    }


def test_default_filters_are_for_lists_that_mix_chat_with_the_rest(server):
    body = reply(b'[{"id": "gpt-x"}, {"id": "text-embedding-x"}]')
    embed = server.at("/embed", reply(b'[{"id": "text-embedding-x"}]'))
    endpoints = (Endpoint(server.at("/all", body)), Endpoint(embed, "EMBEDDINGS"))
    listing = listing_of("openai", SourceSettings(endpoints), client())
    assert {model.id: model.values["features"] for model in listing.models} == {
        "gpt-x": ("chat",),
        "text-embedding-x": ("embeddings",),
    }


def test_an_endpoint_is_read_in_its_own_format(server):
    claude = {"data": [{"id": "claude-x", "max_input_tokens": 8}]}
    gemini = {"name": "models/gemini-x", "supportedGenerationMethods": ["generateContent"]}
    gemini = {"models": [{**gemini, "inputTokenLimit": 9}]}
    endpoints = (
        Endpoint(server.at("/a", reply(json.dumps(claude).encode())), format="ANTHROPIC"),
        Endpoint(server.at("/g", reply(json.dumps(gemini).encode())), format="GEMINI"),
        Endpoint(server.at("/o", reply(b'[{"id": "llama", "context_window": 7}]'))),
    )
    listing = listing_of("gateway", SourceSettings(endpoints), client(), key="s3cret-key")
    assert {model.id: model.values["context_length"] for model in listing.models} == {
        "claude-x": 8,
        "gemini-x": 9,
        "llama": 7,
    }
    sent = [{"x-api-key", "x-goog-api-key", "authorization"} & call.headers.keys() for call in server.asked]
    assert sent == [{"x-api-key"}, {"x-goog-api-key"}, {"authorization"}]


def test_a_recorded_answer_is_that_of_the_first_endpoint_and_not_all_of_several(tmp_path):
    (tmp_path / "list.json").write_text('[{"id": "a", "type": "chat"}]')
    endpoints = (Endpoint(ADDRESS), Endpoint(ADDRESS, "EMBEDDINGS"))
    listing = listing_of("x", SourceSettings(endpoints), client(), replay=tmp_path / "list.json")
    assert [model.values["features"] for model in listing.models] == [("chat",)]
    assert not listing.complete


def test_a_key_is_sent_as_a_bearer_where_there_is_one(server):
    asked = SourceSettings(endpoints=(Endpoint(server.at("/models", reply(b'[{"id": "a"}]'))),))
    for key in ("s3cret-key", ""):
        assert isinstance(listing_of("fireworks", asked, client(), key=key), Listing)
    assert [call.headers.get("authorization") for call in server.asked] == ["Bearer s3cret-key", None]


def test_a_list_that_says_that_there_is_more_is_not_complete(server):
    body = b'{"data": [{"id": "a"}], "has_more": true, "last_id": "a"}'
    asked = SourceSettings(endpoints=(Endpoint(server.at("/models", reply(body))),))
    assert not listing_of("together", asked, client()).complete


# ---------------------------------------------------------------------------- hostile rows

JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)


@given(
    st.dictionaries(st.sampled_from(sorted(openai.ROW)), JUNK, max_size=6),
    st.dictionaries(st.sampled_from(sorted(openai.prices.PRICING)), JUNK),
)
def test_no_row_can_break_the_list(changes, pricing):
    page = parse({"id": "a", "pricing": pricing, **changes}, {"id": "good"})
    assert "good" in [model.id for model in page.models]
    texts = [text for text, _ in page.noted] + [text for row in page.skipped for text in (row.id, row.reason)]
    texts += [text for model in page.models for one in model.unusable for text in (one.text, one.reason)]
    assert all(text.isprintable() for text in texts)


def test_what_nobody_knows_yet_is_told():
    page = parse({"id": "a", "weights": "open", "supported_features": ["smell"], "pricing": {"video": 1}})
    assert page.noted == (
        ("unknown weights", "a"),
        ("unknown pricing.video", "a"),
        ("unknown supported_features: smell", "a"),
    )


def test_a_web_page_is_a_failure(server):
    asked = SourceSettings(endpoints=(Endpoint(server.at("/models", reply(b"<html>"))),))
    assert isinstance(listing_of("groq", asked, client()), Failure)


def of_days(*days: str, local: bool = False, day: str = "2026-08-22") -> list[str | None]:
    """The dates that are believed of rows that were `created` on these days."""
    times = [int(datetime.fromisoformat(f"{created}T11:00:00+00:00").timestamp()) for created in days]
    body = json.dumps({"data": [{"id": f"m{n}", "created": time} for n, time in enumerate(times)]})
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "list.json"
        file.write_text(body)
        settings = SourceSettings(endpoints=(Endpoint("http://127.0.0.1:1/models"),), local=local)
        fetched = datetime.fromisoformat(f"{day}T12:00:00+00:00")
        with client() as asking:
            listing = listing_of("vllm", settings, asking, replay=file, fetched=fetched)
    assert isinstance(listing, Listing)
    return [model.values.get("released") for model in listing.models]


def test_a_date_within_a_day_of_the_answer_is_that_of_the_answer() -> None:
    assert of_days("2026-08-22", "2026-08-21", "2026-08-23", "2026-08-20") == [None, None, None, "2026-08-20"]


def test_a_date_that_most_of_a_list_shares_is_that_of_a_server() -> None:
    assert of_days("2026-01-01", "2026-01-01", "2026-01-01", "2025-05-05") == [None, None, None, "2025-05-05"]
    assert of_days("2026-01-01", "2026-01-01", "2025-05-05") == ["2026-01-01", "2026-01-01", "2025-05-05"]


def test_a_date_of_the_last_month_is_that_of_a_server_where_a_list_states_one_or_two() -> None:
    assert of_days("2026-08-01") == of_days("2026-07-24") == [None]
    assert of_days("2026-08-01", "2026-06-01") == [None, "2026-06-01"]
    assert of_days("2026-08-01", "2026-06-01", "2025-05-05") == ["2026-08-01", "2026-06-01", "2025-05-05"]


def test_a_date_after_the_answer_is_none_of_a_release() -> None:
    assert of_days("2026-08-30", "2027-01-01", "2025-05-05", "2024-05-05") == [
        None,
        None,
        "2025-05-05",
        "2024-05-05",
    ]


def test_no_date_of_ones_own_machine_is_that_of_a_model() -> None:
    assert of_days("2025-01-01", "2024-05-05", local=True) == [None, None]


@pytest.mark.parametrize(
    "id_",
    [
        "../models/Meta-Llama-3.1-8B-Instruct-Q4_K_M.gguf",  # llama.cpp, where no alias is set
        "/models/Qwen3-32B",  # vLLM, of a folder
        "./m.gguf",
        "C:\\models\\m.gguf",
        "/mnt/models/",
        "/Users/Jo Doe/models/m.gguf",
        "C:\\Users\\Jo Doe\\m Q4.gguf",
    ],
)
def test_the_path_of_a_models_file_is_an_id(id_):
    (model,) = openai.parse(one_row({"id": id_})).models
    assert model.id == id_


@pytest.mark.parametrize("id_", ["/", "..", "../..", "./", "-rf", "a b", "a b/c", "/a ", "a\nb", ""])
def test_a_path_that_leads_to_no_file_is_no_id(id_):
    assert len(openai.parse(one_row({"id": id_})).skipped) == 1


def test_the_other_names_of_a_model_are_those_without_a_row_of_their_own():
    """As xAI states them; Mistral lists each once more."""
    rows = [{"id": "a-0309", "aliases": ["a", "a-latest", "a", 7, "no id", "a-0309"]}, {"id": "a-latest"}]
    models = openai.parse(json.dumps({"data": rows}).encode()).models
    assert {model.id: model.names for model in models} == {"a-0309": ("a",), "a-latest": ()}


def test_a_name_whose_row_only_repeats_a_model_is_another_name_of_it():
    rows = [{"id": "a-2512", "name": "a-2512", "aliases": ["a-latest"]}]
    rows += [{"id": "a-latest", "name": "a-2512", "aliases": ["a-2512"]}]
    models = openai.parse(json.dumps({"data": rows}).encode()).models
    assert {model.id: (model.names, model.repeats) for model in models} == {
        "a-2512": (("a-latest",), ""),
        "a-latest": ((), "a-2512"),
    }


@pytest.mark.parametrize(
    ("created", "owned_by", "released"),
    [
        (1_752_019_200, "xai", "2025-07-09"),
        (1_752_019_200, "vllm", None),
        (1_752_019_200, "llamacpp", None),
        (1_752_019_200, "lmdeploy", None),
        (1_752_019_200, "tensorrt_llm", None),
        (1_752_019_200, "sglang", None),
        (1_752_019_200, "library", None),
        (1_686_935_002, "a", None),
        (735_790_403, "nvidia", None),
        (1, "system", None),
        (0, "system", None),
    ],
)
def test_the_clock_of_a_program_is_no_release(created: int, owned_by: str, released: str | None) -> None:
    page = parse({"id": "a", "created": created, "owned_by": owned_by})
    assert page.models[0].values.get("released") == released
