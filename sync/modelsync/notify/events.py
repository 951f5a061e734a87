"""The news of a run: from its report and the catalog that it began with to events. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

import msgspec

from modelsync.plan.expiry import models_ending, pins_ending
from modelsync.records import (
    ADDED,
    REMOVED,
    Catalog,
    Change,
    Event,
    EventKind,
    FieldChange,
    Guard,
    Hold,
    Kind,
    NotifyPolicy,
    Plan,
    Report,
    Success,
    Topic,
    in_unit,
    kind_of,
    text_of,
)
from modelsync.report.text import difference, measure, shown

_PRICES = (Kind.TOKEN_PRICE, Kind.CALL_PRICE)


class Observed(msgspec.Struct, frozen=True):
    """What there is to tell, and what is no longer so that may have been told: by `Event.about`."""

    events: tuple[Event, ...]
    over: frozenset[str] = frozenset()


def observed(
    report: Report, catalog: Catalog, policy: NotifyPolicy, successes: Mapping[str, Success]
) -> Observed:
    """The events of the kinds that `policy` asks for, each of one thing once, and what ended."""
    plan = report.plan
    moves = tuple(_price_moves(plan))
    events = (
        *_new_models(plan, catalog),
        *(_price_event(change, field, plan) for change, field in moves if _rises(field, policy.rise)),
        *(_hold_event(hold, plan) for hold in plan.holds if not hold.beside),
        *_failures(plan, successes),
        *_endings(plan, catalog, policy),
    )
    by_thing = {event.about: event for event in reversed(events) if event.kind in policy.events}
    fell = (_price_event(change, field, plan) for change, field in moves if not _rises(field, policy.rise))
    answered = (asked.source for asked in plan.asked if asked.state == "ok")
    over = (*(event.about for event in fell), *(_failing(source).about for source in answered))
    return Observed(tuple(reversed(by_thing.values())), frozenset(over))


def _new_models(plan: Plan, catalog: Catalog) -> Iterator[Event]:
    local = {name for name, provider in catalog.providers.items() if provider.local}
    for change in plan.changes:
        if change.action == "add":
            prices = [field for field in change.fields if isinstance(field.new, Decimal)]
            text = ", ".join(f"{field.field} {_shown(field, field.new, plan)}" for field in prices)
            yield Event(EventKind.NEW_MODEL, change.name, text)
            if not prices and change.provider not in local:
                yield Event(EventKind.UNPRICED_MODEL, change.name, "added without a price")
    for notice in plan.notices:
        if notice.topic == Topic.NEW:
            yield Event(EventKind.NEW_MODEL, notice.subject, "listed, and not added")


def _price_moves(plan: Plan) -> Iterator[tuple[Change, FieldChange]]:
    for change in plan.changes:
        for field in change.fields:
            is_move = isinstance(field.old, Decimal) and isinstance(field.new, Decimal)
            if change.action == "update" and is_move and kind_of(field.field) in _PRICES:
                yield change, field


def _rises(field: FieldChange, percent: Decimal) -> bool:
    """Whether a price rises by more than so many percent; from zero every rise is one."""
    old, new = Decimal(str(field.old)), Decimal(str(field.new))
    return new > old * (1 + percent / 100)


def _price_event(change: Change, field: FieldChange, plan: Plan) -> Event:
    subject = f"{change.name}:{field.field}"
    return Event(EventKind.PRICE_UP, subject, _move(field, plan), text_of(field.new))


def _hold_event(hold: Hold, plan: Plan) -> Event:
    what = {ADDED: "not added", REMOVED: "not removed"}.get(hold.change.field) or _move(hold.change, plan)
    if hold.guard is Guard.DECLINED:
        return Event(EventKind.DECLINED, hold.name, f"{what}: {hold.reason}", text_of(hold.change.new))
    return Event(EventKind.HELD, hold.name, f"{what}: {hold.guard}, {hold.reason}", text_of(hold.change.new))


def _failures(plan: Plan, successes: Mapping[str, Success]) -> Iterator[Event]:
    for failure in plan.failures:
        last = successes.get(failure.source)
        since = f"last success {last.at:%Y-%m-%d}" if last else "no success is known"
        yield _failing(failure.source, f"{failure.reason} ({failure.kind}); {since}")


def _failing(source: str, text: str = "") -> Event:
    return Event(EventKind.SOURCE_FAILING, source, text)


def _endings(plan: Plan, catalog: Catalog, policy: NotifyPolicy) -> Iterator[Event]:
    today = plan.started.date()
    for name, day in models_ending(catalog, plan.changes, today, policy.ends_within):
        yield Event(EventKind.MODEL_ENDS, name, f"ends on {day}", day.isoformat())
    for entry, pin, day in pins_ending(catalog, today, policy.pin_ends_within):
        subject = f"{entry.name}:{pin.field}" if pin.field else entry.name
        reason = f": {pin.reason}" if pin.reason else ""
        yield Event(EventKind.PIN_ENDS, subject, f"the pin ends on {day}{reason}", day.isoformat())


def _move(field: FieldChange, plan: Plan) -> str:
    """A value before and after, in the unit in which a person reads the catalog's prices."""
    old, new = (_shown(field, value, plan) for value in (field.old, field.new))
    share = difference(field.old, field.new)
    parts = (f"{old} → {new}", measure(field.field, plan.pricing_unit), share and f"({share})")
    return " ".join(filter(None, parts))


def _shown(field: FieldChange, value: object, plan: Plan) -> str:
    return shown(field.field, in_unit(field.field, value, plan.pricing_unit))
