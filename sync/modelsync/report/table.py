"""The one table of this package, and how what is read in columns is set in line; knows no medium."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence

import msgspec
from msgspec.structs import replace

from modelsync.records import is_price_field
from modelsync.report.rows import Block, Row

FOLDED = 24  # columns that a folding cell is content with


class Column(msgspec.Struct, frozen=True):
    """A column: whether it stands to the right, may be folded, and how soon it can be spared (0: never)."""

    name: str
    right: bool = False
    folds: bool = False
    spare: int = 0
    stays: bool = False  # even where all its cells are empty


class Table(msgspec.Struct, frozen=True):
    """A table under a title, of safe text; an empty cell says that nothing is known."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    prefix: str = ""  # of the first cells, where there is no title above them
    roles: tuple[str, ...] = ()  # of the rows, where some are a `title` or say how many `more` there are
    note: str = ""
    lines: tuple[str, ...] = ()  # the same for a log: a line for each thing, with its name


def plain_lines(tables: Sequence[Table]) -> Iterator[str]:
    """All tables in the same columns; the first cell says whose row it is."""
    if not tables:
        return
    names = [column.name for column in tables[0].columns]
    rows = [_plain_row(table, row) for table in tables for row in table.rows]
    yield from columns([names, *rows], [column.right for column in tables[0].columns])


def _plain_row(table: Table, row: Sequence[str]) -> list[str]:
    """A row whose empty cells can be counted by a program."""
    named = zip(row, table.columns, strict=True)
    cells = [cell if cell.strip() or not column.name else "-" for cell, column in named]
    return [table.prefix + cells[0], *cells[1:]]


def kept(table: Table, available: int) -> list[int]:
    """The columns that are shown: none that is empty, the most easily spared left out until all fit."""
    widths = [max(map(width, cells), default=0) for cells in zip(*table.rows, strict=True)]
    shown = [i for i, size in enumerate(widths) if size or table.columns[i].stays]
    for i in sorted(shown, key=lambda i: -table.columns[i].spare):
        if table.columns[i].spare and _total(table, shown, widths) > available:
            shown.remove(i)
    return shown


def _total(table: Table, shown: Sequence[int], widths: Sequence[int]) -> int:
    needed = (min(widths[i], FOLDED) if table.columns[i].folds else widths[i] for i in shown)
    return sum(max(size, width(table.columns[i].name)) + 2 for i, size in zip(shown, needed, strict=True)) - 2


def width(text: str) -> int:
    """The columns that a text takes on a terminal: two for a wide character, none for a mark."""
    if text.isascii():
        return len(text)
    shown = (c for c in text if not unicodedata.combining(c))
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in shown)


def columns(table: Sequence[Sequence[str]], right: Sequence[bool]) -> Iterator[str]:
    """The rows of a table as lines, its columns two spaces apart, numbers to the `right`."""
    widths = [max(map(width, column), default=0) for column in zip(*table, strict=True)]
    for row in table:
        cells = zip(row, widths, right, strict=True)
        yield "  ".join(_padded(cell, size, to_right) for cell, size, to_right in cells).rstrip()


def _padded(cell: str, size: int, to_right: bool) -> str:
    blank = " " * (size - width(cell))
    return blank + cell if to_right else cell + blank


def pointed(amounts: Sequence[str]) -> list[str]:
    """The amounts padded so that their decimal points stand below each other."""
    parts = [amount.partition(".") for amount in amounts]
    whole = max((len(digits) for digits, _, _ in parts), default=0)
    rest = max((len(point + decimals) for _, point, decimals in parts), default=0)
    return [digits.rjust(whole) + (point + decimals).ljust(rest) for digits, point, decimals in parts]


def aligned(blocks: Iterable[Block]) -> list[Block]:
    """The blocks padded so that fields, points, arrows and differences stand in line."""
    every_block = list(blocks)
    every = iter(_rows([row for block in every_block for row in block.rows]))
    return [replace(b, rows=tuple(next(every) for _ in b.rows)) for b in every_block]


def _rows(rows: Sequence[Row]) -> list[Row]:
    size = max((len(row.field) for row in rows), default=0)
    numeric = iter(_numbers([row for row in rows if row.numeric]))
    padded = (next(numeric) if row.numeric else row for row in rows)
    return [replace(row, field=row.field.ljust(size)) for row in padded]


def _numbers(rows: Sequence[Row]) -> list[Row]:
    before = _column([row.before for row in rows], rows)
    after = _column([row.after for row in rows], rows)
    sizes = [max(map(len, column), default=0) for column in (before, after)]
    note = max((len(row.note) for row in rows), default=0)
    return [
        replace(row, before=old.rjust(sizes[0]), after=new.ljust(sizes[1]), note=row.note.rjust(note))
        for row, old, new in zip(rows, before, after, strict=True)
    ]


def _column(values: Sequence[str], rows: Sequence[Row]) -> list[str]:
    """Prices with their points below each other, counts as they are."""
    is_price = [is_price_field(row.field) for row in rows]
    priced = iter(pointed([value for value, price in zip(values, is_price, strict=True) if price]))
    return [next(priced) if price else value for value, price in zip(values, is_price, strict=True)]
