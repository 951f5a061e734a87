"""What a log of usage cost, at the prices that the catalog had on the day of each row."""

from __future__ import annotations

import tempfile
from pathlib import Path

from modelsync.errors import UsageError
from modelsync.jobs.cost import duck, rows, spark
from modelsync.jobs.cost.ledger import Ledger
from modelsync.jobs.cost.names import names_of, provider_words
from modelsync.jobs.cost.question import CostRequest, Question
from modelsync.records import Bill, History


def cost(history: History, request: CostRequest, *, out: Path | None = None, on_spark: bool = False) -> Bill:
    """Price the rows of logs, and put the amounts of bills beside them; `out` gets each row with its cost.

    Raises UsageError for a log that is not there or not understood, and where the engine is not installed.
    """
    if out and on_spark:
        raise UsageError("--out is DuckDB's", advice="Leave out --engine, or --out.")
    names = names_of(history)
    ledger = Ledger(names, provider_words(history), request.by, has_bills=bool(request.bills))
    with duck.opened(names) as database:
        engine = duck.Duck(database)
        question = Question(engine, names, request)
        if on_spark:
            with tempfile.TemporaryDirectory(prefix="modelsync-cost-") as folder:
                job = spark.Job(Path(folder), database, names)
                asked = Question(job.engine, names, request)
                answers = job.run(asked, job.write(asked, request.logs))
        else:
            answers = [(usages, question.answer(engine, usages)) for usages in question.usages(request.logs)]
        for _, sums in answers:
            ledger.add(sums)
        for usages in question.usages(request.bills):
            ledger.add_bill(question.answer(engine, usages))
        if out:
            priced = [(usages, [(one, ledger.verdict(one)) for one in sums]) for usages, sums in answers]
            rows.write(database, out, priced, names)
    return ledger.bill(history.notices)


def write_job(history: History, request: CostRequest, folder: Path) -> None:
    """Write a job for Spark that prices such logs on any cluster. Raises UsageError as `cost` does."""
    names = names_of(history)
    with duck.opened(names) as database:
        job = spark.Job(folder, database, names)
        job.write(Question(job.engine, names, request), request.logs)
