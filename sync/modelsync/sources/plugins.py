"""Other people's sources, by their entry points. What they do wrong is their source's failure alone."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from functools import lru_cache
from typing import Any

import msgspec

from modelsync.errors import SourceFailed
from modelsync.records import FIELDS, Kind
from modelsync.sources import payload
from modelsync.sources.page import Page
from modelsync.sources.source import Get, Pages, Source

GROUP = "modelsync.sources"
_ANY = (Exception, SystemExit)  # a plugin has no say in how the run ends
TYPES = {
    Kind.COUNT: int,
    Kind.TOKEN_PRICE: Decimal,
    Kind.CALL_PRICE: Decimal,
    Kind.TIERS: tuple,
    Kind.WINDOWS: tuple,
    Kind.VARIANTS: tuple,
    Kind.FACTOR: Decimal,
    Kind.WORDS: tuple,
}


@lru_cache(maxsize=64)
def load(name: str, ours: tuple[str, ...]) -> Source:
    """Give the source of this entry point; where none works, one that fails when it is asked."""
    from importlib.metadata import entry_points

    installed_points = entry_points(group=GROUP)
    if name not in installed_points.names:
        usable = ", ".join(payload.shown(one) for one in sorted({*ours, *installed_points.names}))
        advice = f"set transformer: to one of {usable}"
        return _failing(name, SourceFailed("no transformer of that name", where=name, advice=advice))
    try:
        source = installed_points[name].load()
        if not isinstance(source, Source):
            raise TypeError(f"{type(source).__name__} is no Source")
    except _ANY as error:
        return _failing(name, _failed(name, error))
    return msgspec.structs.replace(source, name=name, pages=_guarded(name, source.pages))


def names() -> list[str]:
    """Give the name of every source that is installed as an entry point."""
    from importlib.metadata import entry_points

    return sorted(entry_points(group=GROUP).names)


def installed() -> Iterator[Source]:
    """Give every source that is installed as an entry point."""
    yield from (load(name, ()) for name in names())


def _failing(name: str, failure: SourceFailed) -> Source:
    def pages(endpoint: str, key: str, get: Get) -> Iterator[Page]:
        raise failure

    return Source(name, pages)


def _guarded(name: str, pages: Pages | None) -> Pages:
    def guarded(endpoint: str, key: str, get: Get) -> Iterator[Page]:
        try:
            if pages is None:
                raise TypeError("it has no pages")
            for page in pages(endpoint, key, get):
                _check(page)
                yield page
        except SourceFailed:
            raise
        except _ANY as error:
            raise _failed(name, error) from error

    return guarded


def _failed(name: str, error: BaseException) -> SourceFailed:
    reason = payload.shown(f"{type(error).__name__}: {error}")
    advice = f"update or uninstall the package whose entry point in {GROUP} is {payload.shown(name)}"
    return SourceFailed(f"the plugin {payload.shown(name)} failed: {reason}", advice=advice)


def _check(page: Page) -> None:
    """Raises for what no source of ours would say: an id that can be misread, a field that nobody knows."""
    if not isinstance(page, Page):
        raise TypeError(f"{type(page).__name__} is no Page")
    for model in page.models:
        payload.identifier(model.id)
        for field, value in model.values.items():
            if field not in FIELDS:
                raise TypeError(f"{field} is no field of a model")
            expected: type[Any] = TYPES.get(FIELDS[field].kind, str)
            if type(value) is not expected:
                raise TypeError(f"{field} is {type(value).__name__} where {expected.__name__} is needed")
