"""Lays a report out in sections of parts; writers show any of them and know none by name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from modelsync.report.added import table
from modelsync.report.held import Held
from modelsync.report.notices import NAMES_SHOWN, Chapter
from modelsync.report.rows import Block
from modelsync.report.table import Table
from modelsync.report.text import first
from modelsync.report.view import MODELS_SHOWN, Item, View


class Lines(msgspec.Struct, frozen=True):
    """A list of things, and how many more there are."""

    items: tuple[Item, ...]
    left: int = 0
    lead: str = ""


class Blocks(msgspec.Struct, frozen=True):
    """Models with what changes in each, and how many more there are."""

    blocks: tuple[Block, ...]
    mark: str
    left: int = 0


class Chapters(msgspec.Struct, frozen=True):
    """Notices by topic, and those that are only counted."""

    chapters: tuple[Chapter, ...]
    verbose: bool
    counts: str


Part = Lines | Blocks | Table | Chapters


class Section(msgspec.Struct, frozen=True):
    """Parts below a title."""

    title: str
    color: str
    parts: tuple[Part, ...]
    hint: str = ""  # for who can still do something
    lasts: bool = True  # whether it is worth reading after the day


def document(view: View, *, verbose: bool, whole: bool) -> tuple[Section, ...]:
    """The sections of a report; `whole` names every model, `verbose` repeats every notice."""
    held = (part for group in view.held for part in _held(group, whole))
    more = "  (-v shows all)" if view.is_long and not verbose else ""
    return (
        Section("Recovered", "yellow", _lines(view.recovered, "recovered: "), lasts=False),
        Section("Changed", "yellow", tuple(_changed(view, whole))),
        Section("Removed", "red", tuple(_removed(view, whole))),
        Section("Added", "green", (table(view.added, verbose=whole),)),
        Section("Held back", "magenta", tuple(held), ", until released by --accept"),
        Section("Failed", "red", (Lines(view.failed),)),
        Section("Notices", "blue", (Chapters(view.topics, verbose, view.standing),), more),
    )


def _lines(texts: Iterable[str], mark: str) -> tuple[Lines, ...]:
    items = tuple(Item(text, mark=mark) for text in texts)
    return (Lines(items),) if items else ()


def _changed(view: View, whole: bool) -> Iterator[Part]:
    blocks, left = first(view.changed, MODELS_SHOWN, whole)
    yield Blocks(tuple(blocks), "~", left)
    yield from _lines(view.folded, "~ ")


def _removed(view: View, whole: bool) -> Iterator[Part]:
    removed, left = first(view.removed, MODELS_SHOWN, whole)
    yield Lines(tuple(removed), left)
    if view.comments:
        comments = (Item(text, "quote", mark="- comment  ", is_below=True) for text in view.comments)
        yield Lines(tuple(comments), lead="and with them the comments")


def _held(held: Held, whole: bool) -> Iterator[Part]:
    blocks, left = first(held.blocks, NAMES_SHOWN, whole)
    yield Blocks(tuple(blocks), "!", left)
    options, _ = first(held.accept, NAMES_SHOWN, whole)
    title = Item(held.title, "title", mark=f"! {held.provider}/", end=f":{held.field}", members=held.keys)
    yield Lines(
        (
            *([title] if held.keys else []),
            *(Item(reason, mark="  held: ", is_below=True) for reason in held.reasons),
            *(Item(option, "command", mark="  to release: ", is_below=True) for option in options),
        )
    )
