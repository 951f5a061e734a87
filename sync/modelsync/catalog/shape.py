"""What the keys of an entry are called, and how its values are written."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
from msgspec.structs import replace

from modelsync import yamledit
from modelsync.records import (
    BASE,
    CONDITIONS,
    FIELDS,
    PRICING_UNITS,
    UPSTREAM_PREFIX,
    USUAL_UNIT,
    Kind,
    Scheduled,
    Tier,
    Unreadable,
    Value,
    Variant,
    Window,
    kind_of,
    shifted,
    text_of,
)

Keys = tuple[str, ...]  # from an entry down

UPSTREAM = "upstream"  # the key that holds the ids by which an entry is followed

_FLOW_SECTIONS = (UPSTREAM, "modalities")
_DATE = re.compile(r"\d{4}(-\d{2}){0,2}")
_NUMBER = re.compile(r"[+-]?\d+(_\d+)*(\.\d+)?([eE][+-]?\d{1,3})?", re.ASCII)
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d", re.ASCII)
_MOST_TOKENS = 2**63


class Shape(msgspec.Struct, frozen=True):
    """The key names that a team uses for the fields, and the unit of its prices."""

    pricing_unit: str = USUAL_UNIT
    keys: dict[str, str] = {}  # field -> dotted key inside an entry, where it is not the field's name
    follows: str = ""  # the file with the followed ids, where entries have none

    @property
    def exponent(self) -> int:
        return PRICING_UNITS[self.pricing_unit]

    def with_unit(self, unit: str) -> Shape:
        """The shape of an entry that names the unit of its own prices."""
        return replace(self, pricing_unit=unit) if unit else self

    def keys_of(self, field: str) -> Keys:
        """The keys inside an entry that lead to a field."""
        if field in self.keys:
            return tuple(self.keys[field].split("."))
        if field.startswith(UPSTREAM_PREFIX):
            return (UPSTREAM, field.removeprefix(UPSTREAM_PREFIX))
        return tuple(field.split("."))

    def table(self) -> dict[str, Any]:
        """Keys of an entry, in the order of the fields -> the field there, or the same one level down."""
        table: dict[str, Any] = {}
        for field in FIELDS:
            *sections, last = self.keys_of(field)
            level = table
            for section in sections:
                level = level.setdefault(section, {})
            level[last] = field
            table |= {key: table.get(key, {}) for key in (BASE, UPSTREAM)}  # after `model`
        return table

    def decode(self, field: str, raw: Any) -> Value:
        """What a file says of a field. Prices become USD per 1M tokens."""
        if raw is None:
            return None
        try:
            return _BY_FIELD.get(field, _text)(raw, self.exponent)
        except (TypeError, ValueError, KeyError, ArithmeticError):
            return unreadable(raw)

    def encode(self, field: str, value: Any) -> yamledit.Value:
        """A value as the file has it."""
        kind = kind_of(field)
        match value:
            case Decimal() if kind is Kind.TOKEN_PRICE:
                return shifted(value, -self.exponent)
            case str() if kind is Kind.DATE:
                return day(value) or value
            case tuple():
                return [item if isinstance(item, str) else self.scheduled(item) for item in value]
            case _:
                return value  # type: ignore[no-any-return]

    def entry_value(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        """A whole new entry, its keys in the order of the fields."""
        entry: dict[str, Any] = {}
        for field, value in fields.items():
            *sections, last = self.keys_of(field)
            level = entry
            for section in sections:
                level = level.setdefault(section, {})
            level[last] = self.encode(field, value)
        return {key: yamledit.Flow(value) if key in _FLOW_SECTIONS else value for key, value in entry.items()}

    def scheduled(self, item: Scheduled) -> yamledit.Flow:
        """A tier, window or variant as the file has it."""
        prices = {name: self.encode(f"pricing.{name}", price) for name, price in item.prices.items()}
        if isinstance(item, Tier):
            return yamledit.Flow({"above": item.above, **prices})
        if isinstance(item, Variant):
            length = {"above": item.above} if item.above else {}
            return yamledit.Flow({"when": yamledit.Flow(item.conditions | length), **prices})
        return yamledit.Flow({"utc_start": item.utc_start, "utc_end": item.utc_end, **prices})


def unreadable(raw: Any) -> Unreadable:
    """What a person wrote where another kind of value belongs, in one line."""
    match raw:
        case bool():
            return Unreadable("true" if raw else "false")
        case dict() | list():
            return Unreadable("a mapping" if isinstance(raw, dict) else "a list")
        case _:
            return Unreadable(text_of(raw))


# ---------------------------------------------------------------------------- one kind of value each


def _text(raw: Any, exponent: int = 0) -> str:
    if not isinstance(raw, str):
        raise TypeError(raw)
    return raw


def _time(raw: Any) -> str:
    if not _TIME.fullmatch(_text(raw)):
        raise ValueError(raw)
    return _text(raw)


def _count(raw: Any, exponent: int = 0) -> int:
    number = _number(raw)
    if number != int(number) or not 0 <= number < _MOST_TOKENS:
        raise ValueError(raw)
    return int(number)


def _date(raw: Any, exponent: int) -> str:
    text = str(raw)  # a year alone is a number to YAML
    if not _DATE.fullmatch(text) or not day((text + "-01-01")[: len("2025-01-01")]):
        raise ValueError(raw)
    return text


def _variant(item: Any, exponent: int) -> Variant:
    when = dict(item["when"])
    above = _count(when.pop("above", 0))
    conditions = {name: _text(word) for name, word in when.items()}
    if not conditions or not set(conditions) <= set(CONDITIONS):
        raise ValueError(item)
    factor = {"factor": _factor(item["factor"])} if "factor" in item else {}
    return Variant(conditions, _prices(item, exponent) | factor, above)


def _factor(raw: Any, exponent: int = 0) -> Decimal:
    number = _number(raw)
    if number <= 0:
        raise ValueError(raw)
    return number


_DECODE: Mapping[Kind, Callable[[Any, int], Value]] = {
    Kind.TEXT: _text,
    Kind.WORDS: lambda raw, exponent: tuple(map(_text, _list(raw))),
    Kind.COUNT: _count,
    Kind.TOKEN_PRICE: lambda raw, exponent: shifted(_number(raw), exponent),
    Kind.CALL_PRICE: lambda raw, exponent: _number(raw),
    Kind.DATE: _date,
    Kind.TIERS: lambda raw, exponent: tuple(
        Tier(_count(item["above"]), _prices(item, exponent)) for item in _list(raw)
    ),
    Kind.WINDOWS: lambda raw, exponent: tuple(
        Window(_time(item["utc_start"]), _time(item["utc_end"]), _prices(item, exponent))
        for item in _list(raw)
    ),
    Kind.VARIANTS: lambda raw, exponent: tuple(_variant(item, exponent) for item in _list(raw)),
    Kind.FACTOR: _factor,
}
_BY_FIELD = {name: _DECODE[field.kind] for name, field in FIELDS.items()}  # to hash a Kind takes longer


def _prices(item: Mapping[str, Any], exponent: int) -> dict[str, Decimal]:
    return {
        name: shifted(_number(price), exponent if kind_of(f"pricing.{name}") is Kind.TOKEN_PRICE else 0)
        for name, price in item.items()
        if kind_of(f"pricing.{name}") in (Kind.TOKEN_PRICE, Kind.CALL_PRICE)
    }


def _number(raw: Any) -> Decimal:
    """A number, also in quotes (as exact decimal readers want it) or in the form of YAML 1.1 (`128_000`)."""
    if isinstance(raw, str) and _NUMBER.fullmatch(raw):
        raw = Decimal(raw.replace("_", ""))
    if isinstance(raw, bool) or not isinstance(raw, int | Decimal):
        raise TypeError(raw)
    number = Decimal(raw)
    if not number.is_finite():
        raise ValueError(raw)
    return number


def _list(raw: Any) -> list[Any]:
    if not isinstance(raw, list):
        raise TypeError(raw)
    return raw


def day(text: str) -> date | None:
    """The day that is written as YYYY-MM-DD; None for anything else."""
    try:
        return date.fromisoformat(text) if len(text) == len("2025-01-01") else None
    except ValueError:
        return None
