"""Asks the database how much of what was used, files of one layout after the other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import groupby
from typing import TYPE_CHECKING, Any

import msgspec

from modelsync.errors import UsageError
from modelsync.jobs.cost import duck, files, formats, sql
from modelsync.jobs.cost.ledger import RESOLVED, Sums
from modelsync.jobs.cost.names import Names
from modelsync.records import Tier, Window

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


class Usages(msgspec.Struct, frozen=True):
    """The rows of files of one layout, as a query that counts each token once."""

    sql: str
    kept: tuple[str, ...]  # which of COUNTS the files have
    is_table: bool


class Question:
    """What is asked of logs: by what to group them, and where prices change within a day or with a prompt."""

    def __init__(
        self,
        database: DuckDBPyConnection,
        names: Names,
        by: Sequence[str],
        columns: Mapping[str, tuple[str, ...]],
        today: date,
    ) -> None:
        self._database, self._names, self._columns, self._today = database, names, columns, today
        self._by = [one for one in by if one not in RESOLVED]
        schedules = [
            schedule
            for meaning in names.meanings
            for field in ("pricing.tiers", "pricing.windows")
            for schedule in _items(meaning.values.get(field))
        ]
        self._cuts = [one.above for one in schedules if isinstance(one, Tier)]
        edges = [
            edge for one in schedules if isinstance(one, Window) for edge in (one.utc_start, one.utc_end)
        ]
        self._minutes = [60 * int(edge[:2]) + int(edge[3:]) for edge in edges]

    def usages(self, logs: Sequence[str]) -> Iterator[Usages]:
        """The rows of these logs. Raises UsageError for a column that is not there."""
        every = sorted(files.log_files(logs), key=_layout)
        for _, alike in groupby(every, key=_layout):
            yield self._usage(list(alike))

    def _usage(self, alike: Sequence[files.LogFile]) -> Usages:
        table = duck.table_of(self._database, alike)
        places = [place for one in alike for place in one.places] or table.places
        fields = {**formats.format_of(places).places, **self._columns}
        cells = {field: [cell for place in of if (cell := table.cell(place))] for field, of in fields.items()}
        by = {one: "" if one in sql.COMPUTED else _own(table, one) for one in self._by}
        text = sql.usage_sql(
            *(table.sql, cells, by, duck.Duck()),
            today=self._today,
            cuts=self._cuts,
            minutes=self._minutes,
        )
        kept = tuple(name for name in formats.COUNTS if cells.get(name))
        return Usages(text, kept, isinstance(table, duck.Tabular))

    def sums(self, usages: Usages) -> Iterator[Sums]:
        """The rows added up by what their price depends on."""
        by = [f"by_{number}" for number in range(len(self._by))]
        asked = sql.asked_sql(usages.sql, usages.kept, by, self._names.first, self._names.last)
        self._database.execute(f"CREATE OR REPLACE TEMP TABLE asked AS {asked}")
        meant = sql.meant_sql("asked", [*sql.ASK, *by, "counted", "billed", *usages.kept])
        answer = self._database.execute(sql.priced_sql(meant, usages.kept, by))
        while rows := answer.fetchmany(10_000):
            yield from (_sums_of(row, len(by), usages.kept) for row in rows)


def _items(value: object) -> Iterable[object]:
    return value if isinstance(value, tuple) else ()


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


def _own(table: duck.Tabular | duck.Nested, name: str) -> str:
    cell = table.cell(name)
    if cell is None:
        raise UsageError(
            f"the log has no column {name} to group by",
            advice=f"Its columns, or {', '.join([*RESOLVED, *sql.COMPUTED])}.",
        )
    return cell.sql


def _sums_of(row: Sequence[Any], by: int, kept: Sequence[str]) -> Sums:
    asked, own, (rows, billed, *counts) = (
        row[: len(sql.ASK)],
        row[len(sql.ASK) :][:by],
        row[len(sql.ASK) + by :],
    )
    tokens = {name: int(count) for name, count in zip(kept, counts, strict=True)}
    return Sums(*(*asked, tuple(own), int(rows), billed, tokens))
