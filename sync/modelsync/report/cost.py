"""Shows what a log of usage cost: by group, what has no price and why, by which names models were found."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_HALF_EVEN, Decimal
from html import escape

from modelsync.records import Bill, CostLine
from modelsync.report.documents import BillDocument
from modelsync.report.drawing import STYLE, paper, text
from modelsync.report.json import dumped
from modelsync.report.table import Column, Table, pointed
from modelsync.report.terminal import Screen, print_tables
from modelsync.report.text import brief, money

_SHOWN = Decimal("0.0001")  # USD: a table is read, the total and `--json` are exact
_BAR = 24  # columns
_DRAWN = 20  # groups
_ROW = 26  # pixels
_WIDTH, _LEFT, _RIGHT = 900, 280, 130


def cost(bill: Bill, screen: Screen) -> None:
    """Print what was calculated, the groups that cost most first."""
    tables = [_groups(bill, bars=screen.is_terminal)]
    if bill.reasons:
        tables.append(_unpriced(bill))
    if screen.verbose and bill.names:
        tables.append(_names(bill))
    if not screen.is_terminal:  # each has columns of its own
        for table in tables[:-1]:
            print_tables([table], screen)
        tables = tables[-1:]
    print_tables(tables, screen, notes=[_total(bill), *map(brief, bill.notices)])


def _groups(bill: Bill, *, bars: bool) -> Table:
    billed = any(line.billed is not None for line in bill.lines)
    most = max((line.amount or Decimal() for line in bill.lines), default=Decimal())
    columns = (
        *(Column(brief(name), folds=True) for name in bill.by),
        *(Column("rows", right=True), Column("unpriced", right=True), Column("USD", right=True, stays=True)),
        *((Column("billed", right=True), Column("difference", right=True)) if billed else ()),
        *((Column("", spare=1),) if bars else ()),
    )
    amounts = pointed([_shown(line.amount) for line in bill.lines])
    rows = [
        (
            *map(brief, line.by),
            *(f"{line.rows:,}", f"{line.unpriced:,}" if line.unpriced else "", amount),
            *((_shown(line.billed), _difference(line)) if billed else ()),
            *(("█" * int(_BAR * line.amount / most) if line.amount and most else "",) if bars else ()),
        )
        for line, amount in zip(bill.lines, amounts, strict=True)
    ]
    return Table("", columns, tuple(rows))


def _shown(amount: Decimal | None) -> str:
    """An amount for a table, to a hundredth of a cent; one that is smaller is not nothing."""
    if amount is None:
        return ""
    rounded = amount.quantize(_SHOWN, ROUND_HALF_EVEN)
    return f"{rounded:f}" if rounded or not amount else f"<{_SHOWN}"


def _difference(line: CostLine) -> str:
    if line.amount is None or line.billed is None:
        return ""
    difference = line.billed - line.amount
    return f"{difference.quantize(_SHOWN, ROUND_HALF_EVEN):+f}" if difference else "0"


def _unpriced(bill: Bill) -> Table:
    columns = (
        *(Column("not priced", folds=True), Column("rows", right=True)),
        *(Column("why", folds=True), Column("what would help", folds=True, spare=1)),
    )
    texts = ((one.name or "any", f"{one.rows:,}", one.reason, one.advice) for one in bill.reasons)
    return Table("", columns, tuple(tuple(map(brief, row)) for row in texts))


def _names(bill: Bill) -> Table:
    columns = (Column("in the log", folds=True), Column("is"), Column("by its"), Column("rows", right=True))
    rows = ((brief(one.name), brief(one.model), one.by, f"{one.rows:,}") for one in bill.names)
    return Table("", columns, tuple(rows))


def _total(bill: Bill) -> str:
    if bill.total is None:
        return f"total: not known; none of {bill.rows:,} rows has a price"
    left = f", without {bill.unpriced:,} of" if bill.unpriced else " for"
    return f"total: {money(bill.total)} USD{left} {bill.rows:,} rows"


def cost_json(bill: Bill) -> str:
    """What was calculated as one JSON object: amounts in USD as decimal text, null where none is known."""
    groups = [
        {
            **dict(zip(bill.by, line.by, strict=True)),
            "rows": line.rows,
            "unpriced": line.unpriced,
            "total": _exact(line.amount),
            "billed": _exact(line.billed),
        }
        for line in bill.lines
    ]
    return dumped(
        BillDocument(
            total=bill.total,
            rows=bill.rows,
            unpriced=bill.unpriced,
            by=groups,
            reasons=bill.reasons,
            names=bill.names,
            notices=bill.notices,
        )
    )


def _exact(amount: Decimal | None) -> str | None:
    return None if amount is None else money(amount)


def cost_drawing(bill: Bill, *, style: str = STYLE) -> str:
    """The groups that cost most as bars in an SVG picture, readable in light and dark."""
    lines = [line for line in bill.lines if line.amount][:_DRAWN]
    height = 70 + _ROW * max(len(lines), 1)
    title = f"cost by {', '.join(map(brief, bill.by))}, USD"
    return paper(title, list(_bars(lines)), width=_WIDTH, height=height, style=style)


def _bars(lines: list[CostLine]) -> Iterator[str]:
    most = max((line.amount or Decimal() for line in lines), default=Decimal(1))
    if not lines:
        yield text("quiet", _LEFT, 60, "nothing has a price")
    for number, line in enumerate(lines):
        y, amount = 50 + _ROW * number, line.amount or Decimal()
        name = brief(", ".join(line.by))
        length = float(amount / most) * (_WIDTH - _LEFT - _RIGHT)
        yield text("ink", _LEFT - 10, y + 14, name[-40:], 'text-anchor="end"')
        yield (
            f'<rect class="bar hue-212" x="{_LEFT}" y="{y}" width="{max(length, 1):.1f}" '
            f'height="{_ROW - 8}"><title>{escape(name)}: {money(amount)} USD</title></rect>'
        )
        yield text("quiet", _LEFT + length + 8, y + 14, _shown(amount))
