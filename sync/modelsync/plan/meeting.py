"""Lets all rows meet the catalog as this run will leave it: by an entry's corrected native id too."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import UNSET

from modelsync.plan.accept import Release
from modelsync.plan.answers import Answers
from modelsync.plan.identity import is_written, known
from modelsync.plan.mapping import Mapping
from modelsync.plan.match import Matches, match
from modelsync.plan.merge import keeper_of
from modelsync.plan.rows import Row
from modelsync.records import Catalog, Entry, Model, PlanPolicy


def matched(catalog: Catalog, answers: Answers, policy: PlanPolicy, release: Release) -> Matches:
    """Where all rows belong, by the native ids too that entries have once their `model` is corrected.

    Else one run would add what the run after it finds there.
    """
    matches = match(catalog, answers.listings, policy, release)
    called = dict(_corrected(catalog, matches, answers, policy))
    return match(catalog, answers.listings, policy, release, called=called) if called else matches


def _corrected(
    catalog: Catalog, matches: Matches, answers: Answers, policy: PlanPolicy
) -> Iterator[tuple[str, str]]:
    """The entries whose `model` is not what it will be, and what that is."""
    mapping = Mapping(policy)
    for provider in sorted(matches.providers & catalog.providers.keys()):
        if not is_written(policy, provider):
            continue
        for entry in catalog.providers[provider].entries.values():
            met, model = matches.met.get(entry.name), entry.values.get("model", UNSET)
            rows = [*(met.rows if met else ()), *_unheard(entry, met.rows if met else (), mapping)]
            sure = known(rows, model, answers)
            if sure != model and not keeper_of(entry, "model", policy):
                yield entry.name, sure


def _unheard(entry: Entry, rows: Sequence[Row], mapping: Mapping) -> Iterator[Row]:
    """What the entry follows where no row of this run says so: its ids mean the same as ever."""
    heard = {row.source for row in rows}
    for source, upstream_id in entry.upstream.items():
        if source in heard:
            continue
        placement = mapping.placement(source, upstream_id)
        if placement and placement.provider == entry.provider:
            yield Row(source, Model(upstream_id, {}), placement)
