"""Every entry is changed, equal, or named as not compared: "up to date" means that a list said so."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from modelsync.records import (
    Entry,
    Exclusion,
    MappingRule,
    NotCompared,
    Owner,
    Pin,
    Plan,
    Report,
    Topic,
    Unreadable,
    Variant,
)
from modelsync.report.terminal import flat
from tests.building import NATIVE, ROUTER, catalog, entry, listing, model, plan, tier, told

LISTED = listing(model("openai/gpt-4o", context_length=8), model("openai/o3", context_length=8))
EQUAL = entry("openai/gpt-4o", "openai/gpt-4o", context_length=8)


def reasons(of: Plan) -> dict[str, str]:
    return {one.name: one.reason for one in of.not_compared}


def with_a(other: Entry, **settings: object) -> Plan:
    return plan(catalog(EQUAL, other), LISTED, add="none", **settings)


O3 = entry("openai/o3", "openai/o3", context_length=8)


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        (entry("openai/mine"), "nothing follows it, and no list has a model of its name"),
        (
            entry("openai/o3", "openai/gpt-4-o"),
            "openrouter does not list openai/gpt-4-o, did you mean openai/gpt-4o?",
        ),
        (
            entry("openai/mine", "OpenAI/gpt-4o"),
            "openrouter does not list OpenAI/gpt-4o, but openai/gpt-4o",
        ),
        (msgspec.structs.replace(entry("openai/own"), upstream={"groq": "own"}), "groq was not asked"),
        (msgspec.structs.replace(O3, priority=100), "a person's entry"),
        (msgspec.structs.replace(O3, pins=(Pin(),)), "pinned as a whole"),
    ],
)
def test_an_entry_that_no_list_was_held_against_is_named_with_the_reason(other: Entry, reason: str) -> None:
    made = with_a(other)
    assert reasons(made) == {other.name: reason}
    assert made.unchanged == 1


@pytest.mark.parametrize(
    ("stated", "fields", "reason"),
    [
        ({"input": Unreadable("2,50")}, None, "its pricing.input cannot be read: 2,50"),
        ({"context_length": Unreadable("128k")}, None, "its context_length cannot be read: 128k"),
        ({"input": Unreadable("2,50")}, ("context_length",), ""),
    ],
)
def test_what_cannot_be_read_is_not_up_to_date(
    stated: dict[str, Any], fields: tuple[str, ...] | None, reason: str
) -> None:
    settings = {"fields": frozenset(fields)} if fields else {}
    made = with_a(entry("openai/o3", "openai/o3", **({"context_length": 8} | stated)), **settings)
    assert reasons(made) == ({"openai/o3": reason} if reason else {})
    assert made.unchanged == (1 if reason else 2)


def test_the_entry_that_is_named_for_its_model_is_the_same_in_any_order() -> None:
    of = [
        entry("openai/b", "x/b", model="m"),
        entry("openai/c", "x/c", model="m"),
        entry("openai/d", model="m"),
    ]
    for entries in (of, of[::-1]):
        made = plan(catalog(*entries), LISTED)
        assert "that of openai/b" in reasons(made)["openai/d"]


def test_an_excluded_entry_is_not_up_to_date() -> None:
    made = with_a(O3, exclude={"openai": (Exclusion("o3"),)})
    assert reasons(made) == {"openai/o3": "excluded by o3"}


@pytest.mark.parametrize(
    ("followed", "listed", "is_meant"),
    [
        ("openai/gtp-4o", "openai/gpt-4o", True),
        ("openai/gpt-4-o", "openai/gpt-4o", True),
        ("OpenAI/GPT-4o", "openai/gpt-4.0", False),
        ("openai/gpt-4o", "openai/gpt-4o-mini", False),
        ("openai/gemini-2.5-pro", "openai/gemini-2.5-flash", False),
        ("openai/gpt-4-32k", "openai/gpt-4-8k", False),
    ],
)
def test_an_id_that_is_not_listed_is_taken_for_a_slip_of_another_by_its_letters_alone(
    followed: str, listed: str, *, is_meant: bool
) -> None:
    made = plan(catalog(entry("openai/mine", followed, model="x")), listing(listed))
    assert (f"did you mean {listed}?" in reasons(made)["openai/mine"]) is is_meant


def test_what_is_equal_is_compared() -> None:
    made = with_a(O3)
    assert (made.unchanged, made.not_compared) == (2, ())


def test_a_report_counts_them_and_names_them_where_everything_is_asked_for() -> None:
    made = with_a(entry("openai/mine"))
    report = Report(msgspec.structs.replace(made, notices=()))
    assert "Nothing to do: 1 model is up to date, not compared: 1" in list(flat(report))
    assert "not compared: openai/mine: nothing follows it, and no list has a model of its name" in list(
        flat(report, verbose=True)
    )
    assert Plan.from_json(made.to_json()).not_compared == (
        NotCompared("openai/mine", *reasons(made).values()),
    )


@pytest.mark.parametrize(
    ("end", "is_named"),
    [
        *(("2026-08-10", True), ("2026-08-22", False), (None, False)),
        *(("2026-07", True), ("2026-08", False), ("2025", True), ("2026", False)),
    ],
)
def test_a_listed_model_whose_end_is_over_is_named(end: str | None, is_named: bool) -> None:
    made = with_a(entry("openai/o3", "openai/o3", context_length=8, expires=end))
    text = f"expires {end} is over, and it is still listed by openrouter"
    assert told(made, Topic.ENDED) == ({"openai/o3": text} if is_named else {})


def withdrawn(entries: Entry, *rows: Any, **settings: Any) -> list[str]:
    notices = plan(catalog(entries), *rows, **settings).notices
    return [notice.text.split(" ")[0] for notice in notices if notice.topic == "no longer stated"]


def test_what_no_list_states_that_an_entry_follows_may_be_withdrawn() -> None:
    tiers = (tier(9, input="3"),)
    stated = {"input": "2", "cache_read": "1", "tiers": tiers, "expires": "2027-01-01", "name": "O9"}
    entry_ = entry("openai/o9", "openai/o9", **stated)
    row = listing(model("openai/o9", input="2"))
    assert withdrawn(entry_, row) == ["expires", "pricing.cache_read", "pricing.tiers"]
    assert withdrawn(entry_, row, fields=frozenset({"expires"})) == ["expires"]
    assert withdrawn(entry_, row, owners={"pricing": Owner.HUMAN}) == ["expires"]


def tiers_of(*words: str, **more: Any) -> tuple[Variant, ...]:
    return tuple(Variant({"service_tier": word, **more}, {"input": Decimal(1)}) for word in words)


@pytest.mark.parametrize(
    ("old", "listed", "named"),
    [
        (tiers_of("batch", "flex"), tiers_of("batch"), "service_tier flex: input 1"),
        (tiers_of("batch", "flex", "priority"), tiers_of("flex"), "service_tier batch: input 1"),
        (tiers_of("batch", "flex"), tiers_of("flex", "batch"), None),
        (tiers_of("batch") + tiers_of("flex", region="eu"), tiers_of("batch"), None),
        ((*tiers_of("batch"), Variant({"region": "eu"}, {"input": Decimal(2)})), tiers_of("batch"), None),
        (
            (*tiers_of("batch"), Variant({"service_tier": "flex"}, {"factor": Decimal(2)})),
            tiers_of("batch"),
            None,
        ),
    ],
)
def test_a_service_tier_that_no_list_states_any_more_is_named(
    old: tuple[Variant, ...], listed: tuple[Variant, ...], named: str | None
) -> None:
    entry_ = entry("openai/o9", "openai/o9", input="2", variants=old)
    made = plan(catalog(entry_), listing(model("openai/o9", input="2", variants=listed)))
    (text,) = told(made, Topic.WITHDRAWN).values() or [""]
    assert (named in text) if named else not text


@pytest.mark.parametrize(
    "other",
    [
        {"pins": ("pricing",)},
        {"priority": 100},
        {"upstream": {ROUTER: "openai/o9", NATIVE: "o9"}},
        {"upstream": ""},
    ],
)
def test_what_a_person_keeps_or_a_silent_source_may_state_is_not_withdrawn(other: dict[str, Any]) -> None:
    entry_ = entry("openai/o9", other.pop("upstream", "openai/o9"), input="2", cache_read="1", **other)
    assert withdrawn(entry_, listing(model("openai/o9", input="2"))) == []


def test_no_price_is_withdrawn_where_no_list_says_the_providers_prices() -> None:
    entry_, row = entry("openai/o9", "openai/o9", input="2"), listing(model("openai/o9"))
    assert withdrawn(entry_, row) == ["pricing.input"]
    assert withdrawn(entry_, row, mapping=(MappingRule("^openai/", "openai", prices=False),)) == []
