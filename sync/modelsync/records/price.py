"""What the catalog said through time: one value of one model, from a day to a day."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from modelsync.records.fields import Value


class PriceInterval(msgspec.Struct, frozen=True):
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
