"""The page that describes the JSON API, by the OpenAPI document beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from litestar.enums import MediaType

from modelsync.web.rendering import text_of


class Parameter(msgspec.Struct, frozen=True):
    """What a request may say."""

    name: str
    place: str  # query or path
    is_needed: bool


class Operation(msgspec.Struct, frozen=True):
    """One thing that can be asked."""

    method: str
    path: str
    text: str
    parameters: tuple[Parameter, ...]


class Docs(msgspec.Struct, frozen=True):
    """All of them; what Litestar calls to show its document."""

    paths: tuple[str, ...] = ("/",)
    media_type: MediaType = MediaType.HTML

    def has_path(self, path: str) -> bool:
        return path in self.paths

    def receive_router(self, router: object) -> None:
        """Litestar offers its router; nothing is added to it."""

    def render(self, request: object, openapi_schema: Mapping[str, Any]) -> bytes:
        return text_of("docs.html", tuple(_operations(openapi_schema))).encode()


def _operations(schema: Mapping[str, Any]) -> Iterator[Operation]:
    for path, methods in schema.get("paths", {}).items():
        for method, operation in methods.items():
            parameters = tuple(
                Parameter(one["name"], one["in"], bool(one.get("required")))
                for one in operation.get("parameters", ())
            )
            yield Operation(method.upper(), path, operation.get("description", ""), parameters)
