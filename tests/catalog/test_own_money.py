"""What an entry says of its own prices counts: their currency, and their unit."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from catalog_files import entry, with_model

DAY = date(2026, 11, 21)


@pytest.mark.parametrize(
    "fields",
    [
        "pricing: {currency: CNY, input: 2.4}",
        "currency: RMB\npricing: {input: 2}",
        "currency: EUR\npricing: {input: 2}",
        'pricing: {input: "¥2", output: "¥8"}',
        "pricing: {unit: '0.000001', currency: RMB, input: '0.8'}",
        "pricing: {unit: per_character, input: 2}",
        "price_unit: fortnight\npricing: {input: 2}",
    ],
)
def test_prices_in_another_currency_or_an_unknown_unit_are_a_persons(tmp_path: Path, fields: str) -> None:
    pin = entry(tmp_path, with_model(fields)).pin_of("pricing.output", DAY)
    assert pin is not None
    assert "its prices are" in pin.reason


@pytest.mark.parametrize(
    ("fields", "unit"),
    [
        ("pricing: {unit: per_1k_tokens, input: 0.003}", "per_1k_tokens"),
        ("unit: per 1,000 tokens\npricing: {input: 0.003}", "per_1k_tokens"),
        ("pricing_unit: per_token\npricing: {input: 0.000003}", "per_token"),
        ("pricing: {currency: USD, per: million tokens, input: 3}", "per_1m_tokens"),
        ("currency: usd\npricing: {input: 3}", ""),
        ("pricing: {input: 3}\nowner: the euro team", ""),
    ],
)
def test_dollars_in_a_known_unit_are_read_in_it(tmp_path: Path, fields: str, unit: str) -> None:
    read = entry(tmp_path, with_model(fields))
    assert (read.values["pricing.input"], read.pricing_unit, read.pins) == (Decimal(3), unit, ())


def test_what_a_provider_says_of_its_prices_counts_for_its_entries(tmp_path: Path) -> None:
    text = "providers:\n  cn:\n    currency: CNY\n    models:\n      a: {model: a, pricing: {input: 2}}\n"
    assert entry(tmp_path, text).pin_of("pricing.input", DAY)
    text = text.replace("currency: CNY", "pricing_unit: per_1k_tokens")
    assert entry(tmp_path, text).values["pricing.input"] == Decimal(2000)
