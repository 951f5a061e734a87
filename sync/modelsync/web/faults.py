"""What the server answers where something went wrong: one object, or a page that shows it."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import Annotated, Any

import msgspec
from litestar import Request, Response
from litestar.enums import MediaType
from litestar.exceptions import HTTPException
from msgspec import UNSET, Meta, UnsetType
from msgspec.structs import replace

from modelsync.errors import CatalogError, GitRefused, Locked, ModelsyncError, PlanStale, UsageError
from modelsync.jobs.serve.events import Job
from modelsync.report import plain
from modelsync.web.rendering import PAGES, page

_STATUS = (
    (PlanStale, HTTPStatus.CONFLICT),
    (Locked, HTTPStatus.CONFLICT),
    (GitRefused, HTTPStatus.SERVICE_UNAVAILABLE),
    (CatalogError, HTTPStatus.SERVICE_UNAVAILABLE),
)
_ADVICE = {
    HTTPStatus.UNAUTHORIZED: "Send `Authorization: Bearer` with the token of `serve --token`, or sign in.",
    HTTPStatus.NOT_FOUND: "/api/docs names all that there is.",
    HTTPStatus.METHOD_NOT_ALLOWED: "`Allow` names the methods that it has.",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "A log may have 64 MB, any other body 1 MB.",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "Send `Content-Type: application/json`.",
    HTTPStatus.TOO_MANY_REQUESTS: "A client may act 60 times a minute: go on in a minute.",
}
_LISTED_ON = {"/jobs/": "/providers", "/sync": "/providers"}  # what is no page of its own
_ON_A_PAGE = dict.fromkeys(
    (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED), "All pages are named at the top."
)


class Fault(msgspec.Struct, frozen=True):
    """What happened, where, and what to do next."""

    error: str
    where: Annotated[str, Meta(description="A file, its line, or an address")] = ""
    advice: Annotated[str, Meta(description="What to do next")] = ""
    status: Annotated[int, Meta(description="That of HTTP")] = HTTPStatus.INTERNAL_SERVER_ERROR
    job: Annotated[Job, Meta(description="The job that was begun and failed")] | UnsetType = UNSET


def refused(request: Request[Any, Any, Any], error: ModelsyncError) -> Response[Any]:
    """Answer what a job, or reading the catalog, is refused for."""
    status = next((status for kind, status in _STATUS if isinstance(error, kind)), HTTPStatus.BAD_GATEWAY)
    if isinstance(error, UsageError):
        status = HTTPStatus.NOT_FOUND if request.method == "GET" else HTTPStatus.BAD_REQUEST
    return _answer(request, Fault(error.what, error.where, error.advice, status))


def fault(what: str, status: int) -> Fault:
    """What a request is refused for, with what to do next."""
    return Fault(what, advice=_ADVICE.get(HTTPStatus(status), ""), status=status)


def failed(request: Request[Any, Any, Any], error: HTTPException) -> Response[Any]:
    """Answer what a request is refused for."""
    known = fault(_what(error), error.status_code)
    if _is_for_a_person(request):
        known = replace(known, advice=_ON_A_PAGE.get(HTTPStatus(known.status), known.advice))
    answer = _answer(request, known)
    answer.headers.update(error.headers or {})
    return answer


def _what(error: HTTPException) -> str:
    """What of a request cannot be meant, by name."""
    reasons = [one for one in error.extra or () if isinstance(one, dict)]
    named = (f"{one['key']}: {one['message']}" for one in reasons if "key" in one)
    return "; ".join(named) or str(error.detail)


def bug(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """Nothing of what happened inside goes out: it stands where the server was started."""
    logging.getLogger("uvicorn.error").error(
        "a bug in modelsync: %s", plain(f"{type(error).__name__}: {error}")
    )
    advice = "Please report it; the server's own output names it."
    return _answer(request, Fault("a bug in modelsync", advice=advice))


def _answer(request: Request[Any, Any, Any], fault: Fault) -> Response[Any]:
    if not _is_for_a_person(request):
        return Response(fault, status_code=fault.status, media_type=MediaType.JSON)
    path = request.url.path
    of = next((above for begin, above in _LISTED_ON.items() if path.startswith(begin)), path)
    name, address = next((one for one in PAGES[1:] if of.startswith(one[1])), PAGES[0])
    title = HTTPStatus(fault.status).phrase
    return page("fault.html", fault=fault, title=title, name=name, address=address, status=fault.status)


def _is_for_a_person(request: Request[Any, Any, Any]) -> bool:
    return not request.url.path.startswith("/api/") and "text/html" in request.headers.get("accept", "")
