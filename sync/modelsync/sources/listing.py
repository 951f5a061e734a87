"""How any source becomes a Listing or a Failure; never raises for what upstream does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import islice
from pathlib import Path

from msgspec.structs import replace

from modelsync.errors import SourceFailed
from modelsync.http import Answer, Asker, Client, Limits, shown_url
from modelsync.records import Failure, Filters, Listing, Model
from modelsync.sources import rows
from modelsync.sources.page import CHAT, Gathered, Page
from modelsync.sources.registry import recognised, source_of
from modelsync.sources.source import Get, Pages, Source, SourceSettings, StandIn

MOST_PAGES = 100
IS_FILE = "file:"
_FEW = 3  # dates of a list, of which none can be told from the clock of its server

# What all models of an endpoint can do; those of one for chat where nothing says otherwise.
FEATURE_OF = {
    "CHAT_COMPLETIONS": CHAT,
    "RESPONSES": CHAT,
    "AUDIO": "audio",
    "EMBEDDINGS": "embeddings",
    "IMAGES": "image_generation",
    "MODERATIONS": "moderation",
    "RERANK": "rerank",
    "VIDEO": "video_generation",
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
    folder: Path = Path(),
    development: bool = False,
) -> Listing | Failure:
    """What a source says now; with `replay`, what a recorded answer said at `fetched`; with `max_age`, what
    the cache may answer. What is from the cache, or is not all there is, is not complete. An address such as
    `file:lists/api.json` is a file's, its path relative to `folder`. Where a key is missing, or in
    `development` an address, a known list may answer: its `note` says so."""
    stand_in = None if replay else _stand_in(name, settings, key=key, development=development)
    recorded = replay or (stand_in.path if stand_in else None)
    asked = _Asked(client.for_source(), max_age, folder, recorded, fetched or datetime.now(UTC))
    try:
        listing = _listing(name, settings, key, asked)
    except MemoryError:
        return Failure(name, "there is not enough memory to read its list", "", "data")
    except SourceFailed as error:
        where = error.where or (asked.addresses[-1] if asked.addresses else name)
        advice = error.advice or ("" if replay else f"to replay a recorded list: --from {name}=FILE")
        return Failure(name, client.redact(f"{where}: {error.what}"), advice, error.kind)
    if not stand_in:
        return listing
    # A known list knows how things were on its day: what it says fills what nobody else says.
    models = (replace(model, weak=frozenset(model.values)) for model in listing.models)
    return replace(listing, models=tuple(models), complete=False, note=stand_in.note)


def _listing(name: str, settings: SourceSettings, key: str, asked: _Asked) -> Listing:
    """All endpoints as one list. A recorded answer is one page of the first of them."""
    gathered, every = Gathered(of_vendors=source_of(name, settings).vendor_ids), list[Filters]()
    recorded = asked.recorded is not None
    for endpoint in settings.endpoints[: 1 if recorded else None]:
        source = source_of(name, settings, endpoint)
        if not endpoint.url and not recorded:
            variables = " or ".join(endpoint.url_env or source.addresses)
            advice = f"set {variables}, or url: in sync.yaml" if variables else "set its url: in sync.yaml"
            raise SourceFailed("no address is set", advice=advice, kind="connection")
        pages = _pages(source, name, settings.unit)(endpoint.url, key, asked)
        feature = FEATURE_OF.get(endpoint.endpoint_type or "", "")
        # the usual filters are for lists that mix chat with all the rest
        usual = source.usual_filters(name) if feature in ("", CHAT) else Filters()
        filters = settings.filters or usual
        every.append(filters)
        chat_only = settings.filters is None and source.is_for_chat(name)
        gathered.add(islice(pages, 1 if recorded else MOST_PAGES), filters, feature or CHAT * chat_only)
    whole = gathered.complete and not (recorded and settings.endpoints[1:])
    fetched = min((answer.fetched for answer in asked.answers), default=datetime.now(UTC))
    models = gathered.models()
    if any(source_of(name, settings, endpoint).clock_dates for endpoint in settings.endpoints):
        models = _without_clocks(models, fetched, local=settings.local)
    return Listing(
        source=name,
        models=models,
        fetched=fetched,
        origin=next(iter(asked.addresses), source.name),
        complete=whole and not any(answer.kept for answer in asked.answers),
        skipped=gathered.skipped(),
        drift=gathered.drift(),
        passed_over=gathered.passed_over(),
        filters=tuple(every),
    )


def _without_clocks(models: tuple[Model, ...], fetched: datetime, *, local: bool) -> tuple[Model, ...]:
    """The models without dates that are of a server and not of a model.

    None of one's own machine is (vLLM and llama.cpp state the time of the answer, Ollama that of a
    download), none of a day before the answer or later, none of the last month where a list states one or
    two, which may be when its server started, and none that most of a list shares, as Mistral's do once it
    holds a fine-tune.
    """
    dates = Counter(str(model.values["released"]) for model in models if "released" in model.values)
    newest = (fetched - timedelta(days=30 if dates.total() < _FEW else 1)).date().isoformat()
    shared = {day for day, count in dates.items() if count > 2 and count * 2 > dates.total()}
    clocks = {day for day in dates if local or day >= newest} | shared

    def without_clock(model: Model) -> Model:
        if model.values.get("released") not in clocks:
            return model
        values = {field: value for field, value in model.values.items() if field != "released"}
        return replace(model, values=values)

    return tuple(map(without_clock, models))


def _pages(source: Source, name: str, unit: str | None) -> Pages:
    """What gives the pages of a source, or of whichever recognises them; `unit` is of prices without one."""
    return (
        (source.pages_of and source.pages_of(name, unit)) or source.pages or partial(_recognised, name, unit)
    )


def _recognised(name: str, unit: str | None, endpoint: str, key: str, get: Get) -> Iterator[Page]:
    """The first page of an answer, read by whichever source recognises it. A key is not sent.

    Raises `SourceFailed` where none does.
    """
    answer = get(endpoint)
    sent = rows.decoded(answer.body)
    if (source := recognised(sent)) is None:
        advice = "say with `transformer:` whose format it is, if it is a list of models"
        raise SourceFailed(f"no source recognises its format: {rows.outline(sent)}", advice=advice)
    return islice(_pages(source, name, unit)(endpoint, "", lambda url, headers={}: answer), 1)


def _stand_in(name: str, settings: SourceSettings, *, key: str, development: bool) -> StandIn | None:
    """Give what answers for a source that lacks its key, or in development its address."""
    source, addresses = source_of(name, settings), [endpoint.url for endpoint in settings.endpoints]
    if source.stand_in is None or source.name != (settings.transformer or name):
        return None
    lacks = {
        "key": not key and not any(url.startswith(IS_FILE) for url in addresses),
        "address": development and not any(addresses),
    }
    return source.stand_in if lacks[source.stand_in.missing] else None


class _Asked:
    """Asks for answers and remembers them: where a listing comes from, and how old it is.

    With `recorded`, the answer to whatever is asked is that file's; an address of a file is read in any case.
    """

    def __init__(
        self, asker: Asker, max_age: timedelta | None, folder: Path, recorded: Path | None, fetched: datetime
    ) -> None:
        self.recorded = recorded
        self.answers: list[Answer] = []
        self.addresses: list[str] = []
        self._asker, self._max_age, self._folder, self._fetched = asker, max_age, folder, fetched

    def __call__(self, url: str, headers: Mapping[str, str] = {}) -> Answer:
        if self.recorded:
            answer = _read(self.recorded, self._fetched)
        elif url.startswith(IS_FILE):
            answer = _read(self._folder / url.removeprefix(IS_FILE).removeprefix("//"), datetime.now(UTC))
        else:
            answer = self._asker.get(url, headers=headers, max_age=self._max_age)
        self.answers.append(replace(answer, body=b""))  # a large one is not held on to
        self.addresses.append(shown_url(answer.url) if "://" in answer.url else answer.url)
        return answer


def _read(path: Path, fetched: datetime) -> Answer:
    try:
        if path.exists() and not (path.is_file() or path.is_dir()):  # a pipe or a device has no end
            raise SourceFailed("the recorded list is no regular file", where=str(path))
        if path.stat().st_size > Limits().size:
            raise SourceFailed("the recorded list is too large", where=str(path))
        return Answer(path.read_bytes(), str(path), fetched)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "no such path can be"
        raise SourceFailed(f"the recorded list cannot be read: {reason}", where=str(path)) from None
