"""Asks the database how much of what was used, files of one layout after the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Any, Protocol

import msgspec

from modelsync.errors import UsageError
from modelsync.jobs.cost import files, formats, sql
from modelsync.jobs.cost.duck import Duck
from modelsync.jobs.cost.ledger import RESOLVED, Sums, schedules_of
from modelsync.jobs.cost.names import Names
from modelsync.jobs.cost.sql import Cell, Dialect
from modelsync.records import Tier, Variant, Window


class CostRequest(msgspec.Struct, frozen=True):
    """What is to be priced, and how the answer is grouped."""

    logs: tuple[str, ...]
    today: date
    by: tuple[str, ...] = ("model",)
    columns: tuple[str, ...] = ()  # `FIELD=COLUMN,...`
    bills: tuple[str, ...] = ()


class Rows(Protocol):
    """The rows of a log as a table expression, of which places can be asked."""

    is_table: bool
    columns: frozenset[str]  # the names of a table's columns, in lower case
    rejected: str  # the table of lines that could not be read, once the rows were; empty: none is kept

    @property
    def sql(self) -> str:
        """The rows as they are, with `modelsync_line` and whether each is `modelsync_unreadable`."""

    def cell(self, place: str) -> Cell | None:
        """The SQL of a place (`usage.input`) in a row; None where no row has it."""


class Engine(Dialect, Protocol):
    """A database that reads logs and adds up their rows: DuckDB or Spark."""

    def looked_into(self, file: files.LogFile) -> files.LogFile:
        """The file with the places of its first rows, where only the engine can read it."""

    def table_of(self, alike: Sequence[files.LogFile]) -> Rows:
        """The rows of files of one kind and layout."""


class Usages(msgspec.Struct, frozen=True):
    """The rows of files of one layout, as a query that counts each token once."""

    sql: str
    kept: tuple[str, ...]  # which of COUNTS the files have
    is_table: bool
    columns: frozenset[str]  # of a table: its own, in lower case
    rejected: str = ""  # the table of lines that the engine could not read, where it keeps one


class Question:
    """What is asked of logs: by what to group them, and where prices change within a day or with a prompt."""

    def __init__(self, engine: Engine, names: Names, request: CostRequest) -> None:
        self._engine, self._names, self._today = engine, names, request.today
        self._columns = formats.columns_of(request.columns)
        self._by = [one for one in request.by if one not in RESOLVED]
        schedules = [one for meaning in names.meanings for one in schedules_of(meaning.values)]
        self._cuts = [one.above for one in schedules if isinstance(one, Tier | Variant) and one.above]
        self._minutes = [edge for one in schedules if isinstance(one, Window) for edge in one.minutes]

    def usages(self, logs: Sequence[str]) -> Iterator[Usages]:
        """The rows of these logs. Raises UsageError for a column that is not there."""
        every = sorted(map(self._engine.looked_into, files.log_files(logs)), key=_layout)
        for _, alike in groupby(every, key=_layout):
            yield self._usage(list(alike))

    def _usage(self, alike: Sequence[files.LogFile]) -> Usages:
        table = self._engine.table_of(alike)
        places = [place for one in alike for place in one.places]
        form = formats.format_of(places)
        fields = {**form.places, **self._columns}
        cells = {field: [cell for place in of if (cell := table.cell(place))] for field, of in fields.items()}
        by = {one: "" if one in sql.COMPUTED else _own(table, one) for one in self._by}
        text = sql.usage_sql(
            *(table.sql, cells, by, self._engine),
            today=self._today,
            cuts=self._cuts,
            minutes=self._minutes,
            adds_up=form.adds_up,
        )
        kept = tuple(name for name in formats.COUNTS if cells.get(name))
        return Usages(text, kept, table.is_table, table.columns, table.rejected)

    def query(self, usages: Usages) -> str:
        """The question as one query: the rows added up by what their price depends on."""
        by = [f"by_{number}" for number in range(len(self._by))]
        asked = sql.asked_sql(usages.sql, usages.kept, by, self._names.first, self._names.last)
        meant = sql.meant_sql("asked", [*sql.ASK, *by, "counted", "billed", *usages.kept])
        return f"WITH asked AS {self._engine.once} ({asked}) {sql.priced_sql(meant, usages.kept, by)}"

    def answer(self, database: Duck, usages: Usages) -> list[Sums]:
        """What a database that is at hand says, and how many lines it could not read."""
        sums = [self.sums_of(row, usages) for row in database.ask(self.query(usages))]
        if usages.rejected:
            ((lines,),) = database.ask(f"SELECT count(DISTINCT (file_id, line)) FROM {usages.rejected}")
            sums += [Sums(fault=sql.UNREADABLE, rows=lines, by=("",) * len(self._by))] if lines else []
        return sums

    def columns(self, usages: Usages) -> list[str]:
        """The names of the answer's columns."""
        asked = [name for name in sql.ASK if name != "day"]
        by = [f"by_{number}" for number in range(len(self._by))]
        return ["meaning", *asked, *by, "counted", "billed", *usages.kept]

    def sums_of(self, row: Sequence[Any], usages: Usages) -> Sums:
        """The sums that one row of the engine's answer has."""
        asked, own = row[: len(sql.ASK)], row[len(sql.ASK) :][: len(self._by)]
        rows, billed, *counts = row[len(sql.ASK) + len(own) :]
        tokens = {name: int(count) for name, count in zip(usages.kept, counts, strict=True)}
        amount = None if billed is None else Decimal(billed)
        return Sums(*(*asked, tuple(own), int(rows), amount, tokens))


def _layout(file: files.LogFile) -> tuple[Any, ...]:
    """What files have in common that are read as one table."""
    return (
        file.kind,
        file.delimiter,
        file.columns,
        file.wrappers,
        file.is_lines,
        formats.format_of(file.places).name,
    )


def _own(table: Rows, name: str) -> str:
    cell = table.cell(name)
    if cell is None:
        raise UsageError(
            f"the log has no column {name} to group by",
            advice=f"Its columns, or {', '.join([*RESOLVED, *sql.COMPUTED])}.",
        )
    return cell.sql
