"""Entries that state only what differs from another one: which one that is, also of a new model. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import islice

from msgspec.structs import replace

from modelsync.plan.mapping import normalise, variants_of
from modelsync.plan.rows import Row, Spot
from modelsync.plan.rules import is_ours
from modelsync.records import (
    BASE,
    FIELDS,
    OF_THE_MODEL,
    Catalog,
    Entry,
    Notice,
    PlanPolicy,
    Topic,
    Unreadable,
    Value,
    is_price_field,
)

_SHOWN = 5  # names of a circle
_Inherited = dict[str, tuple[Value, str]]  # by field the value, and who states it
_Names = dict[str, list[str]]  # by what an entry is called, the entries that are
NOT_INHERITED = frozenset({"model", "pricing.factor", "availability", "unavailable_since", "expires"})


class Bases:
    """The bases of one catalog. Only a source that is authoritative gives ids by which one may be named."""

    def __init__(self, catalog: Catalog, authoritative: Collection[str]) -> None:
        self.catalog = catalog
        self._authoritative = authoritative
        self._all_of: dict[str, _Inherited] = {}  # by entry, all that it says by its bases too

    def named(self, name: str) -> Entry | None:
        """The entry `provider/key`, else the only one without a base that follows this upstream id."""
        if not name:
            return None
        provider, _, key = name.partition("/")
        holder = self.catalog.providers.get(provider)
        if holder and key in holder.entries:
            return holder.entries[key]
        followers = self._followers.get(name, [])
        return followers[0] if len(followers) == 1 else None

    def of(self, entry: Entry) -> Entry | None:
        """The entry's base; None where it has none, where it is not there, or leads back to the entry."""
        return None if not entry.base or self._leads_back(entry) else self.named(entry.base)

    def chain(self, entry: Entry) -> list[Entry]:
        """The entry, its base, the base of that, and so on. The last one has no base that counts."""
        chain = [entry]
        while base := self.of(chain[-1]):
            chain.append(base)
        return chain

    def fault(self, entry: Entry) -> str:
        """Why the base that the entry names does not count, or nothing."""
        if not entry.base or self.of(entry):
            return ""
        if self._leads_back(entry):
            way = [one.name for one in islice(self._way(entry), _SHOWN + 1)]
            shown = way if len(way) <= _SHOWN else [*way[:_SHOWN], "..."]
            return f"its base leads back to itself: {' -> '.join([*shown, entry.name])}"
        several = ", ".join(other.name for other in self._followers.get(entry.base, []))
        return f"its base {entry.base} is " + (f"any of {several}" if several else "not in the catalog")

    def inherited(self, entry: Entry) -> _Inherited:
        """What the entry says where it states nothing itself: by field the value, and who states it."""
        chain = []
        base = self.of(entry)
        while base and base.name not in self._all_of:
            chain.append(base)
            base = self.of(base)
        for one in reversed(chain):
            own = {
                field: (value, one.name)
                for field, value in one.values.items()
                if not (one.money.foreign and is_price_field(field))
            }
            self._all_of[one.name] = self._passed_on(self._all_of[base.name] if base else {}, one) | own
            base = one
        return self._passed_on(self._all_of[base.name], entry) if base else {}

    def resolve(self, entry: Entry) -> Entry:
        """The entry with the values of its base where it states none, and where each of these is from."""
        if self.of(entry) is None:
            return entry
        from_base = {
            field: value for field, value in self.inherited(entry).items() if field not in entry.values
        }
        values = {field: value for field, (value, _) in from_base.items()} | entry.values
        in_order = {field: values[field] for field in (*FIELDS, *values) if field in values}
        origins = {field: name for field, (_, name) in from_base.items()}
        return replace(entry, values=in_order, inherited=entry.inherited | origins)

    def _passed_on(self, values: _Inherited, to: Entry) -> _Inherited:
        """What an entry takes from its base: no state of its own, no price where its own are not in dollars;
        on one's own machine, what the model is."""
        provider = self.catalog.providers.get(to.provider)
        holder = provider and (provider.entries.get(to.key) or provider)
        is_foreign = bool(holder and holder.money.foreign)
        fields = OF_THE_MODEL if provider is not None and provider.local else FIELDS.keys()
        return {
            field: (value, name)
            for field, (value, name) in values.items()
            if field in fields
            and field not in NOT_INHERITED
            and not isinstance(value, Unreadable)
            and not (is_foreign and is_price_field(field))
        }

    def _way(self, entry: Entry) -> Iterator[Entry]:
        """The entry, what it names as its base, and so on, each once."""
        seen = set[str]()
        here: Entry | None = entry
        while here and here.name not in seen:
            seen.add(here.name)
            yield here
            here = self.named(here.base)

    def _leads_back(self, entry: Entry) -> bool:
        if self.named(entry.name) is entry:
            return entry.name in self._in_circles
        *_, last = self._way(entry)
        after = self.named(last.base)
        return after is not None and after.name == entry.name

    @cached_property
    def _in_circles(self) -> set[str]:
        """The entries whose bases lead back to them, found by walking each way once."""
        in_circles, walked = set[str](), set[str]()
        for entry in self.catalog.entries():
            way: list[str] = []
            here: Entry | None = entry
            while here and here.name not in walked:
                walked.add(here.name)
                way.append(here.name)
                here = self.named(here.base)
            if here and here.name in way:
                in_circles.update(way[way.index(here.name) :])
        return in_circles

    @cached_property
    def _followers(self) -> dict[str, list[Entry]]:
        followers: dict[str, list[Entry]] = {}
        for entry in self.catalog.entries():
            ids = {name for source, name in entry.upstream.items() if source in self._authoritative}
            for name in ids if not entry.base else ():
                followers.setdefault(name, []).append(entry)
        return followers


def resolved(catalog: Catalog, authoritative: Collection[str]) -> Catalog:
    """The catalog as its readers see it: each entry with what its base says where it states nothing."""
    if not any(entry.base for entry in catalog.entries()):
        return catalog
    bases = Bases(catalog, authoritative)
    providers = {
        key: replace(
            provider, entries={name: bases.resolve(entry) for name, entry in provider.entries.items()}
        )
        for key, provider in catalog.providers.items()
    }
    return replace(catalog, providers=providers)


# ---------------------------------------------------------------------------- of new models


def bases_of_new(
    known: Bases, new: Mapping[Spot, Sequence[Row]], policy: PlanPolicy, notices: list[Notice]
) -> dict[Spot, str]:
    """The base of each new model that no authoritative source lists, where just one entry can be it."""
    if not is_ours(policy, BASE):
        return {}
    others = {
        model: rows
        for model, rows in new.items()
        if not any(row.source in policy.authoritative for row in rows)
    }
    if not others:
        return {}
    candidates = _Candidates(known, new, policy)
    bases: dict[Spot, str] = {}
    for model, rows in others.items():
        names = sorted({name for row in rows for name in candidates.of(row)})
        if len(names) == 1:
            bases[model] = names[0]
        elif names:
            text = f"it could be any of {', '.join(names)}, so that the entry states everything itself"
            notices.append(Notice(Topic.AMBIGUOUS_BASE, "/".join(model), text))
    return bases


class Needed:
    """The entries that others name as their base, as long as these stay."""

    def __init__(self, bases: Bases, new: Mapping[Spot, str]) -> None:
        self._bases = bases
        self._named_by: dict[str, set[str]] = {}
        for entry in bases.catalog.entries():
            base = self._bases.named(entry.base) if entry.base else None
            if base and base.name != entry.name:
                self._named_by.setdefault(base.name, set()).add(entry.name)
        for model, name in new.items():
            self._named_by.setdefault(name, set()).add("/".join(model))

    def keeper(self, entry: Entry) -> str:
        """Why the entry may not be removed, or nothing."""
        others = self._named_by.get(entry.name)
        return f"the base of {min(others)}" if others else ""

    def remove(self, entry: Entry) -> None:
        """Note that the entry goes: it needs its base no more."""
        for others in self._named_by.values():
            others.discard(entry.name)

    def before_their_bases(self, entries: Sequence[Entry]) -> Sequence[Entry]:
        """The entries in an order in which each comes before the one that it needs."""
        if not self._named_by:
            return entries
        return sorted(entries, key=lambda entry: -len(self._bases.chain(entry)))


class _Candidates:
    """The entries that an authoritative source is followed by, those that this run adds included."""

    def __init__(self, known: Bases, new: Mapping[Spot, Sequence[Row]], policy: PlanPolicy) -> None:
        self.policy = policy
        self.by_id: _Names = {}
        self.by_name: _Names = {}
        self.by_model: _Names = {}
        self.same: _Names = {}  # what else a model is called by the aliases, either way round
        for one, other in policy.aliases.items():
            self.same.setdefault(one, []).append(other)
            self.same.setdefault(other, []).append(one)
        for entry in known.catalog.entries():
            ids = [(source, id_) for source, id_ in entry.upstream.items() if source in policy.authoritative]
            if ids and not known.chain(entry)[-1].base:
                self._add(entry.name, entry.key, str(entry.values.get("model", "")), ids)
        for (provider, key), rows in new.items():
            ids = [(row.source, row.model.id) for row in rows if row.source in policy.authoritative]
            if ids:
                self._add(f"{provider}/{key}", key, rows[0].placement.model, ids)

    def of(self, row: Row) -> Sequence[str]:
        """The entries that can be the base, by the first way that finds any: one, or it is ambiguous.

        A variant is another model than the one that its name begins with.
        """
        id_ = row.model.id
        called = dict.fromkeys((id_, id_.rpartition("/")[2]))
        plain = {} if self._is_variant(row.source, id_) else called
        ways = (
            self.by_id.get(id_, ()),
            *(_by(self.by_name, text) for text in plain),
            [name for text in called for other in self.same.get(text, ()) for name in self._meant_by(other)],
            *(_by(self.by_model, text) for text in plain),
        )
        return next((tuple(dict.fromkeys(way)) for way in ways if way), ())

    def _add(self, name: str, key: str, model: str, ids: Iterable[tuple[str, str]]) -> None:
        plain = []
        for source, id_ in ids:
            self.by_id.setdefault(id_, []).append(name)
            plain += [] if self._is_variant(source, id_) else [id_]
        if plain:
            _note(self.by_name, (key, *plain, *(id_.partition("/")[2] for id_ in plain)), name)
            _note(self.by_model, (model,), name)

    def _meant_by(self, text: str) -> Sequence[str]:
        return self.by_id.get(text) or _by(self.by_name, text) or _by(self.by_model, text)

    def _is_variant(self, source: str, id_: str) -> bool:
        return source not in self.policy.plain_sources and bool(variants_of(id_))


def _note(names: _Names, texts: Iterable[str], name: str) -> None:
    for text in dict.fromkeys(filter(None, map(_normalised, texts))):
        names.setdefault(text, []).append(name)


def _by(names: _Names, text: str) -> Sequence[str]:
    return names.get(_normalised(text), ())


def _normalised(text: str) -> str:
    """As keys are; nothing of a text with letters that a key has not: it would say too little."""
    return normalise(text) if text.isascii() else ""
