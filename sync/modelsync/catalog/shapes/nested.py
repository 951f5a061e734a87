"""`providers: PROVIDER: models: KEY: {...}`: mappings all the way down."""

from __future__ import annotations

from typing import Any

from modelsync import yamledit
from modelsync.catalog.shapes.layout import NO_ENTRY, Layout, Name, Path, Values
from modelsync.errors import CatalogError

_TOP = "providers"
_MODELS = "models"


class Nested(Layout, frozen=True):
    """Providers and their models by key."""

    @property
    def expected(self) -> str:
        return f"a mapping with `{_MODELS}:`"

    def recognise(self, document: yamledit.Document) -> Layout | None:
        top: Path = (_TOP,)
        is_mapping = document.has(top) and (document.keys(top) or document.value(top) in (None, {}))
        return self if is_mapping else None

    def new_file(self) -> str:
        return f"{_TOP}: {{}}\n"

    def schema(self, entry: Values) -> dict[str, Any]:
        provider = {
            "type": ["object", "null"],
            "properties": {
                "name": {"type": ["string", "null"]},
                "local": {"type": ["boolean", "null"]},
                _MODELS: {"type": ["object", "null"], "additionalProperties": entry},
            },
        }
        return {_TOP: {"type": ["object", "null"], "additionalProperties": provider}}

    def provider(self, provider: str) -> Path:
        return (_TOP, provider)

    def entry(self, provider: str, key: str) -> Path:
        return (_TOP, provider, _MODELS, key)

    def name_at(self, path: Path) -> Name:
        match path:
            case (step, str(provider), below, str(key), *_) if (step, below) == (_TOP, _MODELS):
                return provider, key
            case _:
                return NO_ENTRY

    def ours(self, path: Path) -> frozenset[str]:
        return frozenset({_MODELS if path else _TOP})

    def providers(self, root: Any) -> dict[str, Any]:
        providers = root.get(_TOP, "") if isinstance(root, dict) else ""
        if providers is None or isinstance(providers, dict):
            return providers or {}
        raise CatalogError(
            f"no mapping `{_TOP}:` at the top",
            where="line 1",
            advice=f"A data file begins with `{_TOP}:`; `files` in sync.yaml says which ones there are.",
        )

    def models(self, provider: Any) -> dict[str, Any] | None:
        models = provider.get(_MODELS) or {} if isinstance(provider, dict) else provider or {}
        return models if isinstance(models, dict) else None

    def begin(
        self, document: yamledit.Document, provider: str, entries: Values, about: Values
    ) -> yamledit.Edit | None:
        path = self.provider(provider)
        if not document.has(path):
            return yamledit.Insert(path[:-1], provider, {**about, _MODELS: dict(entries)})
        if not document.has((*path, _MODELS)):
            return yamledit.Insert(path, _MODELS, dict(entries))
        return None

    def place(self, provider: str, key: str, entry: Values, after: str | None) -> yamledit.Edit:
        path = self.entry(provider, key)[:-1]
        return yamledit.Insert(path, key, dict(entry), after=after, first=after is None)

    def rename(self, provider: str, key: str, new: str) -> yamledit.Edit:
        return yamledit.Rename(self.entry(provider, key), new)
