"""Runs by themselves, on a schedule: one after the other, whatever became of the one before.

Each is a process of its own, as a timer of the machine would start it: nothing of one is left in the next.
"""

from __future__ import annotations

import random
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import NoReturn

from modelsync.errors import ModelsyncError, UsageError
from modelsync.jobs import opening
from modelsync.review.base import go_to_base
from modelsync.run.request import Run

Schedule = Callable[[datetime], datetime]  # when it is time again, asked at the end of a run

_LONGEST = 60.0  # seconds of one pause: a clock that was set, or a machine that slept, is noticed


def every(period: timedelta, first: datetime) -> Schedule:
    """At once, and then at each whole period after the first; one that a long run missed is left out."""
    due = first - period

    def following(now: datetime) -> datetime:
        nonlocal due
        due += max(1, (now - due) // period) * period
        return due

    return following


def by_cron(expression: str) -> Schedule:
    """At the times of a line of cron, in UTC. Raises UsageError for one that has none."""
    try:
        from cronsim import CronSim, CronSimError
    except ImportError:
        advice = "Install it: pip install 'modelsync[watch]'; --every needs nothing more."
        raise UsageError("--cron needs cronsim, which is not installed", advice=advice) from None

    def following(now: datetime) -> datetime:
        at: datetime = next(CronSim(expression, now))
        return at

    try:
        following(datetime.now(UTC))
    except CronSimError as error:
        advice = "Five fields, as in '0 6 * * *': minute, hour, day of the month, month, day of the week."
        raise UsageError(f"{expression!r} is no schedule of cron: {error}", advice=advice) from None
    except StopIteration:
        raise UsageError(f"{expression!r} is never: it has no day within fifty years") from None
    return following


def watch(
    schedule: Schedule,
    run: Callable[[], int],
    *,
    tell: Callable[[str], None],
    jitter: timedelta = timedelta(),
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    pause: Callable[[float], None] = time.sleep,
) -> NoReturn:
    """Run at each time of the schedule, up to `jitter` later, for ever; `run` gives an exit code.

    `now` and `pause` are given where time must not be the machine's.
    """
    while True:
        at = schedule(now())
        if at > now():
            at += jitter * random.random()  # noqa: S311
            tell(f"the next run is at {at:%Y-%m-%d %H:%M:%S} UTC")
        while (left := (at - now()).total_seconds()) > 0:
            pause(min(left, _LONGEST))
        if code := run():
            tell(f"this run ended with exit code {code}; the watch goes on")


def one_run(
    asked: Run, command: Sequence[str], environment: Mapping[str, str], take: Callable[[bytes], None] | None
) -> int:
    """Carry out the command at the base, and give its exit code; `take` gets what it prints, if anybody does.

    Raises ModelsyncError. Who is stopped here ends the run first, which rolls back.
    """
    with _at_base(asked):
        process = subprocess.Popen(  # noqa: S603
            command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE if take else None
        )
        try:
            printed, _ = process.communicate()
        except BaseException:
            process.terminate()
            process.wait()
            raise
    if take:
        take(printed)
    return process.returncode


@contextmanager
def _at_base(asked: Run) -> Iterator[None]:
    """HEAD is where reviewers are while a run proposes something to them, and afterwards where it was."""
    with ExitStack() as afterwards:
        with opening.alone(asked) as review:
            repository = review.repository
            afterwards.callback(_go_back, asked, partial(repository.switch, repository.head))
            if asked.publishes:
                go_to_base(repository, asked.config.review)
        yield


def _go_back(asked: Run, switch: Callable[[], None]) -> None:
    try:
        with opening.alone(asked):
            switch()
    except ModelsyncError as error:  # whatever ends the run is not to be hidden by it
        asked.tell(str(error))
