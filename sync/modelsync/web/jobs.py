"""Jobs that are begun here, by a person or a program, and how each comes along and ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, assert_never

import msgspec
from litestar import Request, Response
from litestar.params import FromPath, FromQuery, JSONBody, RawBody, URLEncodedBody
from litestar.response import Redirect, ServerSentEvent
from litestar.response.sse import ServerSentEventMessage

from modelsync import config
from modelsync.errors import UsageError
from modelsync.jobs.decisions import Decisions
from modelsync.jobs.serve.events import CutOff, Done, Event, Failed, Job, Order, Queued
from modelsync.jobs.serve.health import Freshness
from modelsync.jobs.serve.server import Busy, Server
from modelsync.records import Report
from modelsync.records.progress import Committed, Fetched, Held, Planned, Pushed, Written
from modelsync.report.text import ago, brief, many, plain
from modelsync.web.desk import Desk, Served
from modelsync.web.rendering import page

_PATIENCE = 300.0  # seconds for which an answer waits for its job
_OLD = timedelta(days=30)  # a last success that wants a sync before anything else
_RECENT = timedelta(hours=1)  # one after which no sync is recommended: a realtime source is due at once
_ALIVE = 15.0  # seconds after which a stream without news says that it is there
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

    digest: str


class State(msgspec.Struct, frozen=True, rename="camel"):
    """When a list was brought in last, whether that is too long ago, and the job at work."""

    last_sync: datetime | None
    needs_sync: bool
    due: tuple[str, ...] = ()  # sources
    job: Job | None = None


class Told(msgspec.Struct, frozen=True):
    """What a stream says of an event."""

    job: int
    text: str
    is_end: bool
    event: Event


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What the page of a job shows."""

    job: Job
    name: str
    lines: tuple[str, ...]
    report: Report | None
    now: datetime


class Now(msgspec.Struct, frozen=True, kw_only=True):
    """What is so at the moment, for the top of each page."""

    job: Job | None
    text: str
    elsewhere: str
    due: tuple[str, ...]
    age: str
    is_old: bool
    new: int  # models that the newest plan would add


# ---------------------------------------------------------------------------- the API


def state(desk: Served) -> State:
    """Whether a sync is due: a source's last success is older than its update_frequency."""
    fresh = desk.freshness or Freshness(None, ())
    return State(fresh.last_success, bool(fresh.due), fresh.due, desk.server.running)


def sync(desk: Served, data: JSONBody[Syncing | None] = None) -> Response[Job]:
    """Begin a sync, which is planned and applied in one while what is held stays held. 409 while a job is at
    work. With `digest`, what `POST /api/apply` does."""
    asked = data or Syncing()
    if asked.digest:
        return apply(
            desk, Applying(digest=asked.digest, accept=asked.accept, pin=asked.pin, exclude=asked.exclude)
        )
    if asked.accept or asked.pin or asked.exclude:
        raise UsageError("decisions are of a plan that was shown", advice="Name it by its digest.")
    order = Order("sync", desk.actor, sources=asked.sources, all_sources=asked.all_sources, prune=asked.prune)
    return Response(desk.server.start(order), status_code=HTTPStatus.ACCEPTED)


def apply(desk: Served, data: JSONBody[Applying]) -> Response[Job]:
    """Do what a plan says that was shown, with decisions, and answer with the job once it has ended.

    409 where the plan is not what would be done any more, and while another job is at work.
    """
    job = desk.server.start(_order(desk, data.digest, Decisions(data.accept, data.pin, data.exclude)))
    return _answer(desk.server.wait(job.number, _PATIENCE))


def document_of(desk: Served, number: FromPath[int]) -> Job:
    """A job, by its number: what was asked, what happened, how it ended."""
    return _job(desk, number)


def cron(desk: Served, request: Request[Any, Any, Any]) -> Response[Any]:
    """Sync once, for a schedule elsewhere that shows `CRON_SECRET`; `synced` is how many sources answered."""
    desk.doors.expect_cron(request.headers.get("authorization", ""))
    job = desk.server.start(Order("sync", "cron"))
    job = desk.server.wait(job.number, _PATIENCE)
    answered = sum(isinstance(one := event.happening, Fetched) and not one.failure for event in job.events)
    answer: dict[str, Any] = {"synced": answered, "job": job.number, "state": job.state}
    if isinstance(job.end, Failed):
        answer["error"] = job.end.what
    return Response(answer, status_code=_status(job))


def hook(desk: Served, request: Request[Any, Any, Any], body: RawBody) -> Response[Job]:
    """Begin a sync for who signed the body as https://www.standardwebhooks.com has it."""
    desk.doors.expect_signed(request.headers, body)
    return Response(desk.server.start(Order("sync", "webhook")), status_code=HTTPStatus.ACCEPTED)


async def events(
    request: Request[Any, Any, Any], desk: Served, since: FromQuery[str] = ""
) -> ServerSentEvent:
    """What happens in jobs, as it happens: server-sent events. `Last-Event-ID` resumes behind an event;
    without it the last job is told from its beginning, with `since=now` nothing that was.

    `job` is an event of a job; `state` says that the reviewed commit, or who else is at work, is another.
    """
    known = desk.server.events()
    newest = known[-1].id if known and since == "now" else ""
    return ServerSentEvent(_stream(desk.server, request.headers.get("last-event-id", newest)))


async def _stream(server: Server, after: str) -> AsyncIterator[ServerSentEventMessage]:
    woken, loop = asyncio.Event(), asyncio.get_running_loop()

    def wake() -> None:
        loop.call_soon_threadsafe(woken.set)

    silence = server.listen(wake)
    state = ""
    try:
        while True:
            woken.clear()
            for event in server.events(after):
                after = event.id
                yield ServerSentEventMessage(id=after, event="job", data=_json(_told(event)))
            if (now := _json({"commit": server.base.commit, "elsewhere": server.elsewhere})) != state:
                state = now
                yield ServerSentEventMessage(event="state", data=state)
            try:
                await asyncio.wait_for(woken.wait(), _ALIVE)
            except TimeoutError:
                yield ServerSentEventMessage(comment="still here")
    finally:
        silence()


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _told(event: Event) -> Told:
    return Told(event.job, told(event), isinstance(event.happening, Done | Failed | CutOff), event)


# ---------------------------------------------------------------------------- pages


def begin(desk: Served, data: URLEncodedBody[dict[str, str]]) -> Redirect:
    """Sync a source, or all of them, and show how that comes along."""
    source = data.get("source", "")
    all_sources = not source and desk.has_more_sources
    order = Order("sync", desk.actor, sources=(source,) if source else (), all_sources=all_sources)
    return _begun(desk, order)


def carry_out(desk: Desk, digest: str, decisions: Decisions) -> Redirect:
    """Apply the plan that a page showed, and show how that comes along."""
    return _begun(desk, _order(desk, digest, decisions))


def shown(desk: Served, number: FromPath[int]) -> Response[str]:
    """The page of a job."""
    job = _job(desk, number)
    return page(
        "job.html",
        Seen(
            job=job,
            name=_name(job.order),
            lines=tuple(told(event) for event in job.events),
            report=desk.server.report(number),
            now=config.now(),
        ),
    )


def now(desk: Served) -> Response[str]:
    """The top of each page: the job at work, or that a sync is due."""
    server, fresh = desk.server, desk.freshness or Freshness(None, ())
    job, elsewhere = server.running, server.elsewhere
    age = config.now() - fresh.last_success if fresh.last_success else None
    return page(
        "now.html",
        Now(
            job=job,
            text=told(job.events[-1]) if job and job.events else "",
            elsewhere=f"process {elsewhere.pid}, since {elsewhere.started:%H:%M} UTC" if elsewhere else "",
            due=fresh.due if age is None or age > _RECENT else (),
            age=ago(age) if age else "",
            is_old=bool(age and age > _OLD),
            new=plan.plan.count("add") if (plan := desk.planned) and not desk.is_past else 0,
        ),
    )


def _begun(desk: Desk, order: Order) -> Redirect:
    try:
        number = desk.server.start(order).number
    except Busy as busy:
        if not busy.job:
            raise
        number = busy.job
    return Redirect(f"/jobs/{number}", status_code=303)


# ---------------------------------------------------------------------------- in words


def told(event: Event) -> str:
    """An event in a sentence."""
    match event.happening:
        case Queued(order):
            return f"{_name(order)} begins{f', asked for by {brief(order.actor)}' if order.actor else ''}"
        case Fetched(source, models, failure):
            answer = f"failed: {brief(failure, 300)}" if failure else f"answered, {many(models, 'model')}"
            return f"{brief(source)} {answer}"
        case Planned(changes, unchanged):
            return f"planned: {many(changes, 'change')}, {many(unchanged, 'model')} as before"
        case Held(holds):
            return f"held back: {many(holds, 'value')}"
        case Written(files):
            return f"written: {', '.join(map(brief, files[:5]))}{' …' if len(files) > 5 else ''}"
        case Committed(commit, branch):
            return f"committed: {commit[:10]} on {brief(branch)}"
        case Pushed(branch, request):
            return f"pushed: {brief(branch)}{f', proposed as #{request.number}' if request else ''}"
        case Done() as done:
            return _outcome(done)
        case Failed(what=what, where=where):
            return f"failed: {brief(where)}: {plain(what)}" if where else f"failed: {plain(what)}"
        case CutOff(what):
            return f"cut off: {plain(what)}"
        case never:
            assert_never(never)


def _outcome(done: Done) -> str:
    match done.outcome:
        case "committed":
            return f"done: committed as {done.commit[:10]}"
        case "already proposed":
            return "done: all of it is proposed already"
        case "planned":
            return "done: planned, and nothing written"
        case "written":
            return "done: written, not committed"
        case _:
            return "done: nothing changed" if done.statistics.failed else "done: nothing to change"


def _name(order: Order) -> str:
    sources = ", ".join(map(brief, order.sources)) or ("all sources" if order.all_sources else "")
    return f"{order.kind} {sources}".strip()


# ---------------------------------------------------------------------------- of both


def _order(desk: Desk, digest: str, decisions: Decisions) -> Order:
    """The plan of a digest as it was asked for, to be done."""
    plans: Sequence[Order] = [
        job.order for job in desk.server.jobs if isinstance(job.end, Done) and job.end.digest == digest
    ]
    of = plans[0] if plans else Order("plan")
    return msgspec.structs.replace(of, kind="apply", actor=desk.actor, digest=digest, decisions=decisions)


def _job(desk: Desk, number: int) -> Job:
    if job := desk.server.job(number):
        return job
    raise UsageError(f"there is no job {number}, or none any more", advice="The last twenty are kept.")


def _answer(job: Job) -> Response[Job]:
    return Response(job, status_code=_status(job))


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
