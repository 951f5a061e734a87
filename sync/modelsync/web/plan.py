"""What a sync would do: the newest plan that was made here, and what a person decides of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Annotated, Any

import msgspec
from litestar import Request, Response
from litestar.exceptions import ClientException, NotFoundException
from litestar.params import FromQuery, QueryParameter, URLEncodedBody
from litestar.response import Redirect
from msgspec.structs import replace

from modelsync import config, report
from modelsync.errors import PlanStale
from modelsync.jobs.decisions import rewrites
from modelsync.jobs.serve.events import CutOff, Failed, Job, Order
from modelsync.records import Report, SecondOpinion, in_unit
from modelsync.report.batch import sentences
from modelsync.report.text import brief, grouped
from modelsync.report.text import shown as spelt
from modelsync.report.view import View, view
from modelsync.web import choices, jobs, parts
from modelsync.web.choices import Choice, Choices, IsSection, Question
from modelsync.web.parts import Choosing, Filter, Part
from modelsync.web.phrases import Silence, silences
from modelsync.web.query import parameter
from modelsync.web.rendering import document, page
from modelsync.web.service import Served, Service

_KEPT = "What you chose is kept: look at the plan as it is now, and apply that."


class Word(msgspec.Struct, frozen=True):
    """What another list says of a value; `is_as_now`: what the catalog says."""

    source: str
    value: str
    is_as_now: bool


class Intent(msgspec.Struct, frozen=True, kw_only=True):
    """What Apply would commit, and what of that is on other pages."""

    changes: int
    elsewhere: int
    accepted: int
    kept: int
    excluded: int
    chosen_elsewhere: int
    mark: str  # of what was chosen on other pages
    is_proposed: bool  # all of the changes, already
    is_old: bool  # a job may have done them since

    @property
    def decisions(self) -> int:
        return self.accepted + self.kept + self.excluded


class Planned(msgspec.Struct, frozen=True, kw_only=True):
    """What the page shows of a plan."""

    report: Report
    since: Job | None  # a job that changed something since
    questions: tuple[Question, ...]
    view: View
    sentences: tuple[str, ...]  # how the sources did, of the whole plan
    silences: tuple[Silence, ...]
    words: Mapping[str, tuple[Word, ...]]  # of other lists, by PROVIDER/KEY:FIELD
    filters: tuple[Filter, ...]
    providers: tuple[Filter, ...]
    part: Part
    here: str  # this page, as a button says it
    before: str  # the page before it; empty: there is none
    after: str
    intent: Intent


def shown(
    service: Served,
    show: FromQuery[str] = "",
    provider: FromQuery[str] = "",
    number: Annotated[int, QueryParameter(name="page")] = 1,
) -> Response[str]:
    choosing = Choosing(show, provider, number)
    ended = [job for job in service.server.jobs if job.state != "running"]
    return page(
        "plan.html",
        planned=_planned(service, done, choosing) if (done := service.planned) else None,
        twin=f"/api/plan{choosing.words}",
        running=service.server.running,
        failed=next((job.end for job in ended[:1] if isinstance(job.end, Failed | CutOff)), None),
        now=config.now(),
    )


def document_of(
    service: Served,
    show: Annotated[str, parameter("Only changes and holds of this kind", enum=list(parts.WORDS))] = "",
    provider: Annotated[str, parameter("Only those of this provider")] = "",
) -> Response[str]:
    """What `modelsync plan --json` printed when it was asked for last; nothing of it is done."""
    done = service.planned
    if done is None:
        raise NotFoundException("no plan was made yet: POST /api/plan makes one")
    if show not in parts.WORDS:
        raise ClientException(f"show: one of {', '.join(filter(None, parts.WORDS))}")
    return document(report.as_json(replace(done, plan=parts.kind(done.plan, Choosing(show, provider)))))


def begin(service: Served) -> Redirect:
    """Make a plan, and show how it comes along."""
    if not service.server.running:
        service.server.start(Order("plan"))
    return Redirect("/plan", status_code=303)


def start(service: Served) -> Response[Job]:
    """Make a plan: a job that asks the sources and writes nothing. 409 while another one is at work."""
    return Response(service.server.start(Order("plan")), status_code=202)


def choose(
    service: Served, request: Request[Any, Any, Any], data: URLEncodedBody[dict[str, str]]
) -> Response[str] | Redirect:
    """Keep what is chosen on one page, and show the page that is asked for, or what Apply would do now."""
    done, here = service.planned, Choosing.of(data.get("here", ""))
    chosen = choices.keep(service.server.run.place, choices.held(done.plan), data) if done else {}
    if done and request.headers.get("hx-request"):
        part = parts.part(done.plan, here)
        return page("intent.html", intent=_intent(service, done, part, chosen))
    return Redirect(f"/plan{Choosing.of(data.get('to', here.words)).words}", status_code=303)


def carry_out(service: Served, data: URLEncodedBody[dict[str, str]]) -> Redirect:
    """Apply the plan that the page showed, with what a person decided of what it holds back."""
    done = service.planned
    if done is None:
        raise PlanStale("no plan was made yet", advice="Look at one, and apply that.")
    held = choices.held(done.plan)
    chosen = choices.keep(service.server.run.place, held, data)
    if data.get("digest") != done.digest:
        raise PlanStale("there is a newer plan than the one that was shown", advice=_KEPT)
    if data.get("mark") != choices.mark(chosen, choices.asked(held, data)):
        raise PlanStale("in another tab something else was chosen meanwhile", advice=_KEPT)
    return jobs.carry_out(service, done.digest, choices.decisions(held, chosen, _is_section(service)))


def _planned(service: Service, done: Report, choosing: Choosing) -> Planned:
    part, plan = parts.part(done.plan, choosing), done.plan
    chosen = choices.known(service.server.run.place, choices.held(plan))
    at, is_section = replace(choosing, page=part.page), _is_section(service)
    return Planned(
        report=done,
        since=service.since,
        questions=tuple(
            choices.question(id_of, holds, plan.pricing_unit, is_section, chosen.get(id_of, Choice()))
            for id_of, holds in part.held.items()
        ),
        view=view(replace(part.plan, holds=()), verbose=True),
        sentences=sentences(plan, verbose=True),
        silences=silences(plan.failures),
        words=dict(_words(done)),
        filters=tuple(parts.filters(plan, choosing)),
        providers=tuple(parts.providers(plan, choosing)),
        part=part,
        here=at.words,
        before=replace(at, page=at.page - 1).words if at.page > 1 else "",
        after=replace(at, page=at.page + 1).words if at.page < part.pages else "",
        intent=_intent(service, done, part, chosen),
    )


def _is_section(service: Service) -> IsSection:
    """Whether what has a name of fields before its point has a key of its own in this catalog."""
    return partial(rewrites.is_section, service.reviewed().shape)


def _intent(service: Service, done: Report, part: Part, chosen: Choices) -> Intent:
    ways = Counter(choice.way for choice in chosen.values())
    return Intent(
        changes=len(done.plan.changes),
        elsewhere=len(done.plan.changes) - len(part.plan.changes),
        accepted=ways["accept"],
        kept=ways["keep"],
        excluded=ways["exclude"],
        chosen_elsewhere=sum(bool(choice.way) for id_of, choice in chosen.items() if id_of not in part.held),
        mark=choices.mark(chosen, part.held),
        is_proposed=done.outcome == "already proposed",
        is_old=service.since is not None,
    )


def _words(done: Report) -> Iterator[tuple[str, tuple[Word, ...]]]:
    for name, opinions in done.second_opinions.items():
        for field, alike in grouped(opinions, lambda one: one.field).items():
            yield brief(f"{name}:{field}"), tuple(_word(one, done.plan.pricing_unit) for one in alike)


def _word(one: SecondOpinion, unit: str) -> Word:
    return Word(brief(one.source), spelt(one.field, in_unit(one.field, one.value, unit)), one.agrees)
