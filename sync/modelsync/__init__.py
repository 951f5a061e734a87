"""modelsync: keeps a YAML catalog of LLM models true to its upstream lists, and knows what anything cost.

import modelsync

catalog = modelsync.open("catalog")
catalog.price("openai/gpt-4o", on=date(2026, 3, 1), input=1_200_000).total
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict, Unpack

if TYPE_CHECKING:
    from datetime import date, time
    from os import PathLike

    from modelsync.records import Bill, Priced, ReleasedModel
    from modelsync.run.request import Run

__all__ = ["Catalog", "Tokens", "open"]


class Tokens(TypedDict, total=False):
    """What a request used, each token counted once, as `modelsync.records.Usage` says."""

    input: int
    output: int
    cache_read: int
    cache_write: int
    cache_write_1h: int
    reasoning: int
    image_input: int
    image_output: int
    audio_input: int
    audio_output: int
    request: int
    web_search: int


def open(folder: str | PathLike[str] = "catalog") -> Catalog:  # noqa: A001
    """Open the catalog that lies in a folder, as the commits of its repository have it.

    Raises modelsync.errors.UsageError where there is none, CatalogError where `sync.yaml` cannot be read.
    """
    from os import fsdecode
    from pathlib import Path

    from modelsync import config
    from modelsync.run.request import Run

    place = config.find(fsdecode(folder), Path.cwd())
    return Catalog(Run.at(place))


class Catalog:
    """A reviewed catalog: what one commit and those before it say. Nothing of it is written."""

    def __init__(self, run: Run, revision: str = "HEAD") -> None:
        self._run, self._revision = run, revision

    def at(self, revision: str) -> Catalog:
        """The catalog of another revision, which knows nothing of what was committed later."""
        return Catalog(self._run, revision)

    def models(self) -> tuple[ReleasedModel, ...]:
        """All models, each with its values (USD per 1M tokens, or per call) and the past of its prices.

        Raises UsageError for an unknown revision, GitRefused where there is no repository, CatalogError.
        """
        from modelsync.jobs import export

        return export.release(self._run, self._revision).models

    def price(
        self,
        model: str,
        *,
        on: date | None = None,
        at: time | None = None,
        service_tier: str = "",
        region: str = "",
        **used: Unpack[Tokens],
    ) -> Priced:
        """Calculate what a request cost on a day (UTC; today unless it is given), to the last digit.

        `model` is `provider/key`, or a name that the model had once. `total` of the answer is decimal text in
        USD, None where a price that is needed is not known, which `unknown` says. Raises UsageError for a
        model that was never in the catalog.
        """
        from modelsync.jobs import past
        from modelsync.records import Usage

        usage = Usage(**used, service_tier=service_tier, region=region)
        day = on or self._run.now.date()
        return past.price(self._run, model, day, usage, at, revision=self._revision)

    def cost(
        self,
        *logs: str | PathLike[str],
        by: tuple[str, ...] = ("model",),
        columns: tuple[str, ...] = (),
        bills: tuple[str, ...] = (),
    ) -> Bill:
        """Calculate what logs of usage cost, each row at the prices of its day, as `modelsync cost` does.

        Raises UsageError for a log that is not there or not understood, and where DuckDB is not installed.
        """
        from os import fsdecode

        from modelsync.jobs import cost, past
        from modelsync.jobs.cost.question import CostRequest

        history = past.read(self._run, self._revision).history
        request = CostRequest(tuple(map(fsdecode, logs)), self._run.now.date(), by, columns, bills)
        return cost.cost(history, request)
