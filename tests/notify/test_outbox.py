"""Each piece of news once, by each channel, and none lost."""

from __future__ import annotations

from datetime import date, timedelta

import msgspec

from modelsync.notify.events import Observed
from modelsync.notify.outbox import Outbox, from_state
from modelsync.records import Event, EventKind

TODAY = date(2026, 8, 22)
UP = Event(EventKind.PRICE_UP, "openai/o3:pricing.input", "2 → 3", "3")
HIGHER = Event(EventKind.PRICE_UP, "openai/o3:pricing.input", "2 → 4", "4")
FAILING = Event(EventKind.SOURCE_FAILING, "groq", "it answered HTTP 500")


def owed(
    outbox: Outbox, *events: Event, over: Event | None = None, days: int = 0, to: str = "mail"
) -> Outbox:
    """The outbox after a run that saw these events, so many days later."""
    seen = Observed(events, frozenset({over.about} if over else ()))
    return outbox.with_news(seen, to.split(), TODAY + timedelta(days))


def told(outbox: Outbox) -> Outbox:
    for channel in outbox.owed:
        outbox = outbox.taken(channel)
    return outbox


def test_an_event_that_was_told_is_not_told_on_the_next_day():
    outbox = owed(Outbox(), UP)
    assert outbox.owed == {"mail": (UP,)}
    assert owed(told(outbox), UP, days=1).owed == {}


def test_a_value_that_changes_again_is_news():
    outbox = told(owed(Outbox(), UP))
    assert owed(outbox, HIGHER, days=1).owed == {"mail": (HIGHER,)}
    assert owed(told(owed(outbox, HIGHER)), UP).owed == {"mail": (UP,)}


def test_a_price_that_fell_and_rises_again_is_news():
    outbox = told(owed(Outbox(), UP))
    assert owed(owed(outbox, over=UP, days=20), UP, days=40).owed == {"mail": (UP,)}


def test_a_source_that_fails_again_after_it_answered_is_news():
    outbox = told(owed(Outbox(), FAILING))
    assert owed(outbox, FAILING, days=9).owed == {}
    assert owed(owed(outbox, over=FAILING), FAILING).owed == {"mail": (FAILING,)}


def test_an_event_that_a_run_does_not_meet_is_told_again_only_after_months():
    outbox = told(owed(Outbox(), UP))
    assert owed(owed(outbox, days=1), UP, days=119).owed == {}
    assert owed(owed(outbox, days=121), UP, days=122).owed == {"mail": (UP,)}


def test_an_event_that_runs_meet_for_years_is_told_once():
    outbox = owed(Outbox(), UP)
    for day in range(0, 800, 7):
        outbox = owed(told(outbox), UP, days=day)
        assert day == 0 or outbox.owed == {}


def test_what_was_told_is_noted_anew_once_a_month_and_not_each_day():
    outbox = told(owed(Outbox(), UP))
    assert owed(outbox, UP, days=30) == outbox
    assert owed(outbox, UP, days=31) != outbox


def test_what_a_channel_did_not_take_stays_owed_though_no_run_meets_it():
    outbox = owed(Outbox(), UP, to="mail hook").taken("hook")
    assert owed(outbox, FAILING, days=1, to="mail hook").owed == {"mail": (UP, FAILING), "hook": (FAILING,)}


def test_a_channel_that_is_new_is_owed_only_what_is_new():
    outbox = owed(told(owed(Outbox(), UP)), UP, FAILING, to="mail hook")
    assert outbox.owed == {"mail": (FAILING,), "hook": (FAILING,)}


def test_a_channel_that_is_gone_is_owed_nothing():
    assert owed(owed(Outbox(), UP, to="mail hook"), to="hook").owed == {"hook": (UP,)}


def test_what_waits_for_one_channel_is_bounded():
    many = [Event(EventKind.NEW_MODEL, f"openai/{number}") for number in range(600)]
    assert owed(Outbox(), *many).owed["mail"] == tuple(many[100:])


def test_it_is_the_same_as_json():
    outbox = owed(owed(Outbox(), UP), FAILING, days=1)
    assert msgspec.json.decode(msgspec.json.encode(outbox), type=Outbox) == outbox


def test_what_was_told_is_the_same_from_the_state_of_a_dashboard():
    outbox = told(owed(Outbox(), UP, FAILING))
    assert from_state(outbox.as_state() | {"failing groq": "2026-08-22 x"}) == outbox


def test_what_is_owed_is_not_told_in_a_state():
    """A machine that starts fresh comes upon it itself; what somebody put in there is sent to nobody."""
    outbox = owed(told(owed(Outbox(), UP)), FAILING, to="mail hook").taken("hook")
    there = from_state(outbox.as_state())
    assert there == Outbox({UP.about: outbox.noted[UP.about]})
    assert owed(there, UP, FAILING).owed == {"mail": (FAILING,)}


def test_what_is_kept_in_a_state_is_bounded():
    many = [Event(EventKind.NEW_MODEL, f"openai/{number}") for number in range(350)]
    state = from_state(told(owed(told(owed(Outbox(), *many[:50])), *many, days=1)).as_state())
    assert (len(state.noted), state.noted.keys() & {event.about for event in many[:50]}) == (300, set())


def test_what_of_a_state_cannot_be_read_is_left_out():
    state = told(owed(Outbox(), UP)).as_state()
    assert from_state(state | {"told a": "yesterday x", "told b": ""}) == from_state(state)
