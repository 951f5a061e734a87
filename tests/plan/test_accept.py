"""What lets a hold pass: its name, its value, or a commit that proposes it already. Nothing else."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from building import TODAY, actions, catalog, changed, entry, held, listing, model, plan, tier, told
from modelsync.records import Accepted, Catalog, PrunePolicy

FIELD = "pricing.input"
NAME = "openai/gpt-4o:pricing.input"


def priced(price: str = "3", **stated: Any) -> Catalog:
    return catalog(entry("openai/gpt-4o", "openai/gpt-4o", input=price, **stated))


def said(price: str, **stated: Any) -> Any:
    return listing(model("openai/gpt-4o", input=price, **stated))


@pytest.mark.parametrize(
    "pattern",
    [NAME, "openai/*:pricing.input", "*", "openai/gpt-4o:*", "openai/gpt-4o:pricing", "openai/*:pricing"],
)
def test_a_hold_is_released_by_its_name_or_a_glob_of_it(pattern: str) -> None:
    made = plan(priced(), said("30"), accept=(pattern,))

    assert changed(made) == {"openai/gpt-4o": {FIELD: Decimal(30)}}
    assert not made.holds


@pytest.mark.parametrize(
    "pattern",
    ["", "openai/gpt-4o", FIELD, "openai/gpt-4o:price", "OPENAI/gpt-4o:pricing.input", "openai/gpt-4:*"],
)
def test_another_name_releases_nothing(pattern: str) -> None:
    assert held(plan(priced(), said("30"), accept=(pattern,))) == {NAME: "price ratio"}


def test_the_prices_of_a_model_are_one_decision_and_one_is_still_released_alone() -> None:
    of = catalog(entry("openai/gpt-4o", "openai/gpt-4o", input="3", output="15", cache_read="0.3"))
    rows = listing(model("openai/gpt-4o", input="60", output="60", cache_read="0.4", context_length=9))
    pair = {NAME: "price ratio", "openai/gpt-4o:pricing.output": "price ratio"}
    both = pair | {"openai/gpt-4o:pricing.cache_read": "price ratio"}

    assert held(plan(of, rows)) == both
    assert changed(plan(of, rows)) == {"openai/gpt-4o": {"context_length": 9}}
    assert held(plan(of, rows, accept=("openai/gpt-4o:pricing",))) == {}
    alone = plan(of, rows, accept=("openai/gpt-4o:pricing.output",))
    assert changed(alone)["openai/gpt-4o"] == {"pricing.output": Decimal(60), "context_length": 9}
    assert NAME in held(alone)


def test_a_first_price_that_is_held_lets_no_other_price_of_the_model_in() -> None:
    of = catalog(empty=("openai",))
    made = plan(of, listing(model("openai/gpt-4o", input="2000", output="500", context_length=9)))
    assert set(held(made)) == {NAME, "openai/gpt-4o:pricing.output"}
    assert "context_length" in changed(made)["openai/gpt-4o"]


def test_a_name_with_brackets_releases_what_is_called_so() -> None:
    of = catalog(entry("openai/gpt[4]", "openai/x", input="3"))

    made = plan(of, listing(model("openai/x", input="30")), accept=("openai/gpt[4]:pricing.input",))

    assert not made.holds


@pytest.mark.parametrize("value", [30, "30", Decimal("30.00")])
def test_an_accepted_value_is_let_through_however_it_is_written(value: Any) -> None:
    rule = Accepted("openai/gpt-4o", FIELD, value)

    assert changed(plan(priced(), said("30"), accepted=(rule,))) == {"openai/gpt-4o": {FIELD: Decimal(30)}}


@pytest.mark.parametrize(
    "rule",
    [
        Accepted("openai/gpt-4o", FIELD, Decimal(31)),
        Accepted("openai/gpt-4o", FIELD),
        Accepted("openai/gpt-4o", FIELD, "thirty"),
        Accepted("openai/gpt-4o", "pricing.output", Decimal(30)),
        Accepted("openai/gpt-4", FIELD, Decimal(30)),
    ],
)
def test_another_value_is_held_again(rule: Accepted) -> None:
    assert held(plan(priced(), said("30"), accepted=(rule,))) == {NAME: "price ratio"}


def test_a_limit_and_a_schedule_can_be_accepted_by_value() -> None:
    of = priced(context_length=9, tiers=(tier(200_000, input="6"),))
    rules = (
        Accepted("openai/gpt-4o", "context_length", 8),
        Accepted("openai/gpt-4o", "pricing.tiers", "above 200,000: input 60"),
    )

    made = plan(of, said("3", context_length=8, tiers=(tier(200_000, input="60"),)), accepted=rules)

    assert changed(made)["openai/gpt-4o"].keys() == {"context_length", "pricing.tiers"}


def test_a_removal_and_an_addition_are_accepted_without_a_value() -> None:
    of = catalog(entry("openai/old", "openai/old"), empty=("openai",))
    rules = (Accepted("openai/old", "removed"), Accepted("openai/openai/a.b", "added"))

    made = plan(of, listing("openai/a.b", "openai/a-b"), prune=True, accepted=rules)

    assert actions(made) == {"openai/a-b": "add", "openai/old": "remove"}
    assert set(held(made)) == {"openai/openai/a-b:added"}


# ---------------------------------------------------------------------------- rules that are no longer needed


def test_a_rule_that_has_done_its_work_is_reported() -> None:
    rules = (Accepted("openai/gpt-4o", FIELD, Decimal(30)), Accepted("openai/old", "removed"))

    assert told(plan(priced("30"), said("30"), accepted=rules), "accepted") == {
        NAME: "the catalog says so now; the rule can go",
        "openai/old:removed": "no such model any more; the rule can go",
    }


def test_a_rule_that_is_at_work_is_not_reported() -> None:
    at_work = Accepted("openai/gpt-4o", FIELD, Decimal(30))
    of_a_new_model = Accepted("openai/gpt-5", FIELD, Decimal(-1))

    made = plan(
        priced(),
        listing(model("openai/gpt-4o", input="30"), model("openai/gpt-5", input="-2")),
        accepted=(at_work, of_a_new_model),
    )

    assert told(made, "accepted") == {}


# ---------------------------------------------------------------------------- what is proposed already


def test_a_value_that_the_review_branch_made_is_not_held_again() -> None:
    made = plan(priced(), said("30"), proposed=priced("30"), proposed_on=priced())

    assert changed(made) == {"openai/gpt-4o": {FIELD: Decimal(30)}}


def test_a_value_that_upstream_no_longer_states_is_held_again() -> None:
    assert held(plan(priced(), said("31"), proposed=priced("30"), proposed_on=priced()))


def test_a_value_that_the_branch_made_of_another_is_held_again() -> None:
    """A person corrected the catalog since: nobody accepted a move as far as that from here."""
    made = plan(priced("0.5"), said("30"), proposed=priced("30"), proposed_on=priced("3"))
    assert held(made) == {NAME: "price ratio"}


def test_a_value_that_the_branch_only_found_does_not_undo_a_correction() -> None:
    """The branch is older than a person's correction of the catalog, and still holds the value before it."""
    assert held(plan(priced("3"), said("30"), proposed=priced("30"), proposed_on=priced("30")))


MANY = [entry(f"openai/m{rank}", f"openai/m{rank}") for rank in range(10)]
HALF = listing(*(f"openai/m{rank}" for rank in range(5)))


def marked(count: int) -> Catalog:
    since = (TODAY - timedelta(days=1)).isoformat()
    marks = {"availability": "unavailable", "unavailable_since": since}
    gone = [entry(f"openai/m{rank}", f"openai/m{rank}", **marks) for rank in range(9, 9 - count, -1)]
    return catalog(*MANY[: 10 - count], *gone)


@pytest.mark.parametrize("days", [0, 14])
def test_a_branch_that_only_holds_the_entries_releases_no_removal(days: int) -> None:
    made = plan(
        catalog(*MANY),
        HALF,
        prune=True,
        prune_policy=PrunePolicy(after_days=days),
        proposed=catalog(*MANY),
        proposed_on=catalog(*MANY),
    )

    assert not made.changes
    assert len(made.holds) == 5


def test_a_removal_that_the_branch_made_is_not_held_again() -> None:
    made = plan(catalog(*MANY), HALF, prune=True, proposed=catalog(*MANY[:9]), proposed_on=catalog(*MANY))

    assert actions(made) == {"openai/m9": "remove"}
    assert len(made.holds) == 4


def test_an_entry_that_is_younger_than_the_branch_is_not_taken_for_removed_by_it() -> None:
    made = plan(catalog(*MANY), HALF, prune=True, proposed=catalog(*MANY[:9]), proposed_on=catalog(*MANY[:9]))

    assert len(made.holds) == 5


def test_a_mark_that_the_branch_made_is_not_held_again_but_releases_no_removal() -> None:
    grace = {"prune_policy": PrunePolicy(after_days=14), "proposed": marked(2), "proposed_on": catalog(*MANY)}

    assert actions(plan(catalog(*MANY), HALF, **grace)) == {"openai/m8": "update", "openai/m9": "update"}
    assert not plan(catalog(*MANY), HALF, prune=True, immediately=True, **grace).changes


def test_an_id_that_the_branch_chose_is_not_held_again() -> None:
    rows, empty = listing("openai/a.b", "openai/a-b"), catalog(empty=("openai",))
    chosen = catalog(entry("openai/a-b", "openai/a.b"))

    made = plan(empty, rows, proposed=chosen, proposed_on=empty)

    assert changed(made)["openai/a-b"]["upstream.openrouter"] == "openai/a.b"


def test_a_branch_that_says_nothing_of_a_provider_releases_nothing_there() -> None:
    assert held(plan(priced(), said("30"), proposed=catalog(entry("google/x")), proposed_on=catalog()))


def test_a_pattern_that_lets_nothing_through_is_named() -> None:
    made = plan(priced(), said("30"), accept=(NAME, "openai/nonsense:*"))
    assert told(made, "accept") == {"openai/nonsense:*": "nothing is held by this name"}


@pytest.mark.parametrize(
    ("settings", "by"),
    [
        ({"accept": ("openai/*:pricing",)}, "--accept openai/*:pricing"),
        (
            {"accepted": (Accepted("openai/gpt-4o", FIELD, Decimal(30), "their page"),)},
            "`accept:` their page",
        ),
        ({}, ""),
    ],
)
def test_the_guard_that_a_person_overrode_is_named_and_by_whom(settings: dict[str, Any], by: str) -> None:
    told_ = told(plan(priced(), said("30"), **settings), "overridden guard")
    assert told_ == ({NAME: f"price ratio: 10 times more; let through by {by}"} if by else {})
