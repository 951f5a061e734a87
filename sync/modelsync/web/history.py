"""The runs and what they changed, and what one model was through time."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated

import msgspec
from litestar import Response
from litestar.exceptions import ClientException, NotFoundException
from litestar.params import FromQuery, JSONBody, URLEncodedBody
from litestar.response import Redirect
from msgspec import Meta

from modelsync import report
from modelsync.jobs import past
from modelsync.jobs import undo as undo_job
from modelsync.jobs.serve.events import Job, Order
from modelsync.jobs.undo import Undoing
from modelsync.records import Plan, Step
from modelsync.report.documents import ChangeDocument, RunsDocument
from modelsync.report.json import change_documents, dumped
from modelsync.report.past import run_documents
from modelsync.report.view import View, view
from modelsync.web import jobs
from modelsync.web.apart import Reading
from modelsync.web.asked import MOST, address, count
from modelsync.web.desk import Desk, Served
from modelsync.web.rendering import document, page

_USUAL = 50
_HASH = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


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


class Listed(RunsDocument, frozen=True, kw_only=True):
    """Some of the runs, and the address of those that follow."""

    next: str | None


class UndoingDocument(msgspec.Struct, frozen=True, kw_only=True):
    """What it would be to take a commit back now."""

    commit: str
    subject: str
    digest: Annotated[str, Meta(description="What POST /api/history/undo is told")]
    changes: Annotated[Sequence[ChangeDocument], Meta(description="What becomes of the models")]
    lines: Annotated[Sequence[str], Meta(description="What it does to the files, as a diff")]
    left: Annotated[Sequence[str], Meta(description="What the commit changed beside the catalog: it stays")]


class OneRun(msgspec.Struct, frozen=True):
    """What one commit changed."""

    step: Step
    view: View
    is_first: bool  # there is nothing before it


class Undone(msgspec.Struct, frozen=True):
    """What it would be to take a commit back."""

    undoing: Undoing
    view: View


class Undo(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A commit, by its whole hash, and the digest of what it was shown to be to take it back."""

    commit: str
    digest: str


def shown(
    desk: Served, commit: FromQuery[str] = "", cursor: FromQuery[str] = "", limit: FromQuery[int] = _USUAL
) -> Response[str]:
    """The page: of all runs, or of one."""
    if not commit:
        return page("history.html", desk.apart(_runs, _start(cursor), limit))
    one = desk.apart(_one, commit)
    if one is None:
        raise NotFoundException(f"no commit {commit} changed the catalog")
    return page("run.html", one)


def listed(
    desk: Served, model: FromQuery[str] = "", cursor: FromQuery[str] = "", limit: FromQuery[int] = _USUAL
) -> Response[str]:
    """What `modelsync history --json` prints: the commits that changed the catalog, the newest first.

    With `model`, its values through time.
    """
    if model:
        return document(desk.apart(_of_model, model))
    text, following = desk.apart(_listed, _start(cursor), limit)
    answer = document(text)
    if following:
        answer.headers["link"] = f'<{following}>; rel="next"'
    return answer


def undo_shown(desk: Served, commit: FromQuery[str]) -> Response[str]:
    """The page that shows what it would be to take a commit back, and asks whether to."""
    undoing = desk.apart(_undoing, commit)
    return page("undo.html", Undone(undoing, view(undoing.plan, verbose=True)))


def undoing(desk: Served, commit: FromQuery[str]) -> Response[str]:
    """What it would be to take a reviewed commit back now, with the digest of that; nothing of it is done.

    409 where others changed the same lines since, so that a person has to do it.
    """
    of = desk.apart(_undoing, commit)
    answer = UndoingDocument(
        commit=of.commit,
        subject=of.subject,
        digest=of.digest,
        changes=change_documents(of.plan.changes),
        lines=of.lines,
        left=of.left,
    )
    return document(dumped(answer))


def undo(desk: Served, data: JSONBody[Undo]) -> Response[Job]:
    """Propose to take a commit back, on a review branch of its own; answers with the job once it has ended.

    409 where that would be another thing by now than the digest says, and while another job is at work.
    """
    return jobs.answer(desk, _order(desk, data.commit, data.digest))


def take_back(desk: Served, data: URLEncodedBody[dict[str, str]]) -> Redirect:
    """Take back a commit, as a page showed it."""
    return jobs.started(desk, _order(desk, data.get("commit", ""), data.get("digest", "")))


def _order(desk: Desk, commit: str, digest: str) -> Order:
    if not _HASH.fullmatch(commit) or not digest:
        raise ClientException("a commit by its whole hash, and the digest of what was shown")
    return Order("undo", desk.actor, of=commit, name=commit[:10], digest=digest)


def _undoing(of: Reading, commit: str) -> Undoing:
    return undo_job.undoing(of.reviewed(), commit)


def _runs(of: Reading, start: int, limit: int) -> Runs:
    known = past.read(of.run(), of.commit)
    total = len(known.steps)
    start, end = _range(start, limit, total)
    before = address("/history", cursor=max(0, start - limit) or "") if start else ""
    after = address("/history", cursor=end) if end < total else ""
    runs = tuple(map(_run, known.steps[::-1][start:end]))
    return Runs(runs, total, start + 1, before, after, tuple(known.history.notices))


def _listed(of: Reading, start: int, limit: int) -> tuple[str, str | None]:
    known = past.read(of.run(), of.commit)
    start, end = _range(start, limit, len(known.steps))
    following = address("/api/history", cursor=end, limit=limit) if end < len(known.steps) else None
    some = known.steps[::-1][start:end][::-1]
    answer = Listed(runs=run_documents(some), notices=known.history.notices, next=following)
    return dumped(answer), following


def _of_model(of: Reading, model: str) -> str:
    known = past.read(of.run(), of.commit, model)
    name = known.model(model)
    return report.history_json(name, known.history.intervals[name], notices=known.history.notices)


def _start(cursor: str) -> int:
    return count("cursor", cursor.rpartition("cursor=")[2]) or 0


def _range(start: int, limit: int, total: int) -> tuple[int, int]:
    return min(start, total), min(start + max(1, min(limit, MOST)), total)


def _run(step: Step) -> Run:
    """A commit in numbers: what it changed is told on its own page."""
    actions = [change.action for change in step.changes]
    counts = (actions.count(action) for action in ("add", "update", "remove"))
    return Run(msgspec.structs.replace(step, changes=()), *counts)


def _one(of: Reading, commit: str) -> OneRun | None:
    steps = past.read(of.run(), of.commit).steps
    step = next((one for one in steps if one.commit.startswith(commit)), None)
    if step is None:
        return None
    plan = Plan(step.observed, tuple(filter(None, step.source.split("+"))), {}, step.changes)
    return OneRun(step, view(plan, verbose=True), step.commit == steps[0].commit)
