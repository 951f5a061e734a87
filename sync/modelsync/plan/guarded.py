"""Asks the guards about what a plan would change, and parts what goes through from what is held."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cached_property
from itertools import chain

import msgspec
from msgspec import UNSET, UnsetType

from modelsync.plan import guards
from modelsync.plan.accept import Release
from modelsync.plan.match import Matches, Row, Scope, scopes
from modelsync.plan.merge import as_read, counts_as_own, speaker
from modelsync.plan.opinion import DECISIONS, PRICES, Opinions, Poll, Voice, poll
from modelsync.plan.rules import means_the_same
from modelsync.records import (
    ADDED,
    NOTHING,
    Change,
    FieldChange,
    GivenUp,
    Guard,
    GuardPolicy,
    Hold,
    Kind,
    Notice,
    Opinion,
    PlanPolicy,
    Topic,
    Value,
    kind_of,
)


class Draft(msgspec.Struct, frozen=True, dict=True):
    """A change that nobody has checked yet, of an entry that states `own`, or of none.

    `inherited` is what its base says as this plan leaves it, `was` what the entry said by its base before.
    """

    change: Change
    rows: Sequence[Row]
    local: bool
    own: Mapping[str, Value] | None = None
    inherited: Mapping[str, Value] = {}
    was: Mapping[str, Value] = {}

    @property
    def is_new(self) -> bool:
        return self.change.action == "add"

    @cached_property
    def before(self) -> Mapping[str, Value] | None:
        """What the entry says, by its base too; None where there is neither."""
        if not self.inherited:
            return self.own
        staying = {
            field.field: field.new
            for field in self.read
            if self._stays(field) and not isinstance(field.new, UnsetType)
        }
        return {**self.inherited, **(self.own or {}), **staying}

    @cached_property
    def read(self) -> list[FieldChange]:
        """The changes as readers of the entry see them."""
        return [as_read(field, self.inherited) for field in self.change.fields]

    @cached_property
    def moves(self) -> list[FieldChange]:
        """Those by which the entry says something new, if only because its base does."""
        return [field for field in self.read if not self._stays(field)]

    def _stays(self, field: FieldChange) -> bool:
        return field.field in self.inherited and means_the_same(
            field.field, self.was.get(field.field, UNSET), field.new
        )

    def source_of(self, field: str) -> str:
        row = speaker(field, self.rows, local=self.local)
        return row.source if row else ""

    def price_moves(self) -> Iterator[FieldChange]:
        """The prices that move, without a zero that makes nothing free, or only what is free by its name."""
        fields = self.moves
        free = guards.would_be_free(fields, self.before) and not all(map(_is_free_variant, self.rows))
        for field in fields:
            if _is_price(field.field) and (free or field.new != 0 or isinstance(field.old, Decimal)):
                yield field


NOBODY_KNOWS = "its price is left out: it is that of some host, and no other list knows the model"


class Guarded(msgspec.Struct, frozen=True):
    """What goes through, who confirms it, and what is held."""

    changes: list[Change]
    holds: list[Hold]
    opinions: list[Opinion]
    notices: list[Notice]


def guard(
    drafts: Sequence[Draft],
    matches: Matches,
    doubts: Mapping[Scope, guards.Verdict],
    policy: PlanPolicy,
    release: Release,
    *,
    opinions: Opinions,
    earlier: GivenUp = NOTHING,
) -> Guarded:
    """The changes without what a guard stops and nobody released.

    `doubts` are of lists that lost much, `earlier` has the numbers that the catalog gave up lately.
    """
    guarded = Guarded([], [], [], [])
    together = _together(drafts, matches, policy.guards)
    for draft in drafts:
        whole = _of_addition(draft, doubts)
        if whole and not release.lets_through(whole):
            guarded.holds.append(whole)
            continue
        polls = _polls(draft, opinions, policy)
        alone = _of_values(draft, draft.moves, policy, earlier) | together.get(draft.change.name, {})
        held = _held(draft, alone, polls, policy, release, earlier=earlier)
        held += _with_their_siblings(draft, held, release)
        unconfirmed = _unconfirmed(draft, opinions, policy)
        stopped = unconfirmed.union(hold.change.field for hold in held)
        guarded.holds.extend(held)
        guarded.notices.extend(_released(draft.change.name, alone, polls, policy))
        guarded.notices.extend(_contradicted(draft.change.name, polls, stopped))
        if unconfirmed:
            guarded.notices.append(Notice(Topic.UNCONFIRMED, draft.change.name, NOBODY_KNOWS))
        guarded.opinions.extend(_confirmed(draft.change.name, polls, stopped))
        fields = [field for field in draft.change.fields if field.field not in stopped]
        if fields:
            guarded.changes.append(msgspec.structs.replace(draft.change, fields=tuple(fields)))
    return guarded


def _held(
    draft: Draft,
    alone: Mapping[str, guards.Verdict],
    polls: Mapping[str, Poll],
    policy: PlanPolicy,
    release: Release,
    *,
    earlier: GivenUp,
) -> list[Hold]:
    """What of a draft is held: by what each value looks like, or else by what does not fit together.

    The latter may leave a price alone that is wrong by itself.
    """
    fields, held = _parted(draft.change, draft.moves, _weighed(alone, polls, policy), release)
    while True:
        relations = _of_relations(draft, fields, policy.guards)
        fields, unfit = _parted(draft.change, fields, relations, release)
        held += unfit
        if not unfit:
            return held
        alone = _of_values(draft, fields, policy, earlier)
        fields, doubted = _parted(draft.change, fields, _weighed(alone, polls, policy), release)
        held += doubted


# The doubts that other lists can outweigh: of a move's size, never of a sign, a zero, or an id in dispute.
_OUTWEIGHED = frozenset(
    {Guard.ABSURD_PRICE, Guard.BACK_AND_FORTH, Guard.PRICE_RATIO, Guard.PRICE_SHIFT, Guard.SHRINKING_LIMIT}
)


def _with_their_siblings(draft: Draft, held: Sequence[Hold], release: Release) -> list[Hold]:
    """The other price changes of a model of which one is held: its prices are one decision.

    A pair of which one is old and one new is what nobody ever charged.
    """
    doubted = next((hold for hold in held if _is_price(hold.change.field)), None)
    if doubted is None:
        return []
    stopped = {hold.change.field for hold in held}
    reason = f"with {doubted.change.field.removeprefix('pricing.')}: {doubted.reason}"
    siblings = [
        Hold(doubted.provider, doubted.key, field, doubted.guard, reason)
        for field in draft.moves
        if _is_price(field.field) and field.field not in stopped
    ]
    return [hold for hold in siblings if not release.lets_through(hold)]


def _weighed(
    verdicts: Mapping[str, guards.Verdict], polls: Mapping[str, Poll], policy: PlanPolicy
) -> dict[str, guards.Verdict]:
    """The doubts of the guards that other lists leave, and those that they raise."""
    doubted = {
        field: guards.Verdict(Guard.SECOND_OPINION, asked.reason)
        for field, asked in polls.items()
        if asked.holds
    }
    left = {
        field: verdict
        for field, verdict in verdicts.items()
        if not _is_outweighed(field, verdict, polls, policy)
    }
    return doubted | left


def _is_outweighed(
    field: str, verdict: guards.Verdict, polls: Mapping[str, Poll], policy: PlanPolicy
) -> bool:
    return verdict.guard in _OUTWEIGHED and field in polls and polls[field].releases(policy.opinion)


def _released(
    name: str, alone: Mapping[str, guards.Verdict], polls: Mapping[str, Poll], policy: PlanPolicy
) -> Iterator[Notice]:
    """The doubts that other lists outweigh, with their names."""
    for field, verdict in alone.items():
        if _is_outweighed(field, verdict, polls, policy):
            text = f"{field}: {verdict.reason}; {polls[field].confirmed_by} say the same"
            yield Notice(Topic.RELEASED, name, text)


def _contradicted(name: str, polls: Mapping[str, Poll], stopped: Container[str]) -> Iterator[Notice]:
    """Who says otherwise than what is written all the same."""
    for field, asked in polls.items():
        if field not in stopped and asked.contradicting:
            yield Notice(Topic.DISAGREE, name, asked.reason)


def _confirmed(name: str, polls: Mapping[str, Poll], stopped: Container[str]) -> Iterator[Opinion]:
    """Who confirms what is written."""
    for field, asked in polls.items():
        if field not in stopped and asked.confirming:
            yield Opinion(f"{name}:{field}", tuple(voice.source for voice in asked.confirming))


def _polls(draft: Draft, opinions: Opinions, policy: PlanPolicy) -> dict[str, Poll]:
    """By field, what other lists say of a price or limit that the draft would write."""
    before: Mapping[str, Value] = (None if draft.is_new else draft.before) or {}
    moves = {field.field: field.new for field in draft.moves if not isinstance(field.new, UnsetType)}
    after = {**before, **moves}
    gives = after.get("modalities.output")
    if draft.local or (isinstance(gives, tuple) and set(gives) - {"text"}):
        return {}
    voices = _voices(draft, opinions, policy)
    polls: dict[str, Poll] = {}
    for decision in DECISIONS:
        moved = [field for field in decision if field in moves]
        proposers = {draft.source_of(field) for field in moved}
        if not moved or (draft.change.provider in proposers - policy.vendor_sources):
            continue  # nobody outvotes the provider's own list
        lineages = set(map(policy.lineage_of, proposers))
        heard = [voice for voice in voices if voice.lineage not in lineages]
        asked = poll(decision, after, before, heard)
        polls |= dict.fromkeys(moved, asked) if asked else {}
    return polls


def _voices(draft: Draft, opinions: Opinions, policy: PlanPolicy) -> list[Voice]:
    """The lists that know the model: those that the run follows, unless they are gateways, and the others."""
    model = next((field.new for field in draft.change.fields if field.field == "model"), None)
    native_id = model or (draft.before or {}).get("model")
    own = [row for row in draft.rows if counts_as_own(row, local=draft.local)]
    return [*(voice_of(row, policy) for row in own), *opinions.of(draft.change.provider, native_id)]


def voice_of(row: Row, policy: PlanPolicy) -> Voice:
    """What a row says in a poll; a provider's own list is called as the provider is."""
    own = row.source == row.placement.provider and row.source not in policy.vendor_sources
    return Voice(row.source, policy.lineage_of(row.source), row.model.values, own)


def _unconfirmed(draft: Draft, opinions: Opinions, policy: PlanPolicy) -> set[str]:
    """The prices of an aggregator that are some host's, where no list that could confirm them knows any."""
    fields = [field.field for field in draft.change.fields if _is_price(field.field)]
    if not policy.opinions or not fields:
        return set()
    if any(voice.states(PRICES) for voice in _voices(draft, opinions, policy)):
        return set()
    speakers = {field: speaker(field, draft.rows, local=draft.local) for field in fields}
    return {field for field, row in speakers.items() if row and row.placement.rule.prices == "fill"}


def _of_values(
    draft: Draft, fields: Sequence[FieldChange], policy: PlanPolicy, earlier: GivenUp
) -> dict[str, guards.Verdict]:
    """What looks wrong beside what the entry says now, or said lately."""
    before = None if draft.is_new else draft.before
    lately = {field.field: earlier.get((draft.change.name, field.field), ()) for field in fields}
    thresholds = policy.guards.at(draft.change.provider)
    return guards.of_returns(fields, lately) | guards.of_values(fields, before, thresholds)


def _of_relations(
    draft: Draft, fields: Sequence[FieldChange], policy: GuardPolicy
) -> dict[str, guards.Verdict]:
    """What does not fit together. A new model's limits are its provider's own: none was known before."""
    policy = policy.at(draft.change.provider)
    limits = [field for field in fields if draft.is_new and kind_of(field.field) is Kind.COUNT]
    others = [field for field in fields if field not in limits]
    return guards.of_relations(limits, None, policy) | guards.of_relations(others, draft.before, policy)


def _of_addition(draft: Draft, doubts: Mapping[Scope, guards.Verdict]) -> Hold | None:
    """A list that lost too many models may have new names for them: what it adds waits with what it lost."""
    if not draft.is_new or not doubts:
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
        thresholds = policy.at(scope[0])
        shared = guards.of_prices(moved, models[scope], priced[scope], thresholds)
        for (name, price), verdict in shared.items():
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
            scope = (row.placement.provider, row.source)
            if scope in scopes:
                models[scope] += 1
                priced[scope].update(filter(_is_price, row.model.values))
    return models, priced


def _is_price(field: str) -> bool:
    return field.startswith("pricing.")


def _is_free_variant(row: Row) -> bool:
    return row.model.id.endswith(":free")
