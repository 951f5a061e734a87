"""Makes a series of daily lists out of the recorded one, with the kind of news that real lists bring.

The rates are those of 126 pairs of consecutive real lists: prices of 1 to 12 models a day, now and then one
that goes and comes back, crosses zero, or moves by a mistake of units; limits that shrink; models that come,
go, and come back; a list in another order.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from bench.catalogs import RECORDED

FIRST = date(2026, 1, 1)
_USUAL = ("0.8", "0.9", "1.1", "1.25", "1.5")  # how a price moves on most days
_MISTAKES = ("10", "1000", "0.000001", "0", "-1")  # and how it must not

Row = dict[str, Any]


def write(folder: Path, days: int, *, seed: int = 1) -> None:
    """The lists as files that are named by their days. The same seed makes the same series."""
    for day, rows in enumerate(_days(days, random.Random(seed))):
        path = folder / f"{FIRST + timedelta(days=day)}.json"
        path.write_text(json.dumps({"data": rows}))


def _days(days: int, chance: random.Random) -> Iterator[list[Row]]:
    rows: dict[str, Row] = {row["id"]: row for row in json.loads(RECORDED.read_bytes())["data"]}
    away = {id_: rows.pop(id_) for id_ in chance.sample(sorted(rows), 60)}
    passing: list[Row] = []  # rows as they were before a mistake of one day
    for _ in range(days):
        yield chance.sample(list(rows.values()), len(rows))
        for row in passing:
            rows[row["id"]] = row
        passing = []
        _move(rows, chance)
        if chance.random() < 0.3:
            passing.append(_mistake(rows, chance))
        _come_and_go(rows, away, chance)


def _move(rows: dict[str, Row], chance: random.Random) -> None:
    """New prices and limits of some models."""
    for id_ in chance.sample(sorted(rows), chance.randint(1, 8)):
        row = rows[id_] = _copy(rows[id_])
        factor = Decimal(chance.choice(_USUAL))
        for key, price in row["pricing"].items():
            if isinstance(price, str) and Decimal(price) > 0:
                row["pricing"][key] = f"{Decimal(price) * factor:f}"
        if chance.random() < 0.1:
            row["context_length"] = max(1024, (row["context_length"] or 0) * chance.choice((1, 2, 4)) // 2)


def _mistake(rows: dict[str, Row], chance: random.Random) -> Row:
    """One model says nonsense for a day. The row as it was."""
    id_ = chance.choice(sorted(id_ for id_, row in rows.items() if Decimal(row["pricing"]["prompt"]) > 0))
    before, row = rows[id_], _copy(rows[id_])
    wrong = chance.choice(_MISTAKES)
    price = Decimal(row["pricing"]["prompt"])
    row["pricing"]["prompt"] = wrong if wrong in ("0", "-1") else f"{price * Decimal(wrong):f}"
    rows[id_] = row
    return before


def _come_and_go(rows: dict[str, Row], away: dict[str, Row], chance: random.Random) -> None:
    for here, there in ((rows, away), (away, rows)):
        for id_ in chance.sample(sorted(here), min(len(here), chance.randint(0, 3))):
            there[id_] = here.pop(id_)


def _copy(row: Row) -> Row:
    copied: Row = json.loads(json.dumps(row))
    return copied
