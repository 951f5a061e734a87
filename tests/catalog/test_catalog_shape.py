"""That prices are the same money in every unit, and what a value looks like in a file."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import yaml
from catalog_files import entry, opened, rewritten, update, with_model
from hypothesis import given
from hypothesis import strategies as st

from modelsync import yamledit
from modelsync.catalog import Shape
from modelsync.records import PRICING_UNITS, Tier, Unreadable, Variant, Window

UNITS = sorted(PRICING_UNITS)
prices = st.decimals(min_value=0, max_value=10**9, allow_nan=False, places=30) | st.decimals(
    min_value=0, max_value=1000, allow_nan=False
)


@given(price=prices, unit=st.sampled_from(UNITS))
def test_a_price_survives_every_unit_to_the_last_digit(price: Decimal, unit: str) -> None:
    shape = Shape(unit)
    text = yamledit.edit("{}", [yamledit.Insert((), "input", shape.encode("pricing.input", price))])
    assert shape.decode("pricing.input", yamledit.parse(text).value(("input",))) == price


@given(price=prices, unit=st.sampled_from(UNITS))
def test_what_a_file_says_is_written_as_it_was_said(price: Decimal, unit: str) -> None:
    shape = Shape(unit)
    assert shape.encode("pricing.input", shape.decode("pricing.input", price)) == price


@pytest.mark.parametrize(
    ("unit", "written"), [("per_1m_tokens", "2.5"), ("per_1k_tokens", "0.0025"), ("per_token", "0.0000025")]
)
def test_a_price_is_stated_in_the_catalogs_unit(tmp_path: Path, unit: str, written: str) -> None:
    shape = Shape(unit)
    text = with_model("model: a\npricing: {input: 9, output: 9}")
    after = rewritten(opened(tmp_path, shape, models=text), update("gpt-4o", pricing__input=Decimal("2.5")))
    assert f"input: {written}," in after
    assert float(
        yaml.safe_load(after)["providers"]["openai"]["models"]["gpt-4o"]["pricing"]["input"]
    ) == float(written)


def test_a_price_per_call_has_no_unit_of_tokens(tmp_path: Path) -> None:
    read = entry(tmp_path, with_model("pricing: {request: 0.01, web_search: 0.02}"), Shape("per_token"))
    assert read.values == {"pricing.request": Decimal("0.01"), "pricing.web_search": Decimal("0.02")}


def test_prices_of_tiers_and_windows_have_the_catalogs_unit(tmp_path: Path) -> None:
    text = with_model(
        "pricing:\n  tiers: [{above: 200000, input: 0.006, request: 1}]\n"
        "  windows: [{utc_start: '16:30', utc_end: '00:30', input: 0.001}]"
    )
    values = entry(tmp_path, text, Shape("per_1k_tokens")).values
    assert values["pricing.tiers"] == (Tier(200000, {"input": Decimal(6), "request": Decimal(1)}),)
    assert values["pricing.windows"] == (Window("16:30", "00:30", {"input": Decimal(1)}),)


def test_prices_of_variants_have_the_catalogs_unit_and_a_factor_has_none(tmp_path: Path) -> None:
    text = with_model(
        "pricing:\n  factor: '0.9'\n"
        "  variants: [{when: {service_tier: batch, region: eu}, input: 0.001, factor: 1.1}]"
    )
    values = entry(tmp_path, text, Shape("per_1k_tokens")).values
    batch = Variant(
        {"service_tier": "batch", "region": "eu"}, {"input": Decimal(1), "factor": Decimal("1.1")}
    )
    assert values == {"pricing.factor": Decimal("0.9"), "pricing.variants": (batch,)}


@pytest.mark.parametrize(
    "pricing",
    [
        "{factor: 0}",
        "{factor: -1}",
        "{factor: cheap}",
        "{variants: [{when: {}, input: 1}]}",
        "{variants: [{when: {weekday: monday}, input: 1}]}",
        "{variants: [{input: 1}]}",
        "{variants: [{when: {above: 200000}, input: 1}]}",
        "{variants: [{when: {region: eu, above: long}, input: 1}]}",
        "{variants: [{when: {region: eu}, factor: 0}]}",
        "{variants: {when: {region: eu}, factor: 2}}",
    ],
)
def test_a_variant_or_factor_that_says_nothing_is_no_value(tmp_path: Path, pricing: str) -> None:
    (value,) = entry(tmp_path, with_model(f"pricing: {pricing}")).values.values()
    assert isinstance(value, Unreadable)


def test_a_day_is_written_as_a_date_and_a_month_as_text() -> None:
    shape = Shape()
    assert shape.encode("released", "2025-09-29") == date(2025, 9, 29)
    assert shape.encode("knowledge_cutoff", "2025-07") == "2025-07"
    assert shape.encode("released", "0000-99-99") == "0000-99-99"


def test_a_new_entry_has_its_keys_in_the_order_of_the_fields() -> None:
    fields = {"model": "a", "upstream.openrouter": "x/a", "pricing.input": Decimal(1), "features": ("chat",)}
    shape = Shape("per_1k_tokens", {"model": "id", "pricing.input": "cost.in"})
    value = shape.entry_value(fields)
    assert list(value) == ["id", "upstream", "cost", "features"]
    assert value["cost"] == {"in": Decimal("0.001")}
