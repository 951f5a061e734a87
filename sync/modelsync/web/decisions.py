"""What people decided, each with its reason and who brought it, and how it is taken back or renewed."""

from __future__ import annotations

from datetime import date
from typing import Literal

import msgspec
from litestar import Response
from litestar.exceptions import ClientException
from litestar.params import FromQuery, URLEncodedBody
from litestar.response import Redirect
from msgspec.structs import replace

from modelsync.jobs.decisions import standing
from modelsync.jobs.decisions.standing import Decision, Renewal
from modelsync.jobs.serve.events import Job, Order
from modelsync.web import jobs
from modelsync.web.faults import Fault
from modelsync.web.query import USUAL, Cursor, address, start_of
from modelsync.web.rendering import page
from modelsync.web.service import Reading, Served, Service


class Decisions(msgspec.Struct, frozen=True):
    """All decisions that stand."""

    decisions: tuple[Decision, ...]
    today: date
    has_authors: bool = False


class Removing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The decision, by its id: by what it says, so that no other one is meant."""

    id: str


class Renewing(Renewal, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The decision, by its id, and what it is to say from now on; without `until` it has no end."""

    id: str


def shown(
    service: Served,
    id: FromQuery[str] = "",  # noqa: A002
    authors: FromQuery[bool] = False,
    cursor: Cursor = "",
) -> Response[str]:
    """The page: of some decisions, or of one."""
    known = _known(service)
    if not id:
        return _some(service, known, start_of(cursor), authors=authors)
    (one,) = _with_authors(service, replace(known, decisions=(_of(known, id),))).decisions
    return page("decision.html", one=one, today=known.today)


def listed(service: Served) -> Decisions:
    """Pins, exclusions, accepted values and entries of people's own, those that end first at the top, each
    with who brought it, as git tells, and the id by which it is removed or renewed."""
    return _with_authors(service, _known(service))


def remove(service: Served, data: Removing) -> Response[Job | Fault]:
    """Propose that a decision goes, on a review branch of its own; answers with the job once it has ended.

    409 where it does not stand there any more as it was shown, and while another job is at work.
    """
    return jobs.answer(service, _order(service, "remove", data.id))


def renew(service: Served, data: Renewing) -> Response[Job | Fault]:
    """Propose that a pin or an exclusion has another end and another reason; else as what removes it."""
    return jobs.answer(service, _order(service, "renew", data.id, Renewal(data.until, data.reason)))


def take_back(service: Served, data: URLEncodedBody[dict[str, str]]) -> Redirect:
    return jobs.started(service, _order(service, "remove", data.get("id", "")))


def prolong(service: Served, data: URLEncodedBody[dict[str, str]]) -> Redirect:
    try:
        until = date.fromisoformat(data["until"]) if data.get("until") else None
    except ValueError:
        raise ClientException("until: a day, as 2027-01-31") from None
    renewal = Renewal(until, " ".join(data.get("reason", "").split()))
    return jobs.started(service, _order(service, "renew", data.get("id", ""), renewal))


def _order(
    service: Service, kind: Literal["remove", "renew"], id_: str, renewal: Renewal | None = None
) -> Order:
    one = _of(_known(service), id_)
    return Order(kind, service.actor, of=one.id, name=f"{one.kind} {one.name}", renewal=renewal)


def _of(known: Decisions, id_: str) -> Decision:
    """The decision of an id. Raises PlanStale where none is as it was when it was shown."""
    if one := next((one for one in known.decisions if one.id == id_), None):
        return one
    raise standing.changed()


def _some(service: Service, known: Decisions, start: int, *, authors: bool) -> Response[str]:
    total = len(known.decisions)
    start = min(start, total)
    part = replace(known, decisions=known.decisions[start : start + USUAL])
    return page(
        "decisions.html",
        known=_with_authors(service, part) if authors else part,
        total=total,
        first=start + 1,
        whole=address("/decisions", authors="true", cursor=start or ""),  # with who brought each
        before=address("/decisions", cursor=max(0, start - USUAL) or "") if start else "",
        after=address("/decisions", cursor=start + USUAL) if start + USUAL < total else "",
    )


def _known(service: Service) -> Decisions:
    """All decisions of the newest reviewed commit, by its index, or by its files until that is there."""
    if index := service.current:
        run = service.reviewed()
        return Decisions(standing.as_of(run, index.decisions), run.now.date(), has_authors=True)
    return service.apart(_decisions)


def _with_authors(service: Service, known: Decisions) -> Decisions:
    return known if known.has_authors else service.apart(_authored, known)


def _decisions(of: Reading) -> Decisions:
    run = of.reviewed()
    return Decisions(standing.decisions(run), run.now.date())


def _authored(of: Reading, known: Decisions) -> Decisions:
    return Decisions(standing.authored(of.reviewed(), known.decisions), known.today, has_authors=True)
