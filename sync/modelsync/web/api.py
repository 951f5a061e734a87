"""The routes of the JSON API: what each takes and answers, and what is refused before it is asked."""

from __future__ import annotations

import json
from asyncio import to_thread
from collections import Counter
from collections.abc import Callable, Iterator
from functools import wraps
from http import HTTPStatus
from typing import Any, get_args, get_type_hints
from urllib.parse import parse_qsl

import msgspec
from litestar import get, post
from litestar.connection import ASGIConnection
from litestar.exceptions import ClientException, HTTPException
from litestar.handlers import BaseRouteHandler
from litestar.middleware.rate_limit import RateLimitConfig
from litestar.params import QueryParameter, RawBody

from modelsync.jobs.serve.events import Job
from modelsync.jobs.serve.health import Vitals
from modelsync.report.documents import (
    BillDocument,
    DayDocument,
    HistoryDocument,
    ModelDocument,
    PricedDocument,
    ReportDocument,
    StatusDocument,
)
from modelsync.web import activity, cost, decisions, history, jobs, model, models, plan, providers, stream
from modelsync.web.docs import FORM, SIGNED, Described
from modelsync.web.query import asked
from modelsync.web.service import Served

LARGEST = 1 << 20  # bytes of a body that is no log
OFTEN = RateLimitConfig(("minute", 60))  # requests of one client that act
MODEL = "models/{provider:str}/{key:path}"
_READING = (400, 401, 403, 502, 503)
_ACTING = (*_READING, 409, 413, 415, 429)


def in_thread(handler: Callable[..., Any]) -> Callable[..., Any]:
    """A handler that keeps no other request waiting: what it asks, files and git, takes its time."""

    @wraps(handler)
    async def answer(**given: Any) -> Any:
        return await to_thread(handler, **given)

    return answer


def _twin(path: str, handler: Any, *answers: Any, also: tuple[int, ...] = ()) -> Any:
    described = Described({200: answers}, (*_READING, *also))
    return get(path, opt=described.opt, guards=[_expect_known])(in_thread(handler))


def _act(
    path: str,
    handler: Any,
    answers: dict[int, Any],
    *,
    body: Any = None,
    also: tuple[int, ...] = (),
    scheme: str = "token",
) -> Any:
    is_json = body is not None and not isinstance(body, dict)
    types = {status: (one,) for status, one in answers.items()}
    described = Described(types, (*_ACTING, *also), body, scheme)
    route = post(
        path,
        opt=described.opt,
        operation_id=f"post {path}",  # some handlers have two addresses
        status_code=next(iter(answers)),
        request_max_body_size=cost.LARGEST if body is FORM else LARGEST,
        middleware=[OFTEN.middleware],
        guards=[_expect_known] if body is FORM else [_expect_known, _expect_json],
    )
    return route(_of_json(handler, body) if is_json else in_thread(handler))


def _of_json(handler: Callable[..., Any], kind: Any) -> Callable[..., Any]:
    """A handler of a body that is JSON of a type, to the letter: Litestar would take 0 for false."""

    async def answer(service: Served, body: RawBody) -> Any:
        return await to_thread(handler, service, _decoded(body, kind))

    answer.__doc__ = handler.__doc__
    return answer


def _decoded(body: bytes, kind: Any) -> Any:
    try:
        decoded = msgspec.json.decode(body or b"null", type=kind)
        json.loads(body or b"null", object_pairs_hook=_once)
    except msgspec.ValidationError as error:
        missing = "" if body else "there is none: "
        raise ClientException(f"the body: {missing}{error}") from None
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise ClientException(f"the body is no JSON: {error}") from None
    return decoded


def _once(pairs: list[tuple[str, Any]]) -> None:
    """Another reader of the same body might take the other value."""
    if twice := [name for name, times in Counter(name for name, _ in pairs).items() if times > 1]:
        raise ClientException(f"the body: {twice[0][:40]} stands in it twice")


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


def _expect_known(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """A filter that is spelt otherwise would be none: everything would be found."""
    known = dict(_parameters(handler.fn))
    query = parse_qsl(connection.scope["query_string"].decode("latin-1"), keep_blank_values=True)
    for name, times in Counter(name for name, _ in query).items():
        if name not in known:
            names = ", ".join(known) or "none"
            raise ClientException(f"{name[:40]}: there is no such parameter here; there are: {names}")
        if times > 1 and not known[name]:
            raise ClientException(f"{name}: once, not {times} times")


def _parameters(handler: Any) -> Iterator[tuple[str, bool]]:
    """The parameters that a query may have, and whether each may stand in it several times."""
    for name, hint in get_type_hints(handler, include_extras=True).items():
        if name == "asked":
            yield from _parameters(asked)
        for one in getattr(hint, "__metadata__", ()):
            if isinstance(one, QueryParameter):
                yield one.name or name, list[str] in get_args(get_args(hint)[0])


_ENDED = {200: Job, 202: Job}
_CRON = dict.fromkeys((200, 202, 400, 409, 502, 503), (jobs.Cron,))
_HEALTH = Described({200: (Vitals, activity.Ready), 503: (Vitals, activity.Starting)}, (400, 403), scheme="")

ROUTES: tuple[Any, ...] = (
    _twin("/api/models", models.listed, models.Listed, also=(304,)),
    _twin(f"/api/{MODEL}", model.document_of, ModelDocument, DayDocument, also=(404,)),
    _twin("/api/price", model.price, PricedDocument, also=(404,)),
    _twin("/api/providers", providers.listed, StatusDocument),
    _twin("/api/history", history.listed, history.Listed, HistoryDocument, also=(404,)),
    _twin("/api/history/undo", history.undoing, history.UndoingDocument, also=(404, 409)),
    _act("/api/history/undo", history.undo, _ENDED, body=history.Undo),
    _twin("/api/decisions", decisions.listed, decisions.Decisions),
    _act("/api/decisions/remove", decisions.remove, _ENDED, body=decisions.Removing),
    _act("/api/decisions/renew", decisions.renew, _ENDED, body=decisions.Renewing),
    _twin("/api/plan", plan.document_of, ReportDocument, also=(404,)),
    _act("/api/plan", plan.start, {202: Job}),
    _act("/api/apply", jobs.apply, _ENDED, body=jobs.Applying),
    _twin("/api/jobs/{number:int}", jobs.document_of, Job, also=(404,)),
    _twin("/api/models/sync", activity.state, activity.State),
    _act("/api/models/sync", jobs.sync, {202: Job, 200: Job}, body=jobs.Syncing | None),
    _act("/api/v1/models/sync", jobs.sync, {202: Job, 200: Job}, body=jobs.Syncing | None),
    get("/api/models/sync/events", opt=Described({200: (str,)}, _READING).opt, guards=[_expect_known])(
        stream.events
    ),
    get(
        "/api/models/sync/cron",
        opt=Described(_CRON, (*_ACTING, 404), scheme="cron").opt,
        middleware=[OFTEN.middleware],
        guards=[_expect_known],
    )(in_thread(jobs.cron)),
    _act("/api/models/sync/cron", jobs.cron, dict.fromkeys(_CRON, jobs.Cron), also=(404,), scheme="cron"),
    _act("/api/hooks/sync", jobs.hook, {202: Job}, body=SIGNED, also=(404,), scheme=""),
    _act("/api/cost", cost.document_of, {200: BillDocument}, body=FORM),
    get("/health", opt=_HEALTH.opt, guards=[_expect_known])(in_thread(activity.health)),
)
