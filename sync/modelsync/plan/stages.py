"""Drafts and guards all models, each after the base that it states the differences of."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from msgspec import UnsetType
from msgspec.structs import replace

from modelsync.plan.accept import Acceptance
from modelsync.plan.answers import Answers
from modelsync.plan.bases import Bases, bases_of_new
from modelsync.plan.draft import Decided, Draft
from modelsync.plan.guards import Scope
from modelsync.plan.inspector import Inspector
from modelsync.plan.merge import merge, new_entry
from modelsync.plan.opinion import Opinions
from modelsync.plan.prices import Verdict
from modelsync.plan.rows import Matches
from modelsync.records import (
    BASE,
    UPSTREAM_PREFIX,
    Catalog,
    Change,
    Entry,
    GivenUp,
    Kind,
    Notice,
    Provider,
    Topic,
    Value,
    kind_of,
    text_of,
)


class Stages:
    """The models that upstream speaks of, in the order in which they can be decided.

    What an entry has to state depends on its base as this plan leaves it, or a second plan would differ.
    """

    def __init__(
        self,
        catalog: Catalog,
        matches: Matches,
        heard: Answers,
        acceptance: Acceptance,
        opinions: Opinions,
        *,
        given_up: Callable[[Sequence[Change]], GivenUp],
    ) -> None:
        self.policy, self.matches, self.heard = acceptance.policy, matches, heard
        self.acceptance, self.opinions, self.given_up = acceptance, opinions, given_up
        self.before = Bases(catalog, self.policy.authoritative)
        self.notices: list[Notice] = []
        self.based = bases_of_new(self.before, matches.new, self.policy, self.notices)
        self.catalog = self._with_own_machines(catalog)
        self.met = {name: met.entry for name, met in matches.met.items()}
        self.new = {
            "/".join(placement): Entry(*placement, values={}, base=self.based.get(placement, ""))
            for placement in matches.new
        }

    def _with_own_machines(self, catalog: Catalog) -> Catalog:
        """The catalog with the providers that are created for servers of one's own."""
        new = {provider for provider, _ in self.matches.new} - catalog.providers.keys()
        local = {key: Provider(key, "", local=True) for key in sorted(new & self.policy.local_sources)}
        return replace(catalog, providers={**catalog.providers, **local})

    def decided(self, doubts: Mapping[Scope, Verdict]) -> Decided:
        """What goes through, and what is held. `doubts` are of lists that lost much."""
        result = Decided(notices=self.notices)
        inspector = Inspector(self.matches, doubts, self.acceptance, self.opinions)
        pending = self.met | self.new
        while pending:
            bases = self.after
            ready = self._ready(pending, bases)
            stage = [draft for name in ready if (draft := self._draft(pending.pop(name), bases))]
            kept = inspector.guard(stage)
            earlier = self.given_up(kept.changes)  # asked of what would go through: git is slow to start
            kept = replace(inspector, earlier=earlier).guard(stage) if earlier else kept
            result.add(kept)
            self.catalog = _after(self.catalog, kept.changes)
        return result

    @property
    def after(self) -> Bases:
        """The bases of the catalog as the models that are decided leave it."""
        return Bases(self.catalog, self.policy.authoritative)

    def _ready(self, pending: Mapping[str, Entry], bases: Bases) -> Sequence[str]:
        """What names bases by its ids; then all whose bases are decided; last those whose base counts not."""
        if not any(entry.base for entry in pending.values()):
            return list(pending)
        first = [name for name, entry in pending.items() if not entry.base and self._is_followed(entry)]
        if first:
            return first
        to_come = pending.keys() & self.new.keys()
        named = {name: entry for name, entry in pending.items() if entry.base not in to_come}
        ready = [
            name
            for name, entry in named.items()
            if not entry.base
            or (bases.of(entry) and not any(one.name in pending for one in bases.chain(entry)[1:]))
        ]
        return ready or [name for name, entry in named.items() if not bases.of(entry)] or list(pending)

    def _is_followed(self, entry: Entry) -> bool:
        """Whether it follows an authoritative source once it is written, so that its id may name a base."""
        new = entry.name in self.new
        rows = self.matches.new[entry.provider, entry.key] if new else self.matches.met[entry.name].rows
        sources = {*entry.upstream, *(row.source for row in rows)}
        return not sources.isdisjoint(self.policy.authoritative)

    def _draft(self, entry: Entry, bases: Bases) -> Draft | None:
        """What upstream says new of the entry."""
        from_base = bases.inherited(entry) if entry.base else {}
        inherited = {field: value for field, (value, _) in from_base.items()}
        provider = self.catalog.providers.get(entry.provider)
        local = provider is not None and provider.local
        if entry.name in self.new:
            return self._addition(entry, bases, inherited, local)
        rows = self.matches.met[entry.name].rows
        merged = merge(entry, rows, self.heard, self.policy, inherited=inherited)
        self.notices += merged.notices
        change = Change("update", entry.provider, entry.key, merged.changes)
        was = self.before.resolve(entry).values if inherited else {}
        return Draft(change, rows, local, entry.values, inherited, was) if merged.changes else None

    def _addition(
        self, entry: Entry, bases: Bases, inherited: Mapping[str, Value], local: bool
    ) -> Draft | None:
        if entry.base and not bases.of(entry):
            self.notices.append(Notice(Topic.WAITING, entry.name, f"its base {entry.base} is held"))
            return None
        rows = self.matches.new[entry.provider, entry.key]
        merged = new_entry(entry, rows, self.heard, self.policy, inherited=inherited)
        self.notices += merged.notices
        confirmed = any(row.placement.confirmed for row in rows)
        change = Change("add", entry.provider, entry.key, merged.changes, confirmed=confirmed)
        beside = {field: value for field, value in inherited.items() if kind_of(field) is not Kind.COUNT}
        return Draft(change, rows, local, inherited=beside)


def _after(catalog: Catalog, changes: Sequence[Change]) -> Catalog:
    """The catalog by meaning once these models are added and updated."""
    entries = {key: dict(provider.entries) for key, provider in catalog.providers.items()}
    for change in changes:
        of_provider = entries.setdefault(change.provider, {})
        now = of_provider.get(change.key) or Entry(change.provider, change.key, {})
        of_provider[change.key] = _changed(now, change)
    providers = {
        key: replace(catalog.providers.get(key, Provider(key, "")), entries=of_provider)
        for key, of_provider in entries.items()
    }
    return replace(catalog, providers=providers)


def _changed(entry: Entry, change: Change) -> Entry:
    values, upstream, base = dict(entry.values), dict(entry.upstream), entry.base
    for field in change.fields:
        if field.field == BASE:
            base = text_of(field.new)
        elif field.field.startswith(UPSTREAM_PREFIX):
            upstream[field.field.removeprefix(UPSTREAM_PREFIX)] = text_of(field.new)
        elif isinstance(field.new, UnsetType):
            values.pop(field.field, None)
        else:
            values[field.field] = field.new
    return replace(entry, values=values, upstream=upstream, base=base)
