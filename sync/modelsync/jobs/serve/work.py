"""One job of a server, in a process of its own: its memory is given back, and no page waits for it.

It outlives a server that is killed, and writes down itself how it ended.
"""

from __future__ import annotations

import os
import shlex
import signal
import sys
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import FrameType
from typing import NoReturn

import msgspec

from modelsync.config import Place
from modelsync.errors import (
    CatalogError,
    DiskFault,
    GitRefused,
    Locked,
    ModelsyncError,
    PlanStale,
    SourceFailed,
    UsageError,
)
from modelsync.http.redaction import redact
from modelsync.jobs import decisions, sync, undo
from modelsync.jobs.decisions import Decisions, standing
from modelsync.jobs.serve.events import CutOff, Done, Failed, FailureReason, Order, statistics
from modelsync.jobs.serve.log import Logs, Writing
from modelsync.jobs.serve.workplace import Served, brought, outside, run_of, worktree_of
from modelsync.jobs.sync import Begun
from modelsync.records import Plan, Report
from modelsync.records.secret import secrets_in
from modelsync.run.request import Request, Run

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_REASONS: dict[type[ModelsyncError], FailureReason] = {
    PlanStale: "conflict",
    Locked: "locked",
    UsageError: "usage",
    CatalogError: "catalog",
    GitRefused: "git",
    SourceFailed: "source",
}


class Task(msgspec.Struct, frozen=True):
    """An order, and where its job is written down."""

    served: Served
    order: Order
    number: int
    descriptor: int
    shown: tuple[int, ...] = ()  # the jobs that planned what is to be applied


class _Stopped(BaseException):
    """The server was told to end: what was begun is rolled back on the way out."""


def main() -> int:
    """Do the task that stands on stdin; 0 where it is done."""
    task = msgspec.json.decode(sys.stdin.buffer.read(), type=Task)
    log, logs = Writing(task.descriptor, task.number, count=1), Logs.of(Place(Path(task.served.catalog)))
    try:
        for number in _SIGNALS:
            signal.signal(number, _stop)
        report = _carry_out(task, log, logs)
        logs.put(task.number, report)
        log.write(_ended(report))
        return 0
    except _Stopped:
        log.write(CutOff("the server was told to end; nothing is left half done"))
    except (ModelsyncError, OSError) as error:
        log.write(_failed(error))
    except Exception as error:
        log.write(Failed("other", f"a bug in modelsync: {_redacted(f'{type(error).__name__}: {error}')}"))
        if os.environ.get("LOG_LEVEL", "").lower() == "debug":
            raise
    return 1


def _stop(number: int, frame: FrameType | None) -> NoReturn:
    for each in _SIGNALS:  # the way back is not interrupted
        signal.signal(each, signal.SIG_IGN)
    raise _Stopped


def _carry_out(task: Task, log: Writing, logs: Logs) -> Report:
    """Do what is asked in the working tree of the server, which is at the base afterwards as before."""
    order, person = task.order, outside(task.served)
    base, tree = brought(person), worktree_of(person)
    os.chdir(tree.place.root)
    request = Request(
        sources=order.sources,
        all_sources=order.all_sources,
        due=order.due,
        only=order.only,
        prune=order.prune,
        push=task.served.push,
        pr=task.served.pr,
    )
    run = msgspec.structs.replace(run_of(task.served, request), observe=log.write, actor=order.actor)
    shown = tuple(filter(None, map(logs.report, task.shown)))
    try:
        report = _done(run, order, partial(decided, order=order, shown=shown))
    finally:
        tree.leave(base)
    if order.kind == "apply" and order.digest and report.outcome == "nothing":
        raise _changed()
    undo = f"git branch -D {shlex.quote(report.branch)}" if report.commit else ""
    backup = os.path.relpath(Path(report.backup).resolve(), person.place.top) if report.backup else ""
    return msgspec.structs.replace(report, go_back="", undo=undo, folder="", backup=backup)


def _done(run: Run, order: Order, decide: sync.Decide) -> Report:
    match order.kind:
        case "plan":
            return sync.preview(run, decide)
        case "sync" | "apply":
            return sync.sync(run, decide)
        case "remove" | "renew":
            return standing.propose(run, order.of, order.renewal)
        case "undo":
            return undo.undo(run, order.of, order.digest)


def decided(begun: Begun, order: Order, shown: Sequence[Report]) -> Begun:
    """The run with what the order decides, where what would be done is still what was shown.

    Raises PlanStale where it is not: upstream, the catalog or the review branch changed.
    """
    after = begun
    if order.decisions != Decisions():
        run, opened = decisions.decided(begun.run, begun.opened, order.decisions)
        after = replace(begun, run=run, opened=opened)
    if order.kind == "apply":
        _expect_shown(begun, after, order, shown)
    return after


def _expect_shown(begun: Begun, after: Begun, order: Order, shown: Sequence[Report]) -> None:
    now = sync.shown(begun)
    if now.digest == order.digest:
        if not order.decisions.accept or any(_is_same(now.plan, report.plan) for report in shown):
            return
    elif sync.shown(after).digest == order.digest:  # what was shown had the same decisions in it
        return
    raise _changed()


def _changed() -> PlanStale:
    what = "the plan changed since it was shown: upstream, the catalog or the review branch did"
    return PlanStale(what, advice="Look at the plan as it is now, and apply that.")


def _is_same(now: Plan, shown: Plan) -> bool:
    """Whether a plan holds the same values as another, for the same files."""
    held, before = ({hold.name: hold.change for hold in plan.holds} for plan in (now, shown))
    return held == before and now.files == shown.files


def _ended(report: Report) -> Done:
    return Done(
        outcome=report.outcome,
        statistics=statistics(report),
        digest=report.digest,
        commit=report.commit,
        branch=report.branch,
        pushed=report.pushed,
        pull_request=report.pull_request,
        unpublished=_redacted(report.unpublished),
    )


def _failed(error: ModelsyncError | OSError) -> Failed:
    error = DiskFault.of(error) if isinstance(error, OSError) else error
    known = (word for kind, word in _REASONS.items() if isinstance(error, kind))
    reason: FailureReason = next(known, "other")
    return Failed(reason, _redacted(error.what), _redacted(error.where), _redacted(error.advice))


def _redacted(text: str) -> str:
    return redact(text, secrets_in(os.environ))


if __name__ == "__main__":
    sys.exit(main())
