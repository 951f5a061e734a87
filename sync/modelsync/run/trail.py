"""What the run that has the catalog for itself did last, for who looks on from another process."""

from __future__ import annotations

import os
from contextlib import suppress
from datetime import UTC, datetime

import msgspec

from modelsync.config import Place
from modelsync.disk import transaction
from modelsync.records.progress import Progress

_FILE = "step"  # beside the lock


class Step(msgspec.Struct, frozen=True):
    """What happened last in the run of a process, and when (UTC)."""

    pid: int
    at: datetime
    what: Progress


class AtWork(msgspec.Struct, frozen=True):
    """A run that has the lock: its process, since when (UTC), and what happened in it last."""

    pid: int
    started: datetime
    last: Step | None = None


def leave(place: Place, what: Progress) -> None:
    """Write down what happened, where it is this process that has the lock. A full disk hides it, and ends
    nothing."""
    holder, pid = transaction.noted(place.locked), os.getpid()
    if holder and holder.pid == pid:
        with suppress(OSError):
            step = msgspec.json.encode(Step(pid, datetime.now(UTC), what))
            (place.locked / _FILE).write_bytes(step)


def at_work(place: Place) -> AtWork | None:
    """The run that has the lock; None where none has. What a former one left is nothing of it."""
    holder = transaction.holder_of(place.locked)
    if holder is None:
        return None
    with suppress(OSError, msgspec.MsgspecError):
        step = msgspec.json.decode((place.locked / _FILE).read_bytes(), type=Step)
        if step.pid == holder.pid and step.at >= holder.started:
            return AtWork(holder.pid, holder.started, step)
    return AtWork(holder.pid, holder.started)
