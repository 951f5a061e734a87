"""The sources and providers of the catalog, as `modelsync status` tells of them, and the last jobs."""

from __future__ import annotations

from datetime import datetime

import msgspec
from litestar import Response
from msgspec.structs import replace

from modelsync import report
from modelsync.jobs import opening, status
from modelsync.jobs.serve.events import Job
from modelsync.records import SourceStatus
from modelsync.records.progress import Fetched
from modelsync.run.request import Request
from modelsync.web.phrases import name_of, told
from modelsync.web.rendering import document, page
from modelsync.web.service import Reading, Served


class Source(msgspec.Struct, frozen=True):
    """How a source stands, and the branch on which its changes alone are proposed."""

    status: SourceStatus
    branch: str


class Ended(msgspec.Struct, frozen=True):
    """A job, what it is called, and the last that happened in it."""

    job: Job
    name: str
    last: str


def shown(service: Served) -> Response[str]:
    index, jobs = service.index, service.server.jobs
    events = (event for job in reversed(jobs) for event in job.events)
    sources, branch, now = _sources(service.reading)
    return page(
        "providers.html",
        sources=sources,
        branch=branch,  # on which the changes of all are proposed
        answers={one.happening.source: one for one in events if isinstance(one.happening, Fetched)},
        jobs=tuple(Ended(job, name_of(job.order), told(job.events[-1])) for job in jobs),
        facets=index.facts.facets if index else None,
        now=now,
    )


def listed(service: Served) -> Response[str]:
    """What `modelsync status --json` prints: each source, which keys are set, and its last success."""
    index, known = service.index, status.sources(service.reading.run(Request(all_sources=True)))
    notes = index.facts.notes if index else service.apart(_notes)
    return document(report.status_json(known, notes=notes))


def _notes(of: Reading) -> tuple[str, ...]:
    """What the catalog holds, before an index tells."""
    return status.notes(opening.open_catalog(of.reviewed()).catalog)


def _sources(of: Reading) -> tuple[tuple[Source, ...], str, datetime]:
    run = of.run(Request(all_sources=True))
    usual = replace(run, all_sources=False)
    known = status.sources(run)
    sources = tuple(Source(one, replace(usual, sources=(one.name,)).branch) for one in known)
    return sources, (usual if usual.selected == run.selected else run).branch, run.now
