"""The sources: what one is, which there are, and how any of them becomes a Listing or a Failure.

A source fetches, parses and translates. It never sees the catalog, and never raises for what upstream does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from itertools import islice
from pathlib import Path
from typing import Annotated, Literal, Protocol

import msgspec

from sync.errors import SourceFailed
from sync.http import Answer, Client, Limits, shown_url
from sync.records import Failure, Listing, Policy
from sync.sources import openrouter
from sync.sources.page import Gathered, Page

MOST_PAGES = 100


# ---------------------------------------------------------------------------- what sync.yaml says


class Endpoint(Policy, frozen=True):
    """One address of a source, what its models are for, and the format that it answers in."""

    url: str
    endpoint_type: Literal[
        "CHAT_COMPLETIONS", "RESPONSES", "EMBEDDINGS", "RERANK", "IMAGES", "AUDIO", "VIDEO", "MODERATIONS"
    ] = "CHAT_COMPLETIONS"
    format: Literal["OPENAI", "ANTHROPIC", "GEMINI"] = "OPENAI"


class Filters(Policy, frozen=True):
    """Which of the listed ids are taken: those that some `include` matches and no `exclude` does."""

    include: tuple[str, ...] = ("*",)
    exclude: tuple[str, ...] = ()

    def take(self, model: str) -> bool:
        return _matches(model, self.include) and not _matches(model, self.exclude)


class SourceSettings(Policy, frozen=True):
    """One source of `sync.yaml`."""

    endpoints: Annotated[tuple[Endpoint, ...], msgspec.Meta(min_length=1)]
    transformer: str = ""  # a key of SOURCES; empty: the source's own name
    authoritative: bool = False
    enabled: bool = True
    update_frequency: Literal["realtime", "daily", "weekly", "manual"] = "realtime"
    api_key_env: tuple[str, ...] = ()  # the first that is set
    filters: Filters = Filters()


# ---------------------------------------------------------------------------- what a source is


class Get(Protocol):
    """How a source asks: `Client.get`, or the same of a recorded list."""

    def __call__(self, url: str, headers: Mapping[str, str] = ...) -> Answer: ...


class Source(Protocol):
    """Pages of one endpoint, each asked for when it is wanted. Raises `SourceFailed`."""

    def __call__(self, endpoint: str, key: str, get: Get) -> Iterator[Page]: ...


SOURCES: Mapping[str, Source] = {
    "openrouter": openrouter.pages,
}


def listing_of(
    name: str,
    settings: SourceSettings,
    client: Client,
    *,
    key: str = "",
    replay: Path | None = None,
    fetched: datetime | None = None,
    max_age: timedelta | None = None,
) -> Listing | Failure:
    """What a source says now; with `replay`, what a recorded answer said at `fetched`; with `max_age`, what
    the cache may answer. What is from the cache, or is not all there is, is not complete."""
    get = _recorded(replay, fetched or datetime.now(UTC)) if replay else _live(client, max_age)
    asked = _Asked(get)
    try:
        return _listing(name, settings, key, asked, 1 if replay else MOST_PAGES)
    except SourceFailed as error:
        where = error.where or (asked.places[-1] if asked.places else name)
        advice = error.advice or ("" if replay else f"to replay a recorded list: --from {name}=FILE")
        return Failure(name, client.redact(f"{where}: {error.what}"), advice)


def _listing(name: str, settings: SourceSettings, key: str, asked: _Asked, most_pages: int) -> Listing:
    source = SOURCES.get(settings.transformer or name)
    if source is None:
        known = ", ".join(sorted(SOURCES))
        raise SourceFailed(
            "no transformer of that name", where=name, advice=f"set transformer: to one of {known}"
        )
    gathered = Gathered()
    for endpoint in settings.endpoints:
        gathered.add(islice(source(endpoint.url, key, asked), most_pages))
    models = tuple(model for model in gathered.models() if settings.filters.take(model.id))
    return Listing(
        source=name,
        models=models,
        fetched=min(answer.fetched for answer in asked.answers),
        origin=asked.places[0],
        complete=gathered.complete and not any(answer.kept for answer in asked.answers),
        skipped=gathered.skipped(),
        drift=gathered.drift(),
    )


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


def _live(client: Client, max_age: timedelta | None) -> Get:
    def get(url: str, headers: Mapping[str, str] = {}) -> Answer:
        return client.get(url, headers=headers, max_age=max_age)

    return get


def _recorded(path: Path, fetched: datetime) -> Get:
    """A recorded answer, to whatever is asked."""

    def get(url: str, headers: Mapping[str, str] = {}) -> Answer:
        try:
            if path.stat().st_size > Limits().size:
                raise SourceFailed("the recorded list is too large", where=str(path))
            return Answer(path.read_bytes(), str(path), fetched)
        except OSError as error:
            raise SourceFailed(
                f"the recorded list cannot be read: {error.strerror}", where=str(path)
            ) from None

    return get


def _matches(model: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(model, pattern) for pattern in patterns)
