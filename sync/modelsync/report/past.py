"""Shows what the catalog said before: how long each value counted, the runs, and how a price came about."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal

from modelsync.records import (
    CALL_PRICES,
    USUAL_UNIT,
    Kind,
    Priced,
    PriceInterval,
    Step,
    is_price_field,
    kind_of,
)
from modelsync.report.documents import (
    ActionDocument,
    HistoryDocument,
    PricedDocument,
    RunDocument,
    RunsDocument,
)
from modelsync.report.drawing import bars, stated_in
from modelsync.report.json import dumped, interval_document
from modelsync.report.listing import units
from modelsync.report.table import Column, Table, pointed
from modelsync.report.terminal import Screen, print_tables
from modelsync.report.text import CALL_UNIT, TOKEN_UNIT, brief, difference, grouped, measure, money, shown

_COLUMNS = (
    Column("field"),
    Column("value", folds=True),
    Column("", right=True),
    Column("since"),
    Column("until"),
    Column("from", folds=True, spare=1),
    Column("commit", spare=2),
)
_OF_INTEREST = set(Kind) - {Kind.TEXT, Kind.WORDS, Kind.DATE}
_ACTIONS = ("add", "update", "remove")


def history(
    model: str,
    intervals: Sequence[PriceInterval],
    screen: Screen,
    *,
    until: datetime,
    unit: str = USUAL_UNIT,
    notices: Iterable[str] = (),
) -> None:
    """Print one model through time, field by field, the oldest first, prices in a unit of PRICING_UNITS.

    Words are told only where all is asked for.
    """
    intervals = stated_in(intervals, unit)
    rows = [
        row
        for field, of_it in grouped(intervals, lambda one: one.field).items()
        if screen.verbose or kind_of(field) in _OF_INTEREST
        for row in _rows(of_it, unit)
    ]
    name, plot = brief(model), bars(intervals, until=until) if screen.is_terminal else ()
    table = Table(name, _COLUMNS, tuple(rows), prefix=f"{name}:")
    print_tables([table], screen, notes=[*plot, *map(brief, notices)])


def history_json(model: str, intervals: Sequence[PriceInterval], *, notices: Sequence[str] = ()) -> str:
    """The values of one model through time as one JSON object; days are UTC, `until` is exclusive."""
    documents = [interval_document(one) for one in intervals]
    return dumped(HistoryDocument(model=model, intervals=documents, units=units(), notices=notices))


def _rows(intervals: Sequence[PriceInterval], unit: str) -> Iterator[tuple[str, ...]]:
    values = [shown(one.field, one.value) for one in intervals]
    if is_price_field(intervals[0].field) and all(isinstance(one.value, Decimal) for one in intervals):
        values = pointed(values)
    previous: object = None
    for one, value in zip(intervals, values, strict=True):
        yield (
            brief(one.field),
            f"{value} {measure(one.field, unit)}".rstrip(),
            difference(previous, one.value),
            f"{one.since:%Y-%m-%d}",
            f"{one.until:%Y-%m-%d}" if one.until else "",
            (brief(one.source) or "a person") + (f", {one.kind}" if one.kind != "change" else ""),
            one.commit[:10],
        )
        previous = one.value


# ---------------------------------------------------------------------------- runs


def runs(steps: Sequence[Step], screen: Screen, *, notices: Iterable[str] = ()) -> None:
    """Print the commits that changed what the catalog means, the newest first."""
    columns = (
        *(Column("day"), Column("from", folds=True)),
        *(Column(name, right=True) for name in ("added", "changed", "removed")),
        *(Column("commit"), Column("subject", folds=True, spare=1)),
    )
    rows = [
        (
            f"{step.observed:%Y-%m-%d}",
            (brief(step.source) or "a person") + (f" ({brief(step.actor)})" if step.actor else ""),
            *(str(sum(one.action == action for one in step.changes) or "") for action in _ACTIONS),
            step.commit[:10],
            brief(step.subject),
        )
        for step in reversed(steps)
    ]
    print_tables([Table("", columns, tuple(rows))], screen, notes=map(brief, notices))


def runs_json(steps: Sequence[Step], *, notices: Sequence[str] = ()) -> str:
    """The commits that changed what the catalog means as one JSON object, the newest first."""
    return dumped(RunsDocument(runs=run_documents(steps), notices=notices))


def run_documents(steps: Sequence[Step]) -> list[RunDocument]:
    """The commits that changed the catalog, each as `--json` has it."""
    return [
        RunDocument(
            commit=step.commit,
            subject=step.subject,
            observed=step.observed,
            merged=step.merged,
            source=step.source,
            actor=step.actor,
            changes=[ActionDocument(action=one.action, model=one.name) for one in step.changes],
        )
        for step in reversed(steps)
    ]


# ---------------------------------------------------------------------------- a price


def priced(of: Priced, screen: Screen) -> None:
    """Print how a price is calculated, part by part, and which commits its prices are from."""
    parts = of.cost.parts if of.cost else ()
    columns = (
        *(Column("what"), Column("count", right=True), Column("price", folds=True)),
        *(Column("USD", right=True), Column("why", folds=True), Column("reviewed", folds=True, spare=1)),
    )
    reviewed = {one.field: f"{one.since:%Y-%m-%d} {one.commit[:10]}" for one in of.prices}
    rows = [
        (
            part.what,
            f"{part.count:,}",
            f"{money(part.price)} {CALL_UNIT if part.what in CALL_PRICES else TOKEN_UNIT}"
            if part.price is not None
            else "not known",
            "" if part.amount is None else money(part.amount),
            part.why,
            reviewed.get(f"pricing.{part.what}", ""),
        )
        for part in parts
    ]
    name = f"{brief(of.model)} on {of.on}"
    total = f"total: {of.total} USD" if of.total is not None else f"total: {of.unknown}"
    tables = [Table(name, columns, tuple(rows), prefix=f"{name}: ")] if rows else []
    lead = [] if rows else [f"{name}:"]
    print_tables(tables, screen, notes=[*lead, total, *map(brief, of.notices)])


def priced_json(of: Priced) -> str:
    """A calculated price as one JSON object: `total` in USD as decimal text, null where it is not known."""
    return dumped(
        PricedDocument(
            model=of.model,
            on=of.on,
            total=of.cost.total if of.cost else None,
            unknown=of.unknown,
            parts=of.cost.parts if of.cost else (),
            prices=[interval_document(one) for one in of.prices],
            notices=of.notices,
        )
    )
