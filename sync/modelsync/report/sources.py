"""Shows the sources: what each lists now and how old that is, what it needs, and when it was synced last."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from modelsync.records import ModelDetails, Offer, SourceStatus
from modelsync.report.documents import StatusDocument
from modelsync.report.json import dumped
from modelsync.report.listing import entry_document, listing, units
from modelsync.report.table import Column, Table
from modelsync.report.terminal import Screen, folded, print_tables
from modelsync.report.text import ago, brief, many

_LEFT_OUT = "(left out)"
_COLUMNS = (Column("source"), Column("provider"), Column("models", right=True), Column("age"))


def offers(listed: Sequence[Offer], screen: Screen, *, whole: bool) -> None:
    """Print a table of providers and their models' names, or if `whole` all that is said of each model."""
    if whole:
        listing([provider for offer in listed for provider in offer.providers], screen)
        screen.write(_remarks(listed))
        return
    rows = [row for offer in listed for row in _rows(offer)]
    print_tables([Table("", _COLUMNS, tuple(rows))], screen)
    screen.write(folded(line, screen.stream) for offer in listed for line in _names(offer))
    screen.write(_notes(listed))


def offers_json(listed: Sequence[Offer]) -> str:
    """The sources and all that they list as one JSON object."""
    models = [
        {"source": offer.source, **entry_document(ModelDetails(entry))}
        for offer in listed
        for provider in offer.providers
        for entry in provider.entries.values()
    ]
    return dumped({"sources": [_source(offer) for offer in listed], "models": models, "units": units()})


def _rows(offer: Offer) -> Iterator[tuple[str, ...]]:
    counts = {brief(provider.key): len(provider.entries) for provider in offer.providers}
    if offer.left_out:
        counts[_LEFT_OUT] = len(offer.left_out)
    for name, count in counts.items():
        yield (brief(offer.source), name, f"{count:,}", _since(offer))


def _names(offer: Offer) -> Iterator[str]:
    """The models of each provider, and the ids that have none; a source that is one is named once."""
    source = brief(offer.source)
    for provider in offer.providers:
        models = (str(entry.values["model"]) for entry in provider.entries.values())
        who = source if provider.key == offer.source else f"{source} {brief(provider.key)}"
        yield f"{who}: {', '.join(map(brief, models))}"
    if offer.left_out:
        yield f"{source} {_LEFT_OUT}: {', '.join(map(brief, offer.left_out))}"


def _remarks(listed: Sequence[Offer]) -> Iterator[str]:
    for offer in listed:
        count = sum(len(provider.entries) for provider in offer.providers)
        asked = _since(offer) if offer.note else f"asked {_since(offer)}"
        asked = f"{offer.age} old; --no-cache asks again" if offer.age else asked
        yield f"{brief(offer.source)}: {many(count, 'model')}, {asked}"
    yield from _notes(listed)


def _since(offer: Offer) -> str:
    return offer.age or ("not asked" if offer.note else "just now")


def _notes(listed: Iterable[Offer]) -> Iterator[str]:
    yield from (f"{brief(offer.source)}: {brief(offer.note)}" for offer in listed if offer.note)


def _source(offer: Offer) -> dict[str, Any]:
    return {
        "source": offer.source,
        "providers": {provider.key: len(provider.entries) for provider in offer.providers},
        "left_out": len(offer.left_out),
        "left_out_ids": offer.left_out,
        "fetched": offer.fetched,
        "complete": offer.complete,
        "note": offer.note,
    }


# ---------------------------------------------------------------------------- how they stand


def status(
    sources: Sequence[SourceStatus], screen: Screen, *, now: datetime, notes: Sequence[str] = ()
) -> None:
    """Print the sources and what each needs; `notes` are lines below."""
    names = ("source", "state", "asked", "last success, UTC", "keys")
    columns = tuple(Column(name, folds=name == "keys", spare=int(name == "asked")) for name in names)
    rows = tuple(_source_row(source, now) for source in sources)
    known = [f"{brief(source.name)} {source.commit[:10]}" for source in sources if source.commit]
    only_there = f"as a commit tells: {', '.join(known)}; a later run that changed nothing made none"
    lines = [brief(note, 400) for note in (*([only_there] if known else []), *notes)]
    print_tables([Table("", columns, rows)], screen, notes=lines)


def silence(source: SourceStatus, now: datetime) -> str:
    """Say of a source when its last success was, as far as that is known."""
    if source.last_synced is None:
        return f"{brief(source.name)}: no success is known"
    tells = f", as commit {source.commit[:10]} tells" if source.commit else ""
    at = source.last_synced
    return f"{brief(source.name)}: last success {ago(now - at)}, {at:%Y-%m-%d %H:%M} UTC{tells}"


def status_json(sources: Iterable[SourceStatus], *, notes: Sequence[str] = ()) -> str:
    """The sources as one JSON object; `notes` say what the catalog holds."""
    return dumped(StatusDocument(sources=tuple(sources), catalog=notes))


def _source_row(source: SourceStatus, now: datetime) -> tuple[str, ...]:
    unused = "opinion" if source.opinion else "disabled"
    state = ("authoritative" if source.authoritative else "enabled") if source.enabled else unused
    asked = brief(source.frequency) + (", due" if source.due else "")
    at = source.last_synced
    last = f"{at:%Y-%m-%d %H:%M}, {ago(now - at)}" if at else "none known"
    missing = "not set, optional" if source.optional else "not set"
    keys = [f"{brief(key)} {'set' if is_set else missing}" for key, is_set in source.keys.items()]
    addresses = [f"{brief(key)} {'set' if is_set else 'not set'}" for key, is_set in source.addresses.items()]
    return (brief(source.name), state, asked, last, ", ".join(addresses + keys) or "none needed")
