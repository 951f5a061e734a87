"""Asks the guards about what a plan would change, and parts what goes through from what is held."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from itertools import chain

import msgspec
from msgspec.structs import replace

from modelsync.plan import guards, polls
from modelsync.plan.accept import Acceptance
from modelsync.plan.draft import Decided, Draft
from modelsync.plan.guards import Scope, scopes
from modelsync.plan.merge import speaker
from modelsync.plan.opinion import Opinions, Poll
from modelsync.plan.prices import Verdict
from modelsync.plan.rows import Matches
from modelsync.records import (
    ADDED,
    Change,
    FieldChange,
    GivenUp,
    Guard,
    Hold,
    Kind,
    Notice,
    Topic,
    Unreadable,
    is_price_field,
    kind_of,
)


class Inspector(msgspec.Struct, frozen=True):
    """Asks the guards about drafts. `doubts` are of lists that lost much, `earlier` has the numbers that the
    catalog gave up lately."""

    matches: Matches
    doubts: Mapping[Scope, Verdict]
    acceptance: Acceptance
    opinions: Opinions
    earlier: GivenUp = {}

    def guard(self, drafts: Sequence[Draft]) -> Decided:
        """The changes without what a guard stops and nobody released."""
        decided, policy = Decided(), self.acceptance.policy
        together = self._together(drafts)
        for draft in drafts:
            name = draft.change.name
            whole = self._of_addition(draft)
            if whole and not self.acceptance.lets_through(whole):
                decided.holds.append(whole)
                continue
            asked = polls.of(draft, self.opinions, policy)
            alone = self._of_values(draft, draft.moves) | together.get(name, {})
            held = self._held(draft, alone, asked)
            held += self._siblings(draft, held)
            left_out = polls.unconfirmed(draft, self.opinions, policy)
            stopped = left_out.union(hold.change.field for hold in held)
            decided.holds += held
            decided.notices += polls.notices(name, asked, alone, stopped, policy)
            decided.notices += [Notice(Topic.UNCONFIRMED, name, polls.NOBODY_KNOWS)] if left_out else []
            decided.notices += polls.of_some_host(draft, asked, stopped)
            decided.opinions += polls.confirmed(name, asked, stopped)
            fields = tuple(field for field in draft.change.fields if field.field not in stopped)
            decided.changes += [replace(draft.change, fields=fields)] if fields else []
        return decided

    # ------------------------------------------------------------------ one model

    def _held(self, draft: Draft, alone: Mapping[str, Verdict], asked: Mapping[str, Poll]) -> list[Hold]:
        """What of a draft is held: by what each value looks like, or else by what does not fit together.

        The latter may leave a price alone that is wrong by itself.
        """
        fields, held = draft.moves, list[Hold]()
        while True:
            verdicts = polls.weighed(alone, asked, self.acceptance.policy)
            fields, doubted = self._parted(draft.change, fields, verdicts)
            fields, unfit = self._parted(draft.change, fields, self._of_relations(draft, fields))
            held += [*doubted, *unfit]
            if not unfit:
                return held
            alone = self._of_values(draft, fields)

    def _siblings(self, draft: Draft, held: Sequence[Hold]) -> list[Hold]:
        """The other price changes of a model of which one is held: its prices are one decision.

        A pair of which one is old and one new is what nobody ever charged.
        """
        doubted = next((hold for hold in held if is_price_field(hold.change.field)), None)
        doubt = (doubted.guard, doubted.reason, doubted.change.field) if doubted else _unusable(draft)
        if doubt is None:
            return []
        stopped = {hold.change.field for hold in held}
        siblings = [
            Hold(draft.change.provider, draft.change.key, field, *doubt)
            for field in draft.moves
            if is_price_field(field.field) and field.field not in stopped
        ]
        return [hold for hold in siblings if not self.acceptance.lets_through(hold)]

    def _of_values(self, draft: Draft, fields: Sequence[FieldChange]) -> dict[str, Verdict]:
        """What looks wrong beside what the entry says now, or said lately."""
        before = None if draft.is_new else draft.before
        lately = {field.field: self.earlier.get((draft.change.name, field.field), ()) for field in fields}
        policy = self.acceptance.policy
        thresholds = policy.guards.at(draft.change.provider)
        held = guards.of_returns(fields, lately) | guards.of_days(fields, before, policy.today)
        return held | guards.of_values(fields, before, thresholds)

    def _of_relations(self, draft: Draft, fields: Sequence[FieldChange]) -> dict[str, Verdict]:
        """What does not fit together. A new model's limits are its provider's own: none was known before."""
        policy = self.acceptance.policy.guards.at(draft.change.provider)
        limits = [field for field in fields if draft.is_new and kind_of(field.field) is Kind.COUNT]
        others = [field for field in fields if field not in limits]
        return guards.of_relations(limits, None, policy) | guards.of_relations(others, draft.before, policy)

    def _of_addition(self, draft: Draft) -> Hold | None:
        """A list that lost too many models may have new names for them: what it adds waits with what it
        lost."""
        change = draft.change
        its = scopes(change.provider, (row.source for row in draft.rows))
        doubt = next((self.doubts[scope] for scope in its if scope in self.doubts), None)
        if doubt is None or not draft.is_new:
            return None
        added = FieldChange(ADDED, new=draft.rows[0].model.id)
        return Hold(change.provider, change.key, added, doubt.guard, doubt.reason)

    def _parted(
        self, change: Change, fields: Iterable[FieldChange], verdicts: Mapping[str, Verdict]
    ) -> tuple[list[FieldChange], list[Hold]]:
        through, held = [], []
        for field in fields:
            verdict = verdicts.get(field.field)
            hold = verdict and Hold(change.provider, change.key, field, verdict.guard, verdict.reason)
            if hold and not self.acceptance.lets_through(hold):
                held.append(hold)
            else:
                through.append(field)
        return through, held

    # ------------------------------------------------------------------ many models at once

    def _together(self, drafts: Iterable[Draft]) -> dict[str, dict[str, Verdict]]:
        """By model and field, what the guards say that look at all models of one source at once."""
        moves: dict[Scope, list[tuple[str, FieldChange]]] = defaultdict(list)
        for draft in drafts:
            by_name = all(row.model.id.endswith(":free") for row in draft.rows)
            for field in guards.counting(draft.moves, draft.before, free_by_name=by_name):
                scope = (draft.change.provider, draft.source_of(field.field))
                moves[scope].append((draft.change.name, field))
        models, priced = self._counts(moves)
        verdicts: dict[str, dict[str, Verdict]] = defaultdict(dict)
        for scope, moved in moves.items():
            thresholds = self.acceptance.policy.guards.at(scope[0])
            shared = guards.of_many(moved, models[scope], priced[scope], thresholds)
            for (name, price), verdict in shared.items():
                verdicts[name][price] = verdict
        return verdicts

    def _counts(self, scopes: Container[Scope]) -> tuple[Counter[Scope], dict[Scope, Counter[str]]]:
        """How many of each provider's models a source states, and each price of.

        New models count: they are old ones in the next run, and no share may change by that.
        """
        models: Counter[Scope] = Counter()
        priced: dict[Scope, Counter[str]] = defaultdict(Counter)
        for rows in chain((met.rows for met in self.matches.met.values()), self.matches.new.values()):
            for row in rows:
                scope = (row.placement.provider, row.source)
                if scope in scopes:
                    models[scope] += 1
                    priced[scope].update(filter(is_price_field, row.model.values))
        return models, priced


def _unusable(draft: Draft) -> tuple[Guard, str, str] | None:
    """Why the prices of the entry stay as they are: its input or output, or upstream's, cannot be read."""
    for field in ("pricing.input", "pricing.output"):
        own = (draft.own or {}).get(field)
        if isinstance(own, Unreadable):
            return Guard.NOT_A_PRICE, f"its {field.removeprefix('pricing.')} cannot be read: {own}", ""
        row = speaker(field, draft.rows) if field in (draft.own or {}) else None
        for item in row.model.unusable if row else ():
            if item.field == field:
                name = field.removeprefix("pricing.")
                return Guard.NOT_A_PRICE, f"its {name} is {item.text} upstream: {item.reason}", ""
    return None
