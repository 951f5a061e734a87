"""The sources and providers of the catalog, as `modelsync status` tells of them."""

from __future__ import annotations

from datetime import datetime

import msgspec
from litestar import Response

from modelsync import report
from modelsync.jobs import look
from modelsync.records import SourceStatus
from modelsync.run.request import Request
from modelsync.web.desk import Desk, Served
from modelsync.web.rendering import document, page


class Sources(msgspec.Struct, frozen=True):
    """What the page shows."""

    sources: tuple[SourceStatus, ...]
    catalog: tuple[str, ...]  # sentences on what it holds
    now: datetime


def shown(desk: Served) -> Response[str]:
    """The page."""
    return page("providers.html", _sources(desk))


def listed(desk: Served) -> Response[str]:
    """What `modelsync status --json` prints: each source, which keys are set, and its last success."""
    known = _sources(desk)
    return document(report.status_json(known.sources, notes=known.catalog))


def _sources(desk: Desk) -> Sources:
    run = desk.run(Request(all_sources=True))
    return Sources(*look.status(run), run.now)
