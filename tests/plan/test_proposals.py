"""What a review branch proposes of models that a run has not heard all sources of."""

from __future__ import annotations

from typing import Any

from building import NATIVE, ROUTER, applied, catalog, changed, entry, failure, listing, model, plan, policy
from modelsync.plan.proposals import with_proposed
from modelsync.records import Catalog, Exclusion, Failure, Listing, MappingRule, Pin, Plan

BOTH = {ROUTER: "openai/gpt-4o", NATIVE: "gpt-4o"}
BEFORE = catalog(entry("openai/gpt-4o", BOTH, input="3", context_length=8), empty=("groq",))
RULES = (MappingRule("^openai/", "openai"),)
SOURCES = (ROUTER, NATIVE, "groq")


def proposal(**stated: Any) -> Catalog:
    """What the branch holds: an entry with other values, and one that is new."""
    mine = entry("openai/gpt-4o", BOTH, **{"input": "3", "context_length": 8} | stated)
    return catalog(mine, entry("groq/llama-4", {"groq": "llama-4"}, context_length=9))


def again(now: Catalog, after: Catalog, *answers: Listing | Failure, **settings: Any) -> tuple[Plan, Catalog]:
    """The plan of a later run, and what the catalog would be by it."""
    settings = {"mapping": RULES, "sources": SOURCES} | settings
    made = with_proposed(plan(now, *answers, **settings), now, (BEFORE, after), answers, policy(**settings))
    return made, applied(now, made)


ROUTER_SAYS = listing(model("openai/gpt-4o", input="3"))


def test_a_new_model_stays_proposed_where_its_source_fails() -> None:
    made, after = again(BEFORE, proposal(), ROUTER_SAYS, listing("gpt-4o", source=NATIVE), failure("groq"))
    assert {change.name: change.action for change in made.changes} == {"groq/llama-4": "add"}
    assert after.providers["groq"].entries["llama-4"] == proposal().providers["groq"].entries["llama-4"]
    assert [notice.subject for notice in made.notices if notice.topic == "proposed before"] == [
        "groq/llama-4"
    ]


def test_a_source_that_was_not_asked_takes_nothing_back_either() -> None:
    made, _ = again(BEFORE, proposal(), ROUTER_SAYS)
    assert [change.name for change in made.changes] == ["groq/llama-4"]


def test_a_source_that_answers_takes_back_what_it_no_longer_says() -> None:
    made, _ = again(BEFORE, proposal(), ROUTER_SAYS, listing("other", source="groq"))
    assert "groq/llama-4" not in {change.name for change in made.changes}


def test_what_a_list_of_this_run_states_counts_and_the_rest_stays_proposed() -> None:
    made, _ = again(BEFORE, proposal(input="4", context_length=16), ROUTER_SAYS, failure(NATIVE))
    assert changed(made)["openai/gpt-4o"] == {"context_length": 16}


def test_what_people_decided_since_counts() -> None:
    excluded = {"groq": (Exclusion("llama-*"),)}
    made, _ = again(BEFORE, proposal(context_length=16), failure(), exclude=excluded)
    assert {change.name for change in made.changes} == {"openai/gpt-4o"}
    for of_a_person in ({"pins": (Pin("context_length"),)}, {"priority": 100}, {"context_length": 32}):
        stated = {"input": "3", "context_length": 8} | of_a_person
        now = catalog(entry("openai/gpt-4o", BOTH, **stated), empty=("groq",))
        made, _ = again(now, proposal(context_length=16), failure())
        assert {change.name for change in made.changes} == {"groq/llama-4"}


def test_what_is_merged_by_now_is_not_proposed_again() -> None:
    assert not again(proposal(), proposal(), failure())[0].changes


def test_a_run_of_some_models_keeps_what_was_proposed_of_the_others() -> None:
    heard = (ROUTER_SAYS, listing("gpt-4o", source=NATIVE), listing("other", source="groq"))
    made, _ = again(BEFORE, proposal(context_length=16), *heard, only="openai")
    assert {change.name for change in made.changes} == {"groq/llama-4"}


def test_a_source_that_is_switched_off_or_gone_is_not_waited_for() -> None:
    for settings in ({"off": frozenset({"groq"})}, {"sources": (ROUTER, NATIVE)}):
        heard = (ROUTER_SAYS, listing("gpt-4o", source=NATIVE))
        assert not again(BEFORE, proposal(), *heard, **settings)[0].changes
