"""What the keys and the numbers of somebody's catalog mean. In doubt it refuses; it writes nothing."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from statistics import median
from typing import Any

import msgspec

from modelsync import yamledit
from modelsync.catalog import Shape
from modelsync.catalog.money import other_currency, unit_in
from modelsync.errors import UsageError
from modelsync.jobs.init import limits
from modelsync.jobs.init.limits import Entry, flat, last_words, values, words_of
from modelsync.records import CALL_PRICES, FEATURES, FIELDS, TOKEN_PRICES, Kind, Unreadable, kind_of

# Names under which catalogs keep a field, words apart. Where two are there, the first counts.
_NAMES = {
    "model": ("api model", "api model id", "api model name", "api id", "api name", "model", "model id", "id"),
    "name": ("name", "display name", "label", "title"),
    "context_length": (
        *("context length", "context window", "max input tokens", "max context", "context size", "context"),
    ),
    "max_output_tokens": ("max output tokens", "max output", "max completion tokens", "max tokens"),
    "released": ("released", "release date"),
    "knowledge_cutoff": ("knowledge cutoff", "training cutoff", "cutoff"),
    "features": ("features", "capabilities"),
    "modalities.input": ("modalities input", "input modalities"),
    "modalities.output": ("modalities output", "output modalities"),
}
# What is left of a price's name without the words that say that it is one, and in which unit.
_PRICES = {
    **{frozenset(key.split("_")): f"pricing.{key}" for key in (*TOKEN_PRICES, *CALL_PRICES)},
    **dict.fromkeys(map(frozenset, ({"prompt"}, {"in"})), "pricing.input"),
    **dict.fromkeys(map(frozenset, ({"completion"}, {"out"})), "pricing.output"),
    **dict.fromkeys(
        map(frozenset, ({"cached"}, {"cached", "input"}, {"cached", "prompt"}, {"cache", "read", "input"})),
        "pricing.cache_read",
    ),
    **dict.fromkeys(
        map(frozenset, ({"cache", "creation"}, {"cache", "creation", "input"}, {"cache", "write", "input"})),
        "pricing.cache_write",
    ),
}
_ABOUT_MONEY = {"currency", "unit", "units"}
_KINDS_OF_PRICES = (Kind.TOKEN_PRICE, Kind.CALL_PRICE, Kind.TIERS, Kind.WINDOWS, Kind.VARIANTS, Kind.FACTOR)
_MONEY = {"price", "prices", "pricing", "cost", "costs", "usd"}
_MILLION = {"1m", "million", "mtok"}
_THOUSAND = {"1k", "thousand", "ktok"}
_OF_PRICES = _MONEY | _MILLION | _THOUSAND | {"per", "token", "tokens"}
_SAID_IN_WORDS = {
    "per_1m_tokens": re.compile(r"(?i)(\bper|/)[ _-]?(1[ _]?m\b|million|mtok|1[,_]?000[,_]?000)"),
    "per_1k_tokens": re.compile(r"(?i)(\bper|/)[ _-]?(1[ _]?k\b|thousand|ktok|1[,_]?000(?![\d,_]))"),
    "per_token": re.compile(r"(?i)\bper[ _-](single[ _-])?token\b|\b(for )?each( single)? token\b"),
}
_USUAL_INPUT = (Decimal("0.02"), Decimal(200))  # USD per 1M tokens, of models that are sold
_MODALITIES = ("text", "image", "audio", "video", "file")
_TOGETHER = ("availability", "unavailable_since")


class Guess(msgspec.Struct, frozen=True):
    """The dotted key of each field that the entries state, the unit of prices, and what is left alone."""

    keys: dict[str, str]
    unit: str
    left: tuple[str, ...]
    currency: str = ""  # another than USD, of which the file speaks


def guess(document: yamledit.Document, entries: Sequence[Entry], unit: str | None, where: str) -> Guess:
    """What the entries of a document mean. Raises UsageError where the unit of prices is not certain."""
    comments = [text for _, text in document.comments()]
    candidates = {field: key for field, key in _keys(entries) if field in FIELDS}
    left = limits.doubts(candidates, entries)
    spoken = (other_currency(words) for words in (*comments, *_of_money(document.value())))
    currency = next(filter(None, spoken), "")
    if currency:
        named = f"the file speaks of {currency}; sync knows USD only"
        left |= {field: named for field in candidates if kind_of(field) in _KINDS_OF_PRICES}
    sure = {field: key for field, key in candidates.items() if field not in left}
    pricing_unit = unit or _unit(sure, entries, comments, where)
    reasons = {field: _doubt(field, values(entries, key), pricing_unit) for field, key in sure.items()}
    left |= {field: why for field, why in reasons.items() if why}
    keys = {field: candidates[field] for field in FIELDS if field in candidates and field not in left}
    if not all(field in keys for field in _TOGETHER):
        keys = {field: key for field, key in keys.items() if field not in _TOGETHER}
    return Guess(
        keys, pricing_unit, tuple(f"{candidates[field]}: {why}" for field, why in left.items()), currency
    )


def _of_money(value: Any) -> Iterator[str]:
    """The keys that are about money, each with what is said there in words."""
    for key, below in value.items() if isinstance(value, dict) else ():
        if set(words_of(str(key))) & (_MONEY | _ABOUT_MONEY):
            yield f"{' '.join(words_of(str(key)))} {below if isinstance(below, str) else ''}"
        yield from _of_money(below)
    for item in value if isinstance(value, list) else ():
        yield from _of_money(item)


def _keys(entries: Iterable[Entry]) -> Iterator[tuple[str, str]]:
    """Each field that the entries state, and the dotted key that most of them have it at."""
    seen = Counter(path for entry in entries for path, value in flat(entry) if value is not None)
    words = {path: words_of(path) for path in seen}
    for field in FIELDS:
        for name in _NAMES.get(field, (" ".join(re.split(r"[._]", field)),)):
            path = next((path for path, text in words.items() if " ".join(text) == name), None)
            if path is None and field in limits.LIMITS:
                path = next((path for path in seen if last_words(path) == name), None)
            if path:
                yield field, path
                break
        else:
            priced = [path for path, text in words.items() if _price(text) == field]
            if priced:
                yield field, max(priced, key=lambda path: seen[path])


def _price(words: Iterable[str]) -> str | None:
    """The price that these words name, if they name one."""
    words = set(words)
    is_money = words & _MONEY or ("per" in words and words & (_MILLION | _THOUSAND))
    return _PRICES.get(frozenset(words - _OF_PRICES)) if is_money else None


def _doubt(field: str, values: Sequence[Any], unit: str) -> str:
    """Why sync had better leave the key alone, if there is a reason."""
    read = [Shape(unit).decode(field, value) for value in values]
    readable = [value for value in read if not isinstance(value, Unreadable)]
    if len(readable) * 2 < len(values):
        return f"not a {kind_of(field).value} in most models"
    if kind_of(field) is not Kind.WORDS:
        return ""
    known = FEATURES if field == "features" else _MODALITIES
    own = {word for words in readable if isinstance(words, tuple) for word in words if word not in known}
    return f"has words of your own ({', '.join(sorted(map(str, own))[:3])})" if own else ""


def _unit(keys: Mapping[str, str], entries: Sequence[Entry], comments: Sequence[str], where: str) -> str:
    """The unit that keys or comments state and the numbers do not deny, else the only one that they fit."""
    prices = {field: key for field, key in keys.items() if kind_of(field) is Kind.TOKEN_PRICE}
    units = set(filter(None, map(unit_in, prices.values())))
    units |= {unit for unit, words in _SAID_IN_WORDS.items() if any(map(words.search, comments))}
    amounts = values(entries, prices.get("pricing.input", ""))
    inputs = [Decimal(value) for value in amounts if isinstance(value, int | Decimal) and value > 0]
    if units:
        fitting = [unit for unit in units if not inputs or _fits(unit, [median(inputs)], 10)]
    else:
        fitting = [unit for unit in _SAID_IN_WORDS if inputs and _fits(unit, inputs, 1)]
    if len(units) <= 1 and len(fitting) == 1:
        return fitting[0]
    if not units and not inputs:
        return "per_1m_tokens"
    what = "does not say in which unit its prices are"
    if units:
        named = " and ".join(unit.replace("_", " ") for unit in sorted(units))
        denied = "which is not one unit" if fitting else "which the numbers deny"
        what = f"says that prices are {named}, {denied}"
    advice = "Say it: --pricing-unit per_1m_tokens, per_1k_tokens or per_token."
    raise UsageError(what, where=where, advice=advice)


def _fits(unit: str, prices: Iterable[Any], tolerance: int) -> bool:
    low, high = _USUAL_INPUT
    usd = (Shape(unit).decode("pricing.input", price) for price in prices)
    return all(isinstance(price, Decimal) and low / tolerance <= price < high * tolerance for price in usd)
