"""Which model a log means on a day, and which prices it had then, as tables that a database joins. Pure."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import msgspec

from modelsync.history.intervals import eras
from modelsync.records import (
    FOUND_BY,
    UPSTREAM_PREFIX,
    History,
    PriceInterval,
    Value,
    is_price_field,
    midnight,
    words_of,
)

DATED = (
    "[-@](20[0-9]{2}-[0-9]{2}-[0-9]{2}|20[0-9]{6})$"  # the end of a dated snapshot's name, in every dialect
)
_DATED = re.compile(DATED)
_DAY = timedelta(days=1)
_ALWAYS = (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))


_Key = tuple[str, int, str]  # provider or "", is it the stem of a dated name, name
_Span = tuple[datetime, datetime, dict[str, Value], str]  # from, to, prices, commit


class Meaning(msgspec.Struct, frozen=True):
    """What a name means on some days: a model with its prices, or why there is none."""

    model: str = ""
    by: str = ""
    values: dict[str, Value] = {}
    commit: str = ""  # the newest of those that its prices are from
    fault: str = ""


class Names(msgspec.Struct, frozen=True):
    """Two tables to join: the names of logs, and by day what they mean.

    A day before the first is looked up as `first`, one after the last change as `last`.
    """

    names: tuple[tuple[str, int, str, int], ...]  # provider or "", is it a dated name's stem, name, subject
    days: tuple[tuple[int, date, date, int], ...]  # subject, from, to (exclusive), number of the meaning
    meanings: tuple[Meaning, ...]
    first: date
    last: date


class _Candidate(msgspec.Struct, frozen=True):
    """A model that a name may mean: by what, and in which time the catalog said so."""

    model: str
    by: str  # one of FOUND_BY
    since: datetime = _ALWAYS[0]
    until: datetime = _ALWAYS[1]


def names_of(history: History) -> Names:
    """All names that the models of a history go by, and what each means day by day.

    A name means the model that was there on the day and bore it by the strongest fact of FOUND_BY, one that
    it bore on that day before one that it bears at another time; what more than one bears is not decided.
    """
    by_name: dict[_Key, set[_Candidate]] = defaultdict(set)
    for model in history.intervals:
        for name, candidate in _spellings(history, model):
            for key, borne in _keys(name, candidate):
                by_name[key].add(borne)
    table = _Days(history)
    names = [(*key, table.subject(frozenset(candidates))) for key, candidates in sorted(by_name.items())]
    return Names(tuple(names), tuple(table.rows), tuple(table.meanings), table.first, table.last)


def provider_words(history: History) -> set[str]:
    """All words by which logs call the providers of a history."""
    return {word for model in history.intervals for word in words_of(model.partition("/")[0])}


def _spellings(history: History, model: str) -> Iterator[tuple[str, _Candidate]]:
    """Each name of a model, in lower case."""
    former = [old for old, new in history.names.items() if new == model]
    for name in (model, *former):
        yield name.partition("/")[2].lower(), _Candidate(model, "key")
    for one in history.intervals[model]:
        for by, name in _stated(one):
            yield name.lower(), _Candidate(model, by, one.since, one.until or _ALWAYS[1])


def _stated(one: PriceInterval) -> Iterator[tuple[str, str]]:
    match one.value:
        case str() if one.field == "model":
            yield "model", one.value
        case str() if one.field.startswith(UPSTREAM_PREFIX):
            yield "upstream", one.value
        case tuple() if one.field == "aliases":
            yield from (("alias", word) for word in one.value if isinstance(word, str))


def _keys(name: str, candidate: _Candidate) -> Iterator[tuple[_Key, _Candidate]]:
    """A name with its provider and without; as the stem of a dated one, and without its own date."""
    dated = msgspec.structs.replace(candidate, by="dated snapshot")
    whole = msgspec.structs.replace(candidate, by="name") if candidate.by == "key" else candidate
    stem = _DATED.sub("", name)
    for word in words_of(candidate.model.partition("/")[0]):
        for scope, prefix, borne in ((word, "", candidate), ("", "", candidate), ("", f"{word}/", whole)):
            yield (scope, 0, prefix + name), borne
            yield (scope, 1, prefix + name), dated
            if stem != name:
                yield (scope, 0, prefix + stem), dated


class _Days:
    """The meanings of subjects, a subject being the models that a name may mean."""

    def __init__(self, history: History) -> None:
        self._spans = {model: list(_spans(intervals)) for model, intervals in history.intervals.items()}
        moments = [
            moment
            for spans in self._spans.values()
            for since, until, *_ in spans
            for moment in (since, until)
        ]
        begin = min(moments, default=_ALWAYS[0] + _DAY)
        self.first = (begin - _DAY).date()
        self.last = max((moment for moment in moments if moment != _ALWAYS[1]), default=begin).date()
        self.rows: list[tuple[int, date, date, int]] = []
        self.meanings: list[Meaning] = []
        self._subjects: dict[frozenset[_Candidate], int] = {}
        self._numbers: dict[object, int] = {}

    def subject(self, candidates: frozenset[_Candidate]) -> int:
        """The number of a subject; its days are in `rows` from then on."""
        if candidates not in self._subjects:
            number = self._subjects[candidates] = len(self._subjects)
            begin, end = midnight(self.first), midnight(self.last) + _DAY
            edges = {begin, end}
            for one in candidates:
                edges |= {one.since, one.until}
                edges |= {edge for span in self._spans[one.model] for edge in span[:2]}
            days = sorted(edge for edge in edges if begin <= edge <= end)
            self.rows += [
                (number, since.date(), until.date(), self._meaning(candidates, since))
                for since, until in pairwise(days)
            ]
        return self._subjects[candidates]

    def _meaning(self, candidates: frozenset[_Candidate], day: datetime) -> int:
        there = [
            (not one.since <= day < one.until, FOUND_BY.index(one.by), one.model, one.by, span)
            for one in candidates
            for span in self._spans[one.model]
            if span[0] <= day < span[1]
        ]
        best = min((one[:2] for one in there), default=None)
        chosen = {one[2]: one for one in there if one[:2] == best}
        if len(chosen) == 1:
            ((_, _, model, by, span),) = chosen.values()
            return self._number((model, by, span[0]), Meaning(model, by, *span[2:]))
        if chosen:
            fault = f"it may be {' or '.join(sorted(chosen))}"
        else:
            begin = min(span[0] for one in candidates for span in self._spans[one.model])
            fault = f"not known before {begin:%Y-%m-%d}" if day < begin else "not in the catalog on that day"
        return self._number(fault, Meaning(fault=fault))

    def _number(self, key: object, meaning: Meaning) -> int:
        if key not in self._numbers:
            self._numbers[key] = len(self.meanings)
            self.meanings.append(meaning)
        return self._numbers[key]


def _spans(intervals: Sequence[PriceInterval]) -> Iterator[_Span]:
    """The times in which a model was there with the same prices, and the newest commit of these."""
    for since, until, counting in eras(intervals):
        prices = [one for one in counting if is_price_field(one.field)]
        newest = max(prices, key=lambda one: one.merged, default=None)
        values = {one.field: one.value for one in prices}
        yield since, until or _ALWAYS[1], values, newest.commit if newest else ""
