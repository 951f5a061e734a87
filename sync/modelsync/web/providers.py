"""The sources and providers of the catalog, as `modelsync status` tells of them."""

from __future__ import annotations

from datetime import datetime

import msgspec
from litestar import Response

from modelsync import report
from modelsync.jobs import status
from modelsync.jobs.serve.table import Facets
from modelsync.records import SourceStatus
from modelsync.run.request import Request
from modelsync.web.apart import Reading
from modelsync.web.desk import Served
from modelsync.web.rendering import document, page

_EVERY = Request(all_sources=True)


class Sources(msgspec.Struct, frozen=True):
    """What the page shows."""

    sources: tuple[SourceStatus, ...]
    facets: Facets | None  # what the catalog holds; None: that is not known yet
    now: datetime


def shown(desk: Served) -> Response[str]:
    """The page."""
    index = desk.index
    return page("providers.html", desk.apart(_sources, index.facts.facets if index else None))


def listed(desk: Served) -> Response[str]:
    """What `modelsync status --json` prints: each source, which keys are set, and its last success."""
    return document(desk.apart(_status))


def _sources(of: Reading, facets: Facets | None) -> Sources:
    run = of.run(_EVERY)
    return Sources(status.sources(run), facets, run.now)


def _status(of: Reading) -> str:
    known, notes = status.status(of.run(_EVERY))
    return report.status_json(known, notes=notes)
