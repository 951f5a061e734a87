"""Shows what the sources list now: how many models of which provider, how old that is, and their names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

import msgspec

from sync.records import Entry, Provider
from sync.report.json import dumped
from sync.report.listing import entry_document, listing, units
from sync.report.screen import Screen
from sync.report.table import Column, Sheet, print_sheets
from sync.report.text import brief

_COLUMNS = (Column("source"), Column("provider"), Column("models", right=True), Column("age"))


class Offer(msgspec.Struct, frozen=True):
    """What one source lists, by provider; an empty `age` says that it was asked just now."""

    source: str
    providers: tuple[Provider, ...]
    fetched: datetime
    age: str = ""
    left_out: int = 0  # models that no mapping rule wants
    complete: bool = True
    note: str = ""


def offers(found: Sequence[Offer], screen: Screen, *, whole: bool) -> None:
    """Print a table of providers and their models' names, or if `whole` all that is said of each model."""
    if whole:
        listing([provider for offer in found for provider in offer.providers], screen)
        screen.write(_remarks(found))
        return
    rows = [row for offer in found for row in _rows(offer)]
    print_sheets([Sheet("", _COLUMNS, tuple(rows))], screen)
    screen.write(_names(offer, provider) for offer in found for provider in offer.providers)
    screen.write(_notes(found))


def offers_json(found: Iterable[Offer]) -> str:
    """The sources and all that they list as one JSON object."""
    every = list(found)
    models = [_document(entry, offer) for offer in every for entry in _entries(offer)]
    return dumped({"sources": list(map(_source, every)), "models": models, "units": units()})


def _rows(offer: Offer) -> Iterator[tuple[str, ...]]:
    counts = {brief(provider.key): len(provider.entries) for provider in offer.providers}
    if offer.left_out:
        counts["(left out)"] = offer.left_out
    for name, count in counts.items():
        yield (brief(offer.source), name, f"{count:,}", offer.age or "just now")


def _names(offer: Offer, provider: Provider) -> str:
    names = ", ".join(brief(str(entry.values["model"])) for entry in provider.entries.values())
    return f"{brief(offer.source)} {brief(provider.key)}: {names}"


def _remarks(found: Iterable[Offer]) -> Iterator[str]:
    every = list(found)
    for offer in every:
        count = sum(1 for _ in _entries(offer))
        yield f"{brief(offer.source)}: {count:,} models, {offer.age or 'asked just now'}"
    yield from _notes(every)


def _notes(found: Iterable[Offer]) -> Iterator[str]:
    yield from (f"{brief(offer.source)}: {brief(offer.note)}" for offer in found if offer.note)


def _entries(offer: Offer) -> Iterator[Entry]:
    for provider in offer.providers:
        yield from provider.entries.values()


def _source(offer: Offer) -> dict[str, Any]:
    return {
        "source": offer.source,
        "providers": {provider.key: len(provider.entries) for provider in offer.providers},
        "left_out": offer.left_out,
        "fetched": offer.fetched.isoformat().replace("+00:00", "Z"),
        "complete": offer.complete,
        "note": offer.note,
    }


def _document(entry: Entry, offer: Offer) -> dict[str, Any]:
    return {"source": offer.source, **entry_document(entry, local=False, confirmed_by=None)}
