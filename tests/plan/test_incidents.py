"""What went wrong in public, replayed: each would have been stopped."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest

from building import (
    NATIVE,
    ROUTER,
    actions,
    applied,
    catalog,
    changed,
    entry,
    held,
    listing,
    model,
    plan,
    tier,
)
from modelsync.records import Catalog, Entry, MappingRule, Pin, Unreadable
from workplace import ANTHROPIC, OPENAI, Workplace
from workplace import rows as rows_of_openrouter


def provider(count: int, **stated: Any) -> list[Entry]:
    return [entry(f"openai/m{rank}", f"openai/m{rank}", **stated) for rank in range(count)]


def rows(count: int, **stated: Any) -> Any:
    return listing(*(model(f"openai/m{rank}", **stated) for rank in range(count)))


@pytest.mark.fault("upstream data", "prices of zero for everything")
def test_a_feed_that_prices_99_models_at_zero_changes_none() -> None:
    """charmbracelet/catwalk #307: the endpoint changed its shape; price 0, context 0, no name."""
    known = provider(99, input="3", output="15", context_length=200_000, name="M")

    made = plan(catalog(*known), rows(99, input="0", output="0", context_length=0, name=""))

    assert not made.changes
    assert {name for name, guard in held(made).items() if guard == "zero share"} == {
        f"openai/m{rank}:pricing.{price}" for rank in range(99) for price in ("input", "output")
    }


@pytest.mark.fault("upstream data", "prices of zero for everything")
def test_a_feed_that_prices_everything_at_zero_sets_no_price_of_a_new_model_either() -> None:
    made = plan(catalog(empty=("openai",)), rows(99, input="0", output="0"))

    assert len(made.changes) == 99
    assert not any(field.startswith("pricing.") for fields in changed(made).values() for field in fields)
    assert not plan(catalog(empty=("openai",)), rows(2, input="0", output="0")).holds


def test_new_models_that_are_free_by_their_name_come_with_their_price() -> None:
    rules = (MappingRule("^openai/", "openai", variants=("free",)),)
    free = listing(*(model(f"openai/m{rank}:free", input="0", output="0") for rank in range(9)))

    assert not plan(catalog(empty=("openai",)), free, mapping=rules).holds


@pytest.mark.fault("upstream data", "a list that lost many models at once")
@pytest.mark.parametrize("prune", [False, True])
def test_a_list_of_101_models_that_becomes_17_removes_none(*, prune: bool) -> None:
    """charmbracelet/catwalk #526."""
    made = plan(catalog(*provider(101)), rows(17), prune=prune)

    assert not made.changes
    assert len(made.holds) == (84 if prune else 0)


@pytest.mark.fault("upstream data", "a price in the wrong unit")
@pytest.mark.parametrize("factor", ["10", "1000", "1000000", "100000", "0.1", "0.001", "0.01"])
def test_a_mistaken_unit_changes_no_price(factor: str) -> None:
    """BerriAI/litellm #8757, #38015, #23503; agentjido/llm_db #53: exactly ten times is too much as well."""
    wrong = str(Decimal("2.5") * Decimal(factor))

    made = plan(catalog(*provider(20, input="2.5")), rows(20, input=wrong))

    assert not made.changes
    assert len(made.holds) == 20


@pytest.mark.fault("upstream data", "a price in the wrong unit")
def test_a_mistaken_factor_too_small_for_one_model_is_seen_in_all_of_them() -> None:
    known = provider(20, input="2.5", tiers=(tier(200_000, input="5"),))

    made = plan(catalog(*known), rows(20, input="10", tiers=(tier(200_000, input="20"),)))

    assert not made.changes
    assert set(held(made).values()) == {"price shift"}


@pytest.mark.fault("upstream data", "a price in the wrong unit")
def test_a_factor_is_seen_in_the_models_of_the_source_that_made_it() -> None:
    """A small native list among the many models whose price another source states."""
    ids = [f"n{rank}" for rank in range(6)]
    few = [entry(f"openai/{id_}", {ROUTER: f"openai/{id_}", NATIVE: id_}, input="2.5") for id_ in ids]
    many = [model(f"openai/m{rank}", input="2.5") for rank in range(40)]
    router = listing(*many, *(model(f"openai/{id_}") for id_ in ids))
    native = listing(*(model(id_, input="10") for id_ in ids), source=NATIVE)

    made = plan(catalog(*provider(40, input="2.5"), *few), router, native)

    assert not made.changes
    assert len(made.holds) == 6


@pytest.mark.fault("upstream data", "a price in the wrong unit")
def test_new_models_beside_a_mistaken_factor_do_not_release_it_in_the_run_after() -> None:
    of = catalog(*provider(9, input="2.5"))
    moved = [model(f"openai/m{rank}", input="10" if rank < 5 else "2.5") for rank in range(9)]
    answer = listing(*moved, *(model(f"openai/new-{rank}", input="1") for rank in range(3)))

    after = applied(of, plan(of, answer))

    assert not plan(after, answer).changes


def test_a_price_beside_one_that_is_held_is_judged_by_the_old_one() -> None:
    of, said = provider(1, input="3", cache_read="0.5"), rows(1, input="30", cache_read="4")

    assert not plan(catalog(*of), said).changes
    assert len(changed(plan(catalog(*of), said, accept=("openai/m0:pricing.input",)))["openai/m0"]) == 2


@pytest.mark.fault("upstream data", "a price that is none: −1, `free`, null, infinite")
@pytest.mark.parametrize("price", ["-1", "-1000000"])
def test_a_variable_price_is_no_price(price: str) -> None:
    """earendil-works/pi #8875: a session cost -142,066 dollars."""
    made = plan(
        catalog(*provider(1, input="3")),
        listing(model("openai/m0", input=price), model("openai/new", input=price)),
    )

    assert "pricing.input" not in changed(made).get("openai/m0", {})
    assert "pricing.input" not in changed(made)["openai/new"]
    assert len(made.holds) == 2


@pytest.mark.fault("upstream data", "a free twin of a paid model")
def test_a_free_twin_does_not_make_the_paid_model_free() -> None:
    """anomalyco/models.dev #701."""
    twins = listing(model("openai/m0", input="3"), model("openai/m0:free", input="0"))
    rules = (MappingRule("^openai/", "openai", variants=("free",)),)

    assert not plan(catalog(*provider(1, input="3")), twins).changes
    assert actions(plan(catalog(*provider(1, input="3")), twins, mapping=rules)) == {"openai/m0-free": "add"}


@pytest.mark.fault("upstream data", "a hosted price for a model that one runs oneself")
def test_a_hosted_price_is_not_copied_onto_a_vendor_that_never_charged_it() -> None:
    """pydantic/genai-prices #623."""
    own = catalog(entry("ollama/llama-4", "meta/llama-4"), local=("ollama",))

    made = plan(own, listing(model("meta/llama-4", input="0.2")), mapping=(MappingRule("^meta/", "ollama"),))

    assert not made.changes


@pytest.mark.fault("upstream data", "a correction by a person that upstream contradicts")
def test_a_persons_correction_outlives_every_run() -> None:
    """braintrustdata/braintrust-proxy #740: every sync reverted people's corrections."""
    pinned = catalog(entry("openai/m0", "openai/m0", input="2.4", pins=(Pin("pricing.input"),)))

    for price in ("3", "2.5", "2.4", "0", "3000"):
        assert not plan(pinned, rows(1, input=price), accept=("*",)).changes


@pytest.mark.fault("upstream data", "changes beside people's comments")
def test_comments_outlive_whatever_upstream_changes(workplace: Workplace) -> None:
    """anomalyco/models.dev 4b10f3501, b8854ac9b: the bot deleted people's comments, ten in one commit."""
    workplace.lists(*rows_of_openrouter(gpt_4o="2.75", gpt_4o_mini="0.2", o1="16", o3="3", claude_opus_5="6"))

    assert workplace.run("sync").code == 0
    for name, before in (("openai", OPENAI), ("anthropic", ANTHROPIC)):
        after = (workplace.path / f"catalog/providers/{name}.yaml").read_text()
        assert after != before
        assert re.findall("#.*", after) == re.findall("#.*", before)


@pytest.mark.fault("upstream data", "an output limit that is the context window")
def test_the_output_limit_is_not_overwritten_with_the_context_window() -> None:
    """BerriAI/litellm #39501."""
    known = provider(1, context_length=1_000_000, max_output_tokens=128_000)

    made = plan(catalog(*known), rows(1, context_length=1_000_000, max_output_tokens=1_000_000))

    assert held(made) == {"openai/m0:max_output_tokens": "max output is context"}
    assert not made.changes


@pytest.mark.fault("upstream data", "cache prices that change places")
@pytest.mark.parametrize(
    ("read", "write"),
    [("0.3", "3.75"), ("1", "2")],
)
def test_cache_read_and_cache_write_do_not_change_places(read: str, write: str) -> None:
    """charmbracelet/catwalk f1c705b."""
    known = provider(1, input="3", cache_read=read, cache_write=write)

    assert not plan(catalog(*known), rows(1, input="3", cache_read=write, cache_write=read)).changes


@pytest.mark.fault("upstream data", "an empty list, or an answer that is none")
def test_an_empty_list_deletes_nothing() -> None:
    """As models.dev and litemaas would, by their code."""
    of: Catalog = catalog(*provider(9))

    made = plan(of, listing(), prune=True, immediately=True, unfollowed=True, accept=("*",))

    assert not made.changes


@pytest.mark.fault("upstream data", "a number that is only written otherwise")
def test_a_number_that_is_only_written_otherwise_is_no_change() -> None:
    """Floe-Labs/floe-guard #16: 1e-06 for 0.000001 hid the real change."""
    known = entry("openai/m0", "openai/m0", input="0.000001", output="1.10")

    assert not plan(catalog(known), rows(1, input="1E-6", output="1.1")).changes


@pytest.mark.fault("upstream data", "a value that comes and goes")
def test_one_price_that_flickers_is_neither_removed_nor_written_again() -> None:
    """One model's cache price vanished from the list and came back, twice."""
    known = catalog(*provider(1, input="3", cache_read="0.3"))

    for stated in ({"cache_read": "0.3"}, {}, {"cache_read": "0.3"}, {}):
        assert not plan(known, rows(1, input="3", **stated)).changes


def ending(*days: str) -> list[Any]:
    return [
        model(f"openai/m{rank}", input="3", **({"expires": day} if day else {}))
        for rank, day in enumerate(days)
    ]


@pytest.mark.parametrize(
    ("days", "held_back"),
    [
        (["2026-01-01"] * 4, 4),
        (["2016-01-01", "2025-12-31"], 2),
        (["2026-01-01"] * 3 + [""] * 13, 3),
        (["2026-01-01", "", "", ""], 1),
        (["2027-01-01"] * 4, 0),
        (["2026"] * 4, 0),
    ],
)
def test_a_list_that_says_of_what_it_has_that_it_is_past_its_end_ends_nothing(
    days: list[str], held_back: int
) -> None:
    made = plan(catalog(*provider(len(days), input="3")), listing(*ending(*days)))

    holds = {name for name, reason in held(made).items() if reason == "past its end"}
    assert holds == {f"openai/m{rank}:expires" for rank in range(held_back)}
    assert all("expires" not in fields for fields in changed(made).values()) is bool(
        held_back or not any(days)
    )


def test_a_new_model_comes_with_its_end_though_that_is_over() -> None:
    made = plan(catalog(empty=("openai",)), listing(*ending("2026-01-01", "2026-01-01")))
    assert [fields["expires"] for fields in changed(made).values()] == ["2026-01-01"] * 2


@pytest.mark.parametrize(("known", "is_held"), [({"output": "15"}, True), ({}, False)])
def test_a_price_does_not_move_beside_one_that_upstream_states_as_none(
    known: dict[str, str], *, is_held: bool
) -> None:
    of = catalog(entry("openai/m", "openai/m", input="3", cache_read="0.3", **known))
    row = listing(model("openai/m", "output", input="4", cache_read="0.4"))

    made = plan(of, row)

    names = {"openai/m:pricing.input", "openai/m:pricing.cache_read"} if is_held else set()
    assert held(made) == dict.fromkeys(names, "not a price")
    assert bool(changed(made)) is not is_held
    assert not plan(of, row, accept=("openai/m:pricing",)).holds


def test_a_price_does_not_move_beside_one_of_the_entry_that_cannot_be_read() -> None:
    of = catalog(entry("openai/m", "openai/m", input=Unreadable("0,003"), output="15"))
    made = plan(of, listing(model("openai/m", input="4", output="16", context_length=8)))
    assert held(made) == {"openai/m:pricing.output": "not a price"}
    assert "its input cannot be read: 0,003" in made.holds[0].reason
    assert changed(made) == {"openai/m": {"context_length": 8}}
