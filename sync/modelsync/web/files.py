"""The style sheets and scripts of the pages: a fixed list of names, so that no path leads elsewhere."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from litestar import Response
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


def static(name: FromPath[str]) -> Response[bytes]:
    """A file that pages need."""
    if name not in _KINDS:
        raise NotFoundException(f"there is no file {name}")
    return Response(
        _content(name), media_type=_KINDS[name], headers={"cache-control": "private, max-age=3600"}
    )


@cache
def _content(name: str) -> bytes:
    if name == "drawing.css":
        return STYLE.encode()
    return files("modelsync.web").joinpath("static", name).read_bytes()
