"""What was told, and what is still owed to which channel: a small value that runs hand on. Pure.

An event is in the outbox before it is sent and leaves it when a channel took it: one that is sent by a run
which is killed before that is noted is sent again, and none is lost.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import suppress
from datetime import date, timedelta

import msgspec

from modelsync.notify.events import Observed
from modelsync.records import Event

_FRESH = timedelta(days=30)  # how long a note is not dated anew: it changes seldom
_FORGOTTEN = timedelta(days=120)  # after which an event that no run meets is another one
_MOST = 500  # events that wait for one channel; the oldest give way
_KEPT = 300  # of what was told, in a state that a forge keeps; the newest
TOLD = "told "  # how our names in such a state begin


class Noted(msgspec.Struct, frozen=True, array_like=True):
    """Which event was told of one thing last, and when a run met it, to a month."""

    event: str  # its id
    day: date


class Outbox(msgspec.Struct, frozen=True):
    """What was noted, by `Event.about`, and what each channel has not taken yet."""

    noted: dict[str, Noted] = {}
    owed: dict[str, tuple[Event, ...]] = {}

    def with_news(self, seen: Observed, channels: Collection[str], today: date) -> Outbox:
        """The outbox with what is news to it owed to each of the channels, and to no other."""
        first = today - _FORGOTTEN
        noted = {key: note for key, note in self.noted.items() if key not in seen.over and note.day >= first}
        news = [event for event in seen.events if not _is_told(event, noted)]
        for event in seen.events:
            if not _is_told(event, noted) or today - noted[event.about].day > _FRESH:
                noted[event.about] = Noted(event.id, today)
        owed = {name: (*self.owed.get(name, ()), *news)[-_MOST:] for name in channels}
        return Outbox(noted, {name: events for name, events in owed.items() if events})

    def taken(self, channel: str) -> Outbox:
        """The outbox once the channel took what it was owed."""
        return Outbox(self.noted, {name: events for name, events in self.owed.items() if name != channel})

    def as_state(self) -> dict[str, str]:
        """What every channel took, as names and values that are few enough for a text on a forge.

        What is owed is not told in it: another machine comes upon that itself, and sends nobody's words.
        """
        owed = {event.about for events in self.owed.values() for event in events}
        taken = [(about, note) for about, note in self.noted.items() if about not in owed]
        newest = sorted(taken, key=lambda item: item[1].day)[-_KEPT:]
        return {f"{TOLD}{about}": f"{note.day} {note.event}" for about, note in newest}


def from_state(state: Mapping[str, str]) -> Outbox:
    """What `as_state` gave; what of it cannot be read is left out."""
    noted: dict[str, Noted] = {}
    for name, text in state.items():
        day, _, event = text.partition(" ")
        with suppress(ValueError):
            if name.startswith(TOLD):
                noted[name.removeprefix(TOLD)] = Noted(event, date.fromisoformat(day))
    return Outbox(noted)


def _is_told(event: Event, noted: Mapping[str, Noted]) -> bool:
    return event.about in noted and noted[event.about].event == event.id
