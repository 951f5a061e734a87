"""The question to the database, in the SQL that DuckDB and Spark share. Pure.

Rows become counts of tokens that are each counted once (`usage`), equal ones are added up (`asked`), and a
join on the day says what their names meant (`meant`). No price is in it: sums are priced exactly afterwards.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import reduce
from typing import Literal, Protocol

import msgspec

from modelsync.jobs.cost.formats import COUNTS
from modelsync.jobs.cost.names import DATED

MOST = 10**12  # tokens that one row may count
PROMPT = ("cache_read", "cache_write", "cache_write_1h", "image_input", "audio_input")  # may be in `input`
WHOLE_PROMPT = ("input", "cache_read", "cache_write", "cache_write_1h")  # as `Usage.prompt` has it
ANSWER = ("image_output", "audio_output")  # may be in `output`
SUMMED, HOURLESS, NO_AMOUNT = 1, 2, 4  # flags: a row adds up requests; its hour, its amount is not known

# Why a row is not priced, by the number that the query gives it; 0: nothing is wrong with it.
OTHER, NOT_ASKED, UNREADABLE, OTHER_CURRENCY = 1, 2, 3, 10
FAULTS = {
    UNREADABLE: ("cannot be read", "Is the log whole, and all of one kind?"),
    4: ("no date", "Name its column: `--columns time=COLUMN`."),
    5: ("a date that is still to come", "Is the clock, or the unit of the time, right?"),
    6: ("no model", "Name its column: `--columns model=COLUMN`."),
    7: (f"a count of tokens that is no whole number from 0 to {MOST:,}", ""),
    8: ("more tokens of one kind than there are in all", "Counted on top? `--columns cache_read=+COLUMN`."),
    9: ("no count of tokens", "Name the columns: `--columns input=COLUMN,output=COLUMN`."),
    OTHER_CURRENCY: ("an amount in another currency than USD", ""),
}


class Cell(msgspec.Struct, frozen=True):
    """Where a field of a row is: an expression of the database, and what it gives."""

    sql: str
    kind: Literal["text", "number", "moment", "day"] = "text"
    on_top: bool = False  # its tokens are not counted in those of `input` or `output`


class Dialect(Protocol):
    """What DuckDB and Spark say differently."""

    once: str  # the word with which a named query is asked once, before the rest

    def moment(self, text: str) -> str:
        """A UTC timestamp of text in ISO 8601, NULL where it is none."""

    def of_microseconds(self, count: str) -> str:
        """A UTC timestamp of microseconds since 1970."""


def usage_sql(
    table: str,
    cells: Mapping[str, Sequence[Cell]],
    by: Mapping[str, str],
    dialect: Dialect,
    *,
    today: date,
    cuts: Sequence[int] = (),
    minutes: Sequence[int] = (),
    adds_up: bool = False,
) -> str:
    """The rows of a table as counts; prices change above `cuts` (tokens of a prompt) and at `minutes`.

    With `adds_up` each row stands for many requests, whether it says so or not.
    """
    kept = [name for name in COUNTS if cells.get(name)]
    counted = [name for name in (*kept, "requests") if cells.get(name)]
    whole = " + ".join(f"coalesce({name}, 0)" for name in WHOLE_PROMPT if name in kept) or "0"
    many = "TRUE" if adds_up else "coalesce(n_requests, 1) > 1" if "requests" in counted else "FALSE"
    steps = [minute - 1 for minute in minutes]
    minute = "hour({0}) * 60 + minute({0})"
    begins, ends = (_ladder(minute.format(one), steps) for one in ("happened", "ended - INTERVAL 1 SECOND"))
    shown = [f"greatest(coalesce({name}, 0), 0) AS {name}" for name in kept]
    shown += [f"{COMPUTED.get(one, f'by_{number}')} AS by_{number}" for number, one in enumerate(by)]
    return f"""
SELECT provider, spelling, service_tier, region, modelsync_line, billed,
  CAST(happened AS DATE) AS day,
  {_ladder(f"coalesce(longer_than + 1, {whole})", cuts)} AS prompt,
  {begins} AS minute,
  {_mask(kept)} AS kinds,
  CASE WHEN {many} AND longer_than IS NULL THEN {SUMMED} ELSE 0 END
    + CASE WHEN hourless OR ended > happened + INTERVAL 1 HOUR
      OR (ended IS NOT NULL AND {begins} <> {ends}) THEN {HOURLESS} ELSE 0 END
    + CASE WHEN amount <> '' AND billed IS NULL THEN {NO_AMOUNT} ELSE 0 END AS flags,
  {_fault(kept, today)} AS fault{_list(shown)}
FROM {_counted_sql(table, cells, by, kept, counted, dialect=dialect)}"""


def _counted_sql(
    table: str,
    cells: Mapping[str, Sequence[Cell]],
    by: Mapping[str, str],
    kept: Sequence[str],
    counted: Sequence[str],
    *,
    dialect: Dialect,
) -> str:
    """The rows of a table in layers: the counts as numbers, all as it is written, of each count the one that
    is stated first, and that without the tokens that others count."""
    numbers = [f"{_number(cell)} AS d_{name}_{at}" for name in counted for at, cell in enumerate(cells[name])]
    chosen = [
        *(f"{_first(_columns(cells, name))} AS n_{name}" for name in counted),
        *(f"{_is_within(cells, name)} AS in_{name}" for name in kept if name not in ("input", "output")),
    ]
    net = [f"{_net(name, kept)} AS {name}" for name in kept]
    read = _read(cells, by, counted, dialect)
    layers = (f"*{_list(numbers)}", ", ".join(read), f"*{_list(chosen)}", f"*{_list(net)}")
    return reduce(lambda inner, columns: f"(SELECT {columns} FROM {inner})", layers, table)


def _read(
    cells: Mapping[str, Sequence[Cell]], by: Mapping[str, str], counted: Sequence[str], dialect: Dialect
) -> list[str]:
    """The columns of a row as it is written: words, moments, and each count where it is stated."""
    counts = ((name, at, cell) for name in counted for at, cell in enumerate(cells[name]))
    amounts = [f"try_cast(CAST({cell.sql} AS STRING) AS DECIMAL(38, 12))" for cell in cells.get("amount", ())]
    return [
        f"{_words(cells, 'model')} AS spelling",
        f"{_words(cells, 'provider')} AS provider",
        f"{_service_tier(cells)} AS service_tier",
        f"{_text(cells, 'region')} AS region",
        *(
            f"CAST({_first(_moment(cell, dialect) for cell in cells.get(field, ()))} AS TIMESTAMP) AS {name}"
            for field, name in (("time", "happened"), ("until", "ended"))
        ),
        f"{_without_hour(cells)} AS hourless",
        f"{_context(cells)} AS longer_than",
        f"{_text(cells, 'cache_hit')} = 'true' AS not_asked",
        f"CAST({_first(amounts)} AS DECIMAL(38, 12)) AS billed",
        f"{_text(cells, 'amount')} AS amount",
        f"{_text(cells, 'currency')} AS currency",
        *(f"{_count(cell, f'd_{name}_{at}')} AS c_{name}_{at}" for name, at, cell in counts),
        *(f"coalesce(CAST({own} AS STRING), '') AS by_{at}" for at, own in enumerate(by.values()) if own),
        "modelsync_unreadable",
        "modelsync_line",
    ]


# What rows can be grouped by beside their own columns: expressions of what is made of them.
COMPUTED = {
    "day": "CAST(CAST(happened AS DATE) AS STRING)",
    "month": "substr(CAST(CAST(happened AS DATE) AS STRING), 1, 7)",
    "service_tier": "service_tier",
    "region": "region",
}
ASK = ("provider", "spelling", "day", "service_tier", "region", "prompt", "minute", "kinds", "flags", "fault")


def asked_sql(usage: str, kept: Sequence[str], by: Sequence[str], first: date, last: date) -> str:
    """Equal rows of usage added up; a day outside the history is the one before it, or its last."""
    columns = [*(name for name in ASK if name != "day"), *by]
    sums = [f"sum(CAST({name} AS DECIMAL(18, 0))) AS {name}" for name in kept]
    return f"""
SELECT {", ".join(columns)}, {bounded("day", first, last)} AS day, count(*) AS counted,
  sum(billed) AS billed{_list(sums)}
FROM ({usage}) AS u GROUP BY {", ".join(columns)}, {bounded("day", first, last)}"""


def bounded(day: str, first: date, last: date) -> str:
    """A day as the tables have it."""
    return f"greatest(least({day}, DATE '{last}'), DATE '{first}')"


def meant_sql(table: str, columns: Iterable[str]) -> str:
    """Rows with the number of what their name meant on their day; NULL: nothing."""
    others = _list([f"u.{name}" for name in columns if name not in ("provider", "spelling")])
    lower = f"lower(trim(provider)) AS provider, lower(trim(spelling)) AS spelling{others}"
    rest = _list([name for name in columns if name != "spelling"])
    stem = f"regexp_replace(a.spelling, '{DATED}', '')"
    return f"""
SELECT {_list([f"a.{name}" for name in columns])[2:]}, coalesce(d.meaning, e.meaning) AS meaning
FROM (SELECT {_MODEL} AS spelling{rest} FROM (SELECT {lower} FROM {table} AS u)) AS a
LEFT JOIN names AS n ON n.dated = 0 AND n.provider = a.provider AND n.spelling = a.spelling
LEFT JOIN days AS d ON d.subject = n.subject AND d.day = a.day
LEFT JOIN names AS m ON n.subject IS NULL AND m.dated = 1 AND m.provider = a.provider AND m.spelling = {stem}
LEFT JOIN days AS e ON e.subject = m.subject AND e.day = a.day"""


def priced_sql(meant: str, kept: Sequence[str], by: Sequence[str]) -> str:
    """What is to be priced: the sums of all rows that have one price."""
    columns = [*(name for name in ASK if name != "day"), *by]
    sums = [f"sum({name}) AS {name}" for name in kept]
    return f"""
SELECT meaning, {", ".join(columns)}, sum(counted) AS counted, sum(billed) AS billed{_list(sums)}
FROM ({meant}) AS m GROUP BY meaning, {", ".join(columns)}"""


def _list(parts: Sequence[str]) -> str:
    return "".join(f", {part}" for part in parts)


def _first(expressions: Iterable[str]) -> str:
    every = list(expressions)
    return f"coalesce({', '.join(every)})" if len(every) > 1 else every[0] if every else "NULL"


def _words(cells: Mapping[str, Sequence[Cell]], field: str) -> str:
    """Text as it is; empty where a row has none."""
    texts = [f"CAST({cell.sql} AS STRING)" for cell in cells.get(field, ())]
    return _first([*texts, "''"])


def _text(cells: Mapping[str, Sequence[Cell]], field: str) -> str:
    return f"lower(trim({_words(cells, field)}))" if cells.get(field) else "''"


def _service_tier(cells: Mapping[str, Sequence[Cell]]) -> str:
    """The service tier in the catalog's words; the ordinary one has none."""
    batch = f"WHEN {_text(cells, 'batch')} = 'true' THEN 'batch' " if cells.get("batch") else ""
    tier = _text(cells, "service_tier")
    ordinary = "'', 'standard', 'default', 'auto', 'on_demand', 'null'"
    return f"CASE {batch}WHEN {tier} IN ({ordinary}) THEN '' ELSE {tier} END"


def _moment(cell: Cell, dialect: Dialect) -> str:
    """Text in ISO 8601, or seconds, milli-, micro- or nanoseconds since 1970, which the size tells."""
    if cell.kind in ("moment", "day"):
        return f"CAST({cell.sql} AS TIMESTAMP)"
    number = f"try_cast({cell.sql} AS DOUBLE)"
    scale = (
        f"CASE WHEN {number} < 1e11 THEN 1000000 WHEN {number} < 1e14 THEN 1000 "
        f"WHEN {number} < 1e17 THEN 1 ELSE 0.001 END"
    )
    since = f"CASE WHEN {number} BETWEEN 1e8 AND 1e19 THEN CAST({number} * {scale} AS BIGINT) END"
    of_number = dialect.of_microseconds(since)
    return of_number if cell.kind == "number" else f"coalesce({dialect.moment(cell.sql)}, {of_number})"


def _without_hour(cells: Mapping[str, Sequence[Cell]]) -> str:
    """Whether only the day of a row is known."""
    if any(cell.kind == "day" for cell in cells.get("time", ())):
        return "TRUE"
    texts = [cell.sql for cell in cells.get("time", ()) if cell.kind == "text"]
    return f"coalesce({_first(texts)} LIKE '____-__-__', FALSE)" if texts else "FALSE"


def _number(cell: Cell) -> str:
    return cell.sql if cell.kind == "number" else f"try_cast(CAST({cell.sql} AS STRING) AS DOUBLE)"


def _count(cell: Cell, number: str) -> str:
    """A count of tokens: NULL where it is not stated, -1 where it is none."""
    nothing = f"{number} IS NULL"
    if cell.kind != "number":
        text = f"coalesce(lower(trim(CAST({cell.sql} AS STRING))), '')"
        nothing = f"isnan({number}) OR {text} IN ('', 'null', 'none')"
    whole = f"{number} BETWEEN 0 AND {MOST} AND {number} = floor({number})"
    return f"CASE WHEN {whole} THEN CAST({number} AS BIGINT) WHEN {nothing} THEN NULL ELSE -1 END"


def _columns(cells: Mapping[str, Sequence[Cell]], name: str) -> list[str]:
    return [f"c_{name}_{at}" for at, _ in enumerate(cells[name])]


def _is_within(cells: Mapping[str, Sequence[Cell]], name: str) -> str:
    """Whether the tokens are counted in those of `input` or `output` too."""
    steps = [
        f"WHEN {column} IS NOT NULL THEN {'FALSE' if cell.on_top else 'TRUE'}"
        for column, cell in zip(_columns(cells, name), cells[name], strict=True)
    ]
    return f"CASE {' '.join(steps)} ELSE FALSE END"


def _context(cells: Mapping[str, Sequence[Cell]]) -> str:
    """How long the prompts are at least, of a class such as `200k-1M`."""
    if not cells.get("context_window"):
        return "CAST(NULL AS BIGINT)"
    text = _text(cells, "context_window")
    thousands = f"try_cast(regexp_extract({text}, '^([0-9]+)k-', 1) AS BIGINT)"
    return f"CASE WHEN {text} LIKE '0-%' THEN 0 ELSE 1000 * {thousands} END"


def _net(name: str, kept: Sequence[str]) -> str:
    """A count of which no token is in another, those of reasoning apart, which are in `output`."""
    if name == "input":
        return f"coalesce(n_input, 0){_less(PROMPT, kept)}"
    if name == "output":
        on_top = (
            " + CASE WHEN NOT in_reasoning THEN coalesce(n_reasoning, 0) ELSE 0 END"
            if "reasoning" in kept
            else ""
        )
        return f"coalesce(n_output, 0){on_top}{_less(ANSWER, kept)}"
    return f"n_{name}"


def _less(names: Sequence[str], kept: Sequence[str]) -> str:
    return "".join(
        f" - CASE WHEN in_{name} THEN coalesce(n_{name}, 0) ELSE 0 END" for name in names if name in kept
    )


# The model's name, without the provider's before it where that is named too.
_MODEL = (
    "CASE WHEN provider <> '' AND substr(spelling, 1, length(provider) + 1) = concat(provider, '/') "
    "THEN substr(spelling, length(provider) + 2) ELSE spelling END"
)


def _ladder(number: str, steps: Sequence[int]) -> str:
    """The least number on the same step: one more than the highest of the steps that it is above."""
    rungs = [f"WHEN {number} > {step} THEN {step + 1}" for step in sorted(set(steps), reverse=True)]
    return f"CASE {' '.join(rungs)} ELSE 0 END" if rungs else "0"


def _mask(kept: Sequence[str]) -> str:
    """Which kinds of tokens a row has, a bit for each; the last: output that is not of reasoning."""
    bits = [f"CASE WHEN {name} > 0 THEN {1 << COUNTS.index(name)} ELSE 0 END" for name in kept]
    if "reasoning" in kept and "output" in kept:
        bits.append(f"CASE WHEN output > coalesce(reasoning, 0) THEN {1 << len(COUNTS)} ELSE 0 END")
    return " + ".join(bits) or "0"


def _fault(kept: Sequence[str], today: date) -> str:
    nothing = " AND ".join(f"n_{name} IS NULL" for name in kept) or "TRUE"
    bad = " OR ".join(f"n_{name} < 0" for name in kept) or "FALSE"
    over = " OR ".join(
        [f"{name} < 0" for name in ("input", "output") if name in kept]
        + (["coalesce(reasoning, 0) > output"] if {"reasoning", "output"} <= set(kept) else [])
    )
    return f"""CASE WHEN modelsync_unreadable THEN {UNREADABLE} WHEN spelling = '' AND {nothing} THEN {OTHER}
    WHEN not_asked THEN {NOT_ASKED}
    WHEN happened IS NULL THEN 4 WHEN CAST(happened AS DATE) > DATE '{today}' THEN 5 WHEN spelling = '' THEN 6
    WHEN currency NOT IN ('', 'usd', '$', 'us$') THEN {OTHER_CURRENCY} WHEN {bad} THEN 7
    WHEN {over or "FALSE"} THEN 8 WHEN {nothing} THEN 9 ELSE 0 END"""
