"""Which sources there are: a literal tuple of modules, and what is installed beside them as a plug-in.

What a plug-in does wrong is its source's failure alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any

from msgspec.structs import replace

from modelsync.errors import SourceFailed
from modelsync.records import FIELDS, Kind
from modelsync.sources import (
    aihubmix,
    anthropic,
    azure,
    bedrock,
    cohere,
    file,
    genai_prices,
    google,
    gpustack,
    litellm,
    litellm_map,
    modelsdev,
    ollama,
    openai,
    openrouter,
    openrouter_endpoints,
    payload,
    vertex,
)
from modelsync.sources.page import Page
from modelsync.sources.source import Call, Endpoint, Get, Pages, Question, Source, SourceSettings

MODULES = (
    openrouter,
    openai,
    anthropic,
    google,
    azure,
    bedrock,
    vertex,
    cohere,
    ollama,
    gpustack,
    openrouter_endpoints,
    aihubmix,
    litellm,
    litellm_map,
    modelsdev,
    genai_prices,
    file,
)
SOURCES: Mapping[str, Source] = {module.SOURCE.name: module.SOURCE for module in MODULES}
USUAL = openai.SOURCE  # most providers answer as OpenAI does
_OF_FORMAT = {source.endpoint_format: source for source in SOURCES.values() if source.endpoint_format}


def source_of(name: str, settings: SourceSettings, endpoint: Endpoint | None = None) -> Source:
    """Give what reads an endpoint of a source of `sync.yaml` (none: the first).

    The transformer that is set for it or for all, else what its format says, else the source's own name.
    """
    asked = endpoint or settings.endpoints[0]
    transformer = asked.transformer or settings.transformer
    if not transformer:
        return _OF_FORMAT.get(asked.format) or SOURCES.get(name, USUAL)
    return SOURCES.get(transformer) or _load(transformer)


def transformers() -> tuple[str, ...]:
    """Give every name that `transformer:` may have."""
    return (*SOURCES, *_installed())


def call_of(
    name: str, settings: SourceSettings, endpoint: Endpoint
) -> tuple[Callable[[Question], Call], bool]:
    """Give the smallest request to the API behind an endpoint, and whether that is OpenAI's."""
    call = (_OF_FORMAT.get(endpoint.format) or source_of(name, settings, endpoint)).call or openai.call
    return call, call is openai.call


def recognised(answer: Any) -> Source | None:
    """Give the source whose answer a decoded one is. The usual format, which says the least, comes last."""
    others = (source for source in SOURCES.values() if source is not USUAL)
    every = (source for sources in (others, map(_load, _installed()), (USUAL,)) for source in sources)
    return next((source for source in every if source.recognises and source.recognises(answer)), None)


# ---------------------------------------------------------------------------- plug-ins

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
def _load(name: str) -> Source:
    """Give the source of this entry point; where none works, one that fails when it is asked."""
    from importlib.metadata import entry_points

    installed_points = entry_points(group=GROUP)
    if name not in installed_points.names:
        usable = ", ".join(payload.shown(one) for one in sorted({*SOURCES, *installed_points.names}))
        advice = f"set transformer: to one of {usable}"
        return _failing(name, SourceFailed("no transformer of that name", where=name, advice=advice))
    try:
        source = installed_points[name].load()
        if not isinstance(source, Source):
            raise TypeError(f"{type(source).__name__} is no Source")
    except _ANY as error:
        return _failing(name, _failed(name, error))
    return replace(source, name=name, pages=_guarded(name, source.pages))


def _installed() -> list[str]:
    """Give the name of every source that is installed as an entry point."""
    from importlib.metadata import entry_points

    return sorted(entry_points(group=GROUP).names)


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
