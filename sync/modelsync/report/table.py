"""Prints tables of what the catalog holds: drawn on a terminal, plain columns in a pipe."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import msgspec

from modelsync.report.align import columns, width
from modelsync.report.screen import Screen

if TYPE_CHECKING:
    from rich.table import Table

FOLDED = 24  # columns that a folding cell is content with


class Column(msgspec.Struct, frozen=True):
    """A column: whether it stands to the right, may be folded, and how soon it can be spared (0: never)."""

    name: str
    right: bool = False
    folds: bool = False
    spare: int = 0


class Sheet(msgspec.Struct, frozen=True):
    """A table under a title, of safe text; an empty cell says that nothing is known."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    prefix: str = ""  # of the first cells, where there is no title above them


def print_sheets(sheets: Sequence[Sheet], screen: Screen, *, notes: Iterable[str] = ()) -> None:
    """Print the tables and the notes below them."""
    if screen.is_terminal:
        _draw(sheets, screen, notes)
    else:
        screen.write([*_plain(sheets), *notes])


def _plain(sheets: Sequence[Sheet]) -> Iterator[str]:
    """All sheets in the same columns; the first cell says whose row it is."""
    if not sheets:
        return
    names = [column.name for column in sheets[0].columns]
    rows = [_plain_row(sheet, row) for sheet in sheets for row in sheet.rows]
    yield from columns([names, *rows], [column.right for column in sheets[0].columns])


def _plain_row(sheet: Sheet, row: Sequence[str]) -> list[str]:
    """A row whose empty cells can be counted by a program."""
    named = zip(row, sheet.columns, strict=True)
    cells = [cell if cell.strip() or not column.name else "-" for cell, column in named]
    return [sheet.prefix + cells[0], *cells[1:]]


def _draw(sheets: Sequence[Sheet], screen: Screen, notes: Iterable[str]) -> None:
    from rich.text import Text

    console = screen.console()
    for sheet in sheets:
        if sheet.title:
            console.print(Text(sheet.title, "bold"))
        console.print(_table(sheet, console.width))
        console.print()
    for note in notes:
        console.print(Text(note, "dim"))


def _table(sheet: Sheet, available: int) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")
    kept = _kept(sheet, available)
    for i in kept:
        column = sheet.columns[i]
        table.add_column(
            Text(column.name),
            justify="right" if column.right else "left",
            no_wrap=not column.folds,
            overflow="fold" if column.folds else "ellipsis",
        )
    for row in sheet.rows:
        table.add_row(*(Text(row[i]) for i in kept))
    return table


def _kept(sheet: Sheet, available: int) -> list[int]:
    """The columns that are shown: none that is empty, the most easily spared left out until all fit."""
    widths = [max(map(width, cells), default=0) for cells in zip(*sheet.rows, strict=True)]
    kept = [i for i, size in enumerate(widths) if size]
    for i in sorted(kept, key=lambda i: -sheet.columns[i].spare):
        if sheet.columns[i].spare and _total(sheet, kept, widths) > available:
            kept.remove(i)
    return kept


def _total(sheet: Sheet, kept: Sequence[int], widths: Sequence[int]) -> int:
    needed = (min(widths[i], FOLDED) if sheet.columns[i].folds else widths[i] for i in kept)
    return sum(max(size, width(sheet.columns[i].name)) + 2 for i, size in zip(kept, needed, strict=True)) - 2
