"""`providers: [{provider: NAME, models: [{id: KEY, ...}]}]`: lists, whose items say what they are called."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from modelsync import yamledit
from modelsync.catalog.shapes.layout import MODELS, TOP, Layout, Values
from modelsync.errors import CatalogError

_NAMES_OF_PROVIDERS = ("provider", "id", "name")  # where an item has several, the first is its name
NAMES_OF_MODELS = ("id", "model", "name")


class Listed(Layout, frozen=True):
    """Providers and their models as lists; by which keys the items are named."""

    provider_key: str = _NAMES_OF_PROVIDERS[0]
    naming: str = NAMES_OF_MODELS[0]

    @property
    def expected(self) -> str:
        return f"an item with a list `{MODELS}:` in which each has a `{self.naming}:` of its own"

    def recognise(self, document: yamledit.Document) -> Layout | None:
        top: yamledit.Path = (TOP,)
        if not document.has((*top, 0)):
            return self if document.has(top) and document.value(top) == [] else None
        index = 0
        while document.has((*top, index)) and not document.has((*top, index, MODELS, 0)):
            index += 1
        has_models = document.has((*top, index))
        keys = document.keys((*top, index, MODELS, 0)) if has_models else []
        return Listed(
            first_of(_NAMES_OF_PROVIDERS, document.keys((*top, 0))), first_of(NAMES_OF_MODELS, keys)
        )

    def new_file(self) -> str:
        return f"{TOP}: []\n"

    def schema(self, entry: Values) -> dict[str, Any]:
        names = {key: {"type": ["string", "null"]} for key in _NAMES_OF_PROVIDERS}
        local = {"local": {"type": ["boolean", "null"]}}
        models = {MODELS: {"type": ["array", "null"], "items": entry}}
        provider = {"type": "object", "properties": {**names, **local, **models}}
        return {TOP: {"type": ["array", "null"], "items": provider}}

    def providers(self, root: Any) -> dict[str, Any]:
        providers = by_name(self.provider_key, root.get(TOP))
        if providers is None:
            what = f"`{TOP}:` is a list in which not every item has a `{self.provider_key}:` of its own"
            raise CatalogError(what, where="line 1", advice="Give each provider a name, once.")
        return providers

    def models(self, provider: Any) -> dict[str, Any] | None:
        return by_name(self.naming, provider.get(MODELS))


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
