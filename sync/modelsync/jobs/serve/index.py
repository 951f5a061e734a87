"""The index of one commit's models, which the page asks: found, filtered, sorted and counted."""

from __future__ import annotations

import json
import os
import sqlite3
import threading
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, time
from decimal import Decimal
from functools import reduce
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from modelsync.config import Place
from modelsync.disk import sealed
from modelsync.errors import UsageError
from modelsync.jobs.decisions.standing import Decision
from modelsync.jobs.request_cost import priced
from modelsync.jobs.serve.marks import both, either, loaded, marks_of, neither, read_numbers, walked
from modelsync.jobs.serve.table import SORTS, Facts, Page, Query, Row, Sort, identities, unpacked, words
from modelsync.records import Priced, ReleasedModel, Usage

NAME = "index.db"
FORMAT = b"index 6"  # one more whenever the same commit would be written differently
_MOST = 2**31
_CHUNK = 1 << 20  # bytes
LENGTH = "length"  # of the key, by which is sorted what words find
BEGINNING = "beginning"  # the kind of marks that are of a word's first characters
LAST = "\U0010ffff"  # follows whatever a word may go on with
_LIMITS: dict[str, tuple[Sort, bool]] = {
    "most_input": ("input", True),
    "most_output": ("output", True),
    "least_context": ("context_length", False),
}


def opened(place: Place) -> Index | None:
    """The index that lies beside the catalog; None where none does that was written in this clone, whole.

    A repository may bring a file of that name, but no key to seal it with. SQLite sees it only then, and none
    of the journals beside it.
    """
    path = place.note(NAME)
    try:
        with path.open("rb") as file:
            if not _is_sealed(file, sealed.key(place.locked)):
                return None
        return Index(path)
    except (OSError, sqlite3.Error):
        return None


def _is_sealed(file: BinaryIO, key: bytes) -> bool:
    size = file.seek(0, os.SEEK_END) - sealed.SIZE
    if size < 0:
        return False
    given = file.seek(size) and file.read()
    return sealed.is_sealed(content(file, size), given or b"", key, FORMAT)


def content(file: BinaryIO, size: int) -> Iterator[bytes]:
    """The first bytes of a file, part by part: behind them is the seal, which SQLite does not count."""
    file.seek(0)
    for start in range(0, size, _CHUNK):
        yield file.read(min(_CHUNK, size - start))


class Index:
    """An index as it was when it was opened, whatever takes its place. Threads may share it."""

    def __init__(self, path: Path) -> None:
        address = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
        self._connection = sqlite3.connect(address, uri=True, check_same_thread=False)
        self._alone = threading.Lock()
        ((facts,),) = self.ask("SELECT content FROM facts")
        self.facts = msgspec.msgpack.decode(facts, type=Facts)

    def __del__(self) -> None:
        self._connection.close()

    def is_of(self, commit: str, day: date) -> bool:
        """Whether it is of that commit, and its prices are those of that day (UTC)."""
        facts = self.facts
        return facts.commit == commit and facts.day <= day and (facts.until is None or day < facts.until)

    def page(self, query: Query) -> Page:
        """Some of the rows that a query means, and how many there are.

        Raises UsageError for another order, and for a limit that is no number.
        """
        if query.sort not in ("", *SORTS):
            raise UsageError(
                f"models cannot be sorted by {query.sort}", advice=f"By these: {', '.join(SORTS)}."
            )
        limit, offset = (min(max(0, count), _MOST) for count in (query.limit, query.offset))
        order = self._order(query)
        meant = self._meant(query)
        total = len(order) if meant is None else meant.count(1)
        ids = order[offset : offset + limit] if meant is None else walked(order, meant, offset, limit)
        return Page(total, tuple(self._row(number) for number in ids))

    def _order(self, query: Query) -> Sequence[int]:
        """All models in the order that is wanted."""
        usual = LENGTH if words(query.text) else ""
        if not (query.sort or usual):
            every = range(self.facts.facets.models)
            return every[::-1] if query.descending else every
        known, unknown = self._sorted(query.sort or usual)
        return (known[::-1] if query.descending else known) + unknown

    def _meant(self, query: Query) -> bytes | None:
        """The marks of those that meet all conditions; None where there is no condition."""
        meant = None
        for marks in self._conditions(query):
            meant = marks if meant is None else both(meant, marks)
            if 1 not in meant:
                break
        return meant

    def model(self, provider: str, key: str) -> ReleasedModel | None:
        """A model, whole; None where the commit has none of that name."""
        contents = self.ask("SELECT whole FROM model WHERE name = ?", name_of(provider, key))
        return unpacked(contents[0][0]) if contents else None

    def file(self, model: ReleasedModel) -> str | None:
        """The only file of the catalog's folder that says what a model is; None where others do."""
        files = self.ask("SELECT file FROM model WHERE name = ?", name_of(model.provider, model.key))
        return files[0][0] if files else None

    def price(self, name: str, on: date, usage: Usage, at: time | None = None) -> Priced | None:
        """What usage of a model, `provider/key`, cost on a day (UTC), as `jobs.past.price` calculates it.

        None where the commit has no such model, or no price of it counted then: why, the history tells.
        """
        parts = name.split("/")
        cuts = (("/".join(parts[:cut]), "/".join(parts[cut:])) for cut in range(1, len(parts)))
        model = next(filter(None, (self.model(*cut) for cut in cuts)), None)
        answer = priced(name, model.prices, on, usage, at, notices=self.facts.notices) if model else None
        return answer if answer and answer.prices else None

    @property
    def decisions(self) -> tuple[Decision, ...]:
        """The decisions of the commit, each with who brought it, as far as git told; of no day."""
        ((content,),) = self.ask("SELECT content FROM decided")
        return msgspec.msgpack.decode(content, type=tuple[Decision, ...])

    def offers(self, model: ReleasedModel) -> tuple[Row, ...]:
        """The other models that are the same one by their ids, at whichever provider."""
        ids = self.ask(
            "SELECT DISTINCT model FROM identity"
            " WHERE name IN (SELECT value FROM json_each(?)) ORDER BY model",
            json.dumps(sorted(identities(model))),
        )
        rows = [self._row(number) for (number,) in ids]
        return tuple(row for row in rows if (row.provider, row.key) != (model.provider, model.key))

    def _conditions(self, query: Query) -> Iterator[bytes]:
        """The marks of the models that meet each of the conditions."""
        if query.providers:
            yield reduce(either, self._marks("provider", query.providers), self._nothing)
        if features := set(query.features):
            having = self._marks("feature", features)
            yield reduce(both, having) if len(having) == len(features) else self._nothing
        if query.availability:
            unavailable = reduce(either, self._marks("availability", ["unavailable"]), self._nothing)
            yield unavailable if query.availability == "unavailable" else neither(unavailable)
        yield from map(self._having, dict.fromkeys(words(query.text)))
        for name, (sort, is_most) in _LIMITS.items():
            limit = getattr(query, name)
            if limit is not None:
                yield self._within(sort, limit, is_most=is_most)

    @property
    def _nothing(self) -> bytes:
        return bytes(self.facts.facets.models)

    def _marks(self, kind: str, of: Iterable[str]) -> list[bytes]:
        """The marks of each of these words that any model has."""
        question = "SELECT content FROM marks WHERE kind = ? AND word IN (SELECT value FROM json_each(?))"
        return [loaded(content) for (content,) in self.ask(question, kind, json.dumps(sorted(of)))]

    def _having(self, beginning: str) -> bytes:
        """The marks of those with a word that begins so."""
        if common := self._marks(BEGINNING, [beginning]):
            return common[0]
        question = "SELECT models FROM word WHERE word >= ? AND word < ?"
        rare = self.ask(question, beginning, beginning + LAST)
        return marks_of(chain.from_iterable(read_numbers(models) for (models,) in rare), len(self._nothing))

    def _within(self, sort: Sort, limit: Decimal | int, *, is_most: bool) -> bytes:
        """The marks of those of which a number is known that is at most, or at least, the limit, exactly."""
        if isinstance(limit, Decimal) and limit.is_nan():
            raise UsageError("a limit is a number", advice="Name it in digits: 2.5")
        known, _ = self._sorted(sort)
        place = (bisect_right if is_most else bisect_left)(
            known, limit, key=lambda number: getattr(self._row(number), sort)
        )
        return marks_of(known[:place] if is_most else known[place:], len(self._nothing))

    def _sorted(self, by: str) -> tuple[array[int], array[int]]:
        """The models in an order, and those of which what it goes by is not known."""
        (contents,) = self.ask("SELECT known, unknown FROM sorted WHERE by = ?", by)
        known, unknown = map(read_numbers, contents)
        return known, unknown

    def _row(self, number: int) -> Row:
        ((row,),) = self.ask("SELECT shown FROM model WHERE id = ?", number)
        return msgspec.msgpack.decode(row, type=Row)

    def ask(self, question: str, *values: Any) -> list[Any]:
        """The rows that SQL selects."""
        with self._alone:
            return self._connection.execute(question, values).fetchall()


def name_of(provider: str, key: str) -> str:
    """A name that is one model's alone: `a/b/c` may be `b/c` of `a` and `c` of `a/b`."""
    return json.dumps([provider, key])
