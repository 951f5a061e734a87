"""The style sheets and scripts of the pages: a fixed list of names, so that no path leads elsewhere."""

from __future__ import annotations

import gzip
from functools import cache
from importlib.resources import files
from typing import Any

from litestar import Request, Response
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from modelsync.report.drawing import STYLE

_KINDS = {
    "style.css": "text/css; charset=utf-8",
    "drawing.css": "text/css; charset=utf-8",
    "page.js": "text/javascript; charset=utf-8",
    "htmx.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
}


def static(request: Request[Any, Any, Any], name: FromPath[str]) -> Response[bytes]:
    """A file that pages need, packed for who takes it so: nothing of it is secret, and it is packed once."""
    if name not in _KINDS:
        raise NotFoundException(f"there is no file {name}")
    headers = {"cache-control": "private, max-age=3600", "vary": "accept-encoding"}
    taken = {one.strip() for one in request.headers.get("accept-encoding", "").split(",")}
    if "gzip" in taken:
        return Response(
            _packed(name), media_type=_KINDS[name], headers=headers | {"content-encoding": "gzip"}
        )
    return Response(_content(name), media_type=_KINDS[name], headers=headers)


@cache
def _packed(name: str) -> bytes:
    return gzip.compress(_content(name), mtime=0)


@cache
def _content(name: str) -> bytes:
    if name == "drawing.css":
        return STYLE.encode()
    return files("modelsync.web").joinpath("static", name).read_bytes()
