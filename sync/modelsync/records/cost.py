"""What a log of usage cost: line by line, and what of it could not be priced."""

from __future__ import annotations

from decimal import Decimal

import msgspec


class CostLine(msgspec.Struct, frozen=True):
    """What the rows of one group cost."""

    by: tuple[str, ...]  # the group's values, in the order of `Bill.by`
    rows: int
    unpriced: int  # how many of the rows have no price
    amount: Decimal | None  # USD of those that have one; None: none has
    billed: Decimal | None = None  # USD, as the vendor's bill says


class NameMet(msgspec.Struct, frozen=True):
    """A model as a log calls it, and by what the catalog's was found."""

    name: str
    model: str
    by: str  # one of FOUND_BY
    rows: int


class Unpriced(msgspec.Struct, frozen=True):
    """Rows that have no price, why, and what would help."""

    name: str  # the model as the log calls it; empty where it does not matter
    reason: str
    rows: int
    advice: str = ""


class Bill(msgspec.Struct, frozen=True):
    """What a log cost at the prices that the catalog had on the day of each row."""

    by: tuple[str, ...]
    lines: tuple[CostLine, ...]
    rows: int
    total: Decimal | None  # USD of the rows that have a price; None: none has
    reasons: tuple[Unpriced, ...]
    names: tuple[NameMet, ...]
    notices: tuple[str, ...] = ()

    @property
    def unpriced(self) -> int:
        """How many rows have no price."""
        return sum(reason.rows for reason in self.reasons)


FOUND_BY = ("name", "key", "model", "upstream", "alias", "dated snapshot")
