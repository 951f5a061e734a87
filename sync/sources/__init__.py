"""The sources: what one is, which there are, and how any of them becomes a Listing or a Failure.

A source fetches, parses and translates. It never sees the catalog, and never raises for what upstream does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Protocol

import msgspec

from sync.errors import SourceFailed
from sync.http import Answer, Client, Limits, shown_url
from sync.records import FEATURES, Failure, Listing, Model
from sync.sources import aihubmix, anthropic, file, google, litellm, openai, openrouter
from sync.sources.page import Gathered, Page
from sync.sources.settings import FILTERS, Endpoint, Filters, SourceSettings

__all__ = [
    "FILTERS",
    "SOURCES",
    "VENDOR_IDS",
    "Endpoint",
    "Filters",
    "Get",
    "Source",
    "SourceSettings",
    "listing_of",
]

MOST_PAGES = 100


# ---------------------------------------------------------------------------- what a source is


class Get(Protocol):
    """How a source asks: `Client.get`, or the same of a recorded list."""

    def __call__(self, url: str, headers: Mapping[str, str] = ...) -> Answer: ...


class Source(Protocol):
    """Pages of one endpoint, each asked for when it is wanted. Raises `SourceFailed`."""

    def __call__(self, endpoint: str, key: str, get: Get) -> Iterator[Page]: ...


SOURCES: Mapping[str, Source] = {
    "aihubmix": aihubmix.pages,
    "anthropic": anthropic.pages,
    "file": file.pages,
    "google": google.pages,
    "litellm": litellm.pages,
    "openai": openai.pages,
    "openrouter": openrouter.pages,
}

# Whose ids carry a vendor, so that mapping rules place them; the models of any other are its own.
VENDOR_IDS = frozenset({"aihubmix", "file", "litellm", "openrouter"})

# What all models of an endpoint can do. Of one for chat that is not certain: its list often names others too.
FEATURE_OF = {
    "AUDIO": "audio",
    "EMBEDDINGS": "embeddings",
    "IMAGES": "image_generation",
    "MODERATIONS": "moderation",
    "RERANK": "rerank",
    "VIDEO": "video_generation",
}
ALL_CHAT = frozenset({"deepseek", "openai"})  # of these it is, as they are filtered by default


def listing_of(
    name: str,
    settings: SourceSettings,
    client: Client,
    *,
    key: str = "",
    replay: Path | None = None,
    fetched: datetime | None = None,
    max_age: timedelta | None = None,
    folder: Path = Path(),
) -> Listing | Failure:
    """What a source says now; with `replay`, what a recorded answer said at `fetched`; with `max_age`, what
    the cache may answer. What is from the cache, or is not all there is, is not complete. An address such as
    `file:lists/api.json` is a file's, its path relative to `folder`."""
    get = _recorded(replay, fetched or datetime.now(UTC)) if replay else _live(client, max_age, folder)
    asked = _Asked(get)
    try:
        return _listing(name, settings, key, asked, 1 if replay else MOST_PAGES)
    except SourceFailed as error:
        where = error.where or (asked.places[-1] if asked.places else name)
        advice = error.advice or ("" if replay else f"to replay a recorded list: --from {name}=FILE")
        return Failure(name, client.redact(f"{where}: {error.what}"), advice, error.kind)


def _listing(name: str, settings: SourceSettings, key: str, asked: _Asked, most_pages: int) -> Listing:
    transformer = settings.transformer or (name if name in SOURCES else "openai")
    source = SOURCES.get(transformer)
    if source is None:
        known = ", ".join(sorted(SOURCES))
        raise SourceFailed(
            "no transformer of that name", where=name, advice=f"set transformer: to one of {known}"
        )
    gathered, served = Gathered(), dict[str, set[str]]()
    for endpoint in settings.endpoints:
        found = islice(source(endpoint.url, key, asked), most_pages)
        gathered.add(_noting(found, _feature(name, settings, endpoint), served))
    own = FILTERS.get(name if transformer == "openai" else transformer, Filters())
    listed = gathered.models()
    taken = _taken(listed, settings.filters or own)
    passed_over = gathered.passed_over | ({model.id for model in listed} - {model.id for model in taken})
    return Listing(
        source=name,
        models=tuple(_with_features(model, served[model.id]) for model in taken),
        fetched=min(answer.fetched for answer in asked.answers),
        origin=asked.places[0],
        complete=gathered.complete and not any(answer.kept for answer in asked.answers),
        skipped=gathered.skipped(),
        drift=gathered.drift(),
        passed_over=tuple(sorted(passed_over)),
    )


def _feature(name: str, settings: SourceSettings, endpoint: Endpoint) -> str:
    """What all models of the endpoint can do; empty where that is not certain."""
    if endpoint.endpoint_type in ("CHAT_COMPLETIONS", "RESPONSES"):
        return "chat" if name in ALL_CHAT and settings.filters is None else ""
    return FEATURE_OF[endpoint.endpoint_type]


def _noting(pages: Iterable[Page], feature: str, served: dict[str, set[str]]) -> Iterator[Page]:
    """The pages, noting what their models can do for being on them."""
    for page in pages:
        for model in page.models:
            served.setdefault(model.id, set()).update([feature] if feature else [])
        yield page


def _with_features(model: Model, features: set[str]) -> Model:
    stated = model.values.get("features", ())
    if not features or not isinstance(stated, tuple):
        return model
    both = tuple(word for word in FEATURES if word in {*stated, *features})
    return msgspec.structs.replace(model, values={**model.values, "features": both})


def _taken(listed: Sequence[Model], filters: Filters) -> list[Model]:
    """What the filters take, a model that is there under its own id not once more under each alias."""
    taken = [model for model in listed if filters.take(model.id)]
    ids = {model.id for model in taken}
    return [model for model in taken if not (isinstance(model, openai.Alias) and model.canonical in ids)]


class _Asked:
    """Passes questions on and remembers the answers: where a listing comes from, and how old it is."""

    def __init__(self, get: Get) -> None:
        self.answers: list[Answer] = []
        self.places: list[str] = []
        self._get = get

    def __call__(self, url: str, headers: Mapping[str, str] = {}) -> Answer:
        answer = self._get(url, headers)
        self.answers.append(msgspec.structs.replace(answer, body=b""))  # a large one is not held on to
        self.places.append(shown_url(answer.url) if "://" in answer.url else answer.url)
        return answer


def _live(client: Client, max_age: timedelta | None, folder: Path) -> Get:
    def get(url: str, headers: Mapping[str, str] = {}) -> Answer:
        if url.startswith("file:"):
            path = folder / url.removeprefix("file:").removeprefix("//")
            return _read(path, datetime.now(UTC))
        return client.get(url, headers=headers, max_age=max_age)

    return get


def _recorded(path: Path, fetched: datetime) -> Get:
    """A recorded answer, to whatever is asked."""
    return lambda url, headers={}: _read(path, fetched)


def _read(path: Path, fetched: datetime) -> Answer:
    try:
        if path.stat().st_size > Limits().size:
            raise SourceFailed("the recorded list is too large", where=str(path))
        return Answer(path.read_bytes(), str(path), fetched)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "no such path can be"
        raise SourceFailed(f"the recorded list cannot be read: {reason}", where=str(path)) from None
