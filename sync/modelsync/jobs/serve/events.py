"""What a job is asked to do, what happened in it, and how it ended: records that are kept and sent."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from modelsync.jobs.decisions import Decisions
from modelsync.jobs.decisions.standing import Renewal
from modelsync.records import Asked, Outcome, PullRequest, Report
from modelsync.records.progress import Progress
from modelsync.report.batch import summary

JobKind = Literal["plan", "sync", "apply", "remove", "renew", "undo"]
JobState = Literal["running", "done", "failed", "cut off"]
FailureReason = Literal["conflict", "locked", "usage", "catalog", "git", "source", "other"]


class Order(msgspec.Struct, frozen=True):
    """One job: a plan, a sync (plan and apply in one, holds stay), or the apply of the plan of a digest.

    Without `sources` the authoritative ones are asked. `due`: only those whose update_frequency wants it. Or
    one that asks none: a decision is removed or renewed, a commit undone.
    """

    kind: JobKind
    actor: str = ""
    sources: tuple[str, ...] = ()
    all_sources: bool = False
    due: bool = False
    only: str = ""
    prune: bool = False
    digest: str = ""
    decisions: Decisions = Decisions()
    of: str = ""  # the id of the decision, or the commit
    name: str = ""  # and what people call it
    renewal: Renewal | None = None

    @property
    def asks_sources(self) -> bool:
        return self.kind in ("plan", "sync", "apply")


class Statistics(msgspec.Struct, frozen=True):
    """A job in numbers of models, and of its sources."""

    fetched: int = 0
    new: int = 0
    updated: int = 0
    removed: int = 0
    overrides: int = 0  # new entries that state only what differs from their base
    held: int = 0
    unchanged: int = 0
    failed: int = 0  # sources
    sources: tuple[Asked, ...] = ()


def statistics(report: Report) -> Statistics:
    of, plan = summary(report.plan), report.plan
    return Statistics(
        fetched=of.fetched,
        new=of.new,
        updated=of.merged,
        removed=plan.count("remove"),
        overrides=of.overrides,
        held=len(plan.holds),
        unchanged=of.unchanged,
        failed=of.failed,
        sources=of.sources,
    )


class Queued(msgspec.Struct, frozen=True, tag="queued"):
    """A job was asked for."""

    order: Order


class Done(msgspec.Struct, frozen=True, tag="done"):
    """A job came to its end; `unpublished` says why what it committed is not pushed or proposed."""

    outcome: Outcome
    statistics: Statistics
    digest: str = ""
    commit: str = ""
    branch: str = ""
    pushed: str = ""
    pull_request: PullRequest | None = None
    unpublished: str = ""


class Failed(msgspec.Struct, frozen=True, tag="failed"):
    """A job ended without doing anything, for this reason.

    `conflict`: what was shown is not what would be done now. `locked`: another run is at work.
    """

    reason: FailureReason
    what: str
    where: str = ""
    advice: str = ""


class CutOff(msgspec.Struct, frozen=True, tag="cut off"):
    """A job was ended from outside; what it had written is undone, unless it was committed."""

    what: str


Happening = Queued | Progress | Done | Failed | CutOff


class Event(msgspec.Struct, frozen=True):
    """One thing that happened in a job. Later ones have greater numbers, later jobs too."""

    job: int
    number: int
    at: datetime
    happening: Happening

    @property
    def id(self) -> str:
        """What `Last-Event-ID` has of it."""
        return f"{self.job}.{self.number}"


class Job(msgspec.Struct, frozen=True):
    """A job as it is known now."""

    number: int
    order: Order
    state: JobState
    begun: datetime
    ended: datetime | None = None
    events: tuple[Event, ...] = ()
    end: Done | Failed | CutOff | None = None


def job_of(events: tuple[Event, ...]) -> Job | None:
    """The job that events tell of, if the first of them is that it was asked for."""
    if not events or not isinstance(queued := events[0].happening, Queued):
        return None
    last = events[-1]
    end = last.happening if isinstance(last.happening, Done | Failed | CutOff) else None
    ended = last.at if end else None
    return Job(
        events[0].job, queued.order, _STATES.get(type(end), "running"), events[0].at, ended, events, end
    )


_STATES: dict[type, JobState] = {Done: "done", Failed: "failed", CutOff: "cut off"}
