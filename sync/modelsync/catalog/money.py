"""What words say of money: the unit that prices are in, and another currency than USD. It reads no file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

import msgspec

from modelsync.records import Money, is_price_field

_WORD = re.compile(r"[a-z]+|\d+[a-z]*")
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
_SEPARATED = re.compile(r"(?<=\d)[,_.' ](?=\d{3}(?!\d))")
_UNITS = {
    "per_1m_tokens": {"1m", "1mm", "million", "millions", "mtok", "mtoken", "mtokens", "1000000", "1e6"},
    "per_1k_tokens": {"1k", "thousand", "thousands", "ktok", "ktoken", "ktokens", "1000", "1e3"},
}
_FACTORS = {"0.000001": "per_1m_tokens", "0.001": "per_1k_tokens"}  # a token's share of what the price is for
_ONE = {"token", "tokens", "tok"}
_OTHERS = (  # what makes another unit of one of these, or a price by something else than tokens
    "hundred billion b cent cents micro nano milli pico microusd microdollars character characters char chars"
    " word words request requests call calls image images page pages second seconds minute minutes hour hours"
)
_OTHER = frozenset(_OTHERS.split())
USD = "USD"
_DOLLAR = re.compile(r"\b(usd|dollars?)\b|\$", re.IGNORECASE)
_OTHER_CURRENCY = re.compile(
    r"\b(cents?|pence|cny|rmb|cnh|yuan|renminbi|eur|euros?|gbp|jpy|yen|inr|rupees?|krw|chf|cad|aud|brl|rub"
    r"|pln|sek|nok|dkk|czk|sgd|hkd|twd|nzd|thb|idr|vnd|zar|mxn|aed|uah|huf|ils|myr|sar|kzt|ngn|pkr|bdt|egp"
    r"|pounds?|sterling|liras?|baht|rupiah|ringgit|pesos?|roubles?|rubles?|zloty|kron(a|or|er))\b"
    r"|\b(au?|ca?|nz|hk|nt|s|r)\$|\brs\."
    r"|[¢£¥฿元円￠￡￥￦\u20a0-\u20cf]|人民币",  # the last block is that of signs of currencies
    re.IGNORECASE,
)


def unit_in(words: str) -> str:
    """The one unit of prices that the words name (`per 1,000 tokens`, `per_mtok`); empty: none, two, or
    another one (`per 100k tokens`, `cents per token`)."""
    if words in _FACTORS:
        return _FACTORS[words]
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
    match = _OTHER_CURRENCY.search(_apart(words))
    return match[0] if match else ""


def _apart(words: str) -> str:
    return _HUMP.sub(" ", words.replace("_", " "))


def currency_in(words: str) -> str:
    """The currency that the words name first (`€2, about $2.3`), USD as that; empty: none."""
    other = _OTHER_CURRENCY.search(words)
    dollar = _DOLLAR.search(words, 0, other.start() if other else len(words))
    return USD if dollar else other[0] if other else ""


# ---------------------------------------------------------------------------- what a file says of its prices

_DOLLARS = {"usd", "us$", "$", "dollar", "dollars", "us dollar", "us dollars"}
_CURRENCY = "currency"  # is in the name of each key that says one: `currency_code`, `input_currency`
_ABOUT_PRICES = frozenset({"billing", "price", "prices", "pricing", "cost", "costs"})  # sections beside them
_ABOUT_ALL = frozenset({"info", "meta", "metadata", "model_info"})  # of which the currency alone is of prices
_OF_PRICES = "pric"  # is in the name of each key whose words may name one: `priced_in`, `price_list`
_LONGEST_NAME = 30  # of a currency
_BY_COMMENT = ", as a comment says"
_PRICING_UNIT_KEYS = {"pricingunit", "priceunit"}
_UNIT_KEYS = {"unit", "units", "per"}  # of prices beside some; elsewhere only where they name such a unit


class Section(msgspec.Struct, frozen=True):
    """One part of the table that leads from the keys of an entry to its fields, with its parts for prices."""

    fields: Mapping[str, Any]
    has_prices: bool
    below: tuple[tuple[str, Section], ...]
    foreign: Mapping[str, str] = {}  # keys of prices that name another currency, which one
    above: str = ""  # the keys that lead here
    aside: frozenset[str] = frozenset()  # the keys beside the fields whose mappings may name a currency

    @classmethod
    def of(cls, table: Mapping[str, Any], above: str = "") -> Section:
        parts = (
            (key, cls.of(below, f"{above} {key}")) for key, below in table.items() if isinstance(below, dict)
        )
        below = tuple((key, part) for key, part in parts if part.has_prices or part.below)
        prices = [key for key, field in table.items() if names_price(field)]
        foreign = {key: currency for key in prices if (currency := other_currency(f"{above} {key}"))}
        aside = (_ABOUT_PRICES | _ABOUT_ALL) - table.keys()
        return cls(table, bool(prices), below, foreign, above, aside)

    def within(self, level: Any) -> Iterator[tuple[Mapping[str, Any], Section]]:
        """A mapping and those below it that hold prices, from the widest, each with its part."""
        if isinstance(level, dict):
            yield level, self
            for key, part in self.below:
                yield from part.within(level.get(key))
            for key in sorted(self.aside & level.keys()):
                beside = level[key]
                if isinstance(beside, dict) and key in _ABOUT_PRICES:
                    yield beside, _BESIDE
                elif isinstance(beside, dict) and _CURRENCY in beside:
                    yield {_CURRENCY: beside[_CURRENCY]}, _BESIDE


_BESIDE = Section({}, True, ())


class MoneyReader(msgspec.Struct, frozen=True):
    """What a file says of its prices down to its top, a provider or an entry: the narrowest word counts."""

    section: Section
    currency: str = ""
    unit: str = ""

    def at(self, level: Any, around: str = "", beside: str = "") -> MoneyReader:
        """Read one level more. A comment around it that names another currency counts unless its keys name
        one; a comment beside its prices goes before its keys."""
        unit = self.unit
        currency = f"{around}{_BY_COMMENT}" if around else self.currency
        for values, section in self.section.within(level):
            for is_unit, words in _spoken(values, section):
                unit = words if is_unit else unit
                currency = other_currency(words) or (currency if is_unit else words)
        currency = f"{beside}{_BY_COMMENT}" if beside else currency
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
        if value is None:
            continue
        if field is not None:
            is_plain = not section.foreign and not isinstance(value, str | list)
            if is_plain or not names_price(field):
                continue
            if currency := section.foreign.get(key) or _in_price(value):
                yield False, currency
        elif _CURRENCY in (name := _plain(str(key))):
            yield False, _currency_of(value)
        elif not isinstance(value, dict | list):
            words = str(value)
            if name in _PRICING_UNIT_KEYS or (name in _UNIT_KEYS and (section.has_prices or unit_in(words))):
                yield True, words
            elif isinstance(value, str) and (currency := _aside(name, value, section)):
                yield False, currency


def _in_price(value: Any) -> str:
    """The other currency in which a price, or an item of a schedule, is written."""
    if isinstance(value, str):
        return other_currency(value)
    items = [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
    named = (other_currency(f"{item[_CURRENCY]}") for item in items if item.get(_CURRENCY))
    return next(filter(None, named), "")


def _currency_of(value: Any) -> str:
    """The one currency that a value names, which may be a mapping (`{code: CNY, symbol: ¥}`) or a list."""
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else (value,)
    texts = [f"{part}" for part in parts if part is not None and not isinstance(part, dict | list)]
    other = next(filter(None, map(other_currency, texts)), "")
    dollars = next((text for text in texts if text.strip().lower() in _DOLLARS), "")
    return other or dollars or next(iter(texts), "")


def _aside(name: str, words: str, section: Section) -> str:
    """The other currency that words at any key name first: beside prices, at a key that is about them, or
    where they are no more than that (`priced_in: CNY`)."""
    if "://" in words:
        return ""
    if section.above or _OF_PRICES in name:
        currency = currency_in(words)
        return "" if currency == USD else currency
    alone = _OTHER_CURRENCY.fullmatch(words.strip()) if len(words) < _LONGEST_NAME else None
    return alone[0] if alone else ""


@lru_cache(1024)
def _plain(key: str) -> str:
    return "".join(filter(str.isalnum, key.lower()))


def names_price(field: object) -> bool:
    """Whether this is the name of a field of prices."""
    return isinstance(field, str) and is_price_field(field)
