"""What is so at the moment: the job at work, and whether a sync is due."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec
from litestar import Response

from modelsync import config
from modelsync.jobs.serve.events import Done, Job
from modelsync.jobs.serve.health import Freshness
from modelsync.report.text import ago
from modelsync.run.trail import AtWork
from modelsync.web.phrases import happened, told
from modelsync.web.rendering import page
from modelsync.web.service import Served

_OLD = timedelta(days=30)  # a last success that wants a sync before anything else
_RECENT = timedelta(hours=1)  # one after which no sync is recommended: a realtime source is due at once


class State(msgspec.Struct, frozen=True, rename="camel"):
    """When a list was brought in last, whether that is too long ago, and the job at work."""

    last_sync: datetime | None
    needs_sync: bool
    due: tuple[str, ...] = ()  # sources
    job: Job | None = None


class Now(msgspec.Struct, frozen=True, kw_only=True):
    """What is so at the moment, for the top of each page."""

    job: Job | None
    text: str
    elsewhere: AtWork | None
    step: str  # what happened last there
    due: tuple[str, ...]
    age: str
    is_old: bool
    new: int  # models that the newest plan would add


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
        Now(
            job=job,
            text=told(job.events[-1]) if job and job.events else "",
            elsewhere=elsewhere,
            step=happened(step.what) if step else "",
            due=fresh.due if age is None or age > _RECENT else (),
            age=ago(age) if age else "",
            is_old=bool(age and age > _OLD),
            new=_new(service.plan) if not service.since else 0,
        ),
    )


def _new(plan: Job | None) -> int:
    """How many models a plan would add."""
    end = plan.end if plan else None
    return end.statistics.new + end.statistics.overrides if isinstance(end, Done) else 0
