"""Changes of entries -> edits of the one document that holds them, in its own order and style."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cached_property
from typing import Any

import msgspec
from msgspec import UNSET

from modelsync import yamledit
from modelsync.catalog.order import beside, in_manner_of, predecessor
from modelsync.catalog.shape import Keys, Shape
from modelsync.catalog.shapes import Layout
from modelsync.catalog.values import as_text, set_value
from modelsync.errors import CatalogEditRefused
from modelsync.records import BASE, FIELDS, UPSTREAM_PREFIX, Change, Entry, FieldChange, Provider
from modelsync.yamledit import Path

_ORDER = {name: index for index, name in enumerate(("model", BASE, UPSTREAM_PREFIX, *list(FIELDS)[1:]))}


class Editor(msgspec.Struct, frozen=True, dict=True):
    """One document, where its entries lie and how they are written, and which of them the catalog knows."""

    document: yamledit.Document
    layout: Layout
    shape: Shape
    providers: Mapping[str, Provider]
    local: frozenset[str] = frozenset()  # providers that are one's own machine, where they are new

    def edits(self, changes: Sequence[Change]) -> Iterator[yamledit.Edit]:
        """The edits that make these changes."""
        additions: dict[str, list[Change]] = defaultdict(list)
        for change in changes:
            match change.action:
                case "add":
                    additions[change.provider].append(change)
                case "remove":
                    yield yamledit.Remove(self.layout.entry(change.provider, change.key))
                case "update":
                    yield from self._update(change)
        gone = {(change.provider, change.key) for change in changes if change.action == "remove"}
        for provider, added in additions.items():
            yield from self._add(provider, added, gone)

    # ------------------------------------------------------------------ new entries

    def _add(
        self, provider: str, changes: Sequence[Change], gone: Container[tuple[str, str]]
    ) -> Iterator[yamledit.Edit]:
        """New entries beside their siblings; a new provider with all of its entries."""
        document, layout = self.document, self.layout
        known = self.providers.get(provider)
        shape = self.shape.with_unit(known.money.unit) if known else self.shape
        new = {}
        for change in changes:
            values = {field.field: field.new for field in change.fields}
            new[change.key] = layout.item(change.key, self._in_quotes(shape.entry_value(values)))
        beginning = layout.begin(document, provider, new, {"local": True} if provider in self.local else {})
        if beginning:
            yield beginning
            return
        present = layout.models(document.value(layout.provider(provider))) or {}
        keys = [key for key in present if (provider, key) not in gone]
        for key, after in beside(keys, new):
            sibling = present[after or keys[-1]] if keys else None
            yield layout.place(provider, key, _like(sibling, new[key], self._table), after)

    # ------------------------------------------------------------------ fields of what is there

    def _update(self, change: Change) -> Iterator[yamledit.Edit]:
        entry = self.layout.entry(change.provider, change.key)
        provider = self.providers.get(change.provider)
        known = provider.entries.get(change.key) if provider else None
        shape = self.shape.with_unit(known.money.unit) if known else self.shape
        missing: dict[Keys, dict[str, Any]] = defaultdict(dict)
        overridden: dict[Keys, dict[str, Any]] = defaultdict(dict)
        emptied = self._emptied(change)
        yield from (yamledit.Remove((*entry, *section)) for section in emptied)
        for field in sorted(change.fields, key=_rank):
            keys = self.shape.keys_of(field.field)
            if keys[:-1] in emptied:
                continue
            if field.new is UNSET:
                yield yamledit.Remove((*entry, *keys))
            elif (depth := self.document.merged_from((*entry, *keys)) - len(entry)) > 0:
                overridden[keys[:depth]][field.field] = field.new
            elif self.document.has((*entry, *keys)):
                path = (*entry, *keys)
                if tag := self.document.own_tag(path):
                    what = f"what the tag {tag} makes of the value is not known"
                    raise CatalogEditRefused(what, where=f"line {self.document.line(path)}")
                yield from set_value(self.document, shape, path, field)
            else:
                missing[self._down_to_missing(entry, keys)][field.field] = field.new
        for keys, fields in missing.items():
            yield self._insert(change, keys, self._in_quotes(shape.entry_value(fields), known))
        for keys, fields in overridden.items():
            merged = self.document.value((*entry, *keys))
            yield self._insert(change, keys, self._in_quotes(shape.entry_value(fields), known), merged)

    @cached_property
    def _table(self) -> dict[str, Any]:
        return self.shape.table()

    def _in_quotes(self, value: Any, beside: Entry | None = None) -> Any:
        """New values with their prices as text where those of the entry, else of the document, are in
        quotes."""
        quotes = self._quotes(beside) if beside else None
        return as_text(value) if (self._quotes_prices if quotes is None else quotes) else value

    @cached_property
    def _quotes_prices(self) -> bool:
        """Whether the first price of the document is text in quotes."""
        there = (of for of in self.providers.values() if self.document.has(self.layout.provider(of.key)))
        quoted = (self._quotes(entry) for of in there for entry in of.entries.values())
        return next((one for one in quoted if one is not None), False)

    def _quotes(self, entry: Entry) -> bool | None:
        """Whether the first price of an entry is text in quotes; None where it has none."""
        at = self.layout.entry(entry.provider, entry.key)
        prices = (field for field, price in entry.values.items() if isinstance(price, Decimal))
        paths = ((*at, *self.shape.keys_of(field)) for field in prices)
        first = next(filter(self.document.has, paths), None)
        return None if first is None else self.document.is_quoted(first)

    def _emptied(self, change: Change) -> list[Keys]:
        """The sections of which the change leaves nothing."""
        entry = self.layout.entry(change.provider, change.key)
        goes = {self.shape.keys_of(field.field): field.new is UNSET for field in change.fields}
        sections = dict.fromkeys(keys[:-1] for keys, gone in goes.items() if gone and len(keys) > 1)
        return [
            section
            for section in sections
            if all(goes.get((*section, key)) for key in self.document.keys((*entry, *section)))
            and all(gone for keys, gone in goes.items() if keys[: len(section)] == section)
        ]

    def _down_to_missing(self, entry: Path, keys: Keys) -> Keys:
        """The keys down to the first that is not there: a field, or the section that it belongs to."""
        depths = range(1, len(keys))
        missing = (depth for depth in depths if not self.document.has((*entry, *keys[:depth])))
        return keys[: next(missing, len(keys))]

    def _insert(self, change: Change, keys: Keys, value: Any, merged: Any = None) -> yamledit.Edit:
        """A field, or a section with its fields, behind the key that comes before it, or before all.

        `merged` is what a merge key gives in its place: the rest of such a section stays as that says.
        """
        for key in keys:
            value = yamledit.bare(value)[key]
        if isinstance(merged, dict):
            value = _over(merged, yamledit.bare(value))
        section_path = (*self.layout.entry(change.provider, change.key), *keys[:-1])
        siblings, order = self.document.keys(section_path, merged=False), self._order(change, keys)
        after = predecessor(siblings, keys[-1], order)
        first = after is None and not set(siblings).isdisjoint(order)
        return yamledit.Insert(section_path, keys[-1], value, after=after, first=first)

    def _order(self, change: Change, keys: Keys) -> list[str]:
        """The order of keys where the last of these goes: a neighbour's that has it, else the fields'."""
        above, key = keys[:-1], keys[-1]
        level: Any = self._table
        for step in above:
            level = level[step]
        order: list[str] = list(level) if key in level else [*level, key]
        if not above and self.layout.naming not in ("", *order):
            order.insert(0, self.layout.naming)  # an item of a list begins with its name
        keys_there = list(self.providers[change.provider].entries)
        index = keys_there.index(change.key)
        for neighbour in (*keys_there[:index][-1:], *keys_there[index + 1 : index + 2]):
            section = (*self.layout.entry(change.provider, neighbour), *above)
            own = self.document.keys(section, merged=False) if self.document.has(section) else ()
            if key in own:
                return in_manner_of(own, order)
        return order


def _over(merged: Mapping[str, Any], value: Mapping[str, Any]) -> dict[str, Any]:
    """A section with these values in place of the merged ones."""
    below = {
        key: _over(merged[key], new) if isinstance(new, dict) and isinstance(merged.get(key), dict) else new
        for key, new in value.items()
    }
    return {**merged, **below}


def _rank(field: FieldChange) -> int:
    name = UPSTREAM_PREFIX if field.field.startswith(UPSTREAM_PREFIX) else field.field
    return _ORDER.get(name, len(_ORDER))


def _like(sibling: Any, entry: dict[str, Any], table: Mapping[str, Any]) -> dict[str, Any]:
    """The entry with its keys, and those of its sections, in the order of its sibling's."""
    if not isinstance(sibling, dict):
        return entry
    ordered = {}
    for key in in_manner_of(sibling, table):
        if key in entry:
            value: Any = entry[key]
            is_section = isinstance(value, dict) and key in sibling
            ordered[key] = _like(sibling[key], value, table[key]) if is_section else value
    return ordered
