"""That a new key goes where a person would have put it."""

from __future__ import annotations

import time
from itertools import takewhile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelsync.catalog.order import beside, in_manner_of, predecessor

ASCENDING = ["claude-3", "gpt-4o", "gpt-4o-mini", "o3"]
DESCENDING = ["o3", "gpt-4o", "gpt-4-1", "gpt-4", "claude-3"]
GROUPED = ["gpt-5", "gpt-5-mini", "gpt-4o", "gpt-4o-mini", "o3", "o1"]
keys = st.lists(st.text("ab-1", min_size=1, max_size=4), unique=True, max_size=8)


def placed(there: list[str], new: list[str]) -> list[str]:
    """The keys as they stand afterwards; what has nothing to go behind goes last."""
    order = list(there)
    at_the_end: dict[str | None, str] = {}
    for key, after in beside(there, new):
        behind = at_the_end.get(after, after)
        order.insert(order.index(behind) + 1 if behind else len(order), key)
        at_the_end[after] = key
    return order


@pytest.mark.parametrize(
    ("there", "new", "expected"),
    [
        ([], ["b", "a"], ["b", "a"]),
        (ASCENDING, ["gpt-4o-audio"], ["claude-3", "gpt-4o", "gpt-4o-audio", "gpt-4o-mini", "o3"]),
        (ASCENDING, ["o4", "gpt-4", "p"], ["claude-3", "gpt-4", "gpt-4o", "gpt-4o-mini", "o3", "o4", "p"]),
        (DESCENDING, ["gpt-5"], ["o3", "gpt-5", "gpt-4o", "gpt-4-1", "gpt-4", "claude-3"]),
        (DESCENDING, ["gpt-4-1-mini"], ["o3", "gpt-4o", "gpt-4-1", "gpt-4-1-mini", "gpt-4", "claude-3"]),
        (DESCENDING, ["davinci", "ada"], [*DESCENDING, "davinci", "ada"]),
        (GROUPED, ["gpt-4o-audio"], ["gpt-5", "gpt-5-mini", "gpt-4o", "gpt-4o-audio", *GROUPED[3:]]),
        (GROUPED, ["gpt-4o-nano"], [*GROUPED[:4], "gpt-4o-nano", "o3", "o1"]),
        (
            GROUPED,
            ["gpt-5-nano", "gpt-5-max"],
            ["gpt-5", "gpt-5-max", "gpt-5-mini", "gpt-5-nano", *GROUPED[2:]],
        ),
        (GROUPED, ["davinci"], [*GROUPED, "davinci"]),
        (["x"], ["a", "b"], ["x", "a", "b"]),
        (["gpt-4o", "o3"], ["babbage"], ["gpt-4o", "o3", "babbage"]),
    ],
)
def test_a_new_key_goes_where_the_files_own_order_has_it(
    there: list[str], new: list[str], expected: list[str]
) -> None:
    assert placed(there, new) == expected


@given(there=keys, new=keys)
def test_no_key_is_lost_moved_or_doubled(there: list[str], new: list[str]) -> None:
    fresh = [key for key in new if key not in there]
    after = placed(there, fresh)
    assert sorted(after) == sorted([*there, *fresh])
    assert [key for key in after if key in there] == there


@given(there=keys, new=keys)
def test_a_sorted_file_stays_sorted_behind_its_first_key(there: list[str], new: list[str]) -> None:
    there = sorted(there)
    fresh = sorted(key for key in new if key not in there and there and key > there[0])
    if len(there) > 1:
        assert placed(there, fresh) == sorted([*there, *fresh])


def test_a_field_goes_behind_the_nearest_that_comes_before_it() -> None:
    order = ["model", "name", "pricing", "features"]
    assert predecessor(["features", "name", "owner"], "pricing", order) == "name"
    assert predecessor(["features"], "model", order) is None
    assert predecessor(["pricing", "model", "owner"], "features", order) == "model"


def test_the_order_of_an_example_is_followed_and_completed() -> None:
    order = ["model", "name", "pricing", "features"]
    assert in_manner_of(["features", "owner", "model"], order) == [
        "features",
        "owner",
        "model",
        "name",
        "pricing",
    ]
    assert in_manner_of([], order) == order


def family_of(one: str, other: str) -> str:
    shared = takewhile(lambda pair: pair[0] == pair[1], zip(one.split("-"), other.split("-"), strict=False))
    return "".join(f"{word}-" for word, _ in shared)


def direction_of(keys: list[str]) -> int:
    return (len(keys) > 1) * ((keys == sorted(keys)) - (keys == sorted(keys, reverse=True)))


def by_the_plain_rule(there: list[str], new: list[str]) -> list[str]:
    """Each new key among all that stand there by then, looked at one by one."""
    order = list(there)
    for key in new:
        family = max((family_of(key, other) for other in order), key=len, default="")
        group = [other for other in order if f"{other}-".startswith(family)] if family else []
        direction = direction_of([other for other in group if other in there])
        following = [other for other in group if (other > key) - (other < key) == direction]
        smaller = [other for other in group if other < key]
        if direction_of(there) == 1:
            order = sorted([*order, key])
        elif not group:
            order.append(key)
        elif direction and following:
            order.insert(order.index(following[0]), key)
        else:
            behind = group[-1] if direction or not smaller else max(smaller)
            order.insert(order.index(behind) + 1, key)
    return order


@given(st.lists(st.text("ab-1+", min_size=1, max_size=6), unique=True, max_size=14), st.integers(0, 14))
def test_new_keys_stand_where_the_plain_rule_puts_them(keys: list[str], count: int) -> None:
    order = by_the_plain_rule(keys[:count], keys[count:])
    behind = [next((key for key in order[i::-1] if key in keys[:count]), None) for i in range(len(order))]
    expected = [(key, after) for key, after in zip(order, behind, strict=True) if key in keys[count:]]
    assert list(beside(keys[:count], keys[count:])) == expected


def test_thousands_of_keys_are_placed_without_looking_at_each_for_each() -> None:
    def seconds(count: int) -> float:
        there = ["m-9x", *(f"m-{number * 7919 % count}-a" for number in range(count))]
        new = [f"m-{number * 7907 % count}-b" for number in range(count)]
        started = time.process_time()
        assert len(list(beside(there, new))) == count
        return time.process_time() - started

    least = {count: min(seconds(count) for _ in range(3)) for count in (4_000, 16_000)}
    assert least[16_000] < 12 * max(least[4_000], 0.01)  # 16 times where each looks at each
