"""Prints a report where a person or a log reads it."""

from __future__ import annotations

from modelsync.records import Plan, Report
from modelsync.report.flat import flat
from modelsync.report.screen import Screen


def terminal(of: Plan | Report, screen: Screen) -> None:
    """Print the report: tables on a terminal, plain lines elsewhere (and then rich is not loaded)."""
    if screen.is_terminal:
        from modelsync.report.pretty import pretty

        pretty(of, screen)
    else:
        screen.write(flat(of, verbose=screen.verbose))
