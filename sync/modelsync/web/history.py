"""The runs and what they changed, and what one model was through time."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated

import msgspec
from litestar import Response
from litestar.exceptions import ClientException, NotFoundException
from litestar.params import FromQuery, URLEncodedBody
from litestar.response import Redirect
from msgspec import Meta

from modelsync import report
from modelsync.jobs import past
from modelsync.jobs import undo as undo_job
from modelsync.jobs.past import Past
from modelsync.jobs.serve.events import Job, Order
from modelsync.jobs.serve.runs import Runs
from modelsync.jobs.undo import Undoing
from modelsync.records import Plan, Step
from modelsync.report.documents import ChangeDocument, RunsDocument
from modelsync.report.json import change_documents, dumped
from modelsync.report.past import run_documents
from modelsync.report.view import view
from modelsync.web import jobs
from modelsync.web.faults import Fault
from modelsync.web.query import MOST, USUAL, Cursor, Limit, address, parameter, start_of
from modelsync.web.rendering import document, page
from modelsync.web.service import Reading, Served, Service

OfModel = Annotated[str, parameter("PROVIDER/KEY: its values through time, in place of all runs")]
OfCommit = Annotated[str, parameter("Its hash")]
_HASH = "[0-9a-f]{40}|[0-9a-f]{64}"


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


class Undo(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A commit, by its whole hash, and the digest of what it was shown to be to take it back."""

    commit: Annotated[str, Meta(pattern=f"^({_HASH})$")]
    digest: Annotated[str, Meta(min_length=1)]


def shown(
    service: Served, commit: FromQuery[str] = "", cursor: Cursor = "", limit: Limit = USUAL
) -> Response[str]:
    """The page: of all runs, or of one."""
    return _one(service, commit) if commit else _runs(service, start_of(cursor), limit)


def listed(service: Served, model: OfModel = "", cursor: Cursor = "", limit: Limit = USUAL) -> Response[str]:
    """What `modelsync history --json` prints: the commits that changed the catalog, the newest first.

    With `model`, its values through time.
    """
    if model:
        known = past_of(service, model)
        name, notices = known.model(model), known.history.notices
        return document(report.history_json(name, known.history.intervals[name], notices=notices))
    runs = Runs(service.read)
    start, end = _range(start_of(cursor), limit, runs.total)
    following = address("/api/history", cursor=end, limit=limit) if end < runs.total else None
    some = run_documents(runs.named(start, end - start))
    answer = document(dumped(Listed(runs=some, notices=service.notices, next=following)))
    if following:
        answer.headers["link"] = f'<{following}>; rel="next"'
    return answer


def undo_shown(service: Served, commit: FromQuery[str]) -> Response[str]:
    """The page that shows what it would be to take a commit back, and asks whether to."""
    undoing = service.apart(_undoing, commit)
    return page("undo.html", undoing=undoing, view=view(undoing.plan, verbose=True))


def undoing(service: Served, commit: OfCommit) -> Response[str]:
    """What it would be to take a reviewed commit back now, with the digest of that; nothing of it is done.

    409 where others changed the same lines since, so that a person has to do it.
    """
    of = service.apart(_undoing, commit)
    answer = UndoingDocument(
        commit=of.commit,
        subject=of.subject,
        digest=of.digest,
        changes=change_documents(of.plan.changes),
        lines=of.lines,
        left=of.left,
    )
    return document(dumped(answer))


def undo(service: Served, data: Undo) -> Response[Job | Fault]:
    """Propose to take a commit back, on a review branch of its own; answers with the job once it has ended.

    409 where that would be another thing by now than the digest says, and while another job is at work.
    """
    return jobs.answer(service, _order(service, data.commit, data.digest))


def take_back(service: Served, data: URLEncodedBody[dict[str, str]]) -> Redirect:
    """Take back a commit, as a page showed it."""
    return jobs.started(service, _order(service, data.get("commit", ""), data.get("digest", "")))


def _order(service: Service, commit: str, digest: str) -> Order:
    if not re.fullmatch(_HASH, commit) or not digest:
        raise ClientException("a commit by its whole hash, and the digest of what was shown")
    return Order("undo", service.actor, of=commit, name=commit[:10], digest=digest)


def _undoing(of: Reading, commit: str) -> Undoing:
    return undo_job.undoing(of.reviewed(), commit)


def _runs(service: Service, start: int, limit: int) -> Response[str]:
    runs = Runs(service.read)
    start, end = _range(start, limit, runs.total)
    return page(
        "history.html",
        runs=runs.some(start, end - start),
        total=runs.total,
        first=start + 1,
        before=address("/history", cursor=max(0, start - limit) or "") if start else "",
        after=address("/history", cursor=end) if end < runs.total else "",
        notices=service.notices,
    )


def past_of(service: Service, model: str) -> Past:
    """The past of a model up to the newest reviewed commit, by its index, or by git until that is there."""
    index = service.current
    return Runs(index).past(model) if index else service.apart(_past, model)


def _past(of: Reading, model: str) -> Past:
    return msgspec.structs.replace(past.read(of.run(), of.commit, model), steps=(), files={})


def _range(start: int, limit: int, total: int) -> tuple[int, int]:
    return min(start, total), min(start + limit, total)


def _one(service: Service, commit: str) -> Response[str]:
    known = Runs(service.read).one(commit, MOST)
    if known is None and service.current is None:  # it may be newer than the index
        known = service.apart(_by_git, commit)
    if known is None:
        raise NotFoundException(f"no commit {commit} changed the catalog")
    step, total, is_first = known
    plan = Plan(step.observed, tuple(filter(None, step.source.split("+"))), {}, step.changes)
    return page("run.html", step=step, view=view(plan, verbose=True), total=total, is_first=is_first)


def _by_git(of: Reading, commit: str) -> tuple[Step, int, bool] | None:
    """What `Runs.one` gives."""
    steps = past.read(of.run(), of.commit).steps
    step = next((one for one in steps if one.commit.startswith(commit)), None)
    if step is None:
        return None
    some = msgspec.structs.replace(step, changes=step.changes[:MOST])
    return some, len(step.changes), step is steps[0]
