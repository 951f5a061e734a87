"""The unit of prices and the currency are told by the words that people use for them."""

from __future__ import annotations

import pytest

from modelsync.catalog.money import other_currency, unit_in


@pytest.mark.parametrize(
    ("words", "unit"),
    [
        ("per_1k", "per_1k_tokens"),
        ("per_1000_tokens", "per_1k_tokens"),
        ("per 1,000 tokens", "per_1k_tokens"),
        ("usd_per_thousand", "per_1k_tokens"),
        ("inputPer1k", "per_1k_tokens"),
        ("USD/1M tok", "per_1m_tokens"),
        ("per_million", "per_1m_tokens"),
        ("per 1_000_000 tokens", "per_1m_tokens"),
        ("cost_per_mtok", "per_1m_tokens"),
        ("input_cost_per_token", "per_token"),
        ("per_tokens", "per_token"),
        ("usd", ""),
        ("max tokens", ""),
        ("1K and 1M", ""),
        ("per 1 million tokens", "per_1m_tokens"),
        ("per 100 tokens", ""),
        ("per_100k_tokens", ""),
        ("per 10k tokens", ""),
        ("per 100 million tokens", ""),
        ("per billion tokens", ""),
        ("cents per token", ""),
        ("micro_usd_per_token", ""),
        ("per 1k characters", ""),
        ("per 1,000 requests", ""),
    ],
)
def test_a_unit_is_told_by_its_words(words: str, unit: str) -> None:
    assert unit_in(words) == unit


@pytest.mark.parametrize(
    ("words", "currency"),
    [
        ("CNY", "CNY"),
        ("yuan per million tokens", "yuan"),
        ("price_eur", "eur"),
        ("3 €", "€"),
        ("单位：元", "元"),
        ("USD", ""),
        ("$ per 1M", ""),
        ("neuron, europe", ""),
    ],
)
def test_another_currency_than_usd_is_told_by_its_words(words: str, currency: str) -> None:
    assert other_currency(words) == currency
