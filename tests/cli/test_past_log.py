"""What a log cost by PyYAML over `git show` alone is what `price` and `cost` say, to the last digit."""

from __future__ import annotations

import csv
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, localcontext
from functools import cache
from typing import Any

import pytest
import yaml

from modelsync.config import find, load
from modelsync.jobs import past
from modelsync.jobs.request_cost import request_cost
from modelsync.records import Usage
from modelsync.run.request import Run
from workplace import Workplace

FIRST, DAYS = date(2026, 3, 1), 40
COUNTS = ("input", "output", "cache_read")
KINDS = ("acme", "bolt")


@dataclass(frozen=True)
class Row:
    """One line of the log, by the name that its model had on that day."""

    day: date
    model: str
    tier: str
    counts: tuple[int, ...]


class Books:
    """A catalog that is committed on most days, some days twice, and a log of its models."""

    def __init__(self, workplace: Workplace) -> None:
        self.workplace, self.random, self.day = workplace, random.Random(12), FIRST
        self.models = {f"{kind}/m{number}": self._entry() for kind in KINDS for number in range(5)}
        for file in workplace.path.glob("catalog/providers/*.yaml"):
            file.unlink()

    def live(self, days: int) -> None:
        for _ in range(days):
            for _ in range(self.random.choice((0, 1, 1, 2))):
                self._change()
                self._commit()
            self.day += timedelta(1)

    def rows(self, count: int) -> list[Row]:
        last = (self.day - FIRST).days
        return [
            Row(
                FIRST + timedelta(self.random.randrange(-2, last)),
                self.random.choice([*self.models, "acme/m0", "acme/renamed"]),
                self.random.choice(("", "", "batch")),
                tuple(self.random.choice((0, self.random.randrange(1, 400_000))) for _ in COUNTS),
            )
            for _ in range(count)
        ]

    def _entry(self) -> dict[str, Any]:
        price = self._price
        pricing: dict[str, Any] = {name: price() for name in COUNTS}
        if self.random.random() < 0.4:
            pricing["tiers"] = [
                {"above": above, "input": price(), "output": price()} for above in (200_000, 300_000)
            ]
        if self.random.random() < 0.5:
            pricing["variants"] = [{"when": {"service_tier": "batch"}, "factor": "0.5", "output": price()}]
        if self.random.random() < 0.3:
            pricing["factor"] = "0.83"
        return {"model": f"id-{self.random.random()}", "pricing": pricing}

    def _price(self) -> str:
        return str(Decimal(self.random.randrange(1, 4000)) / 800)

    def _change(self) -> None:
        for name in self.random.sample(sorted(self.models), 3):
            pricing = self.models[name]["pricing"]
            pricing[self.random.choice(COUNTS)] = self._price()
        if (self.day - FIRST).days == 20 and "acme/m0" in self.models:
            self.models["acme/renamed"] = self.models.pop("acme/m0")
            del self.models["bolt/m1"]
            self.models["acme/late"] = self._entry()

    def _commit(self) -> None:
        for kind in KINDS:
            entries = {
                name.partition("/")[2]: entry for name, entry in self.models.items() if name.startswith(kind)
            }
            text = yaml.safe_dump({"providers": {kind: {"models": entries}}}, sort_keys=False)
            (self.workplace.path / f"catalog/providers/{kind}.yaml").write_text(text.replace("'", ""))
        team = self.workplace.team
        team.git("add", "--all")
        team.git("commit", "-q", "--allow-empty", "-m", "A day", f"--date={self.day}T15:00:00Z")


def by_hand(workplace: Workplace, rows: list[Row]) -> list[Decimal | None]:
    """The cost of each row by the file that git has for its day; None where that states no price."""
    lines = workplace.team.git("log", "--reverse", "--format=%H %aI", "--grep=^A day$").splitlines()
    commits = [(datetime.fromisoformat(at).astimezone(UTC).date(), sha) for sha, at in map(str.split, lines)]

    @cache
    def document(sha: str, provider: str) -> Any:
        text = workplace.team.git("show", f"{sha}:catalog/providers/{provider}.yaml")
        return yaml.load(text, Loader=yaml.BaseLoader)["providers"][provider]["models"]

    def cost(row: Row) -> Decimal | None:
        before = [sha for day, sha in commits if day <= row.day]
        provider, _, key = row.model.partition("/")
        entry = document(before[-1], provider).get(key) if before else None
        return None if entry is None else _cost(entry["pricing"], row)

    with localcontext(prec=60):
        return [cost(row) for row in rows]


def _cost(pricing: dict[str, Any], row: Row) -> Decimal | None:
    prices = {name: pricing[name] for name in COUNTS}
    for tier in pricing.get("tiers", ()):
        if row.counts[0] + row.counts[2] > int(tier["above"]):
            prices |= {name: tier[name] for name in ("input", "output")}
    numbers = {name: Decimal(price) for name, price in prices.items()}
    if row.tier:
        if "variants" not in pricing:
            return Decimal() if not any(row.counts) else None
        numbers = {name: number / 2 for name, number in numbers.items()}
        numbers["output"] = Decimal(pricing["variants"][0]["output"])
    total = sum((numbers[name] * count for name, count in zip(COUNTS, row.counts, strict=True)), Decimal())
    return total * Decimal(pricing.get("factor", 1)) / 1_000_000


def by_history(workplace: Workplace, rows: list[Row]) -> list[Decimal | None]:
    place = find(str(workplace.path / "catalog"), workplace.path)
    known = past.read(Run(place=place, config=load(place), now=datetime(2027, 1, 1, tzinfo=UTC)))

    def cost(row: Row) -> Decimal | None:
        moment = datetime(row.day.year, row.day.month, row.day.day, 23, tzinfo=UTC)
        values = known.history.values_at(known.model(row.model), moment)
        usage = Usage(**dict(zip(COUNTS, row.counts, strict=True)), service_tier=row.tier)
        return request_cost(values, usage, moment).total if values else None

    return [cost(row) for row in rows]


@pytest.fixture
def books(workplace: Workplace) -> Books:
    books = Books(workplace)
    books.live(DAYS)
    return books


def test_each_row_costs_what_the_files_of_its_day_say(books):
    rows = [row for row in books.rows(400) if _is_named_on_its_day(row)]
    expected = by_hand(books.workplace, rows)

    assert by_history(books.workplace, rows) == expected
    assert sum(cost is None for cost in expected) < len(rows) / 2
    for row, cost in list(zip(rows, expected, strict=True))[:12]:
        words = [
            word
            for name, count in zip(COUNTS, row.counts, strict=True)
            for word in (f"--{name.replace('_', '-')}", str(count))
        ]
        tier = ["--service-tier", row.tier] if row.tier else []
        total = books.workplace.run("price", row.model, "--on", str(row.day), *words, *tier, "--json").json[
            "total"
        ]
        assert (None if total is None else Decimal(total)) == cost


def test_the_total_of_the_log_is_the_sum_of_its_rows(books):
    rows = [row for row in books.rows(300) if _is_named_on_its_day(row)]
    with (books.workplace.path / "log.csv").open("w") as file:
        writer = csv.writer(file)
        writer.writerow(
            ["date", "model", "service_tier", "input_tokens", "output_tokens", "cache_read_input_tokens"]
        )
        writer.writerows([row.day, row.model, row.tier, *row.counts] for row in rows)
    ran = books.workplace.run("cost", "log.csv", "--json")
    assert ran.code == 0, ran.err
    expected = by_hand(books.workplace, rows)

    assert Decimal(ran.json["total"]) == sum(cost for cost in expected if cost is not None)


def test_thirty_more_days_change_nothing_of_it(books):
    rows = books.rows(300)
    before = by_history(books.workplace, rows)
    books.live(30)

    assert by_history(books.workplace, rows) == before


def test_a_correction_changes_exactly_the_rows_that_it_names(books):
    rows = books.rows(600)
    before = by_history(books.workplace, rows)
    name = "bolt/m2"
    intervals = books.workplace.run("history", name, "--json").json["intervals"]
    wrong = [one for one in intervals if one["field"] == "pricing.output"][-1]
    ran = books.workplace.run("correct", f"{name}:pricing.output", "123.456")
    assert ran.code == 0, ran.err

    changed = {
        row
        for row, old, new in zip(rows, before, by_history(books.workplace, rows), strict=True)
        if old != new
    }
    meant = set(_meant(books, rows, name, date.fromisoformat(wrong["since"][:10])))
    assert changed == meant
    assert meant


def _meant(books: Books, rows: list[Row], name: str, since: date) -> Iterator[Row]:
    """The rows at whose cost the list price of output had a part."""
    pricing = books.models[name]["pricing"]
    for row in rows:
        has_tier = any(row.counts[0] + row.counts[2] > tier["above"] for tier in pricing.get("tiers", ()))
        if row.model == name and row.day >= since and row.counts[1] and not row.tier and not has_tier:
            yield row


def _is_named_on_its_day(row: Row) -> bool:
    """A model that was renamed goes by its new name too, which no file of before has."""
    return row.model not in ("acme/m0", "acme/renamed") or (row.model == "acme/m0") == (
        (row.day - FIRST).days < 20
    )
