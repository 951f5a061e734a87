"""What the catalog said through time, and what usage costs by it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from decimal import Context, Decimal
from typing import Annotated, Literal

import msgspec

from modelsync.records.fields import Usd, Value
from modelsync.records.plan import Change

EXACT = Context(prec=100)  # digits: more than any price times any count has
_PROMPT = ("input", "cache_read", "cache_write", "cache_write_1h")


def midnight(day: date) -> datetime:
    """The moment with which a day begins, in UTC."""
    return datetime.combine(day, time(), UTC)


class PriceInterval(msgspec.Struct, frozen=True, gc=False):
    """One value of one field, as it counts; token prices are USD per 1M tokens, prices per call USD per call.

    `since` is inclusive and `until` exclusive, both the midnight (UTC) with which a day begins; `until` is
    None for what counts still.
    """

    model: str  # `provider/key`, by the name that it has now
    field: str  # `pricing.input`, `context_length`, ...
    value: Value
    since: datetime
    until: datetime | None
    observed: datetime  # when a run saw it upstream, else the author's date
    merged: datetime  # when the base came to say it
    commit: str
    source: str  # the list that it is from, `a+b` for several; empty: a person, or a trailer that was lost
    kind: Literal["change", "correction", "announced"] = "change"

    def counts_at(self, moment: datetime) -> bool:
        return self.since <= moment and (self.until is None or moment < self.until)


class History(msgspec.Struct, frozen=True):
    """All intervals of a catalog up to one commit, and what of the past is not known."""

    commit: str
    intervals: dict[str, tuple[PriceInterval, ...]]  # by model, in the order of fields, then of time
    names: dict[str, str] = {}  # names that models had once -> those that they have now
    begins: datetime | None = None  # nothing is known of the days before
    notices: tuple[str, ...] = ()

    def values_at(self, model: str, moment: datetime) -> dict[str, Value]:
        """What the catalog said of a model by field; nothing where it was not there."""
        return {one.field: one.value for one in self.intervals.get(model, ()) if one.counts_at(moment)}


class Step(msgspec.Struct, frozen=True):
    """What one commit changed, and who says since when."""

    commit: str
    subject: str
    observed: datetime  # when a run saw it upstream, else the author's date
    merged: datetime
    source: str  # by its trailer; empty: a person, or a trailer that was lost
    changes: tuple[Change, ...] = ()
    renamed: dict[str, str] = {}  # new name -> former name
    since: tuple[tuple[str, str, date], ...] = ()  # model, field and day of new `since` comments
    corrections: tuple[str, ...] = ()  # `provider/key:field`, whose past the commit states anew
    fault: str = ""  # why the catalog cannot be read here
    lost: bool = False  # a run's by its subject, without its trailers, as a squash merge leaves it
    actor: str = ""  # who asked for the run, by its trailer


class Usage(msgspec.Struct, frozen=True, kw_only=True):
    """What one request used, each token counted once, and how it was asked.

    `input` are the tokens that were neither read from a cache nor written to one; `output` has the reasoning
    tokens in it.
    """

    input: int = 0
    output: int = 0
    cache_read: int = 0
    cache_write: int = 0
    cache_write_1h: int = 0
    reasoning: int = 0
    image_input: int = 0
    image_output: int = 0
    audio_input: int = 0
    audio_output: int = 0
    request: int = 0  # calls, where each has a price
    web_search: int = 0  # searches
    service_tier: str = ""
    region: str = ""

    @property
    def prompt(self) -> int:
        """How long the prompt was, cached or not: it decides the tier."""
        return sum(getattr(self, name) for name in _PROMPT)


class Part(msgspec.Struct, frozen=True):
    """One line of a cost: so many tokens or calls, at a price, for so much."""

    what: str  # the key of its price: `input`, `cache_read`, ...
    count: int
    price: Annotated[
        Decimal | None,
        msgspec.Meta(
            description="USD per 1M tokens, or per call or search, with all factors; null: not known"
        ),
    ]
    amount: Usd | None
    why: str = ""  # the tier, window or variant whose price it is, and the factors


class RequestCost(msgspec.Struct, frozen=True):
    """What a request cost, part by part."""

    parts: tuple[Part, ...]

    @property
    def total(self) -> Decimal | None:
        """USD; None where a price that is needed is not known."""
        amounts = [part.amount for part in self.parts]
        return None if None in amounts else sum_of(amount for amount in amounts if amount is not None)

    @property
    def missing(self) -> tuple[str, ...]:
        """The prices that are needed and not known."""
        return tuple(part.why or f"pricing.{part.what}" for part in self.parts if part.price is None)


def sum_of(amounts: Iterable[Decimal]) -> Decimal:
    """An exact sum."""
    total = Decimal()
    for amount in amounts:
        total = EXACT.add(total, amount)
    return total


class Priced(msgspec.Struct, frozen=True):
    """What some usage cost at the prices of a day, and where these are from."""

    model: str
    on: date
    cost: RequestCost | None  # None: the catalog did not know the model on that day
    prices: tuple[PriceInterval, ...] = ()  # that counted on that day
    unknown: str = ""  # why there is no total
    notices: tuple[str, ...] = ()

    @property
    def total(self) -> str | None:
        """USD, as decimal text; None where it is not known."""
        total = self.cost.total if self.cost else None
        return None if total is None else f"{total.normalize():f}"


# ---------------------------------------------------------------------------- a log of usage


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
