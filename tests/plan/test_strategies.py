"""The named strategies of `owners`: what each lets upstream do with an entry that a person wrote."""

from __future__ import annotations

from typing import Any

import pytest

from building import catalog, changed, entry, listing, model, plan, values
from modelsync.records import Owner, Strategy

OLD = {"name": "Ours", "input": "3", "context_length": 8, "features": ("chat",)}
SAYS = {
    "name": "GPT-4o",
    "input": "2",
    "context_length": 9,
    "features": ("vision",),
    "released": "2024-05-13",
}
EMPTY = values({"released": "2024-05-13"})
DYNAMIC = values({"input": "2", "context_length": 9})
REST = values({"name": "GPT-4o", "features": ("vision",)})

BY_STRATEGY = {
    Strategy.FILL_UNDEFINED: EMPTY,
    Strategy.UPDATE_DYNAMIC: DYNAMIC | EMPTY,
    Strategy.FULL_REPLACE: DYNAMIC | EMPTY | REST,
    Strategy.PRESERVE_MANUAL: {},
}


def updated(**owners: Any) -> dict[str, Any]:
    old = entry("openai/gpt-4o", "openai/gpt-4o", **OLD)
    row = listing(model("openai/gpt-4o", **SAYS))
    return changed(plan(catalog(old), row, owners=owners)).get("openai/gpt-4o", {})


@pytest.mark.parametrize("strategy", list(Strategy))
@pytest.mark.parametrize("name", ["*", "openai/*"])
def test_a_strategy_for_all_fields_does_what_its_name_says(name: str, strategy: Strategy) -> None:
    assert updated(**{name: strategy}) == BY_STRATEGY[strategy]


@pytest.mark.parametrize("strategy", list(Strategy))
def test_a_strategy_for_one_section_leaves_the_others_to_their_owners(strategy: Strategy) -> None:
    rest = updated(pricing=Owner.HUMAN)
    price = {field: new for field, new in BY_STRATEGY[strategy].items() if field.startswith("pricing")}
    assert updated(pricing=strategy) == rest | price


def test_a_fields_own_rule_counts_before_that_of_all() -> None:
    assert updated(**{"*": Strategy.PRESERVE_MANUAL, "pricing": Owner.UPSTREAM}) == values({"input": "2"})
    assert updated(**{"openai/*": Strategy.PRESERVE_MANUAL, "*": Strategy.FULL_REPLACE}) == {}
    assert updated(**{"groq/*": Strategy.PRESERVE_MANUAL, "*": Strategy.FILL_UNDEFINED}) == EMPTY


@pytest.mark.parametrize("strategy", list(Strategy))
def test_a_new_model_comes_with_all_that_upstream_says(strategy: Strategy) -> None:
    made = plan(catalog(empty=("openai",)), listing(model("openai/gpt-4o", **SAYS)), owners={"*": strategy})
    assert changed(made)["openai/gpt-4o"].items() >= values(SAYS).items()
