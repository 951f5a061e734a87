"""When each source was synced last, and when it is due again. The note is nobody's but this machine's."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from modelsync.config import Place
from modelsync.run.notes import LAST_SYNCED
from modelsync.sources import SourceSettings

_PERIODS = {"daily": timedelta(days=1), "weekly": timedelta(days=7)}
_EARLY = timedelta(minutes=30)  # a job that runs once a day begins a little sooner on every other one


def last_synced(place: Place) -> dict[str, datetime]:
    """When each source's list was last brought into the catalog; nothing where no run has noted it."""
    return LAST_SYNCED.read(place) or {}


def remember(place: Place, sources: Iterable[str], now: datetime) -> None:
    """Note that these sources were synced."""
    LAST_SYNCED.write(place, last_synced(place) | dict.fromkeys(sources, now))


def due_at(source: SourceSettings, last: datetime | None, now: datetime) -> datetime | None:
    """When the source is due: now at the latest if it is; None where only a person asks it."""
    if source.update_frequency == "manual":
        return None
    period = _PERIODS.get(source.update_frequency)
    if period is None or last is None or last > now:  # a clock that went back makes nothing wait
        return now
    return last + period


def is_silent(source: SourceSettings, last: datetime | None, now: datetime, most: timedelta) -> bool:
    """Whether it is due, and its last success is longer ago than it may be, or none is known."""
    return is_due(source, last, now) and (last is None or now - last > most)


def is_due(source: SourceSettings, last: datetime | None, now: datetime) -> bool:
    """Whether it is time, or so nearly that a scheduled job must not miss its day."""
    at = due_at(source, last, now)
    return at is not None and at - _EARLY <= now
