"""`providers: PROVIDER: models: [{id: KEY, ...}]`: providers by key, their models as lists."""

from __future__ import annotations

from modelsync import yamledit
from modelsync.catalog.shapes.layout import MODELS, NAMES_OF_MODELS, TOP, Layout, first_of
from modelsync.catalog.shapes.nested import Nested


class Grouped(Nested, frozen=True):
    """Providers by key; by which key the items of their lists are named."""

    naming: str = NAMES_OF_MODELS[0]

    @property
    def expected(self) -> str:
        return f"a mapping with a list `{MODELS}:` in which each item has a `{self.naming}:` of its own"

    def recognise(self, document: yamledit.Document) -> Layout | None:
        top: yamledit.Path = (TOP,)
        if not document.has(top):
            return None
        lists = [path for provider in document.keys(top) if document.has(path := (*top, provider, MODELS))]
        for models in lists:
            if document.has((*models, 0)):
                return Grouped(naming=first_of(NAMES_OF_MODELS, document.keys((*models, 0))))
        is_empty = any(not document.keys(models) and document.value(models) == [] for models in lists)
        return self if is_empty else None
