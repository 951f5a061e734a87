"""What sums of usage cost: each is calculated exactly, or is said why not. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, time
from decimal import Decimal

import msgspec

from modelsync.jobs.cost.names import Meaning, Names
from modelsync.jobs.cost.sql import (
    FAULTS,
    HOURLESS,
    NO_AMOUNT,
    NOT_ASKED,
    OTHER,
    OTHER_CURRENCY,
    SUMMED,
    UNREADABLE,
)
from modelsync.jobs.request_cost import request_cost
from modelsync.records import (
    EXACT,
    Bill,
    CostLine,
    NameMet,
    RequestCost,
    Tier,
    Unpriced,
    Usage,
    Value,
    Variant,
    Window,
    scheduled,
    sum_of,
)

RESOLVED = ("model", "provider", "name")  # what rows can be grouped by once their names are understood


class Sums(msgspec.Struct, frozen=True):
    """Rows of a log that have one price: how they were asked, and their tokens added up."""

    meaning: int | None = None
    provider: str = ""
    name: str = ""
    service_tier: str = ""
    region: str = ""
    prompt: int = 0  # tokens: the least that are priced alike
    minute: int = 0  # of the day: the first that is priced alike
    kinds: int = 0  # a bit for each of COUNTS that they have
    flags: int = 0
    fault: int = 0
    by: tuple[str, ...] = ()
    rows: int = 0
    billed: Decimal | None = None  # USD, as the log says
    counts: dict[str, int] = {}


class Verdict(msgspec.Struct, frozen=True):
    """How sums are priced: calculated, or why not and what would help."""

    meaning: Meaning = Meaning()
    cost: RequestCost | None = None
    reason: str = ""
    advice: str = ""

    @property
    def total(self) -> Decimal | None:
        """USD; None where it is not known."""
        return self.cost.total if self.cost else None


class Ledger:
    """Adds up what is calculated, by group."""

    def __init__(
        self, names: Names, providers: set[str], by: tuple[str, ...], *, has_bills: bool = False
    ) -> None:
        self._names, self._providers, self._by, self._has_bills = names, providers, by, has_bills
        self._rows, self._unpriced = Counter[tuple[str, ...]](), Counter[tuple[str, ...]]()
        self._amounts: dict[tuple[str, ...], Decimal] = {}
        self._billed: dict[tuple[str, ...], Decimal] = {}
        self._reasons, self._met = Counter[tuple[str, str, str]](), Counter[tuple[str, str, str]]()
        self._left_out = Counter[int]()

    def add(self, every: Iterable[Sums]) -> None:
        for sums in every:
            if sums.fault in (OTHER, NOT_ASKED):
                self._left_out[sums.fault] += sums.rows
                continue
            verdict = self.verdict(sums)
            group = self._group(sums, verdict.meaning)
            self._rows[group] += sums.rows
            if sums.billed is not None and not self._has_bills:
                self._billed[group] = EXACT.add(self._billed.get(group, Decimal()), sums.billed)
            if verdict.meaning.model:
                self._met[_full(sums), verdict.meaning.model, verdict.meaning.by] += sums.rows
            if verdict.total is None:
                self._unpriced[group] += sums.rows
                self._reasons[_full(sums), verdict.reason, verdict.advice] += sums.rows
            else:
                self._amounts[group] = EXACT.add(self._amounts.get(group, Decimal()), verdict.total)

    def verdict(self, sums: Sums) -> Verdict:
        """Calculate sums, or say why they cannot be."""
        if sums.fault:
            return Verdict(Meaning(), None, *FAULTS[sums.fault])
        meaning = self._meaning(sums)
        if not meaning.model:
            return Verdict(meaning, None, meaning.fault, _help(meaning.fault))
        unclear = _unclear(sums, meaning)
        if unclear:
            return Verdict(meaning, None, unclear, "Give the log request by request.")
        moment = datetime.combine(self._names.first, time(*divmod(sums.minute, 60)), UTC)
        usage = Usage(**sums.counts, service_tier=sums.service_tier, region=sums.region)
        cost = request_cost(meaning.values, usage, moment, prompt=sums.prompt)
        missing = f"{meaning.model} had no {', no '.join(cost.missing)} in USD" if cost.missing else ""
        advice = "State the price in USD, and since when: `# modelsync: since DATE`." if missing else ""
        return Verdict(meaning, cost, missing, advice)

    def _meaning(self, sums: Sums) -> Meaning:
        if sums.meaning is not None:
            return self._names.meanings[sums.meaning]
        if sums.provider and sums.provider not in self._providers:
            return Meaning(fault=f"the catalog never had a provider {sums.provider}")
        return Meaning(fault="the catalog never had a model of that name")

    def _group(self, sums: Sums, meaning: Meaning) -> tuple[str, ...]:
        own = iter(sums.by)
        resolved = {
            "model": meaning.model or _full(sums),
            "provider": meaning.model.partition("/")[0] or sums.provider,
            "name": _full(sums),
        }
        return tuple(resolved[one] if one in RESOLVED else next(own) for one in self._by)

    def add_bill(self, every: Iterable[Sums]) -> None:
        """Put the amounts of a bill beside what was calculated."""
        for sums in every:
            if sums.fault in (OTHER_CURRENCY, UNREADABLE):
                self._left_out[sums.fault] += sums.rows
            elif sums.flags & NO_AMOUNT:
                self._left_out[_NO_AMOUNT] += sums.rows
            elif sums.billed is not None:
                group = self._group(sums, self._meaning(sums))
                self._billed[group] = EXACT.add(self._billed.get(group, Decimal()), sums.billed)

    def bill(self, notices: Iterable[str]) -> Bill:
        """All that was added up: the groups that cost most first."""
        lines = [
            CostLine(
                *(group, self._rows[group], self._unpriced[group]),
                *(self._amounts.get(group), self._billed.get(group)),
            )
            for group in {**self._rows, **self._billed}
        ]
        lines.sort(key=lambda line: (-(line.amount or 0), line.by))
        left_out = (_LEFT_OUT[fault].format(rows) for fault, rows in sorted(self._left_out.items()))
        return Bill(
            by=self._by,
            lines=tuple(lines),
            rows=self._rows.total(),
            total=sum_of(self._amounts.values()) if self._amounts else None,
            reasons=tuple(
                Unpriced(name, reason, rows, advice)
                for (name, reason, advice), rows in _ranked(self._reasons)
            ),
            names=tuple(NameMet(*met, rows) for met, rows in _ranked(self._met)),
            notices=(*notices, *left_out),
        )


def _ranked(counts: Counter[tuple[str, str, str]]) -> list[tuple[tuple[str, str, str], int]]:
    """The most frequent first, those of one number in the order of their names."""
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


_NO_AMOUNT = OTHER_CURRENCY + 1
_LEFT_OUT = {
    OTHER: "rows that speak of no model, left out: {:,}",
    NOT_ASKED: "rows that the proxy's own cache answered, at no cost: {:,}",
    UNREADABLE: "rows of the bill that cannot be read, left out: {:,}",
    OTHER_CURRENCY: "rows of the bill in another currency than USD, left out: {:,}",
    _NO_AMOUNT: "rows of the bill whose amount is no number, left out: {:,}",
}


def _help(fault: str) -> str:
    if fault.startswith("it may be"):
        return "Does the log name the provider? `--columns provider=COLUMN`."
    return "" if fault.startswith("not") else "Write the name at its model: `aliases: [NAME]`."


def schedules_of(values: Mapping[str, Value]) -> list[Tier | Window | Variant]:
    """The tiers, windows and variants of a model."""
    return [*scheduled(values, Tier), *scheduled(values, Window), *scheduled(values, Variant)]


def _unclear(sums: Sums, meaning: Meaning) -> str:
    """Why sums over several requests or hours cannot be priced: their prices are not the same for all."""
    if sums.flags & SUMMED and any(
        isinstance(one, Tier | Variant) and 0 < one.above < sums.prompt
        for one in schedules_of(meaning.values)
    ):
        return "it adds up requests, and which of them were long enough for the next tier is not known"
    if sums.flags & HOURLESS and meaning.values.get("pricing.windows"):
        return "its price depends on the hour, which is not known"
    return ""


def _full(sums: Sums) -> str:
    return f"{sums.provider}/{sums.name}" if sums.provider and sums.name else sums.name
