"""The server as one application: its pages, its JSON API, and what it says where something went wrong."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Iterator
from http import HTTPStatus
from typing import Any, cast

from litestar import Litestar, Response, get, post, route
from litestar.di import Provide
from litestar.enums import MediaType
from litestar.exceptions import HTTPException
from litestar.openapi import OpenAPIConfig

from modelsync.errors import ModelsyncError
from modelsync.jobs.serve.server import Server
from modelsync.web import activity, cost, decisions, files, history, jobs, model, models, plan, providers
from modelsync.web.api import LARGEST, MODEL, OFTEN, ROUTES, in_thread
from modelsync.web.docs import Docs
from modelsync.web.faults import bug, failed, refused
from modelsync.web.query import asked
from modelsync.web.service import Service


def _page(path: str, handler: Any) -> Any:
    return get(path, include_in_schema=False)(in_thread(handler))


def _act(path: str, handler: Any, status: int = 303, *, largest: int = LARGEST) -> Any:
    acting = post(
        path,
        include_in_schema=False,
        status_code=status,
        request_max_body_size=largest,
        middleware=[OFTEN.middleware],
    )
    return acting(in_thread(handler))


_PAGES: tuple[Any, ...] = (
    _page("/", models.shown),
    _page("/models.csv", models.table),
    _page(f"/{MODEL}", model.page_of),
    _page(f"/origins/{MODEL}", model.origins),
    _page("/providers", providers.shown),
    _page("/history", history.shown),
    _page("/history/undo", history.undo_shown),
    _act("/history/undo", history.take_back),
    _page("/decisions", decisions.shown),
    _act("/decisions/remove", decisions.take_back),
    _act("/decisions/renew", decisions.prolong),
    _page("/plan", plan.shown),
    _act("/plan", plan.begin),
    post("/plan/choices", include_in_schema=False, status_code=303)(in_thread(plan.choose)),
    _act("/plan/apply", plan.carry_out),
    _act("/sync", jobs.begin),
    _page("/jobs/{number:int}", jobs.shown),
    _page("/now", activity.shown),
    _page("/cost", cost.empty),
    _act("/cost", cost.shown, 200, largest=cost.LARGEST),
    _page("/static/{name:str}", files.static),
)


def _options() -> Iterator[Any]:
    """What each address can be asked: Litestar would name the method alone of the route that it saw first."""
    methods = defaultdict[str, set[str]](lambda: {"OPTIONS"})
    for one in (*_PAGES, *ROUTES):
        for path in one.paths:
            methods[path] |= one.http_methods
    for path, known in methods.items():
        yield route(path, http_method="OPTIONS", include_in_schema=False, status_code=204)(_allowing(known))


def _allowing(methods: Collection[str]) -> Callable[[], Awaitable[Response[None]]]:
    async def answer() -> Response[None]:
        return Response(None, headers={"allow": ", ".join(sorted(methods))}, status_code=204)

    return answer


def of(server: Server, actor: str = "") -> Litestar:
    """The application that shows what one server has; `actor` is who asks for jobs from its pages."""
    service = Service(server, actor)
    return Litestar(
        (*_options(), *_PAGES, *ROUTES),
        dependencies={
            "service": Provide(lambda: service, sync_to_thread=False),
            "asked": Provide(asked, sync_to_thread=False),
        },
        on_shutdown=[service.close],
        exception_handlers={
            ModelsyncError: refused,
            HTTPException: failed,
            HTTPStatus.INTERNAL_SERVER_ERROR: bug,
        },
        openapi_config=OpenAPIConfig(
            "modelsync",
            "1",
            path="/api/docs",
            use_handler_docstrings=True,
            render_plugins=cast("Any", [Docs(), Docs(("/openapi.json",), MediaType.JSON)]),
        ),
        request_max_body_size=LARGEST,
        debug=False,
        logging_config=None,
    )
