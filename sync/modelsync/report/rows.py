"""Tells a changed model field by field, as safe text; knows no layout."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal

import msgspec
from msgspec import UNSET
from msgspec.structs import replace

from modelsync.records import UPSTREAM_PREFIX, Change, FieldChange, Kind, kind_of
from modelsync.report import text

PROSE = 60  # characters: a longer text of several words is not told, only that it came or went
TOLD_EACH = 3  # models that are named where the same thing that asks nothing of a person becomes of a field


class Row(msgspec.Struct, frozen=True):
    """One field before and after; `after` alone where the two are told in one phrase."""

    field: str
    after: str
    before: str = ""
    note: str = ""  # how far a number moved
    unit: str = ""  # where it is not the report's
    better: bool | None = None  # whether the reader gains: a lower price, a higher limit
    numeric: bool = False
    size: Decimal = Decimal(0)  # how many times as high, or as low, a price is
    # what may be told of many models together: of a long text, of words that only grow, of a first id
    became: str = ""

    @property
    def value(self) -> str:
        """The row as text without its field's name: `2 → 3  +50.0 %`."""
        change = f"{self.before} → {self.after}" if self.before else self.after
        return "  ".join(part for part in (change, self.note, self.unit) if part)


class Block(msgspec.Struct, frozen=True):
    """A model and what changes in it."""

    name: str
    rows: tuple[Row, ...]
    reason: str = ""

    @property
    def provider(self) -> str:
        return self.name.partition("/")[0]

    @property
    def size(self) -> Decimal:
        """How far the price goes that moves the most."""
        return max((row.size for row in self.rows), default=Decimal(0))


def block(change: Change) -> Block:
    """A change of one model for a person."""
    every = tuple(row for field in change.fields for row in rows(field))
    return Block(text.brief(change.name), every, text.brief(change.reason))


def rows(change: FieldChange) -> tuple[Row, ...]:
    """A field's change: one row, or one for each tier, window or variant that changes."""
    became = ""
    match kind_of(change.field):
        case Kind.WORDS:
            phrases = [text.words(change.old, change.new)]
            became = "" if "−" in phrases[0] else "gain words"
        case Kind.TIERS | Kind.WINDOWS | Kind.VARIANTS:
            phrases = list(text.steps(change.old, change.new))
        case _:
            phrases = []
    field = text.brief(change.field)
    phrased = tuple(Row(field, text.brief(phrase, 300), became=became) for phrase in phrases if phrase)
    return phrased or (_row(change),)


def _row(change: FieldChange) -> Row:
    field, kind = text.brief(change.field), kind_of(change.field)
    if change.old is UNSET and change.new is UNSET:
        return Row(field, "")
    if _is_prose(change.old) or _is_prose(change.new):
        return Row(field, _became(change), became=_became(change))
    begins = change.field.startswith(UPSTREAM_PREFIX) and change.old is UNSET
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
        size=_size(change),
        became="added" if begins else "",
    )


def move(change: Change) -> Decimal:
    """How far the price goes that moves the most."""
    return max(map(_size, change.fields), default=Decimal(0))


def _size(change: FieldChange) -> Decimal:
    """How many times as high, or as low, a price is; 0 where none above zero moves."""
    share = None if kind_of(change.field) is Kind.COUNT else text.percent(change.old, change.new)
    if share is None:
        return Decimal(0)
    factor = share / 100 + 1
    return max(factor, 1 / factor) if factor > 0 else Decimal("Infinity")


def _is_prose(value: object) -> bool:
    return isinstance(value, str) and len(value) > PROSE and " " in value


def _became(change: FieldChange) -> str:
    if change.old in (UNSET, None):
        return "added"
    return "removed" if change.new in (UNSET, None) else "changed"


def folded(blocks: Sequence[Block]) -> tuple[tuple[Block, ...], tuple[str, ...]]:
    """The blocks without what becomes of one field in many of them, and a phrase on that for each field."""
    counts = Counter((row.field, row.became) for block in blocks for row in block.rows if row.became)
    many = {became: count for became, count in counts.items() if count > TOLD_EACH}
    left = [
        replace(block, rows=tuple(row for row in block.rows if (row.field, row.became) not in many))
        for block in blocks
    ]
    kept = (new for new, old in zip(left, blocks, strict=True) if new.rows or new.reason or not old.rows)
    phrases = (f"{field} {became} in {count:,} models" for (field, became), count in many.items())
    return tuple(kept), tuple(phrases)
