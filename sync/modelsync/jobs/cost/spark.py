"""Asks Spark what DuckDB is asked: by a job that runs here or, by `spark-submit`, on any cluster."""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, time
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modelsync.errors import UsageError
from modelsync.jobs.cost import duck, sql
from modelsync.jobs.cost.files import LogFile
from modelsync.jobs.cost.formats import COUNTS, steps_to
from modelsync.jobs.cost.ledger import Sums, schedules_of
from modelsync.jobs.cost.names import Names
from modelsync.jobs.cost.question import Question, Usages
from modelsync.jobs.cost.rows import unit_prices
from modelsync.jobs.cost.sql import Cell
from modelsync.jobs.request_cost import request_cost
from modelsync.records import Tier, Usage, Variant, Window

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

JOB = Path(__file__).with_name("job.py")
_STATEMENTS = (
    "CREATE OR REPLACE TEMP VIEW names AS SELECT provider, CAST(dated AS INT) AS dated, spelling, "
    "CAST(subject AS INT) AS subject FROM names_text",
    "CREATE OR REPLACE TEMP VIEW days AS SELECT CAST(subject AS INT) AS subject, "
    "explode(sequence(CAST(since AS DATE), date_sub(CAST(until AS DATE), 1))) AS day, "
    "CAST(meaning AS INT) AS meaning FROM days_text",
)
_TABLES = {
    "names": ("provider", "dated", "spelling", "subject"),
    "days": ("subject", "since", "until", "meaning"),
}


class Spark:
    """Spark's words, where they differ from DuckDB's, and how it finds the places of logs."""

    once = ""

    def __init__(self, database: DuckDBPyConnection) -> None:
        self._database = database
        self.sources: list[tuple[str, list[LogFile]]] = []

    def moment(self, text: str) -> str:
        return f"try_cast({text} AS TIMESTAMP)"

    def of_microseconds(self, count: str) -> str:
        return f"timestamp_micros({count})"

    def looked_into(self, file: LogFile) -> LogFile:
        return duck.Duck(self._database).looked_into(file)

    def table_of(self, alike: Sequence[LogFile]) -> SparkRows:
        """The rows of files of one kind and layout. Raises UsageError for JSON that is not a value a line."""
        first = alike[0]
        if first.wrappers or (first.kind == "json" and not first.is_lines):
            advice = "Ask DuckDB: leave out `--engine`."
            raise UsageError("Spark reads JSON of one value a line only", where=first.path, advice=advice)
        view = f"log_{len(self.sources)}"
        self.sources.append((view, list(alike)))
        columns = dict.fromkeys(first.columns, "VARCHAR")
        if first.kind == "parquet":
            described = self._database.execute(f"DESCRIBE SELECT * FROM {duck.source_of(alike)}").fetchall()
            columns = {name: type_ for name, type_, *_ in described}
        return SparkRows(view, columns, is_table=first.kind != "json")


class SparkRows:
    """A view of Spark: columns with types, or JSON as text, into which is looked."""

    rejected = ""  # Spark reads every line as well as it can

    def __init__(self, view: str, types: dict[str, str], *, is_table: bool) -> None:
        self._view, self.is_table = view, is_table
        self._types = {name.lower(): (name, type_) for name, type_ in types.items()}
        self.columns = frozenset(self._types)

    @property
    def sql(self) -> str:
        unreadable = "FALSE" if self.is_table else "get_json_object(value, '$') IS NULL"
        return f"(SELECT *, {unreadable} AS modelsync_unreadable, 0 AS modelsync_line FROM {self._view})"

    def cell(self, place: str) -> Cell | None:
        steps, on_top = steps_to(place), place.startswith("+")
        if not self.is_table:
            document = f"get_json_object(value, {_path(steps[:1])})"
        else:
            flat = self._types.get(".".join(steps).lower())
            name, type_ = flat or self._types.get(steps[0].lower(), ("", ""))
            if not name:
                return None
            column = f"`{name.replace('`', '``')}`"
            if flat:
                kind = duck.kind_of(type_)
                return Cell(f"CAST({column} AS STRING)" if kind == "text" else column, kind, on_top)
            document = column if type_ in ("VARCHAR", "JSON") else f"to_json({column})"
        inner = f"get_json_object({document}, {_path(steps[1:])})" if steps[1:] else document
        return Cell(inner, on_top=on_top)


def _path(steps: Sequence[str]) -> str:
    """A path of JSON as a literal of Spark's SQL."""
    path = "$" + "".join(f"['{step}']" for step in steps)
    return '"' + path.replace("\\", "\\\\").replace('"', '\\"') + '"'


class Job:
    """A folder that `spark-submit` runs: the job, the question, and the tables that they need."""

    def __init__(self, folder: Path, database: DuckDBPyConnection, names: Names) -> None:
        self._folder, self._names, self.engine = folder, names, Spark(database)

    def write(self, question: Question, logs: Sequence[str]) -> list[Usages]:
        """Write names, what they meant by day, the prices of each meaning, and how to read such logs.

        Raises UsageError for a folder that holds something else.
        """
        folder, usages = self._folder, list(question.usages(logs))
        if ".git" in folder.resolve().parts:
            raise UsageError("lies inside .git", where=str(folder), advice="Name another folder.")
        if folder.exists() and any(one.name not in _FILES for one in folder.iterdir()):
            advice = "Name another folder."
            raise UsageError("holds files that no job is made of", where=str(folder), advice=advice)
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(JOB, folder / "job.py")
        names = self._names
        for name, rows in (("names", names.names), ("days", names.days), ("prices", _prices(names))):
            with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
                csv.writer(file).writerows(rows)
        sources = [
            {
                "name": view,
                "kind": files[0].kind,
                "paths": [str(Path(one.path).absolute()) for one in files],
                "delimiter": files[0].delimiter,
                "names": files[0].columns,
                "query": question.query(of),
                "columns": question.columns(of),
                "counts": of.kept,
            }
            for (view, files), of in zip(self.engine.sources, usages, strict=True)
        ]
        left_out = [sql.OTHER, sql.NOT_ASKED]
        plan = {"tables": _TABLES, "statements": _STATEMENTS, "sources": sources, "left_out": left_out}
        (folder / "job.json").write_text(json.dumps(plan, indent=1))
        return usages

    def run(self, question: Question, usages: Sequence[Usages]) -> list[tuple[Usages, list[Sums]]]:
        """Run the job here, and give what it added up.

        The master is that of `SPARK_MASTER`, else all cores of this machine. Raises UsageError where there is
        no Spark, and where it fails.
        """
        places = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
        submit = shutil.which("spark-submit", path=places)
        if not submit:
            advice = "Install it: `pip install 'modelsync[spark]'`, and Java 17 or newer."
            raise UsageError("there is no spark-submit", advice=advice)
        master = os.environ.get("SPARK_MASTER", "local[*]")
        few = ["--conf", "spark.sql.shuffle.partitions=8"]  # 200 are for a cluster
        command = [submit, "--master", master, *few, str(self._folder / "job.py")]
        ran = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
        if ran.returncode:
            raise UsageError(f"Spark failed: {_reason(ran.stderr)}")
        answers = json.loads((self._folder / "sums.json").read_text())
        return [
            (of, [question.sums_of(row, of) for row in answer])
            for of, answer in zip(usages, answers, strict=True)
        ]


def _reason(output: str) -> str:
    """The line of an output that says what went wrong."""
    lines = [line.strip() for line in output.splitlines() if "Error" in line or "Exception" in line]
    return lines[0] if lines else "it says nothing of why"


_FILES = {"job.py", "job.json", "names.csv", "days.csv", "prices.csv", "sums.json"}


_ONE_OF_EACH = dict.fromkeys(COUNTS, 1) | {"output": 2}  # one of which is of reasoning


def _prices(names: Names) -> Iterator[Sequence[Any]]:
    """USD for one token or call, by meaning, way to ask, and steps of prompt and hour; empty: not known."""
    yield ("meaning", "service_tier", "region", "prompt", "minute", "first_tier", "hours", *COUNTS)
    for number, meaning in enumerate(names.meanings):
        if not meaning.model:
            continue
        schedules = schedules_of(meaning.values)
        prompts = sorted(
            {0, *(one.above + 1 for one in schedules if isinstance(one, Tier | Variant) and one.above)}
        )
        minutes = sorted({0, *(edge for one in schedules if isinstance(one, Window) for edge in one.minutes)})
        words = [one.conditions for one in schedules if isinstance(one, Variant)]
        tiers, regions = ({"", *(one.get(name, "") for one in words)} for name in ("service_tier", "region"))
        for tier, region, prompt, minute in product(sorted(tiers), sorted(regions), prompts, minutes):
            usage = Usage(**_ONE_OF_EACH, service_tier=tier, region=region)
            at = datetime.combine(names.first, time(*divmod(minute, 60)), UTC)
            of = unit_prices(request_cost(meaning.values, usage, at, prompt=prompt))
            texts = [f"{of[name]:f}" if name in of else "" for name in COUNTS]
            first_tier, hours = (*prompts, 0)[1], int(len(minutes) > 1)
            yield (number, tier, region, prompt, minute, first_tier, hours, *texts)
