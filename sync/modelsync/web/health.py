"""Whether the server can do its work, for what watches over it; anybody may ask."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from litestar import Response

from modelsync.jobs.serve.health import Vitals
from modelsync.web.query import parameter
from modelsync.web.service import Served

Readiness = Annotated[str | None, parameter("Whatever it has: whether pages can be shown")]


class Starting(msgspec.Struct, frozen=True):
    """Nothing is known yet."""

    status: Literal["starting"] = "starting"


class Ready(msgspec.Struct, frozen=True):
    """Pages can be shown."""

    ready: Literal[True] = True


def health(service: Served, ready: Readiness = None) -> Response[Vitals | Ready | Starting]:
    """The catalog, its sources and the last success, at most half a minute old; 503 where it cannot be read.

    With `ready`: whether pages can be shown, which asks no source.
    """
    if ready is not None:
        is_ready = service.index is not None
        return Response(Ready()) if is_ready else Response(Starting(), status_code=503)
    vitals = service.server.vitals()
    if vitals is None:
        return Response(Starting(), status_code=503)
    return Response(vitals, status_code=503 if vitals.status == "failing" else 200)
