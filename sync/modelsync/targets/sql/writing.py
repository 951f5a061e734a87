"""Reads and writes the table `models`: in one transaction, in batches of which a bad row falls out alone."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from itertools import groupby, islice
from typing import Any, TypeVar

import msgspec
from sqlalchemy import Connection, Text, cast, insert, inspect, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from modelsync.errors import ModelsyncError, SourceFailed
from modelsync.records import EXACT, Row, TargetChange, text_of
from modelsync.targets.sql import rows, tables
from modelsync.targets.sql.database import Database, is_of_a_row, is_retried
from modelsync.targets.sql.statements import Statements, version
from modelsync.targets.sql.tables import AUDIT, HISTORY, MODELS

T = TypeVar("T")

_BATCH = 500  # rows
_ATTEMPTS = 4  # of a transaction that another one makes impossible
_PAUSE = 0.1  # seconds before the second attempt; doubled before each further one
_SHOWN = 5  # models in a message
_NUL = re.compile(rb"(?<!\\)(\\\\)*\\u0000")  # in JSON
_ROOM = 15  # significant digits that SQLite's numbers hold: https://www.sqlite.org/floatingpoint.html


class Publisher:
    """The table `models` while nobody else publishes to it. Its methods raise SourceFailed."""

    def __init__(
        self, database: Database, connection: Connection, environment: str, actor: Callable[[], str]
    ) -> None:
        self._database, self._connection = database, connection
        self._environment, self._actor = environment, actor
        self._narrow, self._short = self._inspected()
        self._statements = Statements(is_sqlite=database.is_sqlite)

    def _inspected(self) -> tuple[dict[str, tuple[int, int] | None], dict[str, int]]:
        """The columns that are too narrow for some prices, and for some text. Raises SourceFailed where any
        is missing, or is another one."""
        with self._database.faults(), self._connection.begin():
            inspector = inspect(self._connection)
            missing = [name for name in tables.NAMES if not inspector.has_table(name)]
            lacking = [f"{table.name}.{column.name}" for table, column in tables.lacking(inspector)]
            narrow, short = tables.narrow(inspector), tables.short(inspector)
            obstacles = tables.obstacles(inspector)
            self._followers = [] if missing else tables.followers(self._connection)
        if missing:
            raise self._unfit(f"there is no table {' and no '.join(missing)}", "--create makes it.")
        if lacking:
            raise self._unfit(f"it has no column {', '.join(lacking)}", _MIGRATE)
        if obstacles:
            raise self._unfit("; ".join(obstacles), "Change the table: modelsync does not.")
        return narrow, short

    def check(self, rows_: Iterable[Row]) -> None:
        """That every price and every text has room: none is ever rounded or cut."""
        if not self._narrow and not self._short:
            return
        lost = dict[str, list[str]]()
        for row in rows_:
            for what, model in self._too_large(row):
                lost.setdefault(what, []).append(model)
        if lost:
            words = (f"{what} {_listed(sorted(models))}" for what, models in lost.items())
            raise self._unfit("; ".join(words), _MIGRATE)

    def _too_large(self, row: Row) -> Iterator[tuple[str, str]]:
        """What would be lost of a row, and in which model."""
        for name, digits in self._narrow.items():
            price = row.values[name]
            if price is not None and not _fits(price, digits):
                yield f"{name} would round", f"{row.model} ({text_of(price)})"
        for name, length in self._short.items():
            text = row.id if name == "id" else row.values[name]
            if text is not None and len(text) > length:
                yield f"{name} holds {length} characters, too few for", row.model

    def _unfit(self, what: str, advice: str) -> SourceFailed:
        return SourceFailed(what, where=self._database.where, advice=advice, kind="database")

    def present(self) -> Iterator[Row]:
        known = (MODELS.c.id, version(is_sqlite=self._database.is_sqlite), cast(MODELS.c.metadata, Text))
        question = select(*known, *(MODELS.c[name] for name in rows.COLUMNS))
        question = question.execution_options(yield_per=_BATCH)
        connection = self._connection.execution_options(writes=False)
        with self._database.faults(), connection.begin(), connection.execute(question) as result:
            for part in result.partitions():
                for id_, version_, metadata, *columns in part:
                    yield rows.read(id_, version_, metadata, columns)

    def write(
        self, changes: Sequence[TargetChange], commit: str, say: Callable[[str], None]
    ) -> dict[str, SourceFailed]:
        """Write all in one transaction but the rows that the database refuses, and note the run there.

        Where the transaction fails, nothing is written but the note that it did.
        """
        if not changes:
            return {}
        run = _Run(self._environment, commit, self._actor(), datetime.now(UTC), changes)
        try:
            return self._written(run, say)
        except (DBAPIError, PoolTimeout) as error:
            failed = self._database.fault(error)
            self._connection.close()
            with suppress(ModelsyncError), self._database.connection() as connection, connection.begin():
                _note(connection, run, {}, failed)
            with self._database.faults():
                raise

    def _written(self, run: _Run, say: Callable[[str], None]) -> dict[str, SourceFailed]:
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                return self._attempted(run, say)
            except DBAPIError as error:
                if not is_retried(error) or attempt == _ATTEMPTS:
                    raise
                time.sleep(_PAUSE * 2 ** (attempt - 1))
        raise AssertionError

    def _attempted(self, run: _Run, say: Callable[[str], None]) -> dict[str, SourceFailed]:
        faults = dict[str, SourceFailed]()
        connection, done = self._connection.execution_options(writes=True), 0
        batches = (
            (batch, self._parameters(batch, run, faults))
            for _, of_one_action in groupby(run.changes, lambda change: change.action)
            for batch in _batches(of_one_action)
        )
        with connection.begin():
            for batch, sent in _made_ahead(batches):
                self._write_batch(connection, batch[0].action, sent, faults)
                done += len(batch)
                say(f"[{done}/{len(run.changes)}] {batch[-1].model or batch[-1].id}")
            _note(connection, run, faults)
        return faults

    def _parameters(
        self, batch: Sequence[TargetChange], run: _Run, faults: dict[str, SourceFailed]
    ) -> list[dict[str, Any]]:
        """What is sent of the rows; one that no database could keep as it is, is not."""
        sent = list[dict[str, Any]]()
        for change in batch:
            row = change.row
            is_away = rows.UNAVAILABLE.items() <= row.values.items()
            withdrawn = row.withdrawn or run.started.date().isoformat() if is_away else ""
            reason = self._reason_to_keep() if change.action == "remove" else self._reason(row)
            if reason:
                faults[row.id] = SourceFailed(reason, kind="data")
            elif change.action == "remove":
                sent.append({"_id": row.id, "_version": row.version})
            else:
                columns = rows.stored(row, run.commit, withdrawn=withdrawn)
                known = {"_id": row.id, "_version": row.version}
                sent.append(columns if change.action == "create" else columns | known)
        return sent

    def _reason_to_keep(self) -> str:
        tables_ = ", ".join(self._followers)
        return f"rows of {tables_} would go or change with it" if tables_ else ""

    def _reason(self, row: Row) -> str:
        for name in rows.PRICES:
            price = row.values.get(name)
            if isinstance(price, Decimal) and not _has_room(price, is_sqlite=self._database.is_sqlite):
                return f"{name} would be rounded: {text_of(price)} has too many digits"
        text = msgspec.json.encode((row.id, row.values))
        holds_nul = b"\\u0000" in text and _NUL.search(text)
        return "it holds a NUL character, which no column takes" if holds_nul else ""

    def _write_batch(
        self, connection: Connection, action: str, sent: list[dict[str, Any]], faults: dict[str, SourceFailed]
    ) -> None:
        """Write rows together; where the database refuses them, each half of them, down to the bad row."""
        if not sent:
            return
        try:
            with connection.begin_nested() as savepoint:
                count = self._statements.execute(connection, action, sent)
                if count == len(sent):
                    return
                savepoint.rollback()
                fault = SourceFailed("somebody changed this row meanwhile: publish again", kind="data")
        except (DBAPIError, OverflowError, ValueError) as error:
            if not is_of_a_row(error):
                raise
            fault = self._database.fault(error)
        if len(sent) == 1:
            faults[str(sent[0].get("_id", sent[0].get("id")))] = fault
            return
        half = len(sent) // 2
        for part in (sent[:half], sent[half:]):
            self._write_batch(connection, action, part, faults)


_MIGRATE = "--migrate changes the table; with --dry-run it prints how."


class _Run(msgspec.Struct, frozen=True):
    """What is written about a run."""

    environment: str
    commit: str
    actor: str
    started: datetime
    changes: Sequence[TargetChange]


def _batches(changes: Iterable[TargetChange]) -> Iterator[list[TargetChange]]:
    rest = iter(changes)
    while batch := list(islice(rest, _BATCH)):
        yield batch


def _made_ahead(items: Iterator[T]) -> Iterator[T]:
    """Each item; the next one is made meanwhile, as the database takes its time."""
    with ThreadPoolExecutor(1) as maker:
        coming = maker.submit(next, items, None)
        while (item := coming.result()) is not None:
            coming = maker.submit(next, items, None)
            yield item


def _listed(models: Sequence[str]) -> str:
    more = f" and {len(models) - _SHOWN} more" if len(models) > _SHOWN else ""
    return f"{', '.join(models[:_SHOWN])}{more}"


@lru_cache(maxsize=10_000)  # prices repeat from model to model
def _has_room(price: Decimal, *, is_sqlite: bool) -> bool:
    """Whether a column of ours keeps each digit of a price."""
    digits = len(price.normalize(EXACT).as_tuple().digits)
    is_whole = not is_sqlite or digits <= _ROOM
    return is_whole and _fits(price, (tables.PRECISION - tables.SCALE, tables.SCALE))


def _fits(price: Decimal, digits: tuple[int, int] | None) -> bool:
    """Whether a price has no more digits than a column holds before and behind the point."""
    if digits is None:
        return False
    before, behind = digits
    exponent = price.normalize(EXACT).as_tuple().exponent
    return isinstance(exponent, int) and -exponent <= behind and price.adjusted() < before


def _listed_changes(changes: Iterable[TargetChange]) -> msgspec.Raw:
    """What was done to which row, as text: there can be very many."""
    texts = (
        msgspec.json.encode([{"id": one.id, "action": one.action, "fields": one.fields} for one in batch])
        for batch in _batches(changes)
    )
    return msgspec.Raw(b"[" + b",".join(text[1:-1] for text in texts) + b"]")


def _note(
    connection: Connection, run: _Run, faults: dict[str, SourceFailed], failed: SourceFailed | None = None
) -> None:
    """Tell in the database what a run did, or that it failed as a whole."""
    written = [change for change in run.changes if not failed and change.id not in faults]
    counts = Counter(change.action for change in written)
    reasons = [{"id": id_, "kind": fault.kind, "reason": fault.what} for id_, fault in faults.items()]
    if failed:
        reasons = [{"kind": failed.kind, "reason": failed.what}]
    success = not reasons
    summary = {"environment": run.environment, "commit": run.commit, "counts": counts, "failures": reasons}
    audited = {"user_id": run.actor, "action": "MODELS_SYNC", "resource_type": "MODEL"}
    connection.execute(insert(AUDIT), {**audited, "metadata": summary, "success": success})
    connection.execute(
        insert(HISTORY),
        {
            "environment": run.environment,
            "commit": run.commit,
            "user_id": run.actor,
            "started_at": run.started,
            "finished_at": datetime.now(UTC),
            "success": success,
            "counts": counts,
            "changes": _listed_changes(written),
            "failures": reasons,
        },
    )
