"""What of a row goes into an entry, and what a person keeps."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from building import (
    NATIVE,
    ROUTER,
    TODAY,
    actions,
    applied,
    catalog,
    changed,
    entry,
    failure,
    held,
    listing,
    model,
    plan,
    tier,
    told,
    values,
)
from modelsync.records import Entry, MappingRule, Owner, Pin, Unreadable, Variant, Window, text_of

BOTH = {ROUTER: "openai/gpt-4o", NATIVE: "gpt-4o"}


def gpt(upstream: Any = "openai/gpt-4o", /, **stated: Any) -> Entry:
    return entry("openai/gpt-4o", upstream, **stated)


def row(*unusable: str, **stated: Any) -> Any:
    return model("openai/gpt-4o", *unusable, **stated)


def native(**stated: Any) -> Any:
    return listing(model("gpt-4o", **stated), source=NATIVE)


def updated(of: Entry, *rows: Any, **settings: Any) -> dict[str, Any]:
    return changed(plan(catalog(of), listing(*rows), **settings)).get("openai/gpt-4o", {})


# ---------------------------------------------------------------------------- owners


def test_upstream_has_the_last_word_on_prices_limits_and_dates() -> None:
    old = gpt(input="3", context_length=8, released="2024-05-13", expires="2026-01-01")

    said = {"input": "2.5", "context_length": 9, "released": "2024-05-14", "expires": "2027-01-01"}

    assert updated(old, row(**said)) == values(said)


@pytest.mark.parametrize(
    ("old", "listed", "new"),
    [
        ("eu*1.1", "batch=1", "eu*1.1 batch=1"),
        ("batch+eu=3 batch=2 flex=2", "batch=1 batch>200000=2", "batch+eu=3 batch=1 batch>200000=2 flex=2"),
        ("batch=1 batch>200000=2", "batch=1 batch>272000=2", "batch=1 batch>272000=2"),
        ("batch*0.5", "batch=1", "batch=1*0.5"),
        ("batch=1 eu*1.1", "batch=1", None),
    ],
)
def test_upstream_speaks_only_of_the_ways_to_ask_that_it_states(
    old: str, listed: str, new: str | None
) -> None:
    was = gpt(input="2", variants=_variants(old))

    planned = updated(was, row(input="2", variants=_variants(listed)))

    assert planned == ({} if new is None else {"pricing.variants": _variants(new)})


_amounts = st.sampled_from(["1", "1.5", "2"]).map(Decimal)


def _of_ways(*ways: dict[str, str]) -> st.SearchStrategy[tuple[Variant, ...]]:
    """Prices of ways to ask, of all prompts or of long ones."""
    prices = _amounts.map(lambda price: {"input": price})
    one = st.builds(Variant, st.sampled_from(ways), prices, st.sampled_from([0, 100_000, 200_000]))
    return st.lists(one, max_size=5, unique_by=lambda item: item.condition).map(tuple)


_LISTED = ({"service_tier": "batch"}, {"service_tier": "flex"})


@given(_of_ways(*_LISTED, {"region": "eu"}, {"region": "eu", "service_tier": "batch"}), _of_ways(*_LISTED))
def test_what_upstream_states_is_there_and_what_it_says_nothing_of_stays_in_its_order(
    old: tuple[Variant, ...], listed: tuple[Variant, ...]
) -> None:
    was = gpt(input="2", variants=old)
    new = updated(was, row(input="2", variants=listed)).get("pricing.variants", old)

    ways = [one.conditions for one in listed]
    assert [one for one in new if one.conditions not in ways] == [
        one for one in old if one.conditions not in ways
    ]
    assert sorted(one.condition for one in new if one.conditions in ways) == sorted(
        one.condition for one in listed
    )
    assert set(map(text_of, listed)) <= set(map(text_of, new))
    again = gpt(input="2", variants=new)
    assert updated(again, row(input="2", variants=listed)) == {}


def _variants(text: str) -> tuple[Variant, ...]:
    """`batch+eu>200000=1*0.5`: service tier and region, a length, the input price and a factor."""
    return tuple(_variant(*re.fullmatch(_VARIANT, one).groups()) for one in text.split())  # type: ignore[union-attr]


_VARIANT = r"(batch|flex)?\+?(eu)?(?:>(\d+))?(?:=([\d.]+))?(?:\*([\d.]+))?"


def _variant(service_tier: str, region: str, above: str, price: str, factor: str) -> Variant:
    conditions = {"service_tier": service_tier, "region": region}
    prices = {"input": price, "factor": factor}
    return Variant(
        {name: word for name, word in conditions.items() if word},
        {name: Decimal(number) for name, number in prices.items() if number},
        int(above or 0),
    )


def test_a_doubtful_variant_holds_the_other_prices_of_its_model_and_they_hold_it() -> None:
    dear, cheap = _variants("batch=9"), _variants("batch=1")
    for listed in ({"input": "2.5", "variants": dear}, {"input": "25", "variants": cheap}):
        planned = plan(catalog(gpt(input="2", output="8")), listing(row(output="9", **listed)))
        assert not changed(planned)
        assert set(held(planned)) >= {
            f"openai/gpt-4o:pricing.{name}" for name in ("input", "output", "variants")
        }


def test_a_union_only_grows_and_keeps_a_persons_words_and_order() -> None:
    old = gpt(features=("vision", "our-own", "chat"), takes=("text",))

    assert updated(old, row(features=("chat", "reasoning"), takes=("image", "text"))) == {
        "features": ("vision", "our-own", "chat", "reasoning"),
        "modalities.input": ("text", "image"),
    }


def test_a_word_that_was_written_wrongly_is_taken_back_where_upstream_has_the_say_of_features() -> None:
    old, listed = gpt(features=("chat", "vision")), row(features=("vision",))

    assert updated(old, listed) == {}
    assert updated(old, listed, owners={"features": Owner.UPSTREAM}) == {"features": ("vision",)}
    assert updated(old, row(), owners={"features": Owner.UPSTREAM}) == {}


def test_a_fill_is_written_only_where_nobody_wrote_anything() -> None:
    said = row(name="GPT-4o", description="theirs")

    assert updated(gpt(), said) == {"name": "GPT-4o", "description": "theirs"}
    assert updated(gpt(name="", description="ours"), said) == {"name": "GPT-4o"}
    assert updated(gpt(name=None, description="ours"), said) == {}


def test_the_native_id_changes_only_where_it_is_known_for_sure() -> None:
    old = gpt(model="gpt-4o-latest")

    assert updated(old, row()) == {}
    assert updated(old, row(), aliases={"openai/gpt-4o": "gpt-4o-2024-08-06"}) == {
        "model": "gpt-4o-2024-08-06"
    }


@pytest.mark.parametrize(
    ("written", "now"),
    [("grok-4.1-fast", {"model": "grok-4-1-fast"}), ("grok-4-1-fast-ours", {}), ("x-ai/grok-4.1-fast", {})],
)
def test_a_rule_corrects_only_the_name_that_upstream_gave(written: str, now: dict[str, Any]) -> None:
    grok = entry("x-ai/grok-4-1-fast", "x-ai/grok-4.1-fast", model=written)

    assert changed(plan(catalog(grok), listing("x-ai/grok-4.1-fast"))).get(grok.name, {}) == now


def test_a_native_id_that_the_provider_lists_is_not_corrected_into_another() -> None:
    """A person follows the alias and calls a dated snapshot."""
    dated = entry("openai/gpt-4o", {NATIVE: "gpt-4o"}, model="gpt-4o-2024-08-06")

    def corrected(*ids: str) -> dict[str, Any]:
        return changed(plan(catalog(dated), listing(*ids, source=NATIVE))).get("openai/gpt-4o", {})

    assert corrected("gpt-4o", "gpt-4o-2024-08-06") == {}
    assert corrected("gpt-4o", "gpt-5") == {"model": "gpt-4o"}


@pytest.mark.parametrize(
    ("owners", "wanted"),
    [
        ({}, {"pricing.input", "pricing.output"}),
        ({"pricing": Owner.HUMAN}, set()),
        ({"pricing.input": Owner.HUMAN}, {"pricing.output"}),
        ({"openai/pricing": Owner.FILL}, set()),
        ({"anthropic/pricing": Owner.HUMAN}, {"pricing.input", "pricing.output"}),
        ({"pricing": Owner.HUMAN, "pricing.input": Owner.UPSTREAM}, {"pricing.input"}),
        ({"openai/pricing": Owner.HUMAN, "pricing.input": Owner.UPSTREAM}, set()),
        ({"pricing": Owner.HUMAN, "openai/pricing.output": Owner.UPSTREAM}, {"pricing.output"}),
    ],
)
def test_the_narrowest_rule_says_who_owns_a_field(owners: dict[str, Owner], wanted: set[str]) -> None:
    old = gpt(input="3", output="15")

    assert set(updated(old, row(input="2", output="10"), owners=owners)) == wanted


def test_what_people_own_is_never_written_and_listed_as_kept() -> None:
    owners = {"pricing": Owner.HUMAN}

    made = plan(
        catalog(gpt(input="3")),
        listing(row(input="2", output="9"), model("openai/gpt-5", input="1")),
        owners=owners,
    )

    assert changed(made) == {"openai/gpt-5": {"model": "gpt-5", "upstream.openrouter": "openai/gpt-5"}}
    assert told(made, "kept") == {"openai/gpt-4o": "pricing.input stays 3; upstream says 2 (owned by people)"}


def test_only_the_fields_that_sync_may_write_change() -> None:
    old, said = gpt(input="3", context_length=8), row(input="2", context_length=9, name="GPT-4o")

    assert set(updated(old, said, fields=frozenset({"pricing", "name"}))) == {"pricing.input", "name"}
    assert set(updated(old, said, fields=frozenset({"pricing.output"}))) == set()


# ---------------------------------------------------------------------------- nothing said, null, zero


@pytest.mark.parametrize("owner", [Owner.HUMAN, Owner.NATIVE])
def test_a_new_model_states_nothing_that_upstream_has_no_say_in(owner: Owner) -> None:
    made = plan(catalog(empty=("openai",)), listing(row(name="GPT-4o", input="3")), owners={"name": owner})

    assert "name" not in changed(made)["openai/gpt-4o"]


@pytest.mark.parametrize("said", [{}, {"input": None, "context_length": None}, {"name": "", "features": ()}])
def test_nothing_said_blanks_nothing(said: dict[str, Any]) -> None:
    old = gpt(input="3", context_length=8, name="GPT-4o", features=("chat",))

    assert updated(old, row(**said), owners={"name": Owner.UPSTREAM, "features": Owner.UPSTREAM}) == {}


def test_nothing_said_adds_nothing_to_a_new_model() -> None:
    made = plan(catalog(empty=("openai",)), listing(row(input=None, name="", features=())))

    assert changed(made)["openai/gpt-4o"].keys() == {"model", "upstream.openrouter"}


def test_a_value_that_is_none_leaves_the_field_and_is_listed() -> None:
    made = plan(catalog(gpt(input="3")), listing(row("input")))

    assert not made.changes
    assert told(made, "unusable") == {"openai/gpt-4o": "pricing.input -1: a variable price"}


def test_zero_is_a_price_and_not_a_missing_one() -> None:
    assert updated(gpt(input="0"), row(input="0")) == {}
    assert held(plan(catalog(gpt(input="3")), listing(row(input="0")))) == {
        "openai/gpt-4o:pricing.input": "zero crossing"
    }


def test_what_does_not_apply_becomes_known_when_upstream_states_it() -> None:
    assert updated(gpt(input="3", cache_read=None), row(input="3", cache_read="0.3")) == values(
        {"cache_read": "0.3"}
    )


@pytest.mark.parametrize(
    ("old", "said"),
    [
        ({"input": "3"}, {"input": "3.000"}),
        ({"input": "1000000"}, {"input": "1E+6"}),
        ({"features": ("a", "b")}, {"features": ("b", "a")}),
        (
            {"tiers": (tier(2, input="1"), tier(1, input="2.0"))},
            {"tiers": (tier(1, input="2"), tier(2, input="1.0"))},
        ),
        (
            {"windows": (Window("16:30", "00:30", {}), Window("01:00", "02:00", {}))},
            {"windows": (Window("01:00", "02:00", {}), Window("16:30", "00:30", {}))},
        ),
    ],
)
def test_a_value_that_means_the_same_is_no_change(old: dict[str, Any], said: dict[str, Any]) -> None:
    owners = {"features": Owner.UPSTREAM}

    assert updated(gpt(**old), row(**said), owners=owners) == {}


@pytest.mark.fault("YAML files", "a value that cannot be read")
@pytest.mark.parametrize("owner", list(Owner))
@pytest.mark.parametrize("field", ["model", "context_length", "input", "features", "name", "tiers"])
def test_what_cannot_be_read_stays_as_a_person_wrote_it(field: str, owner: Owner) -> None:
    old = gpt(**{field: Unreadable("128k")})
    said = row(context_length=9, input="3", features=("chat",), name="x", tiers=(tier(1, input="3"),))

    written = updated(old, said, owners={field: owner}, aliases={"openai/gpt-4o": "sure"})

    assert values({field: 0}).keys().isdisjoint(written)


def test_what_cannot_be_read_is_listed_and_no_other_field_suffers() -> None:
    made = plan(catalog(gpt(context_length=Unreadable("128k"))), listing(row(context_length=9, input="3")))

    assert changed(made)["openai/gpt-4o"].keys() == {"pricing.input"}
    assert told(made, "unreadable") == {"openai/gpt-4o": "context_length stays 128k: not a count"}


# ---------------------------------------------------------------------------- pins and persons' entries


@pytest.mark.parametrize(
    ("pin", "kept"),
    [
        ("pricing.input", {"pricing.input"}),
        ("pricing", {"pricing.input", "pricing.output"}),
        ("", {"pricing.input", "pricing.output", "context_length", "upstream.openai"}),
        ("upstream", {"upstream.openai"}),
        ("model", set()),
    ],
)
def test_a_pin_keeps_its_field_its_section_or_the_whole_entry(pin: str, kept: set[str]) -> None:
    of = catalog(gpt(input="3", output="15", context_length=8, pins=(pin,)))

    made = plan(of, listing(row(input="2", output="10", context_length=9)), native())

    everything = {"pricing.input", "pricing.output", "context_length", "upstream.openai"}
    assert set(changed(made).get("openai/gpt-4o", {})) == everything - kept


def test_what_upstream_says_of_a_pinned_field_is_a_notice_and_no_hold() -> None:
    pin = Pin("pricing.input", None, "negotiated", 7)

    made = plan(catalog(gpt(input="3", pins=(pin,))), listing(row(input="3000")))

    assert told(made, "kept") == {
        "openai/gpt-4o": "pricing.input stays 3; upstream says 3000 (pinned, negotiated)"
    }
    assert not made.holds


def test_a_pin_holds_on_its_last_day_and_not_after() -> None:
    pin = Pin("pricing.input", TODAY, "", 7)
    old, said = gpt(input="3", pins=(pin,)), row(input="2")

    assert updated(old, said) == {}
    assert updated(old, said, today=TODAY + timedelta(days=1)) == values({"input": "2"})
    late = plan(catalog(old), listing(said), today=TODAY + timedelta(days=1))
    assert told(late, "expired") == {"openai/gpt-4o": f"the pin on pricing.input ended on {TODAY} (line 7)"}


@pytest.mark.parametrize(("priority", "persons"), [(0, False), (99, False), (100, True), (500, True)])
def test_an_entry_of_priority_100_is_a_persons(priority: int, *, persons: bool) -> None:
    made = plan(catalog(gpt(input="3", priority=priority)), listing(row(input="2")), native())

    assert (not made.changes) is persons
    assert bool(told(made, "kept")) is persons


# ---------------------------------------------------------------------------- prices of one's own machine


@pytest.mark.parametrize(
    ("local", "prices", "wanted"),
    [(False, None, True), (True, None, False), (False, False, False), (True, True, True)],
)
def test_a_hosted_price_is_not_written_onto_ones_own_machine(
    *, local: bool, prices: bool | None, wanted: bool
) -> None:
    rules = (MappingRule("^openai/", "openai", prices=prices),)
    said = {"input": "2", "tiers": (tier(200_000, input="3"),), "request": "1", "context_length": 9}
    of = catalog(gpt(context_length=8), local=("openai",) if local else ())

    made = plan(of, listing(row("output", **said), model("openai/gpt-5", **said)), mapping=rules)

    for name in ("openai/gpt-4o", "openai/gpt-5"):
        fields = changed(made).get(name, {})
        assert any(field.startswith("pricing.") for field in fields) is wanted
        assert ("context_length" in fields) is (wanted or not local)
    assert bool(told(made, "unusable")) is wanted


@pytest.mark.parametrize(
    "stated",
    [
        {"context_length": 128_000},
        {"max_output_tokens": 16_384},
        {"features": ("chat", "vision")},
        {"takes": ("text", "image")},
        {"gives": ("text",)},
        {"expires": "2027-01-01"},
        {"tiers": (tier(200_000, input="3"),)},
    ],
)
def test_what_a_host_makes_of_a_model_reaches_no_machine_of_ones_own(stated: dict[str, Any]) -> None:
    box = entry("box/llama", "openai/gpt-4o", context_length=8192, features=("chat",))
    row, own = model("openai/gpt-4o", name="GPT", **stated), model("llama", **stated)

    made = plan(catalog(box, local=("box",)), listing(row))
    assert set(changed(made)["box/llama"]) == {"name"}
    assert not told(made, "no longer stated")
    by_its_list = msgspec.structs.replace(box, upstream={"box": "llama"})
    made = plan(catalog(by_its_list, local=("box",)), listing(own, source="box"), sources=("box",))
    assert made.changes or made.holds or "tiers" in stated


# ---------------------------------------------------------------------------- several sources


def test_the_first_source_that_states_a_field_wins() -> None:
    old = gpt(BOTH, cache_read="1", cache_write="1")

    made = plan(catalog(old), native(cache_read="3", cache_write="3"), listing(row(cache_read="2")))

    assert changed(made)["openai/gpt-4o"] == {
        "pricing.cache_read": Decimal(2),
        "pricing.cache_write": Decimal(3),
    }


@pytest.mark.fault("upstream data", "one of several sources fails")
@pytest.mark.parametrize(
    "silent",
    [
        (),
        (failure(),),
        (listing("openai/other", complete=False),),
        (listing("openai/other", skipped=("openai/gpt-4o",)),),
        (listing(),),
    ],
)
def test_a_later_source_does_not_speak_for_one_that_gave_no_answer(silent: tuple[Any, ...]) -> None:
    made = plan(catalog(gpt(BOTH, context_length=1)), *silent, native(context_length=7))

    assert not {name: change for name, change in changed(made).items() if name == "openai/gpt-4o"}
    assert told(made, "waiting") == {
        "openai/gpt-4o": "context_length stay as they are: a source that comes first gave no answer"
    }


def test_a_source_that_is_new_to_an_entry_does_not_speak_for_one_that_it_follows() -> None:
    made = plan(catalog(gpt(context_length=1)), failure(), native(context_length=7))

    assert not made.changes


def test_a_later_source_speaks_once_the_first_has_dropped_the_model() -> None:
    made = plan(catalog(gpt(BOTH, context_length=1)), listing("openai/other"), native(context_length=7))

    assert changed(made)["openai/gpt-4o"] == {"context_length": 7}


def test_a_later_source_speaks_beside_one_that_the_configuration_no_longer_names() -> None:
    old = gpt({"elsewhere": "x", NATIVE: "gpt-4o"}, context_length=1)

    assert changed(plan(catalog(old), native(context_length=7)))["openai/gpt-4o"] == {"context_length": 7}


def test_a_later_source_does_not_fill_in_for_an_unusable_value() -> None:
    made = plan(catalog(gpt(BOTH, input="3")), listing(row("input")), native(input="4"))

    assert not made.changes


@pytest.mark.fault("upstream data", "a value that comes and goes")
@given(st.lists(st.sampled_from(["both", "first", "second", "none"]), max_size=6))
def test_values_never_alternate_however_the_sources_come_and_go(runs: list[str]) -> None:
    first, second = listing(row(context_length=9)), native(context_length=7, name="n")
    answers = {
        "both": (first, second),
        "first": (first, failure(NATIVE)),
        "second": (failure(), second),
        "none": (failure(), failure(NATIVE)),
    }
    of = catalog(gpt(BOTH, context_length=9))
    for run in runs:
        of = applied(of, plan(of, *answers[run]))
        assert of.providers["openai"].entries["gpt-4o"].values["context_length"] == 9


def test_a_model_that_is_listed_again_loses_its_mark_and_nothing_else() -> None:
    marked = gpt(availability="unavailable", unavailable_since="2026-08-01", context_length=8)
    made = plan(catalog(marked), listing(row(context_length=8)))

    assert actions(made) == {"openai/gpt-4o": "update"}
    assert "availability" not in applied(catalog(marked), made).providers["openai"].entries["gpt-4o"].values
    assert updated(gpt(availability="deprecated", unavailable_since="2026-08-01"), row()).keys() == {
        "unavailable_since"
    }
    assert updated(gpt(availability="unavailable"), row()) == {}
    assert updated(marked, row(), fields=frozenset({"availability"})).keys() == {"availability"}


def test_a_price_that_is_only_rounded_otherwise_is_no_change() -> None:
    """Else a year of lists is full of changes that hide the real ones."""
    known = entry("openai/gpt-4o", "openai/gpt-4o", input="0.08333333333333334")
    assert not plan(catalog(known), listing(model("openai/gpt-4o", input="0.0833333333333333"))).changes
    assert plan(catalog(known), listing(model("openai/gpt-4o", input="0.0833334"))).changes
