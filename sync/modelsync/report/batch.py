"""Tells how the sources of a run did: what is asked and what it lacks before, in numbers afterwards."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

import msgspec

from modelsync.records import BASE, Asked, Catalog, Lack, Notice, Plan, Preflight, Topic
from modelsync.report.text import brief, grouped, listed, many

NOT_ASKED = (Topic.PASSED_OVER_NO_ADDRESS, Topic.PASSED_OVER_NO_KEY, Topic.NOT_DUE)
SOURCES_SHOWN = 10  # names of those that failed, or were not asked


def announcement(before: Preflight, catalog: Catalog, *, verbose: bool) -> Iterator[str]:
    """What a person is told before the run begins; of one source only why it is not asked."""
    if verbose or len(before.asked) + len(before.passed_over) > 1:
        entries = list(catalog.entries())
        overrides = sum(bool(entry.base) for entry in entries)
        held = f"{len(catalog.providers):,} providers, {len(entries):,} models, {overrides:,} overrides"
        yield f"loaded {held}"
        yield f"asking {len(before.asked):,}: {_listed(before.asked)}"
        if before.opinions:
            yield f"asking for their opinion: {_listed(before.opinions)}"
        yield f"keys found: {_listed(before.keys)}"
        if before.optional:
            yield f"keys missing, and not needed: {_listed(before.optional)}; set them with {_how('NAME')}"
        if before.skipped:
            yield f"left out by batch.skip: {_listed(before.skipped)}"
        if verbose and before.disabled:
            yield f"disabled: {_listed(before.disabled)}"
    yield from not_asked(unasked(before), verbose=True)


def warnings(before: Preflight) -> Iterator[str]:
    """What the sources that are passed over lack."""
    return not_asked((notice for notice in unasked(before) if notice.topic != Topic.NOT_DUE), verbose=True)


def unasked(before: Preflight) -> Iterator[Notice]:
    """Why sources that are meant are not asked: the variables that one lacks, or when it is due."""
    for name, lack in before.passed_over.items():
        yield Notice(Topic(f"passed over, no {lack.what}"), name, lack.names)
    for name, day in before.waiting.items():
        yield Notice(Topic.NOT_DUE, name, until(day))


def remedy(lack: Lack) -> str:
    """What is not set, and how to set it."""
    return f"{lack.names} is not set: {_how(lack.variables[0])}"


def not_asked(notices: Iterable[Notice], *, verbose: bool) -> Iterator[str]:
    """The sources that are not asked, those of one reason in a line, and what can be done about it."""
    meant = (notice for notice in notices if notice.topic in NOT_ASKED)
    for topic, alike in grouped(meant, lambda notice: notice.topic).items():
        names = [f"{brief(notice.subject)} ({brief(notice.text)})" for notice in alike]
        lacking = _how(brief(alike[0].text.partition(" or ")[0]))
        advice = f"; set it with {lacking}" if len(alike) == 1 else f"; set them with {_how('NAME')}"
        advice = "" if topic == Topic.NOT_DUE else advice
        yield f"{topic}: {listed(names, SOURCES_SHOWN, verbose)}{advice}"


def until(day: datetime | None) -> str:
    """When a source that is not due will be."""
    return f"until {day:%Y-%m-%d %H:%M} UTC" if day else "manual: never by itself"


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
    not_compared: int  # entries that no list was held against
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
            + (f", {self.not_compared:,} not compared" if self.not_compared else "")
        )


def summary(plan: Plan) -> Summary:
    """How many sources and models a run of several sources asked, added and changed."""
    states = [asked.state for asked in plan.asked]
    added = (change for change in plan.changes if change.action == "add")
    overrides = sum(any(field.field == BASE for field in change.fields) for change in added)
    return Summary(
        ok=states.count("ok"),
        failed=states.count("failed"),
        passed_over=states.count("passed over"),
        fetched=sum(asked.models for asked in plan.asked),
        new=plan.count("add") - overrides,
        overrides=overrides,
        merged=plan.count("update"),
        unchanged=plan.unchanged,
        not_compared=len(plan.not_compared),
        sources=plan.asked,
    )


def sentences(plan: Plan, *, verbose: bool) -> tuple[str, ...]:
    """How the sources of a run did, where there were several, and those that were not asked."""
    several = [summary(plan).sentence] if len(plan.asked) > 1 else []
    return (*several, *_confirmed(plan), *not_asked(plan.notices, verbose=verbose))


def _confirmed(plan: Plan) -> Iterator[str]:
    """How many of the prices and limits that are written other lists confirm, where any does."""
    if plan.opinions:
        compared = ("pricing.input", "pricing.output", "context_length", "max_output_tokens")
        values = [field.field for change in plan.changes for field in change.fields]
        counts = Counter(len(opinion.confirmed_by) for opinion in plan.opinions)
        parts = [
            f"{count:,} confirmed by {many(by, 'list')}" for by, count in sorted(counts.items(), reverse=True)
        ]
        total = sum(field in compared for field in values)
        moved = "1 price or limit" if total == 1 else f"{total:,} prices and limits"
        yield f"{moved}: {', '.join(parts)}"


def _how(variable: str) -> str:
    return f"`export {variable}=...`, or that as a line in .env beside the catalog"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names) or "none"
