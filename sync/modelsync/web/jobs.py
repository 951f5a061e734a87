"""Jobs that are begun here, by a person or a program, and how each comes along and ends."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Annotated, Any

import msgspec
from litestar import Request, Response
from litestar.params import FromPath, RawBody, URLEncodedBody
from litestar.response import Redirect
from msgspec import UNSET, Meta, UnsetType

from modelsync import config
from modelsync.errors import UsageError
from modelsync.jobs.decisions import Decisions
from modelsync.jobs.serve.events import CutOff, Done, Failed, Job, JobState, Order
from modelsync.jobs.serve.server import Busy
from modelsync.records.progress import Fetched
from modelsync.web.faults import Fault
from modelsync.web.phrases import decided, name_of, silences, told
from modelsync.web.rendering import page
from modelsync.web.service import Served, Service

_PATIENCE = 300.0  # seconds for which an answer waits for its job
_STATUS = {
    "conflict": HTTPStatus.CONFLICT,
    "locked": HTTPStatus.CONFLICT,
    "usage": HTTPStatus.BAD_REQUEST,
    "source": HTTPStatus.BAD_GATEWAY,
}


class Syncing(Decisions, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A sync: of sources (none: those that count), or, with a digest, of exactly the plan that was shown."""

    digest: str = ""
    sources: tuple[str, ...] = ()
    all_sources: bool = False
    prune: bool = False


class Applying(Decisions, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The plan that was shown, by its digest, with what a person decided of it."""

    digest: Annotated[str, Meta(min_length=1)]


class Cron(msgspec.Struct, frozen=True):
    """What became of a sync that a schedule asked for."""

    synced: Annotated[int, Meta(description="How many sources answered")]
    job: Annotated[int, Meta(description="Its number")]
    state: JobState
    error: str | UnsetType = UNSET


# ---------------------------------------------------------------------------- the API


def sync(service: Served, data: Syncing | None = None) -> Response[Job | Fault]:
    """Begin a sync, which is planned and applied in one while what is held stays held. 409 while a job is at
    work. With `digest`, what `POST /api/apply` does."""
    asked = data or Syncing()
    if asked.digest:
        return apply(
            service, Applying(digest=asked.digest, accept=asked.accept, pin=asked.pin, exclude=asked.exclude)
        )
    if asked.accept or asked.pin or asked.exclude:
        raise UsageError("decisions are of a plan that was shown", advice="Name it by its digest.")
    order = Order(
        "sync", service.actor, sources=asked.sources, all_sources=asked.all_sources, prune=asked.prune
    )
    return Response(service.server.start(order), status_code=HTTPStatus.ACCEPTED)


def apply(service: Served, data: Applying) -> Response[Job | Fault]:
    """Do what a plan says that was shown, with decisions, and answer with the job once it has ended.

    409 where the plan is not what would be done any more, and while another job is at work.
    """
    return answer(service, _order(service, data.digest, Decisions(data.accept, data.pin, data.exclude)))


def document_of(service: Served, number: FromPath[int]) -> Job:
    """A job, by its number: what was asked, what happened, how it ended."""
    return _job(service, number)


def cron(service: Served, request: Request[Any, Any, Any]) -> Response[Cron]:
    """Sync once, for a schedule elsewhere that shows `CRON_SECRET`; `synced` is how many sources answered."""
    service.triggers.expect_cron(request.headers.get("authorization", ""))
    job = service.server.start(Order("sync", "cron"))
    job = service.server.wait(job.number, _PATIENCE)
    answered = sum(isinstance(one := event.happening, Fetched) and not one.failure for event in job.events)
    error = job.end.what if isinstance(job.end, Failed | CutOff) else UNSET
    return Response(Cron(answered, job.number, job.state, error), status_code=_status(job))


def hook(service: Served, request: Request[Any, Any, Any], body: RawBody) -> Response[Job]:
    """Begin a sync for who signed the body as https://www.standardwebhooks.com has it."""
    service.triggers.expect_signed(request.headers, body)
    return Response(service.server.start(Order("sync", "webhook")), status_code=HTTPStatus.ACCEPTED)


# ---------------------------------------------------------------------------- pages


def begin(service: Served, data: URLEncodedBody[dict[str, str]]) -> Redirect:
    """Sync a source, or all of them, and show how that comes along."""
    source = data.get("source", "")
    all_sources = not source and service.has_more_sources
    order = Order("sync", service.actor, sources=(source,) if source else (), all_sources=all_sources)
    return _begun(service, order)


def carry_out(service: Service, digest: str, decisions: Decisions) -> Redirect:
    """Apply the plan that a page showed, and show how that comes along. Raises Busy while another job is at
    work: its page would look as if it were this one's."""
    return started(service, _order(service, digest, decisions))


def shown(service: Served, number: FromPath[int]) -> Response[str]:
    job, report = _job(service, number), service.server.report(number)
    return page(
        "job.html",
        job=job,
        name=name_of(job.order),
        decided=decided(job.order.decisions),
        lines=tuple(told(event) for event in job.events),
        report=report,
        silences=silences(report.plan.failures) if report else (),
        now=config.now(),
    )


def started(service: Service, order: Order) -> Redirect:
    """Begin a job, and show how it comes along. Raises Busy."""
    return Redirect(f"/jobs/{service.server.start(order).number}", status_code=303)


def _begun(service: Service, order: Order) -> Redirect:
    """The same; where a job is at work, that is shown."""
    try:
        return started(service, order)
    except Busy as busy:
        if not busy.job:
            raise
        return Redirect(f"/jobs/{busy.job}", status_code=303)


# ---------------------------------------------------------------------------- of both


def _order(service: Service, digest: str, decisions: Decisions) -> Order:
    """The plan of a digest as it was asked for, to be done."""
    plans: Sequence[Order] = [
        job.order for job in service.server.jobs if isinstance(job.end, Done) and job.end.digest == digest
    ]
    of = plans[0] if plans else Order("plan")
    return msgspec.structs.replace(of, kind="apply", actor=service.actor, digest=digest, decisions=decisions)


def _job(service: Service, number: int) -> Job:
    if job := service.server.job(number):
        return job
    raise UsageError(f"there is no job {number}, or none any more", advice="The last twenty are kept.")


def answer(service: Service, order: Order) -> Response[Job | Fault]:
    """Do a job, and answer with it once it has ended; with what it failed for where it did."""
    job = service.server.wait(service.server.start(order).number, _PATIENCE)
    status = _status(job)
    match job.end:
        case Failed(_, what, where, advice):
            return Response(Fault(what, where, advice, status, job), status_code=status)
        case CutOff(what):
            return Response(Fault(what, status=status, job=job), status_code=status)
        case _:
            return Response(job, status_code=status)


def _status(job: Job) -> int:
    match job.end:
        case None:
            return HTTPStatus.ACCEPTED
        case Done():
            return HTTPStatus.OK
        case Failed(reason):
            return _STATUS.get(reason, HTTPStatus.SERVICE_UNAVAILABLE)
        case CutOff():
            return HTTPStatus.SERVICE_UNAVAILABLE
