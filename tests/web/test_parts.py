"""The parts of a plan that a page offers: what each says of its size is what it shows."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from msgspec import UNSET

from modelsync.records import Change, FieldChange, Guard, Hold, Plan
from modelsync.web import choices, parts
from modelsync.web.parts import Choosing

INPUT, OUTPUT = "pricing.input", "pricing.output"


def _moved(provider: str, key: str, new: int) -> Change:
    return Change("update", provider, key, (FieldChange(INPUT, Decimal(10), Decimal(new)),))


def _held(key: str, field: str, guard: Guard) -> Hold:
    return Hold("openai", key, FieldChange(field, Decimal(1), Decimal(99)), guard, "99 times more")


PLAN = Plan(
    datetime(2026, 8, 22, tzinfo=UTC),
    ("openrouter",),
    {},
    changes=(
        _moved("anthropic", "opus", 5),
        _moved("openai", "small", 12),
        _moved("openai", "large", 30),
        Change("add", "openai", "new", (FieldChange("model", new="new"),)),
        Change("remove", "mistral", "old"),
    ),
    holds=(
        _held("o1", INPUT, Guard.PRICE_RATIO),
        _held("o1", OUTPUT, Guard.PRICE_RATIO),
        _held("o1", OUTPUT, Guard.SECOND_OPINION),
        _held("o3", INPUT, Guard.DECLINED),
    ),
)


@pytest.mark.parametrize("show", parts.WORDS)
def test_each_filter_says_how_many_models_its_page_shows(show) -> None:
    offered = [*parts.filters(PLAN, Choosing(show)), *parts.providers(PLAN, Choosing(show))]
    counts = {one.words: one.count for one in offered}
    assert counts == {words: parts.part(PLAN, Choosing.of(words)).total for words in counts}
    assert len(offered) == len(parts.WORDS) + len(("all", "anthropic", "mistral", "openai"))


def test_the_price_that_moves_the_most_is_shown_first() -> None:
    shown = parts.part(PLAN, Choosing(provider="openai")).plan.changes
    assert [change.key for change in shown] == ["large", "small", "new"]


KEPT = {
    (Decimal(0),): ("openai/o1:pricing.input",),  # that it is free is a price too
    (Decimal(1), UNSET): ("openai/o1:pricing",),
    (UNSET, UNSET): (),
}


@pytest.mark.parametrize("stated", KEPT)
def test_what_the_catalog_says_can_be_kept_and_nothing_else(stated) -> None:
    fields = zip((INPUT, OUTPUT), stated, strict=False)
    holds = [
        Hold("openai", "o1", FieldChange(field, old, Decimal(9)), Guard.PRICE_RATIO, "")
        for field, old in fields
    ]
    assert choices.kept(holds, lambda name: True) == KEPT[stated]
    flat = choices.kept(holds, lambda name: False)
    assert flat == (() if UNSET in stated else KEPT[stated])
