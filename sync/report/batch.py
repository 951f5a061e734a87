"""Tells how the sources of a run did: what is asked and what it lacks before, in numbers afterwards."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

import msgspec

from sync.records import BASE, Catalog, Change, Plan

ADDRESS = "address"
KEY = "key"


class Lack(msgspec.Struct, frozen=True):
    """What a source needs from the environment and does not find, and the variables that may hold it."""

    what: str  # KEY or ADDRESS
    variables: tuple[str, ...]

    @property
    def advice(self) -> str:
        return f"{' or '.join(self.variables)} is not set: {_how(self.variables[0])}"


class Preflight(msgspec.Struct, frozen=True):
    """What a run is about to ask, and what it has and lacks for it; names of variables, never a value."""

    asked: tuple[str, ...]
    found: tuple[str, ...] = ()  # variables that hold a key
    optional: tuple[str, ...] = ()  # variables that could hold one, and need not
    passed_over: Mapping[str, Lack] = {}  # by source
    skipped: tuple[str, ...] = ()
    waiting: Mapping[str, datetime | None] = {}  # until when; None: until a person asks
    disabled: tuple[str, ...] = ()

    def lines(self, catalog: Catalog, *, verbose: bool) -> Iterator[str]:
        """What a person is told before the run begins; of one source only what it lacks."""
        if verbose or len(self.asked) + len(self.passed_over) > 1:
            yield f"loaded {loaded(catalog)}"
            yield f"asking {len(self.asked):,}: {_listed(self.asked)}"
            yield f"keys found: {_listed(self.found)}"
            if self.optional:
                yield f"keys missing, and not needed: {_listed(self.optional)}; {_how(self.optional[0])}"
            yield from (f"{title}: {_listed(names)}" for title, names in self._left(verbose) if names)
        yield from self.warnings()

    def warnings(self) -> Iterator[str]:
        for source, lack in self.passed_over.items():
            yield f"{source} is passed over, its {lack.what} is missing: {lack.advice}"

    def _left(self, verbose: bool) -> Iterator[tuple[str, Sequence[str]]]:
        yield "left out by batch.skip", self.skipped
        yield "not due", [f"{name} ({until(day)})" for name, day in self.waiting.items()]
        if verbose:
            yield "disabled", self.disabled


def until(day: datetime | None) -> str:
    """When a source that is not due will be."""
    return f"until {day:%Y-%m-%d %H:%M} UTC" if day else "manual: never by itself"


def loaded(catalog: Catalog) -> str:
    entries = list(catalog.entries())
    overrides = sum(bool(entry.base) for entry in entries)
    return f"{len(catalog.providers):,} providers, {len(entries):,} models, {overrides:,} overrides"


class Summary(msgspec.Struct, frozen=True):
    """A run in numbers: of its sources, and of models."""

    ok: int
    failed: int
    passed_over: int
    fetched: int
    new: int
    overrides: int  # new entries that state only what differs from their base
    merged: int
    unchanged: int

    @property
    def sentence(self) -> str:
        count = self.ok + self.failed + self.passed_over
        return (
            f"{count:,} sources: {self.ok:,} ok, {self.failed:,} failed, {self.passed_over:,} passed over; "
            f"{self.fetched:,} models fetched, {self.new:,} new, {self.overrides:,} overrides made, "
            f"{self.merged:,} merged, {self.unchanged:,} unchanged"
        )


def summary(plan: Plan) -> Summary:
    """The numbers of a plan."""
    states = [asked.state for asked in plan.asked]
    overrides = sum(map(_is_override, plan.changes))
    return Summary(
        ok=states.count("ok"),
        failed=states.count("failed"),
        passed_over=states.count("passed over"),
        fetched=sum(asked.models for asked in plan.asked),
        new=plan.count("add") - overrides,
        overrides=overrides,
        merged=plan.count("update"),
        unchanged=plan.unchanged,
    )


def sentence(plan: Plan) -> str:
    """The run of several sources in one line; nothing where there was one."""
    return summary(plan).sentence if len(plan.asked) > 1 else ""


def _is_override(change: Change) -> bool:
    return change.action == "add" and any(field.field == BASE for field in change.fields)


def _how(variable: str) -> str:
    return f"`export {variable}=...`, or that as a line in .env beside the catalog"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names) or "none"
