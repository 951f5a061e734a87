"""`providers: PROVIDER: models: KEY: {...}`: mappings all the way down."""

from __future__ import annotations

from typing import Any

from modelsync import yamledit
from modelsync.catalog.shapes.layout import MODELS, TOP, Layout
from modelsync.errors import CatalogError


class Nested(Layout, frozen=True):
    """Providers and their models by key."""

    @property
    def expected(self) -> str:
        return f"a mapping with `{MODELS}:`"

    def recognise(self, document: yamledit.Document) -> Layout | None:
        top: yamledit.Path = (TOP,)
        is_mapping = document.has(top) and (document.keys(top) or document.value(top) in (None, {}))
        return self if is_mapping else None

    def providers(self, root: Any) -> dict[str, Any]:
        providers = root.get(TOP, "") if isinstance(root, dict) else ""
        if providers is None or isinstance(providers, dict):
            return providers or {}
        raise CatalogError(
            f"no mapping `{TOP}:` at the top",
            where="line 1",
            advice=f"A data file begins with `{TOP}:`; `files` in sync.yaml says which ones there are.",
        )
