"""Rows of all sources that mean one native id for sure are one entry, in one run as in two."""

from __future__ import annotations

from collections import Counter
from itertools import permutations
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from building import (
    NATIVE,
    ROUTER,
    STARTED,
    actions,
    applied,
    catalog,
    changed,
    entry,
    failure,
    held,
    listing,
    plan,
    policy,
    told,
)
from modelsync.plan.mapping import Mapping, Placement
from modelsync.records import Catalog, Exclusion, Listing, MappingRule, Model, Owner, Pin, Unreadable

OWN, OTHER = "anthropic", "litellm"  # the vendor's own list, and another one of many vendors
SOURCES = (ROUTER, OTHER, OWN)
RULES: dict[str, Any] = {"sources": SOURCES, "vendor_sources": frozenset({ROUTER, OTHER})}
DATED = "claude-sonnet-4-5-20250929"
UPSTREAM = "anthropic/claude-sonnet-4.5"
SONNET, OLD = "anthropic/claude-sonnet-4-5", {"model": "claude-sonnet-4.5"}
EMPTY = catalog(empty=("anthropic",))


def router(*rows: Any) -> Listing:
    return listing(*(rows or (UPSTREAM,)))


def own(*rows: Any) -> Listing:
    return listing(*(rows or (DATED,)), source=OWN)


# ---------------------------------------------------------------------------- new


def test_an_entry_whose_model_is_a_number_to_yaml_is_that_model() -> None:
    four = msgspec.structs.replace(entry("anthropic/four"), values={"model": Unreadable("4.1")})
    made = plan(catalog(four), own("4.1"), **RULES)
    assert changed(made) == {"anthropic/four": {"upstream.anthropic": "4.1"}}


def test_a_new_model_of_two_sources_has_the_key_that_the_first_one_gives() -> None:
    for answers in permutations((router(), own())):
        made = plan(EMPTY, *answers, **RULES)
        assert changed(made) == {
            SONNET: {"model": DATED, "upstream.openrouter": UPSTREAM, "upstream.anthropic": DATED}
        }
        assert not plan(applied(EMPTY, made), *answers, **RULES).changes
    first = plan(EMPTY, router(), own(), **RULES | {"sources": (OWN, ROUTER)})
    assert actions(first) == {f"anthropic/{DATED}": "add"}


@pytest.mark.parametrize(
    "other",
    [listing("mistralai/mistral-small-2503", source=OTHER), listing("mistral-small-2503", source="mistral")],
)
def test_ids_that_nothing_confirms_are_not_brought_together(other: Listing) -> None:
    """By a rule, `mistral-small-3.1-24b-instruct` is perhaps what a third one calls `mistral-small-2503`."""
    rows = (listing("mistralai/mistral-small-3.1-24b-instruct"), other)
    rules = (MappingRule("^mistralai/", "mistral"),)

    made = plan(catalog(empty=("mistral",)), *rows, mapping=rules, **RULES)

    assert [fields["model"] for fields in changed(made).values()] == ["mistral-small-2503"] * 2


def test_two_ids_of_one_source_stay_two_models_and_another_source_means_the_one_of_its_key() -> None:
    haiku = "claude-3-5-haiku-20241022"
    both = ("anthropic/claude-3.5-haiku", f"anthropic/{haiku}")

    made = plan(EMPTY, router(*both), own(haiku), **RULES)
    after = plan(applied(EMPTY, plan(EMPTY, router(*both), **RULES)), router(*both), own(haiku), **RULES)

    assert actions(made) == {"anthropic/claude-3-5-haiku": "add", f"anthropic/{haiku}": "add"}
    assert changed(made)[f"anthropic/{haiku}"]["upstream.anthropic"] == haiku
    assert changed(after) == {f"anthropic/{haiku}": {"upstream.anthropic": haiku}}


def test_what_means_several_models_and_none_by_its_key_is_held() -> None:
    twice = {"anthropic/a": DATED, "anthropic/b": DATED}

    made = plan(EMPTY, router(*twice), own(), aliases=twice, **RULES)

    assert actions(made) == {"anthropic/a": "add", "anthropic/b": "add"}
    assert held(made) == {f"anthropic/{DATED}:added": "key collision"}


def test_a_variant_is_not_brought_together_with_anything() -> None:
    free = f"{UPSTREAM}:free"
    rules = (MappingRule("^anthropic/", "anthropic", variants=("free",)),)

    assert set(actions(plan(EMPTY, router(free), own(), mapping=rules, **RULES))) == {
        f"{SONNET}-free",
        f"anthropic/{DATED}",
    }
    assert told(plan(EMPTY, router(free), own(), **RULES), "variants") == {free: "free"}


def test_an_alias_brings_together_what_no_rule_does() -> None:
    made = plan(
        EMPTY, router("anthropic/next"), own("claude-6"), aliases={"anthropic/next": "claude-6"}, **RULES
    )

    assert actions(made) == {"anthropic/next": "add"}


def test_exclusions_globs_and_only_mean_rows_and_keys_as_ever() -> None:
    def keys(**settings: Any) -> set[str]:
        return set(actions(plan(EMPTY, router(), own(), **RULES | settings)))

    assert keys(exclude={"anthropic": (Exclusion(DATED),)}) == set()
    assert keys(only=SONNET) == {SONNET}
    assert keys(only=f"anthropic/{DATED}") == {f"anthropic/{DATED}"}
    assert keys(mapping=(MappingRule("^anthropic/", "anthropic", add="none"),)) == {SONNET}


def test_what_is_held_of_one_source_does_not_hold_another() -> None:
    made = plan(EMPTY, router(UPSTREAM, "anthropic/claude-sonnet-4-5"), own(), **RULES)

    assert actions(made) == {f"anthropic/{DATED}": "add"}
    assert len(made.holds) == 2


# ---------------------------------------------------------------------------- there already


@pytest.mark.parametrize("sources", [(ROUTER, OWN), (OWN, ROUTER)])
@pytest.mark.parametrize("follows", [UPSTREAM, ""])
def test_an_entry_whose_native_id_is_corrected_is_met_by_it_in_the_same_run(
    sources: tuple[str, ...], follows: str
) -> None:
    of, rules = catalog(entry(SONNET, follows, **OLD)), RULES | {"sources": sources}

    made = plan(of, router(), own(), **rules)

    assert actions(made) == {SONNET: "update"}
    assert changed(made)[SONNET]["model"] == DATED
    assert not plan(applied(of, made), router(), own(), **rules).changes


@pytest.mark.parametrize("answers", [(own(),), (failure(), own()), (router("anthropic/other"), own())])
def test_an_entry_is_met_by_what_it_follows_though_that_is_not_listed_now(answers: Any) -> None:
    made = plan(catalog(entry(SONNET, UPSTREAM, **OLD)), *answers, **RULES)

    assert f"anthropic/{DATED}" not in actions(made)


@pytest.mark.parametrize(
    ("written", "rules"),
    [
        ({"model": "ours"}, {}),
        (OLD | {"pins": (Pin("model"),)}, {}),
        (OLD | {"priority": 100}, {}),
        (OLD, {"owners": {"model": Owner.HUMAN}}),
        (OLD, {"fields": frozenset({"pricing", "upstream"})}),
    ],
)
def test_an_entry_that_keeps_another_native_id_is_not_met_by_the_one_it_does_not_get(
    written: dict[str, Any], rules: dict[str, Any]
) -> None:
    made = plan(catalog(entry(SONNET, UPSTREAM, **written)), router(), own(), **RULES | rules)

    assert actions(made)[f"anthropic/{DATED}"] == "add"


def test_the_provider_s_own_list_has_more_weight_than_a_rule_and_an_alias_than_both() -> None:
    """Whoever comes first: or each run would take back what the one before it wrote."""
    listed = own("claude-sonnet-4.5")
    for sources in permutations((ROUTER, OWN)):
        rules = RULES | {"sources": sources}
        for aliases, native in (({}, "claude-sonnet-4.5"), ({UPSTREAM: "ours"}, "ours")):
            made = plan(EMPTY, router(), listed, aliases=aliases, **rules)
            assert changed(made)[SONNET]["model"] == native
            assert not plan(applied(EMPTY, made), router(), listed, aliases=aliases, **rules).changes


# ---------------------------------------------------------------------------- other names

GROK = {"sources": (ROUTER, "xai"), "vendor_sources": frozenset({ROUTER})}
NAMED = Listing("xai", (Model("grok-4.20-0309", {}, names=("grok-4.20", "grok-latest")),), STARTED, "")


@pytest.mark.parametrize("name", ["grok-4.20", "grok-latest", "grok-4.20-0309"])
def test_an_entry_is_met_by_any_name_that_its_vendors_list_has_for_it(name: str) -> None:
    of = catalog(entry("xai/mine", model=name))
    made = plan(of, NAMED, **GROK)
    assert changed(made) == {"xai/mine": {"upstream.xai": name}}
    assert not plan(applied(of, made), NAMED, **GROK).changes


def moved(*named: str) -> Listing:
    """The vendor's list once another model, of another price, has these names."""
    rows = (
        Model("grok-4.20-0309", {"context_length": 2}),
        Model("grok-5", {"context_length": 5}, names=named),
    )
    return Listing("xai", rows, STARTED, "")


@pytest.mark.parametrize("followed", [{}, {"xai": "grok-latest"}, {"xai": "grok-4.20-0309"}, {"xai": "gone"}])
def test_an_alias_follows_the_model_that_upstream_has_it_for_now(followed: dict[str, str]) -> None:
    of = catalog(entry("xai/mine", followed, model="grok-latest"))
    made = plan(of, moved("grok-latest"), **GROK)
    written = {} if followed == {"xai": "grok-latest"} else {"upstream.xai": "grok-latest"}
    assert changed(made)["xai/mine"] == {"context_length": 5} | written
    assert not plan(applied(of, made), moved("grok-latest"), **GROK).changes


def test_what_names_no_alias_stays_with_what_it_follows() -> None:
    of = catalog(entry("xai/mine", {"xai": "grok-4.20-0309"}, model="grok-4.20-0309"))
    assert changed(plan(of, moved("grok-latest"), **GROK))["xai/mine"] == {"context_length": 2}


def test_an_alias_with_a_row_of_its_own_is_followed_there() -> None:
    listed = moved("grok-latest")
    repeated = Model("grok-latest", {"context_length": 5}, repeats="grok-5")
    listed = Listing("xai", (*listed.models, repeated), STARTED, "")
    of = catalog(entry("xai/mine", {"xai": "grok-4.20-0309"}, model="grok-latest"))
    made = plan(of, listed, **GROK)
    assert changed(made)["xai/mine"] == {"context_length": 5, "upstream.xai": "grok-latest"}
    assert not plan(applied(of, made), listed, **GROK).changes


def test_an_alias_that_two_models_claim_moves_nothing() -> None:
    rows = (*moved("grok-latest").models, Model("grok-6", {"context_length": 6}, names=("grok-latest",)))
    of = catalog(entry("xai/mine", {"xai": "grok-4.20-0309"}, model="grok-latest"))
    assert changed(plan(of, Listing("xai", rows, STARTED, ""), **GROK))["xai/mine"] == {"context_length": 2}


def test_what_follows_another_name_of_a_listed_model_is_not_gone() -> None:
    of = catalog(entry("xai/mine", {"xai": "grok-latest"}, model="grok-latest"))
    assert "xai/mine" not in actions(plan(of, NAMED, prune=True, **GROK))


def test_a_new_model_and_another_name_of_it_are_one_entry_whoever_comes_first() -> None:
    for sources in permutations((ROUTER, "xai")):
        rules = GROK | {"sources": sources, "mapping": (MappingRule("^x-ai/", "xai"),)}
        made = plan(catalog(empty=("xai",)), router("x-ai/grok-4.20"), NAMED, **rules)
        assert len(made.changes) == 1
        assert not plan(
            applied(catalog(empty=("xai",)), made), router("x-ai/grok-4.20"), NAMED, **rules
        ).changes


# ---------------------------------------------------------------------------- whatever the order

NATIVE_OF = {
    "anthropic/claude-sonnet-4.5": DATED,
    "anthropic/claude-opus-4": "claude-opus-4-20250514",
    "anthropic/claude-sonnet-4.6": "claude-sonnet-4-6",
    "anthropic/claude-3.5-haiku": "claude-3-5-haiku-20241022",
    "anthropic/claude-next": "claude-next",
}
MAPPING = Mapping(policy(**RULES))


def natives(of: Catalog) -> Counter[str]:
    """How many entries mean each native id, those included that still have upstream's name of it."""
    return Counter(map(_native, of.providers["anthropic"].entries.values()))


def _native(item: Any) -> str:
    stated = item.values["model"]
    place = MAPPING.place(ROUTER, f"anthropic/{stated}")
    return place.model if isinstance(place, Placement) else stated


several = st.lists(st.sampled_from(sorted(NATIVE_OF)), unique=True)
old = several.map(
    lambda ids: catalog(
        *(entry(f"anthropic/{id_[10:].replace('.', '-')}", id_, model=id_[10:]) for id_ in ids),
        empty=("anthropic",),
    )
)


@given(old, several, several, several, st.permutations(SOURCES))
def test_which_models_there_are_does_not_depend_on_who_is_synced_first(
    of: Catalog, first: list[str], second: list[str], third: list[str], sources: list[str]
) -> None:
    rules = RULES | {"sources": tuple(sources)}
    answers = (
        router(*first) if first else failure(),
        listing(*(f"anthropic/{NATIVE_OF[id_]}" for id_ in second), source=OTHER),
        own(*(NATIVE_OF[id_] for id_ in third)) if third else failure(OWN),
    )
    at_once = applied(of, plan(of, *answers, **rules))

    assert max(natives(at_once).values(), default=1) == 1
    assert not plan(at_once, *answers, **rules).changes
    for order in permutations(answers):
        one_by_one = of
        for answer in order:
            one_by_one = applied(one_by_one, plan(one_by_one, answer, **rules))
        assert natives(one_by_one) == natives(at_once)


def test_an_entry_that_a_row_means_by_two_of_its_names_is_one_entry() -> None:
    known = catalog(entry("openai/b", {ROUTER: "openai/gone", NATIVE: "e.e"}))
    lists = listing("openai/e.e"), listing("e.e", source=NATIVE)
    (hold,) = plan(known, *lists).holds
    assert (hold.name, hold.reason) == ("openai/openai/e.e:added", "the entry follows openai/gone")
    assert plan(known, *lists, accept=(hold.name,)).holds == ()
