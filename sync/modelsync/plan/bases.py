"""Entries that state only what differs from another one: which one that is, and what they say then. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import cached_property
from itertools import islice

import msgspec

from modelsync.records import FIELDS, OF_THE_MODEL, Catalog, Entry, Unreadable, Value

_SHOWN = 5  # names of a circle
_Said = dict[str, tuple[Value, str]]  # by field the value, and who states it
NOT_INHERITED = frozenset({"model", "pricing.factor", "availability", "unavailable_since", "expires"})


class Bases:
    """The bases of one catalog. Only a source that is authoritative gives ids by which one may be named."""

    def __init__(self, catalog: Catalog, authoritative: Collection[str]) -> None:
        self.catalog = catalog
        self._authoritative = authoritative
        self._all_of: dict[str, _Said] = {}  # by entry, all that it says by its bases too

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

    def inherited(self, entry: Entry) -> _Said:
        """What the entry says where it states nothing itself: by field the value, and who states it."""
        chain = []
        base = self.of(entry)
        while base and base.name not in self._all_of:
            chain.append(base)
            base = self.of(base)
        for one in reversed(chain):
            own = {field: (value, one.name) for field, value in one.values.items()}
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
        return msgspec.structs.replace(entry, values=in_order, inherited=entry.inherited | origins)

    def _passed_on(self, values: _Said, to: Entry) -> _Said:
        """What an entry takes from its base: no state of its own; on one's own machine, what the model is."""
        provider = self.catalog.providers.get(to.provider)
        is_foreign = provider is not None and provider.money.foreign
        fields = OF_THE_MODEL if provider is not None and provider.local else FIELDS.keys()
        return {
            field: (value, name)
            for field, (value, name) in values.items()
            if field in fields
            and field not in NOT_INHERITED
            and not isinstance(value, Unreadable)
            and not (is_foreign and field.startswith("pricing."))
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
        key: msgspec.structs.replace(
            provider, entries={name: bases.resolve(entry) for name, entry in provider.entries.items()}
        )
        for key, provider in catalog.providers.items()
    }
    return msgspec.structs.replace(catalog, providers=providers)
