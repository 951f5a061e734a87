"""The sources: what one is, which there are, and how any of them becomes a Listing or a Failure.

A source fetches, parses and translates. It never sees the catalog, and never raises for what upstream does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Protocol

import msgspec

from modelsync.errors import SourceFailed
from modelsync.http import Answer, Asker, Client, Limits, shown_url
from modelsync.records import Failure, Listing, Model
from modelsync.sources import (
    aihubmix,
    anthropic,
    file,
    google,
    known,
    litellm,
    openai,
    openrouter,
    payload,
    plugins,
)
from modelsync.sources.page import Gathered, Page
from modelsync.sources.settings import FILTERS, Endpoint, Filters, SourceSettings

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

OF_FORMAT = {"ANTHROPIC": "anthropic", "GEMINI": "google"}

# What all models of an endpoint can do, where it is not for chat.
FEATURE_OF = {
    "AUDIO": "audio",
    "EMBEDDINGS": "embeddings",
    "IMAGES": "image_generation",
    "MODERATIONS": "moderation",
    "RERANK": "rerank",
    "VIDEO": "video_generation",
}
# A list for chat often names models too that are for something else, and of which only the name says so.
_FOR_OTHERS = re.compile(
    r"embed|rerank|whisper|transcri|tts|speech|orpheus|image|dall-e|diffusion|flux|video|moderation|guard|ocr",
    re.IGNORECASE,
)


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
    development: bool = False,
) -> Listing | Failure:
    """What a source says now; with `replay`, what a recorded answer said at `fetched`; with `max_age`, what
    the cache may answer. What is from the cache, or is not all there is, is not complete. An address such as
    `file:lists/api.json` is a file's, its path relative to `folder`. Where a key is missing, or in
    `development` an address, a known list may answer: its `note` says so."""
    stand_in = None if replay else known.instead_of(name, settings, key=key, development=development)
    recorded = replay or (stand_in and stand_in.path)
    live = _live(client.for_source(), max_age, folder)
    asked = _Asked(_recorded(recorded, fetched or datetime.now(UTC)) if recorded else live)
    try:
        listing = _listing(name, settings, key, asked, recorded=recorded is not None)
    except SourceFailed as error:
        where = error.where or (asked.places[-1] if asked.places else name)
        advice = error.advice or ("" if replay else f"to replay a recorded list: --from {name}=FILE")
        return Failure(name, client.redact(f"{where}: {error.what}"), advice, error.kind)
    return _stood_in(listing, stand_in.note) if stand_in else listing


def _stood_in(listing: Listing, note: str) -> Listing:
    """A known list knows how things were on its day: what it says fills what nobody else says."""
    models = (msgspec.structs.replace(model, weak=frozenset(model.values)) for model in listing.models)
    return msgspec.structs.replace(listing, models=tuple(models), complete=False, note=note)


def _listing(name: str, settings: SourceSettings, key: str, asked: _Asked, *, recorded: bool) -> Listing:
    """All endpoints as one list. A recorded answer is one page of the first of them."""
    gathered, served = Gathered(), dict[str, set[str]]()
    for endpoint in settings.endpoints[: 1 if recorded else None]:
        transformer = _transformer(name, settings, endpoint)
        if not endpoint.url and not recorded:
            raise known.no_address(transformer, endpoint)
        source = SOURCES.get(transformer) or plugins.load(transformer, SOURCES)
        found = islice(source(endpoint.url, key, asked), 1 if recorded else MOST_PAGES)
        filters = settings.filters or _usual(name, transformer, endpoint)
        says_itself = transformer in VENDOR_IDS
        feature = FEATURE_OF.get(endpoint.endpoint_type, "" if says_itself else "chat")
        gathered.add(_noting(found, filters, feature, served))
    listed = gathered.models()
    taken = [model for model in listed if model.id in served]
    passed_over = gathered.passed_over | ({model.id for model in listed} - {model.id for model in taken})
    whole = gathered.complete and not (recorded and settings.endpoints[1:])
    return Listing(
        source=name,
        models=tuple(_with_features(model, served[model.id]) for model in taken),
        fetched=min((answer.fetched for answer in asked.answers), default=datetime.now(UTC)),
        origin=next(iter(asked.places), transformer),
        complete=whole and not any(answer.kept for answer in asked.answers),
        skipped=gathered.skipped(),
        drift=gathered.drift(),
        passed_over=tuple(sorted(passed_over)),
    )


def _transformer(name: str, settings: SourceSettings, endpoint: Endpoint) -> str:
    """What reads an endpoint: what is set for it, or for all of them, else what its format says, else its
    source's name."""
    by_name = name if name in SOURCES else "openai"
    return endpoint.transformer or settings.transformer or OF_FORMAT.get(endpoint.format, by_name)


def _usual(name: str, transformer: str, endpoint: Endpoint) -> Filters:
    """The filters that count where none are set. They are for lists that mix chat with all the rest."""
    if endpoint.endpoint_type in FEATURE_OF:
        return Filters()
    return FILTERS.get(name if transformer == "openai" else transformer, Filters())


def _noting(
    pages: Iterable[Page], filters: Filters, feature: str, served: dict[str, set[str]]
) -> Iterator[Page]:
    """The pages, noting which of their models are taken, and what those can do for being on them."""
    for page in pages:
        for model in page.models:
            if filters.take(model.id):
                served.setdefault(model.id, set()).update([feature] if feature else [])
        yield page


def _with_features(model: Model, served: set[str]) -> Model:
    """The model with what it can do for being where it is; for chat only where nothing says otherwise."""
    stated = model.values.get("features", ())
    features = served - {"chat"} or (served if _may_be_for_chat(model) else set[str]())
    if not features or not isinstance(stated, tuple):
        return model
    both = payload.features({*stated, *features})
    return msgspec.structs.replace(model, values={**model.values, "features": both})


def _may_be_for_chat(model: Model) -> bool:
    says_more = "features" in model.values or "modalities.output" in model.values
    return not says_more and not _FOR_OTHERS.search(model.id)


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


def _live(asker: Asker, max_age: timedelta | None, folder: Path) -> Get:
    def get(url: str, headers: Mapping[str, str] = {}) -> Answer:
        if url.startswith("file:"):
            path = folder / url.removeprefix("file:").removeprefix("//")
            return _read(path, datetime.now(UTC))
        return asker.get(url, headers=headers, max_age=max_age)

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
