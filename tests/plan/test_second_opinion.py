"""What other lists do to a plan: a value is confirmed, contradicted, released, or known to nobody."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from modelsync.records import Listing, MappingRule, Plan, Topic
from tests.building import ROUTER, catalog, changed, entry, failure, held, listing, model, plan, told

MAP, PRICES = "map", "prices"
KNOWN = frozenset({MAP, PRICES})
VENDORS: dict[str, Any] = {
    "vendor_sources": KNOWN | {ROUTER},
    "native_sources": KNOWN,
    "opinions": (MAP, PRICES),
}


def heard(source: str, /, **stated: Any) -> Listing:
    return listing(model("openai/gpt-4o", **stated), source=source)


def planned(
    *opinions: Any, old: dict[str, Any] | None = None, rule: Any = True, new: dict[str, Any], **settings: Any
) -> Plan:
    """What OpenRouter's word on one model comes to: `old` is what the catalog states, None: it is new."""
    entries = [] if old is None else [entry("openai/gpt-4o", "openai/gpt-4o", released="2024-05-13", **old)]
    return plan(
        catalog(*entries, empty=("openai",)),
        listing(model("openai/gpt-4o", released="2024-05-13", **new)),
        heard=opinions,
        mapping=(MappingRule("^openai/", "openai", prices=rule),),
        **VENDORS,
        **settings,
    )


HALF, RIGHT = {"input": "1.25", "output": "5"}, {"input": "2.5", "output": "10"}
OF_INPUT, OF_OUTPUT = "openai/gpt-4o:pricing.input", "openai/gpt-4o:pricing.output"


def test_a_small_move_that_another_list_contradicts_is_held_with_all_values_named() -> None:
    done = planned(heard(MAP, **RIGHT), old=RIGHT, new=HALF)
    assert held(done) == {OF_INPUT: "second opinion", OF_OUTPUT: "second opinion"}
    assert {hold.reason for hold in done.holds} == {"map says input 2.5, output 10"}


def test_a_move_that_another_list_confirms_is_written_and_says_by_whom() -> None:
    done = planned(heard(MAP, **HALF), old=RIGHT, new=HALF)
    assert changed(done)["openai/gpt-4o"] == {"pricing.input": Decimal("1.25"), "pricing.output": Decimal(5)}
    assert [(one.name, one.confirmed_by) for one in done.opinions] == [
        (OF_INPUT, (MAP,)),
        (OF_OUTPUT, (MAP,)),
    ]


def test_a_first_price_that_is_contradicted_leaves_the_model_without_it() -> None:
    done = planned(heard(MAP, **RIGHT), new={**HALF, "context_length": 128_000})
    assert set(changed(done)["openai/gpt-4o"]) == {
        "model",
        "upstream.openrouter",
        "released",
        "context_length",
    }
    assert set(held(done)) == {OF_INPUT, OF_OUTPUT}


def test_a_hold_goes_by_itself_once_as_many_confirm_as_contradict() -> None:
    both = heard(MAP, **HALF), heard(PRICES, **HALF)
    assert not planned(*both, old=RIGHT, new=HALF).holds
    assert planned(both[0], heard(PRICES, **RIGHT), old=RIGHT, new=HALF).holds


TENFOLD = {"input": "25", "output": "100"}


def test_two_that_confirm_release_what_another_guard_holds_and_that_is_said() -> None:
    both = heard(MAP, **TENFOLD), heard(PRICES, **TENFOLD)
    done = planned(*both, old=RIGHT, new=TENFOLD)
    assert not done.holds
    assert "map and prices say the same" in told(done, Topic.RELEASED)["openai/gpt-4o"]
    assert held(planned(both[0], old=RIGHT, new=TENFOLD)) == {
        OF_INPUT: "price ratio",
        OF_OUTPUT: "price ratio",
    }
    assert (
        held(
            planned(
                *both,
                old=RIGHT,
                new=TENFOLD,
            )
        )
        == {}
    )


def test_two_that_confirm_release_a_limit_that_shrinks() -> None:
    both = heard(MAP, context_length=64_000), heard(PRICES, context_length=64_000)
    old, new = {"context_length": 128_000}, {"context_length": 64_000}
    assert held(planned(old=old, new=new)) == {"openai/gpt-4o:context_length": "shrinking limit"}
    assert changed(planned(*both, old=old, new=new))["openai/gpt-4o"] == new


@pytest.mark.parametrize("new", [{"input": "0", "output": "0"}, {"input": "-3", "output": "10"}])
def test_no_opinion_releases_a_zero_or_a_sign(new: dict[str, str]) -> None:
    done = planned(heard(MAP, **new), heard(PRICES, **new), old=RIGHT, new=new)
    assert OF_INPUT in held(done)


def test_an_aggregators_price_that_nobody_else_knows_is_left_out_and_said() -> None:
    done = planned(new={**HALF, "tiers": ()}, rule="fill")
    assert "pricing.input" not in changed(done)["openai/gpt-4o"]
    assert "openai/gpt-4o" in told(done, Topic.UNCONFIRMED)
    assert "pricing.input" in changed(planned(new=HALF, rule=True))["openai/gpt-4o"]
    assert "pricing.input" in changed(planned(heard(MAP, **HALF), new=HALF, rule="fill"))["openai/gpt-4o"]


def test_a_list_that_gives_nothing_is_no_failure_and_is_named() -> None:
    done = planned(failure(MAP), old=RIGHT, new=HALF)
    assert (done.failures, done.holds) == ((), ())
    assert told(done, Topic.NOT_HEARD) == {MAP: "it did not answer"}


def test_lists_that_are_only_heard_write_nothing() -> None:
    done = planned(heard(MAP, description="a text", **RIGHT), heard(PRICES, input="2"), old=RIGHT, new=RIGHT)
    assert (done.changes, done.holds) == ((), ())


def test_two_sources_that_disagree_are_named_whichever_wins() -> None:
    second = {"sources": (ROUTER, "aggregator"), "vendor_sources": KNOWN | {ROUTER, "aggregator"}}
    of = catalog(entry("openai/gpt-4o", {ROUTER: "openai/gpt-4o", "aggregator": "openai/gpt-4o"}, **RIGHT))
    lists = listing(model("openai/gpt-4o", **RIGHT)), heard("aggregator", **HALF)
    done = plan(of, *lists, mapping=(MappingRule("^openai/", "openai"),), **{**VENDORS, **second})
    assert not done.changes
    assert told(done, Topic.DISAGREE) == {
        "openai/gpt-4o": "openrouter says input 2.5, output 10; aggregator says input 1.25, output 5"
    }


def test_two_sources_that_disagree_on_a_new_model_are_named_in_the_run_that_adds_it() -> None:
    second = {"sources": (ROUTER, "aggregator"), "vendor_sources": KNOWN | {ROUTER, "aggregator"}}
    absurd = {"input": "1500", "output": "6000"}
    lists = listing(model("openai/gpt-4o", **absurd)), heard("aggregator", **HALF)
    done = plan(catalog(empty=("openai",)), *lists, mapping=(MappingRule("^openai/", "openai"),), **second)
    assert held(done) == dict.fromkeys(
        ("openai/gpt-4o:pricing.input", "openai/gpt-4o:pricing.output"), "absurd price"
    )
    assert told(done, Topic.DISAGREE) == {
        "openai/gpt-4o": "openrouter says input 1500, output 6000; aggregator says input 1.25, output 5"
    }


@pytest.mark.parametrize(("second", "is_held"), [(HALF, True), ({**HALF, "input": "2.5"}, False)])
def test_a_pair_of_two_sources_that_one_of_them_contradicts_is_held(
    second: dict[str, str], is_held: bool
) -> None:
    sources = {"sources": (ROUTER, "aggregator"), "vendor_sources": KNOWN | {ROUTER, "aggregator"}}
    lists = listing(model("openai/gpt-4o", input="2.5")), heard("aggregator", **second)
    done = plan(catalog(empty=("openai",)), *lists, mapping=(MappingRule("^openai/", "openai"),), **sources)
    assert held(done) == (dict.fromkeys((OF_INPUT, OF_OUTPUT), "second opinion") if is_held else {})


def test_a_first_limit_that_one_list_contradicts_is_written_and_two_hold_it() -> None:
    other = heard(MAP, context_length=200_000)
    done = planned(other, new={"context_length": 128_000})
    assert changed(done)["openai/gpt-4o"]["context_length"] == 128_000
    assert told(done, Topic.DISAGREE) == {"openai/gpt-4o": "map says context_length 200,000"}
    both = planned(other, heard(PRICES, context_length=200_000), new={"context_length": 128_000})
    assert held(both) == {"openai/gpt-4o:context_length": "second opinion"}


def test_prices_of_what_gives_out_images_are_not_held_against_each_other() -> None:
    images = {"gives": ("image", "text")}
    assert not planned(heard(MAP, **RIGHT), old=images | RIGHT, new=images | HALF).holds
    second = {"sources": (ROUTER, "aggregator"), "vendor_sources": KNOWN | {ROUTER, "aggregator"}}
    of = catalog(
        entry("openai/gpt-4o", {ROUTER: "openai/gpt-4o", "aggregator": "openai/gpt-4o"}, **images, **RIGHT)
    )
    lists = listing(model("openai/gpt-4o", **images, **RIGHT)), heard("aggregator", **images, **HALF)
    done = plan(of, *lists, mapping=(MappingRule("^openai/", "openai"),), **{**VENDORS, **second})
    assert told(done, Topic.DISAGREE) == {}
