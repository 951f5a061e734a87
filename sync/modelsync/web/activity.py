"""What is so at the moment: the job at work, whether a sync is due, whether the server can do its work."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Literal

import msgspec
from litestar import Response

from modelsync import config
from modelsync.jobs.serve.events import Done, Job
from modelsync.jobs.serve.health import Freshness, Vitals
from modelsync.report.text import ago
from modelsync.web.phrases import happened, told
from modelsync.web.query import parameter
from modelsync.web.rendering import page
from modelsync.web.service import Served

Readiness = Annotated[str | None, parameter("Whatever it has: whether pages can be shown")]
_OLD = timedelta(days=30)  # a last success that wants a sync before anything else
_RECENT = timedelta(hours=1)  # one after which no sync is recommended: a realtime source is due at once


class State(msgspec.Struct, frozen=True, rename="camel"):
    """When a list was brought in last, whether that is too long ago, and the job at work."""

    last_sync: datetime | None
    needs_sync: bool
    due: tuple[str, ...] = ()  # sources
    job: Job | None = None


def state(service: Served) -> State:
    """Whether a sync is due: a source's last success is older than its update_frequency."""
    fresh = service.freshness or Freshness(None, ())
    return State(fresh.last_success, bool(fresh.due), fresh.due, service.server.running)


def shown(service: Served) -> Response[str]:
    """The top of each page: the job at work, or that a sync is due."""
    server, fresh = service.server, service.freshness or Freshness(None, ())
    job, elsewhere = server.running, server.elsewhere
    step = elsewhere.last if elsewhere else None
    age = config.now() - fresh.last_success if fresh.last_success else None
    return page(
        "now.html",
        job=job,
        text=told(job.events[-1]) if job and job.events else "",
        elsewhere=elsewhere,
        step=happened(step.what) if step else "",  # what happened last there
        due=fresh.due if age is None or age > _RECENT else (),
        age=ago(age) if age else "",
        is_old=bool(age and age > _OLD),
        new=_new(service.plan) if not service.since else 0,
    )


def _new(plan: Job | None) -> int:
    end = plan.end if plan else None
    return end.statistics.new + end.statistics.overrides if isinstance(end, Done) else 0


class Starting(msgspec.Struct, frozen=True):
    """Nothing is known yet."""

    status: Literal["starting"] = "starting"


class Ready(msgspec.Struct, frozen=True):
    """Pages can be shown."""

    ready: Literal[True] = True


def health(service: Served, ready: Readiness = None) -> Response[Vitals | Ready | Starting]:
    """The catalog, its sources and the last success, at most half a minute old; 503 where it cannot be read.

    With `ready`: whether pages can be shown, which asks no source.
    """
    if ready is not None:
        is_ready = service.index is not None
        return Response(Ready()) if is_ready else Response(Starting(), status_code=503)
    vitals = service.server.vitals()
    if vitals is None:
        return Response(Starting(), status_code=503)
    return Response(vitals, status_code=503 if vitals.status == "failing" else 200)
