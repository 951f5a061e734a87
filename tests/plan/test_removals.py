"""What is marked or removed, and all that is not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

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
    told,
)
from modelsync.records import (
    Catalog,
    Entry,
    Exclusion,
    MappingRule,
    Owner,
    Pin,
    Plan,
    PrunePolicy,
    Unreadable,
)

GRACE = PrunePolicy(after_days=14)
REST = [f"openai/m{rank}" for rank in range(9)]


def following(count: int = 9, provider: str = "openai") -> list[Entry]:
    return [entry(f"{provider}/m{rank}", f"{provider}/m{rank}") for rank in range(count)]


def with_old(upstream: Any = "openai/old", /, **stated: Any) -> Catalog:
    """Nine models that are listed, and one that is not."""
    return catalog(*following(), entry("openai/old", upstream, **stated))


def prune(of: Catalog, *answers: Any, **settings: Any) -> Plan:
    return plan(of, *(answers or (listing(*REST),)), prune=True, **settings)


# ---------------------------------------------------------------------------- without a grace period


@pytest.mark.fault("upstream data", "one model is missing")
def test_a_model_that_is_gone_is_only_reported_until_prune_is_asked_for() -> None:
    made = plan(with_old(), listing(*REST))

    assert not made.changes
    assert told(made, "missing") == {
        "openai/old": "no longer listed upstream; retained until prune removes it"
    }


def test_prune_removes_what_a_complete_list_no_longer_has() -> None:
    assert actions(prune(with_old())) == {"openai/old": "remove"}


@pytest.mark.parametrize(
    "answers",
    [
        (failure(),),
        (listing(*REST, complete=False),),
        (listing(),),
        (),
        (listing(*REST, skipped=("openai/old",)),),
        (listing("gpt-5", source=NATIVE),),
    ],
)
@pytest.mark.parametrize("days", [0, 14])
def test_no_other_answer_says_that_a_model_is_gone(answers: tuple[Any, ...], days: int) -> None:
    made = plan(
        with_old(),
        *answers,
        prune=True,
        immediately=True,
        unfollowed=True,
        prune_policy=PrunePolicy(after_days=days),
    )

    assert "openai/old" not in actions(made)
    assert not made.holds


@pytest.mark.fault("YAML files", "a slip in `upstream`")
@pytest.mark.parametrize("days", [0, 14])
@pytest.mark.parametrize("slip", ["openai/m-1", "opnai/m1", {ROUTER: "openai/old", NATIVE: "m-1"}])
def test_an_id_that_was_never_listed_is_a_slip_and_no_removal(slip: Any, days: int) -> None:
    of = catalog(*following(), entry("openai/chat", slip, model="old"))
    both = (listing(*REST), listing("m1", source=NATIVE))
    made = prune(of, *both, immediately=True, prune_policy=PrunePolicy(days))

    assert "openai/chat" not in actions(made)
    assert "as far as is known" in told(made, "missing")["openai/chat"]


def test_what_a_run_once_wrote_of_a_listed_id_is_gone_whatever_the_entry_is_called() -> None:
    of = catalog(*following(), entry("openai/chat", "openai/old"))
    wrote = {("openai/chat", ROUTER)}
    made = prune(of, once_wrote=lambda entry, source: (entry.name, source) in wrote)

    assert actions(made) == {"openai/chat": "remove"}


@pytest.mark.parametrize("listed", ["openai/OLD.1", "OpenAI/old-1", "openai/old_1"])
def test_an_id_in_another_spelling_is_not_gone(listed: str) -> None:
    of = catalog(*following(), entry("openai/old", "openai/old-1"))
    rules = (MappingRule("^openai/", "openai", add="none"),)
    assert "openai/old" not in actions(prune(of, listing(*REST, listed), mapping=rules))


@pytest.mark.parametrize(
    "row", ["~openai/old", "openai/old:free", "openai/old", "openai/OLD", "azure/old", "openai/x"]
)
def test_what_is_listed_is_not_gone_even_where_no_row_may_speak_of_it(row: str) -> None:
    """A variant, an alias, a collision, another provider's, an excluded one."""
    followed = entry("openai/old", "openai/old" if row == "openai/OLD" else row)
    of = catalog(*following(), followed)

    made = prune(of, listing(*REST, row), exclude={"openai": (Exclusion("x"),)}, create_providers=False)

    assert "openai/old" not in actions(made)


@pytest.mark.parametrize(
    "stays",
    [
        {"priority": 100},
        {"pins": ("",)},
        {"pins": ("pricing.input",)},
        {"features": ("chat", "embeddings")},
    ],
)
@pytest.mark.parametrize("days", [0, 14])
def test_what_people_keep_is_neither_removed_nor_marked_but_reported(
    stays: dict[str, Any], days: int
) -> None:
    settings = {"immediately": True, "prune_policy": PrunePolicy(after_days=days)}

    made = prune(with_old(**stays), **settings)

    assert not made.changes
    assert "stays" in told(made, "missing")["openai/old"]


@pytest.mark.parametrize("settings", [{}, {"immediately": True}, {"prune_policy": GRACE}])
def test_a_model_of_ones_own_machine_stays_though_the_hosted_one_that_it_follows_is_gone(
    settings: dict[str, Any],
) -> None:
    own = [entry(f"ollama/m{rank}", f"openai/m{rank}") for rank in range(9)]
    of = catalog(*own, entry("ollama/old", "openai/old"), local=("ollama",))

    made = prune(of, **settings)

    assert not made.changes
    assert not made.holds
    assert "stays" in told(made, "missing")["ollama/old"]


def test_a_model_of_ones_own_machine_is_not_removed_by_an_exclusion() -> None:
    of = catalog(*following(), entry("ollama/old"), local=("ollama",))
    assert not prune(of, excluded=True, exclude={"ollama": (Exclusion("old"),)}).changes


def test_a_pin_that_ended_keeps_nothing() -> None:
    over = Pin("", TODAY - timedelta(days=1))

    assert actions(prune(with_old(pins=(over,)))) == {"openai/old": "remove"}


def test_a_model_is_gone_only_when_every_source_that_it_follows_has_dropped_it() -> None:
    both = entry("openai/old", {ROUTER: "openai/old", NATIVE: "old"})
    of = catalog(*following(), both, entry("openai/n", {NATIVE: "n"}))

    for other in (
        failure(NATIVE),
        listing("old", source=NATIVE),
        listing("x", source=NATIVE, complete=False),
    ):
        assert "openai/old" not in actions(prune(of, listing(*REST), other))
    assert "openai/old" not in actions(prune(of, listing(*REST)))
    assert actions(prune(of, listing(*REST), listing("n", source=NATIVE))) == {"openai/old": "remove"}


def test_a_model_that_another_source_lists_is_not_gone() -> None:
    made = prune(with_old(), listing(*REST), listing("old", source=NATIVE))

    assert changed(made)["openai/old"] == {"upstream.openai": "old"}


# ---------------------------------------------------------------------------- with a grace period


def test_any_sync_marks_what_is_gone_and_prune_does_not_yet_remove_it() -> None:
    mark = {"availability": "unavailable", "unavailable_since": TODAY.isoformat()}

    for asked in (
        plan(with_old(), listing(*REST), prune_policy=GRACE),
        prune(with_old(), prune_policy=GRACE),
    ):
        assert changed(asked) == {"openai/old": mark}


@pytest.mark.parametrize(("age", "removed"), [(0, False), (13, False), (14, True), (40, True), (-3, False)])
def test_prune_removes_a_marked_model_once_its_days_are_over(age: int, *, removed: bool) -> None:
    since = (TODAY - timedelta(days=age)).isoformat()
    of = with_old(availability="unavailable", unavailable_since=since)

    made = prune(of, prune_policy=GRACE)

    assert actions(made) == ({"openai/old": "remove"} if removed else {})
    if not removed:
        assert f"waiting: since {since}" in told(made, "missing")["openai/old"]
    assert not plan(of, listing(*REST), prune_policy=GRACE).changes


def test_immediately_does_not_wait() -> None:
    assert actions(prune(with_old(), prune_policy=GRACE, immediately=True)) == {"openai/old": "remove"}


def test_the_days_run_from_the_first_mark_to_the_removal_or_the_return() -> None:
    of, seen = with_old(), []
    for day, rows in enumerate([REST, REST, [*REST, "openai/old"], REST, *[REST] * 14]):
        made = prune(of, listing(*rows), prune_policy=GRACE, today=TODAY + timedelta(days=day))
        seen += [(day, action) for action in actions(made).values()]
        of = applied(of, made)

    assert seen == [(0, "update"), (2, "update"), (3, "update"), (17, "remove")]


def test_a_mark_that_is_proposed_already_keeps_its_date() -> None:
    proposed = with_old(availability="unavailable", unavailable_since="2026-08-15")

    made = plan(with_old(), listing(*REST), prune_policy=GRACE, proposed=proposed)

    assert changed(made)["openai/old"]["unavailable_since"] == "2026-08-15"


@pytest.mark.parametrize(
    "settings",
    [{"fields": frozenset({"pricing"})}, {"owners": {"unavailable_since": Owner.HUMAN}}],
)
def test_without_leave_to_mark_nothing_is_marked_and_nothing_is_removed_unasked(settings: Any) -> None:
    made = prune(with_old(), prune_policy=GRACE, **settings)

    assert not made.changes
    assert "sync may not write unavailable_since" in told(made, "missing")["openai/old"]
    assert actions(prune(with_old(), prune_policy=GRACE, immediately=True, **settings))


@pytest.mark.parametrize("since", ["2026-08", "soon", Unreadable("[]")])
def test_a_mark_that_is_no_day_is_left_alone(since: Any) -> None:
    made = prune(with_old(unavailable_since=since), prune_policy=GRACE)

    assert not made.changes
    assert "no day" in told(made, "missing")["openai/old"]


def test_what_a_person_said_of_the_availability_is_kept_where_it_says_the_same() -> None:
    of = with_old(availability="unavailable", unavailable_since=None)

    assert changed(plan(of, listing(*REST), prune_policy=GRACE)) == {
        "openai/old": {"unavailable_since": TODAY.isoformat()}
    }


# ---------------------------------------------------------------------------- too many at once


@pytest.mark.fault("upstream data", "a list that lost many models at once")
@pytest.mark.parametrize("days", [0, 14])
def test_a_list_that_lost_half_of_its_models_removes_and_marks_nothing(days: int) -> None:
    made = prune(catalog(*following(10)), listing(*REST[:5]), prune_policy=PrunePolicy(after_days=days))

    assert not made.changes
    assert held(made) == {f"openai/m{rank}:removed": "removed share" for rank in range(5, 10)}


def test_a_list_that_lost_a_few_models_of_every_provider_removes_nothing() -> None:
    """No provider lost three, and yet half of the list is gone."""
    names = ["anthropic", "google", "openai", "qwen"]
    of = catalog(*(item for name in names for item in following(4, name)))

    made = prune(of, listing(*(f"{name}/m{rank}" for name in names for rank in range(2))))

    assert not made.changes
    assert len(made.holds) == 8


def test_the_last_of_a_providers_models_is_not_removed_unseen() -> None:
    of = catalog(*following(), entry("google/only", "google/only"))

    assert held(prune(of)) == {"google/only:removed": "removed share"}


def test_each_source_is_counted_by_itself() -> None:
    """Few of the provider are gone, and few of the source, but most of the one at the other."""
    small = [entry(f"openai/n{rank}", {NATIVE: f"n{rank}"}) for rank in range(6)]
    elsewhere = [entry(f"google/g{rank}", {NATIVE: f"g{rank}"}) for rank in range(30)]

    made = prune(
        catalog(*following(40), *small, *elsewhere),
        listing(*(f"openai/m{rank}" for rank in range(40))),
        listing("n4", "n5", *(f"g{rank}" for rank in range(30)), source=NATIVE),
        mapping=(),
        exclude={"openai": (Exclusion("g*"),)},
    )

    assert set(held(made)) == {f"openai/n{rank}:removed" for rank in range(4)}


def test_what_people_keep_counts_among_the_missing() -> None:
    kept = [entry(f"openai/k{rank}", f"openai/k{rank}", pins=("",)) for rank in range(5)]

    assert held(prune(catalog(*following(), *kept, entry("openai/old", "openai/old")))) == {
        "openai/old:removed": "removed share"
    }


def test_only_what_is_newly_missing_counts() -> None:
    since = (TODAY - timedelta(days=20)).isoformat()
    marked = [
        entry(f"openai/o{rank}", f"openai/o{rank}", availability="unavailable", unavailable_since=since)
        for rank in range(5)
    ]

    made = prune(catalog(*following(), *marked, entry("openai/old", "openai/old")), prune_policy=GRACE)

    assert actions(made) == {f"openai/o{rank}": "remove" for rank in range(5)} | {"openai/old": "update"}


def test_what_a_list_that_lost_too_many_models_adds_waits_with_what_it_lost() -> None:
    """All ids were renamed: the new ones must not outvote the old ones in the run after."""
    of, renamed = catalog(*following(10)), listing(*(f"openai/new-{rank}" for rank in range(60)))

    made = prune(of, renamed)
    accepted = prune(of, renamed, accept=("openai/*:removed",))

    assert not made.changes
    assert len(made.holds) == 70
    assert (accepted.count("add"), accepted.count("remove")) == (60, 10)
    assert plan(of, renamed).count("add") == 60
    assert actions(prune(of, renamed, accept=("openai/new-7:added",))) == {"openai/new-7": "add"}


def test_a_list_that_lost_too_many_models_of_one_provider_adds_those_of_another() -> None:
    of = catalog(*following(10), *following(40, "google"))
    rest = [f"google/m{rank}" for rank in range(40)]

    made = prune(of, listing(*REST[:5], "openai/new", "google/new", *rest))

    assert actions(made) == {"google/new": "add"}


def test_what_was_looked_at_long_ago_is_not_held_with_what_is_new() -> None:
    since = (TODAY - timedelta(days=20)).isoformat()
    marked = entry("openai/old", "openai/old", availability="unavailable", unavailable_since=since)

    made = prune(catalog(*following(10), marked), listing(*REST[:5]), prune_policy=GRACE)

    assert actions(made) == {"openai/old": "remove"}
    assert len(made.holds) == 5


def test_a_held_removal_is_released_by_its_name_alone() -> None:
    of, rows = catalog(*following(10)), listing(*REST[:5])

    one = prune(of, rows, accept=("openai/m7:removed",))
    every = prune(of, rows, accept=("openai/*:removed",))

    assert actions(one) == {"openai/m7": "remove"}
    assert len(one.holds) == 4
    assert len(every.changes) == 5


def test_a_held_mark_is_released_by_the_name_of_the_removal() -> None:
    made = plan(
        catalog(*following(10)), listing(*REST[:5]), prune_policy=GRACE, accept=("openai/m7:removed",)
    )

    assert actions(made) == {"openai/m7": "update"}


# ---------------------------------------------------------------------------- excluded and unfollowed


def test_an_excluded_model_is_removed_only_by_prune_excluded() -> None:
    rules = {"openai": (Exclusion("m0", "superseded"),)}
    of, rows = catalog(*following()), listing(*REST)

    assert not plan(of, rows, exclude=rules, excluded=True).changes
    assert not prune(of, rows, exclude=rules).changes
    assert told(prune(of, rows, exclude=rules), "excluded") == {
        "openai/m0": "excluded by m0: superseded; still in the catalog"
    }
    assert actions(prune(of, rows, exclude=rules, excluded=True)) == {"openai/m0": "remove"}


def test_an_excluded_model_that_is_gone_is_still_removed_by_prune_excluded_only() -> None:
    rules = {"openai": (Exclusion("old"),)}

    assert not prune(with_old(), exclude=rules).changes
    assert actions(prune(with_old(), exclude=rules, excluded=True)) == {"openai/old": "remove"}


@pytest.mark.parametrize("stays", [{"priority": 100}, {"pins": ("",)}, {"features": ("embeddings",)}])
def test_prune_excluded_keeps_what_people_keep(stays: dict[str, Any]) -> None:
    rules = {"openai": (Exclusion("old"),)}

    assert not prune(with_old(**stays), exclude=rules, excluded=True).changes


def test_an_entry_that_sync_never_followed_is_removed_only_by_prune_unfollowed() -> None:
    of = with_old("")

    assert not prune(of).changes
    assert not plan(of, listing(*REST), unfollowed=True).changes
    assert actions(prune(of, unfollowed=True)) == {"openai/old": "remove"}


@pytest.mark.parametrize(
    "named", ["openai/OLD", "azure/old", "openai/native-old", "~openai/old", "old", "openai/old:free"]
)
def test_prune_unfollowed_keeps_what_some_list_may_mean(named: str) -> None:
    of = with_old("", model="native-old" if "native" in named else "old:free" if "free" in named else "old")

    assert actions(prune(of, listing(*REST, named), unfollowed=True)).get("openai/old") != "remove"


@pytest.mark.parametrize("listed", [True, False])
def test_an_entry_with_the_model_of_one_that_is_listed_is_not_gone(*, listed: bool) -> None:
    followed = entry("openai/fast", "openai/gpt-fast-1", model="gpt-fast-1-2026-01-01")
    twin = entry("openai/for-batches", "", model="gpt-fast-1-2026-01-01")
    of = catalog(*following(), followed, twin)
    rows = [*REST, *(["openai/gpt-fast-1"] if listed else [])]

    made = plan(of, listing(*rows))

    reasons = {one.name: one.reason for one in made.not_compared}
    assert "its model is that of openai/fast" in reasons["openai/for-batches"]
    assert ("openai/for-batches" in told(made, "missing")) is not listed
    gone = {
        name
        for name, action in actions(prune(of, listing(*rows), unfollowed=True)).items()
        if action == "remove"
    }
    assert gone == (set() if listed else {"openai/for-batches"})


def test_an_entry_that_stays_beside_one_of_its_model_is_named_from_the_first_run_on() -> None:
    of = catalog(entry("openai/a", "", model="a"), entry("openai/a-batch", "", model="a"))
    made = plan(of, listing("openai/a"))

    assert actions(made) == {"openai/a": "update"}
    assert "its model is that of openai/a" in told(made, "same model")["openai/a-batch"]
    assert told(plan(applied(of, made), listing("openai/a")), "same model").keys() == {"openai/a-batch"}
    by_case = catalog(entry("openai/a", "", model="a"), entry("openai/A", "", model="A"))
    assert told(plan(by_case, listing("openai/a")), "same model").keys() == {"openai/A"}
    pinned = catalog(entry("openai/a", model="a"), entry("openai/a-batch", "", model="a", pins=(Pin(),)))
    assert told(plan(pinned, listing("openai/a")), "same model") == {}


def test_entries_of_one_model_that_no_key_tells_apart_are_held_and_named() -> None:
    of = catalog(entry("openai/fast", "", model="a"), entry("openai/cheap", "", model="a"))
    made = plan(of, listing("openai/a"))

    assert "cheap, fast" in made.holds[0].reason
    assert {one.reason.partition(";")[0] for one in made.not_compared} == {
        "nothing follows it: openai/cheap has its model too",
        "nothing follows it: openai/fast has its model too",
    }


def test_prune_unfollowed_keeps_the_models_of_a_provider_that_no_source_speaks_of() -> None:
    of = catalog(*following(), *(entry(f"in-house/own-{rank}") for rank in range(9)))

    made = prune(of, unfollowed=True)

    assert not made.changes
    assert not made.holds


@pytest.mark.parametrize("other", [failure(NATIVE), listing("x", source=NATIVE, complete=False)])
def test_prune_unfollowed_needs_a_complete_answer_of_every_source(other: Any) -> None:
    assert not prune(with_old(""), listing(*REST), other, unfollowed=True).count("remove")


def test_prune_unfollowed_is_guarded_too() -> None:
    of = catalog(*following(), *(entry(f"openai/by-hand-{rank}") for rank in range(5)))

    assert len(prune(of, unfollowed=True).holds) == 5


def test_a_row_of_a_model_that_is_only_named_differently_keeps_it() -> None:
    of = catalog(*following(), entry("openai/mine", "openai/old"))

    made = prune(of, listing(*REST, model("openai/mine", context_length=9)))

    assert not made.changes
    assert set(held(made)) == {"openai/openai/mine:added"}


def test_a_model_that_came_back_counts_among_those_that_are_there() -> None:
    """Or its return would release, in the run after, what is held in this one."""
    back = entry("openai/m0", "openai/m0", availability="unavailable", unavailable_since="2026-08-01")
    of, rows = catalog(back, entry("openai/old", "openai/old")), listing("openai/m0")

    made = plan(of, rows, prune_policy=GRACE)

    assert set(changed(made)["openai/old"]) == {"availability", "unavailable_since"}
    assert not plan(applied(of, made), rows, prune_policy=GRACE).changes


@pytest.mark.parametrize(("days", "done"), [(0, "remove"), (14, "update")])
def test_removals_only_touches_nothing_but_what_is_gone(days: int, done: str) -> None:
    rows = listing(model("openai/m0", context_length=9), "openai/new", *REST[1:])
    policy = PrunePolicy(after_days=days)

    made = prune(with_old(), rows, removals_only=True, prune_policy=policy)

    assert actions(made) == {"openai/old": done}
    assert not made.holds


def test_removals_only_keeps_what_another_source_lists() -> None:
    assert not prune(with_old(), listing(*REST), listing("old", source=NATIVE), removals_only=True).changes


def test_what_is_there_is_kept_up_to_date_by_a_list_that_lost_too_many_models() -> None:
    rows = listing(model("openai/m0", context_length=9), *REST[1:5])

    assert changed(prune(catalog(*following(10)), rows)) == {"openai/m0": {"context_length": 9}}


def test_entries_that_a_run_begins_to_follow_count_in_it_as_in_the_next() -> None:
    unfollowed = [entry(f"openai/u{rank}") for rank in range(20)]
    of, rows = catalog(*following(10), *unfollowed), listing(*REST[:7], *(f"openai/u{r}" for r in range(20)))

    made = prune(of, rows)

    assert not prune(applied(of, made), rows).changes


def test_an_entry_whose_key_a_listed_model_would_have_is_not_gone() -> None:
    """Removed in one run, it would be added anew by the next."""
    named_otherwise = entry("openai/old", "openai/other", model="another")
    made = prune(catalog(*following(), named_otherwise), listing(*REST, "openai/old"))
    assert "openai/old" not in actions(made)
