"""The reviewed catalog in other formats: exact prices, and what a format cannot say is named."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import duckdb
import pytest
from msgspec.structs import replace
from releases import MODELS, release

from modelsync.errors import UsageError
from modelsync.jobs.export import FORMATS
from modelsync.jobs.export.price_days import parquet
from modelsync.jobs.publish.exported import read
from modelsync.records import Release, Tier

DAY = date(2026, 3, 6)


def exported(name: str, models: dict[str, Any] = MODELS) -> tuple[Any, tuple[str, ...]]:
    """What a format makes, read with exact numbers, and its notices."""
    answer = FORMATS[name].make(release(models), DAY)
    return json.loads(answer.text, parse_float=Decimal), answer.notices


@pytest.mark.parametrize("name", FORMATS)
def test_a_price_that_is_not_known_is_never_given_as_zero(name):
    text = FORMATS[name].make(release({"openai/unknown": MODELS["openai/unknown"]}), DAY).text
    assert not re.search(r"(?<![\w.-])0(\.0+)?(?![\w.-])", text.replace('"priority": 0', ""))


def moved(*times: tuple[int, int | None]) -> Release:
    """A model with prices at these times of March 2026, from a day to another (exclusive)."""
    values = {"model": "moved", "pricing.input": Decimal(1), "pricing.output": Decimal(2)}
    whole = release({"openai/moved": values})
    (model,) = whole.models
    prices = tuple(
        replace(
            one,
            value=one.value * number,
            since=datetime(2026, 3, since, tzinfo=UTC),
            until=until and datetime(2026, 3, until, tzinfo=UTC),
        )
        for one in model.prices
        for number, (since, until) in enumerate(times, start=1)
    )
    return replace(whole, models=(replace(model, prices=prices),))


@pytest.mark.parametrize("name", ["litellm", "genai-prices", "langfuse"])
@pytest.mark.parametrize("times", [((1, 5),), ((7, None),), ((1, 5), (7, None))])
def test_a_price_that_is_known_no_more_or_not_yet_is_not_given_as_that_of_now(name, times):
    answer = FORMATS[name].make(moved(*times), DAY)
    assert not json.loads(answer.text)
    assert answer.notices == ("openai/moved has no known pricing.input and pricing.output, and is left out",)


@pytest.mark.parametrize("name", ["genai-prices", "langfuse"])
def test_a_time_without_a_known_price_is_named_where_a_format_cannot_say_it(name):
    named = "openai/moved had no known price at times; that before it is given for these"
    assert FORMATS[name].make(moved((1, 3), (5, None)), DAY).notices == (named,)
    assert FORMATS[name].make(moved((1, 3), (3, None)), DAY).notices == ()


@pytest.mark.parametrize("name", ["litellm", "genai-prices", "langfuse"])
def test_a_model_without_a_known_price_of_its_output_is_left_out_unless_it_gives_none(name):
    values = {"model": "x", "pricing.input": Decimal(1)}
    for features, is_left_out in ((("chat",), True), (("embeddings",), False)):
        answer = FORMATS[name].make(release({"openai/x": values | {"features": features}}), DAY)
        assert bool(json.loads(answer.text)) is not is_left_out
        assert (
            any("has no known pricing.output, and is left out" in one for one in answer.notices)
            is is_left_out
        )


@pytest.mark.parametrize("name", ["litellm", "genai-prices", "langfuse"])
def test_a_price_of_zero_is_given(name):
    text = FORMATS[name].make(release({"openai/free": MODELS["openai/free"]}), DAY).text
    assert re.search(r'(input|input_mtok|input_cost_per_token)": 0[,\n]', text)


def test_numbers_are_exact_and_in_plain_decimal():
    prices = {"pricing.input": Decimal("0.00000000125"), "pricing.output": Decimal("1E+3")}
    text = FORMATS["litellm"].make(release({"openai/small": {"model": "small", **prices}}), DAY).text
    assert '"input_cost_per_token": 0.00000000000000125,' in text
    assert '"output_cost_per_token": 0.001' in text


def test_what_json_wrote_reads_back_as_the_same_values_and_prices(tmp_path):
    whole, file = release(), tmp_path / "release.json"
    file.write_text(FORMATS["json"].make(whole, DAY).text)
    back = read(file)
    assert (back.commit, back.observed) == (whole.commit, whole.observed)
    assert [(one.name, one.id, one.values_on(DAY)) for one in back.models] == [
        (one.name, one.id, one.values_on(DAY)) for one in whole.models
    ]


@pytest.mark.parametrize("text", [b"", b"[]", b'{"models": [{"provider": "x"}]}'])
def test_what_is_no_exported_catalog_is_not_read(tmp_path, text):
    (tmp_path / "release.json").write_bytes(text)
    with pytest.raises(UsageError, match="not an exported catalog"):
        read(tmp_path / "release.json")


def test_a_price_that_is_announced_stands_apart_with_its_day():
    rising = moved((1, 7), (7, None))
    (model,) = json.loads(FORMATS["json"].make(rising, DAY).text)["models"]
    assert model["values"]["pricing.input"] == "1"
    announced = {(one["field"], one["value"], one["since"][:10]) for one in model["announced"]}
    assert announced == {("pricing.input", "2", "2026-03-07"), ("pricing.output", "4", "2026-03-07")}
    (row,) = csv.DictReader(io.StringIO(FORMATS["csv"].make(rising, DAY).text))
    assert row["pricing.input"] == "1"


def test_price_days_have_a_row_for_each_model_and_day_up_to_now():
    rows = list(csv.DictReader(io.StringIO(FORMATS["price-days"].make(release(), DAY).text)))
    gpt = {row["day"]: row["input"] for row in rows if row["model"] == "openai/gpt-4o"}
    assert len(gpt) == 34
    assert (gpt["2026-02-01"], gpt["2026-03-04"], gpt["2026-03-05"], gpt["2026-03-06"]) == (
        "5",
        "5",
        "2.5",
        "2.5",
    )
    (gemini,) = {row["input"] for row in rows if row["model"] == "google/gemini-2.5-pro"}
    assert Decimal(gemini) == 1
    assert {row["input"] for row in rows if row["model"] == "openai/unknown"} == {""}


def test_price_days_are_parquet_with_decimals(tmp_path):
    path = tmp_path / "days.parquet"
    path.write_bytes(parquet(FORMATS["price-days"].make(release(), DAY)))
    where = "WHERE model = 'openai/gpt-4o' ORDER BY day DESC LIMIT 1"
    query = f"SELECT day, input, typeof(input) FROM '{path}' {where}"
    assert duckdb.sql(query).fetchall() == [(DAY, Decimal("2.5"), "DECIMAL(24,12)")]


def test_litellm_has_its_own_keys_and_names_what_it_cannot_say():
    entries, notices = exported("litellm")
    assert entries["gpt-4o"] == {
        "litellm_provider": "openai",
        "mode": "chat",
        "max_tokens": 16_384,
        "max_input_tokens": 128_000,
        "max_output_tokens": 16_384,
        "input_cost_per_token": Decimal("0.0000025"),
        "output_cost_per_token": Decimal("0.00001"),
        "cache_read_input_token_cost": Decimal("0.00000125"),
        "input_cost_per_token_batches": Decimal("0.00000125"),
        "output_cost_per_token_batches": Decimal("0.000005"),
        "cache_read_input_token_cost_batches": Decimal("0.000000625"),
        "input_cost_per_token_flex": Decimal("0.0000011"),
        "output_cost_per_token_flex": Decimal("0.0000044"),
        "cache_read_input_token_cost_flex": Decimal("0.00000125"),
        "supports_vision": True,
        "supports_function_calling": True,
    }
    assert entries["claude-sonnet-4-5-20250929"]["output_cost_per_token_above_200k_tokens"] == Decimal(
        "0.0000225"
    )
    assert entries["gemini/gemini-2.5-pro"]["input_cost_per_token"] == Decimal("0.000001")
    assert entries["text-embedding-3-small"]["mode"] == "embedding"
    assert notices == (
        "deepseek/deepseek-chat: LiteLLM is not told the prices by the hour",
        "openai/unknown has no known pricing.input, and is left out",
    )


def test_a_map_keeps_all_that_is_not_ours():
    theirs = '{"other": {"input_cost_per_token": 1.5e-07, "x": [1, null]}, "gpt-4o": {"old": 1}}'
    form = FORMATS["litellm"]
    merged = json.loads(form.merge(form.make(release(), DAY).text, theirs))
    assert merged["other"] == {"input_cost_per_token": 1.5e-07, "x": [1, None]}
    assert "old" not in merged["gpt-4o"]


@pytest.mark.parametrize("text", ["[]", "1", "{", "[" * 100_000])
def test_what_is_no_map_is_not_merged_into(text):
    with pytest.raises(ValueError, match=r"object|nested|Expect"):
        FORMATS["litellm"].merge("{}", text)


def test_genai_prices_have_the_day_from_which_each_price_counts():
    providers, notices = exported("genai-prices")
    (gpt,) = [
        model
        for one in providers
        if one["id"] == "openai"
        for model in one["models"]
        if model["id"] == "gpt-4o"
    ]
    assert [(price.get("constraint"), price["prices"]["input_mtok"]) for price in gpt["prices"]] == [
        (None, 5),
        ({"start_date": "2026-03-05"}, Decimal("2.5")),
    ]
    assert [variant["when"] for variant in gpt["price_variants"]] == [
        {"processing": "batch"},
        {"service_tier": "flex"},
    ]
    assert "openai/unknown has no known pricing.input, and is left out" in notices


def test_above_a_tier_that_does_not_state_a_price_it_is_the_list_price_again():
    grok = {"x-ai/grok-4": MODELS["x-ai/grok-4"]}
    ((provider,), _), (entries, _) = exported("genai-prices", grok), exported("litellm", grok)
    assert provider["models"][0]["prices"]["output_mtok"]["tiers"] == [
        {"start": 128_000, "price": 30},
        {"start": 256_000, "price": 15},
    ]
    keys = [f"output_cost_per_token_above_{above}k_tokens" for above in (128, 256)]
    assert [entries["xai/grok-4"][key] for key in keys] == [Decimal("0.00003"), Decimal("0.000015")]


def test_langfuse_has_a_definition_for_each_time_and_a_tier_for_each_length():
    definitions, notices = exported("langfuse")
    gpt = [one for one in definitions if one["modelName"] == "openai/gpt-4o"]
    assert [(one["startDate"], one["pricingTiers"][0]["prices"]["input"]) for one in gpt] == [
        ("2026-02-01T00:00:00Z", Decimal("0.000005")),
        ("2026-03-05T00:00:00Z", Decimal("0.0000025")),
    ]
    assert re.match(gpt[0]["matchPattern"], "GPT-4o")
    assert not re.match(gpt[0]["matchPattern"], "gpt-4o-mini")
    (sonnet,) = [one for one in definitions if one["modelName"] == "anthropic/claude-sonnet-4-5"]
    standard, longer = sonnet["pricingTiers"]
    assert longer["conditions"][0]["value"] == 200_000
    assert (standard["prices"]["output"], longer["prices"]["output"]) == (
        Decimal("0.000015"),
        Decimal("0.0000225"),
    )
    assert "openai/gpt-4o: Langfuse knows no variants; its other prices are given" in notices


def test_all_tiers_for_langfuse_have_the_same_keys_and_what_they_lack_is_named():
    values = {
        "model": "x",
        "pricing.input": Decimal(1),
        "pricing.output": Decimal(2),
        "pricing.web_search": Decimal("0.01"),
        "pricing.tiers": (
            Tier(200_000, {"input": Decimal(2), "cache_read": Decimal("0.2"), "reasoning": Decimal(5)}),
        ),
    }
    (definition,), notices = exported("langfuse", {"openai/x": values})
    standard, longer = definition["pricingTiers"]
    assert standard["prices"].keys() == longer["prices"].keys()
    assert longer["prices"]["output_reasoning_tokens"] == Decimal("0.000005")
    assert notices == (
        "openai/x: Langfuse gets no price of web_search; the other prices are given",
        "openai/x: tiers have prices that Langfuse takes none for; the other prices are given",
    )


def test_openai_lists_what_is_served():
    data = exported("openai")[0]["data"]
    assert data[0] == {"id": "openai/gpt-4o", "object": "model", "created": 1714521600, "owned_by": "openai"}
    gone = {"openai/gone": {"model": "gone", "availability": "unavailable"}}
    assert exported("openai", gone)[0]["data"] == []


def test_no_cell_of_the_table_is_a_formula():
    models = {"openai/x": {"model": "x", "name": "=HYPERLINK(1)"}}
    (row,) = csv.DictReader(io.StringIO(FORMATS["csv"].make(release(models), DAY).text))
    assert row["name"] == "'=HYPERLINK(1)"
