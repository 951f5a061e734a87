"""Prints reports and tables where a person or a log reads them; rich is loaded for a terminal only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from modelsync.records import Plan, Report
from modelsync.report.flat import flat
from modelsync.report.screen import Screen
from modelsync.report.table import Table, plain_lines


def terminal(of: Plan | Report, screen: Screen) -> None:
    """Print the report: tables on a terminal, plain lines elsewhere."""
    if screen.is_terminal:
        from modelsync.report.pretty import draw_report

        draw_report(of, screen)
    else:
        screen.write(flat(of, verbose=screen.verbose))


def print_tables(tables: Sequence[Table], screen: Screen, *, notes: Iterable[str] = ()) -> None:
    """Print the tables and the notes below them: drawn on a terminal, plain columns elsewhere."""
    if screen.is_terminal:
        from modelsync.report.pretty import draw_tables

        draw_tables(tables, screen, notes)
    else:
        screen.write([*plain_lines(tables), *notes])
