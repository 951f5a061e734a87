"""Tells a changed model field by field, as safe text; knows no layout."""

from __future__ import annotations

import msgspec
from msgspec import UNSET

from sync.records import Change, FieldChange, Kind, kind_of
from sync.report import text


class Row(msgspec.Struct, frozen=True):
    """One field before and after; `after` alone where the two are told in one phrase."""

    field: str
    after: str
    before: str = ""
    note: str = ""  # how far a number moved
    unit: str = ""  # where it is not the report's
    better: bool | None = None  # whether the reader gains: a lower price, a higher limit
    numeric: bool = False

    @property
    def value(self) -> str:
        """All but the field's name."""
        change = f"{self.before} → {self.after}" if self.before else self.after
        return "  ".join(part for part in (change, self.note, self.unit) if part)


class Block(msgspec.Struct, frozen=True):
    """A model and what changes in it."""

    name: str
    rows: tuple[Row, ...]
    reason: str = ""


def block(change: Change) -> Block:
    """A change of one model for a person."""
    every = tuple(row for field in change.fields for row in rows(field))
    return Block(text.brief(change.name), every, text.brief(change.reason))


def rows(change: FieldChange) -> tuple[Row, ...]:
    """A field's change: one row, or one for each tier or window that changes."""
    match kind_of(change.field):
        case Kind.WORDS:
            phrases = [text.words(change.old, change.new)]
        case Kind.TIERS | Kind.WINDOWS:
            phrases = list(text.steps(change.old, change.new))
        case _:
            phrases = []
    field = text.brief(change.field)
    told = tuple(Row(field, text.brief(phrase, 300)) for phrase in phrases if phrase)
    return told or (_row(change),)


def _row(change: FieldChange) -> Row:
    field, kind = text.brief(change.field), kind_of(change.field)
    if change.old is UNSET and change.new is UNSET:
        return Row(field, "")
    moved = text.difference(change.old, change.new)
    rises = moved.startswith(("+", "×"))
    return Row(
        field,
        after=text.shown(change.field, change.new),
        before=text.shown(change.field, change.old),
        note=moved,
        unit="per call" if kind is Kind.CALL_PRICE else "",
        better=(rises == (kind is Kind.COUNT)) if moved else None,
        numeric=kind in text.UNITS,
    )
