"""The routes of the server, and what it answers where something went wrong."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import msgspec
from litestar import Litestar, Request, Response, get
from litestar.di import Provide
from litestar.enums import MediaType
from litestar.exceptions import HTTPException
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin

from modelsync.errors import CatalogError, GitRefused, Locked, ModelsyncError, PlanStale, UsageError
from modelsync.jobs.serve.server import Server
from modelsync.report import plain
from modelsync.web import files, health, models, providers
from modelsync.web.asked import asked
from modelsync.web.desk import Desk
from modelsync.web.rendering import page

_LARGEST_BODY = 1 << 20  # bytes
_ROUTES: tuple[Any, ...] = (
    get("/", sync_to_thread=True, include_in_schema=False)(models.shown),
    get("/models.csv", sync_to_thread=True, include_in_schema=False)(models.table),
    get("/api/models", sync_to_thread=True)(models.listed),
    get("/static/{name:str}", sync_to_thread=False, include_in_schema=False)(files.static),
    get("/providers", sync_to_thread=True, include_in_schema=False)(providers.shown),
    get("/api/providers", sync_to_thread=True)(providers.listed),
    get("/health", sync_to_thread=True)(health.health),
)


def of(server: Server) -> Litestar:
    """The application that shows what one server has."""
    desk = Desk(server)
    return Litestar(
        _ROUTES,
        dependencies={
            "desk": Provide(lambda: desk, sync_to_thread=False),
            "asked": Provide(asked, sync_to_thread=False),
        },
        on_shutdown=[desk.close],
        exception_handlers={
            ModelsyncError: _refused,
            HTTPException: _failed,
            HTTPStatus.INTERNAL_SERVER_ERROR: _bug,
        },
        openapi_config=OpenAPIConfig(
            "modelsync", "1", path="/api/docs", render_plugins=[JsonRenderPlugin(path="/openapi.json")]
        ),
        request_max_body_size=_LARGEST_BODY,
        debug=False,
        logging_config=None,
    )


class Fault(msgspec.Struct, frozen=True):
    """What happened, where, and what to do next."""

    error: str
    where: str = ""
    advice: str = ""
    status: int = HTTPStatus.INTERNAL_SERVER_ERROR

    @property
    def title(self) -> str:
        return HTTPStatus(self.status).phrase


_STATUS = (
    (PlanStale, HTTPStatus.CONFLICT),
    (Locked, HTTPStatus.CONFLICT),
    (GitRefused, HTTPStatus.SERVICE_UNAVAILABLE),
    (CatalogError, HTTPStatus.SERVICE_UNAVAILABLE),
)


def _refused(request: Request[Any, Any, Any], error: ModelsyncError) -> Response[Any]:
    status = next((status for kind, status in _STATUS if isinstance(error, kind)), HTTPStatus.BAD_GATEWAY)
    if isinstance(error, UsageError):
        status = HTTPStatus.NOT_FOUND if request.method == "GET" else HTTPStatus.BAD_REQUEST
    return _answer(request, Fault(error.what, error.where, error.advice, status))


def _failed(request: Request[Any, Any, Any], error: HTTPException) -> Response[Any]:
    return _answer(request, Fault(str(error.detail), status=error.status_code))


def _bug(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """Nothing of what happened inside goes out: it stands where the server was started."""
    import logging

    logging.getLogger("uvicorn.error").error(
        "a bug in modelsync: %s", plain(f"{type(error).__name__}: {error}")
    )
    advice = "Please report it; the server's own output names it."
    return _answer(request, Fault("a bug in modelsync", advice=advice))


def _answer(request: Request[Any, Any, Any], fault: Fault) -> Response[Any]:
    if not request.url.path.startswith("/api/") and "text/html" in request.headers.get("accept", ""):
        return page("fault.html", fault, status=fault.status)
    return Response(fault, status_code=fault.status, media_type=MediaType.JSON)
