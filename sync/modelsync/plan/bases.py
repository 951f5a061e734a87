"""Entries that state only what differs from another one: which one that is, and what they say then. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import cached_property

import msgspec

from modelsync.records import FIELDS, Catalog, Entry, Unreadable, Value

NOT_INHERITED = frozenset({"model", "availability", "unavailable_since", "expires"})


class Bases:
    """The bases of one catalog. Only a source that is authoritative gives ids by which one may be named."""

    def __init__(self, catalog: Catalog, authoritative: Collection[str]) -> None:
        self._catalog = catalog
        self._authoritative = authoritative
        self._all_of: dict[
            str, dict[str, tuple[Value, str]]
        ] = {}  # by entry, all that it says by its bases too

    def named(self, name: str) -> Entry | None:
        """The entry `provider/key`, else the only one without a base that follows this upstream id."""
        provider, _, key = name.partition("/")
        holder = self._catalog.providers.get(provider)
        if holder and key in holder.entries:
            return holder.entries[key]
        followers = self._followers.get(name, [])
        return followers[0] if len(followers) == 1 else None

    def of(self, entry: Entry) -> Entry | None:
        """The entry's base; None where it has none, where it is not there, or leads back to the entry."""
        return None if not entry.base or self._circle(entry) else self.named(entry.base)

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
        circle = self._circle(entry)
        if circle:
            return f"its base leads back to itself: {' -> '.join([*circle, circle[0]])}"
        several = ", ".join(other.name for other in self._followers.get(entry.base, []))
        return f"its base {entry.base} is " + (f"any of {several}" if several else "not in the catalog")

    def inherited(self, entry: Entry) -> dict[str, tuple[Value, str]]:
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
        return msgspec.structs.replace(entry, values=in_order, inherited=origins)

    def _passed_on(self, values: Mapping[str, tuple[Value, str]], to: Entry) -> dict[str, tuple[Value, str]]:
        """What an entry takes from its base: no state of its own, and no price for one's own machine."""
        provider = self._catalog.providers.get(to.provider)
        is_priced = provider is None or provider.takes_prices
        return {
            field: (value, name)
            for field, (value, name) in values.items()
            if field in FIELDS
            and field not in NOT_INHERITED
            and not isinstance(value, Unreadable)
            and (is_priced or not field.startswith("pricing."))
        }

    def _circle(self, entry: Entry) -> Sequence[str]:
        """The names on the way from the entry back to itself, or nothing."""
        if entry.name in self._straight and self.named(entry.name) is entry:
            return ()
        way, here = [entry.name], self.named(entry.base)
        while here and here.base and here.name not in way:
            way.append(here.name)
            here = self.named(here.base)
        return way if here and here.name == entry.name else ()

    @cached_property
    def _straight(self) -> set[str]:
        """The entries whose bases lead back to none of them, found by walking each way once."""
        straight, walked = set[str](), set[str]()
        for entry in self._catalog.entries():
            way: list[str] = []
            here: Entry | None = entry
            while here and here.name not in walked:
                walked.add(here.name)
                way.append(here.name)
                here = self.named(here.base) if here.base else None
            circle = way[way.index(here.name) :] if here and here.name in way else []
            straight.update(name for name in way if name not in circle)
        return straight

    @cached_property
    def _followers(self) -> dict[str, list[Entry]]:
        followers: dict[str, list[Entry]] = {}
        for entry in self._catalog.entries():
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
