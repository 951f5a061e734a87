"""Asks the sources of a run for their lists. What a source answers is a value, a failure too."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import msgspec

from sync import files, report
from sync.config import Place, key_of
from sync.errors import DiskFault, UsageError
from sync.records import Failure, Listing, Notice
from sync.run import Run

_LAST_SYNCED = "last_synced.json"


def listings(run: Run) -> tuple[Listing | Failure, ...]:
    """The list of every source that is asked, or why there is none."""
    from sync.http import Client
    from sync.sources import listing_of

    if not run.asked:
        raise UsageError("no source to ask", advice="Name one, or set `authoritative: true` in sync.yaml.")
    keys = {name: key_of(run.config.sources[name], name, os.environ) or "" for name in run.asked}
    secrets = [key for key in keys.values() if key]
    cache = None if run.no_cache or keys.keys() <= run.replay.keys() else run.place.state / "http"
    if cache:
        with suppress(DiskFault):  # a catalog on a read-only disk can be looked at too
            files.own_folder(run.place.state)
    answers = []
    with Client(cache=cache, secrets=secrets) as client, report.progress() as say:
        for name, key in keys.items():
            say(f"asking {name}")
            answer = listing_of(
                name,
                run.config.sources[name],
                client,
                key=key,
                replay=run.replay.get(name),
                fetched=run.now,
                max_age=None if run.no_cache else run.max_age,
                folder=run.place.catalog,
            )
            answers.append(answer)
    return tuple(answers)


def remember(run: Run, answers: Iterable[Listing | Failure]) -> None:
    """Note when each source that was asked gave its list; the note is nobody's but this machine's."""
    asked = {answer.source for answer in answers if isinstance(answer, Listing)} - run.replay.keys()
    if asked and not (run.removals_only or run.only):
        noted = {name: day.isoformat() for name, day in last_synced(run.place).items()}
        noted |= dict.fromkeys(asked, run.now.isoformat())
        with suppress(DiskFault):  # what the run did stays done
            files.replace(run.place.state / _LAST_SYNCED, msgspec.json.encode(noted))


def last_synced(place: Place) -> dict[str, datetime]:
    """When each source's list was last brought into the catalog; nothing where no run has noted it."""
    try:
        return msgspec.json.decode((place.state / _LAST_SYNCED).read_bytes(), type=dict[str, datetime])
    except (OSError, msgspec.MsgspecError):
        return {}


def ages(run: Run, answers: Iterable[Listing | Failure]) -> Iterator[Notice]:
    """How old each list is that upstream was not asked for."""
    begun = datetime.now(UTC) - timedelta(seconds=time.monotonic() - run.begun)
    for answer in answers:
        if isinstance(answer, Listing) and answer.source not in run.replay and answer.fetched < begun:
            minutes = round((begun - answer.fetched).total_seconds() / 60)
            age = f"{minutes} min" if minutes else "less than a minute"
            yield Notice("cache", answer.source, f"the list is {age} old; --no-cache asks again")
