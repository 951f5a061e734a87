"""What words say of money: the unit that prices are in, and another currency than USD. It reads no file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from modelsync.records import Money

_WORD = re.compile(r"[a-z]+|\d+[a-z]*")
_SEPARATED = re.compile(r"(?<=\d)[,_.' ](?=\d{3}(?!\d))")
_UNITS = {
    "per_1m_tokens": {"1m", "1mm", "million", "millions", "mtok", "mtoken", "mtokens", "1000000", "1e6"},
    "per_1k_tokens": {"1k", "thousand", "thousands", "ktok", "ktoken", "ktokens", "1000", "1e3"},
}
_ONE = {"token", "tokens", "tok"}
_OTHER_CURRENCY = re.compile(
    r"\b(cny|rmb|cnh|yuan|renminbi|eur|euros?|gbp|jpy|yen|inr|rupees?|krw|chf|cad|aud|brl|rub)\b"
    r"|[¥￥€£₹₩元円]|人民币",
    re.IGNORECASE,
)


def unit_in(words: str) -> str:
    """The one unit of prices that the words name (`per 1,000 tokens`, `per_mtok`); empty: none, or two."""
    parts = set(_WORD.findall(_SEPARATED.sub("", words.lower().replace("__", "_"))))
    named = [unit for unit, names in _UNITS.items() if parts & names]
    if not named and parts & _ONE and parts & {"per", "each", "a", "single", "1"}:
        return "per_token"
    return named[0] if len(named) == 1 else ""


def other_currency(words: str) -> str:
    """The currency that the words name beside USD; empty where they name none."""
    match = _OTHER_CURRENCY.search(words.replace("_", " "))
    return match[0] if match else ""


# ---------------------------------------------------------------------------- what a file says of its prices

_MAY_SPEAK = re.compile(r"currency|unit|\bper\b", re.IGNORECASE)
_DOLLARS = {"usd", "us$", "$", "dollar", "dollars", "us dollar", "us dollars"}
_CURRENCY_KEYS = {"currency", "pricingcurrency", "pricecurrency"}
_PRICING_UNIT_KEYS = {"pricingunit", "priceunit"}
_UNIT_KEYS = {"unit", "units", "per"}  # of prices beside some; elsewhere only where they name such a unit


class MoneyReader:
    """What one file says of its prices: at its top, at a provider, at an entry, and in sections with prices.

    `table` leads from the keys of an entry to its fields: it tells which sections hold prices.
    """

    def __init__(self, text: str, root: Any, table: Mapping[str, Any]) -> None:
        self._root, self._table = root, table
        self._is_silent = not (_MAY_SPEAK.search(text) or other_currency(text))  # as most files are

    def read(self, *levels: Any) -> Money:
        """Give what holds at the last of these levels, from the widest: the narrowest word counts."""
        if self._is_silent:
            return Money()
        currency = unit = ""
        for level in (self._root, *levels):
            for section, below in _sections(level, self._table):
                for is_unit, words in _spoken(section, below):
                    unit = words if is_unit else unit
                    currency = other_currency(words) or (currency if is_unit else words)
        if currency and currency.strip().lower() not in _DOLLARS:
            return Money(foreign=f"its prices are in {currency}")
        known = unit_in(unit)
        return (
            Money(foreign=f"its prices are by another unit: {unit}") if unit and not known else Money(known)
        )


def _spoken(section: Mapping[str, Any], table: Mapping[str, Any]) -> Iterator[tuple[bool, str]]:
    """What the keys of a section say of a unit, or else of a currency."""
    has_prices = any(map(_is_price, table.values()))
    for key, value in section.items():
        if value is None or isinstance(value, dict | list):
            continue
        name, words = "".join(filter(str.isalnum, str(key).lower())), str(value)
        if name in _PRICING_UNIT_KEYS or (name in _UNIT_KEYS and (has_prices or unit_in(words))):
            yield True, words
        elif name in _CURRENCY_KEYS or (_is_price(table.get(key)) and other_currency(words)):
            yield False, words if name in _CURRENCY_KEYS else other_currency(words)


def _sections(level: Any, table: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """A mapping and those below it that hold prices, from the widest, each beside its part of the table."""
    if not isinstance(level, dict):
        return
    yield level, table
    for key, below in table.items():
        if isinstance(below, dict) and _holds_prices(below):
            yield from _sections(level.get(key), below)


def _holds_prices(table: Mapping[str, Any]) -> bool:
    return any(
        _is_price(below) or (isinstance(below, dict) and _holds_prices(below)) for below in table.values()
    )


def _is_price(field: object) -> bool:
    return isinstance(field, str) and field.startswith("pricing.")
