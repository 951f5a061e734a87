"""`providers: [{provider: NAME, models: [{id: KEY, ...}]}]`: lists, whose items say what they are called."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from modelsync import yamledit
from modelsync.catalog.shapes.layout import NO_ENTRY, Layout, Name, Path, Values
from modelsync.errors import CatalogError
from modelsync.yamledit import Item

_TOP = "providers"
_MODELS = "models"
_NAMES_OF_PROVIDERS = ("provider", "id", "name")  # where an item has several, the first is its name
_NAMES_OF_MODELS = ("id", "model", "name")


class Listed(Layout, frozen=True):
    """Providers and their models as lists; by which keys the items are named."""

    provider_key: str = _NAMES_OF_PROVIDERS[0]
    naming: str = _NAMES_OF_MODELS[0]

    @property
    def expected(self) -> str:
        return f"an item with a list `{_MODELS}:` in which each has a `{self.naming}:` of its own"

    def recognise(self, document: yamledit.Document) -> Layout | None:
        top: Path = (_TOP,)
        if not document.has((*top, 0)):
            return self if document.has(top) and document.value(top) == [] else None
        index = 0
        while document.has((*top, index)) and not document.has((*top, index, _MODELS, 0)):
            index += 1
        has_models = document.has((*top, index))
        keys = document.keys((*top, index, _MODELS, 0)) if has_models else []
        return Listed(_first(_NAMES_OF_PROVIDERS, document.keys((*top, 0))), _first(_NAMES_OF_MODELS, keys))

    def new_file(self) -> str:
        return f"{_TOP}: []\n"

    def schema(self, entry: Values) -> dict[str, Any]:
        text = {"type": ["string", "null"]}
        provider = {
            "type": "object",
            "properties": {
                **dict.fromkeys(_NAMES_OF_PROVIDERS, text),
                "local": {"type": ["boolean", "null"]},
                _MODELS: {"type": ["array", "null"], "items": entry},
            },
        }
        return {_TOP: {"type": ["array", "null"], "items": provider}}

    def provider(self, provider: str) -> Path:
        return (_TOP, Item(self.provider_key, provider))

    def entry(self, provider: str, key: str) -> Path:
        return (*self.provider(provider), _MODELS, Item(self.naming, key))

    def name_at(self, path: Path) -> Name:
        match path:
            case (_, Item(_, provider), step, Item(_, key), *_) if step == _MODELS:
                return str(provider), str(key)
            case _:
                return NO_ENTRY

    def ours(self, path: Path) -> frozenset[str]:
        return frozenset({_MODELS, self.provider_key} if path else {_TOP})

    def providers(self, root: Any) -> dict[str, Any]:
        providers = _by(self.provider_key, root.get(_TOP))
        if providers is None:
            what = f"`{_TOP}:` is a list in which not every item has a `{self.provider_key}:` of its own"
            raise CatalogError(what, where="line 1", advice="Give each provider a name, once.")
        return providers

    def models(self, provider: Any) -> dict[str, Any] | None:
        return _by(self.naming, provider.get(_MODELS))

    def item(self, key: str, entry: Values) -> dict[str, Any]:
        return {self.naming: key, **entry}

    def begin(
        self, document: yamledit.Document, provider: str, entries: Values, about: Values
    ) -> yamledit.Edit | None:
        path, items = self.provider(provider), list(entries.values())
        if not document.has(path):
            return yamledit.Append(path[:-1], {self.provider_key: provider, **about, _MODELS: items})
        if not document.has((*path, _MODELS)):
            return yamledit.Insert(path, _MODELS, items)
        return None

    def place(self, provider: str, key: str, entry: Values, after: str | None) -> yamledit.Edit:
        sibling = None if after is None else Item(self.naming, after)
        path = (*self.provider(provider), _MODELS)
        return yamledit.Append(path, dict(entry), after=sibling, first=sibling is None)

    def rename(self, provider: str, key: str, new: str) -> yamledit.Edit:
        return yamledit.Set((*self.entry(provider, key), self.naming), new)


def _first(names: Iterable[str], keys: Iterable[str]) -> str:
    """The first of the names that is among the keys, else the usual one."""
    return next((name for name in names if name in set(keys)), next(iter(names)))


def _by(key: str, items: Any) -> dict[str, Any] | None:
    """The items of a list by what each alone has under a key; None where one has no such name."""
    if items is not None and not isinstance(items, list):
        return None
    named = {
        item[key]: item for item in items or () if isinstance(item, dict) and isinstance(item.get(key), str)
    }
    return named if len(named) == len(items or ()) else None
