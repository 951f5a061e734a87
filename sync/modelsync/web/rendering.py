"""Makes pages: all text in them is escaped, and so are characters that hide or move others."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from functools import cache
from operator import attrgetter
from types import SimpleNamespace
from typing import Any

import jinja2
from litestar import Response
from litestar.enums import MediaType
from markupsafe import Markup

from modelsync.report.text import ago, grouped, many, money, plain, shown

_TYPED = re.compile(r"`([^`\n]+)`")

# Each page with its address, in the order in which the pages are offered.
PAGES = (
    ("Models", "/"),
    ("Plan", "/plan"),
    ("Providers", "/providers"),
    ("History", "/history"),
    ("Decisions", "/decisions"),
    ("Cost", "/cost"),
)


def page(template: str, *, status: int = 200, **view: Any) -> Response[str]:
    """An answer with the page that a template makes of what it is to show."""
    return Response(text_of(template, **view), status_code=status, media_type=MediaType.HTML)


def text_of(template: str, **view: Any) -> str:
    return _environment().get_template(template).render(view=SimpleNamespace(**view), pages=PAGES)


def document(text: str) -> Response[str]:
    """An answer with an object as `--json` prints it."""
    return Response(text, media_type=MediaType.JSON)


def is_known(tag: str, tags: str) -> bool:
    """Whether `If-None-Match` has an entity's tag: one of several, weak or not. RFC 9110, 13.1.2."""
    return any(one.strip().removeprefix("W/") in (tag, "*") for one in tags.split(","))


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("modelsync.web"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_safe,
    )
    environment.filters |= {
        "shown": _shown,
        "ago": _ago,
        "moment": _moment,
        "figures": _figures,
        "money": _money,
        "lines": _lines,
        "coded": _coded,
        "zip": zip,
        "many": many,
        "by": _by,
    }
    return environment


def _safe(value: Any) -> Any:
    return plain(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _figures(text: str) -> Markup:
    """Digits whose points stand below each other: what pads them is as wide as what it stands for."""
    safe = Markup.escape(plain(text))
    padded = safe if "." in safe else re.sub(r"(?<=\d) ", "\u2008", safe, count=1)
    padded = padded.replace(" ", "\u2007")
    digits = padded.lstrip("\u2007")
    pad = padded.removesuffix(digits)
    return Markup(f'<span class="pad">{pad}</span>{digits}' if pad else digits)  # noqa: S704 - it was escaped


def _money(amount: Decimal | None) -> str:
    return "" if amount is None else money(amount)


def _lines(text: str) -> Markup:
    return Markup("\n").join(plain(line) for line in text.split("\n"))


def _coded(text: str) -> Markup:
    """Text of several lines, in which what stands between backticks is to be typed."""
    return Markup(_TYPED.sub(r"<code>\1</code>", str(_lines(text))))  # noqa: S704 - it was escaped


def _shown(value: object, field: str) -> str:
    return shown(field, value)


def _ago(at: datetime, now: datetime) -> str:
    return ago(now - at)


def _by(records: Iterable[Any], name: str) -> Iterable[tuple[Any, list[Any]]]:
    """Records by an attribute of theirs, in the order in which they come."""
    return grouped(records, attrgetter(name)).items()


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M}"
