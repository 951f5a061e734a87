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


class Said:
    """What one row says, field by field: values, and what is none."""

    def __init__(self) -> None:
        self.values: dict[str, Value] = {}
        self.unusable: list[Unusable] = []

    def take(self, field: str, read: Callable[[Any], Value], stated: Any) -> None:
        """Read what is stated for a field. None from `read` means that nothing is."""
        try:
            value = read(stated)
        except NoValue as fault:
            self.refuse(field, stated, str(fault))
        else:
            if value is not None:
                self.values[field] = value

    def take_price(self, field: str, read: Callable[[Any], Value], stated: Any) -> None:
        """Read a price that a row may state under two keys: where they differ, it states none."""
        earlier = self.values.get(field)
        self.take(field, read, stated)
        if earlier is not None and self.values.get(field) not in (None, earlier):
            self.refuse(field, stated, "two different prices for the same")

    def refuse(self, field: str, stated: Any, reason: str) -> None:
        """The field states nothing that can be used."""
        self.values.pop(field, None)
        self.unusable.append(Unusable(field, shown(stated), reason))


# ---------------------------------------------------------------------------- values


def shown(stated: Any) -> str:
    """What was stated, short, in characters that print."""
    text = stated if isinstance(stated, str) else f"{stated}"[:200]
    return ascii(text)[1:-1][:60]


def part(row: Any, key: str, kind: type[_T]) -> _T:
    """The object or list under a key, empty where the row says nothing. Raises `BadRow` for another type."""
    found = row.get(key)
    if found is None:
        return kind()
    if not isinstance(found, kind):
        raise BadRow(f"{key} is {_named(found)} where {_named(kind())} is needed")
    return found


def identifier(stated: Any) -> str:
    """An id as sent. Raises `BadRow` for what could be taken for a path, an option, or two words."""
    if not isinstance(stated, str):
        raise BadRow("it has no id")
    harmless = stated.isprintable() and " " not in stated and not stated.startswith("-")
    if not harmless or not 0 < len(stated) <= 200 or {"", ".", ".."} & set(_SEPARATOR.split(stated)):
        raise BadRow("its id is not one that can be used")
    return stated


def words(stated: list[Any]) -> frozenset[str]:
    """A list of words as a set. Raises `BadRow` where one is none."""
    try:
        return _words(tuple(stated))
    except TypeError:
        raise BadRow("a list of words holds something else") from None


def line(stated: Any) -> str | None:
    """Text on one line, without what does not print, and cut where it is too long."""
    return " ".join(_text(stated).split())[:LONGEST_LINE].rstrip() or None


def prose(stated: Any) -> str | None:
    """Text of several lines, without what does not print; too long a one ends in an ellipsis."""
    text = _text(stated).replace("\r\n", "\n").replace("\t", " ").replace("\r", "").strip()
    return (text if len(text) <= LONGEST_PROSE else f"{text[: LONGEST_PROSE - 1].rstrip()}…") or None


def remarks(stated: Any) -> Iterator[str]:
    """What reading a text as `line` or `prose` leaves out of it."""
    if not isinstance(stated, str):
        return
    if len(stated) > LONGEST_PROSE:
        yield f"is longer than {LONGEST_PROSE:,} characters, and was cut"
    if len(_text(stated)) < len(stated):
        yield "has characters that do not print, which were left out"


def count(stated: Any) -> int | None:
    """Tokens: a whole number, however it is spelled; 0 says nothing."""
    return _whole(stated, MOST_TOKENS)


def per_token(stated: Any) -> Decimal:
    """USD per token, as text or number, as exact USD per 1M tokens."""
    return _price(_spelled(stated), 6)


def per_million(stated: Any) -> Decimal:
    """USD per 1M tokens, or per call: no unit is changed."""
    return _price(_spelled(stated), 0)


def denoised(stated: Any) -> Any:
    """A number without what binary arithmetic upstream added to it: 0.30000000000000004 is 0.3."""
    return _short(stated) if isinstance(stated, Decimal) else stated


def day(stated: Any) -> str | None:
    """A day or a month in ISO 8601."""
    if stated is None or stated == "":
        return None
    if not isinstance(stated, str):
        raise NoValue(f"{_named(stated)}, not a date")
    try:
        date.fromisoformat(stated if len(stated) == 10 else f"{stated}-01")
    except ValueError:
        raise NoValue("not a date") from None
    if not _DAY.fullmatch(stated):
        raise NoValue("not a date")
    return stated


def day_of_epoch(stated: Any) -> str | None:
    """The UTC day of a time in seconds since 1970; 0 says nothing."""
    seconds = _whole(stated, LATEST)
    return datetime.fromtimestamp(seconds, UTC).date().isoformat() if seconds else None


def day_of_time(stated: Any) -> str | None:
    """The UTC day of a time in ISO 8601 with its zone; 1970 began when nothing is known."""
    if stated is None or stated == "":
        return None
    if not isinstance(stated, str):
        raise NoValue(f"{_named(stated)}, not a time")
    try:
        time = datetime.fromisoformat(stated)
    except ValueError:
        raise NoValue("not a time") from None
    if time.tzinfo is None:
        raise NoValue("a time without its zone")
    return day_of_epoch(int(time.timestamp()))


def _whole(stated: Any, most: int) -> int | None:
    if stated is None:
        return None
    if isinstance(stated, bool) or not isinstance(stated, int | Decimal):
        raise NoValue(f"{_named(stated)}, not a number")
    if not 0 <= stated <= most:
        raise NoValue("out of range")
    if stated != int(stated):
        raise NoValue("not a whole number")
    return int(stated) or None


@lru_cache(maxsize=4096)
def _words(stated: tuple[Any, ...]) -> frozenset[str]:
    if not all(_WORD.fullmatch(word) for word in stated):
        raise BadRow("a list of words holds something else")
    return frozenset(stated)


def _text(stated: Any) -> str:
    if stated is None:
        return ""
    if not isinstance(stated, str):
        raise NoValue(f"{_named(stated)}, not text")
    if stated.isprintable():
        return stated
    return "".join(c if c.isprintable() or c in _KEPT else " " if c.isspace() else "" for c in stated)


@lru_cache(maxsize=4096)
def _short(stated: Decimal) -> Decimal:
    short = _FLOAT.normalize(stated)
    return short if len(short.as_tuple().digits) <= _MEANT else stated


def _spelled(stated: Any) -> str:
    if stated is None:
        raise NoValue("null")
    if isinstance(stated, bool) or not isinstance(stated, str | int | Decimal):
        raise NoValue(f"{_named(stated)}, not a price")
    return str(stated)[:100] if isinstance(stated, str | Decimal) else f"{stated:d}"[:100]


@lru_cache(maxsize=4096)
def _price(stated: str, shift: int) -> Decimal:
    """An exact price in plain decimals, without trailing zeros."""
    if len(stated) > 64 or not _NUMBER.fullmatch(stated):
        raise NoValue("not a number")
    price = Decimal(stated)
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
