"""Rows that are sent one by one: a refused row stops no other, who refuses us or is gone is asked no more."""

from __future__ import annotations

from functools import partial

import pytest

from modelsync.errors import FailureKind, SourceFailed
from modelsync.http.transport import Unanswered
from modelsync.records import Row, TargetChange
from modelsync.targets.one_by_one import write_each

ROWS = [
    TargetChange("create", id_, "", "", partial(Row, id_, {})) for id_ in (f"row {one}" for one in range(100))
]


def tried_with(failed: SourceFailed) -> list[str]:
    """The rows that were sent, where each fails so."""
    tried = list[str]()

    def write(row: Row) -> None:
        tried.append(row.id)
        raise failed

    assert len(write_each(ROWS, write, lambda line: None)) == len(ROWS)
    return tried


@pytest.mark.parametrize("kind", ["data", "database", "connection"])
def test_a_row_that_fails_stops_no_other(kind):
    assert len(tried_with(SourceFailed("no", kind=kind))) == len(ROWS)


@pytest.mark.parametrize(
    "failed", [SourceFailed("no", kind="authentication"), Unanswered("gone", arrived=False)]
)
def test_who_refuses_us_or_is_gone_is_asked_no_more(failed):
    assert len(tried_with(failed)) <= 4


def test_who_does_not_answer_in_time_again_and_again_is_asked_no_more():
    assert len(tried_with(Unanswered("silence", kind="timeout"))) <= 4 + 5


def test_a_row_that_is_refused_was_answered():
    def write(row: Row) -> None:
        kind: FailureKind = "timeout" if int(row.id.removeprefix("row ")) % 2 else "data"
        raise SourceFailed("no", kind=kind)

    failures = write_each(ROWS, write, lambda line: None)
    assert not any("not tried" in failed.what for failed in failures.values())


def test_failures_stand_in_the_order_of_the_rows():
    failures = write_each(ROWS, lambda row: _fails(), lambda line: None)
    assert [*failures] == [change.id for change in ROWS]


def _fails() -> None:
    raise SourceFailed("no")
