"""When a watch runs: by a clock that the test moves."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from modelsync.errors import UsageError
from modelsync.jobs.watch import Schedule, by_cron, every, watch

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


class Over(Exception):
    """The test has seen enough."""


class Day:
    """A clock that only pauses and runs move, and what was done by it."""

    def __init__(
        self, lasting: timedelta = timedelta(), ending: Callable[[int], int] = lambda run: 0
    ) -> None:
        self.now, self.lasting, self.ending = NOON, lasting, ending
        self.runs: list[datetime] = []
        self.lines: list[str] = []
        self.longest = 0.0

    def pause(self, seconds: float) -> None:
        self.longest = max(self.longest, seconds)
        self.now += timedelta(seconds=seconds)

    def run(self) -> int:
        if len(self.runs) == 4:
            raise Over
        self.runs.append(self.now)
        self.now += self.lasting
        return self.ending(len(self.runs))

    def watch(self, schedule: Schedule, jitter: timedelta = timedelta()) -> list[timedelta]:
        """How long after noon each of four runs began."""
        with pytest.raises(Over):
            watch(
                schedule,
                self.run,
                tell=self.lines.append,
                jitter=jitter,
                now=lambda: self.now,
                pause=self.pause,
            )
        return [at - NOON for at in self.runs]


def test_the_first_run_is_at_once_and_the_others_at_whole_periods_after_it() -> None:
    assert Day(lasting=5 * MINUTE).watch(every(6 * HOUR, NOON)) == [0 * HOUR, 6 * HOUR, 12 * HOUR, 18 * HOUR]


def test_a_run_that_took_longer_than_a_period_is_followed_by_one_run_and_not_by_all_that_were_missed() -> (
    None
):
    day = Day(lasting=150 * MINUTE)
    day.ending = lambda run: setattr(day, "lasting", timedelta()) or 0
    assert day.watch(every(HOUR, NOON)) == [0 * HOUR, 150 * MINUTE, 3 * HOUR, 4 * HOUR]


def test_a_line_of_cron_is_read_in_utc() -> None:
    pytest.importorskip("cronsim")
    began = Day().watch(by_cron("30 6,18 * * *"))
    assert began == [timedelta(hours=hours) for hours in (6.5, 18.5, 30.5, 42.5)]


@pytest.mark.parametrize("wrong", ["", "x", "99 * * * *", "0 6 * *", "0 0 31 2 *"])
def test_what_is_no_schedule_of_cron_is_refused_before_anything_runs(wrong: str) -> None:
    pytest.importorskip("cronsim")
    with pytest.raises(UsageError):
        by_cron(wrong)


def test_without_what_reads_cron_it_is_told_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cronsim", None)  # as where it is not installed
    with pytest.raises(UsageError) as told:
        by_cron("0 6 * * *")
    assert "pip install 'modelsync[watch]'" in told.value.advice


def test_a_run_begins_up_to_the_jitter_later_and_never_sooner() -> None:
    late = [
        at - number * HOUR for number, at in enumerate(Day().watch(every(HOUR, NOON), jitter=10 * MINUTE))
    ]
    assert late[0] == timedelta()
    assert all(timedelta() <= one <= 10 * MINUTE for one in late)
    assert len(set(late)) > 2


def test_a_run_that_fails_is_told_and_ends_nothing() -> None:
    day = Day(ending=lambda run: 7 if run == 2 else 0)
    assert len(day.watch(every(HOUR, NOON))) == 4
    assert day.lines == [
        "the next run is at 2026-11-21 13:00:00 UTC",
        "this run ended with exit code 7; the watch goes on",
        "the next run is at 2026-11-21 14:00:00 UTC",
        "the next run is at 2026-11-21 15:00:00 UTC",
        "the next run is at 2026-11-21 16:00:00 UTC",
    ]


def test_a_clock_that_was_set_is_noticed_within_a_minute() -> None:
    day = Day()
    day.watch(every(HOUR, NOON))
    assert day.longest == 60
