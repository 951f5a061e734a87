"""Tells how the sources of a run did: what is asked and what it lacks before, in numbers afterwards."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

import msgspec

from modelsync.records import BASE, Asked, Catalog, Change, Notice, Plan
from modelsync.report.text import brief, listed

ADDRESS = "address"
KEY = "key"
NOT_DUE = "not due"
NOT_ASKED = (*(f"passed over, no {what}" for what in (ADDRESS, KEY)), NOT_DUE)  # topics of notices
SOURCES_SHOWN = 10  # names of those that failed, or were not asked


class Lack(msgspec.Struct, frozen=True):
    """What a source needs from the environment and does not find, and the variables that may hold it."""

    what: str  # KEY or ADDRESS
    variables: tuple[str, ...]

    @property
    def advice(self) -> str:
        return f"{self.names} is not set: {_how(self.variables[0])}"

    @property
    def names(self) -> str:
        return " or ".join(self.variables)


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
        """What a person is told before the run begins; of one source only why it is not asked."""
        if verbose or len(self.asked) + len(self.passed_over) > 1:
            yield f"loaded {loaded(catalog)}"
            yield f"asking {len(self.asked):,}: {_listed(self.asked)}"
            yield f"keys found: {_listed(self.found)}"
            if self.optional:
                yield f"keys missing, and not needed: {_listed(self.optional)}; set them with {_how('NAME')}"
            if self.skipped:
                yield f"left out by batch.skip: {_listed(self.skipped)}"
            if verbose and self.disabled:
                yield f"disabled: {_listed(self.disabled)}"
        yield from not_asked(self.notices(), verbose=True)

    def warnings(self) -> Iterator[str]:
        """What the sources that are passed over lack."""
        lacking = (notice for notice in self.notices() if notice.topic != NOT_DUE)
        return not_asked(lacking, verbose=True)

    def notices(self) -> Iterator[Notice]:
        """Why sources that are meant are not asked: the variables that one lacks, or when it is due."""
        for name, lack in self.passed_over.items():
            yield Notice(f"passed over, no {lack.what}", name, lack.names)
        for name, day in self.waiting.items():
            yield Notice(NOT_DUE, name, until(day))


def not_asked(notices: Iterable[Notice], *, verbose: bool) -> Iterator[str]:
    """The sources that are not asked, those of one reason in a line, and what can be done about it."""
    found: dict[str, list[Notice]] = {}
    for notice in notices:
        if notice.topic in NOT_ASKED:
            found.setdefault(notice.topic, []).append(notice)
    for topic, alike in found.items():
        names = [f"{brief(notice.subject)} ({brief(notice.text)})" for notice in alike]
        advice = "" if topic == NOT_DUE else f"; {_advice(alike)}"
        yield f"{topic}: {listed(names, SOURCES_SHOWN, verbose)}{advice}"


def _advice(alike: Sequence[Notice]) -> str:
    """How to set what each of these sources lacks."""
    if len(alike) > 1:
        return f"set them with {_how('NAME')}"
    return f"set it with {_how(brief(alike[0].text.partition(' or ')[0]))}"


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
    sources: tuple[Asked, ...]

    @property
    def sentence(self) -> str:
        failed = [brief(asked.source) for asked in self.sources if asked.state == "failed"]
        names = f" ({listed(failed, SOURCES_SHOWN, False)})" if failed else ""
        return (
            f"{len(self.sources):,} sources: {self.ok:,} ok, {self.failed:,} failed{names}, "
            f"{self.passed_over:,} passed over; "
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
        sources=plan.asked,
    )


def sentences(plan: Plan, *, verbose: bool) -> tuple[str, ...]:
    """How the sources of a run did, where there were several, and those that were not asked."""
    several = [summary(plan).sentence] if len(plan.asked) > 1 else []
    return (*several, *not_asked(plan.notices, verbose=verbose))


def _is_override(change: Change) -> bool:
    return change.action == "add" and any(field.field == BASE for field in change.fields)


def _how(variable: str) -> str:
    return f"`export {variable}=...`, or that as a line in .env beside the catalog"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names) or "none"
