"""What other lists say of a value that would be written: one vote for each list, whoever copied it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelsync.plan.opinion import PRICES, Opinions, Poll, Voice, ask, disagreement, is_same
from modelsync.records import Listing, OpinionPolicy, Value
from tests.building import catalog, entry, listing, model, policy, values

CONTEXT = ("context_length",)


def voice(source: str, lineage: str = "", *, own: bool = False, **stated: Any) -> Voice:
    return Voice(source, lineage or source, values(stated), own)


def asked(*voices: Voice, after: dict[str, Any], before: dict[str, Any] | None = None) -> Poll:
    found = ask(PRICES, values(after), values(before or {}), voices)
    assert found is not None
    return found


NEW = {"input": "0.019", "output": "0.04"}
RIGHT = {"input": "0.15", "output": "0.15"}


def test_a_first_price_that_one_list_contradicts_is_held() -> None:
    assert asked(voice("dev", **RIGHT), after=NEW).holds


def test_a_first_price_that_one_list_confirms_is_not() -> None:
    assert not asked(voice("dev", **NEW), after=NEW).holds


def test_the_present_value_of_the_catalog_is_a_vote_against_its_change() -> None:
    split = [voice("a", **NEW), voice("b", **RIGHT)]
    assert asked(*split, after=NEW, before=RIGHT).holds
    assert not asked(*split, after=NEW).holds
    assert not asked(voice("a", **NEW), after=NEW, before=RIGHT).holds


def test_lists_that_are_copies_of_one_have_one_vote() -> None:
    copies = [voice("ruby", "dev", **NEW), voice("dev", **NEW)]
    against = [voice("x", **RIGHT), voice("y", **RIGHT)]
    assert asked(*copies, *against, after=NEW).holds
    assert len(asked(*copies, after=NEW).confirming) == 1


@pytest.mark.parametrize("confirms", [True, False])
def test_the_providers_own_list_outvotes_all_others(confirms: bool) -> None:
    own, others = (NEW, RIGHT) if confirms else (RIGHT, NEW)
    voices = [voice("xai", own=True, **own), *(voice(name, **others) for name in "abc")]
    assert asked(*voices, after=NEW, before=RIGHT).holds is not confirms


def test_input_and_output_are_one_decision() -> None:
    half = voice("a", input="0.019", output="0.15")
    assert asked(half, after=NEW).holds
    assert not asked(voice("a", input="0.019"), after=NEW).holds


def test_a_price_of_zero_is_not_known() -> None:
    assert ask(PRICES, values(NEW), {}, [voice("a", input="0", output="0")]) is None
    assert ask(PRICES, values({"input": "0"}), {}, [voice("a", input="1")]) is None


def test_all_values_that_speak_against_it_are_named() -> None:
    held = asked(voice("dev", **RIGHT), voice("map", input="0.2"), after=NEW)
    assert held.reason("per_1m_tokens") == "dev says input 0.15, output 0.15; map says input 0.2"


@pytest.mark.parametrize(
    ("others", "pin"),
    [
        (("2.5", "2.5"), "input: 2.5  # modelsync: keep, map and genai"),
        (("2.5", "2.501"), "input: 2.5  # modelsync: keep, map and genai"),
        (("2.5", "3"), ""),
        (("2.5",), ""),
    ],
)
def test_what_two_lists_say_alike_is_given_as_the_line_that_pins_it(
    others: tuple[str, ...], pin: str
) -> None:
    voices = [voice(name, input=price) for name, price in zip(("map", "genai"), others, strict=False)]
    told = asked(*voices, after={"input": "1"}, before={"input": "4"}).pin("per_1m_tokens")
    assert told.partition("what keeps it: ")[2] == pin


def test_the_line_that_pins_a_price_is_in_the_unit_of_the_files_and_a_limit_a_plain_number() -> None:
    both = [voice(name, input="2.5", context_length=128_000) for name in ("map", "genai")]
    price = asked(*both, after={"input": "1"}).pin("per_1k_tokens")
    assert price.endswith("input: 0.0025  # modelsync: keep, map and genai")
    limit = ask(CONTEXT, {"context_length": 1}, {}, both)
    assert limit is not None
    assert limit.pin("per_1k_tokens").endswith("context_length: 128000  # modelsync: keep, map and genai")


def test_copies_of_one_list_do_not_agree_with_each_other() -> None:
    copies = [voice(name, "map", input="2.5") for name in ("map", "copy")]
    assert not asked(*copies, after={"input": "1"}).pin("per_1m_tokens")


def test_nobody_contradicting_and_enough_confirming_outweighs_another_guard() -> None:
    two = [voice("a", **NEW), voice("b", **NEW)]
    assert asked(*two, after=NEW, before=RIGHT).releases(OpinionPolicy())
    assert not asked(*two, voice("c", **RIGHT), after=NEW).releases(OpinionPolicy())
    assert not asked(two[0], after=NEW).releases(OpinionPolicy())
    assert not asked(*two, after=NEW).releases(OpinionPolicy(release=0))


@given(st.decimals("0.001", "1000", places=3), st.decimals("0.9", "1.1", places=4))
def test_a_price_is_the_same_within_half_a_percent_and_from_either_side(
    price: Decimal, share: Decimal
) -> None:
    same = is_same("pricing.input", price, price * share)
    assert same == is_same("pricing.input", price * share, price)
    assert same == (abs(share - 1) <= Decimal("0.005") * max(share, 1))


@pytest.mark.parametrize(("one", "other", "same"), [(128_000, 131_072, True), (128_000, 200_000, False)])
def test_a_limit_is_the_same_within_three_percent(one: Value, other: Value, same: bool) -> None:
    assert is_same("context_length", one, other) is same


def test_lists_that_disagree_are_named_whichever_wins() -> None:
    rows = [voice("dev", **RIGHT), voice("map", **NEW), voice("third", **RIGHT)]
    named = disagreement(PRICES, rows, "per_1m_tokens")
    assert named == "dev says input 0.15, output 0.15; map says input 0.019, output 0.04"
    assert disagreement(PRICES, rows[::2], "per_1m_tokens") == ""
    assert disagreement(CONTEXT, rows, "per_1m_tokens") == ""
    rounded = [voice("a", context_length=8000), voice("b", context_length=8192)]
    assert disagreement(CONTEXT, rounded, "per_1m_tokens") == ""


# ---------------------------------------------------------------------------- which lists are heard


def prices(count: int, factor: str = "1", source: str = "map") -> Listing:
    rows = [model(f"openai/m{n}", input=str(Decimal(n + 1) * Decimal(factor))) for n in range(count)]
    return listing(*rows, source=source)


def opinions(*listings: Listing, count: int = 6) -> Opinions:
    entries = (entry(f"openai/m{n}", input=str(n + 1)) for n in range(count))
    heard = frozenset({"map", "dev"})
    return Opinions(listings, catalog(*entries), policy(vendor_sources=heard, native_sources=heard))


def test_what_a_list_states_is_known_by_provider_and_native_id() -> None:
    known = opinions(prices(3))
    assert [one.source for one in known.of("openai", "m1")] == ["map"]
    assert known.of("openai", "m7") == known.of("xai", "m1") == known.of("openai", None) == ()


def test_a_list_that_is_off_by_one_factor_in_most_rows_of_a_provider_is_not_heard_there() -> None:
    assert opinions(prices(6, "1000")).of("openai", "m1") == ()
    assert opinions(prices(3, "1000")).of("openai", "m1") != ()
    assert opinions(prices(6)).of("openai", "m1") != ()


def test_what_was_copied_from_a_list_is_that_list() -> None:
    of = policy(opinion=OpinionPolicy(lineages={"ruby": "dev"}), formats={"map": "litellm-map"})
    assert [of.lineage_of(name) for name in ("ruby", "dev", "map")] == ["dev", "dev", "litellm-map"]
