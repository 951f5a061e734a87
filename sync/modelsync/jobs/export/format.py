"""What a format is: one value in each module of this package; and what several of them need."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime
from itertools import pairwise
from typing import Any

import msgspec

from modelsync.history.intervals import eras
from modelsync.records import Prices, Release, ReleasedModel, exact, words_in

_WITHOUT_OUTPUT = {"embeddings", "rerank", "moderation"}


class Exported(msgspec.Struct, frozen=True):
    """The text of a file, and what of the catalog it does not say."""

    text: str
    notices: tuple[str, ...] = ()


class Export(msgspec.Struct, frozen=True):
    """One format that the catalog is exported to."""

    name: str
    make: Callable[[Release, date], Exported]  # as of a day (UTC)
    merge: Callable[[str, str], str] | None = None  # our text into another of the format; raises ValueError


def priced(model: ReleasedModel) -> Iterator[tuple[datetime, datetime | None, Prices]]:
    """The times in which a model had the same prices, the oldest first."""
    for since, until, counting in eras(model.prices):
        yield since, until, Prices({one.field: one.value for one in counting})


def known_on(day: date, release: Release, notices: list[str]) -> Iterator[tuple[ReleasedModel, Prices]]:
    """The models of which a program may be told, with their prices of the day; the others are named.

    These lack a price without which the program would take the model for free.
    """
    for model in release.models:
        prices = model.prices_on(day)
        lacks = _missing(model, prices)
        if lacks:
            notices.append(f"{model.name} has no known {' and '.join(lacks)}, and is left out")
        else:
            yield model, prices


def _missing(model: ReleasedModel, prices: Prices) -> list[str]:
    words = words_in(model.values, "features")
    is_answerless = "chat" not in words and bool(_WITHOUT_OUTPUT.intersection(words))
    needed = ("input",) if is_answerless else ("input", "output")
    return [f"pricing.{kind}" for kind in needed if prices.of(kind) is None]


def dated(model: ReleasedModel, notices: list[str]) -> list[tuple[datetime, Prices]]:
    """From when on which prices counted, the oldest first, for formats in which each ends the one before."""
    known = [one for one in priced(model) if not _missing(model, one[2])]
    if any(until != since for (_, until, _), (since, _, _) in pairwise(known)):
        notices.append(f"{model.name} had no known price at times; that before it is given for these")
    return [(since, prices) for since, _, prices in known]


def dumped(value: Any) -> str:
    """JSON with its numbers in plain decimal, exact."""
    return msgspec.json.format(msgspec.json.encode(exact(value)), indent=1).decode() + "\n"
