"""Catalog + listings + policy -> Plan. Pure: reads no file, asks no clock, writes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from sync.plan.answers import Answers
from sync.plan.gone import gone
from sync.plan.guarded import Draft, guard
from sync.plan.match import Matches, match
from sync.plan.merge import merge, new_entry
from sync.plan.release import Release, unneeded
from sync.records import Catalog, Change, Failure, Listing, Notice, Plan, PlanPolicy


def make_plan(
    catalog: Catalog,
    answers: Sequence[Listing | Failure],
    policy: PlanPolicy,
    *,
    started: datetime,
    proposed: Catalog | None = None,
    proposed_on: Catalog | None = None,
) -> Plan:
    """What a run would do.

    `proposed` is what a review branch of ours holds, if there is one, and `proposed_on` what it was made
    on; without it, that is taken to be the catalog.
    """
    heard = Answers(answers, policy.sources)
    release = Release(policy, proposed_on or catalog, proposed)
    matches = match(catalog, heard.listings, policy, release)
    met = matches.met.keys()
    if policy.removals_only:
        matches = Matches(listed=matches.listed, providers=matches.providers)
    notices = [*_of_listings(heard.listings), *_expired(catalog, policy), *matches.notices]

    drafts = [
        *_updates(catalog, matches, heard, policy, notices),
        *_additions(catalog, matches, policy, notices),
    ]
    leaving = gone(catalog, heard, matches, policy, release)
    kept = guard(drafts, matches, leaving.doubts, policy, release)

    changes = sorted([*kept.changes, *leaving.changes], key=lambda change: (change.provider, change.key))
    holds = sorted(
        [*kept.holds, *matches.holds.values(), *leaving.holds], key=lambda hold: (hold.name, hold.reason)
    )
    changed = {change.name for change in changes}
    decided = changed | {f"{hold.provider}/{hold.key}" for hold in holds}
    notices += [*leaving.notices, *unneeded(catalog, policy, decided)]
    return Plan(
        started=started,
        sources=tuple(answer.source for answer in heard.all),
        files=catalog.files,
        changes=tuple(changes),
        holds=tuple(holds),
        failures=heard.failures,
        notices=tuple(sorted(notices, key=lambda notice: (notice.topic, notice.subject, notice.text))),
        unchanged=len(met - changed),
    )


def _updates(
    catalog: Catalog, matches: Matches, heard: Answers, policy: PlanPolicy, notices: list[Notice]
) -> Iterator[Draft]:
    """The entries that upstream says something new of."""
    for met in matches.met.values():
        entry, rows = met.entry, met.rows
        local = catalog.providers[entry.provider].local
        merged = merge(entry, rows, heard, policy, local=local)
        notices += merged.notices
        if merged.changes:
            yield Draft(
                Change("update", entry.provider, entry.key, merged.changes), rows, local, entry.values
            )


def _additions(
    catalog: Catalog, matches: Matches, policy: PlanPolicy, notices: list[Notice]
) -> Iterator[Draft]:
    """The new models that the mapping rules let in."""
    for (provider, key), rows in matches.new.items():
        local = provider in catalog.providers and catalog.providers[provider].local
        merged = new_entry(rows, policy, local=local)
        notices += merged.notices
        confirmed = any(row.place.confirmed for row in rows)
        yield Draft(Change("add", provider, key, merged.changes, confirmed=confirmed), rows, local)


def _of_listings(listings: Iterable[Listing]) -> Iterator[Notice]:
    """What a source itself has to say: rows that it could not use, keys that we do not know."""
    for listing in listings:
        yield from (Notice("skipped", row.id, row.reason) for row in listing.skipped)
        yield from (Notice("drift", listing.source, line) for line in listing.drift)
        if not listing.complete:
            yield Notice(
                "incomplete",
                listing.source,
                "the list is from the cache, or not all there is: no model is gone by it",
            )


def _expired(catalog: Catalog, policy: PlanPolicy) -> Iterator[Notice]:
    """Pins and exclusions whose last day is over."""
    for entry in catalog.entries():
        for pin in entry.pins:
            if not pin.holds_on(policy.today):
                what = f"the pin on {pin.field or 'the entry'}"
                yield Notice("expired", entry.name, f"{what} ended on {pin.until} (line {pin.line})")
    for provider, rules in policy.exclude.items():
        for rule in rules:
            if not rule.holds_on(policy.today):
                yield Notice("expired", f"{provider}/{rule.id}", f"the exclusion ended on {rule.until}")
