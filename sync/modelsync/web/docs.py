"""The OpenAPI document of the JSON API, made of the types of its answers, and the page that shows it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from types import NoneType
from typing import Any, get_args

import msgspec
from litestar import Litestar, Request
from litestar.enums import MediaType
from litestar.routes import HTTPRoute

from modelsync.jobs.serve.server import Situation
from modelsync.report.text import grouped
from modelsync.web.faults import Fault
from modelsync.web.rendering import text_of
from modelsync.web.stream import Told

_SCHEMAS = "#/components/schemas/{name}"
_DESCRIBED = "described"  # where a route has what is said of it
_MEANING = {
    200: "Done, and answered.",
    202: "Begun, and not at its end yet: `GET /api/jobs/N` tells of the job.",
    304: "It is what `If-None-Match` has.",
    400: "The request cannot be meant: `error` names what of it.",
    401: "Not signed in, or not with the secret of this server.",
    403: "The server is not called so (`Host`), or another site's page would act.",
    404: "There is no such thing.",
    409: "A job is at work, or what was shown is another thing by now.",
    413: "The body is too large.",
    415: "The body is not of the type that is expected.",
    429: "A client may act 60 times a minute.",
    502: "A source did not answer.",
    503: "The catalog cannot be read, its index is not there yet, or git refused.",
}
FORM = {
    "multipart/form-data": {
        "schema": {
            "type": "object",
            "description": "One file, under any name: CSV, JSON, JSON lines or Parquet, by its ending.",
            "properties": {"log": {"type": "string", "format": "binary"}},
            "required": ["log"],
        }
    }
}
SIGNED = {"application/json": {"schema": {"description": "Anything: it is signed, and not read."}}}
_SCHEMES = {
    "token": {
        "type": "http",
        "scheme": "bearer",
        "description": "That of `serve --token`. A browser that signed in has a cookie in its place.",
    },
    "cron": {"type": "http", "scheme": "bearer", "description": "`CRON_SECRET` of the server."},
}


class Described(msgspec.Struct, frozen=True):
    """What a route takes and answers: types by status, and the statuses with which it answers a Fault."""

    answers: Mapping[int, tuple[Any, ...]]
    faults: tuple[int, ...] = ()
    body: Any = None  # a type of JSON, or what OpenAPI has of another kind of body
    scheme: str = "token"  # whose secret is asked for, of _SCHEMES; empty: none

    @property
    def opt(self) -> dict[str, Any]:
        """What Litestar keeps of it with the route."""
        return {_DESCRIBED: self}

    @property
    def needs_body(self) -> bool:
        """Whether nothing is done without one."""
        return self.body is not None and NoneType not in get_args(self.body)

    @property
    def types(self) -> dict[int, tuple[Any, ...]]:
        """All types of JSON by status; none: an answer without a body."""
        statuses = sorted({*self.answers, *self.faults})
        bodiless = {HTTPStatus.NOT_MODIFIED}
        return {
            status: (*self.answers.get(status, ()), *([Fault] if status in self.faults else []))
            if status not in bodiless
            else ()
            for status in statuses
        }


class Parameter(msgspec.Struct, frozen=True):
    name: str
    text: str
    is_needed: bool


class Operation(msgspec.Struct, frozen=True):
    method: str
    path: str
    text: str
    parameters: tuple[Parameter, ...]
    answers: tuple[tuple[str, str], ...]  # statuses, and the names of the types that they have


class Docs(msgspec.Struct, frozen=True):
    """The page, and the document beside it; what Litestar calls to show them."""

    paths: tuple[str, ...] = ("/",)
    media_type: MediaType = MediaType.HTML

    def has_path(self, path: str) -> bool:
        return path in self.paths

    def receive_router(self, router: object) -> None:
        """Litestar offers its router; nothing is added to it."""

    def render(self, request: Request[Any, Any, Any], openapi_schema: Mapping[str, Any]) -> bytes:
        known = document(request.app, openapi_schema)
        if self.media_type is MediaType.JSON:
            return msgspec.json.encode(known)
        return text_of("docs.html", operations=_operations(known)).encode()


def document(application: Litestar, drawn: Mapping[str, Any]) -> dict[str, Any]:
    """The OpenAPI document: addresses and parameters as Litestar draws them, bodies and answers as msgspec
    reads and writes them."""
    known = dict(_described(application))
    types = {one for of in known.values() for status in of.types.values() for one in status}
    bodies = {of.body for of in known.values() if of.body and not isinstance(of.body, dict)}
    every = tuple(types | bodies | {Told, Situation})
    schemas, components = msgspec.json.schema_components(every, ref_template=_SCHEMAS)
    schema_of = dict(zip(every, schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for (path, method), of in known.items():
        operation = dict(drawn["paths"][path][method])
        operation.pop("requestBody", None)
        if of.body:
            operation["requestBody"] = _body(of, schema_of)
        operation["responses"] = {
            str(status): _answer(status, one, schema_of) for status, one in of.types.items()
        }
        operation["security"] = [{of.scheme: []}] if of.scheme else []
        paths.setdefault(path, {})[method] = operation
    return {
        "openapi": drawn["openapi"],
        "info": drawn["info"],
        "paths": paths,
        "components": {"schemas": components, "securitySchemes": _SCHEMES},
    }


def _described(application: Litestar) -> Iterator[tuple[tuple[str, str], Described]]:
    for route in application.routes:
        for handler in route.route_handlers if isinstance(route, HTTPRoute) else ():
            if of := handler.opt.get(_DESCRIBED):
                method = next(iter(handler.http_methods - {"OPTIONS"}))
                yield (route.path_format, method.lower()), of


def _body(of: Described, schema_of: Mapping[Any, Any]) -> dict[str, Any]:
    is_other = isinstance(of.body, dict)
    content = of.body if is_other else {"application/json": {"schema": schema_of[of.body]}}
    return {"content": content, "required": of.needs_body}


def _answer(status: int, types: tuple[Any, ...], schema_of: Mapping[Any, Any]) -> dict[str, Any]:
    if not types:
        return {"description": _MEANING[status]}
    if types == (str,):
        events = [_event("job", schema_of[Told]), _event("state", schema_of[Situation])]
        content = {"text/event-stream": {"schema": {"oneOf": events}}}
        return {"description": "Events, for as long as the client listens.", "content": content}
    schemas = [schema_of[one] for one in types]
    schema = schemas[0] if len(schemas) == 1 else {"anyOf": schemas}
    return {"description": _MEANING[status], "content": {"application/json": {"schema": schema}}}


def _event(name: str, of: Mapping[str, Any]) -> dict[str, Any]:
    """One event of a stream, which OpenAPI 3.1 has where the whole is described."""
    data = {"type": "string", "contentMediaType": "application/json", "contentSchema": of}
    properties = {"event": {"const": name}, "data": data, "id": {"type": "string"}}
    return {"type": "object", "properties": properties, "required": ["event", "data"]}


# ---------------------------------------------------------------------------- the page


def _operations(known: Mapping[str, Any]) -> Iterator[Operation]:
    for path, methods in known["paths"].items():
        for method, operation in methods.items():
            parameters = tuple(
                Parameter(one["name"], one.get("description", ""), bool(one.get("required")))
                for one in operation.get("parameters", ())
            )
            responses = operation["responses"].items()
            alike = grouped(responses, lambda one: ", ".join(_names(one[1])))
            answers = tuple((", ".join(status for status, _ in some), names) for names, some in alike.items())
            yield Operation(method.upper(), path, operation.get("description", ""), parameters, answers)


def _names(answer: Mapping[str, Any]) -> Iterator[str]:
    """The names of the types of an answer."""
    for content in answer.get("content", {}).values():
        for schema in content["schema"].get("anyOf", [content["schema"]]):
            yield schema.get("$ref", "text").rpartition("/")[2].rpartition(".")[2]
