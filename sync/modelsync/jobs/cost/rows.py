"""Writes each row of a log with what it cost, which commit its prices are from, or why it has none."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modelsync.errors import UsageError
from modelsync.jobs.cost import sql
from modelsync.jobs.cost.duck import quoted, rows_of
from modelsync.jobs.cost.ledger import Sums, Verdict
from modelsync.jobs.cost.names import Names
from modelsync.jobs.cost.question import Usages
from modelsync.records import EXACT, RequestCost

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_MOST = 18  # decimals of a price for one token
_TEXTS = ("provider", "spelling", "service_tier", "region")
_NUMBERS = ("prompt", "minute", "kinds", "flags", "fault")
_OURS = ("cost", "cost_model", "cost_commit", "cost_reason")
Answer = tuple[Usages, Sequence[tuple[Sums, Verdict]]]


def write(database: DuckDBPyConnection, path: Path, answers: Sequence[Answer], names: Names) -> None:
    """Write the rows of all logs as Parquet, or as CSV where the name ends so.

    An amount is a DECIMAL with as many places as the finest price needs: nothing is rounded. Raises
    UsageError where these are more than fit, or the file cannot be written.
    """
    prices = [unit_prices(verdict.cost) for _, of in answers for _, verdict in of]
    places = max((_places(price) for of in prices for price in of.values()), default=0)
    if places > _MOST:
        raise UsageError(f"a price of one token has {places} decimals; amounts are exact to {_MOST}")
    with tempfile.TemporaryDirectory(prefix="modelsync-cost-") as folder:
        queries = []
        for number, (usages, verdicts) in enumerate(answers):
            table = _load(database, Path(folder) / f"{number}.csv", usages, verdicts, places)
            queries.append(_rows(usages, table, names))
        layout = "FORMAT csv, HEADER" if path.suffix.lower() == ".csv" else "FORMAT parquet"
        database.execute(f"COPY ({' UNION ALL BY NAME '.join(queries)}) TO {quoted(str(path))} ({layout})")


def _rows(usages: Usages, prices: str, names: Names) -> str:
    usage = f"SELECT * REPLACE ({sql.bounded('day', names.first, names.last)} AS day) FROM ({usages.sql})"
    meant = sql.meant_sql(f"({usage})", [*sql.ASK, *usages.kept, "modelsync_line"])
    amount = " + ".join(f"CAST(m.{name} AS DECIMAL(18, 0)) * p.{name}" for name in usages.kept) or "0"
    line = "unnest(m.modelsync_line)" if usages.is_table else "m.modelsync_line AS line"
    ours = [f"modelsync_{name}" if name in usages.columns else name for name in _OURS]
    values = (amount, "p.model", "p.commit", "p.reason")
    added = ", ".join(f"{value} AS {name}" for value, name in zip(values, ours, strict=True))
    same = [f"m.{name} = coalesce(p.{name}, '')" for name in _TEXTS] + [
        f"m.{name} = p.{name}" for name in _NUMBERS
    ]
    return (
        f"SELECT {line}, {added} FROM ({meant}) AS m LEFT JOIN {prices} AS p "
        f"ON m.meaning IS NOT DISTINCT FROM p.meaning AND {' AND '.join(same)}"
    )


def _load(
    database: DuckDBPyConnection,
    file: Path,
    usages: Usages,
    verdicts: Sequence[tuple[Sums, Verdict]],
    places: int,
) -> str:
    """Make a table of the prices: USD for one token or call, NULL where none is known. Returns its name."""
    rows: dict[tuple[Any, ...], tuple[Any, ...]] = {}
    for sums, verdict in verdicts:
        key = (
            *("" if sums.meaning is None else sums.meaning, sums.provider, sums.name),
            *(sums.service_tier, sums.region, sums.prompt, sums.minute, sums.kinds, sums.flags, sums.fault),
        )
        of, is_priced = unit_prices(verdict.cost), verdict.total is not None
        texts = [f"{of.get(name, Decimal()):f}" if is_priced else "" for name in usages.kept]
        rows[key] = (*texts, verdict.meaning.model, verdict.meaning.commit, verdict.reason)
    columns = {
        "meaning": "INTEGER",
        **dict.fromkeys(_TEXTS, "VARCHAR"),
        **dict.fromkeys(_NUMBERS, "BIGINT"),
        **dict.fromkeys(usages.kept, f"DECIMAL({20 if places else 18}, {places})"),
        **dict.fromkeys(("model", "commit", "reason"), "VARCHAR"),
    }
    name, of_rows = f"prices_{file.stem}", rows_of(file, columns, [(*key, *row) for key, row in rows.items()])
    database.execute(f"CREATE TEMP TABLE {name} AS SELECT * FROM {of_rows}")
    return name


def unit_prices(cost: RequestCost | None) -> dict[str, Decimal]:
    """USD for one token or call of each kind; that of reasoning is what it costs more than other output."""
    parts = cost.parts if cost else ()
    prices = {
        part.what: EXACT.divide(part.amount, Decimal(part.count)) for part in parts if part.amount is not None
    }
    if "reasoning" in prices:
        prices["reasoning"] = EXACT.subtract(prices["reasoning"], prices.get("output", Decimal()))
    elif not any(part.what == "reasoning" for part in parts):
        prices["reasoning"] = Decimal()
    return prices


def _places(price: Decimal) -> int:
    exponent = price.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0
