"""The entries of the catalog by what a row can meet them by: what they follow, their `model`, their key."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Sequence
from collections.abc import Mapping as Names
from functools import cached_property

from modelsync.plan.mapping import normalise
from modelsync.plan.rows import Row
from modelsync.records import Catalog, Entry, Provider

_DATE = re.compile(r"-(20\d{6}|20\d\d-\d\d-\d\d|\d{4})$", re.ASCII)


def followers_of(catalog: Catalog, source: str) -> Names[object, Sequence[Entry]]:
    """Who follows each id of a source, in any provider."""
    following = (entry for entry in catalog.entries() if source in entry.upstream)
    return _grouped(following, lambda entry: entry.upstream[source])


class Index:
    """One provider's entries by what a row of one source can meet them by."""

    def __init__(
        self,
        provider: Provider,
        source: str,
        called: Names[str, str],
        *,
        listed: Container[str],
        native_ids: Container[str],
        own_ids: Container[str],
    ) -> None:
        self.entries, self.called, self.source = provider.entries.values(), called, source
        self.listed, self.native_ids = listed, native_ids  # the ids of the source's rows, and those they mean
        self.provider, self.own_ids = provider.key, own_ids  # what the provider's own list has
        # a hosted model is none of one's own machine
        self.is_foreign = provider.local and provider.key != source

    @cached_property
    def by_model(self) -> dict[object, list[Entry]]:
        groups = _grouped(self.entries, self._native_id)
        for entry in self.entries if self.called else ():
            if entry.name in self.called:
                groups.setdefault(self.called[entry.name], []).append(entry)
        return groups

    @cached_property
    def by_key(self) -> dict[object, list[Entry]]:
        return _grouped((one for one in self.entries if one.key.isascii()), lambda one: normalise(one.key))

    def _native_id(self, entry: Entry) -> object:
        """What the provider calls it: what it follows of the provider's own list, else its `model`."""
        own = entry.upstream.get(self.provider, "")
        return own if own in self.own_ids else entry.values.get("model", "")

    def find(self, row: Row) -> Sequence[Entry]:
        """Entries by `model`, of several by the key too, else by the key where `model` names no other model.

        One that follows another id which is listed has its row. A key has no letters beyond ASCII, so that of
        an id which has some it says too little.
        """
        if row.variant or self.is_foreign:
            return ()
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
