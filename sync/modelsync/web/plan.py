"""What a sync would do: the newest plan that was made here, and filters of it."""

from __future__ import annotations

import glob
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from datetime import datetime

import msgspec
from litestar import Response
from litestar.params import FromQuery, URLEncodedBody
from litestar.response import Redirect
from msgspec.structs import replace

from modelsync import config, report
from modelsync.errors import PlanStale
from modelsync.jobs.decisions import Decisions, Excluding, Pinning
from modelsync.jobs.serve.events import CutOff, Failed, Job, Order
from modelsync.records import ADDED, REMOVED, Change, FieldChange, Guard, Hold, Plan, Report
from modelsync.report.held import Held, held
from modelsync.report.text import brief, percent
from modelsync.report.view import View, view
from modelsync.web import jobs
from modelsync.web.asked import address
from modelsync.web.desk import Served
from modelsync.web.rendering import document, page


class Filter(msgspec.Struct, frozen=True):
    """One way to see a part of a plan, and how much that is."""

    label: str
    address: str
    count: int
    is_chosen: bool


class Question(msgspec.Struct, frozen=True):
    """What one guard holds back of one model, and what a person may decide of it."""

    number: int  # of all in the plan, as a form names it
    name: str
    held: tuple[Held, ...]
    can_accept: bool
    can_keep: bool


class Planned(msgspec.Struct, frozen=True, kw_only=True):
    """What the page shows."""

    report: Report | None  # None: no plan was made yet
    is_past: bool  # another job changed something since
    questions: tuple[Question, ...]
    view: View | None
    filters: tuple[Filter, ...]
    providers: tuple[Filter, ...]
    twin: str
    running: Job | None
    failed: Failed | CutOff | None  # why there is no newer one
    now: datetime


def shown(desk: Served, show: FromQuery[str] = "", provider: FromQuery[str] = "") -> Response[str]:
    """The page."""
    done, running = desk.planned, desk.server.running
    ended = [job for job in desk.server.jobs if job.state != "running"]
    plan = done.plan if done else None
    part = _part(plan, show, provider) if plan else None
    return page(
        "plan.html",
        Planned(
            report=done,
            is_past=desk.is_past,
            questions=tuple(_questions(plan, part.holds)) if plan and part else (),
            view=view(part, verbose=True) if part else None,
            filters=tuple(_filters(plan, show, provider)) if plan else (),
            providers=tuple(_providers(plan, show, provider)) if plan else (),
            twin=address("/api/plan", show=show, provider=provider),
            running=running,
            failed=next((job.end for job in ended[:1] if isinstance(job.end, Failed | CutOff)), None),
            now=config.now(),
        ),
    )


def document_of(desk: Served, show: FromQuery[str] = "", provider: FromQuery[str] = "") -> Response[str]:
    """What `modelsync plan --json` printed when it was asked for last; nothing of it is done.

    `show` may be new, up, down, removed, held, contradicted, declined.
    """
    done = desk.planned
    if done is None:
        return Response('{"error": "no plan was made yet: POST /api/plan makes one"}', status_code=404)
    return document(report.as_json(replace(done, plan=_part(done.plan, show, provider))))


def begin(desk: Served) -> Redirect:
    """Make a plan, and show how it comes along."""
    if not desk.server.running:
        desk.server.start(Order("plan"))
    return Redirect("/plan", status_code=303)


def start(desk: Served) -> Response[Job]:
    """Make a plan: a job that asks the sources and writes nothing. 409 while another one is at work."""
    return Response(desk.server.start(Order("plan")), status_code=202)


# ---------------------------------------------------------------------------- decisions


def carry_out(desk: Served, data: URLEncodedBody[dict[str, str]]) -> Redirect:
    """Apply the plan that the page showed, with what a person decided of what it holds back."""
    done, digest = desk.planned, data.get("digest", "")
    if done is None or done.digest != digest:
        raise PlanStale(
            "there is a newer plan than the one that was shown", advice="Look at it, and apply that."
        )
    return jobs.carry_out(desk, digest, _decisions(done.plan, data))


def _decisions(plan: Plan, data: Mapping[str, str]) -> Decisions:
    accept, pin, exclude = list[str](), list[Pinning](), list[Excluding]()
    for number, holds in enumerate(_groups(plan.holds).values()):
        reason = " ".join(data.get(f"reason-{number}", "").split())
        match data.get(f"decision-{number}", ""):
            case "accept":
                accept += (glob.escape(hold.name) for hold in holds)
            case "keep":
                pin += (Pinning(hold.name, reason) for hold in holds)
            case "exclude":
                exclude.append(Excluding(holds[0].provider, glob.escape(holds[0].key), reason))
    return Decisions(tuple(accept), tuple(pin), tuple(exclude))


def _questions(plan: Plan, shown: Container[Hold]) -> Iterator[Question]:
    for number, holds in enumerate(_groups(plan.holds).values()):
        if any(hold in shown for hold in holds):
            first = holds[0]
            yield Question(
                number,
                brief(f"{first.provider}/{first.key}"),
                held(holds),
                can_accept=first.guard is not Guard.NOT_WRITABLE,
                can_keep=all(hold.change.field not in (ADDED, REMOVED) and hold.change.old for hold in holds),
            )


def _groups(holds: Sequence[Hold]) -> dict[tuple[str, str, Guard], list[Hold]]:
    """What is decided together: what one guard holds back of one model."""
    groups: dict[tuple[str, str, Guard], list[Hold]] = {}
    for hold in holds:
        groups.setdefault((hold.provider, hold.key, hold.guard), []).append(hold)
    return groups


# ---------------------------------------------------------------------------- parts of a plan


def _moves(sign: int) -> Callable[[Change], bool]:
    def is_moved(field: FieldChange) -> bool:
        share = percent(field.old, field.new) if field.field.startswith("pricing.") else None
        return share is not None and share * sign > 0

    return lambda change: change.action == "update" and any(map(is_moved, change.fields))


def _acts(action: str) -> Callable[[Change], bool]:
    return lambda change: change.action == action


def _guarded(*guards: Guard) -> Callable[[Hold], bool]:
    return lambda hold: hold.guard in guards


# By the word that an address says: what it is called, which changes are meant, and which holds.
_PARTS: dict[str, tuple[str, Callable[[Change], bool] | None, Callable[[Hold], bool] | None]] = {
    "": ("all", lambda change: True, lambda hold: True),
    "new": ("new", _acts("add"), None),
    "up": ("price up", _moves(1), None),
    "down": ("price down", _moves(-1), None),
    "removed": ("removed", _acts("remove"), None),
    "held": ("held", None, lambda hold: True),
    "contradicted": ("contradicted", None, _guarded(Guard.SECOND_OPINION)),
    "declined": ("declined", None, _guarded(Guard.DECLINED)),
}


def _part(plan: Plan, show: str, provider: str) -> Plan:
    _, of_changes, of_holds = _PARTS.get(show, _PARTS[""])
    changes = tuple(one for one in plan.changes if of_changes and of_changes(one) and _is_of(provider, one))
    holds = tuple(one for one in plan.holds if of_holds and of_holds(one) and _is_of(provider, one))
    is_whole = not (show or provider)
    rest = plan if is_whole else replace(plan, notices=(), not_compared=())
    return replace(rest, changes=changes, holds=holds)


def _is_of(provider: str, one: Change | Hold) -> bool:
    return provider in ("", one.provider)


def _size(plan: Plan) -> int:
    return len(plan.changes) + len(plan.holds)


def _filters(plan: Plan, show: str, provider: str) -> Iterator[Filter]:
    for word, (label, _, _) in _PARTS.items():
        size = _size(_part(plan, word, provider))
        if size or word in ("", show):
            yield Filter(label, address("/plan", show=word, provider=provider), size, word == show)


def _providers(plan: Plan, show: str, provider: str) -> Iterator[Filter]:
    names = sorted({one.provider for one in plan.changes} | {one.provider for one in plan.holds})
    for name in ("", *names) if len(names) > 1 else ():
        size = _size(_part(plan, show, name))
        if size or name in ("", provider):
            label = name or "all providers"
            yield Filter(label, address("/plan", show=show, provider=name), size, name == provider)
