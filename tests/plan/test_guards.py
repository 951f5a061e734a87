from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from building import tier, values
from modelsync.plan import guards
from modelsync.records import Earlier, FieldChange, GuardPolicy, Tier, Unreadable, Variant, Window

POLICY = GuardPolicy()
prices = st.decimals(min_value=0, max_value=1000, places=6, allow_nan=False)


def guard(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, str]:
    """The guard that holds each field where an entry that says `old` is to say `new`."""
    before, after = values(old), values(new)
    changes = [FieldChange(field, before.get(field, UNSET), value) for field, value in after.items()]
    return {field: verdict.guard for field, verdict in guards.of_fields(changes, before, POLICY).items()}


def new_model(**stated: Any) -> dict[str, str]:
    changes = [FieldChange(field, new=value) for field, value in values(stated).items()]
    return {field: verdict.guard for field, verdict in guards.of_fields(changes, None, POLICY).items()}


# ---------------------------------------------------------------------------- one price


@pytest.mark.parametrize("price", ["-1", "-1000000", "NaN", "Infinity", "-Infinity"])
def test_what_is_no_price_is_held(price: str) -> None:
    assert guard({"input": "3"}, {"input": price}) == {"pricing.input": "not a price"}
    assert guard({}, {"input": price}) == {"pricing.input": "not a price"}
    assert new_model(input=price) == {"pricing.input": "not a price"}


@pytest.mark.fault("upstream data", "prices of zero for everything")
@pytest.mark.parametrize(("old", "new"), [("3", "0"), ("0", "3"), ("0.0", "0.000001")])
def test_a_price_that_crosses_zero_is_held(old: str, new: str) -> None:
    assert guard({"output": old}, {"output": new}) == {"pricing.output": "zero crossing"}


@pytest.mark.parametrize(
    ("old", "new"), [("3", "30"), ("3", "0.3"), ("3", "3000"), ("0.0001", "10"), ("1", "0.01")]
)
def test_ten_times_is_held_and_so_is_a_tenth(old: str, new: str) -> None:
    assert guard({"output": old}, {"output": new}) == {"pricing.output": "price ratio"}


@pytest.mark.parametrize(("old", "new"), [("3", "29.99"), ("3", "0.31"), ("0", "0.0")])
def test_a_smaller_move_is_let_through(old: str, new: str) -> None:
    assert guard({"output": old}, {"output": new}) == {}


@given(prices, prices)
def test_no_move_over_the_ratio_and_none_across_zero_is_ever_let_through(old: Decimal, new: Decimal) -> None:
    free = not guard({"output": old}, {"output": new})
    least, most = sorted((old, new))

    assert free == (most == 0 if least == 0 else most < 10 * least)


def test_the_ratio_is_a_matter_of_policy() -> None:
    change = FieldChange("pricing.input", Decimal(1), Decimal(2))

    assert guards.of_fields([change], {}, GuardPolicy(price_ratio=Decimal(2)))
    assert not guards.of_fields([change], {}, GuardPolicy(price_ratio=Decimal("2.1")))


def test_a_price_per_call_is_a_price_too() -> None:
    assert guard({"request": "0.01"}, {"request": "10"}) == {"pricing.request": "price ratio"}


@pytest.mark.parametrize("old", [{}, {"input": None}, {"input": "NaN"}, {"input": "-1"}])
def test_a_first_price_is_let_through_and_a_first_zero_is_not(old: dict[str, Any]) -> None:
    assert guard(old, {"input": "3"}) == {}
    assert guard(old, {"input": "0"}) == {"pricing.input": "zero price"}


def test_a_zero_beside_a_known_price_makes_nothing_free() -> None:
    assert guard({"input": "0.02"}, {"cache_write": "0"}) == {}
    assert guard({"input": "0.02", "features": ("embeddings",)}, {"output": "0"}) == {}
    assert guard({"input": "0.02", "gives": ("image",)}, {"output": "0"}) == {}
    assert new_model(input="0", output="0") == {}


@pytest.mark.parametrize(("known", "missing"), [("output", "input"), ("input", "output")])
def test_a_price_that_was_not_known_does_not_become_zero(known: str, missing: str) -> None:
    assert guard({known: "0.02"}, {missing: "0"}) == {f"pricing.{missing}": "zero price"}


@pytest.mark.parametrize("free", ["input", "output"])
def test_no_new_model_is_free_on_one_side_alone_unless_it_gives_out_no_text(free: str) -> None:
    prices = {"input": "2.5", "output": "10"} | {free: "0"}
    assert new_model(**prices) == {f"pricing.{free}": "zero price"}
    without_text = [{"features": ("embeddings",)}, {"model": "text-embedding-3-small"}]
    without_text += [{"features": ("transcription",)}]
    for stated in without_text:
        assert ("pricing.input" in new_model(**prices, **stated)) is (free == "input")
        assert "pricing.output" not in new_model(**prices, **stated)
    assert new_model(input="2.5", output="0", features=("chat", "image_generation")) != {}


@pytest.mark.parametrize(
    "stated", [{"gives": ("image",)}, {"gives": ("audio",)}, {"features": ("image_generation",)}]
)
def test_a_new_model_that_makes_images_or_sound_alone_may_be_billed_for_these_alone(
    stated: dict[str, Any],
) -> None:
    assert new_model(input="0", output="0", image_output="14.37", **stated) == {}
    assert new_model(input="0", output="0", image_output="14.37") != {}


@pytest.mark.parametrize("price", ["0.000003", "0.00049"])
def test_a_first_price_far_below_any_models_is_held(price: str) -> None:
    assert guard({}, {"input": price}) == {"pricing.input": "absurd price"}
    assert new_model(input=price, output=price) == {
        "pricing.input": "absurd price",
        "pricing.output": "absurd price",
    }
    assert guard({"input": "0.0004"}, {"input": price}).get("pricing.input") != "absurd price"
    assert new_model(input="0.0005", output="0.001") == {}


@pytest.mark.parametrize("name", ["request", "web_search"])
@pytest.mark.parametrize("usual", ["0.0025", "0.14"])
def test_a_first_price_by_call_that_is_a_thousand_times_off_is_held(name: str, usual: str) -> None:
    held = {f"pricing.{name}": "absurd price"}
    for price in (Decimal(usual) * 1000, Decimal(usual) / 1000):
        assert new_model(input="1", **{name: str(price)}) == held
        assert guard({"input": "1"}, {name: str(price)}) == held
    assert new_model(input="1", **{name: usual}) == {}
    assert guard({name: usual}, {name: str(Decimal(usual) / 1000)}) == {f"pricing.{name}": "price ratio"}


def test_a_first_price_by_call_in_a_variant_is_held_as_another() -> None:
    for price in ("0.000005", "5"):
        variant = Variant({"service_tier": "batch"}, {"web_search": Decimal(price)})
        assert guard({"input": "1"}, {"variants": (variant,)}) == {"pricing.variants": "absurd price"}


@pytest.mark.parametrize(
    ("base", "name", "usual", "wrong"),
    [
        ("input", "cache_read", ("0.01", "0.3", "3"), ("0.006", "0.0006")),
        ("input", "cache_write", ("0.02", "3.75"), ("0.006", "0.00375")),
        ("output", "reasoning", ("0.25", "3", "15"), ("0.03", "0.003", "30")),
        ("input", "audio_input", ("1.7", "3", "200"), ("0.03", "300")),
        ("output", "audio_output", ("3", "99"), ("0.03", "900")),
        ("output", "image_output", ("3", "60"), ("0.003", "300")),
    ],
)
def test_a_price_lies_as_near_to_that_of_text_as_any_that_is_known(
    base: str, name: str, usual: tuple[str, ...], wrong: tuple[str, ...]
) -> None:
    for price in usual:
        assert guard({base: "3"}, {name: price}) == {}
        assert new_model(**{base: "3", name: price}) == {}
    for price in wrong:
        assert guard({base: "3"}, {name: price}) == {f"pricing.{name}": "price ratio"}
        assert new_model(**{base: "3", name: price}) == {f"pricing.{name}": "price ratio"}


def test_writing_to_a_cache_costs_no_more_than_ten_times_the_input() -> None:
    assert guard({"input": "3"}, {"cache_write": "999"}) == {"pricing.cache_write": "cache write above input"}
    assert guard({"output": "8"}, {"reasoning": "80"}) == {"pricing.reasoning": "price ratio"}
    assert guard({"output": "8"}, {"reasoning": "79"}) == {}
    assert new_model(input="3", cache_write_1h="31") == {"pricing.cache_write_1h": "cache write above input"}
    assert guard({"input": "3"}, {"cache_write": "30"}) == {}


@pytest.mark.parametrize(
    ("old", "new", "swapped"),
    [
        (("3", "15"), ("15", "3"), True),
        (("3", "15"), ("14", "3.3"), True),
        (("2", "2.1"), ("2.1", "2"), True),
        (("3", "15"), ("15", "16"), False),
        (("3", "15"), ("9", "3"), False),
        (("2", "2.1"), ("2.1", "2.2"), False),
        (("2", "2.2"), ("2.3", "2.1"), False),
    ],
)
def test_input_and_output_that_change_places_are_held(
    *, old: tuple[str, str], new: tuple[str, str], swapped: bool
) -> None:
    before, after = ({"input": one, "output": other} for one, other in (old, new))
    held = dict.fromkeys(("pricing.input", "pricing.output"), "price swap")
    assert guard(before, after) == (held if swapped else {})


# ---------------------------------------------------------------------------- tiers and windows


def test_the_price_of_a_tier_is_held_as_any_price_is() -> None:
    old = {"input": "3", "tiers": (tier(200_000, input="6"),)}

    assert guard(old, {"tiers": (tier(200_000, input="7"),)}) == {}
    assert guard(old, {"tiers": (tier(200_000, input="60"),)}) == {"pricing.tiers": "price ratio"}
    assert guard(old, {"tiers": (tier(200_000, input="0"),)}) == {"pricing.tiers": "zero crossing"}
    assert new_model(tiers=(tier(200_000, input="-1"),)) == {"pricing.tiers": "not a price"}


def test_a_new_tier_is_judged_beside_the_base_price_that_will_stand() -> None:
    """Beside any other, a tier held in one run would pass in the next."""
    assert guard({"input": "3"}, {"tiers": (tier(200_000, input="6"),)}) == {}
    assert guard({"input": "1"}, {"input": "2.5", "tiers": (tier(200_000, input="10"),)}) == {}
    wrong_unit = {"input": "3000", "tiers": (tier(200_000, input="6000"),)}
    assert guard({"input": "3"}, wrong_unit) == {
        "pricing.input": "price ratio",
        "pricing.tiers": "price ratio",
    }


@pytest.mark.parametrize("above", [1, 1_000, 7_999])
def test_a_new_tier_that_nearly_every_request_reaches_is_held(above: int) -> None:
    old = {"input": "3"}
    assert guard(old, {"tiers": (tier(above, input="6"),)}) == {"pricing.tiers": "early tier"}
    assert guard(old, {"tiers": (tier(32_000, input="6"),)}) == {}
    known = old | {"tiers": (tier(above, input="5"),)}
    assert guard(known, {"tiers": (tier(above, input="6"),)}) == {}


def test_a_window_in_which_a_paid_model_is_free_is_held() -> None:
    night = (Window("16:30", "00:30", {"input": Decimal(0)}),)

    assert guard({"input": "3"}, {"windows": night}) == {"pricing.windows": "zero crossing"}


@pytest.mark.parametrize(
    ("above", "is_held"), [(20_000, True), (2_000_000, True), (21_000, False), (200_000, False)]
)
def test_a_tier_that_begins_ten_times_earlier_or_later_is_held(above: int, *, is_held: bool) -> None:
    old = {"input": "3", "tiers": (tier(200_000, input="6"),)}
    new = {"tiers": (tier(above, input="6.5"),)}
    assert guard(old, new) == ({"pricing.tiers": "moved tier"} if is_held else {})


@pytest.mark.parametrize(
    ("tiers", "is_held"),
    [
        ((tier(200_000, input="2"),), True),
        ((tier(200_000, input="3"),), False),
        ((tier(128_000, input="6"), tier(200_000, input="5")), True),
        ((tier(200_000, input="6"), tier(128_000, input="5")), False),
    ],
)
def test_a_new_price_of_long_prompts_below_that_of_shorter_ones_is_held(
    tiers: tuple[Tier, ...], *, is_held: bool
) -> None:
    held = {"pricing.tiers": "cheaper tier"} if is_held else {}
    assert guard({"input": "3"}, {"tiers": tiers}) == held
    assert new_model(input="3", tiers=tiers) == held


def test_a_new_variant_counts_like_a_first_price_and_beside_the_list_price() -> None:
    batch = Variant({"service_tier": "batch"}, {"input": Decimal("1.5")})
    absurd = Variant({"service_tier": "batch"}, {"input": Decimal(1001)})
    free = Variant({"service_tier": "batch"}, {"input": Decimal(0)})

    assert guard({"input": "3"}, {"variants": (batch,)}) == {}
    assert guard({"input": "3"}, {"variants": (free,)}) == {"pricing.variants": "zero crossing"}
    assert guard({"output": "3"}, {"variants": (absurd,)}) == {"pricing.variants": "absurd price"}
    assert guard({"input": "900"}, {"variants": (absurd,)}) == {}
    eu = Variant({"region": "eu"}, {"factor": Decimal("1.1")})
    assert guard({"input": "3"}, {"variants": (eu,)}) == {}
    wrong = Variant({"region": "eu"}, {"factor": Decimal(11)})
    assert guard({"input": "3", "variants": (eu,)}, {"variants": (wrong,)}) == {
        "pricing.variants": "price ratio"
    }
    unknown = guard({"output": "3"}, {"variants": (free,)})
    assert unknown == {"pricing.variants": "zero price"}
    early = Variant({"service_tier": "batch"}, {"input": Decimal(2)}, above=1_000)
    assert guard({"input": "3"}, {"variants": (early,)}) == {"pricing.variants": "early tier"}


@pytest.mark.parametrize(
    ("service_tier", "price", "held"),
    [
        ("batch", "5.99", False),
        ("batch", "6", True),
        ("flex", "6", True),
        ("priority", "7.5", False),
        ("priority", "30", True),
    ],
)
def test_a_service_tier_that_is_meant_to_be_cheap_and_is_far_dearer_is_held(
    service_tier, price, held
) -> None:
    variant = Variant({"service_tier": service_tier}, {"input": Decimal(price)})

    assert bool(guard({"input": "3"}, {"variants": (variant,)})) is held
    assert bool(new_model(input="3", variants=(variant,))) is held
    flex = Variant({"service_tier": "flex"}, {"input": Decimal(2)})
    assert guard({"input": "3", "variants": (variant,)}, {"variants": (variant, flex)}) == {}


@pytest.mark.parametrize(("price", "held"), [("11.99", False), ("12", True)])
def test_a_variant_of_long_prompts_stands_beside_the_tier_that_they_reach(price: str, held: bool) -> None:
    """As Claude Haiku's, whose long prompts cost five times as much, in a batch too."""
    long = Variant({"service_tier": "batch"}, {"input": Decimal(price)}, above=200_000)
    tiers = (tier(100_000, input="4"), tier(200_000, input="6"), tier(300_000, input="9"))

    assert bool(guard({"input": "3", "tiers": tiers}, {"variants": (long,)})) is held
    assert guard({"input": "3"}, {"variants": (long,)}) == {}


# ---------------------------------------------------------------------------- limits and relations


@pytest.mark.parametrize(
    ("new", "guarded"),
    [
        (193_999, "shrinking limit"),
        (194_000, ""),  # lists round by three of a hundred
        (200_001, ""),
        (1_999_999, ""),
        (2_000_000, "growing limit"),
        (1_000_000_000, "not a limit"),
    ],
)
def test_a_limit_that_shrinks_or_grows_far_is_held(new: int, guarded: str) -> None:
    held = guard({"context_length": 200_000}, {"context_length": new})
    assert held == ({"context_length": guarded} if guarded else {})


def test_a_first_limit_is_held_only_where_no_model_takes_as_much() -> None:
    assert guard({"context_length": None}, {"context_length": 1}) == {}
    assert new_model(context_length=10_000_000) == {}
    assert new_model(context_length=100_000_001) == {"context_length": "not a limit"}


@pytest.mark.parametrize("limit", [0, -1])
def test_what_is_no_limit_is_held(limit: int) -> None:
    assert new_model(context_length=limit) == {"context_length": "not a limit"}


@pytest.mark.parametrize(
    ("field", "price", "held"), [("request", "5000", True), ("web_search", "0.03", False)]
)
def test_a_first_price_of_a_call_has_a_limit_of_its_own(field: str, price: str, *, held: bool) -> None:
    assert bool(guard({}, {field: price})) is held


def test_a_first_price_of_an_absurd_size_is_held() -> None:
    """There is no old price to show that the unit is wrong."""
    assert new_model(input="3000000", output="15") == {"pricing.input": "absurd price"}
    assert guard({}, {"input": "1000.01"}) == {"pricing.input": "absurd price"}
    assert guard({}, {"input": "1000"}) == {}


def test_a_new_model_keeps_its_context_where_its_output_limit_is_above_it() -> None:
    assert new_model(context_length=4095, max_output_tokens=4096) == {
        "max_output_tokens": "max output above context"
    }


def test_a_cache_read_above_the_input_price_is_held_whichever_of_them_moves() -> None:
    old = {"input": "3", "cache_read": "0.5"}

    assert guard(old, {"cache_read": "3.1"}) == {"pricing.cache_read": "cache read above input"}
    assert guard(old, {"input": "0.4"}) == {"pricing.input": "cache read above input"}
    assert guard(old, {"input": "4", "cache_read": "3.1"}) == {}
    assert set(new_model(input="1", cache_read="2")) == {"pricing.input", "pricing.cache_read"}


def test_a_relation_is_judged_by_what_is_left_of_the_changes() -> None:
    """The input price is held, so that the cache price would stand beside the old one."""
    moved = {"input": "30", "cache_read": "4"}

    assert guard({"input": "3", "cache_read": "0.5"}, moved) == {
        "pricing.input": "price ratio",
        "pricing.cache_read": "cache read above input",
    }


def test_a_maximum_output_above_the_context_is_held() -> None:
    assert guard({"context_length": 1000}, {"max_output_tokens": 1001}) == {
        "max_output_tokens": "max output above context"
    }
    assert new_model(context_length=1000, max_output_tokens=1000) == {}


def test_a_maximum_output_that_rises_to_the_whole_context_is_held() -> None:
    old = {"context_length": 1000, "max_output_tokens": 200}

    assert guard(old, {"max_output_tokens": 1000}) == {"max_output_tokens": "max output is context"}
    assert guard(old, {"max_output_tokens": 999}) == {}


def test_cache_prices_that_change_places_are_held() -> None:
    old = {"input": "3", "cache_read": "1", "cache_write": "2"}

    assert guard(old, {"cache_read": "2", "cache_write": "1"}) == {
        "pricing.cache_read": "cache swap",
        "pricing.cache_write": "cache swap",
    }
    assert guard(old, {"cache_read": "2", "cache_write": "1.5"}) == {}


@given(
    st.sampled_from(["input", "cache_read", "tiers", "context_length", "max_output_tokens", "name"]),
    st.sampled_from([UNSET, None, Unreadable("x"), Decimal("NaN"), Decimal(0), 7, (tier(1, input="NaN"),)]),
)
def test_nothing_that_a_catalog_can_say_is_an_error(name: str, old: Any) -> None:
    before = values({} if old is UNSET else {name: old})
    moved = values({"input": "1", "cache_read": "2", "context_length": 1, "max_output_tokens": 2})

    for field, new in moved.items():
        guards.of_fields([FieldChange(field, new=new)], before, POLICY)


# ---------------------------------------------------------------------------- many models at once


@pytest.mark.parametrize(
    ("missing", "followed", "suspicious"),
    [
        (0, 0, False),
        (2, 9, False),
        (3, 15, False),
        (3, 14, True),
        (1, 1, True),
        (2, 2, True),
        (84, 101, True),
    ],
)
def test_too_many_removals_at_once_are_held(missing: int, followed: int, *, suspicious: bool) -> None:
    assert bool(guards.of_removals(missing, followed, "openai", POLICY)) is suspicious


def moves(
    count: int, old: str | None, new: str, field: str = "pricing.input"
) -> list[tuple[str, FieldChange]]:
    was = UNSET if old is None else Decimal(old)
    return [(f"openai/m{rank}", FieldChange(field, was, Decimal(new))) for rank in range(count)]


@pytest.mark.parametrize(("count", "models", "held"), [(3, 14, True), (3, 15, False), (2, 2, False)])
def test_too_many_zeros_at_once_are_held_together(count: int, models: int, *, held: bool) -> None:
    verdicts = guards.of_many(moves(count, "3", "0"), models, {}, POLICY)

    assert len(verdicts) == (count if held else 0)


@pytest.mark.parametrize(
    ("count", "priced", "new", "held"),
    [(5, 9, "9", True), (5, 10, "9", False), (4, 4, "9", False), (5, 9, "8.9", False), (5, 9, "1", True)],
)
def test_one_price_that_moves_far_in_most_models_is_held_together(
    count: int, priced: int, new: str, *, held: bool
) -> None:
    verdicts = guards.of_many(moves(count, "3", new), 20, {"pricing.input": priced}, POLICY)

    assert len(verdicts) == (count if held else 0)


def test_tiers_that_move_far_in_most_models_are_held_together() -> None:
    old, new = (tier(1, input="3"),), (tier(1, input="9"),)
    moved = [(f"openai/m{rank}", FieldChange("pricing.tiers", old, new)) for rank in range(5)]

    assert len(guards.of_many(moved, 5, {"pricing.tiers": 5}, POLICY)) == 5


@pytest.mark.parametrize(
    ("field", "day", "of_known", "of_new"),
    [
        ("expires", "2026-01-01", "past its end", ""),
        ("expires", "2026-11-21", "", ""),
        ("expires", "2026-12-31", "", ""),
        ("expires", "2026", "", ""),
        ("expires", "1970-01-01", "not a day", "not a day"),
        ("expires", "9999-12-31", "not a day", "not a day"),
        ("expires", "2036-11-20", "", ""),
        ("expires", "2036-11-22", "not a day", "not a day"),
        ("released", "9999-12-31", "not a day", "not a day"),
        ("released", "0001-01-01", "not a day", "not a day"),
        ("released", "2027-01-01", "", ""),
        ("knowledge_cutoff", "2099", "not a day", "not a day"),
        ("knowledge_cutoff", "2025-07", "", ""),
    ],
)
def test_a_day_that_no_model_has_is_held_and_the_end_of_a_listed_one_that_is_over(
    field: str, day: str, of_known: str, of_new: str
) -> None:
    change = [FieldChange(field, UNSET, day)]
    for before, guard in (({}, of_known), (None, of_new)):
        verdicts = guards.of_days(change, before, date(2026, 11, 21))
        assert {name: verdict.guard for name, verdict in verdicts.items()} == (
            {field: guard} if guard else {}
        )


# ---------------------------------------------------------------------------- thresholds for some


NARROWER = GuardPolicy(
    price_ratio=Decimal(10),
    only={
        "openai": {"price_ratio": Decimal(8)},
        "pricing": {"price_ratio": Decimal(6)},
        "pricing.input": {"price_ratio": Decimal(4)},
        "openai/pricing.input": {"price_ratio": Decimal(2)},
    },
)


@pytest.mark.parametrize(
    ("provider", "field", "ratio"),
    [
        ("openai", "pricing.input", 2),
        ("openai", "pricing.output", 6),
        ("openai", "context_length", 8),
        ("groq", "pricing.input", 4),
        ("groq", "context_length", 10),
    ],
)
def test_the_narrowest_threshold_counts(provider: str, field: str, ratio: int) -> None:
    assert NARROWER.at(provider).on(field).price_ratio == ratio


def test_a_field_of_one_provider_has_a_threshold_of_its_own() -> None:
    doubled = [FieldChange("pricing.input", Decimal(1), Decimal(2))]
    assert guards.of_fields(doubled, {}, NARROWER.at("openai")).keys() == {"pricing.input"}
    assert not guards.of_fields(doubled, {}, NARROWER.at("groq"))


def test_many_prices_at_once_are_counted_by_the_thresholds_of_their_field() -> None:
    alike = GuardPolicy(only={"pricing.input": {"shift_ratio": Decimal("1.5"), "shift_least": Decimal(2)}})
    priced = {"pricing.input": 3, "pricing.output": 3}
    moved = [*moves(2, "2", "3"), *moves(2, "2", "3", "pricing.output")]
    assert guards.of_many(moved, 3, priced, alike).keys() == {
        ("openai/m0", "pricing.input"),
        ("openai/m1", "pricing.input"),
    }


# ---------------------------------------------------------------------------- back and forth


def test_a_number_that_comes_back_is_held_and_its_last_day_named() -> None:
    change = FieldChange("pricing.input", Decimal(4), Decimal("3.0"))
    days = [Earlier(Decimal(3), date(2026, 5, day)) for day in (12, 15)]
    held = guards.of_returns([change], {"pricing.input": [*days, Earlier(Decimal(5), date(2026, 5, 16))]})
    assert held["pricing.input"].reason == "it was so until 2026-05-15, and would be so again"


def test_a_number_that_was_never_there_is_not_held_for_coming_back() -> None:
    change = FieldChange("pricing.input", Decimal(4), Decimal(2))
    assert not guards.of_returns([change], {"pricing.input": [Earlier(Decimal(3), date(2026, 5, 12))]})
