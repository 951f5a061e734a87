"""Shows how the sources stand: what each needs, and when it was synced last."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from modelsync.records import SourceStatus
from modelsync.report.json import dumped
from modelsync.report.screen import Screen
from modelsync.report.table import Column, Table
from modelsync.report.terminal import print_tables
from modelsync.report.text import brief


def status(sources: Iterable[SourceStatus], screen: Screen, *, notes: Sequence[str] = ()) -> None:
    """Print the sources and what each needs; `notes` are lines below."""
    names = ("source", "state", "asked", "last synced", "keys")
    columns = tuple(Column(name, folds=name == "keys", spare=int(name == "asked")) for name in names)
    rows = tuple(map(_source_row, sources))
    print_tables([Table("", columns, rows)], screen, notes=[brief(note, 400) for note in notes])


def status_json(sources: Iterable[SourceStatus], *, notes: Sequence[str] = ()) -> str:
    """The sources as one JSON object; `notes` say what the catalog holds."""
    return dumped({"sources": list(sources), "catalog": notes})


def _source_row(source: SourceStatus) -> tuple[str, ...]:
    state = ("authoritative" if source.authoritative else "enabled") if source.enabled else "disabled"
    asked = brief(source.frequency) + (", due" if source.due else "")
    last = f"{source.last_synced:%Y-%m-%d %H:%M} UTC" if source.last_synced else "never"
    return (brief(source.name), state, asked, last, _variables(source))


def _variables(source: SourceStatus) -> str:
    missing = "not set, optional" if source.optional else "not set"
    keys = [f"{brief(key)} {'set' if is_set else missing}" for key, is_set in source.keys.items()]
    addresses = [f"{brief(key)} {'set' if is_set else 'not set'}" for key, is_set in source.addresses.items()]
    return ", ".join(addresses + keys) or "none needed"
