"""What words say of money: the unit that prices are in, and another currency than USD. It reads no file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

import msgspec

from modelsync.records import Money

_WORD = re.compile(r"[a-z]+|\d+[a-z]*")
_SEPARATED = re.compile(r"(?<=\d)[,_.' ](?=\d{3}(?!\d))")
_UNITS = {
    "per_1m_tokens": {"1m", "1mm", "million", "millions", "mtok", "mtoken", "mtokens", "1000000", "1e6"},
    "per_1k_tokens": {"1k", "thousand", "thousands", "ktok", "ktoken", "ktokens", "1000", "1e3"},
}
_ONE = {"token", "tokens", "tok"}
_OTHER = {  # what makes another unit of one of these, or a price by something else than tokens
    *(
        "hundred",
        "billion",
        "b",
        "cent",
        "cents",
        "micro",
        "nano",
        "milli",
        "pico",
        "microusd",
        "microdollars",
    ),
    *("character", "characters", "char", "chars", "word", "words", "request", "requests", "call", "calls"),
    *("image", "images", "page", "pages", "second", "seconds", "minute", "minutes", "hour", "hours"),
}
USD = "USD"
_DOLLAR = re.compile(r"\b(usd|dollars?)\b|\$", re.IGNORECASE)
_OTHER_CURRENCY = re.compile(
    r"\b(cents?|pence|cny|rmb|cnh|yuan|renminbi|eur|euros?|gbp|jpy|yen|inr|rupees?|krw|chf|cad|aud|brl|rub"
    r"|pln|sek|nok|dkk|czk|sgd|hkd|twd|nzd|thb|idr|vnd|zar|mxn|aed|uah)\b"
    r"|\b(au?|ca?|nz|hk|nt|s|r)\$"
    r"|[¢¥￥€£₹₩元円]|人民币",
    re.IGNORECASE,
)


def unit_in(words: str) -> str:
    """The one unit of prices that the words name (`per 1,000 tokens`, `per_mtok`); empty: none, two, or
    another one (`per 100k tokens`, `cents per token`)."""
    parts = _parts(words)
    named = [unit for unit, names in _UNITS.items() if parts & names]
    if names_another_unit(words):
        return ""
    if not named and parts & _ONE and parts & {"per", "each", "a", "single", "1"}:
        return "per_token"
    return named[0] if len(named) == 1 else ""


def names_another_unit(words: str) -> bool:
    """Whether the words speak of a size or a thing that no unit of prices here is of."""
    numbers = {part for part in _parts(words) if part[0].isdigit()}
    return bool(numbers - {"1"}.union(*_UNITS.values()) or _parts(words) & _OTHER)


def _parts(words: str) -> set[str]:
    return set(_WORD.findall(_SEPARATED.sub("", words.lower().replace("__", "_"))))


def other_currency(words: str) -> str:
    """The currency that the words name beside USD, cents too; empty where they name none."""
    match = _OTHER_CURRENCY.search(words.replace("_", " "))
    return match[0] if match else ""


def currency_in(words: str) -> str:
    """The currency that the words name first (`€2, about $2.3`), USD as that; empty: none."""
    other = _OTHER_CURRENCY.search(words)
    dollar = _DOLLAR.search(words, 0, other.start() if other else len(words))
    return USD if dollar else other[0] if other else ""


# ---------------------------------------------------------------------------- what a file says of its prices

_DOLLARS = {"usd", "us$", "$", "dollar", "dollars", "us dollar", "us dollars"}
_CURRENCY = "currency"  # is in the name of each key that says one: `currency_code`, `input_currency`
_ABOUT_PRICES = frozenset({"billing", "price", "prices", "pricing", "cost", "costs"})  # sections beside them
_PRICING_UNIT_KEYS = {"pricingunit", "priceunit"}
_UNIT_KEYS = {"unit", "units", "per"}  # of prices beside some; elsewhere only where they name such a unit


class Section(msgspec.Struct, frozen=True):
    """One part of the table that leads from the keys of an entry to its fields, with its parts for prices."""

    fields: Mapping[str, Any]
    has_prices: bool
    below: tuple[tuple[str, Section], ...]

    @classmethod
    def of(cls, table: Mapping[str, Any]) -> Section:
        parts = ((key, cls.of(below)) for key, below in table.items() if isinstance(below, dict))
        below = tuple((key, part) for key, part in parts if part.has_prices or part.below)
        return cls(table, any(map(names_price, table.values())), below)

    def within(self, level: Any) -> Iterator[tuple[Mapping[str, Any], Section]]:
        """A mapping and those below it that hold prices, from the widest, each with its part."""
        if isinstance(level, dict):
            yield level, self
            for key, part in self.below:
                yield from part.within(level.get(key))
            for key in sorted(_ABOUT_PRICES & level.keys() - self.fields.keys()):
                if isinstance(level[key], dict):
                    yield level[key], _BESIDE


_BESIDE = Section({}, True, ())


class MoneyReader(msgspec.Struct, frozen=True):
    """What a file says of its prices down to its top, a provider or an entry: the narrowest word counts."""

    section: Section
    currency: str = ""
    unit: str = ""

    def at(self, level: Any, remark: str = "") -> MoneyReader:
        """Read one level more; a comment there that names another currency goes before its keys."""
        currency, unit = self.currency, self.unit
        for values, section in self.section.within(level):
            for is_unit, words in _spoken(values, section):
                unit = words if is_unit else unit
                currency = other_currency(words) or (currency if is_unit else words)
        currency = f"{remark}, as a comment says" if remark else currency
        same = currency == self.currency and unit == self.unit
        return self if same else MoneyReader(self.section, currency, unit)

    @property
    def money(self) -> Money:
        """Give what holds here."""
        if self.currency and self.currency.strip().lower() not in _DOLLARS:
            return Money(foreign=f"its prices are in {self.currency}")
        known = unit_in(self.unit) if self.unit else ""
        if self.unit and not known:
            return Money(foreign=f"its prices are by another unit: {self.unit}")
        return Money(known)


def _spoken(values: Mapping[str, Any], section: Section) -> Iterator[tuple[bool, str]]:
    """What the keys of a section say of a unit, or else of a currency."""
    for key, value in values.items():
        field = section.fields.get(key)
        if isinstance(field, str):
            if isinstance(value, str) and names_price(field) and (currency := other_currency(value)):
                yield False, currency
        elif value is not None and not isinstance(value, dict | list):
            name, words = _plain(str(key)), str(value)
            if _CURRENCY in name:
                yield False, words
            elif name in _PRICING_UNIT_KEYS or (
                name in _UNIT_KEYS and (section.has_prices or unit_in(words))
            ):
                yield True, words


@lru_cache(1024)
def _plain(key: str) -> str:
    return "".join(filter(str.isalnum, key.lower()))


def names_price(field: object) -> bool:
    """Whether this is the name of a field of prices."""
    return isinstance(field, str) and field.startswith("pricing.")
