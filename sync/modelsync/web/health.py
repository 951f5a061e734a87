"""Whether the server can do its work, for what watches over it; anybody may ask."""

from __future__ import annotations

from litestar import Response
from litestar.params import FromQuery

from modelsync.jobs.serve.health import Vitals
from modelsync.web.desk import Served

_NOT_YET = '{"status": "starting"}'


def health(desk: Served, ready: FromQuery[str | None] = None) -> Response[Vitals | str]:
    """The catalog, its sources and the last success, at most half a minute old; 503 where it cannot be read.

    With `ready`: whether pages can be shown, which asks no source.
    """
    if ready is not None:
        is_ready = desk.index is not None
        return Response('{"ready": true}' if is_ready else _NOT_YET, status_code=200 if is_ready else 503)
    vitals = desk.server.vitals()
    if vitals is None:
        return Response(_NOT_YET, status_code=503)
    return Response(vitals, status_code=503 if vitals.status == "failing" else 200)
