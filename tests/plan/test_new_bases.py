"""Models that are another entry's served elsewhere: how that one is found, and what is stated beside it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest
from msgspec import UNSET

from building import (
    ROUTER,
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
    told,
)
from modelsync.records import Catalog, Entry, Listing, Model, Owner, Plan, PrunePolicy

GROQ = "groq"
OSS = entry(
    "openai/gpt-oss-120b",
    "openai/gpt-oss-120b",
    name="GPT OSS",
    context_length=131072,
    input="0.1",
    output="0.5",
    features=("chat", "reasoning"),
)
SAME = {"name": "gpt oss", "context_length": 131072, "input": "0.1", "output": "0.5", "features": ("chat",)}

OF_THE_MACHINE = {"context_length", "features"}  # what no base says of a model that one runs oneself


def groq(*models: Model | str, **settings: Any) -> Listing:
    return listing(*models, source=GROQ, **settings)


def planned(of: Catalog, *answers: Any, **settings: Any) -> Plan:
    return plan(of, *answers, **({"sources": (ROUTER, GROQ)} | settings))


def with_groq(*entries: Entry, **more: Any) -> Catalog:
    return catalog(*entries, empty=("groq",), **more)


def served(**stated: Any) -> Entry:
    """The model as the catalog has it once it is served by Groq."""
    id_ = "openai/gpt-oss-120b"
    return entry("groq/openai-gpt-oss-120b", {GROQ: id_}, base=id_, model=id_, **stated)


def follow_up(entry_: Entry, *, base: Entry = OSS, **stated: Any) -> Plan:
    row = model("openai/gpt-oss-120b", **(SAME | stated))
    return planned(catalog(base, entry_), groq(row))


# ---------------------------------------------------------------------------- what is written


def test_a_model_that_is_served_unchanged_states_nothing_but_its_base() -> None:
    made = planned(with_groq(OSS), groq(model("openai/gpt-oss-120b", **SAME)))

    (fields,) = changed(made).values()
    assert fields == {
        "model": "openai/gpt-oss-120b",
        "base": "openai/gpt-oss-120b",
        "upstream.groq": "openai/gpt-oss-120b",
    }


def test_only_what_differs_is_stated() -> None:
    row = model("openai/gpt-oss-120b", **(SAME | {"input": "0.15", "max_output_tokens": 65536}))
    made = planned(with_groq(OSS), groq(row))

    (fields,) = changed(made).values()
    assert fields == {
        "model": "openai/gpt-oss-120b",
        "base": "openai/gpt-oss-120b",
        "upstream.groq": "openai/gpt-oss-120b",
        "max_output_tokens": 65536,
        "pricing.input": Decimal("0.15"),
    }


def test_a_base_may_be_added_in_the_same_run() -> None:
    made = planned(
        catalog(empty=("openai", "groq")),
        listing(model("openai/gpt-oss-120b", **SAME)),
        groq(model("openai/gpt-oss-120b", **SAME)),
    )

    fields = changed(made)
    assert "base" not in fields["openai/gpt-oss-120b"]
    assert [one["base"] for name, one in fields.items() if name.startswith("groq/")] == [
        "openai/gpt-oss-120b"
    ]


def test_a_model_waits_while_its_base_is_held() -> None:
    gone = [entry(f"openai/old-{number}", f"openai/old-{number}") for number in range(4)]
    made = planned(
        catalog(*gone, empty=("groq",)),
        listing(model("openai/gpt-oss", **SAME)),
        groq("gpt-oss"),
        prune=True,
    )

    assert held(made)["openai/gpt-oss:added"] == "removed share"
    assert told(made, "waiting") == {"groq/gpt-oss": "its base openai/gpt-oss is held"}
    assert changed(made) == {}


def test_what_no_authoritative_source_lists_is_stated_in_full() -> None:
    made = planned(with_groq(OSS), groq(model("compound", **SAME)))

    assert changed(made)["groq/compound"]["pricing.input"] == Decimal("0.1")
    assert "base" not in changed(made)["groq/compound"]


def test_without_leave_to_write_a_base_all_is_stated() -> None:
    made = planned(
        with_groq(OSS),
        groq(model("gpt-oss-120b", **SAME)),
        fields=frozenset({"model", "upstream", "pricing"}),
    )

    assert changed(made)["groq/gpt-oss-120b"] == {
        "model": "gpt-oss-120b",
        "upstream.groq": "gpt-oss-120b",
        "pricing.input": Decimal("0.1"),
        "pricing.output": Decimal("0.5"),
    }


def test_ones_own_machine_states_no_hosted_price_against_its_base() -> None:
    made = planned(with_groq(OSS, local=("groq",)), groq(model("gpt-oss-120b", **(SAME | {"input": "9"}))))

    assert set(changed(made)["groq/gpt-oss-120b"]) == {"model", "base", "upstream.groq", *OF_THE_MACHINE}


def test_a_provider_that_is_made_for_ones_own_machine_is_local_in_the_run_that_makes_it() -> None:
    own, row = (
        frozenset({GROQ}),
        groq(model("gpt-oss-120b", **(SAME | {"input": "0"})), model("other", input="1")),
    )

    made = planned(catalog(OSS), row, local_sources=own)
    after = applied(catalog(OSS), made, own)

    assert set(changed(made)["groq/gpt-oss-120b"]) == {"model", "base", "upstream.groq", *OF_THE_MACHINE}
    assert set(changed(made)["groq/other"]) == {"model", "upstream.groq"}
    assert not planned(after, row, local_sources=own).changes
    assert planned(with_groq(OSS), row, local_sources=own).changes != made.changes, (
        "a person says what is there"
    )


# ---------------------------------------------------------------------------- which entry is the base


@pytest.mark.parametrize(
    ("listed", "base"),
    [
        ("openai/gpt-oss-120b", "openai/gpt-oss-120b"),
        ("OpenAI/GPT-OSS-120B", "openai/gpt-oss-120b"),
        ("gpt_oss.120b", "openai/gpt-oss-120b"),
        ("accounts/fireworks/models/gpt-oss-120b", "openai/gpt-oss-120b"),
        ("claude-sonnet-4-5", "anthropic/claude-sonnet-4-5"),
        ("claude-sonnet-4-5-20250929", "anthropic/claude-sonnet-4-5"),
        ("us.anthropic/claude-s45", "anthropic/claude-sonnet-4-5"),
        ("gpt-oss-20b", None),
        ("gpt-oss-120b:free", None),
        ("gpt-oss-120b:exacto", None),
        ("x/gpt-oss-120b:exacto", None),
        ("模型gpt-oss-120b", None),
    ],
)
def test_a_base_is_found_by_its_id_its_alias_or_its_first_party_id(listed: str, base: str | None) -> None:
    sonnet = entry("anthropic/claude-sonnet-4-5", "anthropic/claude-sonnet-4.5", name="Sonnet")
    sonnet.values["model"] = "claude-sonnet-4-5-20250929"
    free = entry("openai/gpt-oss-120b-free", "openai/gpt-oss-120b:free")
    made = planned(
        with_groq(OSS, free, sonnet),
        groq(model(listed, **SAME)),
        aliases={"anthropic/claude-sonnet-4.5": "claude-s45"},
    )

    (fields,) = changed(made).values()
    assert fields.get("base") == base


def test_a_variant_has_its_own_entry_for_a_base() -> None:
    free = entry("openai/gpt-oss-120b-free", "openai/gpt-oss-120b:free")
    made = planned(with_groq(OSS, free), groq("openai/gpt-oss-120b:free"))

    (fields,) = changed(made).values()
    assert fields["base"] == "openai/gpt-oss-120b-free"


@pytest.mark.parametrize("aliases", [{"openai/gpt-oss-120b": "oss"}, {"oss": "openai/gpt-oss-120b"}])
def test_an_alias_is_read_either_way_round(aliases: dict[str, str]) -> None:
    made = planned(with_groq(OSS), groq("oss"), aliases=aliases)

    (fields,) = changed(made).values()
    assert fields["base"] == "openai/gpt-oss-120b"


def test_two_entries_that_could_be_the_base_are_named_and_none_is_taken() -> None:
    nous = entry("nous/llama-3", "nous/llama-3")
    meta = entry("meta/llama-3", "meta/llama-3")
    made = planned(with_groq(nous, meta), groq(model("llama-3", **SAME)))

    assert told(made, "ambiguous base")["groq/llama-3"].startswith(
        "it could be any of meta/llama-3, nous/llama-3"
    )
    assert changed(made)["groq/llama-3"]["context_length"] == 131072


def test_an_exact_id_decides_where_the_name_alone_would_not() -> None:
    nous = entry("nous/llama-3", "nous/llama-3")
    meta = entry("meta/llama-3", "meta/llama-3")
    made = planned(with_groq(nous, meta), groq("meta/llama-3"))

    (fields,) = changed(made).values()
    assert fields["base"] == "meta/llama-3"


def test_only_what_an_authoritative_source_is_followed_by_is_a_base() -> None:
    elsewhere = entry("together/gpt-oss-120b", {"together": "gpt-oss-120b"})
    made = planned(with_groq(elsewhere), groq(model("gpt-oss-120b", **SAME)))

    assert "base" not in changed(made)["groq/gpt-oss-120b"]


def test_a_persons_or_hidden_entry_may_be_a_base() -> None:
    persons = msgspec.structs.replace(OSS, priority=100, hidden=True)
    made = planned(with_groq(persons), groq(model("openai/gpt-oss-120b", **SAME)))

    (fields,) = changed(made).values()
    assert fields["base"] == "openai/gpt-oss-120b"


def test_an_entry_whose_own_base_is_not_there_is_nobodys_base() -> None:
    """It may name the very entry that would be based on it."""
    looped = entry("openai/c", "openai/c", base="groq/c")
    made = planned(with_groq(looped), groq(model("c", **SAME)))

    assert "base" not in changed(made)["groq/c"]
    assert told(made, "base") == {}


# ---------------------------------------------------------------------------- kept up to date


def test_a_difference_that_appears_is_written_into_the_entry() -> None:
    assert changed(follow_up(served(), input="0.15")) == {
        "groq/openai-gpt-oss-120b": {"pricing.input": Decimal("0.15")}
    }


def test_a_difference_that_ends_is_taken_out_of_the_entry() -> None:
    assert changed(follow_up(served(input="0.15"))) == {"groq/openai-gpt-oss-120b": {"pricing.input": UNSET}}


def test_what_is_not_said_any_more_stays() -> None:
    of = catalog(OSS, served(input="0.15"))

    assert changed(planned(of, groq("openai/gpt-oss-120b"))) == {}


def test_a_pinned_value_stays_although_the_base_says_the_same() -> None:
    made = follow_up(served(input="0.15", pins=("pricing.input",)))

    assert changed(made) == {}
    assert "stays 0.15; upstream says 0.1" in told(made, "kept")["groq/openai-gpt-oss-120b"]


def test_a_pinned_value_that_all_agree_on_is_no_news() -> None:
    made = follow_up(served(input="0.1", pins=("pricing.input",)))

    assert (changed(made), told(made, "kept")) == ({}, {})


@pytest.mark.parametrize("owner", [Owner.FILL, Owner.HUMAN])
def test_a_value_that_is_not_upstreams_is_never_taken_out(owner: Owner) -> None:
    of = catalog(OSS, served(input="0.15"))
    made = planned(of, groq(model("openai/gpt-oss-120b", **SAME)), owners={"pricing": owner})

    assert changed(made) == {}


def test_words_are_joined_with_those_of_the_base() -> None:
    made = follow_up(served(), features=("chat", "vision"))

    assert changed(made) == {"groq/openai-gpt-oss-120b": {"features": ("chat", "reasoning", "vision")}}


def test_a_persons_entry_is_never_touched() -> None:
    assert changed(follow_up(served(input="0.3", priority=100))) == {}


def test_what_stays_as_it_was_while_the_base_moves_is_stated_from_then_on() -> None:
    of = catalog(OSS, served())
    made = planned(
        of, listing(model("openai/gpt-oss-120b", input="0.9")), groq(model("openai/gpt-oss-120b", **SAME))
    )

    assert changed(made) == {
        "openai/gpt-oss-120b": {"pricing.input": Decimal("0.9")},
        "groq/openai-gpt-oss-120b": {"pricing.input": Decimal("0.1")},
    }


def test_a_move_of_the_base_that_is_held_moves_nothing_else() -> None:
    of = catalog(OSS, served())
    rows = (listing(model("openai/gpt-oss-120b", input="5")), groq(model("openai/gpt-oss-120b", input="0.1")))

    assert changed(planned(of, *rows)) == {}
    released = planned(of, *rows, accept=("openai/*",))
    assert changed(released)["groq/openai-gpt-oss-120b"] == {"pricing.input": Decimal("0.1")}
    assert not planned(applied(of, released), *rows, accept=("openai/*",)).changes


# ---------------------------------------------------------------------------- held


def test_a_price_is_held_beside_the_one_that_the_base_says() -> None:
    made = follow_up(served(), input="1")
    (hold,) = made.holds

    assert held(made) == {"groq/openai-gpt-oss-120b:pricing.input": "price ratio"}
    assert (hold.change.old, hold.change.new) == (Decimal("0.1"), Decimal(1))


def test_a_new_models_price_is_held_beside_its_bases_and_the_rest_goes_in() -> None:
    made = planned(with_groq(OSS), groq(model("gpt-oss-120b", **(SAME | {"input": "0"}))))

    assert held(made) == {"groq/gpt-oss-120b:pricing.input": "zero crossing"}
    assert set(changed(made)["groq/gpt-oss-120b"]) == {"model", "base", "upstream.groq"}


def test_a_new_models_limits_are_its_providers_own() -> None:
    row = model("gpt-oss-120b", **(SAME | {"context_length": 8192}))
    made = planned(with_groq(OSS), groq(row))

    assert changed(made)["groq/gpt-oss-120b"]["context_length"] == 8192
    assert held(follow_up(served(), context_length=8192)) == {
        "groq/openai-gpt-oss-120b:context_length": "shrinking limit"
    }


def test_a_new_model_with_limits_that_do_not_fit_keeps_its_context() -> None:
    row = model("gpt-oss-120b", **(SAME | {"context_length": 8192, "max_output_tokens": 9000}))
    made = planned(with_groq(OSS), groq(row))

    assert held(made) == {"groq/gpt-oss-120b:max_output_tokens": "max output above context"}
    assert changed(made)["groq/gpt-oss-120b"]["context_length"] == 8192


def test_to_say_again_what_the_base_says_is_held_where_that_is_far_off() -> None:
    made = follow_up(served(input="2"))
    (hold,) = made.holds

    assert changed(made) == {}
    assert (hold.change.old, hold.change.new) == (Decimal(2), Decimal("0.1"))


def test_without_bases_all_models_of_a_source_are_judged_at_once() -> None:
    """Also where an authoritative source is followed by some of them only."""
    both = [
        entry(f"openai/a-{n}", {ROUTER: f"openai/a-{n}", "openai": f"a-{n}"}, input="4") for n in range(3)
    ]
    alone = [entry(f"openai/b-{n}", {"openai": f"b-{n}"}, input="4") for n in range(3)]
    rows = [model(one.key, input="1") for one in (*both, *alone)]
    routed = listing(*(f"openai/a-{n}" for n in range(3)))
    made = planned(
        catalog(*both, *alone), routed, listing(*rows, source="openai"), sources=(ROUTER, "openai")
    )

    assert set(held(made).values()) == {"price shift"}
    assert not any("pricing.input" in fields for fields in changed(made).values())


def test_the_move_of_a_source_is_judged_over_its_full_and_its_based_entries() -> None:
    rows = [f"m-{number}" for number in range(6)]
    bases = [entry(f"openai/{row}", f"openai/{row}", input="4", context_length=9) for row in rows[:3]]
    based = [entry(f"groq/{row}", {GROQ: row}, base=f"openai/{row}") for row in rows[:3]]
    full = [entry(f"groq/{row}", {GROQ: row}, input="4") for row in rows[3:]]
    made = planned(catalog(*bases, *based, *full), groq(*(model(row, input="1") for row in rows)))

    assert changed(made) == {}
    assert set(held(made).values()) == {"price shift"}


def test_what_a_review_branch_proposes_is_not_held_again() -> None:
    on, then = catalog(OSS, served(input="2")), catalog(OSS, served())
    row = model("openai/gpt-oss-120b", **SAME)

    assert held(planned(on, groq(row)))
    assert not held(planned(on, groq(row), proposed=then, proposed_on=on))


# ---------------------------------------------------------------------------- bases that do not count


def test_a_base_that_is_not_there_counts_for_nothing_and_is_named() -> None:
    lost = msgspec.structs.replace(served(), base="openai/gone")
    made = follow_up(lost)

    assert changed(made)["groq/openai-gpt-oss-120b"]["pricing.input"] == Decimal("0.1")
    assert "openai/gone is not in the catalog" in told(made, "base")["groq/openai-gpt-oss-120b"]


def test_a_chain_is_decided_from_its_end() -> None:
    proxy = entry("proxy/oss", {"proxy": "oss"}, base="groq/openai-gpt-oss-120b")
    of = catalog(OSS, served(), proxy)
    made = planned(
        of,
        listing(model("openai/gpt-oss-120b", input="0.2")),
        groq(model("openai/gpt-oss-120b", input="0.3")),
        listing(model("oss", input="0.3"), source="proxy"),
        sources=(ROUTER, GROQ, "proxy"),
    )

    assert changed(made) == {
        "openai/gpt-oss-120b": {"pricing.input": Decimal("0.2")},
        "groq/openai-gpt-oss-120b": {"pricing.input": Decimal("0.3")},
    }


def test_a_chain_is_decided_from_its_end_though_the_base_of_that_is_not_there() -> None:
    lost = msgspec.structs.replace(served(input="0.1"), base="openai/gone")
    proxy = entry("proxy/oss", {"proxy": "oss"}, base=lost.name)
    made = planned(
        catalog(lost, proxy),
        groq(model("openai/gpt-oss-120b", input="0.3")),
        listing(model("oss", input="0.3"), source="proxy"),
        sources=(GROQ, "proxy"),
    )

    assert changed(made) == {lost.name: {"pricing.input": Decimal("0.3")}}


def test_a_name_means_the_entry_that_this_run_adds_before_an_id_that_another_follows() -> None:
    followed = entry("openai/y", "groq/x", input="1")
    proxy = entry("proxy/e", {"proxy": "e"}, base="groq/x")
    made = planned(
        with_groq(followed, proxy),
        groq(model("x", input="2")),
        listing(model("e", input="2"), source="proxy"),
        sources=(ROUTER, GROQ, "proxy"),
    )

    assert changed(made)["groq/x"]["base"] == "openai/y"
    assert "proxy/e" not in changed(made)


# ---------------------------------------------------------------------------- prune


def prune(of: Catalog, *answers: Any, **settings: Any) -> Plan:
    return planned(of, *answers, prune=True, accept=("*",), **settings)


def test_a_base_is_not_removed_while_another_entry_names_it() -> None:
    made = prune(catalog(OSS, served()), listing("openai/other"), groq("openai/gpt-oss-120b"))

    assert "remove" not in actions(made).values()
    assert "stays: the base of groq/openai-gpt-oss-120b" in told(made, "missing")["openai/gpt-oss-120b"]


def test_a_base_goes_with_the_last_entry_that_names_it() -> None:
    made = prune(catalog(OSS, served()), listing("openai/other"), groq("other"))

    assert actions(made) == {
        "openai/gpt-oss-120b": "remove",
        "groq/openai-gpt-oss-120b": "remove",
        "openai/other": "add",
        "groq/other": "add",
    }


def test_a_base_that_is_gone_is_marked_all_the_same() -> None:
    made = prune(
        catalog(OSS, served()),
        listing("openai/other"),
        groq("openai/gpt-oss-120b"),
        prune_policy=PrunePolicy(14),
    )

    assert changed(made)["openai/gpt-oss-120b"]["availability"] == "unavailable"
    assert "availability" not in changed(made).get("groq/openai-gpt-oss-120b", {})


def test_a_feature_that_prune_keeps_may_be_the_bases() -> None:
    embedder = entry("openai/e", "openai/e", features=("embeddings",))
    made = prune(catalog(embedder, entry("groq/e", {GROQ: "e"}, base="openai/e")), groq("other"))

    assert "keep_features" in told(made, "missing")["groq/e"]


# ---------------------------------------------------------------------------- other lists, other rows


def test_a_recorded_list_says_so_in_every_plan() -> None:
    recorded = msgspec.structs.replace(groq("a", complete=False), note="a recorded list of 2026-08-01")

    made = planned(with_groq(), recorded)
    assert told(made, "recorded") == {"groq": "a recorded list of 2026-08-01"}
    assert told(made, "incomplete") == {}


def test_another_name_of_a_listed_model_meets_only_who_follows_it() -> None:
    rows = (
        model("mistral-large-2512", input="2"),
        Model("mistral-large-latest", {}, repeats="mistral-large-2512"),
    )
    latest = msgspec.structs.replace(rows[1], values=rows[0].values)
    follower = entry("groq/large", {GROQ: "mistral-large-latest"}, model="mistral-large-latest", input="1")

    made = planned(catalog(follower), groq(rows[0], latest))
    assert changed(made)["groq/large"] == {"pricing.input": Decimal(2)}
    assert set(actions(made)) == {"groq/large", "groq/mistral-large-2512"}
    assert set(actions(planned(with_groq(), groq(rows[0], latest)))) == {"groq/mistral-large-2512"}
    assert set(actions(planned(with_groq(), groq(latest)))) == {"groq/mistral-large-latest"}


def weak(row: Model, *fields: str) -> Model:
    return msgspec.structs.replace(row, weak=frozenset(fields))


def test_a_weak_limit_fills_what_is_unknown_and_replaces_nothing() -> None:
    row = weak(
        model("openai/a", context_length=200, max_output_tokens=9), "context_length", "max_output_tokens"
    )
    of = catalog(entry("openai/a", "openai/a", context_length=100))

    assert changed(planned(of, listing(row))) == {"openai/a": {"max_output_tokens": 9}}


def test_a_weak_limit_gives_way_to_a_later_source() -> None:
    row = weak(model("openai/a", context_length=200), "context_length")
    later = listing(model("a", context_length=100), source="openai")
    made = planned(
        catalog(entry("openai/a", {ROUTER: "openai/a", "openai": "a"})),
        listing(row),
        later,
        sources=(ROUTER, "openai"),
    )

    assert changed(made) == {"openai/a": {"context_length": 100}}


def test_a_weak_limit_neither_differs_from_the_base_nor_ends_a_difference() -> None:
    row = weak(model("openai/gpt-oss-120b", context_length=131072), "context_length")
    other = weak(model("openai/gpt-oss-120b", context_length=9999999), "context_length")

    assert changed(planned(catalog(OSS, served(context_length=8)), groq(row))) == {}
    assert changed(planned(catalog(OSS, served()), groq(other))) == {}


def test_a_source_that_failed_leaves_differences_to_it() -> None:
    both = entry("groq/a", {GROQ: "a", "other": "groq/a"}, base="openai/gpt-oss-120b")
    made = planned(
        catalog(OSS, both),
        failure(GROQ),
        listing(model("groq/a", input="0.2"), source="other"),
        sources=(GROQ, "other"),
        vendor_sources=frozenset({"other"}),
    )

    assert changed(made) == {}
    assert "pricing.input" in told(made, "waiting")["groq/a"]
