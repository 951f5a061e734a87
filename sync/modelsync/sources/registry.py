"""Which sources there are: a literal tuple of modules, and what is installed beside them as a plug-in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

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
    plugins,
    vertex,
)
from modelsync.sources.source import Call, Endpoint, Question, Source, SourceSettings

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
    return SOURCES.get(transformer) or plugins.load(transformer, tuple(SOURCES))


def transformers() -> tuple[str, ...]:
    """Give every name that `transformer:` may have."""
    return (*SOURCES, *plugins.names())


def call_of(
    name: str, settings: SourceSettings, endpoint: Endpoint
) -> tuple[Callable[[Question], Call], bool]:
    """Give the smallest request to the API behind an endpoint, and whether that is OpenAI's."""
    call = (_OF_FORMAT.get(endpoint.format) or source_of(name, settings, endpoint)).call or openai.call
    return call, call is openai.call


def recognised(answer: Any) -> Source | None:
    """Give the source whose answer a decoded one is. The usual format, which says the least, comes last."""
    others = (source for source in SOURCES.values() if source is not USUAL)
    every = (source for sources in (others, plugins.installed(), (USUAL,)) for source in sources)
    return next((source for source in every if source.recognises and source.recognises(answer)), None)
