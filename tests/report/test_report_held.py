"""What is printed to release a hold releases it."""

from __future__ import annotations

from modelsync.records import ADDED, FieldChange, Guard, Hold
from modelsync.report.held import held


def _holds(guard: Guard) -> list[Hold]:
    return [Hold("z", f"v/m{at}", FieldChange(ADDED, new=f"v/m{at}"), guard, "why") for at in range(4)]


def test_rows_that_want_one_place_are_released_each_alone() -> None:
    (group,) = held(_holds(Guard.KEY_COLLISION))
    assert group.accept == tuple(f"--accept 'z/v/m{at}:added'" for at in range(4))


def test_others_of_one_guard_are_released_together() -> None:
    (group,) = held(_holds(Guard.ZERO_SHARE))
    assert group.accept == ("--accept 'z/*:added'",)
