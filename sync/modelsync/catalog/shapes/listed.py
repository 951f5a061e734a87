"""`providers: [{provider: NAME, models: [{id: KEY, ...}]}]`: lists, whose items say what they are called."""

from __future__ import annotations

from typing import Any

from modelsync import yamledit
from modelsync.catalog.shapes.layout import (
    MODELS,
    NAMES_OF_MODELS,
    NAMES_OF_PROVIDERS,
    TOP,
    Layout,
    by_name,
    first_of,
)
from modelsync.errors import CatalogError


class Listed(Layout, frozen=True):
    """Providers and their models as lists; by which keys the items are named."""

    provider_key: str = NAMES_OF_PROVIDERS[0]
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
        return Listed(first_of(NAMES_OF_PROVIDERS, document.keys((*top, 0))), first_of(NAMES_OF_MODELS, keys))

    def providers(self, root: Any) -> dict[str, Any]:
        providers = by_name(self.provider_key, root.get(TOP))
        if providers is None:
            what = f"`{TOP}:` is a list in which not every item has a `{self.provider_key}:` of its own"
            raise CatalogError(what, where="line 1", advice="Give each provider a name, once.")
        return providers
