"""What of a run is news: of which kind, of what, and as which event."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from msgspec import UNSET
from msgspec.structs import replace

from building import STARTED, catalog, entry
from modelsync.notify.events import Observed, observed
from modelsync.records import (
    ADDED,
    REMOVED,
    Asked,
    Catalog,
    Change,
    Event,
    EventKind,
    Failure,
    FieldChange,
    Guard,
    Hold,
    Notice,
    NotifyPolicy,
    Pin,
    Plan,
    Report,
    Success,
    Topic,
)

EMPTY, EVERYTHING = catalog(), NotifyPolicy()


def seen(*, of: Catalog = EMPTY, last=None, policy: NotifyPolicy = EVERYTHING, **planned) -> Observed:
    return observed(Report(Plan(STARTED, (), {}, **planned)), of, policy, last or {})


def told(**given) -> list[tuple[str, str, str]]:
    return [(event.kind.value, event.subject, event.text) for event in seen(**given).events]


def price(old: object, new: object, field: str = "pricing.input") -> FieldChange:
    sides = (Decimal(side) if isinstance(side, str) else side for side in (old, new))
    return FieldChange(field, *sides)


def move(*fields: FieldChange, key: str = "o3") -> Change:
    return Change("update", "openai", key, fields)


def added(*fields: FieldChange, provider: str = "openai") -> Change:
    return Change("add", provider, "o9", (FieldChange("model", new="o9"), *fields))


def test_a_new_model_is_told_with_its_prices():
    change = added(price(UNSET, "2"), price(UNSET, "8", "pricing.output"))
    assert told(changes=(change,)) == [("new_model", "openai/o9", "pricing.input 2, pricing.output 8")]


def test_a_new_model_that_is_not_added_is_told_too():
    notices = (Notice(Topic.NEW, "openai/o9", ""), Notice(Topic.NOT_ADDED, "openai/o8", ""))
    assert told(notices=notices) == [("new_model", "openai/o9", "listed, and not added")]


def test_a_new_model_without_a_price_is_told_unless_it_is_a_local_one():
    kinds = [event.kind for event in seen(changes=(added(),)).events]
    assert kinds == ["new_model", "unpriced_model"]
    local = seen(changes=(added(provider="ollama"),), of=catalog(empty=("ollama",), local=("ollama",)))
    assert [event.kind for event in local.events] == ["new_model"]


@pytest.mark.parametrize(
    ("old", "new", "is_told"),
    [("10", "11", False), ("10", "11.01", True), ("0", "0.1", True), ("10", "9", False), (UNSET, "9", False)],
)
def test_a_price_is_told_that_rises_by_more_than_the_threshold(old, new, is_told):
    assert bool(told(changes=(move(price(old, new)),))) is is_told


def test_a_price_is_told_in_the_unit_of_the_catalog():
    planned = {"changes": (move(price("2", "3")),), "pricing_unit": "per_1k_tokens"}
    text = "0.002 → 0.003 USD per 1K tokens (+50.0 %)"
    assert told(**planned) == [("price_up", "openai/o3:pricing.input", text)]
    call = move(price("0.01", "0.02", "pricing.web_search"))
    assert told(changes=(call,))[0][2] == "0.01 → 0.02 USD per call (+100.0 %)"


def test_any_rise_is_told_where_the_threshold_is_zero():
    anything = NotifyPolicy(price_up="0%")
    assert told(changes=(move(price("10", "10.01")),), policy=anything)
    assert not told(changes=(move(price("10", "10")),), policy=anything)


def test_a_limit_that_grows_is_no_price():
    assert told(changes=(move(FieldChange("context_length", 1000, 9000)),)) == []


def test_what_is_held_is_told_with_its_guard_and_what_only_goes_with_it_is_not():
    hold = Hold("openai", "o3", price("2", "40"), Guard.PRICE_RATIO, "20 times more")
    beside = replace(hold, change=price("8", "9", "pricing.output"), beside="pricing.input")
    text = "2 → 40 USD per 1M tokens (+1,900.0 %): price ratio, 20 times more"
    assert told(holds=(hold, beside)) == [("held", "openai/o3:pricing.input", text)]


@pytest.mark.parametrize(("field", "text"), [(ADDED, "not added"), (REMOVED, "not removed")])
def test_a_model_that_is_held_as_a_whole_is_told_as_that(field, text):
    hold = Hold("openai", "o3", FieldChange(field), Guard.REMOVED_SHARE, "many")
    assert told(holds=(hold,)) == [("held", f"openai/o3:{field}", f"{text}: removed share, many")]


def test_what_was_declined_is_told_apart():
    hold = Hold("openai", "o3", price("2", "3"), Guard.DECLINED, "declined in #12")
    text = "2 → 3 USD per 1M tokens (+50.0 %): declined in #12"
    assert told(holds=(hold,)) == [("declined", "openai/o3:pricing.input", text)]


def test_a_source_that_fails_is_told_with_its_last_success():
    failures = (Failure("groq", "it answered HTTP 500", kind="connection"), Failure("xai", "no key"))
    assert told(failures=failures, last={"groq": Success(STARTED)}) == [
        ("source_failing", "groq", "it answered HTTP 500 (connection); last success 2026-08-22"),
        ("source_failing", "xai", "no key (data); no success is known"),
    ]


def test_a_source_that_answers_is_failing_no_more():
    asked = (Asked("groq", "ok"), Asked("xai", "failed"), Asked("mistral", "passed over"))
    assert seen(asked=asked).over == {"source_failing:groq"}


@pytest.mark.parametrize(
    ("end", "is_told"),
    [
        ("2026-08-21", False),
        ("2026-08-22", True),
        ("2026-09-21", True),
        ("2026-09-22", False),
        ("2026-09", False),
        ("soon-ishly", False),
    ],
)
def test_a_model_that_ends_within_the_days_is_told(end, is_told):
    expected = [("model_ends", "openai/o3", f"ends on {end}")] if is_told else []
    assert told(of=catalog(entry("openai/o3", expires=end))) == expected
    begins = move(FieldChange("expires", UNSET, end))
    assert told(of=catalog(entry("openai/o3")), changes=(begins,)) == expected


def test_a_model_that_goes_or_stays_is_not_about_to_end():
    ending = catalog(entry("openai/o3", expires="2026-08-30"))
    assert told(of=ending, changes=(Change("remove", "openai", "o3"),)) == []
    assert told(of=ending, changes=(move(FieldChange("expires", "2026-08-30", UNSET)),)) == []


def test_a_pin_that_ends_within_the_days_is_told():
    pins = (
        Pin("pricing.input", date(2026, 9, 5), "negotiated"),
        Pin("", date(2026, 8, 22)),
        Pin("pricing.output", date(2026, 9, 6)),
        Pin("name"),
        Pin("context_length", date(2026, 8, 21)),
    )
    assert told(of=catalog(entry("openai/o3", pins=pins))) == [
        ("pin_ends", "openai/o3:pricing.input", "the pin ends on 2026-09-05: negotiated"),
        ("pin_ends", "openai/o3", "the pin ends on 2026-08-22"),
    ]


def test_only_the_kinds_that_are_chosen_are_told():
    planned = {"changes": (added(), move(price("2", "3")))}
    chosen = NotifyPolicy(events=(EventKind.PRICE_UP,))
    assert [kind for kind, _, _ in told(**planned, policy=chosen)] == ["price_up"]
    assert told(**planned, policy=NotifyPolicy(events=())) == []


def test_one_thing_is_one_event():
    """Several rows that want one place are held by one name: the same one is told on each day."""
    holds = tuple(
        Hold("openai", "o3", FieldChange(ADDED, new=new), Guard.KEY_COLLISION, new) for new in ("a", "b")
    )
    assert [event.value for event in seen(holds=holds).events] == ["a"]


def test_an_event_is_known_by_its_kind_its_subject_and_its_value():
    first = seen(changes=(move(price("2", "3")),)).events[0]
    later = seen(changes=(move(price("2.5", "3")),)).events[0]
    other = seen(changes=(move(price("2", "4")),)).events[0]
    assert (later.id == first.id, other.id == first.id) == (True, False)
    assert first.id == Event(EventKind.PRICE_UP, "openai/o3:pricing.input", value="3").id
    assert len({first.id, Event(EventKind.HELD, "openai/o3:pricing.input", value="3").id}) == 2


def test_a_price_that_moves_and_is_not_told_ends_what_was_told_of_it():
    assert seen(changes=(move(price("3", "2")),)).over == {"price_up:openai/o3:pricing.input"}
    assert seen(changes=(move(price("2", "3")),)).over == frozenset()
