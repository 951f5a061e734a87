"""That a price of a list in OpenAI's format is read in the unit that is known, and else not at all."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest
from asking import client
from hypothesis import given
from hypothesis import strategies as st

from modelsync.records import Listing, Model, Tier
from modelsync.sources import Endpoint, SourceSettings, listing_of, openai

NO_UNIT = "its unit is not stated"
PER_1M = {"unit": "perMTokens", "currency": "USD"}


def parse(*rows: object, **around) -> openai.Page:
    return openai.parse(json.dumps({"data": rows, **around}).encode())


def prices_of(model: Model) -> dict[str, str]:
    """The prices that come of a row, and the reasons for those that do not."""
    read = {
        field: value if isinstance(value, tuple) else f"{value:f}"
        for field, value in model.values.items()
        if field.startswith("pricing.")
    }
    refused = {unusable.field: unusable.reason for unusable in model.unusable}
    assert not read.keys() & refused.keys()
    return {field.removeprefix("pricing."): text for field, text in (read | refused).items()}


def prices(**pricing) -> dict[str, str]:
    return prices_of(parse({"id": "a", "pricing": pricing}).models[0])


NEW = "https://api.newhost.example/v1/models"


def listed(row: dict, folder: Path, url: str = NEW, name: str = "own", **settings) -> Model:
    """A row of the list that stands at an address."""
    path = folder / "list.json"
    path.write_text(json.dumps({"data": [{"id": "a", **row}]}))
    asked = SourceSettings((Endpoint(url),), **settings)
    listing = listing_of(name, asked, client(), replay=path)
    assert isinstance(listing, Listing)
    return listing.models[0]


@pytest.mark.parametrize(
    ("unit", "said"),
    [
        ("usd_per_1m_tokens", "0.25"),
        ("usd_per_million_tokens", "0.25"),
        ("USD_per_1K_tokens", "250"),
        ("usd_per_token", "250000"),
        ("USD/1M tokens", "0.25"),
        ("$ per 1,000,000 tokens", "0.25"),
        ("US$ / million tokens", "0.25"),
        ("usd per mtok", "0.25"),
        ("$1K tokens", "250"),
    ],
)
def test_a_price_is_exact_in_every_unit(unit, said):
    assert prices(input=0.25, unit=unit) == {"input": said}
    assert prices(prompt="0.250", unit=unit) == {"input": said}


def test_without_its_unit_a_price_is_unusable():
    assert prices(input=3, output=15, cached_input=0, hourly=0) == dict.fromkeys(
        ("input", "output", "cache_read"), "its unit is not stated"
    )


@pytest.mark.parametrize(
    "stated",
    [
        {"unit": "eur_per_1m_tokens"},
        {"unit": "usd_per_1m_tokens", "currency": "EUR"},
        {"unit": "per_1m_tokens"},
        {"unit": "per_1m_tokens", "currency": "RUB"},
        {"unit": "cents_per_100m_tokens"},
        {"unit": "¥/1M tokens"},
        {"unit": "USD tokens"},
        {"unit": "tokens", "currency": "USD"},
        {"currency": "CNY"},
        {"unit": "usd_per_image"},
        {"unit": 5},
    ],
)
def test_a_price_in_another_currency_or_unit_is_unusable(stated):
    assert "not in USD by a known number of tokens" in prices(input=3, **stated)["input"]


def test_a_currency_may_stand_beside_its_unit():
    assert prices(input=3, unit="per_1m_tokens", currency="USD") == {"input": "3"}
    assert prices(input={"amount": 3, "unit": "1M tokens", "currency": "usd"}) == {"input": "3"}


@pytest.mark.parametrize("stated", ["-1", -2, None, "", "free", True, 10**9, [3]])
def test_what_is_no_price_is_unusable_and_never_zero(stated):
    assert prices(output=stated, unit="usd_per_1m_tokens").keys() == {"output"}


def test_zero_is_a_price_where_the_unit_is_stated():
    assert prices(input=0, unit="usd_per_1m_tokens") == {"input": "0"}


def test_two_different_prices_for_the_same_are_none():
    assert "two different" in prices(input=1, prompt=2, unit="usd_per_1m_tokens")["input"]
    assert prices(input=1, prompt="1.0", unit="usd_per_1m_tokens") == {"input": "1"}


def test_prices_that_are_no_object_cost_no_row():
    (model,) = parse({"id": "a", "pricing": "free"}).models
    assert [unusable.field for unusable in model.unusable] == ["pricing.input"]


@given(st.integers(0, 10**9), st.integers(0, 12))
def test_a_price_per_thousand_is_a_thousand_times_what_is_stated(digits, places):
    stated = Decimal(digits).scaleb(-places)
    if stated and not 0 < stated <= 10**6:
        return
    assert Decimal(prices(input=f"{stated:f}", unit="usd_per_1k_tokens")["input"]) == stated * 1000


# ---------------------------------------------------------------------------- what a vendor documents

GROK = {
    "prompt_text_token_price": 12500,
    "cached_prompt_text_token_price": 2000,
    "completion_text_token_price": 25000,
    "prompt_image_token_price": 0,
    "long_context_threshold": 200000,
    "prompt_text_token_price_long_context": 25000,
    "completion_text_token_price_long_context": 1_000_000_000,
}
HOSTS = {"pricing": {"input": 0.15, "output": 0.75}, "context_length": 8192, "status": "live"}
VENICE = {
    "pricing": {
        "input": {"usd": 0.2, "diem": 0.2},
        "output": {"usd": 0.9, "diem": 0.9},
        "cache_input": {"usd": 0},
        "extended": {"context_token_threshold": 200000, "input": {"usd": 0.4}, "output": {"usd": 1.8}},
    },
    "availableContextTokens": 32000,
    "maxCompletionTokens": 4096,
}
OF_VENDORS = {
    "https://api.x.ai/v1/language-models": (
        GROK,
        {"input": "1.25", "output": "2.5", "cache_read": "0.2"}
        | {"tiers": (Tier(200000, {"input": Decimal("2.5"), "output": Decimal(100_000)}),)},
    ),
    "https://api.deepinfra.com/v1/openai/models": (
        {"metadata": {"pricing": {"input_tokens": 0.26, "output_tokens": 2.5999999999999996}}},
        {"input": "0.26", "output": "2.6"},
    ),
    "https://api.venice.ai/api/v1/models": (
        {"type": "text", "model_spec": VENICE},
        {"input": "0.2", "output": "0.9"}
        | {"tiers": (Tier(200000, {"input": Decimal("0.4"), "output": Decimal("1.8")}),)},
    ),
    "https://api.together.xyz/v1/models": (
        {"type": "chat", "pricing": {"hourly": 0, "input": 0.15, "output": 0, "cached_input": 0}},
        {"input": "0.15", "output": "0"},
    ),
    "https://api.novita.ai/openai/v1/models": (
        {"input_token_price_per_m": 5700, "output_token_price_per_m": 0},
        {"input": "0.57", "output": "0"},
    ),
    "https://api.hyperbolic.xyz/v1/models": (
        {"input_price": 0.3, "output_price": 0.4},
        {"input": "0.3", "output": "0.4"},
    ),
    "https://api.sambanova.ai/v1/models": (
        {"pricing": {"prompt": "0.00000022", "completion": "0.00000059", "duration": "0.0"}},
        {"input": "0.22", "output": "0.59"},
    ),
    "https://router.huggingface.co/v1/models": (
        {"providers": [HOSTS, HOSTS, {"pricing": {"input": 9}, "status": "error"}]},
        {"input": "0.15", "output": "0.75"},
    ),
}


@pytest.mark.parametrize("url", OF_VENDORS)
def test_a_price_is_read_as_the_vendor_of_the_list_documents_it(url, tmp_path):
    row, read = OF_VENDORS[url]
    assert prices_of(listed(row, tmp_path, url)) == read


def test_a_vendor_is_known_by_the_name_of_its_source_too(tmp_path):
    url, (row, read) = next(item for item in OF_VENDORS.items() if "deepinfra" in item[0])
    proxy = "https://gateway.example/v1/models"
    assert prices_of(listed(row, tmp_path, proxy, name="deepinfra")) == read
    assert prices_of(listed(row, tmp_path, url, name="xai")) == read


@pytest.mark.parametrize("url", OF_VENDORS)
def test_the_same_list_at_another_address_has_no_known_unit(url, tmp_path):
    row, _ = OF_VENDORS[url]
    assert {*prices_of(listed(row, tmp_path)).values()} == {NO_UNIT}


@pytest.mark.parametrize("threshold", [None, 0, "long"])
def test_dearer_prices_that_count_from_no_known_length_on_are_no_tier(threshold, tmp_path):
    extended = VENICE["pricing"]["extended"] | {"context_token_threshold": threshold}
    row = {"type": "text", "pricing": VENICE["pricing"] | {"extended": extended}}
    read = prices_of(listed(row, tmp_path, "https://api.venice.ai/api/v1/models"))
    assert read == {"input": "0.2", "output": "0.9", "tiers": "out of range"}


def test_limits_are_read_below_a_vendors_own_key_too(tmp_path):
    values = listed({"model_spec": VENICE}, tmp_path).values
    assert (values["context_length"], values["max_output_tokens"]) == (32000, 4096)
    assert listed({"metadata": {"context_length": 8192}}, tmp_path).values["context_length"] == 8192
    assert listed({"providers": [HOSTS]}, tmp_path).values["context_length"] == 8192


@pytest.mark.parametrize("other", [{"pricing": {"input": 0.1, "output": 0.75}}, {}])
def test_where_the_hosts_of_a_router_charge_differently_it_has_no_price(other, tmp_path):
    row = {"providers": [HOSTS, other]}
    assert prices_of(listed(row, tmp_path, "https://router.huggingface.co/v1/models"))["input"] == (
        "several prices for the same"
    )


@pytest.mark.parametrize(
    ("url", "row"),
    [
        ("https://api.together.xyz/v1/models", {"type": "image", "pricing": {"input": 2, "output": 3}}),
        ("https://api.together.ai/v1/models", {"type": "chat", "pricing": {"input": 0, "output": 0}}),
        ("https://api.venice.ai/api/v1/models", {"type": "tts", "model_spec": VENICE}),
    ],
)
def test_what_a_vendor_does_not_sell_by_the_token_has_no_price(url, row, tmp_path):
    assert not any(field.startswith("pricing.") for field in listed(row, tmp_path, url).values)


# ---------------------------------------------------------------------------- offers with unit and conditions


def offers(**pricings) -> dict[str, str]:
    return prices_of(parse({"id": "a", "pricings": pricings}).models[0])


def upto(value: float, conditions: object = None, **others: object) -> dict[str, object]:
    return {"value": value, **PER_1M, **({"conditions": conditions} if conditions else {}), **others}


def test_offers_say_unit_currency_and_the_prompts_that_they_are_for():
    short, longer = {"gte": 0, "lte": 32, "unit": "kTokens"}, {"gt": 32, "unit": "kTokens"}
    assert offers(
        prompt=[upto(0.03, {"prompt_tokens": short}), upto(0.1, {"prompt_tokens": longer})],
        completion=[upto(0.13)],
    ) == {"input": "0.03", "output": "0.13", "tiers": (Tier(32000, {"input": Decimal("0.1")}),)}


def test_offers_that_nothing_tells_apart_are_no_price():
    assert offers(prompt=[upto(0.17), upto(0.25)]) == {"input": "several prices for the same"}
    assert offers(prompt=[upto(0.17), upto(0.17)]) == {"input": "0.17"}


@pytest.mark.parametrize(
    "conditions",
    [{"hour": 3}, {"prompt_tokens": {"gt": 1, "unit": "words"}}, {"prompt_tokens": {"gt": "x"}}, [1]],
)
def test_an_offer_whose_condition_is_not_understood_is_no_price(conditions):
    read = offers(prompt=[upto(2), upto(1, conditions)])
    assert (read["input"], read["tiers"]) == ("2", "out of range")


@pytest.mark.parametrize("stated", [{"currency": "CNY"}, {"unit": "perCount"}, {"currency": "diem"}])
def test_an_offer_in_another_currency_or_unit_is_unusable(stated):
    assert "not in USD by a known number" in offers(prompt=[upto(1, **stated)])["input"]


# ---------------------------------------------------------------------------- what sync.yaml says

UNITLESS = {"input_price": 3, "pricing": {"completion": "15"}}


@pytest.mark.parametrize(
    ("unit", "read"),
    [
        ("per_1m_tokens", {"input": "3", "output": "15"}),
        ("per_1k_tokens", {"input": "3000", "output": "15000"}),
        ("per_token", {"input": "3000000", "output": "15000000"}),
    ],
)
def test_prices_without_a_unit_are_in_the_one_of_sync_yaml(unit, read, tmp_path):
    assert prices_of(listed(UNITLESS, tmp_path, unit=unit)) == read


def test_a_file_is_read_in_the_unit_of_sync_yaml_too(tmp_path):
    model = listed(UNITLESS, tmp_path, unit="per_1m_tokens", transformer="file")
    assert prices_of(model) == {"input": "3", "output": "15"}


def test_what_a_list_says_of_its_prices_outweighs_sync_yaml(tmp_path):
    for row in ({"currency": "CNY"}, {"pricing": {"completion": 1, "unit": "eur_per_token"}}):
        assert "not in USD" in prices_of(listed(UNITLESS | row, tmp_path, unit="per_token"))["output"]
    stated = {"pricing": {"completion": 1, "unit": "usd_per_1k_tokens"}}
    assert prices_of(listed(UNITLESS | stated, tmp_path, unit="per_token"))["output"] == "1000"


def test_unit_and_currency_may_stand_beside_the_list():
    page = parse({"id": "a", "pricing": {"input": 3}}, unit="per_1m_tokens", currency="USD")
    assert prices_of(page.models[0]) == {"input": "3"}
    page = parse({"id": "a", "pricing": {"input": 3}}, unit="per_1m_tokens", currency="EUR")
    assert "not in USD" in prices_of(page.models[0])["input"]
