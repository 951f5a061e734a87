"""Which row of a listing meets which entry, as this run will leave it, which are new, and which left out."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Mapping as Names
from functools import cached_property

import msgspec
from msgspec import UNSET, UnsetType

from modelsync.errors import SourceFailed
from modelsync.plan.accept import Acceptance
from modelsync.plan.answers import Answers
from modelsync.plan.mapping import Mapping, normalise
from modelsync.plan.merge import is_written, keeper_of, known
from modelsync.plan.rows import (
    NOWHERE,
    Index,
    Matches,
    Met,
    Row,
    Spot,
    aliases_of,
    as_followed_by,
    followers_of,
    is_let_in,
    on_own_machine,
    rows_of,
    without_prices,
)
from modelsync.plan.rules import excluded_by, exclusion_of, is_asked_for
from modelsync.records import (
    ADDED,
    Catalog,
    Entry,
    FieldChange,
    Guard,
    Hold,
    Listing,
    Model,
    Notice,
    PlanPolicy,
    Provider,
    Topic,
)

PROVIDER_KEY = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")

MOST_NEW = 10_000  # models that one run adds: each takes 30 KB, and 2 ms
_SHOWN = 10  # names that a reason gives


def matched(catalog: Catalog, answers: Answers, acceptance: Acceptance) -> Matches:
    """Where all rows belong, by the native ids too that entries have once their `model` is corrected.

    Else one run would add what the run after it finds there.
    """
    matches = match(catalog, answers.listings, acceptance)
    called = dict(_corrected(catalog, matches, answers, acceptance.policy))
    return match(catalog, answers.listings, acceptance, called) if called else matches


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


def match(
    catalog: Catalog, listings: Sequence[Listing], acceptance: Acceptance, called: Names[str, str] = {}
) -> Matches:
    """All rows of all listings. Rows of one source that meet in one place are held.

    To a later source, what an earlier one adds is there: rows that mean one native id for sure are one
    model. An entry is met by its `model`, and by what `called` says that this run leaves it with.
    """
    policy, matches = acceptance.policy, Matches(called=called)
    mapping = Mapping(policy)
    own_ids = {listing.source: frozenset(model.id for model in listing.models) for listing in listings}
    for listing in listings:
        aliases = aliases_of(listing)
        followers = followers_of(catalog, listing, aliases)
        rows, notices = rows_of(listing, mapping, followers)
        matches.notices.extend(notices)
        _Matcher(listing.source, catalog, acceptance, matches, followers, own_ids, rows, aliases).match()
    _leave_out(matches, policy, sources=", ".join(own_ids))
    if unfollowed := [entry for entry in catalog.entries() if not entry.upstream]:
        models = {met.entry.native_id for met in matches.met.values()} - {None}
        # it may have the `model` of one that is listed
        matches.listed.update(entry.name for entry in unfollowed if entry.native_id in models)
    _keep_what_counts(catalog, matches, policy)
    return matches


def _keep_what_counts(catalog: Catalog, matches: Matches, policy: PlanPolicy) -> None:
    """Leave no row a price where prices are not in dollars, and on one's own machine only what is its own."""
    met_or_new = [(met.entry.provider, met.entry.money.foreign, met.rows) for met in matches.met.values()]
    for (provider, key), rows in matches.new.items():
        there = catalog.providers.get(provider)
        foreign = there.money.foreign if there else ""
        met_or_new.append((provider, foreign, rows))
        if foreign:
            text = f"its price is left out: {provider} says that {foreign}"
            matches.notices.append(Notice(Topic.NOT_IN_DOLLARS, f"{provider}/{key}", text))
    machines = {name for name, of in catalog.providers.items() if of.local}
    machines |= policy.local_sources - catalog.providers.keys()
    for provider, foreign, rows in met_or_new:
        if foreign:
            rows[:] = map(without_prices, rows)
        if provider in machines:
            rows[:] = (on_own_machine(row, provider, policy) for row in rows)


def _leave_out(matches: Matches, policy: PlanPolicy, sources: str) -> None:
    """Leave out what `add:` does not want. Raises SourceFailed for more new models than anybody means."""
    for (provider, key), rows in sorted(matches.new.items()):
        if not any(is_let_in(row, policy) for row in rows):
            del matches.new[provider, key]
            matches.notices.append(Notice(Topic.NOT_ADDED, f"{provider}/{key}", ""))
    if len(matches.new) > MOST_NEW:
        raise SourceFailed(
            f"{len(matches.new):,} models would be new, and {MOST_NEW:,} at once are the most",
            where=sources,
            advice="Say which of them you want, by `add:` or `filters:`.",
        )


class _Matcher(msgspec.Struct, dict=True):
    """Finds the place of each row of one source, then lets one row have each place.

    An entry is met by the id that it follows, whatever the mapping says; else by its `model`, within the
    mapped provider; else by its key. What a stronger fact names is never taken by a weaker one.
    """

    source: str
    catalog: Catalog
    acceptance: Acceptance
    matches: Matches
    followers: Names[object, Sequence[Entry]]
    own_ids: Names[str, frozenset[str]]  # by source, all that it lists
    rows: Sequence[Row]
    aliases: Iterable[str]
    indices: dict[str, Index] = {}
    met: dict[str, Met] = {}
    new: defaultdict[Spot, list[Row]] = msgspec.field(default_factory=lambda: defaultdict(list))
    torn: dict[str, str] = {}  # rows that meet several entries, and which

    def match(self) -> None:
        for row in self.rows:
            if not self._follow(row):
                self._meet(row)
        for name, one in self.met.items():
            for row in self._one_of(one.rows, one.entry.upstream.get(self.source)):
                self.matches.met.setdefault(name, Met(one.entry, [])).rows.append(row)
        for spot, candidates in self.new.items():
            if len(candidates) == 1 or any(is_let_in(row, self.acceptance.policy) for row in candidates):
                self._add(spot, self._one_of(candidates, None))

    def _add(self, spot: Spot, rows: Sequence[Row]) -> None:
        """Rows of this source where no entry is, known to the sources after it by their native id."""
        self.matches.new.setdefault(spot, []).extend(rows)
        for row in rows:
            for native_id in row.native_ids if row.placement.confirmed else ():
                spots = self.matches.native.setdefault((row.placement.provider, native_id), [])
                spots += [] if spot in spots else [spot]

    def _follow(self, row: Row) -> bool:
        """Let all who follow the row have it; whether one of them is where the mapping puts it, or it puts it
        nowhere, so that nothing else is to be done with the row."""
        followers = self.followers.get(row.model.id, ())
        for entry in followers:
            name = entry.name
            self.matches.listed.add(name)
            self.matches.providers.add(entry.provider)
            policy = self.acceptance.policy
            if not excluded_by(policy, entry) and is_asked_for(policy, entry.provider, entry.key):
                met = self.matches.met.setdefault(name, Met(entry, []))
                met.rows.append(as_followed_by(entry, row))
        providers = {entry.provider for entry in followers}
        return row.placement is NOWHERE or row.placement.provider in providers

    def _meet(self, row: Row) -> None:
        placement = row.placement
        provider = self.catalog.providers.get(placement.provider)
        entries = self._index(provider).find(row) if provider else []
        if provider and not row.variant:  # a key that a row would have stays taken, or the next run adds it
            named = self._index(provider).by_key.get(placement.key, ())
            self.matches.listed.update(entry.name for entry in named)
        left_out = self._left_out(row, provider, entries)
        if left_out:
            self.matches.notices.append(Notice(left_out, row.model.id, row.variant))
            return
        self.matches.providers.add(placement.provider)
        self.matches.listed.update(entry.name for entry in entries)
        policy = self.acceptance.policy
        left = [entry for entry in entries if not excluded_by(policy, entry)]
        if (left or not entries) and not exclusion_of(policy, placement.provider, row.names):
            self._enter(row, left)

    def _left_out(self, row: Row, provider: Provider | None, entries: Sequence[Entry]) -> str:
        """Why nothing in this catalog wants the row, or nothing."""
        if entries:
            return ""
        name = row.placement.provider
        # a person asked for a list of its own; upstream has a hand in other names: a rule may say `\1`
        may_be_created = self.acceptance.policy.create_providers and PROVIDER_KEY.fullmatch(name) is not None
        if provider is None and not may_be_created and name != self.source:
            return Topic.NO_SUCH_PROVIDER
        if row.variant:
            return Topic.VARIANTS
        return "" if self._spots(row) else Topic.NO_KEY

    def _spots(self, row: Row) -> Sequence[Spot]:
        """Where the row is new: with what an earlier source calls the same for sure, else at its own key.

        As an entry of the catalog would be found: several may have one native id, of which its key tells.
        """
        placement = row.placement
        provider = self.catalog.providers.get(placement.provider)
        key = placement.model if provider and provider.by_model else placement.key
        own = (placement.provider, key)
        same = self._same(placement.provider, row.native_ids)
        if same:
            return (own,) if own in same else same
        taken = provider is not None and key in provider.entries
        return () if taken or not placement.key else (own,)

    def _same(self, provider: str, native_ids: Sequence[str]) -> Sequence[Spot]:
        """Where what has one of these native ids is new already; other names may lead to its key."""
        named = (self.matches.native.get((provider, id_)) for id_ in native_ids)
        keys = ((provider, normalise(name)) for name in native_ids[1:])
        return next(filter(None, named), None) or [spot for spot in keys if spot in self.matches.new]

    def _enter(self, row: Row, entries: Sequence[Entry]) -> None:
        """The row as a candidate for an entry or a new key."""
        spots = () if entries else self._spots(row)
        keys = [entry.key for entry in entries] or [key for _, key in spots]
        if len(keys) > 1:
            self.torn[row.model.id] = _named(sorted(keys))
        for entry in entries:
            if is_asked_for(self.acceptance.policy, entry.provider, entry.key):
                self.met.setdefault(entry.name, Met(entry, [])).rows.append(row)
        for spot in spots:
            if is_asked_for(self.acceptance.policy, *spot):
                self.new[spot].append(row)

    def _one_of(self, rows: Sequence[Row], followed: str | None) -> Sequence[Row]:
        """The one row that wants the place, or that was released; the others are held.

        `followed` is what an entry follows that is no longer listed: another id waits for a person.
        """
        if len(rows) == 1 and rows[0].model.id not in self.torn and followed is None:
            return rows
        ids = _named([row.model.id for row in rows])
        holds = [(row, self._hold(row, ids, followed)) for row in rows]
        released = [row for row, hold in holds if self.acceptance.lets_through(hold)]
        chosen = released if len(released) == 1 else []
        self.matches.holds.update((hold.name, hold) for row, hold in holds if row not in chosen)
        return chosen

    def _hold(self, row: Row, ids: str, followed: str | None) -> Hold:
        """Held under its upstream id: several rows may want one key, those with these ids."""
        old: str | UnsetType = UNSET
        if row.model.id in self.torn:
            reason = f"it meets several entries: {self.torn[row.model.id]}"
        elif followed:
            old, reason = followed, f"the entry follows {followed}"
        else:
            reason = f"several ids fall on this key: {ids}"
        change = FieldChange(ADDED, old, row.model.id)
        return Hold(row.placement.provider, row.model.id, change, Guard.KEY_COLLISION, reason)

    def _index(self, provider: Provider) -> Index:
        if provider.key not in self.indices:
            known = (self.matches.called, *self._ids, self.own_ids.get(provider.key, ()))
            self.indices[provider.key] = Index(provider, self.source, *known)
        return self.indices[provider.key]

    @cached_property
    def _ids(self) -> tuple[frozenset[str], frozenset[str]]:
        """The ids of the rows with their aliases, and the ids that the rows mean."""
        listed = frozenset(row.model.id for row in self.rows).union(self.aliases)
        return listed, frozenset(id_ for row in self.rows for id_ in row.native_ids)


def _named(names: Sequence[str]) -> str:
    """The first of the names, and how many more there are."""
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more:,} more" if more > 0 else "")
