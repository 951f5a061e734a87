"""The reviewed catalog as other programs get it: one commit, all bases resolved."""

from __future__ import annotations

from datetime import datetime

import msgspec

from modelsync.records.fields import Value
from modelsync.records.price import PriceInterval


class ReleasedModel(msgspec.Struct, frozen=True):
    """One model; a field that is not in `values` is not known, and no program may take it for zero.

    Token prices are USD per 1M tokens, prices per call USD per call, all without the `pricing.factor`.
    """

    provider: str
    key: str
    id: str  # what the provider calls it
    aliases: tuple[str, ...]
    upstream: dict[str, str]
    values: dict[str, Value]
    prices: tuple[PriceInterval, ...]  # of all times, what they were and are
    hidden: bool
    local: bool

    @property
    def name(self) -> str:
        return f"{self.provider}/{self.key}"


class Release(msgspec.Struct, frozen=True):
    """The catalog of one commit, with the past of its prices."""

    commit: str
    committed: datetime
    observed: datetime  # when a run last saw a price upstream
    models: tuple[ReleasedModel, ...]
