"""The routes of the server, and what it answers where something went wrong."""

from __future__ import annotations

from asyncio import to_thread
from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any, cast

import msgspec
from litestar import Litestar, Request, Response, get, post
from litestar.connection import ASGIConnection
from litestar.di import Provide
from litestar.enums import MediaType
from litestar.exceptions import HTTPException
from litestar.handlers import BaseRouteHandler
from litestar.middleware.rate_limit import RateLimitConfig
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin

from modelsync.errors import CatalogError, GitRefused, Locked, ModelsyncError, PlanStale, UsageError
from modelsync.jobs.serve.server import Server
from modelsync.report import plain
from modelsync.web import (
    cost,
    decisions,
    files,
    health,
    history,
    jobs,
    model,
    models,
    now,
    plan,
    providers,
    stream,
)
from modelsync.web.asked import asked
from modelsync.web.desk import Desk
from modelsync.web.docs import Docs
from modelsync.web.rendering import page

_LARGEST_BODY = 1 << 20  # bytes
_OFTEN = RateLimitConfig(("minute", 60))  # requests of one client that act
_MODEL = "models/{provider:str}/{key:path}"


def _in_thread(handler: Callable[..., Any]) -> Callable[..., Any]:
    """A handler that keeps no other request waiting: what it asks, files and git, takes its time."""

    @wraps(handler)
    async def answer(**given: Any) -> Any:
        return await to_thread(handler, **given)

    return answer


def _page(path: str, handler: Any) -> Any:
    return get(path, include_in_schema=False)(_in_thread(handler))


def _twin(path: str, handler: Any) -> Any:
    return get(path)(_in_thread(handler))


def _act(path: str, handler: Any, status: int = 200, *, largest: int = _LARGEST_BODY) -> Any:
    of_page = not path.startswith("/api/")
    route = post(
        path,
        include_in_schema=not of_page,
        operation_id=f"post {path}",  # some handlers have two addresses
        status_code=status,
        request_max_body_size=largest,
        middleware=[_OFTEN.middleware],
        guards=[] if of_page or largest > _LARGEST_BODY else [_expect_json],
    )
    return route(_in_thread(handler))


def _expect_json(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
    """A form of another site's page can send text that is JSON, but not say that it is."""
    has_body = (
        connection.headers.get("content-length", "0") != "0" or "transfer-encoding" in connection.headers
    )
    kind = connection.headers.get("content-type", "").partition(";")[0].strip().lower()
    if has_body and kind != "application/json":
        raise HTTPException(
            "the body is to be application/json", status_code=HTTPStatus.UNSUPPORTED_MEDIA_TYPE
        )


_ROUTES: tuple[Any, ...] = (
    _page("/", models.shown),
    _page("/models.csv", models.table),
    _page(f"/{_MODEL}", model.page_of),
    _page(f"/origins/{_MODEL}", model.origins),
    _page("/providers", providers.shown),
    _page("/history", history.shown),
    _page("/history/undo", history.undo_shown),
    _act("/history/undo", history.take_back, 303),
    _page("/decisions", decisions.shown),
    _act("/decisions/remove", decisions.take_back, 303),
    _act("/decisions/renew", decisions.prolong, 303),
    _page("/plan", plan.shown),
    _act("/plan", plan.begin, 303),
    post("/plan/choices", include_in_schema=False, status_code=303)(_in_thread(plan.choose)),
    _act("/plan/apply", plan.carry_out, 303),
    _act("/sync", jobs.begin, 303),
    _page("/jobs/{number:int}", jobs.shown),
    _page("/now", now.shown),
    _page("/cost", cost.empty),
    _act("/cost", cost.shown, largest=cost.LARGEST),
    _page("/static/{name:str}", files.static),
    _twin("/api/models", models.listed),
    _twin(f"/api/{_MODEL}", model.document_of),
    _twin("/api/price", model.price),
    _twin("/api/providers", providers.listed),
    _twin("/api/history", history.listed),
    _twin("/api/history/undo", history.undoing),
    _act("/api/history/undo", history.undo),
    _twin("/api/decisions", decisions.listed),
    _act("/api/decisions/remove", decisions.remove),
    _act("/api/decisions/renew", decisions.renew),
    _twin("/api/plan", plan.document_of),
    _act("/api/plan", plan.start, 202),
    _act("/api/apply", jobs.apply),
    _twin("/api/jobs/{number:int}", jobs.document_of),
    _twin("/api/models/sync", now.state),
    _act("/api/models/sync", jobs.sync, 202),
    _act("/api/v1/models/sync", jobs.sync, 202),
    get("/api/models/sync/events")(stream.events),
    get("/api/models/sync/cron", middleware=[_OFTEN.middleware])(_in_thread(jobs.cron)),
    _act("/api/models/sync/cron", jobs.cron),
    _act("/api/hooks/sync", jobs.hook, 202),
    _act("/api/cost", cost.document_of, largest=cost.LARGEST),
    _twin("/health", health.health),
)


def of(server: Server, actor: str = "") -> Litestar:
    """The application that shows what one server has; `actor` is who asks for jobs from its pages."""
    desk = Desk(server, actor)
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
            "modelsync",
            "1",
            path="/api/docs",
            use_handler_docstrings=True,
            render_plugins=cast("Any", [Docs(), JsonRenderPlugin(path="/openapi.json")]),
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
