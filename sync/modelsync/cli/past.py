"""The commands that look back: history, diff, price, and cost, which prices logs of usage."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from modelsync.cli import complete
from modelsync.cli.options import DAY, DRAWN, WrittenFile, common
from modelsync.cli.output import reading_the_past, remembered, screen, write_file
from modelsync.cli.start import run
from modelsync.errors import EXIT_FAILURE

if TYPE_CHECKING:
    from collections.abc import Callable

_COUNTS = {
    "input": "tokens that were neither read from a cache nor written to one",
    "output": "tokens, those of reasoning in them",
    "cache_read": "tokens that were read from a cache",
    "cache_write": "tokens that were written to a cache",
    "cache_write_1h": "tokens that were written to a cache for an hour",
    "reasoning": "how many of the output tokens were reasoning",
    "image_input": "tokens of images",
    "image_output": "tokens of images that came out",
    "audio_input": "tokens of sound",
    "audio_output": "tokens of sound that came out",
    "request": "calls, where each has a price",
    "web_search": "searches",
}
_BY = "Group by model (default), provider, name, day, month, service_tier, region, or a column of the log."
_PLACES = "Where a field is: `time=when,input=tokens`; `cache_read=+hits` counts on top of the input."
_OUT = (
    "Write each row with its cost, the commit of its prices, or the reason why it has none (.parquet, .csv)."
)
_ENGINE = "What adds up the rows: DuckDB in this process, or Spark (SPARK_MASTER, else all cores)."
_JOB = "Write a job for `spark-submit` on any cluster that prices logs of this layout, and stop."
_ROWS = WrittenFile(holds=b"cost_reason", endings=(".csv", ".parquet"))


@click.command(short_help="What the catalog said, and since when.")
@click.argument("model", metavar="[PROVIDER/MODEL]", required=False, shell_complete=complete.models)
@click.option("--rev", metavar="REV", default="HEAD", help="As of this revision: HEAD unless it is given.")
@click.option("--svg", metavar="FILE", type=DRAWN, help="Draw the prices to a file.")
@common
def history(model: str | None, rev: str, svg: Path | None) -> None:
    """Show the values of a model through time, as the commits of the catalog have them.

    A price counts from the day (UTC) on which a run saw it, or that a comment `# modelsync: since DATE` at
    its line names. Without a model, list the commits that changed the catalog.
    """
    from modelsync import report
    from modelsync.jobs import past
    from modelsync.records import is_price_field

    asked = run()
    with reading_the_past():
        known = past.read(asked, rev, model or "")
    notices, unit = known.history.notices, asked.config.pricing_unit
    if model is None:
        if svg:
            raise click.UsageError("--svg draws one model: name it")
        if remembered("as_json"):
            click.echo(report.runs_json(known.steps, notices=notices))
        else:
            report.runs(known.steps, screen(), notices=notices)
        return
    name = known.model(model)
    intervals = known.history.intervals[name]
    if svg:
        prices = [one for one in intervals if is_price_field(one.field)]
        write_file(svg, report.drawing(name, prices, until=asked.now, unit=unit).encode())
    if remembered("as_json"):
        click.echo(report.history_json(name, intervals, notices=notices))
    else:
        report.history(name, intervals, screen(), until=asked.now, unit=unit, notices=notices)


@click.command(short_help="What differs between two revisions.")
@click.argument("revisions", metavar="[OLD [NEW]]", nargs=-1)
@click.option("--since", metavar="DATE", type=DAY, help="What changed since that day, up to HEAD.")
@click.option(
    "--format", "format_", type=click.Choice(["text", "markdown"]), default="text", help="How it is shown."
)
@common
def diff(revisions: tuple[str, ...], since: date | None, format_: str) -> None:
    """Compare the catalog of two revisions by meaning: OLD (HEAD) and NEW (the working tree).

    Prices in another unit, another order, file or key are no difference.
    """
    from modelsync import report
    from modelsync.jobs import past

    with reading_the_past():
        answer = past.difference(run(), revisions, since)
    if remembered("as_json"):
        click.echo(report.as_json(answer))
    elif format_ == "markdown":
        click.echo(report.markdown(answer), nl=False)
    else:
        report.terminal(answer, screen())


def _counted(command: Callable[..., Any]) -> Callable[..., Any]:
    """The command with an option for each kind of token."""
    for name, what in reversed(_COUNTS.items()):
        option = f"--{name.replace('_', '-')}"
        count = click.IntRange(min=0)
        command = click.option(option, name, type=count, default=0, metavar="N", help=what)(command)
    return command


@click.command(short_help="What usage of a model cost on a day.")
@click.argument("model", metavar="PROVIDER/MODEL", shell_complete=complete.models)
@click.option("--on", metavar="DATE", type=DAY, help="The day, in UTC: today unless it is given.")
@click.option("--at", metavar="HH:MM", type=click.DateTime(["%H:%M"]), help="The time of day, in UTC.")
@_counted
@click.option("--service-tier", metavar="WORD", default="", help="batch, flex, priority.")
@click.option("--region", metavar="WORD", default="", help="Where it was asked, if that has a price.")
@common
def price(model: str, on: date | None, at: datetime | None, **usage: Any) -> None:
    """Calculate what a request cost at the prices that the catalog had for that day.

    Tiers, hours, variants and factors are applied, and each is named.
    """
    from modelsync import report
    from modelsync.jobs import past
    from modelsync.records import Usage

    asked = run()
    with reading_the_past():
        answer = past.price(asked, model, on or asked.now.date(), Usage(**usage), at.time() if at else None)
    if remembered("as_json"):
        click.echo(report.priced_json(answer))
    else:
        report.priced(answer, screen())


@click.command(short_help="What logs of usage cost, at the prices of each day.")
@click.argument("usage", metavar="USAGE...", nargs=-1, required=True)
@click.option("--by", metavar="COLUMN", multiple=True, default=["model"], help=_BY)
@click.option("--columns", metavar="FIELD=COLUMN,...", multiple=True, help=_PLACES)
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
    from modelsync.jobs.cost.question import CostRequest

    asked = run()
    with reading_the_past():
        history = past.read(asked, rev).history
    request = CostRequest(usage, asked.now.date(), by, columns, compare)
    if write_job:
        job.write_job(history, request, write_job)
        click.echo(f"spark-submit {write_job / 'job.py'} [LOG...]")
        return 0
    bill = job.cost(history, request, out=out, on_spark=engine == "spark")
    if svg:
        write_file(svg, report.cost_drawing(bill).encode())
    if remembered("as_json"):
        click.echo(report.cost_json(bill))
    else:
        report.cost(bill, screen())
    return EXIT_FAILURE if strict and bill.unpriced else 0
