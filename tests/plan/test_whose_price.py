"""Whose price an entry has: its provider's own, or that of whichever host an aggregator routes to."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from modelsync.plan.mapping import Mapping, Placement
from modelsync.records import Catalog, MappingRule, Money, Plan, Topic
from tests.building import ROUTER, actions, catalog, changed, entry, listing, model, plan, policy, told

VENDORS = "vendors"  # a list of vendors' own ids and prices
BOTH: dict[str, Any] = {
    "sources": (VENDORS, ROUTER),
    "vendor_sources": frozenset({VENDORS, ROUTER}),
    "native_sources": frozenset({VENDORS}),
}


def rules(prices: Any) -> tuple[MappingRule, ...]:
    return (MappingRule("^(mistral|mistralai)/", "mistral", prices=prices),)


def planned(prices: Any, *rows: Any, own: Any = (), stated: Any = None) -> Plan:
    """A plan for `mistral/open-mistral-nemo` by rows of the aggregator, and of the vendors' list."""
    follows = {ROUTER: "mistralai/mistral-nemo", VENDORS: "mistral/open-mistral-nemo"}
    of = catalog(entry("mistral/open-mistral-nemo", follows, **(stated or {})))
    lists = (listing(*own, source=VENDORS), listing(*rows))
    return plan(of, *lists, mapping=rules(prices), **BOTH)


def nemo(**prices: Any) -> Any:
    return model("mistralai/mistral-nemo", **prices)


def own_nemo(**prices: Any) -> Any:
    return model("mistral/open-mistral-nemo", **prices)


def fields(of: Plan) -> dict[str, Any]:
    return changed(of).get("mistral/open-mistral-nemo", {})


def test_a_list_of_vendors_own_ids_names_what_the_vendors_api_takes() -> None:
    mapping = Mapping(policy(mapping=rules(True), **BOTH))
    placed = mapping.place(VENDORS, "mistral/mistral-small-latest")
    assert isinstance(placed, Placement)
    assert (placed.provider, placed.model, placed.confirmed) == ("mistral", "mistral-small-latest", True)
    guessed = mapping.place(ROUTER, "mistralai/mistral-small-creative")
    assert isinstance(guessed, Placement)
    assert guessed.model == "labs-mistral-small-creative"


@pytest.mark.parametrize("order", [(VENDORS, ROUTER), (ROUTER, VENDORS)])
def test_where_an_aggregator_only_fills_the_vendors_price_counts_in_either_order(order: Any) -> None:
    of = catalog(
        entry(
            "mistral/open-mistral-nemo",
            {ROUTER: "mistralai/mistral-nemo", VENDORS: "mistral/open-mistral-nemo"},
            input="0.14",
        )
    )
    lists = (listing(nemo(input="0.019")), listing(own_nemo(input="0.15"), source=VENDORS))
    done = plan(of, *lists, mapping=rules("fill"), **{**BOTH, "sources": order})
    assert fields(done) == {"pricing.input": Decimal("0.15")}


@pytest.mark.parametrize(
    ("prices", "row", "own", "named"),
    [
        ("fill", {"input": "0.2"}, {"context_length": 9}, True),
        ("fill", {"output": "0.2"}, {"context_length": 9}, True),
        ("fill", {"cache_read": "0.2"}, {"context_length": 9}, False),
        ("fill", {"input": "0.2"}, {"input": "0.3"}, False),
        (True, {"input": "0.2"}, {"context_length": 9}, False),
        (None, {"input": "0.2"}, {"context_length": 9}, False),
    ],
)
def test_a_price_of_some_host_is_named_as_such_where_nobody_confirms_it(
    prices: Any, row: dict[str, str], own: dict[str, Any], named: bool
) -> None:
    done = planned(prices, nemo(**row), own=[own_nemo(**own)])
    assert ("mistral/open-mistral-nemo" in told(done, Topic.UNCONFIRMED)) is named
    assert any(field.startswith("pricing.") for field in fields(done))


def test_an_aggregator_that_fills_speaks_where_no_other_source_states_a_price() -> None:
    done = planned(
        "fill", nemo(input="0.2"), own=[own_nemo(context_length=128_000)], stated={"input": "0.19"}
    )
    assert fields(done) == {"pricing.input": Decimal("0.2"), "context_length": 128_000}


def test_prices_of_two_hosts_are_not_mixed_in_one_model() -> None:
    done = planned("fill", nemo(input="0.019", cache_read="0.002"), own=[own_nemo(input="0.15")])
    assert fields(done) == {"pricing.input": Decimal("0.15")}


def test_prices_that_are_the_providers_own_count_by_the_order_of_sources() -> None:
    done = planned(True, nemo(reasoning="2", cache_read="0.02"), own=[own_nemo(cache_read="0.015")])
    assert fields(done) == {"pricing.cache_read": Decimal("0.015"), "pricing.reasoning": Decimal(2)}


def test_where_prices_never_count_the_rest_of_a_row_does() -> None:
    done = planned(False, nemo(input="0.019", context_length=131_072), own=[own_nemo(input="0.15")])
    assert fields(done) == {"context_length": 131_072}


def test_what_two_lists_call_one_model_is_added_once_with_the_vendors_own_id() -> None:
    of = catalog(empty=("mistral",))
    lists = (
        listing(own_nemo(input="0.15"), source=VENDORS),
        listing(nemo(input="0.019", context_length=131_072)),
    )
    aliases = {"mistralai/mistral-nemo": "open-mistral-nemo"}
    done = plan(of, *lists, mapping=rules("fill"), aliases=aliases, **BOTH)
    assert actions(done) == {"mistral/open-mistral-nemo": "add"}
    assert fields(done) == {
        "model": "open-mistral-nemo",
        f"upstream.{VENDORS}": "mistral/open-mistral-nemo",
        f"upstream.{ROUTER}": "mistralai/mistral-nemo",
        "pricing.input": Decimal("0.15"),
        "context_length": 131_072,
    }


YUAN = Money(foreign="its prices are in CNY")


def in_yuan(of: Catalog) -> Catalog:
    """The catalog with all prices of `mistral` in another currency."""
    provider = of.providers["mistral"]
    entries = {key: msgspec.structs.replace(one, money=YUAN) for key, one in provider.entries.items()}
    return msgspec.structs.replace(
        of, providers={"mistral": msgspec.structs.replace(provider, money=YUAN, entries=entries)}
    )


def test_no_price_in_dollars_reaches_what_is_billed_in_another_currency() -> None:
    of = in_yuan(catalog(entry("mistral/open-mistral-nemo", "mistralai/mistral-nemo", input="1")))
    rows = nemo(input="0.15", context_length=9), model("mistralai/new", input="2", context_length=9)
    done = plan(of, listing(*rows), mapping=rules(True), **BOTH)
    assert fields(done) == {"context_length": 9}
    assert "pricing.input" not in changed(done)["mistral/new"]
    assert told(done, "kept") == {}
    assert told(done, "not in dollars") == {
        "mistral/open-mistral-nemo": "its prices are in CNY",
        "mistral/new": "its price is left out: mistral says that its prices are in CNY",
    }


def test_what_is_billed_in_another_currency_is_not_called_compared() -> None:
    of = in_yuan(catalog(entry("mistral/open-mistral-nemo", "mistralai/mistral-nemo", input="1")))
    done = plan(of, listing(nemo(input="0.15")), mapping=rules(True), **BOTH)
    assert done.unchanged == 0
    assert [(one.name, one.reason) for one in done.not_compared] == [
        ("mistral/open-mistral-nemo", "its prices are in CNY")
    ]
