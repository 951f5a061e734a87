"""What a shape is: one value that knows where the entries of a file lie, to read, edit and describe them."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from modelsync import yamledit
from modelsync.yamledit import Edit, Item, Path

Name = tuple[str, str]  # provider and key of an entry
Values = Mapping[str, Any]

NO_ENTRY = ("", "")
TOP = "providers"
MODELS = "models"
NAMES_OF_PROVIDERS = ("provider", "id", "name")  # where an item has several, the first is its name
NAMES_OF_MODELS = ("id", "model", "name")


class Layout(msgspec.Struct, frozen=True):
    """Where providers and their entries lie in one file: `providers`, and `models` in each of them.

    Paths lead from the file's root. Each of the two keys of names is empty where a name stands above
    what it names, and else the key in it.
    """

    provider_key: str = ""
    naming: str = ""

    @property
    @abstractmethod
    def expected(self) -> str:
        """What a provider has to be."""

    @abstractmethod
    def recognise(self, document: yamledit.Document) -> Layout | None:
        """The shape with the names that this document has for its parts, where it has this shape."""

    def new_file(self) -> str:
        """A file of this shape before anything is in it."""
        return f"{TOP}: {'[]' if self.provider_key else '{}'}\n"

    def schema(self, entry: Values) -> dict[str, Any]:
        """The JSON Schema of the key at the top, around that of an entry."""
        names = NAMES_OF_PROVIDERS if self.provider_key else ("name",)
        properties: dict[str, Any] = {name: {"type": ["string", "null"]} for name in names}
        properties["local"] = {"type": ["boolean", "null"]}
        properties["update"] = {"type": ["array", "null"], "items": {"type": "string"}}
        properties[MODELS] = _holding(self.naming, entry)
        provider = {"type": "object" if self.provider_key else ["object", "null"], "properties": properties}
        return {TOP: _holding(self.provider_key, provider)}

    def is_top(self, root: Values) -> bool:
        """Whether this is the top of a file that has providers."""
        return TOP in root

    # ------------------------------------------------------------------ paths

    def provider(self, provider: str) -> Path:
        """The path to a provider."""
        return (TOP, _step(self.provider_key, provider))

    def models_of(self, provider: str) -> Path:
        """The path to what holds the entries of a provider."""
        return (*self.provider(provider), MODELS)

    def entry(self, provider: str, key: str) -> Path:
        """The path to an entry."""
        return (*self.models_of(provider), _step(self.naming, key))

    def name_at(self, path: Path) -> Name:
        """The name of the entry that a path leads to or into, else NO_ENTRY."""
        match path:
            case (top, Item(_, provider) | str(provider), step, Item(_, key) | str(key), *_):
                return (str(provider), str(key)) if (top, step) == (TOP, MODELS) else NO_ENTRY
            case _:
                return NO_ENTRY

    def provider_at(self, path: Path) -> str:
        """The name of the provider that a path leads to or into; empty: of none."""
        match path:
            case (top, Item(_, provider) | str(provider), *_) if top == TOP:
                return str(provider)
            case _:
                return ""

    def holds_entries(self, path: Path) -> bool:
        """Whether the entries of the file, or all of a provider's, lie below a path or beside its name."""
        return path[:1] == (TOP,) and path[2:] in ((), (MODELS,), (self.provider_key,))

    def ours(self, path: Path) -> frozenset[str]:
        """The keys of the root or of a provider that sync writes, or below which it writes."""
        return frozenset({MODELS, self.provider_key} - {""} if path else {TOP})

    def outline(self, document: yamledit.Document) -> Iterator[Path]:
        """The paths to all that is above the entries of a file, and to each entry."""
        yield from ((key,) for key in document.keys(()))
        for provider, raw in self.providers(document.value()).items():
            path = self.provider(provider)
            yield path
            yield from ((*path, key) for key in document.keys(path))
            yield from (self.entry(provider, key) for key in self.models(raw) or ())

    # ------------------------------------------------------------------ reading

    @abstractmethod
    def providers(self, root: Any) -> dict[str, Any]:
        """What a file says of each provider. Raises CatalogError where it has not this shape."""

    def models(self, provider: Any) -> dict[str, Any] | None:
        """Each model of what `providers` gives for one, by key; None where that is no provider."""
        if self.naming:
            return by_name(self.naming, provider.get(MODELS)) if isinstance(provider, dict) else {}
        models = provider.get(MODELS) or {} if isinstance(provider, dict) else provider or {}
        return models if isinstance(models, dict) else None

    def unnamed(self, provider: Any) -> str:
        """Which items of a provider that is none of this shape lack a name of their own."""
        items = provider.get(MODELS) if isinstance(provider, dict) else None
        if not self.naming or not isinstance(items, list):
            return ""
        names = [item.get(self.naming) if isinstance(item, dict) else None for item in items]
        for index, name in enumerate(names):
            if not isinstance(name, str):
                return f": the item {index + 1} has none that is a text"
            if name in names[:index]:
                return f": {name} is there twice"
        return ""

    # ------------------------------------------------------------------ edits

    def item(self, key: str, entry: Values) -> dict[str, Any]:
        """A new entry with its name, where that stands in it."""
        return _named(self.naming, key, entry)

    def begin(
        self, document: yamledit.Document, provider: str, entries: Values, about: Values
    ) -> Edit | None:
        """The first entries of a provider, of a new one with what is said about it; None where others are."""
        models = list(entries.values()) if self.naming else dict(entries)
        if not document.has(self.provider(provider)):
            value = _named(self.provider_key, provider, {**about, MODELS: models})
            return _new((TOP,), self.provider_key, provider, value)
        if not document.has(self.models_of(provider)):
            return yamledit.Insert(self.provider(provider), MODELS, models)
        return None

    def place(self, provider: str, key: str, entry: dict[str, Any], after: str | None) -> Edit:
        """A new entry behind one of its siblings, or before all."""
        return _new(self.models_of(provider), self.naming, key, entry, after, first=after is None)

    def rename(self, provider: str, key: str, new: str) -> Edit:
        """Another key for an entry."""
        entry = self.entry(provider, key)
        return yamledit.Set((*entry, self.naming), new) if self.naming else yamledit.Rename(entry, new)


# ---------------------------------------------------------------------------- in a mapping, or in a list


def first_of(names: Iterable[str], keys: Iterable[str]) -> str:
    """The first of the names that is among the keys, else the usual one."""
    return next((name for name in names if name in set(keys)), next(iter(names)))


def by_name(key: str, items: Any) -> dict[str, Any] | None:
    """The items of a list by what each alone has under a key; None where one has no such name."""
    if items is not None and not isinstance(items, list):
        return None
    named = {
        item[key]: item for item in items or () if isinstance(item, dict) and isinstance(item.get(key), str)
    }
    return named if len(named) == len(items or ()) else None


def _holding(naming: str, below: Values) -> dict[str, Any]:
    """The JSON Schema of a mapping, or of a list, of these."""
    if naming:
        return {"type": ["array", "null"], "items": below}
    return {"type": ["object", "null"], "additionalProperties": below}


def _step(naming: str, name: str) -> str | Item:
    """The step to what stands under a name, or has it under the key `naming`."""
    return Item(naming, name) if naming else name


def _named(naming: str, name: str, value: Values) -> dict[str, Any]:
    return {naming: name, **value} if naming else dict(value)


def _new(
    path: Path,
    naming: str,
    name: str,
    value: dict[str, Any],
    after: str | None = None,
    *,
    first: bool = False,
) -> Edit:
    """A new entry of the mapping or list at a path, behind one of its entries, before all, or last."""
    if not naming:
        return yamledit.Insert(path, name, value, after=after, first=first)
    sibling = None if after is None else Item(naming, after)
    return yamledit.Append(path, value, after=sibling, first=first)
