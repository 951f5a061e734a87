"""Catalog + listings + policy -> Plan. Pure: reads no file, asks no clock, writes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from operator import attrgetter
from typing import TypeVar

from modelsync.errors import did_you_mean
from modelsync.plan.accept import Release, unneeded
from modelsync.plan.answers import Answers
from modelsync.plan.based import Needed, bases_of_new
from modelsync.plan.bases import Bases, resolved
from modelsync.plan.compared import not_compared
from modelsync.plan.gone import gone
from modelsync.plan.guarded import voice_of
from modelsync.plan.match import Matches, is_asked_for
from modelsync.plan.meeting import matched
from modelsync.plan.merge import counts_as_own
from modelsync.plan.opinion import PRICES, Opinions, disagreement
from modelsync.plan.stages import Stages
from modelsync.records import Catalog, Change, Failure, GivenUp, Listing, Notice, Plan, PlanPolicy, Topic

Item = TypeVar("Item")


def make_plan(
    catalog: Catalog,
    answers: Sequence[Listing | Failure],
    policy: PlanPolicy,
    *,
    started: datetime,
    opinions: Sequence[Listing | Failure] = (),
    given_up: Callable[[Sequence[Change]], GivenUp] = lambda changes: {},
    proposed: Catalog | None = None,
    proposed_on: Catalog | None = None,
) -> Plan:
    """What a run would do.

    `opinions` are lists that are only held against what the answers say. `given_up` tells which numbers the
    fields of these changes had lately. `proposed` is what a review branch of ours holds, if there is one, and
    `proposed_on` what it was made on; without it, that is taken to be the catalog.
    """
    heard = Answers(answers, policy.sources)
    read = resolved(catalog, policy.authoritative)
    before = resolved(proposed_on, policy.authoritative) if proposed_on else read
    release = Release(policy, before, proposed and resolved(proposed, policy.authoritative))
    matches = matched(catalog, heard, policy, release)
    met = matches.met.keys()
    if policy.removals_only:
        matches = Matches(listed=matches.listed, providers=matches.providers)
    notices = [*_of_listings(heard.listings), *_expired(catalog, policy), *matches.notices]

    based = bases_of_new(catalog, matches.new, policy, notices)
    needed = Needed(catalog, based, policy)
    leaving = gone(read, heard, matches, policy, release, needed=needed)
    lists = [answer for answer in opinions if isinstance(answer, Listing)]
    witnesses = Opinions(lists, catalog, policy)
    stages = Stages(
        catalog, matches, based, heard, policy, release=release, opinions=witnesses, given_up=given_up
    )
    kept = stages.guarded(leaving.doubts)

    changes = [*kept.changes, *leaving.changes]
    holds = [*kept.holds, *matches.holds.values(), *leaving.holds]
    changed = {change.name for change in changes}
    decided = changed | {f"{hold.provider}/{hold.key}" for hold in holds}
    notices += [*stages.notices, *leaving.notices, *unneeded(read, policy, decided), *release.idle()]
    notices += _of_bases(catalog, stages.catalog, policy)
    notices += _disagreements(matches, catalog, policy)
    notices += (
        Notice(Topic.DEPRECATED, name, f"{row.source} says that it is deprecated")
        for name, met in matches.met.items()
        for row in met.rows
        if row.model.deprecated
    )
    notices += _meant_by_only(catalog, policy, [*changed, *decided, *(item.subject for item in notices)])
    notices += _past_their_end(matches, changes, policy)
    unknown = tuple(not_compared(catalog, met | changed, heard, policy))
    silent = [answer for answer in opinions if isinstance(answer, Failure)]
    notices += [Notice(Topic.NOT_HEARD, failure.source, failure.reason) for failure in silent]
    return Plan(
        started=started,
        sources=tuple(answer.source for answer in heard.all),
        files=catalog.files,
        changes=_in_order(changes, "provider", "key"),
        holds=_in_order(holds, "name", "reason"),
        failures=heard.failures,
        notices=_in_order(notices, "topic", "subject", "text"),
        unchanged=len(met - changed - {entry.name for entry in unknown}),
        not_compared=_in_order(unknown, "name"),
        opinions=_in_order(kept.opinions, "name"),
    )


def _in_order(items: Iterable[Item], *by: str) -> tuple[Item, ...]:
    return tuple(sorted(items, key=attrgetter(*by)))


def _meant_by_only(catalog: Catalog, policy: PlanPolicy, others: Iterable[str]) -> Iterator[Notice]:
    """That `--only` means no model, neither of the catalog nor of `others` that a list has."""
    known = [*(entry.name for entry in catalog.entries()), *others]
    pairs = (name.partition("/") for name in known)
    if policy.only and not any(is_asked_for(policy, provider, key) for provider, _, key in pairs):
        hint = did_you_mean(policy.only, known)
        yield Notice(Topic.ONLY, policy.only, f"no model of the catalog or of a list is meant by this{hint}")


def _disagreements(matches: Matches, catalog: Catalog, policy: PlanPolicy) -> Iterator[Notice]:
    """The prices of which two sources that are followed say different things, whichever wins by order."""
    for name, met in matches.met.items():
        local = catalog.providers[met.entry.provider].local
        voices = [voice_of(row, policy) for row in met.rows if counts_as_own(row, local=local)]
        text = disagreement(PRICES, voices)
        if text:
            yield Notice(Topic.DISAGREE, name, text)


def _of_bases(before: Catalog, after: Catalog, policy: PlanPolicy) -> Iterator[Notice]:
    """The bases that do not count, so that their entries are planned as if they named none."""
    bases = Bases(after, policy.authoritative)
    faults = ((entry.name, bases.fault(entry)) for entry in before.entries() if entry.base)
    yield from (
        Notice(Topic.BASE, name, f"{fault}; it counts for nothing") for name, fault in faults if fault
    )


def _of_listings(listings: Iterable[Listing]) -> Iterator[Notice]:
    """What a source itself has to say: rows that it could not use, keys that we do not know."""
    for listing in listings:
        yield from (Notice(Topic.SKIPPED, row.id, row.reason) for row in listing.skipped)
        yield from (Notice(Topic.DRIFT, listing.source, line) for line in listing.drift)
        if listing.note:
            yield Notice(Topic.RECORDED, listing.source, listing.note)
        elif not listing.complete:
            yield Notice(
                Topic.INCOMPLETE,
                listing.source,
                "the list is from the cache, or not all there is: no model is gone by it",
            )


def _past_their_end(matches: Matches, changes: Iterable[Change], policy: PlanPolicy) -> Iterator[Notice]:
    """Models that are listed, though the day of their end is over and this run does not move it."""
    moved = {change.name for change in changes for field in change.fields if field.field == "expires"}
    for name, met in matches.met.items():
        end = met.entry.values.get("expires")
        if isinstance(end, str) and len(end) == 10 and end < policy.today.isoformat() and name not in moved:
            sources = ", ".join(row.source for row in met.rows)
            yield Notice(Topic.EXPIRED, name, f"expires {end} is over, and it is still listed by {sources}")


def _expired(catalog: Catalog, policy: PlanPolicy) -> Iterator[Notice]:
    """Pins and exclusions whose last day is over."""
    for entry in catalog.entries():
        for pin in entry.pins:
            if not pin.holds_on(policy.today):
                what = f"the pin on {pin.field or 'the entry'}"
                yield Notice(Topic.EXPIRED, entry.name, f"{what} ended on {pin.until} (line {pin.line})")
    for provider, rules in policy.exclude.items():
        for rule in rules:
            if not rule.holds_on(policy.today):
                yield Notice(Topic.EXPIRED, f"{provider}/{rule.id}", f"the exclusion ended on {rule.until}")
