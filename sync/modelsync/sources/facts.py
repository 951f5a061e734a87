"""What one row of an upstream list says: values of fields, what is no value, and what nobody knows yet."""

from __future__ import annotations

from collections.abc import Callable, Collection, Container, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from modelsync.records import Model, Tier, Unusable, Value, Variant, Window, text_of
from modelsync.sources import payload
from modelsync.sources.payload import NoValue

Fields = Mapping[str, tuple[str, Callable[[Any], Value]]]  # by a row's key: the field, and what reads it
Prices = Mapping[str, str]  # by a row's key: the price, without `pricing.`
TEXTS = ("name", "description")
MOST_NOTED = 1_000  # keys or words of one row that nobody knows


class Facts:
    """The facts of one row, field by field; `unknown` has a line for each thing that nobody here knows."""

    def __init__(self) -> None:
        self.values: dict[str, Value] = {}
        self.unusable: list[Unusable] = []
        self.unknown: list[str] = []

    def take(self, field: str, read: Callable[[Any], Value], value: Any) -> None:
        """Read a value of a field; where `read` gives None, or another value was read before, it has none."""
        earlier = self.values.get(field)
        try:
            fact = read(value)
        except NoValue as fault:
            self.refuse(field, value, str(fault))
            return
        if fact is not None:
            self.values[field] = fact
        if earlier is not None and fact not in (None, earlier):
            self.refuse(field, value, "two different prices for the same")

    def take_fields(self, row: Mapping[str, Any], fields: Fields) -> None:
        """Read the fields of a row, each from the first of its keys that holds anything."""
        taken = set[str]()
        for key, (field, read) in fields.items():
            value = row.get(key)
            if value is None:
                continue
            if field in TEXTS:
                self.unknown += [f"{key} {remark}" for remark in payload.remarks(value)]
            if field not in taken:
                taken.add(field)
                self.take(field, read, value)

    def take_prices(
        self,
        pricing: Mapping[str, Any],
        prices: Prices,
        read: Callable[[Any], Decimal],
        silent: Container[str] = (),
    ) -> None:
        """Read the prices that are there, null included: that is no price, and said so; of those whose
        zero is `silent`, it says nothing."""
        for key in (key for key in prices if key in pricing):
            value = (lambda sent: read(sent) or None) if key in silent else read
            self.take(f"pricing.{prices[key]}", value, pricing[key])

    def refuse(self, field: str, value: Any, reason: str) -> None:
        """Leave a field without a value, and say why what was sent cannot be used."""
        self.values.pop(field, None)
        self.unusable.append(Unusable(field, payload.shown(value), reason))

    def note(self, where: str, words: Iterable[str], *known: Collection[str]) -> None:
        """Note the words that are in none of the known ones."""
        unknown = list(words)
        for one in known:
            unknown = [word for word in unknown if word not in one]
        self.unknown += [f"unknown {where}{payload.shown(word)}" for word in unknown[:MOST_NOTED]]

    def model(
        self,
        id_: str,
        canonical: str = "",
        repeats: str = "",
        weak: Iterable[str] = (),
        *,
        names: tuple[str, ...] = (),
        deprecated: bool = False,
    ) -> Model:
        """Give the model of this id with these facts. A list without end is none, nor is a schedule with two
        prices for one condition."""
        for field, value in [*self.values.items()]:
            if isinstance(value, tuple) and len(value) > payload.MOST_ITEMS:
                self.refuse(field, value, f"more than {payload.MOST_ITEMS} items")
            elif isinstance(value, tuple) and _says_two(value):
                self.refuse(field, text_of(value), "two prices for one condition")
        return Model(
            id_,
            self.values,
            canonical,
            tuple(self.unusable),
            frozenset(weak) & self.values.keys(),
            repeats,
            names,
            deprecated,
        )


def _says_two(schedule: tuple[object, ...]) -> bool:
    conditions = [item.condition for item in schedule if isinstance(item, Tier | Window | Variant)]
    return len(set(conditions)) < len(conditions)


def tier(above: Any, entry: Mapping[str, Any], prices: Prices, read: Callable[[Any], Decimal]) -> Tier:
    """Give the prices of an entry that count above a number of tokens. Raises `NoValue` for no number."""
    tokens = length(above)
    return Tier(tokens, {price: read(entry[key]) for key, price in prices.items() if key in entry})


def length(above: Any) -> int:
    """Read the tokens above which a tier begins. Raises `NoValue` for no number."""
    tokens = payload.count(above)
    if tokens is None:
        raise NoValue("a tier from no length on")
    return tokens


def overlap(windows: Sequence[Window]) -> bool:
    """Tell whether some minute of the day lies in two of the windows."""
    spans = [(start, (end - start) % 1440 or 1440) for start, end in (one.minutes for one in windows)]
    total = sum(lasting for _, lasting in spans)
    if total > 1440:
        return True
    return len({(start + minute) % 1440 for start, lasting in spans for minute in range(lasting)}) < total
