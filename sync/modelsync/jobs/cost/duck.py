"""Asks DuckDB: reads logs where they lie, and joins them with what the catalog said."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from modelsync.errors import UsageError
from modelsync.jobs.cost.files import LogFile, places_of
from modelsync.jobs.cost.formats import pointer, steps_to
from modelsync.jobs.cost.names import Names
from modelsync.jobs.cost.sql import Cell

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_MEMORY = "1500MB"
_LARGEST = 1 << 28  # bytes of one JSON document


class Duck:
    """DuckDB: its words, where they differ from Spark's, and how it reads logs."""

    once = "MATERIALIZED"

    def __init__(self, database: DuckDBPyConnection) -> None:
        self._database, self._scans = database, 0

    def moment(self, text: str) -> str:
        return f"(try_cast({text} AS TIMESTAMPTZ) AT TIME ZONE 'UTC')"

    def of_microseconds(self, count: str) -> str:
        return f"make_timestamp({count})"

    def looked_into(self, file: LogFile) -> LogFile:
        if file.kind != "parquet":
            return file
        rows = f"SELECT * FROM {source_of([file])} LIMIT 200"
        sample = self._database.execute(f"SELECT CAST(to_json(t) AS VARCHAR) FROM ({rows}) AS t").fetchall()
        places = {place for (row,) in sample for place in places_of(row)}
        return msgspec.structs.replace(file, places=tuple(places))

    def table_of(self, alike: Sequence[LogFile]) -> Tabular | Nested:
        self._scans += 1
        rejected = f"rejected_{self._scans}" if alike[0].kind == "csv" else ""
        source = source_of(alike, rejected)
        if alike[0].kind == "json":
            return Nested(source)
        described = self._database.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()
        return Tabular(source, {name: type_ for name, type_, *_ in described}, rejected)

    def ask(self, query: str) -> Iterator[tuple[Any, ...]]:
        """The rows that a query gives, read ten thousand at a time."""
        answer = self._database.execute(query)
        while rows := answer.fetchmany(10_000):
            yield from rows


@contextmanager
def connected() -> Iterator[DuckDBPyConnection]:
    """A database of its own, which spills to a folder that goes with it.

    Raises UsageError where DuckDB is not installed, and for what it cannot read.
    """
    try:
        import duckdb
    except ImportError:
        raise UsageError(
            "`modelsync cost` needs DuckDB",
            advice="Install it: `pip install 'modelsync[cost]'`, in a clone `make cost USAGE=FILE`.",
        ) from None
    with tempfile.TemporaryDirectory(prefix="modelsync-cost-") as folder, duckdb.connect() as database:
        database.execute("SET TimeZone = 'UTC'")
        database.execute(f"SET memory_limit = '{_MEMORY}'")
        database.execute(f"SET temp_directory = {quoted(folder)}")
        database.execute("SET preserve_insertion_order = false")
        database.execute("SET autoinstall_known_extensions = false")
        try:
            yield database
        except duckdb.Error as error:
            raise UsageError(
                f"DuckDB cannot read the log: {str(error).splitlines()[0]}",
                advice="Is the file whole, and what its name says?",
            ) from None


@contextmanager
def opened(names: Names) -> Iterator[DuckDBPyConnection]:
    """A database with the tables `names` and `days`, a row for each day."""
    with connected() as database, tempfile.TemporaryDirectory(prefix="modelsync-cost-") as folder:
        _load(database, names, Path(folder))
        yield database


def _load(database: DuckDBPyConnection, names: Names, folder: Path) -> None:
    words = {"provider": "VARCHAR", "dated": "INTEGER", "spelling": "VARCHAR", "subject": "INTEGER"}
    database.execute(
        "CREATE TABLE names AS SELECT coalesce(provider, '') AS provider, dated, spelling, subject "
        f"FROM {rows_of(folder / 'names.csv', words, names.names)}"
    )
    spans = {"subject": "INTEGER", "since": "DATE", "until": "DATE", "meaning": "INTEGER"}
    database.execute(
        "CREATE TABLE days AS SELECT subject, CAST(unnest(generate_series(since, until - 1, INTERVAL 1 DAY)) "
        f"AS DATE) AS day, meaning FROM {rows_of(folder / 'spans.csv', spans, names.days)}"
    )


def rows_of(file: Path, columns: Mapping[str, str], rows: Iterable[Sequence[object]]) -> str:
    """Rows as a table expression, by way of a new file: each column with its type."""
    with file.open("w", newline="", encoding="utf-8") as opened:
        csv.writer(opened, quoting=csv.QUOTE_ALL).writerows(rows)
    types = ", ".join(f"{quoted(name)}: {quoted(type_)}" for name, type_ in columns.items())
    plain = "header = false, auto_detect = false, quote = '\"', escape = '\"', delim = ','"
    return f"read_csv({quoted(str(file))}, columns = {{{types}}}, {plain})"


class Tabular:
    """A table whose columns have types; JSON in one is looked into."""

    is_table = True

    def __init__(self, source: str, types: Mapping[str, str], rejected: str = "") -> None:
        self._source, self.rejected = source, rejected
        self._types = {name.lower(): (name, type_) for name, type_ in types.items()}
        self.columns = frozenset(self._types)

    def cell(self, place: str) -> Cell | None:
        head, *steps = steps_to(place)
        flat = self._types.get(".".join([head, *steps]).lower())
        name, type_ = flat or self._types.get(head.lower(), ("", ""))
        if not name:
            return None
        column, is_json = _name(name), type_ in ("VARCHAR", "JSON")
        if steps and not flat:
            document = (
                f"CASE WHEN json_valid({column}) THEN {column} END" if is_json else f"to_json({column})"
            )
            inner = quoted("/" + "/".join(pointer(place).split("/")[2:]))
            return Cell(f"json_extract_string({document}, {inner})", on_top=place.startswith("+"))
        kind = kind_of(type_)
        if type_.startswith("TIMESTAMP WITH"):
            column = f"({column} AT TIME ZONE 'UTC')"
        elif kind == "text" and type_ != "VARCHAR":
            column = f"CAST({column} AS VARCHAR)"
        return Cell(column, kind, on_top=place.startswith("+"))

    @property
    def sql(self) -> str:
        return f"(SELECT t.*, FALSE AS modelsync_unreadable, t AS modelsync_line FROM {self._source} AS t)"


class Nested:
    """JSON values, of which all that is asked for is taken out at once; JSON in a text is looked into."""

    is_table = False
    columns = frozenset[str]()
    rejected = ""  # what cannot be read is a row of its own

    def __init__(self, source: str) -> None:
        self._source = source
        self._heads: dict[str, int] = {}
        self._deep: dict[int, dict[str, int]] = {}

    def cell(self, place: str) -> Cell:
        head, *steps = pointer(place).split("/")[1:]
        number = self._heads.setdefault(f"/{head}", len(self._heads) + 1)
        on_top = place.startswith("+")
        if not steps:
            return Cell(f"places[{number}]", on_top=on_top)
        deep = self._deep.setdefault(number, {})
        return Cell(f"in_{number}[{deep.setdefault('/' + '/'.join(steps), len(deep) + 1)}]", on_top=on_top)

    @property
    def sql(self) -> str:
        heads = f"json_extract_string(line, {_list(map(quoted, self._heads))}) AS places"
        deep = "".join(
            f", CASE WHEN json_valid(places[{number}]) "
            f"THEN json_extract_string(places[{number}], {_list(map(quoted, pointers))}) END AS in_{number}"
            for number, pointers in self._deep.items()
        )
        return (
            "(SELECT line AS modelsync_line, line IS NULL AS modelsync_unreadable, "
            f"places{deep} FROM (SELECT line, {heads} FROM ({self._source})))"
        )


def source_of(alike: Sequence[LogFile], rejected: str = "rejected") -> str:
    """Files of one kind and layout as DuckDB reads them; lines of a CSV that it cannot read go to a table."""
    first, paths = alike[0], _list(quoted(one.path) for one in alike)
    if first.kind == "json":
        return _nested(paths, first)
    if first.kind == "parquet":
        return f"read_parquet({paths}, union_by_name = true)"
    columns = ", ".join(f"{quoted(name)}: 'VARCHAR'" for name in first.columns)
    return (
        f"read_csv({paths}, columns = {{{columns}}}, delim = {quoted(first.delimiter)}, header = true, "
        "quote = '\"', escape = '\"', auto_detect = false, null_padding = true, strict_mode = false, "
        f"max_line_size = 16777216, rejects_table = {quoted(rejected)}, "
        f"rejects_scan = {quoted(f'{rejected}_scan')})"
    )


def kind_of(type_: str) -> Literal["text", "number", "moment", "day"]:
    """What values of a type are; those with a floating point are told by their text, which may be none."""
    if type_.startswith("TIMESTAMP"):
        return "moment"
    if type_ == "DATE":
        return "day"
    return (
        "number" if type_.endswith("INT") or type_.startswith(("INTEGER", "UINTEGER", "DECIMAL")) else "text"
    )


def quoted(text: str) -> str:
    """Text as SQL writes it."""
    return "'" + text.replace("'", "''") + "'"


def _name(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _list(parts: Iterable[str]) -> str:
    return f"[{', '.join(parts)}]"


def _nested(paths: str, file: LogFile) -> str:
    """JSON values as rows, out of the lists that they lie in; what cannot be read is NULL."""
    layout = "'newline_delimited', ignore_errors = true" if file.is_lines else "'auto'"
    largest = "" if file.is_lines else f", maximum_object_size = {_LARGEST}"
    options = f"format = {layout}{largest}"
    rows = f"SELECT json AS line FROM read_json_objects({paths}, {options})"
    for wrapper in file.wrappers:
        inner = f"json_extract(line, '/{wrapper}')"
        items = (
            f"CASE WHEN line IS NULL THEN [NULL] WHEN json_type({inner}) = 'ARRAY' "
            f"THEN json_extract(line, '$.{wrapper}[*]') END"
        )
        outer = f"json_merge_patch(line, '{{\"{wrapper}\": null}}')"
        unnested = f"SELECT line, unnest({items}) AS item FROM ({rows})"
        rows = f"SELECT json_merge_patch({outer}, item) AS line FROM ({unnested})"
    return f"SELECT {_ATTRIBUTES} AS line FROM ({rows})" if "spans" in file.wrappers else rows


# The attributes of OTLP's JSON, a list of keys with values that name their type, as one object.
_VALUES = ", ".join(
    f"json_extract_string(item, '/value/{name}Value')" for name in ("int", "string", "double", "bool")
)
_ATTRIBUTES = (
    "CASE WHEN json_type(line, '/attributes') = 'ARRAY' "
    "THEN json_merge_patch(line, concat('{\"attributes\": {', "
    "array_to_string([concat(to_json(json_extract_string(item, '/key')), ': ', to_json(coalesce("
    f"{_VALUES}))) FOR item IN json_extract(line, '$.attributes[*]')], ', '), '}}}}')) ELSE line END"
)
