"""Groups what guards hold back by what releases it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from decimal import Decimal

import msgspec

from modelsync.records import ADDED, REMOVED, Guard, Hold
from modelsync.report.rows import Block, rows
from modelsync.report.text import brief, grouped, many, plain

PRICES = "pricing"  # the section of an entry


class Held(msgspec.Struct, frozen=True):
    """Holds of one guard on one field of one provider, and the options that release them."""

    provider: str
    field: str
    blocks: tuple[Block, ...]  # one for each model of which a value is held, and why
    keys: tuple[str, ...]  # models that are held as a whole
    reasons: tuple[str, ...]
    accept: tuple[str, ...]

    @property
    def is_priced(self) -> bool:
        return self.field.partition(".")[0] == PRICES

    @property
    def size(self) -> Decimal:
        """How far the price goes that would move the most."""
        return max((block.size for block in self.blocks), default=Decimal(0))

    @property
    def count(self) -> int:
        """How many values and models are held."""
        return len(self.keys) + sum(len(block.rows) for block in self.blocks)

    @property
    def title(self) -> str:
        """Of models that are held as a whole."""
        what = {ADDED: "addition", REMOVED: "removal"}.get(self.field, self.field)
        return f"{self.provider}: {what} of {many(len(self.keys), 'model')}"


def held(holds: Sequence[Hold]) -> tuple[Held, ...]:
    """The holds in groups: one pattern for a whole group where it releases nothing else.

    Several prices of one model are one decision, shown and released together.
    """
    prices = Counter((hold.provider, hold.key) for hold in holds if _is_price(hold))

    def group(hold: Hold) -> tuple[str, str, str]:
        several = _is_price(hold) and prices[hold.provider, hold.key] > 1
        return hold.provider, PRICES if several else hold.change.field, hold.guard

    groups = grouped(holds, group)
    return tuple(
        _group(field, members, alone=sum(_meant(provider, field, *other[:2]) for other in groups) == 1)
        for (provider, field, _), members in groups.items()
    )


def _meant(provider: str, field: str, other_provider: str, other_field: str) -> bool:
    """Whether what releases a field of a provider's models means another group, too."""
    return provider == other_provider and (other_field == field or other_field.startswith(f"{field}."))


def _is_price(hold: Hold) -> bool:
    return hold.change.field.startswith(f"{PRICES}.")


def _group(field: str, holds: Sequence[Hold], *, alone: bool) -> Held:
    provider, whole = holds[0].provider, field in (ADDED, REMOVED)
    by_key = grouped(holds, lambda hold: hold.key)
    # of rows that want one place only one can be let in
    together = alone and len(by_key) > 2 and holds[0].guard != Guard.KEY_COLLISION
    keys = ["*"] if together else [_literal(key) for key in by_key]
    names = [] if holds[0].guard is Guard.NOT_WRITABLE else [f"{_literal(provider)}/{key}" for key in keys]
    blocks = (
        Block(
            brief(f"{provider}/{key}"),
            tuple(row for hold in of_key for row in rows(hold.change)),
            "; ".join(_reasons(of_key)),
        )
        for key, of_key in by_key.items()
    )
    quoted = (plain(f"{name}:{_literal(field)}").replace("'", "'\\''") for name in names)
    return Held(
        brief(provider),
        brief(field),
        blocks=() if whole else tuple(blocks),
        keys=tuple(map(brief, by_key)) if whole else (),
        reasons=_reasons(holds),
        accept=tuple(f"--accept '{name}'" for name in quoted),
    )


def _reasons(holds: Iterable[Hold]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(brief(f"{hold.guard}: {hold.reason}", 300) for hold in holds))


def _literal(name: str) -> str:
    """The name as a glob that matches nothing else, in which no forge reads a mention or a number."""
    return "".join(f"[{c}]" if c in "*?[@#" else c for c in name)
