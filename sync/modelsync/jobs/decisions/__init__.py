"""What people decide: here of a plan, done to the catalog before it is planned anew. It writes no file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import date

import msgspec
from msgspec.structs import replace

from modelsync import catalog
from modelsync.catalog import Opened
from modelsync.config import parse
from modelsync.errors import CatalogError, UsageError
from modelsync.jobs.decisions import rewrites
from modelsync.records import Catalog, Exclusion, Notice, Topic
from modelsync.review.branch import Proposed, Review
from modelsync.run.request import Run


class Pinning(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Keep `PROVIDER/MODEL[:FIELD]` as it is."""

    name: str
    reason: str = ""
    until: date | None = None


class Excluding(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Never add nor update models of a provider: an id or a glob."""

    provider: str
    model: str
    reason: str = ""
    until: date | None = None


class Decisions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a person decides of a plan; `accept` has names of what is held, or globs of them."""

    accept: tuple[str, ...] = ()
    pin: tuple[Pinning, ...] = ()
    exclude: tuple[Excluding, ...] = ()


def decided(run: Run, opened: Opened, decisions: Decisions) -> tuple[Run, Opened]:
    """The run and the catalog as a person decides them to be. Raises UsageError, CatalogEditRefused."""
    run = replace(run, accept=(*run.accept, *decisions.accept))
    for pin in decisions.pin:
        rewrites.expect_fit(run, pin.until, pin.reason)
        edited, _ = rewrites.pinned(opened, pin.name, pin.until, pin.reason)
        opened = catalog.decided(opened, edited, Notice(Topic.PINNED, pin.name, _why(pin)))
    for rule in decisions.exclude:
        rewrites.expect_fit(run, rule.until, rule.reason)
        exclusion = Exclusion(rule.model, rule.reason, rule.until)
        edited, _ = rewrites.excluded(run, opened, rule.provider, exclusion)
        notice = Notice(Topic.EXCLUDED, f"{rule.provider}/{rule.model}", _why(rule))
        opened = catalog.decided(opened, edited, notice)
        run = replace(run, config=parse(edited[0].text))
    return run, opened


def _why(one: Pinning | Excluding) -> str:
    until = f"until {one.until}" if one.until else ""
    return ", ".join(filter(None, (until, one.reason)))


def carried(run: Run, opened: Opened, review: Review) -> tuple[Run, Opened]:
    """The same with what people decided on the review branch, where it is no more than proposed as yet: the
    branch is made anew, and they are not asked again."""
    proposed = review.proposed(run.shape)
    for one in _proposed(proposed, opened.catalog) if proposed else ():
        with suppress(UsageError, CatalogError):  # what it is about is gone, or it is over
            run, opened = decided(run, opened, one)
    return run, opened


def _proposed(proposed: Proposed, now: Catalog) -> Iterator[Decisions]:
    """What a review branch decides, one by one: pins and exclusions that its base has not, unless people
    decided another thing since."""
    before, here = (_pins(catalog) for catalog in (proposed.before, now))
    for name, pin in _pins(proposed.after).items():
        if pin != before.get(name) and here.get(name) == before.get(name):
            yield Decisions(pin=(pin,))
    with suppress(CatalogError):
        old, new = (parse((text or b"").decode(errors="replace")).exclusions for text in proposed.rules)
        for provider, rules in new.items():
            for rule in rules:
                if rule not in old.get(provider, ()):
                    yield Decisions(exclude=(Excluding(provider, rule.id, rule.reason, rule.until),))


def _pins(of: Catalog) -> dict[str, Pinning]:
    named = (
        (f"{entry.name}:{pin.field}" if pin.field else entry.name, pin)
        for entry in of.entries()
        for pin in entry.pins
    )
    return {name: Pinning(name, pin.reason, pin.until) for name, pin in named}
