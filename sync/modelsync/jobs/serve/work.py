"""One job of a server, in a process of its own: its memory is given back, and no page waits for it.

It outlives a server that is killed, and writes down itself how it ended.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import NoReturn

import msgspec

from modelsync import config
from modelsync.config import Config, Place
from modelsync.disk import files
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
from modelsync.jobs import sync
from modelsync.jobs.serve.events import CutOff, Done, Failed, Order, Reason, statistics
from modelsync.jobs.serve.log import Logs, Writing
from modelsync.jobs.serve.workplace import brought, folder_of, worktree_of
from modelsync.records import Report, ReviewPolicy
from modelsync.records.secret import is_secret
from modelsync.run.request import Request, Run

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_REASONS: dict[type[ModelsyncError], Reason] = {
    PlanStale: "conflict",
    Locked: "locked",
    UsageError: "usage",
    CatalogError: "catalog",
    GitRefused: "git",
    SourceFailed: "source",
}


class Task(msgspec.Struct, frozen=True):
    """An order, the catalog whose it is, and where its job is written down."""

    order: Order
    catalog: str
    review: ReviewPolicy
    number: int
    descriptor: int
    push: bool = False
    pr: bool = False


class _Stopped(BaseException):
    """The server was told to end: what was begun is rolled back on the way out."""


def main() -> int:
    """Do the task that stands on stdin; 0 where it is done."""
    for number in _SIGNALS:
        signal.signal(number, _stop)
    task = msgspec.json.decode(sys.stdin.buffer.read(), type=Task)
    log = Writing(task.descriptor, task.number, count=1)
    try:
        report = _carry_out(task, log)
        Logs(folder_of(Place(Path(task.catalog)))).put(task.number, report)
        log.write(_done(report))
        return 0
    except _Stopped:
        log.write(CutOff("the server was told to end; nothing is left half done"))
    except (ModelsyncError, OSError) as error:
        log.write(_failed(error))
    except Exception as error:
        log.write(Failed("other", f"a bug in modelsync: {_redacted(f'{type(error).__name__}: {error}')}"))
        raise
    return 1


def _stop(number: int, frame: FrameType | None) -> NoReturn:
    for each in _SIGNALS:  # the way back is not interrupted
        signal.signal(each, signal.SIG_IGN)
    raise _Stopped


def _carry_out(task: Task, log: Writing) -> Report:
    """Do what is asked in the working tree of the server, which is at the base afterwards as before."""
    order = task.order
    request = Request(
        sources=order.sources,
        all_sources=order.all_sources,
        due=order.due,
        only=order.only,
        prune=order.prune,
        accept=order.decisions.accept,
        push=task.push,
        pr=task.pr,
    )
    asked = msgspec.structs.asdict(request)
    outside = Run(Place(Path(task.catalog)), Config(review=task.review), config.now(), **asked)
    base, tree = brought(outside), worktree_of(outside)
    place = tree.place
    os.chdir(place.root)
    rules = files.sha256(files.read(place.config_file)) or ""
    run = Run(place, config.load(place), outside.now, rules=rules, observe=log.write, **asked)
    try:
        return sync.plan(run) if order.kind == "plan" else sync.sync(run)
    finally:
        tree.leave(base)


def _done(report: Report) -> Done:
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
    if isinstance(error, OSError):
        error = DiskFault(error.strerror or str(error), where=os.fsdecode(error.filename or ""))
    known = (word for kind, word in _REASONS.items() if isinstance(error, kind))
    reason: Reason = next(known, "other")
    return Failed(reason, _redacted(error.what), _redacted(error.where), _redacted(error.advice))


def _redacted(text: str) -> str:
    secrets = {value for name, value in os.environ.items() if is_secret(name) and len(value) > 7}
    return redact(text, secrets)


if __name__ == "__main__":
    sys.exit(main())
