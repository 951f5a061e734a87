"""Other people's sources, by their entry points. What they do wrong is their source's failure alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from modelsync.errors import SourceFailed
from modelsync.records import FIELDS, Kind, Model
from modelsync.sources import payload
from modelsync.sources.page import Page

if TYPE_CHECKING:
    from modelsync.sources import Get, Source

GROUP = "modelsync.sources"
_ANY = (Exception, SystemExit)  # a plugin has no say in how the run ends
TYPES = {
    Kind.COUNT: int,
    Kind.TOKEN_PRICE: Decimal,
    Kind.CALL_PRICE: Decimal,
    Kind.TIERS: tuple,
    Kind.WINDOWS: tuple,
    Kind.WORDS: tuple,
}


def load(name: str, ours: Iterable[str]) -> Source:
    """The source of this entry point. Raises `SourceFailed` where there is none, or it cannot be loaded."""
    from importlib.metadata import entry_points

    installed = entry_points(group=GROUP)
    if name not in installed.names:
        usable = ", ".join(payload.shown(one) for one in sorted({*ours, *installed.names}))
        raise SourceFailed(
            "no transformer of that name", where=name, advice=f"set transformer: to one of {usable}"
        )
    try:
        pages = installed[name].load()
    except _ANY as error:
        raise _failed(name, error) from error
    return _guarded(name, pages)


def _guarded(name: str, pages: Callable[[str, str, Get], Iterable[Page]]) -> Source:
    def guarded(endpoint: str, key: str, get: Get) -> Iterator[Page]:
        try:
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
        _check_values(model)


def _check_values(model: Model) -> None:
    for field, value in model.values.items():
        if field not in FIELDS:
            raise TypeError(f"{field} is no field of a model")
        expected: type[Any] = TYPES.get(FIELDS[field].kind, str)
        if type(value) is not expected:
            raise TypeError(f"{field} is {type(value).__name__} where {expected.__name__} is needed")
