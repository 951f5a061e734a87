"""Reads what an upstream sends: strict JSON into rows, and a row's values one by one. Trusts none of it.

Nothing here knows one upstream from another. Text that leaves here prints; a number is exact.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal
from functools import lru_cache
from typing import Any, TypeVar

import msgspec

from modelsync.errors import SourceFailed
from modelsync.http import excerpt
from modelsync.records import Unusable, Value

_T = TypeVar("_T")

MOST_TOKENS = 10**9
MOST_OBJECTS = 3_000_000  # a list of 100,000 models holds a third of that
LATEST = 5 * 10**9  # in the year 2128
LONGEST_LINE, LONGEST_PROSE = 200, 4000
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?", re.ASCII)
_WORD = re.compile(r"[A-Za-z0-9_.+-]{1,60}", re.ASCII)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}(-[0-9]{2})?", re.ASCII)
_SEPARATOR = re.compile(r"[/\\]")
_EXACT = Context(prec=200)  # more digits than a stated number may have, so nothing is rounded
_FLOAT = Context(prec=15, Emin=MIN_EMIN, Emax=MAX_EMAX, traps=[])  # what a binary float surely holds
_MEANT = 12  # digits; a float of more may well be a fraction such as 1/12
_LEAST, _MOST = Decimal("1e-30"), Decimal(10**6)
_KEPT = "\t\n\r\u200c\u200d"  # white space, and what joins the parts of an emoji or the letters of a word
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


class BadRow(Exception):
    """A row that cannot be used at all, and why."""


class NoValue(Exception):
    """A field that says something which is no value, and why."""


# ---------------------------------------------------------------------------- JSON


class Rows(msgspec.Struct, frozen=True):
    """A list as sent: what surrounds it, and its rows, each still to be decoded by iterating."""

    envelope: dict[str, Any]
    rows: list[Any]

    def __iter__(self) -> Iterator[Any]:
        return (_strict(row) if isinstance(row, msgspec.Raw) else row for row in self.rows)


def decoded(body: bytes) -> Any:
    """Decode an answer of any shape. Raises `SourceFailed` for what is not strict JSON."""
    return _strict(_text_of(body))


def mapping(body: bytes, recognises: Callable[[Any], bool]) -> dict[str, Any]:
    """Decode an answer that is one mapping. Raises `SourceFailed` where its format is not recognised."""
    answer = decoded(body)
    if not recognises(answer):
        raise SourceFailed(f"the answer is not a list of models: {excerpt(body)}")
    return dict(answer)


def read_rows(body: bytes, key: str = "data") -> Rows:
    """The rows under `key`, or of a bare list. Rows are decoded one at a time, so that a large list takes
    little more memory than its text. Raises `SourceFailed` for what is not strict JSON, here or with a row.
    """
    text = _text_of(body)
    try:
        return _split(text, key)
    except (ValueError, KeyError, RecursionError):
        return _all_at_once(_strict(text), key, body)  # says where the fault is; and bears a lone surrogate


def _split(text: bytes, key: str) -> Rows:
    """The list cut into rows without decoding them, and the rest decoded."""
    if text.lstrip()[:1] == b"[":
        return Rows({}, msgspec.json.decode(text, type=list[msgspec.Raw]))
    listed = msgspec.json.decode(text, type=dict[str, msgspec.Raw])[key]
    rows = msgspec.json.decode(listed, type=list[msgspec.Raw])
    start, length = text.find(listed), memoryview(listed).nbytes
    return Rows(_strict(text[:start] + b"[]" + text[start + length :]), rows)


def _all_at_once(sent: Any, key: str, body: bytes) -> Rows:
    if isinstance(sent, dict) and isinstance(sent.get(key), list):
        return Rows(sent, sent[key])
    if isinstance(sent, list):
        return Rows({}, sent)
    raise SourceFailed(f"the answer is not a list of models: {excerpt(body)}")


def _text_of(body: bytes) -> bytes:
    """The text as UTF-8 without its mark; a recorded list may have been saved as UTF-16."""
    try:
        text = body.decode("utf-16").encode() if body.startswith(_UTF16) else body
    except UnicodeError as error:
        raise SourceFailed("the answer is not text: it starts as UTF-16 and is not") from error
    if text.count(b"{") > MOST_OBJECTS:
        raise SourceFailed(f"the answer holds more than {MOST_OBJECTS:,} objects")
    return text.removeprefix(b"\xef\xbb\xbf")


def _strict(text: bytes | msgspec.Raw) -> Any:
    try:
        return _DECODER.decode(str(text, "utf-8"))
    except RecursionError:
        raise SourceFailed("the answer is not JSON that can be read: it is nested too deeply") from None
    except UnicodeDecodeError:
        raise SourceFailed("the answer is not text in UTF-8") from None
    except (ValueError, ArithmeticError) as error:
        raise SourceFailed(
            f"the answer is not JSON that can be read: {ascii(str(error))[1:-1][:120]}"
        ) from None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    read = dict(pairs)
    if len(read) != len(pairs):
        counts = Counter(key for key, _ in pairs)
        twice = next(key for key, count in counts.items() if count > 1)
        raise ValueError(f"the key {twice[:40]!r} is there twice")
    return read


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


_DECODER = json.JSONDecoder(object_pairs_hook=_unique, parse_float=Decimal, parse_constant=_no_constant)


# ---------------------------------------------------------------------------- one row


class Facts:
    """What one row says, field by field: values, and what is none."""

    def __init__(self) -> None:
        self.values: dict[str, Value] = {}
        self.unusable: list[Unusable] = []

    def take(self, field: str, read: Callable[[Any], Value], value: Any) -> None:
        """Read what is stated for a field. None from `read` means that nothing is."""
        try:
            fact = read(value)
        except NoValue as fault:
            self.refuse(field, value, str(fault))
        else:
            if fact is not None:
                self.values[field] = fact

    def take_price(self, field: str, read: Callable[[Any], Value], value: Any) -> None:
        """Read a price that a row may state under two keys: where they differ, it states none."""
        earlier = self.values.get(field)
        self.take(field, read, value)
        if earlier is not None and self.values.get(field) not in (None, earlier):
            self.refuse(field, value, "two different prices for the same")

    def refuse(self, field: str, value: Any, reason: str) -> None:
        """The field states nothing that can be used."""
        self.values.pop(field, None)
        self.unusable.append(Unusable(field, shown(value), reason))


# ---------------------------------------------------------------------------- values


def shown(value: Any) -> str:
    """What was stated, short, in characters that print."""
    text = value if isinstance(value, str) else f"{value}"[:200]
    return ascii(text)[1:-1][:60]


def part(row: Any, key: str, kind: type[_T]) -> _T:
    """The object or list under a key, empty where the row says nothing. Raises `BadRow` for another type."""
    value = row.get(key)
    if value is None:
        return kind()
    if not isinstance(value, kind):
        raise BadRow(f"{key} is {_named(value)} where {_named(kind())} is needed")
    return value


def identifier(value: Any) -> str:
    """An id as sent. Raises `BadRow` for what could be taken for a path, an option, or two words."""
    if not isinstance(value, str):
        raise BadRow("it has no id")
    harmless = value.isprintable() and " " not in value and not value.startswith("-")
    if not harmless or not 0 < len(value) <= 200 or {"", ".", ".."} & set(_SEPARATOR.split(value)):
        raise BadRow("its id is not one that can be used")
    return value


def words(value: list[Any]) -> frozenset[str]:
    """A list of words as a set. Raises `BadRow` where one is none."""
    try:
        return _words(tuple(value))
    except TypeError:
        raise BadRow("a list of words holds something else") from None


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
    return _price(_spelled(value), 6)


def per_million(value: Any) -> Decimal:
    """USD per 1M tokens, or per call: no unit is changed."""
    return _price(_spelled(value), 0)


def denoised(value: Any) -> Any:
    """A number without what binary arithmetic upstream added to it: 0.30000000000000004 is 0.3."""
    return _short(value) if isinstance(value, Decimal) else value


def day(value: Any) -> str | None:
    """A day or a month in ISO 8601."""
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise NoValue(f"{_named(value)}, not a date")
    try:
        date.fromisoformat(value if len(value) == 10 else f"{value}-01")
    except ValueError:
        raise NoValue("not a date") from None
    if not _DAY.fullmatch(value):
        raise NoValue("not a date")
    return value


def day_of_epoch(value: Any) -> str | None:
    """The UTC day of a time in seconds since 1970; 0 says nothing."""
    seconds = _whole(value, LATEST)
    return datetime.fromtimestamp(seconds, UTC).date().isoformat() if seconds else None


def day_of_time(value: Any) -> str | None:
    """The UTC day of a time in ISO 8601 with its zone; 1970 began when nothing is known."""
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise NoValue(f"{_named(value)}, not a time")
    try:
        time = datetime.fromisoformat(value)
    except ValueError:
        raise NoValue("not a time") from None
    if time.tzinfo is None:
        raise NoValue("a time without its zone")
    return day_of_epoch(int(time.timestamp()))


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
    return "".join(c if c.isprintable() or c in _KEPT else " " if c.isspace() else "" for c in value)


@lru_cache(maxsize=4096)
def _short(value: Decimal) -> Decimal:
    short = _FLOAT.normalize(value)
    return short if len(short.as_tuple().digits) <= _MEANT else value


def _spelled(value: Any) -> str:
    if value is None:
        raise NoValue("null")
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise NoValue(f"{_named(value)}, not a price")
    return str(value)[:100] if isinstance(value, str | Decimal) else f"{value:d}"[:100]


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
    if price and not _LEAST <= price <= _MOST:
        raise NoValue("out of range")
    if not price:
        return Decimal(0)
    plain = _EXACT.normalize(_EXACT.scaleb(price, shift))
    return plain if plain.as_tuple().exponent <= 0 else _EXACT.quantize(plain, Decimal(1))  # type: ignore[operator]


def _named(value: Any) -> str:
    match value:
        case None:
            return "nothing"
        case bool():
            return "true or false"
        case str():
            return "text"
        case dict():
            return "an object"
        case list():
            return "a list"
        case _:
            return "a number"
