"""Which row meets which entry, what is new, and what is left out."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from building import (
    NATIVE,
    ROUTER,
    TODAY,
    VENDORS,
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
    told,
)
from modelsync.records import Entry, Exclusion, MappingRule, Plan, Variant, Window

FOLLOWED = entry("openai/gpt-4o", "openai/gpt-4o", context_length=8)


def rule(**settings: object) -> tuple[MappingRule, ...]:
    return (MappingRule("^openai/", "openai", **settings),)  # type: ignore[arg-type]


BATCH = {"service_tier": "batch"}


def offered(*rows: Any, follow: str = "openai/gpt-5", **settings: Any) -> Plan:
    """What becomes of rows where the rule takes those of batch and flex for service tiers."""
    of = catalog(entry("openai/gpt-5", follow, input="2", output="8"))
    return plan(of, listing(*rows), mapping=rule(**{"service_tiers": ("batch", "flex"), **settings}))


def test_a_row_of_a_service_tier_is_a_variant_of_its_model_where_the_mapping_says_so() -> None:
    base = model("openai/gpt-5", input="2", output="8")
    batch = model("openai/gpt-5:batch", name="GPT-5 (batch)", input="1", web_search="0.01", tiers=LONG)

    planned = offered(base, batch)

    assert changed(planned) == {
        "openai/gpt-5": {
            "pricing.variants": (
                Variant(BATCH, {"input": Decimal(1), "web_search": Decimal("0.01")}),
                Variant(BATCH, {"input": Decimal(3)}, above=200_000),
            )
        }
    }
    assert not told(planned, "variants")
    left_out = offered(base, batch, service_tiers=())
    assert (changed(left_out), set(told(left_out, "variants"))) == ({}, {"openai/gpt-5:batch"})


LONG = (tier(200_000, input="3"),)


def test_a_row_of_a_service_tier_without_its_model_is_left_out_and_counted() -> None:
    planned = offered(model("openai/gpt-5-codex:batch", input="1"), "openai/gpt-5")

    assert changed(planned) == {}
    assert set(told(planned, "variants")) == {"openai/gpt-5-codex:batch"}


def test_an_entry_that_follows_a_row_of_a_service_tier_goes_on_to() -> None:
    planned = offered("openai/gpt-5", model("openai/gpt-5:batch", input="1"), follow="openai/gpt-5:batch")

    assert changed(planned)["openai/gpt-5"] == {"pricing.input": Decimal(1)}


def test_a_suffix_that_is_let_in_as_a_model_is_one() -> None:
    base, batch = model("openai/gpt-5", input="2"), model("openai/gpt-5:batch", input="1")
    planned = offered(base, batch, variants=("batch",))

    assert actions(planned) == {"openai/gpt-5-batch": "add"}


@pytest.mark.parametrize(
    "batch",
    [
        model("openai/gpt-5:batch", "output", input="1"),
        model("openai/gpt-5:batch", input="1", windows=(Window("16:30", "00:30", {"input": Decimal(1)}),)),
    ],
)
def test_a_service_tier_of_which_anything_is_no_price_has_none_and_is_named(batch: Any) -> None:
    flex = model("openai/gpt-5:flex", input="1.5")

    planned = offered(model("openai/gpt-5", input="2", output="8"), batch, flex)

    (change,) = changed(planned).values()
    assert change == {"pricing.variants": (Variant({"service_tier": "flex"}, {"input": Decimal("1.5")}),)}
    assert "batch: " in told(planned, "unusable")["openai/gpt-5"]


# ---------------------------------------------------------------------------- how a row meets an entry


def test_a_row_meets_the_entry_that_follows_it_before_any_other() -> None:
    mine = entry("openai/mine", "openai/gpt-4o")
    of_same_name = entry("openai/gpt-4o", "openai/gpt-4o-old")

    made = plan(
        catalog(of_same_name, mine), listing(model("openai/gpt-4o", context_length=9), "openai/gpt-4o-old")
    )

    assert changed(made) == {"openai/mine": {"context_length": 9}}


def test_a_row_meets_an_entry_by_its_native_id_before_its_key() -> None:
    by_model = entry("openai/main", model="gpt-4.1")

    made = plan(catalog(by_model, entry("openai/gpt-4-1", model="other")), listing("openai/gpt-4.1"))

    assert changed(made) == {"openai/main": {"upstream.openrouter": "openai/gpt-4.1"}}


@pytest.mark.parametrize("written", [{"model": "GPT_4.1"}, {"model": "openai/gpt-4.1"}, {"model": "gpt-4.1"}])
def test_an_entry_that_is_met_by_name_is_followed_from_then_on(written: dict[str, str]) -> None:
    made = plan(catalog(entry("openai/gpt-4.1", **written)), listing("openai/gpt-4.1"))

    assert changed(made) == {"openai/gpt-4.1": {"upstream.openrouter": "openai/gpt-4.1"}}


def test_an_entry_of_another_provider_is_not_met() -> None:
    made = plan(catalog(entry("azure/gpt-4o", "openai/gpt-4o"), empty=("openai",)), listing("openai/gpt-4o"))

    assert actions(made) == {"openai/gpt-4o": "add"}


def test_what_fields_does_not_allow_is_not_written_for_following() -> None:
    made = plan(catalog(entry("openai/gpt-4o")), listing("openai/gpt-4o"), fields=frozenset({"pricing"}))

    assert not made.changes


# ---------------------------------------------------------------------------- collisions


def test_a_row_that_meets_two_entries_changes_neither() -> None:
    twins = (entry("openai/one", model="gpt-4o"), entry("openai/two", model="gpt-4o"))
    row = model("openai/gpt-4o", context_length=9)

    made = plan(catalog(*twins), listing(row))
    released = plan(catalog(*twins), listing(row), accept=tuple(held(made)))

    assert (changed(made), held(made)) == ({}, {"openai/openai/gpt-4o:added": "key collision"})
    assert changed(released).keys() == {"openai/one", "openai/two"}


def test_a_persons_entry_does_not_stand_in_the_way_of_ours() -> None:
    negotiated = entry("openai/negotiated", "openai/gpt-4o", priority=100, context_length=8)

    made = plan(catalog(FOLLOWED, negotiated), listing(model("openai/gpt-4o", context_length=9)))

    assert changed(made) == {"openai/gpt-4o": {"context_length": 9}}


def test_two_new_ids_on_one_key_are_both_held() -> None:
    rows = ("meta/llama-4", "mistral/llama-4")
    rules = (MappingRule("^(meta|mistral)/", "ollama"),)

    made = plan(catalog(empty=("ollama",)), listing(*rows), mapping=rules)

    assert held(made) == {f"ollama/{id_}:added": "key collision" for id_ in rows}
    assert not made.changes


@pytest.mark.parametrize("chosen", ["meta/llama-4", "mistral/llama-4"])
def test_the_one_of_two_new_ids_that_is_released_is_added(chosen: str) -> None:
    rows, rules = ("meta/llama-4", "mistral/llama-4"), (MappingRule("^(meta|mistral)/", "ollama"),)

    made = plan(catalog(empty=("ollama",)), listing(*rows), mapping=rules, accept=(f"ollama/{chosen}:added",))

    assert changed(made)["ollama/llama-4"]["upstream.openrouter"] == chosen
    assert len(made.holds) == 1


def test_releasing_both_of_two_ids_decides_nothing() -> None:
    made = plan(catalog(empty=("openai",)), listing("openai/a.b", "openai/a-b"), accept=("*",))

    assert not made.changes
    assert len(made.holds) == 2


def test_an_id_does_not_meet_an_entry_by_what_is_left_of_other_letters() -> None:
    """The key of 通义-7b and of 千问-7b is `7b`: to meet by it would bring one the other's price."""
    for key in ("通义-7b", "7b"):
        made = plan(catalog(entry(f"openai/{key}", input="2.5")), listing(model("openai/千问-7b", input="9")))
        assert not changed(made).get(f"openai/{key}")


@pytest.mark.fault("upstream data", "ids that differ only by case or composition")
def test_ids_that_differ_only_by_case_or_composition_are_held() -> None:
    made = plan(
        catalog(empty=("openai",)),
        listing("openai/GPT", "openai/gpt", "openai/mod\u00e9", "openai/mode\u0301"),
    )

    assert not made.changes
    assert len(made.holds) == 4


@pytest.mark.parametrize("add", ["all", "none"])
def test_the_id_that_an_entry_follows_has_it_and_any_other_is_left_out(add: Any) -> None:
    rows = (model("openai/gpt-4o", context_length=9), model("openai/GPT-4o", context_length=10))

    made = plan(catalog(FOLLOWED), listing(*rows), mapping=rule(add=add))

    assert changed(made) == {"openai/gpt-4o": {"context_length": 9}}
    assert not made.holds
    assert "openai/GPT-4o" in told(made, "no key")
    assert plan(catalog(FOLLOWED), listing(rows[1]), mapping=rule(add="none")).holds, "it may be a renaming"


def test_an_id_that_took_the_place_of_the_followed_one_waits_for_a_person() -> None:
    """The upstream id was renamed: nothing is removed, nothing is mixed up."""
    row = model("openai/gpt-4o-2024", context_length=9)
    renamed = catalog(entry("openai/gpt-4o-2024", "openai/gpt-4o", context_length=8))

    made = plan(renamed, listing(row, "openai/other"), prune=True)
    released = plan(renamed, listing(row, "openai/other"), prune=True, accept=tuple(held(made)))

    assert actions(made) == {"openai/other": "add"}
    assert held(made) == {"openai/openai/gpt-4o-2024:added": "key collision"}
    assert changed(released)["openai/gpt-4o-2024"] == {
        "upstream.openrouter": "openai/gpt-4o-2024",
        "context_length": 9,
    }


def test_accepting_everything_does_not_make_an_entry_alternate_between_two_ids() -> None:
    rows = listing(model("openai/gpt-4o", context_length=9), model("openai/GPT-4o", context_length=10))

    once = applied(catalog(FOLLOWED), plan(catalog(FOLLOWED), rows, accept=("*",)))

    assert not plan(once, rows, accept=("*",)).changes


# ---------------------------------------------------------------------------- what is new


def test_a_new_model_states_all_that_upstream_says() -> None:
    row = model("openai/gpt-5", name="GPT-5", input="1.25", takes=("text",), context_length=400_000)

    made = plan(catalog(empty=("openai",)), listing(row))

    assert list(changed(made)["openai/gpt-5"]) == [
        "model",
        "upstream.openrouter",
        "name",
        "context_length",
        "pricing.input",
        "modalities.input",
    ]


def test_a_new_model_says_whether_its_native_id_is_known() -> None:
    made = plan(catalog(empty=("openai", "acme")), listing("openai/gpt-5", "acme/model"))

    assert {change.name: change.confirmed for change in made.changes} == {
        "acme/model": False,
        "openai/gpt-5": True,
    }


def test_a_new_model_always_states_its_native_id_and_else_only_what_fields_allows() -> None:
    row = model("openai/gpt-5", name="GPT-5", input="1.25")

    made = plan(catalog(empty=("openai",)), listing(row), fields=frozenset({"pricing"}))

    assert changed(made)["openai/gpt-5"].keys() == {"model", "pricing.input"}


@pytest.mark.parametrize(
    ("add", "wanted"),
    [
        ("all", {"gpt-5", "gpt-5-mini"}),
        ("none", set()),
        (("*mini",), {"gpt-5-mini"}),
        (("openai/gpt-5",), {"gpt-5"}),
    ],
)
def test_the_rule_says_which_new_models_are_added(add: object, wanted: set[str]) -> None:
    made = plan(
        catalog(FOLLOWED),
        listing("openai/gpt-5", "openai/gpt-5-mini", "openai/gpt-4o"),
        mapping=rule(add=add),
    )

    assert set(actions(made)) == {f"openai/{key}" for key in wanted}
    assert set(told(made, "not added")) == {"openai/gpt-5", "openai/gpt-5-mini"} - set(actions(made))


def test_what_the_rule_does_not_add_is_kept_up_to_date_where_it_is() -> None:
    made = plan(
        catalog(FOLLOWED), listing(model("openai/gpt-4o", context_length=9)), mapping=rule(add="none")
    )

    assert changed(made) == {"openai/gpt-4o": {"context_length": 9}}


def test_a_model_that_one_source_adds_is_followed_at_every_source_that_lists_it() -> None:
    answers = (listing(model("openai/gpt-5", name="GPT-5")), listing("gpt-5", source=NATIVE))
    empty = catalog(empty=("openai",))

    made = plan(empty, *answers, mapping=rule(add="none"))

    assert changed(made)["openai/gpt-5"] == {
        "model": "gpt-5",
        "upstream.openrouter": "openai/gpt-5",
        "upstream.openai": "gpt-5",
        "name": "GPT-5",
    }
    assert not plan(applied(empty, made), *answers, mapping=rule(add="none")).changes


def test_a_provider_is_created_only_where_the_policy_says_so() -> None:
    rows = listing("openai/gpt-5")

    assert told(plan(catalog(), rows), "no such provider") == {"openai/gpt-5": ""}
    assert actions(plan(catalog(), rows, create_providers=True)) == {"openai/gpt-5": "add"}


def test_the_provider_whose_own_list_is_synced_is_created_without_a_word() -> None:
    own = listing("llama-4", source="groq")
    assert actions(plan(catalog(), own, sources=(ROUTER, "groq"))) == {"groq/llama-4": "add"}


@pytest.mark.fault("upstream data", "an id that could be a path, an option or two words")
@pytest.mark.parametrize("id_", ["../x", "a b/x", "-rf/x", "é/x", "/x"])
def test_a_provider_is_never_created_under_a_name_that_could_be_a_path(id_: str) -> None:
    rules = (MappingRule(r"^(.*)/", r"\1"),)

    assert not plan(catalog(), listing(id_), mapping=rules, create_providers=True).changes


# ---------------------------------------------------------------------------- what is left out


def test_what_no_rule_wants_is_counted_and_named() -> None:
    made = plan(catalog(), listing("openai/gpt-5", "cohere/r", "cohere/s"), mapping=rule())

    assert set(told(made, "unmapped")) == {"cohere/r", "cohere/s"}


def test_variants_are_left_out_and_named_unless_the_rule_lists_them() -> None:
    rows = listing("openai/gpt-5", "openai/gpt-5:free", "~openai/gpt-latest")
    empty = catalog(empty=("openai",))

    assert set(actions(plan(empty, rows, mapping=rule()))) == {"openai/gpt-5"}
    assert told(plan(empty, rows, mapping=rule()), "variants") == {
        "openai/gpt-5:free": "free",
        "~openai/gpt-latest": "latest",
    }
    assert set(actions(plan(empty, rows, mapping=rule(variants=("free", "latest"))))) == {
        "openai/gpt-5",
        "openai/gpt-5-free",
        "openai/gpt-latest",
    }


def test_a_variant_that_an_entry_follows_is_kept_up_to_date() -> None:
    followed = entry("openai/gpt-5-free", "openai/gpt-5:free", context_length=8)

    made = plan(catalog(followed), listing(model("openai/gpt-5:free", context_length=9)), mapping=rule())

    assert changed(made) == {"openai/gpt-5-free": {"context_length": 9}}


def test_a_variant_meets_no_entry_by_its_name() -> None:
    by_hand = entry("openai/gpt-5-free", context_length=8)

    assert not plan(catalog(by_hand), listing(model("openai/gpt-5:free", context_length=9))).changes


@pytest.mark.parametrize("id_", ["gpt-4o", "GPT_4o", "openai/gpt-4o", "gpt-4*", "main", "gpt-4o-2024"])
def test_an_excluded_model_is_neither_added_nor_updated(id_: str) -> None:
    present = entry("openai/main", "openai/gpt-4o", model="gpt-4o-2024", context_length=8)
    rows, rules = listing(model("openai/gpt-4o", context_length=9)), {"openai": (Exclusion(id_),)}

    made = plan(catalog(present), rows, exclude=rules)

    assert not made.changes
    assert set(told(made, "excluded")) == {"openai/main"}


def test_an_excluded_model_that_is_not_there_is_not_added() -> None:
    rules = {"openai": (Exclusion("gpt-5*"),)}

    assert not plan(catalog(empty=("openai",)), listing("openai/gpt-5-mini"), exclude=rules).changes


def test_an_exclusion_ends_with_its_day_and_says_so() -> None:
    rules = {"openai": (Exclusion("gpt-5", until=TODAY),)}
    empty, rows = catalog(empty=("openai",)), listing("openai/gpt-5")
    tomorrow = TODAY.replace(day=TODAY.day + 1)

    assert not plan(empty, rows, exclude=rules).changes
    assert actions(plan(empty, rows, exclude=rules, today=tomorrow)) == {"openai/gpt-5": "add"}
    assert set(told(plan(empty, rows, exclude=rules, today=tomorrow), "expired")) == {"openai/gpt-5"}


def test_an_excluded_id_frees_the_key_for_the_other() -> None:
    rules = (MappingRule("^(meta|mistral)/", "ollama"),)

    made = plan(
        catalog(empty=("ollama",)),
        listing("meta/llama-4", "mistral/llama-4"),
        mapping=rules,
        exclude={"ollama": (Exclusion("mistral/llama-4"),)},
    )

    assert changed(made)["ollama/llama-4"]["upstream.openrouter"] == "meta/llama-4"
    assert not made.holds


# ---------------------------------------------------------------------------- --only


@pytest.mark.parametrize(
    ("only", "wanted"),
    [
        ("", {"openai/main", "openai/gpt-5", "google/gemini"}),
        ("openai", {"openai/main", "openai/gpt-5"}),
        ("openai/", {"openai/main", "openai/gpt-5"}),
        ("openai/main", {"openai/main"}),
        ("openai/gpt*", {"openai/gpt-5"}),
        ("google/*", {"google/gemini"}),
        ("nobody", set()),
    ],
)
def test_only_what_is_asked_for_changes(only: str, wanted: set[str]) -> None:
    of = catalog(
        entry("openai/main", "openai/gpt-4o", context_length=8),
        entry("google/gemini", "google/g", context_length=8),
    )
    rows = (model("openai/gpt-4o", context_length=9), "openai/gpt-5", model("google/g", context_length=9))

    assert set(actions(plan(of, listing(*rows), only=only))) == wanted


def test_only_removes_nothing_else_and_is_no_way_around_a_guard() -> None:
    gone = [entry(f"openai/m{rank}", f"openai/m{rank}") for rank in range(4)]
    of = catalog(*gone, entry("google/g", "google/g"), entry("openai/x", "openai/x"))

    made = plan(of, listing("openai/x", "openai/y"), only="openai/m1", prune=True)

    assert (actions(made), set(held(made))) == ({}, {"openai/m1:removed"})


def test_the_first_source_of_the_configuration_comes_first_in_whatever_order_they_answer() -> None:
    answers = (listing(model("openai/gpt-5", name="A")), listing(model("gpt-5", name="B"), source=NATIVE))
    empty = catalog(empty=("openai",))

    for given in (answers, answers[::-1]):
        assert changed(plan(empty, *given, mapping=VENDORS))["openai/gpt-5"]["name"] == "A"
        assert plan(empty, *given).sources == (ROUTER, NATIVE)


# ---------------------------------------------------------------------------- the strongest fact


def test_whoever_follows_an_id_has_its_row_in_any_provider_and_several_have_it() -> None:
    follows = {"openrouter": "openai/gpt-4o"}
    of = catalog(
        entry("openai/gpt-4o", follows, input="5"),
        entry("openai/gpt-4o-support", follows, input="5"),
        entry("azure/chat-weu", follows, input="5"),
    )

    made = plan(of, listing(model("openai/gpt-4o", input="2.5")), mapping=rule(add="none"))

    moved = {"pricing.input": Decimal("2.5")}
    assert changed(made) == dict.fromkeys(("openai/gpt-4o", "openai/gpt-4o-support", "azure/chat-weu"), moved)
    assert not made.holds


def test_an_id_that_no_rule_maps_is_followed_all_the_same() -> None:
    of = catalog(entry("ours/chat", {"openrouter": "vendor/chat-1"}, context_length=8))
    made = plan(of, listing(model("vendor/chat-1", context_length=9), "vendor/other"), mapping=())
    assert changed(made) == {"ours/chat": {"context_length": 9}}
    assert set(told(made, "unmapped")) == {"vendor/other"}


def test_a_key_whose_model_is_another_is_not_met_by_it() -> None:
    of = catalog(model_entry("openai/gpt-3.5-turbo", "gpt-4.1-nano-2025-04-14"))
    made = plan(
        of,
        listing(model("openai/gpt-3.5-turbo", context_length=9), "openai/gpt-4.1-nano"),
        mapping=rule(add="none"),
    )
    assert not made.changes
    assert not made.holds


@pytest.mark.parametrize(
    "rows", [("openai/gpt-4o-2024-05-13",), ("openai/gpt-4o", "openai/gpt-4o-2024-05-13")]
)
def test_a_friendly_key_is_met_by_the_row_that_is_its_dated_model(rows: tuple[str, ...]) -> None:
    of = catalog(model_entry("openai/gpt-4o", "gpt-4o-2024-05-13"))
    made = plan(of, listing(*(model(row, context_length=len(row)) for row in rows)), mapping=rule(add="none"))
    assert changed(made)["openai/gpt-4o"]["context_length"] == len("openai/gpt-4o-2024-05-13")
    assert not made.holds


@pytest.mark.parametrize("date", ["2024-05-13", "20240513", "0513"])
def test_a_friendly_key_is_met_by_its_name_while_no_row_is_the_dated_one(date: str) -> None:
    of = catalog(model_entry("openai/gpt-4o", f"gpt-4o-{date}"))
    made = plan(of, listing(model("openai/gpt-4o", context_length=9)))
    assert changed(made)["openai/gpt-4o"]["context_length"] == 9


def test_a_hosted_model_never_meets_one_of_ones_own_machine_that_does_not_follow_it() -> None:
    rules = (MappingRule("^mistralai/", "ollama", add="none"),)
    of = catalog(model_entry("ollama/mistral-small", "mistral-small:24b"), local=("ollama",))
    row = model("mistralai/mistral-small", name="Mistral Small")
    assert not plan(of, listing(row), mapping=rules).changes
    follows = catalog(entry("ollama/mistral-small", "mistralai/mistral-small"), local=("ollama",))
    assert set(changed(plan(follows, listing(row), mapping=rules))["ollama/mistral-small"]) == {"name"}


def model_entry(name: str, native_id: str) -> Entry:
    made = entry(name, context_length=8)
    return msgspec.structs.replace(made, values={**made.values, "model": native_id})


@pytest.mark.parametrize(
    ("of_rule", "of_source", "at_top", "added"),
    [
        (None, None, "all", "add"),
        (None, None, "none", None),
        (None, None, ("gpt-4*",), "add"),
        (None, None, ("text-*",), None),
        (None, "none", "all", None),
        (None, ("gpt-*",), "none", "add"),
        ("all", "none", "none", "add"),
        ("none", "all", "all", None),
        (("text-*",), "all", "all", None),
    ],
)
def test_the_narrowest_word_on_what_is_added_counts(of_rule, of_source, at_top, added) -> None:
    made = plan(
        catalog(entry("openai/o9", "openai/o9")),
        listing("openai/o9", "openai/gpt-4o"),
        mapping=rule(add=of_rule),
        add=at_top,
        add_of={} if of_source is None else {ROUTER: of_source},
    )
    assert actions(made).get("openai/gpt-4o") == added


@pytest.mark.parametrize(("add", "added"), [("all", "add"), ("none", None), (("gpt-*",), "add")])
def test_what_is_added_of_a_providers_own_list_is_said_at_the_top_or_the_source(add, added) -> None:
    mine = catalog(entry("openai/o9", **{"upstream.openai": "o9"}))
    own = listing("o9", "gpt-4o", source="openai")
    assert actions(plan(mine, own, add=add)).get("openai/gpt-4o") == added
    assert actions(plan(mine, own, add="all", add_of={"openai": add})).get("openai/gpt-4o") == added


# ---------------------------------------------------------------------------- a vendor's own list, prefixed


@pytest.mark.parametrize(
    ("provider", "routed", "listed", "model_after"),
    [
        ("nvidia", "nvidia/llama-3.3-nemotron", "nvidia/llama-3.3-nemotron", "nvidia/llama-3.3-nemotron"),
        ("perplexity", "perplexity/sonar", "perplexity/sonar", "sonar"),
        ("perplexity", "perplexity/sonar-pro", "perplexity/sonar-pro", "sonar-pro"),
        ("acme", "acme/model-1", "acme/model-1", "acme/model-1"),
        ("zhipu", "z-ai/glm-9-test", "zai/glm-9-test", "zai/glm-9-test"),
    ],
)
@pytest.mark.parametrize("at_once", [True, False])
def test_an_id_with_its_vendor_on_the_vendors_own_list_is_no_second_model(
    *, provider: str, routed: str, listed: str, model_after: str, at_once: bool
) -> None:
    rules = (MappingRule("^(zai|z-ai)/", "zhipu"), MappingRule("^([a-z]+)/", r"\1"))
    settings: dict[str, Any] = {"sources": (ROUTER, provider), "mapping": rules}
    routes, own = listing(model(routed, context_length=9)), listing(model(listed), source=provider)
    of = catalog(empty=(provider,))
    if not at_once:
        of = applied(of, plan(of, routes, **settings))
    after = applied(of, plan(of, routes, own, **settings))
    (only,) = after.entries()
    assert only.values["model"] == model_after
    assert only.upstream == {ROUTER: routed, provider: listed}
    assert not plan(after, routes, own, **settings).changes


def test_the_same_id_with_and_without_its_vendor_are_two_rows_of_which_each_has_its_entry() -> None:
    of = catalog(entry("nvidia/x", {"nvidia": "x"}), empty=("nvidia",))
    own = listing(model("x"), model("nvidia/x"), source="nvidia")
    made = plan(of, own, sources=("nvidia",))
    assert actions(made) == {"nvidia/nvidia-x": "add"}
    assert not made.holds
