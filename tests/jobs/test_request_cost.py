"""What a request cost, to the last digit."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelsync.jobs.request_cost import request_cost
from modelsync.records import Tier, Usage, Variant, Window

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
PRICES: dict[str, Any] = {"pricing.input": Decimal("2.5"), "pricing.output": Decimal(10)}


def total(prices: dict[str, Any], at: datetime = NOON, **usage: Any) -> Decimal | None:
    return request_cost(PRICES | prices, Usage(**usage), at).total


def test_tokens_are_priced_by_the_million():
    assert total({}, input=1_200_000, output=1) == Decimal("3.00001")


def test_what_used_nothing_costs_nothing_and_needs_no_price():
    assert total({}) == 0
    assert request_cost({}, Usage(), NOON).missing == ()


@pytest.mark.parametrize("kind", ["cache_read", "cache_write", "cache_write_1h", "audio_input", "request"])
def test_a_price_that_is_not_known_is_named_and_never_that_of_another_nor_zero(kind):
    answer = request_cost(PRICES, Usage(input=5, **{kind: 1}), NOON)
    assert (answer.total, answer.missing) == (None, (f"pricing.{kind}",))


def test_a_price_of_zero_is_known():
    assert total({"pricing.cache_read": Decimal(0)}, cache_read=10**9) == 0


def test_calls_are_priced_each():
    assert total({"pricing.web_search": Decimal("0.01")}, web_search=3) == Decimal("0.03")


def test_reasoning_is_output_unless_it_has_a_price_of_its_own():
    assert total({}, output=10, reasoning=4) == Decimal("0.0001")
    assert total({"pricing.reasoning": Decimal(20)}, output=10, reasoning=4) == Decimal("0.00014")


@pytest.mark.parametrize(
    ("usage", "price"),
    [
        ({"input": 200_000}, "2.5"),
        ({"input": 200_001}, "5"),
        ({"input": 150_001, "cache_read": 50_000}, "5"),
        ({"input": 100_001, "cache_write": 50_000, "cache_write_1h": 50_000}, "5"),
        ({"input": 900_000}, "7"),
        ({"input": 1, "output": 900_000}, "2.5"),
    ],
)
def test_the_whole_request_is_priced_by_the_highest_tier_that_its_prompt_is_above(usage, price):
    cached = dict.fromkeys(
        ("pricing.cache_read", "pricing.cache_write", "pricing.cache_write_1h"), Decimal(1)
    )
    tiers = (Tier(500_000, {"input": Decimal(7)}), Tier(200_000, {"input": Decimal(5)}))
    answer = request_cost(PRICES | cached | {"pricing.tiers": tiers}, Usage(**usage), NOON)
    assert answer.parts[0].price == Decimal(price)
    assert [part.price for part in answer.parts if part.what == "output"] in ([], [Decimal(10)])


@pytest.mark.parametrize(
    ("start", "end", "is_within"),
    [
        ("12:00", "13:00", True),
        ("11:00", "12:00", False),
        ("22:00", "12:01", True),
        ("12:01", "22:00", False),
    ],
)
def test_a_window_counts_from_its_first_minute_to_its_last_and_may_wrap_midnight(start, end, is_within):
    windows = (Window(start, end, {"input": Decimal(1)}),)
    assert total({"pricing.windows": windows}, input=10**6) == (1 if is_within else Decimal("2.5"))


def test_the_first_variant_whose_conditions_are_all_met_counts_price_by_price():
    variants = (
        Variant({"service_tier": "batch", "region": "eu"}, {"input": Decimal(9)}),
        Variant({"service_tier": "batch"}, {"input": Decimal("1.25")}),
        Variant({"service_tier": "batch"}, {"input": Decimal(1), "output": Decimal(1)}),
    )
    prices = {"pricing.variants": variants}
    assert total(prices, input=10**6, output=10**6, service_tier="batch") == Decimal("11.25")
    assert total(prices, input=10**6, service_tier="batch", region="eu") == 9
    assert total(prices, input=10**6, region="eu") == Decimal("2.5")


def test_a_variant_of_long_prompts_counts_above_its_length_and_the_tier_for_what_it_leaves_out():
    batch = {"service_tier": "batch"}
    variants = (
        Variant(batch, {"input": Decimal("1.25"), "output": Decimal(5)}),
        Variant(batch, {"input": Decimal("2.5")}, above=200_000),
        Variant(batch | {"region": "eu"}, {"input": Decimal(9)}, above=100_000),
    )
    prices = {
        "pricing.variants": variants,
        "pricing.tiers": (Tier(200_000, {"input": Decimal(5), "output": Decimal(15)}),),
    }
    assert total(prices, input=200_000, output=10**6, service_tier="batch") == Decimal("5.25")
    assert total(prices, input=10**6, output=10**6, service_tier="batch") == Decimal("17.5")
    long = request_cost(PRICES | prices, Usage(input=200_001, service_tier="batch"), NOON)
    assert long.parts[0].why == "service_tier batch, above 200,000"


def test_a_variants_factor_multiplies_what_the_variant_does_not_state():
    variants = (Variant({"region": "eu"}, {"factor": Decimal("1.1"), "output": Decimal(3)}),)
    assert total({"pricing.variants": variants}, input=10**6, output=10**6, region="eu") == Decimal("5.75")


def test_the_factor_of_a_model_multiplies_all_and_is_said():
    answer = request_cost(
        PRICES | {"pricing.factor": Decimal("0.76")}, Usage(input=10**6, output=10**6), NOON
    )
    assert answer.total == Decimal("9.5")
    assert all("0.76" in part.why for part in answer.parts)


prices = st.decimals(0, 1000, places=6)
factors = st.decimals(Decimal("0.01"), 2, places=2)
counts = st.integers(0, 3 * 10**6)


@given(
    st.tuples(prices, prices, prices, prices),
    st.tuples(factors, factors),
    st.tuples(counts, counts),
    st.booleans(),
)
def test_a_total_is_that_of_plain_fractions(listed, multiplied, used, is_batch):
    (one, two, tiered, batch), (own, discount), (asked, given_out) = listed, multiplied, used
    tier = "batch" if is_batch else ""
    values = {
        "pricing.input": one,
        "pricing.output": two,
        "pricing.tiers": (Tier(10**6, {"input": tiered}),),
        "pricing.variants": (Variant({"service_tier": "batch"}, {"output": batch, "factor": own}),),
        "pricing.factor": discount,
    }
    answer = request_cost(values, Usage(input=asked, output=given_out, service_tier=tier), NOON)

    by_tier = Fraction(tiered if asked > 10**6 else one) * (Fraction(own) if tier else 1)
    by_output = Fraction(batch if tier else two)
    assert answer.total is not None
    assert Fraction(answer.total) == (by_tier * asked + by_output * given_out) * Fraction(discount) / 10**6
