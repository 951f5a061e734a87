"""What every model cost on every day: a table to join with logs of usage, in any database."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

from modelsync.jobs.cost import duck
from modelsync.jobs.export.format import Export, Exported, priced
from modelsync.records import CALL_PRICES, TOKEN_PRICES, Prices, Release, midnight, text_of

KINDS = (*TOKEN_PRICES, *CALL_PRICES)
COLUMNS = ("model", "day", *KINDS, "tiers", "windows", "variants")
_DAY = timedelta(days=1)


def _make(release: Release, day: date) -> Exported:
    """A row for each model and day up to that one; USD per 1M tokens, or per call, with the factor.

    Prices for some requests (tiers, windows, variants) are text, list prices without the factor.
    """
    file = io.StringIO()
    table = csv.writer(file, lineterminator="\n")
    table.writerow(COLUMNS)
    table.writerows(_rows(release, day))
    return Exported(file.getvalue())


def _rows(release: Release, last: date) -> Iterator[list[str]]:
    end = midnight(last) + _DAY
    for model in release.models:
        for since, until, prices in priced(model):
            cells, day = _cells(prices), since
            while day < min(until or end, end):
                yield [model.name, f"{day:%Y-%m-%d}", *cells]
                day += _DAY


def _cells(prices: Prices) -> list[str]:
    amounts = (prices.of(kind) for kind in KINDS)
    schedules = (tuple(prices.tiers), tuple(prices.windows), tuple(prices.variants))
    return ["" if one is None else text_of(one) for one in amounts] + [text_of(one) for one in schedules]


def parquet(exported: Exported) -> bytes:
    """The table as Parquet, its prices as decimals. Raises UsageError for another format, and where DuckDB is
    not installed."""
    with duck.connected() as database, tempfile.TemporaryDirectory(prefix="modelsync-export-") as folder:
        source, target = Path(folder) / "days.csv", Path(folder) / "days.parquet"
        source.write_text(exported.text, encoding="utf-8")
        amounts = ", ".join(f"CAST({kind} AS DECIMAL(24, 12)) AS {kind}" for kind in KINDS)
        database.execute(
            f"COPY (SELECT model, CAST(day AS DATE) AS day, {amounts}, tiers, windows, variants "
            f"FROM read_csv({duck.quoted(str(source))}, all_varchar = true)) "
            f"TO {duck.quoted(str(target))} (FORMAT parquet)"
        )
        return target.read_bytes()


EXPORTS = (Export("price-days", _make),)
