"""The command that prices logs of usage: cost."""

from __future__ import annotations

from pathlib import Path

import click

from modelsync.cli.options import DRAWN, WrittenFile, common
from modelsync.cli.output import reading_the_past, remembered, screen, write_file
from modelsync.cli.start import run
from modelsync.errors import EXIT_FAILURE

_BY = "Group by model (default), provider, name, day, month, service_tier, region, or a column of the log."
_COLUMNS = "Where a field is: `time=when,input=tokens`; `cache_read=+hits` counts on top of the input."
_OUT = (
    "Write each row with its cost, the commit of its prices, or the reason why it has none (.parquet, .csv)."
)
_ENGINE = "What adds up the rows: DuckDB in this process, or Spark (SPARK_MASTER, else all cores)."
_JOB = "Write a job for `spark-submit` on any cluster that prices logs of this layout, and stop."
_ROWS = WrittenFile(holds=b"cost_reason", endings=(".csv", ".parquet"))


@click.command(short_help="What logs of usage cost, at the prices of each day.")
@click.argument("usage", metavar="USAGE...", nargs=-1, required=True)
@click.option("--by", metavar="COLUMN", multiple=True, default=["model"], help=_BY)
@click.option("--columns", metavar="FIELD=COLUMN,...", multiple=True, help=_COLUMNS)
@click.option("--out", type=_ROWS, metavar="FILE", help=_OUT)
@click.option(
    "--compare", metavar="BILL", multiple=True, help="Put the amounts of a vendor's bill beside it."
)
@click.option("--svg", metavar="FILE", type=DRAWN, help="Draw the groups to a file.")
@click.option(
    "--rev", metavar="REV", default="HEAD", help="By the history of this revision: HEAD by default."
)
@click.option("--strict", is_flag=True, help="Exit 1 where any row has no price.")
@click.option("--engine", type=click.Choice(["duckdb", "spark"]), default="duckdb", help=_ENGINE)
@click.option("--write-job", metavar="DIR", type=click.Path(path_type=Path), help=_JOB)
@common
def cost(
    usage: tuple[str, ...],
    *,
    by: tuple[str, ...],
    columns: tuple[str, ...],
    out: Path | None,
    compare: tuple[str, ...],
    svg: Path | None,
    rev: str,
    strict: bool,
    engine: str,
    write_job: Path | None,
) -> int:
    """Calculate what logs of usage cost, at the prices that the catalog had on the day of each row.

    USAGE are files, folders or patterns: CSV, JSON Lines, JSON or Parquet, from LiteLLM, Langfuse,
    OpenTelemetry, the exports of OpenAI and Anthropic, or any table with columns for the time, the model and
    its tokens. What has no price is counted and named; it is never taken for zero.
    """
    from modelsync import report
    from modelsync.jobs import cost as job
    from modelsync.jobs import past
    from modelsync.jobs.cost.question import Order

    asked = run()
    with reading_the_past():
        history = past.read(asked, rev).history
    order = Order(usage, asked.now.date(), by, columns, compare)
    if write_job:
        job.write_job(history, order, write_job)
        click.echo(f"spark-submit {write_job / 'job.py'} [LOG...]")
        return 0
    bill = job.cost(history, order, out=out, on_spark=engine == "spark")
    if svg:
        write_file(svg, report.cost_drawing(bill).encode())
    if remembered("as_json"):
        click.echo(report.cost_json(bill))
    else:
        report.cost(bill, screen())
    return EXIT_FAILURE if strict and bill.unpriced else 0
