"""Reads the values of a row one by one. Trusts none of them.

Nothing here knows one upstream from another. Text that leaves here prints; a number is exact.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, tzinfo
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal
from functools import lru_cache
from typing import Any, TypeGuard, TypeVar

from modelsync.records import UNSEEN

_T = TypeVar("_T")

MOST_TOKENS = 10**9
MOST_ITEMS = 100  # words, tiers, windows or variants of one model; a day has 24 hours
LATEST = 5 * 10**9  # in the year 2128
FIRST_IN_MILLISECONDS = 10**12  # in 2001; as seconds no time that anybody means
LONGEST_LINE, LONGEST_PROSE = 200, 4000
USES = ("inference", "chat", "date")  # of a model: the end of the first counts; that of training does not
ENDING = frozenset(
    ("decommissioned", "deprecated", "deprecating", "discontinued", "end_of_life", "eol", "legacy")
) | {"retired", "retiring", "sunset"}
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?", re.ASCII)
_WORD = re.compile(r"[A-Za-z0-9_.+-]{1,60}", re.ASCII)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}(-[0-9]{2})?", re.ASCII)
_PATH = re.compile(r"(\.{0,2}|~|[A-Za-z]:)[/\\]")  # from the root, from here, or from somebody's home
_SEPARATOR = re.compile(r"[/\\]")
_GAP = re.compile(r"[ -]")
_EXACT = Context(prec=200)  # more digits than a stated number may have, so nothing is rounded
_FLOAT = Context(prec=15, Emin=MIN_EMIN, Emax=MAX_EMAX, traps=[])  # what a binary float surely holds
_MEANT = 12  # digits; a float of more may well be a fraction such as 1/12
_LEAST, _MOST = Decimal("1e-30"), Decimal(10**6)
_NAMES = {type(None): "nothing", bool: "true or false", str: "text", dict: "an object", list: "a list"}


class BadRow(Exception):
    """A row that cannot be used at all, and why."""


class NoValue(Exception):
    """A field that says something which is no value, and why."""


def keys(text: str) -> frozenset[str]:
    """The keys or words of one text, written between spaces."""
    return frozenset(text.split())


def shown(value: Any) -> str:
    """What was stated, short, in characters that print."""
    text = json.dumps(value, default=str) if isinstance(value, dict | list) else f"{value}"
    return ascii(text[:200])[1:-1][:60]


def part(row: Any, key: str, kind: type[_T]) -> _T:
    """The object or list under a key, empty where the row says nothing. Raises `BadRow` for another type."""
    value = row.get(key)
    if value is None:
        return kind()
    if not isinstance(value, kind):
        raise BadRow(f"{key} is {_named(value)} where {_named(kind())} is needed")
    return value


def objects(value: Any) -> Iterator[dict[str, Any]]:
    """The objects of a list, and nothing of what is none."""
    return (one for one in (value if isinstance(value, list) else ()) if isinstance(one, dict))


def identifier(value: Any, *, may_be_path: bool = False) -> str:
    """An id as sent. Raises `BadRow` for what could be taken for an option, two words, or a path: that of a
    server of one's own may be the path of the model's file."""
    if not isinstance(value, str):
        raise BadRow("it has no id")
    if not is_identifier(value, may_be_path=may_be_path):
        raise BadRow("its id is not one that can be used")
    return value


def is_identifier(text: Any, *, may_be_path: bool = False) -> TypeGuard[str]:
    """Whether it is text that can be an id."""
    if not isinstance(text, str):
        return False
    one_word = " " not in text or bool(may_be_path and _PATH.match(text) and text == text.strip())
    harmless = text.isprintable() and one_word and not text.startswith("-")
    parts = set(_SEPARATOR.split(text)) - ({"", ".", ".."} if may_be_path else set())
    return harmless and 0 < len(text) <= 200 and bool(parts) and parts.isdisjoint({"", ".", ".."})


def words(value: list[Any]) -> frozenset[str]:
    """A list of words as a set. Raises `BadRow` where one is none."""
    try:
        return _words(tuple(value))
    except TypeError:
        raise BadRow("a list of words holds something else") from None


def words_of(row: Mapping[str, Any], key: str) -> frozenset[str]:
    """The words of the list under a key. Raises `BadRow` for what is no list of words."""
    return words(part(row, key, list))


def line(value: Any) -> str | None:
    """Text on one line, without what does not print, and cut where it is too long."""
    return " ".join(_text(value).split())[:LONGEST_LINE].rstrip() or None


def prose(value: Any) -> str | None:
    """Text of several lines, without what does not print; too long a one ends in an ellipsis.

    One that was sent with an ellipsis at its end is cut off in the middle, and says nothing.
    """
    text = _text(value).replace("\r\n", "\n").replace("\t", " ").replace("\r", "").strip()
    if text.endswith(("...", "…")):
        return None
    return (text if len(text) <= LONGEST_PROSE else f"{text[: LONGEST_PROSE - 1].rstrip()}…") or None


def remarks(value: Any) -> Iterator[str]:
    """What reading a text as `line` or `prose` leaves out of it."""
    if not isinstance(value, str):
        return
    if len(value) > LONGEST_PROSE:
        yield f"is longer than {LONGEST_PROSE:,} characters, and was cut"
    if len(_text(value)) < len(value):
        yield "has characters that do not print, which were left out"


def count(value: Any) -> int | None:
    """Tokens: a whole number, however it is spelled; 0 says nothing."""
    return _whole(value, MOST_TOKENS)


def per_token(value: Any) -> Decimal:
    """USD per token, as text or number, as exact USD per 1M tokens."""
    return scaled(value, 6)


def per_million(value: Any) -> Decimal:
    """USD per 1M tokens, or per call: no unit is changed."""
    return scaled(value, 0)


def scaled(value: Any, power: int) -> Decimal:
    """A price as text or number, times ten to this power, exact."""
    if value is None:
        raise NoValue("null")
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise NoValue(f"{_named(value)}, not a price")
    return _price(str(value)[:100] if isinstance(value, str | Decimal) else f"{value:d}"[:100], power)


def denoised(value: Any) -> Any:
    """A number without what binary arithmetic upstream added to it: 0.30000000000000004 is 0.3."""
    return _short(value) if isinstance(value, Decimal) else value


def day(value: Any) -> str | None:
    """A day or a month in ISO 8601."""
    if value is None or value == "":
        return None
    _parsed(f"{value}-01" if isinstance(value, str) and len(value) != 10 else value, "date")
    if not _DAY.fullmatch(value):
        raise NoValue("not a date")
    return str(value)


def day_of_epoch(value: Any) -> str | None:
    """The UTC day of a time in seconds, or milliseconds, since 1970; 0 says nothing."""
    seconds = _whole(value, LATEST * 1000)
    if seconds and seconds >= FIRST_IN_MILLISECONDS:
        seconds //= 1000
    if seconds and seconds > LATEST:
        raise NoValue("out of range")
    return datetime.fromtimestamp(seconds, UTC).date().isoformat() if seconds else None


def day_of_time(value: Any, zone: tzinfo | None = None) -> str | None:
    """The UTC day of a time in ISO 8601 with its zone, or in this one where it has none; 1970 began when
    nothing is known."""
    if value is None or value == "":
        return None
    time = _parsed(value, "time")
    time = time.replace(tzinfo=time.tzinfo or zone)
    if time.tzinfo is None:
        raise NoValue("a time without its zone")
    return day_of_epoch(int(time.timestamp()))


def end(value: Any) -> str | None:
    """The UTC day on which a model ends: a day, a time or seconds since 1970, or one for each of its uses.

    Of a time without a zone the day counts that it names. A word that says only that it ends is no day.
    """
    if isinstance(value, dict):
        value = next((value[use] for use in USES if value.get(use)), None)
    if isinstance(value, bool) or (isinstance(value, str) and is_ending(value)):
        return None
    if isinstance(value, str):
        return day(value) if len(value) <= len("2026-10-01") else day_of_time(value, UTC)
    return day_of_epoch(value)


def is_ending(value: Any) -> bool:
    """Whether a word or flag of a list says that a model is about to be switched off, or has been."""
    return value is True or (isinstance(value, str) and _GAP.sub("_", value.lower()) in ENDING)


def _parsed(value: Any, what: str) -> datetime:
    if not isinstance(value, str):
        raise NoValue(f"{_named(value)}, not a {what}")
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        raise NoValue(f"not a {what}") from None


def _whole(value: Any, most: int) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise NoValue(f"{_named(value)}, not a number")
    if not 0 <= value <= most:
        raise NoValue("out of range")
    if value != int(value):
        raise NoValue("not a whole number")
    return int(value) or None


@lru_cache(maxsize=4096)
def _words(value: tuple[Any, ...]) -> frozenset[str]:
    if not all(_WORD.fullmatch(word) for word in value):
        raise BadRow("a list of words holds something else")
    return frozenset(value)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise NoValue(f"{_named(value)}, not text")
    if value.isprintable():
        return value
    return "".join(c if c.isprintable() or c in UNSEEN else " " if c.isspace() else "" for c in value)


@lru_cache(maxsize=4096)
def _short(value: Decimal) -> Decimal:
    short = _FLOAT.normalize(value)
    return short if len(short.as_tuple().digits) <= _MEANT else value


@lru_cache(maxsize=4096)
def _price(value: str, shift: int) -> Decimal:
    """An exact price in plain decimals, without trailing zeros."""
    if len(value) > 64 or not _NUMBER.fullmatch(value):
        raise NoValue("not a number")
    price = Decimal(value)
    if price == -1:
        raise NoValue("a variable price")
    if price < 0:
        raise NoValue("a negative price")
    if price and not _LEAST <= price <= _MOST.scaleb(max(0, -shift)):
        raise NoValue("out of range")
    if not price:
        return Decimal(0)
    plain = _EXACT.normalize(_EXACT.scaleb(price, shift))
    return plain if plain.as_tuple().exponent <= 0 else _EXACT.quantize(plain, Decimal(1))  # type: ignore[operator]


def _named(value: Any) -> str:
    return _NAMES.get(type(value), "a number")
