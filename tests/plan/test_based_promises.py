"""What holds for every catalog whose entries have bases, every answer and every policy."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from building import ROUTER, applied, catalog, entry, failure, listing, model, plan
from modelsync.plan.bases import Bases
from modelsync.plan.rules import means_the_same
from modelsync.records import (
    Catalog,
    Entry,
    Failure,
    GuardPolicy,
    Listing,
    MappingRule,
    PrunePolicy,
    Unreadable,
)
from plan.test_promises import NATIVE_IDS, listings, owners, pins, written
from thorough import EXAMPLES

GROQ, TOGETHER = "groq", "together"
ROUTER_IDS = ("openai/a", "openai/b", "openai/c", "google/a", "google/b", "openai/a:free", "groq/x")
GROQ_IDS = ("a", "b", "openai/c", "openai/a", "google/b", "x", "c:free", "Openai/A")
TOGETHER_IDS = ("groq/a", "groq/x", "together/a", "openai/b")
NAMES = ("openai/a", "openai/b", "google/a", "groq/a", "groq/x", "groq/c", "openai/nothing")
AUTHORITY = frozenset({ROUTER})


def entries(provider: str, keys: tuple[str, ...], source: str, ids: tuple[str, ...]) -> Any:
    follows = st.fixed_dictionaries(
        {}, optional={source: st.sampled_from(ids), ROUTER: st.sampled_from(ROUTER_IDS)}
    )
    one = st.builds(
        lambda key, upstream, pinned, priority, base, fields: entry(
            f"{provider}/{key}", upstream, pins=pinned, priority=priority, base=base, **fields
        ),
        st.sampled_from(keys),
        follows,
        pins,
        st.sampled_from([0, 0, 0, 100]),
        st.sampled_from(["", *NAMES]),
        written,
    )
    return st.lists(one, max_size=4, unique_by=lambda item: item.key)


wild = st.builds(
    lambda first, second, third, local: catalog(
        *first, *second, *third, local=local, empty=("openai", "google", "groq", "together")
    ),
    entries("openai", ("a", "b", "c"), "openai", NATIVE_IDS),
    entries("google", ("a", "b"), "openai", NATIVE_IDS),
    entries("groq", ("a", "x", "c"), GROQ, GROQ_IDS),
    st.sampled_from([(), (), ("groq",)]),
)
plain = st.fixed_dictionaries(
    {},
    optional={
        "input": st.sampled_from(["1", "2", "4"]),
        "cache_read": st.sampled_from(["0.5", "1", "40"]),
        "context_length": st.sampled_from([8, 9]),
        "features": st.sampled_from([("chat",), ("chat", "vision")]),
        "name": st.sampled_from(["A", "B"]),
    },
)
# Two bases that are followed, and who serves them.
usual = st.builds(
    lambda a, b, first, second, fields, router: catalog(
        entry("openai/a", "openai/a", **a),
        entry("openai/b", "openai/b", **b),
        entry("groq/a", {GROQ: "a", **router}, base=first, **fields[0]),
        entry("groq/x", {GROQ: "x"}, base=second, **fields[1]),
        empty=("google", "together"),
    ),
    plain,
    plain,
    st.sampled_from(["openai/a", "openai/b", "groq/x"]),
    st.sampled_from(["openai/a", "openai/b", "groq/a"]),
    st.tuples(plain, plain),
    st.sampled_from([{}, {}, {ROUTER: "groq/x"}]),
)
catalogs = usual | wild


def rows(source: str, ids: tuple[str, ...]) -> Any:
    chosen = st.lists(
        st.builds(lambda id_, fields: model(id_, **fields), st.sampled_from(ids), plain), max_size=6
    )
    return chosen.map(lambda found: listing(*{row.id: row for row in found}.values(), source=source))


answers = st.tuples(
    rows(ROUTER, ROUTER_IDS) | listings(ROUTER, ROUTER_IDS),
    st.just(failure(GROQ)) | rows(GROQ, GROQ_IDS) | listings(GROQ, GROQ_IDS),
    rows(TOGETHER, TOGETHER_IDS) | listings(TOGETHER, TOGETHER_IDS),
)
policies = st.fixed_dictionaries(
    {
        "sources": st.sampled_from([(ROUTER, GROQ, TOGETHER), (GROQ, TOGETHER, ROUTER)]),
        "vendor_sources": st.just(frozenset({ROUTER, TOGETHER})),
        "mapping": st.just((MappingRule(r"^([a-z0-9-]+)/", r"\1", variants=("free",)),)),
        "owners": owners,
        "aliases": st.sampled_from([{}, {"google/a": "x"}, {"x": "openai/b"}]),
        "guards": st.just(GuardPolicy(removed_least=2, zero_least=2, shift_least=2)),
    },
    optional={
        "prune": st.booleans(),
        "prune_policy": st.sampled_from([PrunePolicy(), PrunePolicy(14), PrunePolicy(0, ())]),
        "fields": st.sampled_from([None, frozenset({"pricing", "upstream"}), frozenset({"base", "pricing"})]),
        "only": st.sampled_from(["groq", "groq/a"]),
    },
)
worlds = st.tuples(catalogs, answers, policies)
fewer = settings(max_examples=EXAMPLES // 2, deadline=None)
World = tuple[Catalog, tuple[Listing | Failure, ...], dict[str, Any]]


@settings(deadline=None)
@given(worlds)
def test_the_second_run_is_empty_with_bases_that_change_in_the_first(world: World) -> None:
    of, given_answers, policy = world
    made = plan(of, *given_answers, **policy)
    after = applied(of, made)

    second = plan(after, *given_answers, **policy)
    corrected = any(
        field.field == "model" and change.action == "update"
        for change in made.changes
        for field in change.fields
    )
    assert corrected or not second.changes, (made.changes, second.changes)


@fewer
@given(worlds)
def test_accepting_everything_settles_and_two_sources_never_alternate(world: World) -> None:
    """A catalog that sync made itself: what a person wrote into it may take a run more to sort out."""
    _, given_answers, policy = world
    of = catalog(empty=("openai", "google", "groq", "together"))
    once = applied(of, plan(of, *given_answers, **policy, accept=("*",)))

    assert not plan(once, *given_answers, **policy, accept=("*",)).changes


@fewer
@given(worlds)
def test_a_new_entry_with_a_base_states_nothing_that_its_base_says(world: World) -> None:
    of, given_answers, policy = world
    made = plan(of, *given_answers, **policy)
    bases = Bases(applied(of, made), AUTHORITY)
    for change in made.changes:
        stated = {field.field: field.new for field in change.fields}
        if change.action == "add" and "base" in stated:
            said = bases.inherited(Entry(change.provider, change.key, {}, base=stated["base"]))
            assert not [
                field
                for field in stated
                if field in said and means_the_same(field, stated[field], said[field][0])
            ]


@fewer
@given(worlds)
def test_no_number_is_written_that_the_base_says(world: World) -> None:
    of, given_answers, policy = world
    made = plan(of, *given_answers, **policy)
    after = applied(of, made)
    bases = Bases(after, AUTHORITY)
    for change in made.changes:
        entry_ = after.providers[change.provider].entries.get(change.key)
        said = bases.inherited(entry_) if entry_ else {}
        for field in change.fields:
            if field.field in said and isinstance(field.new, Decimal | int):
                assert not means_the_same(field.field, field.new, said[field.field][0])


@fewer
@given(worlds)
def test_whoever_follows_one_source_says_what_that_says_of_prices_and_limits(world: World) -> None:
    of, given_answers, policy = world
    asked = {name: value for name, value in policy.items() if name not in ("fields", "only", "prune")}
    made = plan(of, *given_answers, **(asked | {"owners": {}, "accept": ("*",)}))
    after = applied(of, made)
    bases = Bases(after, AUTHORITY)
    rows = {row.id: row for row in (given_answers[1].models if isinstance(given_answers[1], Listing) else ())}
    assume(not any(hold.guard == "key collision" for hold in made.holds))
    for entry_ in after.providers["groq"].entries.values():
        row = rows.get(entry_.upstream.get(GROQ, ""))
        is_ours = not entry_.is_a_persons and not entry_.pins and set(entry_.upstream) == {GROQ}
        if row is None or not is_ours or after.providers["groq"].local:
            continue
        read = bases.resolve(entry_).values
        for field, value in row.values.items():
            if isinstance(value, Decimal | int) and not isinstance(read.get(field), Unreadable):
                assert means_the_same(field, read.get(field), value)


@fewer
@given(worlds)
def test_a_persons_entry_stays_and_a_base_is_never_another_one(world: World) -> None:
    of, given_answers, policy = world
    after = {
        one.name: one for one in applied(of, plan(of, *given_answers, **policy, accept=("*",))).entries()
    }
    for before in of.entries():
        now = after.get(before.name)
        assert now == before or not before.is_a_persons
        assert now is None or now.base == before.base


@fewer
@given(worlds)
def test_a_removal_leaves_no_base_that_is_not_there(world: World) -> None:
    of, given_answers, policy = world
    made = plan(of, *given_answers, **(policy | {"prune": True, "accept": ("*",)}))
    after = applied(of, made)
    removed = {change.name for change in made.changes if change.action == "remove"}

    assert removed.isdisjoint(one.base for one in after.entries())


@fewer
@given(worlds, st.randoms(use_true_random=False))
def test_the_order_of_rows_sources_and_entries_does_not_matter(world: World, random: Any) -> None:
    of, given_answers, policy = world
    shuffled = [
        msgspec.structs.replace(one, models=mixed(one.models, random)) if isinstance(one, Listing) else one
        for one in mixed(given_answers, random)
    ]
    local = tuple(key for key, provider in of.providers.items() if provider.local)
    turned = catalog(*mixed(tuple(of.entries()), random), local=local, empty=tuple(of.providers))

    assert plan(turned, *shuffled, **policy) == plan(of, *given_answers, **policy)


def mixed(items: tuple[Any, ...], random: Any) -> tuple[Any, ...]:
    return tuple(random.sample(items, len(items)))
