"""What the source says of OpenRouter's lists, field by field, and how little it trusts them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from asking import client
from hypothesis import given
from hypothesis import strategies as st

from fault_server import FaultServer, reply
from modelsync.errors import SourceFailed
from modelsync.records import Failure, Listing, Model, Tier, Window
from modelsync.sources import Endpoint, SourceSettings, listing_of, openrouter

DATA = Path(__file__).parents[1] / "data" / "openrouter"
NOON = datetime(2026, 8, 22, 12, tzinfo=UTC)
PLAIN = {
    "id": "vendor/model",
    "name": "Vendor: Model",
    "context_length": 128000,
    "architecture": {"input_modalities": ["text"], "output_modalities": ["text"]},
    "pricing": {"prompt": "0.000003", "completion": "0.000015"},
    "top_provider": {"context_length": 128000, "max_completion_tokens": 8192},
    "supported_parameters": ["tools"],
}


def row(id_: str = "vendor/model", **changes) -> dict:
    return {**PLAIN, "id": id_, **changes}


def many(*rows: object) -> list[object]:
    """The rows among enough good ones for one bad one not to matter."""
    return [*rows, *(row(f"filler/{number}") for number in range(40))]


def listed(rows: list, **around) -> Listing | Failure:
    return answered(json.dumps({"data": rows, **around}))


def answered(text: str) -> Listing | Failure:
    with FaultServer() as server:
        url = server.at("/models", reply(text.encode("utf-8", "surrogatepass")))
        return listing_of("openrouter", SourceSettings(endpoints=(Endpoint(url),)), client())


def read(**changes) -> Model:
    """One row, read."""
    (model,) = openrouter.parse(json.dumps({"data": [row(**changes)]}).encode()).models
    return model


def priced(outputs: tuple[str, ...] = ("text",), id_: str = "vendor/model", **pricing) -> dict[str, str]:
    """The prices that come of these, and the reasons for those that do not."""
    architecture = {"input_modalities": ["text"], "output_modalities": list(outputs)}
    model = read(
        id_=id_,
        architecture=architecture,
        pricing={"prompt": "0.000001", "completion": "0.000002", **pricing},
    )
    values = {field: f"{value:f}" for field, value in model.values.items() if field.startswith("pricing.")}
    refused = {unusable.field: unusable.reason for unusable in model.unusable}
    assert not values.keys() & refused.keys()
    return {field.removeprefix("pricing."): said for field, said in (values | refused).items()}


def recorded(name: str) -> dict[str, Model]:
    return {model.id: model for model in openrouter.parse((DATA / f"{name}.json").read_bytes()).models}


# ---------------------------------------------------------------------------- a whole row


def test_says_all_that_a_row_says():
    model = recorded("text")["anthropic/claude-sonnet-4.5"]
    assert model.canonical == "anthropic/claude-4.5-sonnet-20250929"
    assert model.unusable == ()
    assert model.values == {
        "name": "Claude Sonnet 4.5",
        "context_length": 1000000,
        "max_output_tokens": 64000,
        "pricing.input": Decimal(3),
        "pricing.output": Decimal(15),
        "pricing.cache_read": Decimal("0.3"),
        "pricing.cache_write": Decimal("3.75"),
        "pricing.cache_write_1h": Decimal(6),
        "pricing.web_search": Decimal("0.01"),
        "pricing.tiers": (Tier(200000, SONNET_TIER),),
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
        ),
        "knowledge_cutoff": "2025-01-31",
        "released": "2025-09-29",
    }


SONNET_TIER = {
    "input": Decimal(6),
    "output": Decimal("22.5"),
    "cache_read": Decimal("0.6"),
    "cache_write": Decimal("7.5"),
    "cache_write_1h": Decimal(12),
}


def test_every_price_key_has_its_place_and_unit():
    stated = dict.fromkeys(openrouter.PRICES, "0.000004")
    model = read(pricing=stated)
    tokens = {f"pricing.{name}" for name in openrouter.PRICES.values()} - {
        "pricing.request",
        "pricing.web_search",
    }
    assert {field for field, value in model.values.items() if value == Decimal(4)} == tokens
    assert model.values["pricing.request"] == model.values["pricing.web_search"] == Decimal("0.000004")


def test_cache_read_and_cache_write_are_not_swapped():
    assert priced(input_cache_read="0.0000001", input_cache_write="0.00000125") == {
        "input": "1",
        "output": "2",
        "cache_read": "0.1",
        "cache_write": "1.25",
    }


def test_a_name_is_without_its_vendor():
    assert read(name="Z.ai: GLM 4 32B ").values["name"] == "GLM 4 32B"
    assert read(name="Claude Opus 5").values["name"] == "Claude Opus 5"
    assert read(name="Google: Gemma 4 26B A4B  (free)").values["name"] == "Gemma 4 26B A4B (free)"


def test_what_is_not_said_is_not_stated():
    bare = {"id": "a/b", "pricing": {"prompt": "0", "completion": "0"}}
    (model,) = openrouter.parse(json.dumps({"data": [bare]}).encode()).models
    assert model.values == {"pricing.input": Decimal(0), "pricing.output": Decimal(0)}
    assert model.unusable == ()


# ---------------------------------------------------------------------------- prices


@pytest.mark.parametrize(
    ("stated", "said"),
    [
        ("0.000003", "3"),
        ("0.00003", "30"),
        ("0.0001", "100"),
        ("0.00000008333333333333334", "0.08333333333333334"),
        ("0.0000000208333333333333", "0.0208333333333333"),
        ("0.000000150", "0.15"),
        ("2.5e-6", "2.5"),
        ("1E-7", "0.1"),
        ("0", "0"),
        ("-0", "0"),
        ("0.000000", "0"),
        (3, "3000000"),
        (0, "0"),
    ],
)
def test_a_price_is_exact_and_plain(stated, said):
    assert priced(prompt=stated)["input"] == said


def test_a_price_that_is_a_json_number_is_exact_too():
    model = openrouter.parse(
        json.dumps({"data": [row(pricing={"prompt": 3e-06, "completion": 1.1e-7})]}).encode()
    ).models[0]
    assert f"{model.values['pricing.input']} {model.values['pricing.output']}" == "3 0.11"


@pytest.mark.fault("upstream data", "a price that is none: −1, `free`, null, infinite")
@pytest.mark.parametrize(
    ("stated", "reason"),
    [
        ("-1", "a variable price"),
        ("-1.0", "a variable price"),
        (-1, "a variable price"),
        ("-0.000001", "a negative price"),
        (None, "null"),
        ("", "not a number"),
        ("free", "not a number"),
        ("NaN", "not a number"),
        ("Infinity", "not a number"),
        ("1_0", "not a number"),
        ("٣", "not a number"),
        (" 1", "not a number"),
        ("$3", "not a number"),
        ("0." + "1" * 100, "not a number"),
        ("1e999", "out of range"),
        ("1e-999", "out of range"),
        (10**12, "out of range"),
        (True, "true or false, not a price"),
        ([], "a list, not a price"),
        ({"usd": 1}, "an object, not a price"),
    ],
)
def test_what_is_no_price_is_reported_and_never_zero(stated, reason):
    for key, field in (("prompt", "input"), ("input_cache_read", "cache_read"), ("web_search", "web_search")):
        assert priced(**{key: stated})[field] == reason


def test_a_router_has_no_price():
    model = recorded("text")["openrouter/auto"]
    assert {unusable.field: unusable.text for unusable in model.unusable} == {
        "pricing.input": "-1",
        "pricing.output": "-1",
    }


def test_zero_is_a_price_where_it_is_always_stated_and_nothing_elsewhere():
    model = recorded("before-2026")["openai/gpt-4o"]
    assert {field for field in model.values if field.startswith("pricing.")} == {
        "pricing.input",
        "pricing.output",
        "pricing.cache_read",
    }
    assert recorded("text")["z-ai/glm-5.2:free"].values["pricing.input"] == 0


def test_a_price_per_image_is_never_taken_for_one_per_token():
    old = recorded("before-2026")
    for name in ("openai/gpt-4o", "anthropic/claude-sonnet-4", "google/gemini-2.0-flash-001"):
        assert "pricing.image_input" not in old[name].values
        assert [unusable.field for unusable in old[name].unusable] == ["pricing.image_input"]
    assert old["openai/gpt-5-image-mini"].values["pricing.image_input"] == Decimal("2.5")
    assert "pricing.image_input" not in recorded("all-modalities")["x-ai/grok-imagine-image-quality"].values


def test_a_price_per_token_of_image_or_sound_stays():
    image = recorded("text")["google/gemini-3-pro-image"].values
    assert (image["pricing.image_input"], image["pricing.image_output"]) == (2, 120)
    sound = recorded("text")["openai/gpt-audio"].values
    assert (sound["pricing.audio_input"], sound["pricing.audio_output"]) == (32, 64)
    assert recorded("text")["google/gemini-2.5-flash"].values["pricing.audio_cache_read"] == Decimal("0.1")
    assert recorded("all-modalities")["google/gemini-embedding-2"].values["pricing.audio_input"] == Decimal(
        "6.5"
    )
    assert [unusable.field for unusable in recorded("text")["mistralai/voxtral-small-24b-2507"].unusable] == [
        "pricing.audio_input"
    ]


@pytest.mark.parametrize(
    "name", ["openai/whisper-1", "hexgrad/kokoro-82m", "openai/sora-2-pro", "cohere/rerank-4-pro"]
)
def test_what_is_charged_by_the_piece_has_no_price_per_token(name):
    model = recorded("all-modalities")[name]
    assert not [field for field in model.values if field.startswith("pricing.")]
    assert {unusable.field for unusable in model.unusable} == {"pricing.input", "pricing.output"}


def test_a_model_that_makes_sound_is_not_free_because_its_text_is():
    song = recorded("text")["google/lyria-3-pro-preview"]
    assert not [field for field in song.values if field.startswith("pricing.")]
    assert recorded("all-modalities")["fish-audio/s2.1-pro-free:free"].values["pricing.input"] == 0
    image = recorded("all-modalities")["krea/krea-2-large"].values
    assert (image["pricing.output"], image["pricing.image_output"]) == (0, Decimal("14.3712574850299"))


def test_two_names_for_one_price_agree_or_state_nothing():
    assert priced(image_output="0.00003", image_token="0.00003")["image_output"] == "30"
    assert priced(image_token="0.00003")["image_output"] == "30"
    assert (
        priced(image_output="0.00003", image_token="0.00004")["image_output"]
        == "two different prices for the same"
    )


# ---------------------------------------------------------------------------- prices that depend


def overridden(*overrides: object) -> dict[str, object]:
    model = read(pricing={**PLAIN["pricing"], "overrides": list(overrides)})
    fields = {
        field: model.values[field] for field in model.values if field in ("pricing.tiers", "pricing.windows")
    }
    return fields | {unusable.field: unusable.reason for unusable in model.unusable}


def tier(above: object, **prices: str) -> dict[str, object]:
    return {"min_prompt_tokens": above, **prices}


def window(start: object, end: object, **prices: str) -> dict[str, object]:
    return {"utc_start": start, "utc_end": end, **prices}


def test_tiers_are_read_in_order_and_each_says_all():
    (low, high) = recorded("text")["qwen/qwen3-max"].values["pricing.tiers"]
    assert (low.above, high.above, high.prices["input"]) == (32000, 128000, Decimal("1.95"))
    inherits = overridden(tier(1000, prompt="0.000001", completion="0.000002"), tier(2000, prompt="0.000003"))
    assert [found.prices for found in inherits["pricing.tiers"]] == [
        {"input": Decimal(1), "output": Decimal(2)},
        {"input": Decimal(3), "output": Decimal(2)},
    ]


def test_of_the_tiers_that_apply_the_later_one_counts():
    (low, high) = overridden(tier(2000, prompt="0.000003"), tier(1000, prompt="0.000001"))["pricing.tiers"]
    assert (low.prices, high.prices) == ({"input": Decimal(1)}, {"input": Decimal(1)})


def test_a_tier_may_be_free():
    assert overridden(tier(1000, prompt="0"))["pricing.tiers"] == (Tier(1000, {"input": Decimal(0)}),)


def test_windows_are_read_by_the_clock_and_may_pass_midnight():
    windows = recorded("text")["deepseek/deepseek-v4-flash-vision-exp"].values["pricing.windows"]
    assert [(found.utc_start, found.utc_end) for found in windows] == [
        ("01:00", "04:00"),
        ("04:00", "06:00"),
        ("06:00", "10:00"),
        ("10:00", "01:00"),
    ]
    assert windows[3].prices == {
        "input": Decimal("0.22"),
        "output": Decimal("0.66"),
        "cache_read": Decimal("0.007"),
    }
    assert overridden(window(1630, 2400, prompt="0"))["pricing.windows"] == (
        Window("16:30", "00:00", {"input": Decimal(0)}),
    )


@pytest.mark.parametrize(
    "overrides",
    [
        [tier(1000, prompt="0.000001"), window(100, 200, prompt="0.000001")],
        [{**tier(1000, prompt="0.000001"), **window(100, 200)}],
        [{**window(100, 200, prompt="0.000001"), "utc_days": ["SAT"]}],
        [tier(1000, prompt="0.000001"), {"min_images": 3, "prompt": "0.000002"}],
        [tier(1000, prompt="0.000001", video="0.000001")],
        [tier(1000, prompt="-1")],
        [tier(1000, prompt=None)],
        [tier(0, prompt="0.000001")],
        [tier("1000", prompt="0.000001")],
        [window(100, 2401, prompt="0.000001")],
        [window(100, 260, prompt="0.000001")],
        [window(-100, 200, prompt="0.000001")],
        [window(100, 300, prompt="0.000001"), window(200, 400, prompt="0.000002")],
        [window(2200, 200, prompt="0.000001"), window(100, 400, prompt="0.000002")],
        [{"prompt": "0.000001"}],
        ["cheaper at night"],
    ],
)
def test_an_override_that_is_not_wholly_understood_states_nothing(overrides):
    assert overridden(*overrides).keys() == {"pricing.tiers"}
    assert isinstance(overridden(*overrides)["pricing.tiers"], str)


def test_overrides_of_another_shape_leave_the_other_prices():
    model = read(pricing={**PLAIN["pricing"], "overrides": {"min_prompt_tokens": 1}})
    assert model.values["pricing.input"] == 3
    assert [unusable.field for unusable in model.unusable] == ["pricing.tiers"]


# ---------------------------------------------------------------------------- limits, dates, abilities


@pytest.mark.fault("upstream data", "a limit that is none: 0, −1, 2⁶³, `128k`")
@pytest.mark.parametrize(
    ("top", "general", "said"),
    [
        (64000, 128000, 64000),
        (None, 128000, 128000),
        (0, 128000, 128000),
        (None, None, None),
        (0, 0, None),
        (128000.0, None, 128000),
        (128000.5, 128000, "not a whole number"),
        ("128k", 128000, "text, not a number"),
        (-1, 128000, "out of range"),
        (2**63, 128000, "out of range"),
        (1e300, 128000, "out of range"),
        (True, None, "true or false, not a number"),
        ([1], None, "a list, not a number"),
    ],
)
def test_a_limit_is_a_whole_number_of_tokens_or_not_stated(top, general, said):
    model = read(context_length=general, top_provider={"context_length": top, "max_completion_tokens": top})
    reasons = {unusable.field: unusable.reason for unusable in model.unusable}
    assert model.values.get("context_length", reasons.get("context_length")) == said
    assert model.values.get("max_output_tokens", reasons.get("max_output_tokens")) == (
        said if top or general is None else None
    )


def test_dates_are_iso_text_or_not_stated():
    model = read(created=1759161676, knowledge_cutoff="2025-07", expiration_date="2026-12-31")
    assert [model.values[field] for field in ("released", "knowledge_cutoff", "expires")] == [
        "2025-09-29",
        "2025-07",
        "2026-12-31",
    ]
    assert "expires" not in read(expiration_date="2098-12-31").values
    silent = read(created=0, knowledge_cutoff="", expiration_date=None)
    assert not silent.values.keys() & {"released", "knowledge_cutoff", "expires"}


@pytest.mark.parametrize(
    "stated", ["soon", "2026-13-01", "2026-2-1", "20260201", "2026-W01-1", "2026-02-01T00:00", 2026, []]
)
def test_a_date_that_is_none_is_reported(stated):
    model = read(created="x", knowledge_cutoff=stated, expiration_date=stated)
    assert not model.values.keys() & {"released", "knowledge_cutoff", "expires"}
    assert {unusable.field for unusable in model.unusable} == {"released", "knowledge_cutoff", "expires"}


@pytest.mark.parametrize(
    ("inputs", "outputs", "parameters", "features"),
    [
        (["text"], ["text"], [], "chat"),
        (["text", "image"], ["text"], [], "chat vision multimodal"),
        (["text"], ["image"], [], "image_generation"),
        (["text", "audio"], ["text", "audio"], [], "chat multimodal audio"),
        (["text", "file", "video"], ["text"], [], "chat"),
        (["text"], ["embeddings"], ["response_format"], "structured_outputs embeddings"),
        (["text"], ["rerank"], [], "rerank"),
        (["audio"], ["transcription"], [], "multimodal audio transcription"),
        (["text"], ["speech"], [], "speech"),
        (["text"], ["video"], [], "video_generation"),
        (
            [],
            [],
            ["tools", "tool_choice", "parallel_tool_calls"],
            "function_calling tool_choice parallel_function_calling",
        ),
        ([], [], ["structured_outputs"], "structured_outputs"),
        ([], [], ["include_reasoning", "web_search_options"], "reasoning web_search"),
        ([], [], ["temperature", "top_p"], ""),
    ],
)
def test_features_follow_from_one_table(inputs, outputs, parameters, features):
    model = read(
        architecture={
            "input_modalities": inputs,
            "output_modalities": outputs,
            "modality": "text+image->image",
        },
        supported_parameters=parameters,
    )
    assert " ".join(model.values.get("features", ())) == features


# ---------------------------------------------------------------------------- bad rows


@pytest.mark.fault("upstream data", "a row of another shape")
@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ({"pricing": None}, "states no prices"),
        ({"pricing": {}}, "states no prices"),
        ({"pricing": []}, "pricing is a list where an object is needed"),
        ({"pricing": "free"}, "pricing is text"),
        ({"architecture": ["text"]}, "architecture is a list"),
        ({"architecture": {"input_modalities": "text+image"}}, "input_modalities is text"),
        ({"architecture": {"output_modalities": [1]}}, "list of words"),
        ({"architecture": {"output_modalities": [["text"]]}}, "list of words"),
        ({"supported_parameters": {"tools": True}}, "supported_parameters is an object"),
        ({"top_provider": 5}, "top_provider is a number"),
    ],
)
def test_a_row_whose_shape_changed_is_skipped_with_its_reason(bad, reason):
    listing = listed(many(row("a/bad", **bad)))
    assert isinstance(listing, Listing)
    assert [skipped.id for skipped in listing.skipped] == ["a/bad"]
    assert reason in listing.skipped[0].reason
    assert len(listing.models) == 40


@pytest.mark.fault("upstream data", "an id that could be a path, an option or two words")
@pytest.mark.parametrize(
    "id_",
    [
        *(
            "../../etc/x",
            "a/../b",
            "a/./b",
            "/a",
            "a/",
            "a//b",
            "..\\x",
            "-rf",
            "--upload-pack=x",
            "",
            " a",
            "a b",
        ),
        *(
            "a\nb",
            "a\x00b",
            "a\x1b[31m",
            "a\u202eb",
            "a\u2066b",
            "a\u0085b",
            "a\u2028b",
            "a\u00a0b",
            "x" * 201,
            "\ud800",
        ),
        *(None, 5, ["a"], {"a": 1}, True),
    ],
)
def test_an_id_that_could_be_something_else_is_skipped(id_):
    listing = listed(many(row(id_)))
    assert isinstance(listing, Listing)
    assert len(listing.skipped) == 1
    assert listing.skipped[0].id.isprintable()
    assert len(listing.models) == 40


@pytest.mark.parametrize(
    "id_",
    [
        "no",
        "on",
        "1e3",
        "0123",
        "12:30",
        "null",
        "~",
        "=",
        "<<",
        "~vendor/x-latest",
        "a/b:free",
        "A/B",
        "a/é",
        "a/e\u0301",
    ],
)
def test_an_unusual_id_stays_as_it_was_sent(id_):
    assert [model.id for model in openrouter.parse(json.dumps({"data": [row(id_)]}).encode()).models] == [id_]


@pytest.mark.fault("upstream data", "a row of another shape")
def test_rows_that_are_no_objects_are_skipped():
    listing = listed([*many(5), *many("x"), *many(None)])
    assert isinstance(listing, Listing)
    assert [skipped.id for skipped in listing.skipped] == ["row 1", "row 42", "row 83"]


@pytest.mark.fault("upstream data", "the same model twice")
def test_the_same_row_twice_is_one_and_a_contradiction_is_none():
    listing = listed(
        many(row("a/same"), row("a/same"), row("a/two"), row("a/two", context_length=5, top_provider={}))
    )
    assert isinstance(listing, Listing)
    assert [model.id for model in listing.models if model.id.startswith("a/")] == ["a/same"]
    assert [(skipped.id, skipped.reason) for skipped in listing.skipped] == [
        ("a/two", "listed more than once, and not the same")
    ]


@pytest.mark.fault("upstream data", "a row of another shape")
def test_a_list_of_which_more_than_a_tenth_is_bad_says_nothing():
    bad = [row(f"bad/{number}", pricing=None) for number in range(5)]
    assert isinstance(listed([*bad[:4], *many()]), Listing)
    failure = listed([*bad, *many()])
    assert isinstance(failure, Failure)
    assert "5 of 45 rows cannot be used, the first because it states no prices" in failure.reason


def test_one_bad_row_of_few_is_only_skipped():
    listing = listed([row("a/b"), row("a/c", pricing=[])])
    assert isinstance(listing, Listing)
    assert [model.id for model in listing.models] == ["a/b"]


# ---------------------------------------------------------------------------- what is new


@pytest.mark.fault("upstream data", "fields that nobody knows yet")
def test_what_nobody_knows_yet_is_told_once_a_list():
    rows = [
        row(
            f"a/{number}",
            weights="open",
            pricing={**PLAIN["pricing"], "video": "1"},
            top_provider={"region": "eu"},
        )
        for number in range(12)
    ]
    rows[0]["architecture"] = {
        "input_modalities": ["text", "smell"],
        "output_modalities": ["text"],
        "layers": 4,
    }
    rows[1]["pricing"]["overrides"] = [{"utc_days": ["SAT"], "prompt": "0"}]
    listing = listed(rows, page_size=50)
    assert isinstance(listing, Listing)
    assert listing.drift == (
        "unknown architecture.layers (a/0)",
        "unknown beside the list: page_size",
        "unknown modality smell (a/0)",
        "unknown pricing.overrides.utc_days (a/1)",
        "unknown pricing.video (12 models, such as a/0)",
        "unknown top_provider.region (12 models, such as a/0)",
        "unknown weights (12 models, such as a/0)",
    )
    assert listing.models[0].values["modalities.input"] == ("text",)


@pytest.mark.fault("upstream data", "fields that nobody knows yet")
def test_what_is_new_is_bounded():
    listing = listed([row(f"a/{number}", **{f"key{number:03}": 1}) for number in range(100)])
    assert isinstance(listing, Listing)
    assert len(listing.drift) == 51
    assert listing.drift[-1] == "and 50 more"


# ---------------------------------------------------------------------------- hostile text


def test_a_long_description_is_cut_and_told():
    listing = listed(many(row("a/b", description="x" * 1_000_000, name="y" * 10_000)))
    assert isinstance(listing, Listing)
    values = listing.models[0].values
    assert len(values["description"]) == 4000
    assert len(values["name"]) == 200
    assert any("longer than 4,000 characters" in line and "a/b" in line for line in listing.drift)


@pytest.mark.parametrize(
    "character", ["\x1b", "\x07", "\x00", "\x7f", "\u202e", "\u2066", "\ufeff", "\ud800", "\U000e0041"]
)
def test_characters_that_do_not_print_are_left_out_and_told(character):
    listing = answered(
        json.dumps({"data": many(row("a/b", name=f"na{character}me", description=f"a{character}b"))})
    )
    assert isinstance(listing, Listing)
    assert (listing.models[0].values["name"], listing.models[0].values["description"]) == ("name", "ab")
    assert any("do not print" in line for line in listing.drift)


@pytest.mark.parametrize("space", ["\n", "\r\n", "\t", "\u0085", "\u2028", "\u2029", "\u00a0", "\u202f"])
def test_a_name_is_one_line(space):
    assert read(name=f"a{space}Co-authored-by:x").values["name"] == "a Co-authored-by:x"


def test_an_emoji_keeps_what_joins_it():
    assert read(name="\U0001f468\u200d\U0001f4bb").values["name"] == "\U0001f468\u200d\U0001f4bb"


JUNK = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)
KEYS = st.sampled_from(sorted(openrouter.ROW))
ANY_TEXT = st.text(st.characters(), max_size=60)


def prints(text: str) -> bool:
    return all(character.isprintable() or character in "\n\u200c\u200d" for character in text)


@pytest.mark.fault("upstream data", "a row of another shape")
@given(
    st.dictionaries(KEYS, JUNK, max_size=6),
    st.dictionaries(st.sampled_from(sorted(openrouter.PRICING)), JUNK),
)
def test_no_row_can_break_the_list(changes, stated):
    hostile = {**PLAIN, "pricing": {**PLAIN["pricing"], **stated}, **changes}
    page = openrouter.parse(json.dumps({"data": [hostile]}).encode())
    assert page.rows == 1
    for text in (*(skipped.id for skipped in page.skipped), *(what for what, _ in page.noted)):
        assert prints(text)
    for unusable in (unusable for model in page.models for unusable in model.unusable):
        assert prints(unusable.text)


@given(ANY_TEXT, ANY_TEXT, ANY_TEXT)
def test_no_text_leaves_that_does_not_print(name, description, canonical):
    body = json.dumps({"data": [row(name=name, description=description, canonical_slug=canonical)]})
    (model,) = openrouter.parse(body.encode()).models
    assert "\n" not in model.values.get("name", "")
    for text in (model.canonical, model.values.get("name", ""), model.values.get("description", "")):
        assert prints(text)
        text.encode()


@given(
    st.permutations(json.loads((DATA / "text.json").read_text())["data"]), st.randoms(use_true_random=False)
)
def test_the_order_of_rows_and_of_their_keys_does_not_matter(rows, random):
    shuffled = [dict(random.sample(list(found.items()), len(found))) for found in rows]
    for found in shuffled:
        found["pricing"] = dict(random.sample(list(found["pricing"].items()), len(found["pricing"])))
        found["supported_parameters"] = random.sample(
            found["supported_parameters"], len(found["supported_parameters"])
        )
    page = openrouter.parse(json.dumps({"data": shuffled}).encode())
    assert {model.id: model for model in page.models} == recorded("text")


@given(st.integers(0, 10**12), st.integers(0, 24))
def test_a_price_is_a_million_times_what_is_stated(digits, places):
    stated = Decimal(digits).scaleb(-places)
    if stated and not Decimal("1e-30") <= stated <= 10**6:
        return
    said = priced(prompt=f"{stated:f}")["input"]
    assert Decimal(said) == stated * 10**6
    assert "E" not in said
    assert said == "0" or not (said.endswith("0") and "." in said)


# ---------------------------------------------------------------------------- pages


def page(*ids: str, following: str | None = None, **around) -> bytes:
    return json.dumps({"data": [row(id_) for id_ in ids], "links": {"next": following}, **around}).encode()


@pytest.fixture
def server():
    with FaultServer() as started:
        yield started


def listing_from(url: str, **options) -> Listing | Failure:
    return listing_of("openrouter", SourceSettings(endpoints=(Endpoint(url),)), client(), **options)


def test_pages_are_followed_to_the_end_with_the_key(server):
    url = server.at("/models", reply(page("a/1", following="/models?page=2", total_count=3)))
    server.at("/models?page=2", reply(page("a/2", following=url + "?page=3")))
    server.at("/models?page=3", reply(page("a/3")))
    listing = listing_from(url, key="a-key")
    assert isinstance(listing, Listing)
    assert [model.id for model in listing.models] == ["a/1", "a/2", "a/3"]
    assert listing.complete
    assert {asked.headers["authorization"] for asked in server.asked} == {"Bearer a-key"}


def test_a_page_that_fails_fails_the_list(server):
    url = server.at("/models", reply(page("a/1", following="/absent")))
    assert isinstance(listing_from(url), Failure)


@pytest.mark.fault("network", "a redirect elsewhere, in a circle, or without end")
@pytest.mark.parametrize(
    "following",
    ["https://other.example/x", "//other.example/", "http://[::1/", "file:///etc/passwd", {"a": 1}],
)
def test_a_page_elsewhere_is_not_asked_for(server, following):
    failure = listing_from(server.at("/models", reply(page("a/1", following=following))))
    assert isinstance(failure, Failure)
    assert {asked.headers["host"] for asked in server.asked} == {f"127.0.0.1:{server.server_address[1]}"}


@pytest.mark.fault("network", "a redirect elsewhere, in a circle, or without end")
def test_pages_in_a_circle_fail(server):
    url = server.at("/models", reply(page("a/1", following="/models")))
    failure = listing_from(url)
    assert isinstance(failure, Failure)
    assert "lead back" in failure.reason
    assert len(server.asked) == 1


def test_a_list_without_an_end_is_not_complete(server):
    for number in range(101):
        server.at(f"/{number}", reply(page(f"a/{number}", following=f"/{number + 1}")))
    listing = listing_from(server.at("/0", reply(page("a/0", following="/1"))))
    assert isinstance(listing, Listing)
    assert len(listing.models) == 100
    assert not listing.complete
    assert "the list goes on after the last page that was read" in listing.drift


@pytest.mark.fault("bombs", "names and descriptions without end")
def test_a_list_that_counts_more_than_it_holds_is_not_complete():
    listing = listed([row("a/1"), row("a/2")], total_count=3)
    assert isinstance(listing, Listing)
    assert not listing.complete
    assert listing.drift == ("the list counts 3 models and holds 2",)
    assert listed([row("a/1")], total_count="many").complete


@pytest.mark.parametrize("id_", [None, "", "a/2 ", " a/2", 7, "a/2\n", "-a", "a//2", ["a/2"]])
def test_a_list_with_a_row_whose_id_cannot_be_read_is_not_complete(id_):
    listing = listed([row("a/1"), row("a/3"), row("a/4"), row("a/2") | {"id": id_}])
    assert isinstance(listing, Listing)
    assert not listing.complete
    assert "a row has no id that can be read, and may be any model" in listing.drift


def test_a_list_with_a_row_that_cannot_be_used_but_has_its_id_is_complete():
    listing = listed([row("a/1"), row("a/3"), row("a/2") | {"pricing": 3}])
    assert isinstance(listing, Listing)
    assert ([skipped.id for skipped in listing.skipped], listing.complete) == (["a/2"], True)


@pytest.mark.parametrize("total", [0, 1, 2])
def test_a_list_that_holds_as_much_as_it_counts_or_more_is_complete(total):
    assert listed([row("a/1"), row("a/2")], total_count=total).complete


def test_a_recorded_page_of_several_is_not_complete(tmp_path):
    path = tmp_path / "page.json"
    path.write_bytes(page("a/1", following="/models?page=2"))
    listing = listing_from("http://127.0.0.1:1/models", replay=path)
    assert isinstance(listing, Listing)
    assert not listing.complete


# ---------------------------------------------------------------------------- JSON


def test_the_same_number_is_read_whatever_its_spelling():
    prices = '{"prompt": 3e-6, "completion": 0.0000150}'
    text = f'{{"data": [{{"id": "a/b", "context_length": 1.28E5, "pricing": {prices}}}]}}'
    (model,) = openrouter.parse(text.encode()).models
    assert model.values["context_length"] == 128000
    assert f"{model.values['pricing.input']} {model.values['pricing.output']}" == "3 15"


@pytest.mark.fault("upstream data", "a key that is there twice")
def test_a_key_that_is_there_twice_is_found_wherever_it_is():
    inner = json.dumps(row("a/b"))
    for text in (
        f'{{"data": [{inner}], "data": [{inner}]}}',
        f'{{"links": {{}}, "links": {{}}, "data": [{inner}]}}',
        f'{{"data": [{inner[:-1]}, "id": "a/c"}}]}}',
        f'{{"data": [{inner[:-1]}, "x": {{"y": 1, "y": 1}}}}]}}',
    ):
        with pytest.raises(SourceFailed, match="there twice"):
            openrouter.parse(text.encode())


@pytest.mark.fault("upstream data", "a key that is there twice")
def test_the_key_that_is_there_twice_is_named_however_many_there_are():
    keys = ", ".join(f'"k{number}": 0' for number in range(60_000))
    with pytest.raises(SourceFailed, match="the key 'k59999' is there twice"):
        openrouter.parse(f'{{"data": [{{{keys}, "k59999": 0}}]}}'.encode())
