"""What words say of money: the unit that prices are in, and another currency than USD. It reads no file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

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


class Money(msgspec.Struct, frozen=True):
    """What an entry says of its own prices: a unit that it names, and why they are not ours to write."""

    unit: str = ""
    foreign: str = ""


_DOLLARS = {"usd", "us$", "$", "dollar", "dollars", "us dollar", "us dollars"}
_UNIT_KEYS = {"unit", "units", "pricingunit", "priceunit", "per"}
_CURRENCY_KEYS = {"currency", "pricingcurrency", "pricecurrency"}


def money_of(entry: Mapping[str, Any], provider: Mapping[str, Any]) -> Money:
    """What an entry, its sections or its provider say of its prices; the narrowest counts."""
    unit, currency = "", ""
    for place, key, value in _scalars(entry, provider):
        if key in _CURRENCY_KEYS:
            currency = value
        elif key in _UNIT_KEYS and (place or key != "per"):
            unit = value
        elif place == "section" and any(map(str.isdigit, value)) and other_currency(value):
            currency = other_currency(value)
    if currency and currency.strip().lower() not in _DOLLARS:
        return Money(foreign=f"its prices are in {currency}")
    known = unit_in(unit) if unit else ""
    return Money(foreign=f"its prices are by another unit: {unit}") if unit and not known else Money(known)


def _scalars(entry: Mapping[str, Any], provider: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Where, under which key and what is said: of the provider only of its prices by name, then of the entry,
    then of the sections of it that hold prices."""
    for key, value in provider.items():
        name = _plain(key)
        if name in _CURRENCY_KEYS | {"pricingunit", "priceunit"} and not isinstance(value, dict | list):
            yield "", name, str(value)
    for key, value in entry.items():
        if isinstance(value, dict):
            continue
        yield "entry", _plain(key), str(value)
    for section in (value for value in entry.values() if isinstance(value, dict)):
        for key, value in section.items():
            if not isinstance(value, dict | list):
                yield "section", _plain(key), str(value)


def _plain(key: object) -> str:
    return "".join(filter(str.isalnum, str(key).lower()))
