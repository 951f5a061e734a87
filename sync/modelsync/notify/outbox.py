"""What was told, and what is still owed to which channel: a small value that runs hand on. Pure.

An event is in the outbox before it is sent and leaves it when a channel took it: one that is sent by a run
which is killed before that is noted is sent again, and none is lost.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta

import msgspec

from modelsync.notify.events import Observed
from modelsync.records import Event

_FRESH = timedelta(days=30)  # how long a note is not dated anew: it changes seldom
_FORGOTTEN = timedelta(days=120)  # after which an event that no run meets is another one
_MOST = 500  # events that wait for one channel; the oldest give way


class Noted(msgspec.Struct, frozen=True, array_like=True):
    """What was told of one thing, and when a run met it last, more or less."""

    value: str
    day: date


class Outbox(msgspec.Struct, frozen=True):
    """What was noted, by `Event.about`, and what each channel has not taken yet."""

    noted: dict[str, Noted] = {}
    owed: dict[str, tuple[Event, ...]] = {}

    def with_news(self, seen: Observed, channels: Collection[str], today: date) -> Outbox:
        """The outbox with what is news to it owed to each of the channels, and to no other."""
        noted = {
            about: note
            for about, note in self.noted.items()
            if about not in seen.over and today - note.day <= _FORGOTTEN
        }
        news = []
        for event in seen.events:
            note = noted.get(event.about)
            if not note or note.value != event.value:
                news.append(event)
            if not note or note.value != event.value or today - note.day > _FRESH:
                noted[event.about] = Noted(event.value, today)
        owed = {name: (*self.owed.get(name, ()), *news)[-_MOST:] for name in channels}
        return Outbox(noted, {name: events for name, events in owed.items() if events})

    def taken(self, channel: str) -> Outbox:
        """The outbox once the channel took what it was owed."""
        return Outbox(self.noted, {name: events for name, events in self.owed.items() if name != channel})
