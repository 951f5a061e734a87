"""The index of one commit's models, which the page asks: found, filtered, sorted and counted in SQLite."""

from __future__ import annotations

import json
import os
import sqlite3
import threading
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, time
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from modelsync.config import Place
from modelsync.disk import sealed
from modelsync.errors import UsageError
from modelsync.jobs.reckon import priced
from modelsync.jobs.serve.table import SORTS, Facts, Page, Query, Row, Sort, identities, unpacked, words
from modelsync.records import Priced, ReleasedModel, Usage

NAME = "index.db"
FORMAT = b"index 3"  # one more whenever the same commit would be written differently
_MOST = 2**31
_CHUNK = 1 << 20  # bytes
_LIMITS: dict[str, tuple[Sort, str, Callable[..., int]]] = {
    "most_input": ("input", "<", bisect_right),
    "most_output": ("output", "<", bisect_right),
    "least_context": ("context_length", ">=", bisect_left),
}
_SEARCH = "search MATCH ?"
_ONE_OF = "IN (SELECT value FROM json_each(?))"


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
        ((facts,),) = self._all("SELECT content FROM facts")
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
        conditions = dict(self._conditions(query))
        usual = "length" if _SEARCH in conditions else "id"
        place = f"by_{query.sort}" if query.sort else usual
        order = f"place {'DESC' if query.descending else 'ASC'} NULLS LAST, id"
        within = [min(max(0, count), _MOST) for count in (query.limit, query.offset)]
        total, ids = (self._searched if _SEARCH in conditions else self._walked)(
            conditions, place, order, within
        )
        return Page(total, tuple(self._row("id", number) for number in ids))

    def _walked(
        self, conditions: Mapping[str, Any], place: str, order: str, within: Sequence[int]
    ) -> tuple[int, list[int]]:
        """How many models meet the conditions, and some of them, looked for in the order that is wanted."""
        where = " AND ".join(["TRUE", *conditions])
        total = self.facts.facets.models
        if conditions:
            ((total,),) = self._all(f"SELECT count(*) FROM model WHERE {where}", *conditions.values())
        ids = self._all(
            f"SELECT id, {place} AS place FROM model WHERE {where} ORDER BY {order} LIMIT ? OFFSET ?",
            *(*conditions.values(), *within),
        )
        return total, [number for number, _ in ids]

    def _searched(
        self, conditions: Mapping[str, Any], place: str, order: str, within: Sequence[int]
    ) -> tuple[int, list[int]]:
        """The same with words among the conditions: they are looked up once, and what has them is sorted."""
        answers = self._all(
            f"WITH meant AS MATERIALIZED (SELECT id, {place} AS place FROM search"
            f" JOIN model ON id = search.rowid WHERE {' AND '.join(conditions)})"
            " SELECT total, id FROM (SELECT count(*) AS total FROM meant) LEFT JOIN"
            f" (SELECT * FROM meant ORDER BY {order} LIMIT ? OFFSET ?) ON TRUE ORDER BY {order}",
            *(*conditions.values(), *within),
        )
        return answers[0][0], [number for _, number in answers if number is not None]

    def model(self, provider: str, key: str) -> ReleasedModel | None:
        """A model, whole; None where the commit has none of that name."""
        named = "(SELECT id FROM model WHERE name = ?)"
        contents = self._all(f"SELECT content FROM whole WHERE id = {named}", name_of(provider, key))
        return unpacked(contents[0][0]) if contents else None

    def price(self, name: str, on: date, usage: Usage, at: time | None = None) -> Priced | None:
        """What usage of a model, `provider/key`, cost on a day (UTC), as `jobs.past.price` reckons it.

        None where the commit has no such model, or no price of it counted then: why, the history tells.
        """
        parts = name.split("/")
        cuts = (("/".join(parts[:cut]), "/".join(parts[cut:])) for cut in range(1, len(parts)))
        model = next(filter(None, (self.model(*cut) for cut in cuts)), None)
        answer = priced(name, model.prices, on, usage, at, notices=self.facts.notices) if model else None
        return answer if answer and answer.prices else None

    def offers(self, model: ReleasedModel) -> tuple[Row, ...]:
        """The other models that are the same one by their ids, at whichever provider."""
        ids = self._all(
            f"SELECT DISTINCT model FROM identity WHERE name {_ONE_OF} ORDER BY model",
            json.dumps(sorted(identities(model))),
        )
        rows = [self._row("id", number) for (number,) in ids]
        return tuple(row for row in rows if (row.provider, row.key) != (model.provider, model.key))

    def _conditions(self, query: Query) -> Iterator[tuple[str, Any]]:
        """What SQL asks of a model, and with which value. No text of a query is in it."""
        if sought := words(query.text):
            terms = " ".join(f"{spelt(word)}*" for word in sought)
            yield _SEARCH, terms
        if query.providers:
            yield f"provider {_ONE_OF}", json.dumps(query.providers)
        if features := set(query.features):
            all_of_them = f"GROUP BY features HAVING count(*) = {len(features)}"
            yield (
                f"features IN (SELECT features FROM feature WHERE word {_ONE_OF} {all_of_them})",
                json.dumps(sorted(features)),
            )
        for name, (sort, sign, bisect) in _LIMITS.items():
            limit = getattr(query, name)
            if limit is not None:
                yield f"by_{sort} {sign} ?", self._place(sort, limit, bisect)
        if query.availability:
            yield "is_unavailable = ?", query.availability == "unavailable"

    def _place(self, sort: Sort, limit: Decimal | int, bisect: Callable[..., int]) -> int:
        """How many rows are below a limit, exactly."""
        if isinstance(limit, Decimal) and limit.is_nan():
            raise UsageError("a limit is a number", advice="Name it in digits: 2.5")
        known = range(self.facts.known[sort])
        return bisect(known, limit, key=lambda place: getattr(self._row(f"by_{sort}", place), sort))

    def _row(self, column: str, number: int) -> Row:
        ((row,),) = self._all(
            f"SELECT content FROM shown WHERE id = (SELECT id FROM model WHERE {column} = ?)", number
        )
        return msgspec.msgpack.decode(row, type=Row)

    def _all(self, question: str, *values: Any) -> list[Any]:
        with self._alone:
            return self._connection.execute(question, values).fetchall()


def name_of(provider: str, key: str) -> str:
    """A name that is one model's alone: `a/b/c` may be `b/c` of `a` and `c` of `a/b`."""
    return json.dumps([provider, key])


def spelt(word: str) -> str:
    """A word in digits alone, which SQL and FTS5 have no meaning for; a prefix stays one."""
    return word.encode().hex()
