"""What lists stated before: one that rests too long only confirms, one that is cut short is not heard."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest

from modelsync.plan.opinion import heard
from modelsync.records import Listing, MappingRule, Plan
from tests.building import TODAY, catalog, entry, held, listing, model, plan, policy, told

SETTINGS = {
    "sources": ("openrouter",),
    "opinions": ("map",),
    "vendor_sources": frozenset({"openrouter", "map"}),
    "native_sources": frozenset({"map"}),
    "mapping": (MappingRule("^openai/", "openai"), MappingRule("^xai/", "xai")),
}
IDS = [f"openai/m{n}" for n in range(5)]


def named(price: str = "2", *, ids: Sequence[str] = IDS, more: str = "1") -> Listing:
    """What the list states: the price of the first model, and that of another provider's."""
    models = [model(name, input=price if name == IDS[0] else "7") for name in ids]
    return listing(*models, model("xai/grok", input=more), source="map")


def held_after(*earlier: tuple[int, Listing], now: Listing) -> dict[str, str]:
    return held(planned_after(*earlier, now=now))


def planned_after(*earlier: tuple[int, Listing], now: Listing) -> Plan:
    """A move from 1 to 3, where the list was heard so many days ago, the oldest first."""
    memory = {}
    for days, of in earlier:
        memory = heard([of], policy(**{**SETTINGS, "today": TODAY - timedelta(days=days)}), memory)
    return plan(
        catalog(entry(IDS[0], IDS[0], input="1")),
        listing(model(IDS[0], input="3")),
        heard=[now],
        heard_before=memory,
        **SETTINGS,
    )


HELD = {"openai/m0:pricing.input": "second opinion"}


@pytest.mark.parametrize(("days", "holds"), [(59, HELD), (60, {}), (400, {})])
def test_a_list_that_stated_the_same_of_a_provider_for_60_days_contradicts_nothing(
    days: int, holds: dict[str, str]
) -> None:
    assert held_after((days, named()), (1, named(more="2")), now=named(more="3")) == holds


def test_who_rests_and_would_contradict_is_named() -> None:
    made = planned_after((70, named()), now=named())
    assert told(made, "disagree") == {"openai/m0": "map says input 2 (unchanged for 60 days)"}


def test_a_list_that_moved_within_60_days_is_heard_whole() -> None:
    assert held_after((90, named("1.5")), (30, named()), now=named()) == HELD


def test_one_that_rests_may_confirm() -> None:
    made = held_after((90, named("3")), now=named("3"))
    assert made == {}


@pytest.mark.parametrize(("left", "holds"), [(5, HELD), (4, HELD), (3, {}), (1, {})])
def test_a_list_that_lost_over_a_fifth_of_its_models_is_not_heard(left: int, holds: dict[str, str]) -> None:
    assert held_after((1, named()), now=named(ids=IDS[:left])) == holds


def test_a_list_that_is_not_heard_is_named() -> None:
    memory = heard([named()], policy(**SETTINGS), {})
    made = plan(catalog(), heard=[named(ids=IDS[:2])], heard_before=memory, **SETTINGS)
    assert told(made, "not heard") == {"map": "it lists 3 models, and lately 6"}


def test_what_is_cut_is_not_remembered_until_it_stays_so() -> None:
    short = named(ids=IDS[:1])
    assert held_after((9, named()), (5, short), now=short) == {}
    assert held_after((90, named()), (20, short), now=short) == HELD


def test_who_was_never_heard_is_heard() -> None:
    assert held_after(now=named()) == HELD
