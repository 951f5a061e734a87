"""The runs and what they changed, and what one model was through time."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from litestar import Response
from litestar.exceptions import NotFoundException
from litestar.params import FromQuery

from modelsync import report
from modelsync.jobs import past
from modelsync.records import Plan, Step
from modelsync.report.json import dumped
from modelsync.report.past import runs_document
from modelsync.report.view import View, view
from modelsync.web.asked import MOST, address, count
from modelsync.web.desk import Served
from modelsync.web.rendering import document, page

_USUAL = 50


class Run(msgspec.Struct, frozen=True):
    """A commit, and how many models it changed."""

    step: Step
    added: int
    changed: int
    removed: int


class Runs(msgspec.Struct, frozen=True):
    """Some of them, the newest first."""

    runs: tuple[Run, ...]
    total: int
    first: int
    before: str
    after: str
    notices: tuple[str, ...]


class OneRun(msgspec.Struct, frozen=True):
    """What one commit changed."""

    step: Step
    view: View


def shown(
    desk: Served, commit: FromQuery[str] = "", cursor: FromQuery[str] = "", limit: FromQuery[int] = _USUAL
) -> Response[str]:
    """The page: of all runs, or of one."""
    known = past.read(desk.run(), desk.commit)
    steps = known.steps[::-1]
    if commit:
        return page("run.html", _one(steps, commit))
    start, end = _range(cursor, limit, len(steps))
    before = address("/history", cursor=max(0, start - (end - start) or start - limit)) if start else ""
    after = address("/history", cursor=end) if end < len(steps) else ""
    runs = tuple(map(_run, steps[start:end]))
    return page(
        "history.html", Runs(runs, len(steps), start + 1, before, after, tuple(known.history.notices))
    )


def listed(
    desk: Served, model: FromQuery[str] = "", cursor: FromQuery[str] = "", limit: FromQuery[int] = _USUAL
) -> Response[str]:
    """What `modelsync history --json` prints: the commits that changed the catalog, the newest first.

    With `model`, its values through time.
    """
    run = desk.run()
    if model:
        of = past.read(run, desk.commit, model)
        name = of.model(model)
        intervals = of.history.intervals[name]
        return document(report.history_json(name, intervals, notices=of.history.notices))
    known = past.read(run, desk.commit)
    start, end = _range(cursor, limit, len(known.steps))
    following = address("/api/history", cursor=end, limit=limit) if end < len(known.steps) else None
    some = known.steps[::-1][start:end][::-1]
    answer = document(dumped(runs_document(some, notices=known.history.notices) | {"next": following}))
    if following:
        answer.headers["link"] = f'<{following}>; rel="next"'
    return answer


def _range(cursor: str, limit: int, total: int) -> tuple[int, int]:
    start = count("cursor", cursor.rpartition("cursor=")[2]) or 0
    return min(start, total), min(start + max(1, min(limit, MOST)), total)


def _run(step: Step) -> Run:
    actions = [change.action for change in step.changes]
    return Run(step, actions.count("add"), actions.count("update"), actions.count("remove"))


def _one(steps: Sequence[Step], commit: str) -> OneRun:
    step = next((one for one in steps if one.commit.startswith(commit)), None)
    if step is None:
        raise NotFoundException(f"no commit {commit} changed the catalog")
    plan = Plan(step.observed, tuple(filter(None, step.source.split("+"))), {}, step.changes)
    return OneRun(step, view(plan, verbose=True))
