"""Catalog + listings + policy -> Plan. Pure: reads no file, asks no clock, writes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from operator import attrgetter
from typing import TypeVar

from msgspec.structs import replace

from modelsync.plan import notices
from modelsync.plan.accept import Acceptance
from modelsync.plan.answers import Answers
from modelsync.plan.bases import Needed, resolved
from modelsync.plan.match import matched
from modelsync.plan.opinion import Opinions
from modelsync.plan.removals import OnceWrote, gone
from modelsync.plan.rows import Matches
from modelsync.plan.stages import Stages
from modelsync.records import Catalog, Change, Failure, GivenUp, Heard, Listing, Plan, PlanPolicy

Item = TypeVar("Item")


def make_plan(
    catalog: Catalog,
    answers: Sequence[Listing | Failure],
    policy: PlanPolicy,
    *,
    started: datetime,
    opinions: Sequence[Listing | Failure] = (),
    heard_before: Mapping[str, Heard] = {},
    given_up: Callable[[Sequence[Change]], GivenUp] = lambda changes: {},
    once_wrote: OnceWrote = lambda entry, source: False,
    proposed: Catalog | None = None,
    proposed_on: Catalog | None = None,
) -> Plan:
    """What a run would do.

    `opinions` are lists that are only held against what the answers say, `heard_before` what these stated in
    earlier runs, by source. `given_up` tells which numbers the
    fields of these changes had lately, `once_wrote` whether a run wrote of an entry what a source listed of
    it. `proposed` is what a review branch of ours holds, and `proposed_on` what it was made on: the catalog.
    """
    policy = replace(policy, pricing_unit=catalog.unit_of_prices(policy.pricing_unit))
    heard = Answers(answers, policy.sources)
    read = resolved(catalog, policy.authoritative)
    before = resolved(proposed_on, policy.authoritative) if proposed_on else read
    acceptance = Acceptance(policy, before, proposed and resolved(proposed, policy.authoritative))
    matches = matched(catalog, heard, acceptance)
    met = matches.met.keys()
    if policy.removals_only:
        matches = Matches(listed=matches.listed, providers=matches.providers)
    witnesses = Opinions(opinions, catalog, policy, heard_before)
    stages = Stages(catalog, matches, heard, acceptance, witnesses, given_up=given_up)
    needed = Needed(stages.before, stages.based)
    decided = gone(read, heard, matches, acceptance, needed, once_wrote=once_wrote)
    decided.add(stages.decided(decided.doubts))
    decided.holds += matches.holds.values()

    changed = {change.name for change in decided.changes}
    busy = changed | {f"{hold.provider}/{hold.key}" for hold in decided.holds}
    unknown = tuple(notices.not_compared(catalog, met | changed, heard, policy))
    every = [
        *notices.of_listings(heard.listings),
        *notices.expired(catalog, policy),
        *matches.notices,
        *decided.notices,
        *notices.of_bases(stages.before.catalog, stages.after),
        *acceptance.notices(read, decided.holds, busy),
        *notices.of_models(matches, decided.changes, catalog, policy),
        *witnesses.notices,
    ]
    every += notices.meant_by_only(catalog, policy, [*busy, *(item.subject for item in every)])
    return Plan(
        started=started,
        sources=tuple(answer.source for answer in heard.all),
        files=catalog.files,
        changes=_in_order(decided.changes, "provider", "key"),
        holds=_in_order(decided.holds, "name", "reason"),
        failures=heard.failures,
        notices=_in_order(every, "topic", "subject", "text"),
        unchanged=len(met - changed - {entry.name for entry in unknown}),
        not_compared=_in_order(unknown, "name"),
        opinions=_in_order(decided.opinions, "name"),
        pricing_unit=policy.pricing_unit,
    )


def _in_order(items: Iterable[Item], *by: str) -> tuple[Item, ...]:
    return tuple(sorted(items, key=attrgetter(*by)))
