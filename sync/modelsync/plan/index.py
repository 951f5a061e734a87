"""The entries of the catalog by what a row can meet them by: what they follow, their `model`, their key."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Container, Iterable, Sequence
from collections.abc import Mapping as Names
from functools import cached_property

import msgspec

from modelsync.plan.mapping import normalise
from modelsync.plan.rows import Row
from modelsync.records import Catalog, Entry, Listing, Provider, Unreadable

_DATE = re.compile(r"-(20\d{6}|20\d\d-\d\d-\d\d|\d{4})$", re.ASCII)


def aliases_of(listing: Listing) -> dict[str, str]:
    """By each other name that a list has for a model, the row to read; none of a name that several have."""
    ids = {model.id for model in listing.models}
    named = [(name, model.id) for model in listing.models for name in model.names if name not in ids]
    repeating = (model for model in listing.models if model.repeats != model.id and model.repeats in ids)
    named += [(model.id, model.id) for model in repeating]
    counts = Counter(name for name, _ in named)
    return {name: id_ for name, id_ in named if counts[name] == 1}


def followers_of(
    catalog: Catalog, listing: Listing, aliases: Names[str, str]
) -> Names[object, Sequence[Entry]]:
    """Who follows each row of a source, in any provider; `aliases` as `aliases_of` has them.

    An alias (`…-latest`) is followed to the row that has it now, were it met under another id: where the
    `model` of an entry is one, that is what its requests reach.
    """
    source = listing.source
    names = {model.id: model.names for model in listing.models}

    def row_of(entry: Entry) -> str:
        followed, model = entry.upstream[source], entry.values.get("model")
        if source == entry.provider and model in aliases and model not in names.get(followed, ()):
            return aliases[str(model)]
        return aliases.get(followed, followed)

    return _grouped((entry for entry in catalog.entries() if source in entry.upstream), row_of)


class Index(msgspec.Struct, frozen=True, dict=True):
    """One provider's entries by what a row of one source can meet them by."""

    provider: Provider
    source: str
    called: Names[str, str]  # by entry, another native id that it is met by
    listed: Container[str] = ()  # the ids of the source's rows
    native_ids: Container[str] = ()  # and those that they mean
    own_ids: Container[str] = ()  # what the provider's own list has

    @cached_property
    def by_model(self) -> dict[object, list[Entry]]:
        groups = _grouped(self.provider.entries.values(), self._native_id)
        for entry in self.provider.entries.values() if self.called else ():
            other = self.called.get(entry.name)
            if other is not None and other != self._native_id(entry):
                groups.setdefault(other, []).append(entry)
        return groups

    @cached_property
    def by_key(self) -> dict[object, list[Entry]]:
        entries = (entry for entry in self.provider.entries.values() if entry.key.isascii())
        return _grouped(entries, lambda entry: normalise(entry.key))

    def _native_id(self, entry: Entry) -> object:
        """What the provider calls it: what it follows of the provider's own list, else its `model`, also one
        that is a number to YAML."""
        own = entry.upstream.get(self.provider.key, "")
        model = entry.values.get("model", "")
        return own if own in self.own_ids else model.text if isinstance(model, Unreadable) else model

    def find(self, row: Row) -> Sequence[Entry]:
        """Entries by `model`, of several by the key too, else by the key where `model` names no other model.

        One that follows another id which is listed has its row. A key has no letters beyond ASCII, so that of
        an id which has some it says too little.
        """
        if row.variant or (self.provider.local and self.provider.key != self.source):
            return ()  # a hosted model is none of one's own machine
        named = next((entries for id_ in row.native_ids if (entries := self.by_model.get(id_))), ())
        named = [entry for entry in named if self._is_free(entry)]
        if len(named) == 1 or not row.model.id.isascii():
            return named
        of_key = [
            entry
            for entry in self.by_key.get(row.placement.key, ())
            if self._is_free(entry) and self._may_be(entry, row)
        ]
        return [entry for entry in named if entry in of_key] or named if named else of_key

    def _is_free(self, entry: Entry) -> bool:
        """Whether no row of the source is the one that the entry follows."""
        return entry.upstream.get(self.source) not in self.listed

    def _may_be(self, entry: Entry, row: Row) -> bool:
        """Whether the `model` of an entry with the key of a row names no other model.

        It is absent, the same name, or a dated snapshot of it, while no row has that very id.
        """
        model = entry.values.get("model")
        if not isinstance(model, str):
            return True
        name, names = normalise(model), {normalise(entry.key), *map(normalise, row.names)}
        undated = _DATE.sub("", name)
        return name in names or (undated != name and undated in names and model not in self.native_ids)


def _grouped(entries: Iterable[Entry], by: Callable[[Entry], object]) -> dict[object, list[Entry]]:
    groups: dict[object, list[Entry]] = {}
    for entry in entries:
        groups.setdefault(by(entry), []).append(entry)
    return groups
