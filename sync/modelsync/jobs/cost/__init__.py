"""What a log of usage cost, at the prices that the catalog had on the day of each row."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from modelsync.jobs.cost import duck, formats, rows
from modelsync.jobs.cost.ledger import Ledger
from modelsync.jobs.cost.names import names_of, provider_words
from modelsync.jobs.cost.question import Question
from modelsync.records import Bill, History


def cost(
    history: History,
    logs: Sequence[str],
    *,
    today: date,
    by: Sequence[str] = ("model",),
    columns: Sequence[str] = (),
    bills: Sequence[str] = (),
    out: Path | None = None,
) -> Bill:
    """Price the rows of logs, and put the amounts of bills beside them; `out` gets each row with its cost.

    Raises UsageError for a log that is not there or not understood, and where DuckDB is not installed.
    """
    names = names_of(history)
    ledger = Ledger(names, provider_words(history), tuple(by), has_bills=bool(bills))
    with duck.opened(names) as database:
        question = Question(database, names, by, formats.columns_of(columns), today)
        answers = [(usage, list(question.sums(usage))) for usage in question.usages(logs)]
        for _, sums in answers:
            ledger.add(sums)
        for usage in question.usages(bills):
            ledger.add_bill(question.sums(usage))
        if out:
            priced = [(usage, [(one, ledger.verdict(one)) for one in sums]) for usage, sums in answers]
            rows.write(database, out, priced, names)
    return ledger.bill(history.notices)
