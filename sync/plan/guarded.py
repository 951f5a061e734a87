"""Asks the guards about what a plan would change, and parts what goes through from what is held."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import chain

import msgspec

from sync import guards
from sync.plan.match import Matches, Row, Scope, scopes
from sync.plan.merge import speaker
from sync.plan.release import Release
from sync.records import ADDED, Change, FieldChange, GuardPolicy, Hold, PlanPolicy, Value


class Draft(msgspec.Struct, frozen=True):
    """A change that nobody has checked yet. `before` is what the entry says, None where there is none."""

    change: Change
    rows: Sequence[Row]
    local: bool
    before: Mapping[str, Value] | None = None

    def source_of(self, field: str) -> str:
        row = speaker(field, self.rows, local=self.local)
        return row.source if row else ""

    def price_moves(self) -> Iterator[FieldChange]:
        """The prices that move, without a zero that makes nothing free, or only what is free by its name."""
        fields = self.change.fields
        free = guards.would_be_free(fields, self.before) and not all(map(_is_free_variant, self.rows))
        for field in fields:
            if _is_price(field.field) and (free or field.new != 0 or isinstance(field.old, Decimal)):
                yield field


class Guarded(msgspec.Struct, frozen=True):
    """What goes through, and what is held."""

    changes: list[Change]
    holds: list[Hold]


def guard(
    drafts: Sequence[Draft],
    matches: Matches,
    doubts: Mapping[Scope, guards.Verdict],
    policy: PlanPolicy,
    release: Release,
) -> Guarded:
    """The changes without what a guard stops and nobody released; `doubts` are of lists that lost much."""
    guarded = Guarded([], [])
    together = _together(drafts, matches, policy.guards)
    for draft in drafts:
        whole = _of_addition(draft, doubts)
        if whole and not release.lets_through(whole):
            guarded.holds.append(whole)
            continue
        verdicts = guards.of_values(draft.change.fields, draft.before, policy.guards)
        verdicts |= together.get(draft.change.name, {})
        fields, held = _parted(draft.change, draft.change.fields, verdicts, release)
        fields, unfit = _parted(
            draft.change, fields, guards.of_relations(fields, draft.before, policy.guards), release
        )
        guarded.holds.extend([*held, *unfit])
        if fields:
            guarded.changes.append(msgspec.structs.replace(draft.change, fields=tuple(fields)))
    return guarded


def _of_addition(draft: Draft, doubts: Mapping[Scope, guards.Verdict]) -> Hold | None:
    """A list that lost too many models may have new names for them: what it adds waits with what it lost."""
    if draft.before is not None or not doubts:
        return None
    change, sources = draft.change, (row.source for row in draft.rows)
    doubt = next((doubts[scope] for scope in scopes(change.provider, sources) if scope in doubts), None)
    if doubt is None:
        return None
    added = FieldChange(ADDED, new=draft.rows[0].model.id)
    return Hold(change.provider, change.key, added, doubt.guard, doubt.reason)


def _parted(
    change: Change, fields: Iterable[FieldChange], verdicts: Mapping[str, guards.Verdict], release: Release
) -> tuple[list[FieldChange], list[Hold]]:
    through, held = [], []
    for field in fields:
        verdict = verdicts.get(field.field)
        hold = verdict and Hold(change.provider, change.key, field, verdict.guard, verdict.reason)
        if hold and not release.lets_through(hold):
            held.append(hold)
        else:
            through.append(field)
    return through, held


# ---------------------------------------------------------------------------- many models at once


def _together(
    drafts: Iterable[Draft], matches: Matches, policy: GuardPolicy
) -> dict[str, dict[str, guards.Verdict]]:
    """By model and field, what the guards say that look at all models of one provider and source at once."""
    moves: dict[Scope, list[tuple[str, FieldChange]]] = defaultdict(list)
    for draft in drafts:
        for field in draft.price_moves():
            moves[draft.change.provider, draft.source_of(field.field)].append((draft.change.name, field))
    models, priced = _counts(moves, matches)
    verdicts: dict[str, dict[str, guards.Verdict]] = defaultdict(dict)
    for scope, moved in moves.items():
        for (name, price), verdict in guards.of_prices(moved, models[scope], priced[scope], policy).items():
            verdicts[name][price] = verdict
    return verdicts


def _counts(scopes: Container[Scope], matches: Matches) -> tuple[Counter[Scope], dict[Scope, Counter[str]]]:
    """How many of each provider's models a source states, and each price of.

    New models count: they are old ones in the next run, and no share may change by that.
    """
    models: Counter[Scope] = Counter()
    priced: dict[Scope, Counter[str]] = defaultdict(Counter)
    for rows in chain((met.rows for met in matches.met.values()), matches.new.values()):
        for row in rows:
            scope = (row.place.provider, row.source)
            if scope in scopes:
                models[scope] += 1
                priced[scope].update(filter(_is_price, row.model.values))
    return models, priced


def _is_price(field: str) -> bool:
    return field.startswith("pricing.")


def _is_free_variant(row: Row) -> bool:
    return row.model.id.endswith(":free")
