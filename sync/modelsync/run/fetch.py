"""Asks sources for their lists, several at once. What a source answers is a value, a failure too."""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from queue import SimpleQueue

from modelsync import report
from modelsync.config import addressed, is_development, key_of
from modelsync.disk import files
from modelsync.errors import DiskFault
from modelsync.records import Failure, Listing, Notice, Topic
from modelsync.records.progress import Fetched
from modelsync.run import due
from modelsync.run.preflight import is_synced
from modelsync.run.request import Run

Answer = Listing | Failure


def listings(run: Run, names: Sequence[str]) -> tuple[Answer, ...]:
    """The list of each of these sources, or why there is none, in their order."""
    from modelsync.http import Client
    from modelsync.sources import listing_of

    keys = {name: key_of(run.config.sources[name], name, os.environ) or "" for name in names}
    secrets = [key for key in keys.values() if key]
    cache = None if run.no_cache or keys.keys() <= run.replay.keys() else run.place.at_home.state / "http"
    if cache:
        with suppress(DiskFault):  # a catalog on a read-only disk can be looked at too
            files.own_folder(run.place.at_home.state)
    answers: dict[str, Answer] = {}
    batch = run.config.batch
    with Client(cache=cache, secrets=secrets, delay=float(batch.delay)) as client, report.progress() as say:
        ask = partial(
            listing_of,
            client=client,
            fetched=run.now,
            max_age=run.max_age,
            folder=run.place.catalog,
            development=is_development(),
        )
        sources = {name: addressed(run.config.sources[name], name, os.environ) for name in keys}
        questions = [
            (name, partial(ask, name, sources[name], key=key, replay=run.replay.get(name)))
            for name, key in keys.items()
        ]
        say(f"asking {', '.join(names)}")
        for name, answer in _in_parallel(questions, batch.parallel):
            answers[name] = answer
            run.observe(_fetched(answer))
            if left := [name for name in names if name not in answers]:
                say(f"asking {', '.join(left)}")
    return tuple(answers[name] for name in names)


def _fetched(answer: Answer) -> Fetched:
    if isinstance(answer, Failure):
        return Fetched(answer.source, failure=f"{answer.reason} ({answer.kind})")
    return Fetched(answer.source, len(answer.models))


def _in_parallel(
    tasks: Iterable[tuple[str, Callable[[], Answer]]], workers: int
) -> Iterator[tuple[str, Answer]]:
    """What each task gives, as it is done. What a task raises is raised here, at once.

    The threads are daemons: an executor's would be waited for at the exit, however long upstream hangs.
    """
    pending, done = deque(tasks), SimpleQueue[tuple[str, Answer | BaseException]]()
    count = len(pending)

    def work() -> None:
        with suppress(IndexError):
            while True:
                name, task = pending.popleft()
                try:
                    done.put((name, task()))
                except BaseException as error:
                    pending.clear()  # nobody will want the others
                    done.put((name, error))

    for _ in range(min(workers, count)):
        threading.Thread(target=work, daemon=True, name="modelsync-source").start()
    try:
        for _ in range(count):
            name, result = done.get()
            if isinstance(result, BaseException):
                raise result
            yield name, result
    finally:
        pending.clear()


def remember(run: Run, answers: Iterable[Answer]) -> None:
    """Note when each source that was asked gave its list."""
    if synced := [answer.source for answer in answers if is_synced(run, answer)]:
        due.remember(run.place, synced, run.now)


def ages(run: Run, answers: Iterable[Answer]) -> Iterator[Notice]:
    """How old each list is that upstream was not asked for."""
    for answer in answers:
        if isinstance(answer, Listing) and (age := age_of(run, answer)):
            yield Notice(Topic.CACHE, answer.source, f"the list is {age} old; --no-cache asks again")


def age_of(run: Run, listing: Listing) -> str:
    """How old the list is, for a person; empty where it was asked for just now, or never."""
    begun = datetime.now(UTC) - timedelta(seconds=time.monotonic() - run.begun)
    if listing.note or listing.source in run.replay or listing.fetched >= begun:
        return ""
    minutes = round((begun - listing.fetched).total_seconds() / 60)
    return f"{minutes} min" if minutes else "less than a minute"
