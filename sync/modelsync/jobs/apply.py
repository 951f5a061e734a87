"""The job: carry out a saved plan, as far as the catalog allows it. Its file is vouched for by nobody."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from msgspec.structs import replace

from modelsync import catalog
from modelsync.against import faults
from modelsync.catalog import Opened, Rewrite
from modelsync.config import CONFIG_FILE
from modelsync.errors import CatalogEditRefused, PlanStale
from modelsync.jobs import opening, writing
from modelsync.records import Plan, Report
from modelsync.run.request import Run


def apply(run: Run, saved: Plan) -> Report:
    """Do what a saved plan says, as far as a run may: its file is nothing that anybody vouches for.

    Raises PlanStale where the catalog is not what it was made for, CatalogEditRefused where that forbids it.
    """
    with opening.alone(run) as review:
        opened = opening.open_catalog(run)
        _expect_made_for(saved, opened, run.rules)
        _expect_allowed(run, opened, catalog.written(opened, saved)[1])
        return writing.carry_out(run, opened, replace(saved, unsynced=saved.sources), review)


def _expect_made_for(saved: Plan, opened: Opened, rules: str) -> None:
    """That the catalog's files are the ones that the plan was made for, and say what it says of them."""
    now = {**opened.catalog.files, CONFIG_FILE: rules}
    other = sorted(name for name in now.keys() | saved.files.keys() if now.get(name) != saved.files.get(name))
    entries = {entry.name: entry for entry in opened.catalog.entries()}
    other = other or [
        f"{change.name}:{field.field}"
        for change in saved.changes
        if (entry := entries.get(change.name))
        for field in change.fields
        if field.old != entry.value_of(field.field)
    ]
    if other:
        raise PlanStale(
            "the plan was made for other bytes",
            where=", ".join(other),
            advice="The catalog changed since: make a new plan with `modelsync plan --out FILE`.",
        )


def _expect_allowed(run: Run, opened: Opened, edited: Sequence[Rewrite]) -> None:
    """That a run could have made these edits, by the rules, pins and guards of the catalog."""
    before = {name: file.content or b"" for name, file in opened.files.items()}
    after = before | {item.file.name: item.content for item in edited}
    since = run.now.date() - timedelta(days=1)  # a plan is marked with the day on which it was made
    forbidden = faults(before, after, run.config, today=run.now.date(), since=since, accept=run.accept)
    if forbidden:
        first, rest = forbidden[0], len(forbidden) - 1
        raise CatalogEditRefused(
            f"the plan does what no run may: {first.text}" + (f", and {rest} things more" if rest else ""),
            where=f"{first.file}:{first.line}" if first.line else first.file,
            advice=f"If it is meant: `--accept '{first.name}'`." if first.name else "Make a new plan.",
        )
