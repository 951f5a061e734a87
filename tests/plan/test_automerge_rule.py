"""What the forge may merge by itself: small moves of numbers that the catalog has, and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from msgspec import UNSET

from modelsync.plan.automerge import outside
from modelsync.records import AutomergePolicy, Change, FieldChange, Plan, Tier

BOTH = AutomergePolicy(("price", "limit"), "5%")
TIERS = (Tier(1000, {"input": Decimal(2)}),)


def plan(*changes: Change) -> Plan:
    return Plan(datetime(2026, 8, 22, tzinfo=UTC), ("openrouter",), {}, changes)


def update(field: str, old: Any, new: Any) -> Plan:
    return plan(Change("update", "openai", "o3", (FieldChange(field, old, new),)))


@pytest.mark.parametrize(
    ("field", "old", "new"),
    [
        ("pricing.input", Decimal(2), Decimal("2.1")),
        ("pricing.input", Decimal(2), Decimal("1.9")),
        ("pricing.web_search", Decimal("0.01"), Decimal("0.0105")),
        ("context_length", 100_000, 200_000),
        ("max_output_tokens", 8_192, 8_000),
    ],
)
def test_a_small_move_of_a_price_and_any_of_a_limit_are_inside(field: str, old: Any, new: Any) -> None:
    assert outside(update(field, old, new), BOTH) == ""


@pytest.mark.parametrize(
    ("field", "old", "new"),
    [
        ("pricing.input", Decimal(2), Decimal("2.11")),
        ("pricing.input", Decimal(2), Decimal("1.89")),
        ("pricing.input", Decimal(2), Decimal(0)),
        ("pricing.input", Decimal(0), Decimal(2)),
        ("pricing.input", UNSET, Decimal(2)),
        ("pricing.input", Decimal(2), UNSET),
        ("pricing.input", None, Decimal(2)),
        ("pricing.tiers", TIERS, TIERS[:0]),
        ("context_length", UNSET, 100_000),
        ("features", ("chat",), ("chat", "vision")),
        ("upstream.openrouter", UNSET, "openai/o3"),
        ("availability", UNSET, "unavailable"),
    ],
)
def test_all_else_is_a_persons_to_look_at(field: str, old: Any, new: Any) -> None:
    assert outside(update(field, old, new), BOTH) == f"openai/o3:{field}"


def test_a_kind_that_the_rule_does_not_name_is_outside() -> None:
    price = update("pricing.input", Decimal(100), Decimal(101))
    assert outside(price, AutomergePolicy(("limit",), "5%")) == "openai/o3:pricing.input"
    assert (
        outside(update("context_length", 1, 2), AutomergePolicy(("price",), "5%"))
        == "openai/o3:context_length"
    )


@pytest.mark.parametrize(("action", "word"), [("add", "added"), ("remove", "removed")])
def test_new_models_and_removed_ones_are_outside(action: Any, word: str) -> None:
    assert outside(plan(Change(action, "openai", "o3")), BOTH) == f"openai/o3 is {word}"


def test_one_change_that_is_outside_keeps_all_others_from_being_merged() -> None:
    small = update("pricing.input", Decimal(100), Decimal(101)).changes
    assert outside(plan(*small, Change("update", "openai", "o1", (FieldChange("name", "a", "b"),))), BOTH)
