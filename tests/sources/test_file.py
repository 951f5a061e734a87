"""That a list in a file is known for what it is, and read as exactly as it is written."""

from __future__ import annotations

import json
import os
from decimal import Decimal
from pathlib import Path

import pytest
from asking import client

from modelsync.records import Failure, Listing, Model, Tier, Variant
from modelsync.sources import Endpoint, SourceSettings, listing_of

DATA = Path(__file__).parents[1] / "data"


def asked(url: str, folder: Path, transformer: str = "file") -> Listing | Failure:
    settings = SourceSettings(endpoints=(Endpoint(url),), transformer=transformer)
    return listing_of("prices", settings, client(), folder=folder)


def read(sent: object, folder: Path) -> Listing | Failure:
    (folder / "list.json").write_text(sent if isinstance(sent, str) else json.dumps(sent))
    return asked("file:list.json", folder)


def recorded(name: str) -> dict[str, Model]:
    listing = asked(f"file:{name}.json", DATA)
    assert isinstance(listing, Listing)
    return {model.id: model for model in listing.models}


def models_dev(more: dict | None = None, **cost) -> dict[str, object]:
    return {"vendor": {"models": {"model": {"cost": cost, **(more or {})}}}}


@pytest.mark.fault("file system", "a symlink that leads out, to nothing or to itself; a hard link; a pipe")
def test_a_list_without_an_end_is_a_failure_and_is_never_read(tmp_path):
    os.mkfifo(tmp_path / "pipe.json")
    (tmp_path / "device.json").symlink_to("/dev/zero")
    for name in ("pipe.json", "device.json"):
        failure = asked(f"file:{name}", tmp_path)
        assert isinstance(failure, Failure)
        assert "is no regular file" in failure.reason


# ---------------------------------------------------------------------------- models.dev


def test_reads_models_dev_with_the_provider_before_the_id():
    models = recorded("modelsdev/api")
    assert list(models) == ["anthropic/claude-sonnet-4-5", "openai/gpt-5.5", "openai/text-embedding-3-small"]
    assert models["anthropic/claude-sonnet-4-5"].values == {
        "name": "Claude Sonnet 4.5",
        "context_length": 200000,
        "max_output_tokens": 64000,
        "pricing.input": Decimal(3),
        "pricing.output": Decimal(15),
        "pricing.cache_read": Decimal("0.3"),
        "pricing.cache_write": Decimal("3.75"),
        "pricing.tiers": (Tier(200000, SONNET_TIER),),
        "knowledge_cutoff": "2025-07-31",
        "released": "2025-09-29",
        "modalities.input": ("text", "image", "pdf"),
        "modalities.output": ("text",),
        "features": ("chat", "vision", "multimodal", "function_calling", "reasoning"),
    }


SONNET_TIER = {
    "input": Decimal(6),
    "output": Decimal("22.5"),
    "cache_read": Decimal("0.6"),
    "cache_write": Decimal("7.5"),
}


def test_a_tier_is_that_of_the_newer_spelling():
    (tier,) = recorded("modelsdev/api")["openai/gpt-5.5"].values["pricing.tiers"]
    assert (tier.above, tier.prices["output"]) == (272000, Decimal(45))


def test_a_mode_that_is_asked_for_by_a_service_tier_is_a_variant():
    prices = {"input": Decimal("12.5"), "output": Decimal(75), "cache_read": Decimal("1.25")}
    (variant,) = recorded("modelsdev/api")["openai/gpt-5.5"].values["pricing.variants"]
    assert variant == Variant({"service_tier": "priority"}, prices)


@pytest.mark.parametrize(
    "mode",
    [
        5,
        {},
        {"cost": {"input": 1}},
        {"cost": 5, "provider": {"body": {"service_tier": "flex"}}},
        {"cost": {"input": 1}, "provider": {"body": {"speed": "fast"}}},
        {"cost": {"input": 1}, "provider": {"body": {"service_tier": "default"}}},
        {"cost": {"video": 1}, "provider": {"body": {"service_tier": "flex"}}},
    ],
)
def test_a_mode_of_which_a_catalog_has_no_word_is_none(mode, tmp_path):
    (model,) = read(models_dev({"experimental": {"modes": {"fast": mode}}}, input=1), tmp_path).models
    assert model.values == {"pricing.input": Decimal(1)}
    assert model.unusable == ()


@pytest.mark.parametrize("tiers", [5, [5], [{"input": 1}], [{"tier": {"type": "day", "size": 5}}]])
def test_a_tier_that_is_not_understood_is_unusable(tiers, tmp_path):
    (model,) = read(models_dev(input=1, tiers=tiers), tmp_path).models
    assert model.values == {"pricing.input": Decimal(1)}
    assert [unusable.field for unusable in model.unusable] == ["pricing.tiers"]


def test_a_price_that_is_none_is_unusable_and_an_unknown_one_told(tmp_path):
    listing = read(models_dev(input=-1, output=None, video=3), tmp_path)
    assert listing.models[0].values == {}
    assert [unusable.field for unusable in listing.models[0].unusable] == ["pricing.input", "pricing.output"]
    assert listing.drift == ("unknown cost.video (vendor/model)",)


def test_a_provider_that_is_none_is_skipped(tmp_path):
    listing = read({**models_dev(input=1), "version": "2"}, tmp_path)
    assert [skipped.id for skipped in listing.skipped] == ["version"]


# ---------------------------------------------------------------------------- LiteLLM


def test_reads_a_price_map_without_its_sample():
    models = recorded("litellm-map/price-map")
    assert list(models) == [
        "gemini/gemini-2.5-pro",
        "groq/llama-3.3-70b-versatile",
        "openai/gpt-4o",
        "openai/text-embedding-3-small",
    ]
    variants = models["openai/gpt-4o"].values.pop("pricing.variants")
    assert models["openai/gpt-4o"].values | {"features": (), "modalities.input": ()} == {
        "context_length": 128000,
        "max_output_tokens": 16384,
        "pricing.input": Decimal("2.5"),
        "pricing.output": Decimal(10),
        "pricing.cache_read": Decimal("1.25"),
        "modalities.input": (),
        "modalities.output": ("text",),
        "features": (),
    }
    gpt = {
        "batch": {"input": Decimal("1.25"), "output": Decimal(5)},
        "priority": {
            "input": Decimal("4.25"),
            "output": Decimal(17),
            "cache_read": Decimal("2.125"),
        },
    }
    assert variants == tuple(Variant({"service_tier": word}, prices) for word, prices in gpt.items())
    flex = {"service_tier": "flex"}
    assert models["gemini/gemini-2.5-pro"].values["pricing.variants"] == (
        Variant(flex, {"input": Decimal("0.625"), "output": Decimal(5), "cache_read": Decimal("0.125")}),
        Variant(flex, {"input": Decimal("1.25"), "output": Decimal("7.5")}, above=200_000),
    )
    assert models["gemini/gemini-2.5-pro"].values["pricing.tiers"] == (
        Tier(200000, {"input": Decimal("2.5"), "output": Decimal(15)}),
    )
    assert models["openai/text-embedding-3-small"].values["features"] == ("embeddings",)


@pytest.mark.parametrize(
    ("text", "price"),
    [
        ("5.9e-07", "0.59"),
        ("0.00000059", "0.59"),
        ("1E-7", "0.1"),
        ("1.234567890123456e-06", "1.234567890123456"),
    ],
)
def test_a_price_of_the_map_is_exact(text, price, tmp_path):
    row = f'{{"litellm_provider": "a", "input_cost_per_token": {text}, "output_cost_per_token": 1e-6}}'
    (model,) = read(f'{{"a/b": {row}}}', tmp_path).models
    assert f"{model.values['pricing.input']}" == price


def test_a_limit_of_the_map_is_a_number_however_it_is_written(tmp_path):
    (model,) = read('{"a/b": {"litellm_provider": "a", "max_input_tokens": 1.28e5}}', tmp_path).models
    assert model.values["context_length"] == 128000


def test_half_a_character_in_the_map_costs_the_list_and_no_traceback(tmp_path):
    failure = read('{"a\\ud800": {"litellm_provider": "a"}}', tmp_path)
    assert isinstance(failure, Failure)


# ---------------------------------------------------------------------------- answers of other sources


@pytest.mark.parametrize(
    "path",
    [
        path
        for name in ("openrouter", "anthropic", "google", "aihubmix", "litellm")
        for path in (DATA / name).glob("*.json")
    ],
    ids=lambda path: f"{path.parent.name}-{path.stem}",
)
def test_an_answer_of_a_source_is_read_as_that_source_reads_it(path):
    name = path.parent.name
    direct = asked(f"file:{path}", Path(), transformer=name)
    found = asked(f"file:{path}", Path())
    assert isinstance(found, Listing)
    assert found.complete == direct.complete
    taken = {model.id: model for model in found.models}
    assert {model.id: taken[model.id] for model in direct.models} == {
        model.id: model for model in direct.models
    }


def test_any_other_list_is_read_as_openai_has_it():
    models = recorded("file/bare-list")
    assert models["vendor/one"].values == {"context_length": 32768, "features": ("chat",)}


@pytest.mark.parametrize(
    "row",
    [
        {"display_name": "One", "created": 1785743198},
        {"display_name": "One", "owned_by": "vendor", "type": "model"},
        {"display_name": "One", "model_info": {"a": 1}, "object": "model"},
        {"name": "One", "permission": [{"id": "modelperm-1"}], "canonical_slug": "one"},
        {"supportedGenerationMethods": ["x"], "display_name": "One", "max_model_len": 8192},
    ],
)
def test_one_key_of_another_source_makes_a_row_no_row_of_it(row, tmp_path):
    rows = [{"id": "vendor/one", "context_length": 8192, **row}, {"id": "vendor/two", **row}]
    for sent in ({"data": rows}, rows, {"models": rows}):
        listing = read(sent, tmp_path)
        assert isinstance(listing, Listing)
        assert listing.models[0].values["context_length"] == 8192


VENDORS = [
    [{"id": "openai", "name": "OpenAI", "models": [{"id": "gpt-4o"}]}],
    [{"id": "openai", "created": 1785743198, "models": {"gpt-4o": {}}}],
    {"data": [{"id": "openai", "object": "provider", "llms": [{"id": "gpt-4o"}]}]},
    [{"id": "openai", "name": "OpenAI", "env": ["OPENAI_API_KEY"]}],
]


@pytest.mark.parametrize(
    "sent", [*VENDORS, {"gpt-4o": {"price": 3}}, [["gpt-4o", 3]], {"data": [{"name": "x"}]}]
)
def test_what_is_no_list_of_models_is_refused_with_what_was_seen(sent, tmp_path):
    failure = read(sent, tmp_path)
    assert isinstance(failure, Failure)
    assert "no source recognises its format: a" in failure.reason
    assert "`transformer:`" in failure.advice


def test_a_page_of_several_is_not_complete(tmp_path):
    listing = read({"data": [{"id": "a"}], "has_more": True, "last_id": "a"}, tmp_path)
    assert not listing.complete


# ---------------------------------------------------------------------------- where it lies


def test_a_path_is_relative_to_the_folder_or_absolute(tmp_path):
    (tmp_path / "lists").mkdir()
    path = tmp_path / "lists" / "one.json"
    path.write_text('[{"id": "a"}]')
    for url in ("file:lists/one.json", f"file:{path}", f"file://{path}"):
        listing = asked(url, tmp_path)
        assert isinstance(listing, Listing)
        assert listing.origin == str(path)


def test_any_source_may_be_read_from_a_file(tmp_path):
    listing = asked(f"file:{DATA / 'openrouter' / 'text.json'}", tmp_path, transformer="openrouter")
    assert isinstance(listing, Listing)
    assert listing.models[0].canonical


@pytest.mark.parametrize("url", ["file:absent.json", "file:", "file:\x00"])
def test_a_file_that_cannot_be_read_is_a_failure(url, tmp_path):
    failure = asked(url, tmp_path)
    assert isinstance(failure, Failure)
    assert "cannot be read" in failure.reason


@pytest.mark.parametrize(
    "text", ["", "1, 2", "{}", "[]", '{"a": {"b": 1}}', '{"a": 1, "a": 2}', "x", '{"data": {}}']
)
def test_what_is_no_list_is_a_failure(text, tmp_path):
    failure = read(text, tmp_path)
    assert isinstance(failure, Failure)
    assert str(tmp_path) in failure.reason
