"""Adds up what logs used, on any Spark: `spark-submit job.py [LOG...]`, beside its tables.

Prints the total in USD, which is exact, and writes what it added up to `sums.json`. Needs PySpark alone.
"""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterator
from decimal import Context, Decimal
from pathlib import Path
from typing import Any

from pyspark.sql import DataFrame, SparkSession

HERE = Path(__file__).resolve().parent
EXACT = Context(prec=100)
Prices = dict[tuple[str, ...], list[dict[str, str]]]


def main(logs: list[str]) -> None:
    """Ask the question of each layout of logs; LOGS take the place of those of the first."""
    plan = json.loads((HERE / "job.json").read_text())
    spark = SparkSession.builder.appName("modelsync cost").getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    spark.conf.set("spark.sql.session.timeZone", "UTC")
    for name, columns in plan["tables"].items():
        rows = [tuple(row) for row in _rows(name)]
        spark.createDataFrame(
            rows, ", ".join(f"{column} STRING" for column in columns)
        ).createOrReplaceTempView(f"{name}_text")
    for statement in plan["statements"]:
        spark.sql(statement)
    answers = []
    for number, source in enumerate(plan["sources"]):
        paths = logs if logs and number == 0 else source["paths"]
        _read(spark, source, paths).createOrReplaceTempView(source["name"])
        answers.append([[*row] for row in spark.sql(source["query"]).collect()])
    (HERE / "sums.json").write_text(json.dumps(answers, default=str))
    tables, total, counted, unpriced = _prices(), Decimal(), 0, 0
    for source, answer in zip(plan["sources"], answers, strict=True):
        for row in answer:
            sums = dict(zip(source["columns"], row, strict=True))
            if int(sums["fault"]) not in plan["left_out"]:
                amount = _amount(sums, source["counts"], tables)
                total = EXACT.add(total, amount or Decimal())
                counted += int(sums["counted"])
                unpriced += int(sums["counted"]) if amount is None else 0
    print(json.dumps({"total": f"{total.normalize():f}", "rows": counted, "unpriced": unpriced}))
    spark.stop()


def _read(spark: SparkSession, source: dict[str, Any], paths: list[str]) -> DataFrame:
    if source["kind"] == "json":
        return spark.read.text(paths)
    if source["kind"] == "parquet":
        return spark.read.option("mergeSchema", "true").parquet(*paths)
    schema = ", ".join(f"`{name.replace('`', '``')}` STRING" for name in source["names"])
    options = {"header": True, "sep": source["delimiter"], "quote": '"', "escape": '"', "multiLine": False}
    return spark.read.options(**options).schema(schema).csv(paths)


def _rows(name: str) -> Iterator[list[str]]:
    with (HERE / f"{name}.csv").open(newline="", encoding="utf-8") as file:
        yield from csv.reader(file)


def _prices() -> Prices:
    """The steps of the prices of each meaning, service tier and region, from the lowest on."""
    header, *rows = _rows("prices")
    tables: Prices = {}
    for row in rows:
        step = dict(zip(header, row, strict=True))
        tables.setdefault((step["meaning"], step["service_tier"], step["region"]), []).append(step)
    return tables


def _amount(sums: dict[str, Any], counts: list[str], tables: Prices) -> Decimal | None:
    """What sums cost in USD; None where that is not known."""
    key = (str(sums["meaning"]), sums["service_tier"])
    steps = tables.get((*key, sums["region"])) or tables.get((*key, ""))
    if int(sums["fault"]) or not steps:
        return None
    step = [
        one for one in steps if int(one["prompt"]) <= sums["prompt"] and int(one["minute"]) <= sums["minute"]
    ][-1]
    flags = int(sums["flags"])
    if (flags & 1 and 0 < int(step["first_tier"]) <= sums["prompt"]) or (flags & 2 and step["hours"] == "1"):
        return None
    total = Decimal()
    for name in counts:
        count = Decimal(int(sums[name]))
        if count and not step[name]:
            return None
        total = EXACT.add(total, EXACT.multiply(count, Decimal(step[name] or 0)))
    return total


if __name__ == "__main__":
    main(sys.argv[1:])
