"""The shipped prices beside lists that others keep: what docs/truth.md says of them is so."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from bench import truth

ROOT = Path(__file__).parents[1]
PRICES = list(truth.prices_of(ROOT / "catalog", truth.lists_in(ROOT / "bench/truth")))


def price(value: str, **stated: str) -> truth.Price:
    lists = {name: Decimal(text) for name, text in stated.items()}
    return truth.Price(("openai", "gpt-4o", "input"), Decimal(value), lists)


def test_of_the_shipped_prices_that_are_known_98_of_100_are_right() -> None:
    known = [one for one in PRICES if one.known]
    assert len(known) > 350
    assert sum(one.is_right for one in known) >= 0.98 * len(known)


def test_the_documented_table_is_the_one_that_is_computed() -> None:
    assert "\n".join(truth.table(PRICES)) in (ROOT / "docs/truth.md").read_text()


def test_a_price_is_known_by_two_lists_and_right_by_one_of_those_values() -> None:
    assert not price("2.5", a="2.5").known
    assert not price("2.5", a="2.5", b="3").known
    assert price("2.5", a="2.5", b="2.501").is_right
    assert not price("3", a="2.5", b="2.5", c="3").is_right
