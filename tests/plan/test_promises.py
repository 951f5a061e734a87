"""What holds for every catalog, every answer and every policy."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from msgspec import UNSET

from building import (
    NATIVE,
    ROUTER,
    TODAY,
    VENDORS,
    applied,
    catalog,
    changed,
    entry,
    failure,
    listing,
    model,
    plan,
    tier,
)
from modelsync.records import (
    FEATURES,
    Accepted,
    Catalog,
    Entry,
    Exclusion,
    Failure,
    GuardPolicy,
    Listing,
    MappingRule,
    Owner,
    Pin,
    Plan,
    PrunePolicy,
    Unreadable,
    Variant,
)
from thorough import EXAMPLES

KEYS = ("a", "b", "c", "d", "a-free", "e-e")
IDS = (
    *("openai/a", "openai/A", "openai/b", "openai/c", "openai/d", "openai/a:free", "openai/e.e", "~openai/a"),
    *("openai/a:batch", "openai/b:batch"),
)
OTHERS = ("google/a", "google/b", "google/c", "azure/a")
NATIVE_IDS = ("a", "b", "B", "c", "e.e")
PRICES = ("0", "1", "2.5", "4", "10", "1000", "-1", "Infinity")
MARK = ("availability", "unavailable_since")

amounts = st.sampled_from(PRICES).map(Decimal)
limits = st.sampled_from([0, 8, 9, 1000])
words = st.lists(st.sampled_from(["chat", "vision", "embeddings", "ours"]), unique=True, max_size=3).map(
    tuple
)
tiers = st.builds(
    lambda above, price: (tier(above, input=price),), st.sampled_from([1, 2]), st.sampled_from(PRICES)
)
ways = [{"service_tier": "batch"}, {"service_tier": "flex"}]
persons_ways = [*ways, {"region": "eu"}, {"region": "eu", "service_tier": "batch"}]


def variants(ways: list[dict[str, str]]) -> st.SearchStrategy[tuple[Variant, ...]]:
    """Prices of ways to ask, of all prompts or of long ones."""
    one = st.builds(
        lambda when, above, price: Variant(when, {"input": price}, above),
        st.sampled_from(ways),
        st.sampled_from([0, 200_000]),
        amounts,
    )
    return st.lists(one, max_size=3, unique_by=lambda item: item.condition).map(tuple)


stated = {
    "input": amounts,
    "cache_read": amounts,
    "cache_write": amounts,
    "tiers": tiers,
    "variants": variants(ways),
    "context_length": limits,
    "max_output_tokens": limits,
    "features": words,
    "name": st.sampled_from(["", "A", "B"]),
}
abilities = words.map(lambda able: tuple(word for word in FEATURES if word in able))  # as every source does
said = st.fixed_dictionaries(
    {}, optional={name: st.none() | value for name, value in (stated | {"features": abilities}).items()}
)
written = st.fixed_dictionaries(
    {},
    optional={name: st.just(None) | st.just(Unreadable("x")) | value for name, value in stated.items()}
    | {
        "variants": variants(persons_ways),
        "availability": st.sampled_from(["unavailable", "deprecated"]),
        "unavailable_since": st.sampled_from(["2026-08-01", "2026-08-21", "soon"]),
        "model": st.sampled_from(["a", "b", "other"]),
    },
)
pins = st.lists(
    st.builds(
        Pin,
        st.sampled_from(["", "pricing", "pricing.input", "model", "features", "upstream"]),
        st.sampled_from([None, TODAY, TODAY.replace(year=2025)]),
    ),
    max_size=2,
).map(tuple)


def entries(provider: str, ids: tuple[str, ...]) -> st.SearchStrategy[list[Entry]]:
    follows = st.fixed_dictionaries(
        {}, optional={ROUTER: st.sampled_from(ids), NATIVE: st.sampled_from(NATIVE_IDS), "else": st.just("x")}
    )
    one = st.builds(
        lambda key, upstream, pins, priority, fields: entry(
            f"{provider}/{key}", upstream, pins=pins, priority=priority, **fields
        ),
        st.sampled_from(KEYS),
        follows,
        pins,
        st.sampled_from([0, 0, 0, 100]),
        written,
    )
    return st.lists(one, max_size=6, unique_by=lambda item: item.key)


catalogs = st.builds(
    lambda first, second, local: catalog(*first, *second, local=local, empty=("openai", "google")),
    entries("openai", IDS),
    entries("google", OTHERS),
    st.sampled_from([(), ("google",)]),
)


def listings(source: str, ids: tuple[str, ...]) -> st.SearchStrategy[Listing]:
    row = st.builds(
        lambda id_, unusable, fields: model(id_, *unusable, **fields),
        st.sampled_from(ids),
        st.sampled_from([(), (), ("output",)]),
        said,
    )
    return st.builds(
        lambda rows, complete, skipped: listing(*rows, source=source, complete=complete, skipped=skipped),
        st.lists(row, max_size=8, unique_by=lambda item: item.id),
        st.sampled_from([True, True, False]),
        st.sampled_from([(), (), ids[:1]]),
    )


answers = st.tuples(
    st.just(failure()) | listings(ROUTER, (*IDS, *OTHERS)),
    st.just(failure(NATIVE)) | listings(NATIVE, NATIVE_IDS),
)
rules = st.sampled_from(
    [
        VENDORS,
        (
            MappingRule("^openai/", "openai", variants=("free", "latest")),
            MappingRule("^google/", "google", add="none"),
        ),
        (MappingRule("^openai/", "openai", add=("a", "b")), MappingRule("^google/", "google", prices=True)),
        (MappingRule("^(openai|azure)/", "openai", prices=False),),
        (MappingRule("^openai/", "openai", service_tiers=("batch",)),),
    ]
)
owners = st.dictionaries(
    st.sampled_from(["pricing", "pricing.input", "openai/pricing", "features", "name", "availability"]),
    st.sampled_from(list(Owner)),
    max_size=2,
)
policies = st.fixed_dictionaries(
    {"mapping": rules, "owners": owners},
    optional={
        "prune": st.booleans(),
        "immediately": st.booleans(),
        "unfollowed": st.booleans(),
        "excluded": st.booleans(),
        "prune_policy": st.sampled_from([PrunePolicy(), PrunePolicy(14), PrunePolicy(1, ())]),
        "exclude": st.sampled_from(
            [{}, {"openai": (Exclusion("a*"),)}, {"google": (Exclusion("google/b"),)}]
        ),
        "only": st.sampled_from(["openai", "openai/a", "google/b*"]),
        "fields": st.sampled_from(
            [None, frozenset({"pricing", "upstream"}), frozenset({"model", "features"})]
        ),
        "aliases": st.just({"openai/a": "alias-a"}),
        "create_providers": st.booleans(),
        "sources": st.just((NATIVE, ROUTER)),
        "guards": st.just(GuardPolicy(removed_least=2, zero_least=2, shift_least=2)),
    },
)
worlds = st.tuples(catalogs, answers, policies)
World = tuple[Catalog, tuple[Listing | Failure, ...], dict[str, Any]]


def planned(world: World, **more: Any) -> Plan:
    of, given_answers, policy = world
    return plan(of, *given_answers, **(policy | more))


def values_of(of: Catalog) -> dict[str, dict[str, Any]]:
    return {
        item.name: {**item.values, **{f"upstream.{k}": v for k, v in item.upstream.items()}}
        for item in of.entries()
    }


@given(worlds)
def test_the_second_run_is_empty(world: World) -> None:
    """Unless `prune --excluded` freed a key for another model, or a corrected `model` ended a collision."""
    of, given_answers, policy = world
    made = planned(world, excluded=False)
    after = applied(of, made)
    assume(not any("model" in fields for name, fields in changed(made).items() if name in values_of(of)))

    assert not plan(after, *given_answers, **(policy | {"excluded": False})).changes


@given(worlds)
def test_accepting_everything_settles_and_never_alternates(world: World) -> None:
    """One collision that is decided can decide the next one in the run after."""
    of, given_answers, policy = world
    for _ in range(4):
        of = applied(of, plan(of, *given_answers, **policy, accept=("*",)))

    assert not plan(of, *given_answers, **policy, accept=("*",)).changes


@given(worlds, st.randoms(use_true_random=False))
def test_the_order_of_rows_sources_and_entries_does_not_matter(world: World, random: Any) -> None:
    of, given_answers, policy = world
    shuffled = [
        answer
        if isinstance(answer, Failure)
        else msgspec.structs.replace(answer, models=_mixed(answer.models, random))
        for answer in _mixed(given_answers, random)
    ]
    turned = catalog(*_mixed(tuple(of.entries()), random), empty=("google", "openai"))
    turned = msgspec.structs.replace(
        turned,
        providers={
            key: msgspec.structs.replace(p, local=of.providers[key].local)
            for key, p in turned.providers.items()
        },
    )

    assert plan(turned, *shuffled, **policy) == planned(world)


def _mixed(items: tuple[Any, ...], random: Any) -> tuple[Any, ...]:
    return tuple(random.sample(items, len(items)))


@given(worlds)
def test_nothing_is_blanked_but_a_mark_that_sync_made(world: World) -> None:
    for change in planned(world).changes:
        for field in change.fields:
            assert field.new not in (None, "", ())
            assert field.new is not UNSET or field.field in MARK


@given(worlds)
def test_a_persons_entry_and_a_pinned_field_never_change(world: World) -> None:
    of = world[0]
    for change in planned(world, accept=("*",)).changes:
        entry_ = (
            of.providers[change.provider].entries.get(change.key) if change.provider in of.providers else None
        )
        if entry_:
            assert not entry_.is_a_persons
            assert not any(entry_.pin_of(field.field, TODAY) for field in change.fields)
            assert change.action == "update" or not any(pin.holds_on(TODAY) for pin in entry_.pins)


@given(worlds)
def test_what_cannot_be_read_is_never_overwritten(world: World) -> None:
    before = values_of(world[0])
    for change in planned(world, accept=("*",)).changes:
        for field in change.fields:
            assert not isinstance(before.get(change.name, {}).get(field.field), Unreadable)


@given(worlds)
def test_a_union_never_loses_a_word(world: World) -> None:
    of = world[0]
    after = values_of(applied(of, planned(world, owners={}, prune=False)))
    for name, fields in values_of(of).items():
        if isinstance(fields.get("features"), tuple):
            kept = after[name]["features"]
            assert kept[: len(fields["features"])] == fields["features"]


@given(worlds)
def test_nothing_held_is_applied(world: World) -> None:
    made = planned(world)
    planned_fields = {f"{change.name}:{field.field}" for change in made.changes for field in change.fields}
    planned_fields |= {f"{change.name}:removed" for change in made.changes if change.action == "remove"}

    assert planned_fields.isdisjoint(hold.name for hold in made.holds)


@given(worlds)
def test_no_hold_is_named_twice(world: World) -> None:
    names = [hold.name for hold in planned(world).holds]

    assert len(names) == len(set(names))


RELATED = ("cache read above input", "max output above context", "max output is context")


@settings(max_examples=EXAMPLES // 3)  # each with a hold, which one world in five has
@given(worlds, st.integers(0, 9))
def test_a_hold_is_released_by_its_own_name_and_no_other_is(world: World, which: int) -> None:
    made = planned(world)
    assume(made.holds)
    chosen = made.holds[which % len(made.holds)]

    after = planned(world, accept=(chosen.name,))

    now = {hold.name for hold in after.holds}
    freed = (*RELATED, "zero price") if chosen.guard in RELATED else RELATED  # no zero is alone any more
    schedules = {f"{chosen.provider}/{chosen.key}:pricing.{name}" for name in ("tiers", "windows")}
    others = {hold.name for hold in made.holds if hold != chosen and hold.guard not in freed}
    others -= {hold.name for hold in made.holds if hold.beside}  # prices are one decision
    others -= schedules  # their prices stand beside those of the model, which may just have been let through
    if chosen.guard == "removed share":  # what is added waits with what is gone
        others -= {hold.name for hold in made.holds if hold.change.field == "added"}
    served = {
        name
        for name, fields in changed(after).items()
        if fields.get("base") == f"{chosen.provider}/{chosen.key}"
    }
    others = {
        name for name in others if name.partition(":")[0] not in served
    }  # theirs are those of their base
    assert chosen.name not in now
    if chosen.guard != "key collision":
        assert others <= now


@given(worlds)
def test_what_is_accepted_by_value_is_what_is_accepted_by_name(world: World) -> None:
    made = planned(world)
    holds = [hold for hold in made.holds if isinstance(hold.change.new, Decimal | int)]
    by_value = tuple(
        Accepted(f"{hold.provider}/{hold.key}", hold.change.field, hold.change.new) for hold in holds
    )

    accepted = planned(world, accepted=by_value)
    named = planned(world, accept=tuple(hold.name for hold in holds))

    assert accepted.changes == named.changes


@given(worlds)
def test_an_answer_that_is_not_complete_neither_marks_nor_removes(world: World) -> None:
    of, given_answers, policy = world
    partial = [
        answer if isinstance(answer, Failure) else msgspec.structs.replace(answer, complete=False)
        for answer in given_answers
    ]

    made = plan(of, *partial, **(policy | {"excluded": False, "accept": ("*",)}))

    for change in made.changes:
        assert change.action != "remove"
        assert not any(field.field in MARK and field.new is not UNSET for field in change.fields)


@given(worlds)
def test_a_removal_has_no_row_that_could_mean_the_model(world: World) -> None:
    of, given_answers, _ = world
    listed = {(a.source, row.id) for a in given_answers if isinstance(a, Listing) for row in a.models}
    for change in planned(world, excluded=False, accept=("*",)).changes:
        if change.action == "remove":
            upstream = of.providers[change.provider].entries[change.key].upstream
            assert not listed & set(upstream.items())
            assert "else" not in upstream


@given(worlds)
def test_no_suspicious_price_is_ever_among_the_changes(world: World) -> None:
    for change in planned(world).changes:
        for field in change.fields:
            if isinstance(field.new, Decimal):
                assert field.new.is_finite()
                assert field.new >= 0
                _assert_near(change.action, field.old, field.new)


def _assert_near(action: str, old: Any, new: Decimal) -> None:
    if isinstance(old, Decimal) and old.is_finite() and old >= 0:
        assert (old == 0) == (new == 0)
        assert new < 10 * old or new == old == 0
        assert old < 10 * new or new == old == 0


@given(worlds)
def test_a_plan_is_the_same_when_it_is_read_back_from_json(world: World) -> None:
    made = planned(world)

    assert Plan.from_json(made.to_json()) == made


@settings(max_examples=25)
@given(catalogs, st.lists(answers, min_size=2, max_size=5), policies)
def test_what_a_person_added_outlives_any_number_of_runs(
    of: Catalog, runs: list[tuple[Listing | Failure, ...]], policy: dict[str, Any]
) -> None:
    persons = {item.name: item for item in of.entries() if item.is_a_persons}
    for run in runs:
        of = applied(of, plan(of, *run, **policy, accept=("*",)))
    after = {item.name: item for item in of.entries()}

    assert persons == {name: after[name] for name in persons}
