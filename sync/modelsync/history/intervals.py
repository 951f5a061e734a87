"""From what each commit changed to how long each value counted. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import lru_cache
from itertools import zip_longest
from typing import Literal

import msgspec
from msgspec import UNSET

from modelsync.records import FIELDS, Change, FieldChange, History, PriceInterval, Step, midnight

Era = tuple[datetime, datetime | None, tuple[PriceInterval, ...]]  # from, to (exclusive), what counted
_ORDER = {field: number for number, field in enumerate(FIELDS)}


def history_of(
    steps: Sequence[Step], commit: str, *, of: str = "", section: str = "", notices: Iterable[str] = ()
) -> History:
    """The intervals of all models that ever were for a day, by the names that they have now or had last.

    `of` a model (`provider/key` or the key alone, as it is or once was): only of those that it may mean.
    `section`, as `pricing.`: only of fields whose names begin so.
    """
    fold = _Fold(section)
    for step in _telling_of(of, steps) if of else steps:
        fold.take(step)
    faults = (
        f"{step.commit[:10]} cannot be read, and is passed over: {step.fault}" for step in steps if step.fault
    )
    lost = dict.fromkeys(step.commit[:10] for step in steps if step.lost)
    squashed = (f"{', '.join(lost)}: a run's by the subject, without its trailers: the author's date counts",)
    known = {name: _in_order(fields) for name, fields in fold.models.items() if any(fields.values())}
    return History(
        commit,
        known,
        {former: name for former, name in fold.former.items() if name in known},
        min((_day(step.observed) for step in steps if step.changes), default=None),
        (*notices, *faults, *(squashed if lost else ())),
    )


def _telling_of(model: str, steps: Sequence[Step]) -> Iterator[Step]:
    """The steps with no more than what they tell of a model, by any name that it has or had."""
    names = {change.name for step in steps for change in step.changes if model in (change.name, change.key)}
    names = namesakes(names, steps)
    for step in steps:
        yield msgspec.structs.replace(
            step,
            changes=tuple(change for change in step.changes if change.name in names),
            renamed={name: former for name, former in step.renamed.items() if name in names},
            since=tuple(since for since in step.since if since[0] in names),
        )


def namesakes(names: Iterable[str], steps: Sequence[Step]) -> set[str]:
    """These names of models, and all that the same ones have or had."""
    every = set(names)
    for step in (*steps, *reversed(steps)):
        for pair in step.renamed.items():
            if not every.isdisjoint(pair):
                every.update(pair)
    return every


def _in_order(fields: Mapping[str, list[PriceInterval]]) -> tuple[PriceInterval, ...]:
    order = sorted(fields, key=lambda field: (_ORDER.get(field, len(_ORDER)), field))
    return tuple(interval for field in order for interval in fields[field])


def eras(intervals: Sequence[PriceInterval]) -> Iterator[Era]:
    """The times in which the same values of a model counted, the oldest first; none where nothing did."""
    edges = sorted({one.since for one in intervals} | {one.until for one in intervals if one.until})
    for since, until in zip_longest(edges, edges[1:]):
        counting = tuple(one for one in intervals if one.counts_at(since))
        if counting:
            yield since, until, counting


@lru_cache(1 << 10)  # a step gives many values one day
def _day(moment: datetime | date) -> datetime:
    """The midnight (UTC) with which a day begins."""
    return midnight(moment.astimezone(UTC).date() if isinstance(moment, datetime) else moment)


class _Fold:
    """The intervals so far: a value ends the one before it, or takes its place."""

    def __init__(self, section: str) -> None:
        self._section = section
        self.models: dict[str, dict[str, list[PriceInterval]]] = {}
        self.former: dict[str, str] = {}

    def take(self, step: Step) -> None:
        """Let the intervals go on by one commit, which is the next one after those before."""
        for name, former in step.renamed.items():
            self._rename(former, name)
        changed = {change.name: change for change in step.changes}
        days: dict[str, dict[str, date]] = {}
        for name, field, day in step.since:
            days.setdefault(name, {})[field] = day
        for name in dict.fromkeys((*changed, *days)):
            fields = self.models.setdefault(name, {})
            change = changed.get(name)
            if change and change.action == "remove":
                for intervals in fields.values():
                    _end(intervals, _day(step.observed))
                continue
            self.former.pop(name, None)
            self._values(name, fields, change, days.get(name, {}), step)

    def _rename(self, former: str, name: str) -> None:
        self.models[name] = {
            field: [msgspec.structs.replace(one, model=name) for one in intervals]
            for field, intervals in self.models.pop(former, {}).items()
        }
        self.former = {old: name if new == former else new for old, new in self.former.items()}
        self.former[former] = name
        self.former.pop(name, None)

    def _values(
        self,
        name: str,
        fields: dict[str, list[PriceInterval]],
        change: Change | None,
        days: Mapping[str, date],
        step: Step,
    ) -> None:
        moves = {
            field.field: field
            for field in (change.fields if change else ())
            if field.field.startswith(self._section)
        }
        again = [
            FieldChange(field, new=intervals[-1].value)
            for field, intervals in (fields.items() if days else ())
            if field not in moves and _named_day(field, days) and intervals and intervals[-1].until is None
        ]
        for move in (*moves.values(), *again):
            intervals = fields.setdefault(move.field, [])
            corrected = bool(step.corrections) and any(
                _names(correction, name, move.field) for correction in step.corrections
            )
            named = _named_day(move.field, days) if days else None
            since, kind = _since(intervals, named, step, corrected=corrected)
            _end(intervals, since)
            if intervals and intervals[-1].until == since and intervals[-1].value == move.new:
                intervals[-1] = msgspec.structs.replace(intervals[-1], until=None)
            elif move.new is not UNSET:
                intervals.append(
                    PriceInterval(
                        *(name, move.field, move.new, since, None),
                        *(step.observed, step.merged, step.commit, step.source, kind),
                    )
                )


def _named_day(field: str, days: Mapping[str, date]) -> date | None:
    """The day that a `since` comment at the field's line, or at its section's, names."""
    return days.get(field) or days.get(field.partition(".")[0])


def _names(correction: str, name: str, field: str) -> bool:
    """Whether a trailer `provider/key:field` means this field; that of a section means all in it."""
    model, _, of = correction.partition(":")
    return model == name and (not of or of == field or field.startswith(f"{of}."))


def _since(
    intervals: Sequence[PriceInterval], named: date | None, step: Step, *, corrected: bool
) -> tuple[datetime, Literal["change", "correction", "announced"]]:
    """From when a value counts.

    A correction counts from where that which it corrects did; else it is the day that a person names; else
    the day on which a run saw it, and never before what the base said already.
    """
    if named:
        day = _day(named)
        return day, "correction" if corrected else "announced" if day > step.merged else "change"
    observed = _day(step.observed)
    begun = next((one.since for one in reversed(intervals) if one.since <= step.merged), None)
    if corrected and begun:
        return begun, "correction"
    return max(observed, begun or observed), "correction" if corrected else "change"


def _end(intervals: list[PriceInterval], moment: datetime) -> None:
    """Let nothing count from this moment on."""
    while intervals and intervals[-1].since >= moment:
        intervals.pop()
    if intervals and (intervals[-1].until is None or intervals[-1].until > moment):
        intervals[-1] = msgspec.structs.replace(intervals[-1], until=moment)
