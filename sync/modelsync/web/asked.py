"""What an address asks of the table of models: the address is all the state that there is."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import urlencode

import msgspec
from litestar.di import NamedDependency
from litestar.exceptions import ClientException
from litestar.params import FromQuery

from modelsync.jobs.serve.table import SORTS, Query

MOST = 1000  # models of one answer
_USUAL = 50
_TIMES = {"k": 1_000, "m": 1_000_000}
_AVAILABILITY = ("", "available", "unavailable")


class Asked(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The words of an address; those that it leaves out are empty."""

    q: str = ""
    provider: tuple[str, ...] = ()
    feature: tuple[str, ...] = ()
    max_input: str = ""
    max_output: str = ""
    min_context: str = ""
    availability: str = ""
    sort: str = ""  # `-input`: turned round
    column: tuple[str, ...] = ()
    cursor: str = ""
    limit: int = _USUAL

    @property
    def query(self) -> Query:
        """What the index is asked. Raises ClientException for what is no number and no order."""
        if self.sort.removeprefix("-") not in ("", *SORTS):
            raise ClientException(f"sort: one of {', '.join(SORTS)}, with a - before it to turn it round")
        if self.availability not in _AVAILABILITY:
            raise ClientException("availability: available or unavailable")
        return Query(
            text=self.q,
            providers=self.provider,
            features=self.feature,
            most_input=_price("max_input", self.max_input),
            most_output=_price("max_output", self.max_output),
            least_context=count("min_context", self.min_context),
            availability=self.availability,  # type: ignore[arg-type]
            sort=self.sort.removeprefix("-"),  # type: ignore[arg-type]
            descending=self.sort.startswith("-"),
            offset=count("cursor", self.cursor.rpartition("cursor=")[2]) or 0,
            limit=max(1, min(self.limit, MOST)),
        )

    def address(self, path: str, **changed: Any) -> str:
        """The address that asks the same but for what is changed."""
        words = msgspec.to_builtins(msgspec.structs.replace(self, **changed))
        return f"{path}?{urlencode(words, doseq=True)}" if words else path


def address(path: str, **words: object) -> str:
    """An address that asks for these, but for those that are empty."""
    spoken = {name: word for name, word in words.items() if word not in ("", None)}
    return f"{path}?{urlencode(spoken)}" if spoken else path


def asked(
    *,
    q: FromQuery[str] = "",
    provider: FromQuery[list[str] | None] = None,
    feature: FromQuery[list[str] | None] = None,
    max_input: FromQuery[str] = "",
    max_output: FromQuery[str] = "",
    min_context: FromQuery[str] = "",
    availability: FromQuery[str] = "",
    sort: FromQuery[str] = "",
    column: FromQuery[list[str] | None] = None,
    cursor: FromQuery[str] = "",
    limit: FromQuery[int] = _USUAL,
) -> Asked:
    """What the query of an address says; a form that was sent says much that is empty."""
    return Asked(
        q=q.strip(),
        provider=tuple(filter(None, provider or ())),
        feature=tuple(filter(None, feature or ())),
        max_input=max_input,
        max_output=max_output,
        min_context=min_context,
        availability=availability,
        sort=sort,
        column=tuple(filter(None, column or ())),
        cursor=cursor,
        limit=limit,
    )


def _price(name: str, text: str) -> Decimal | None:
    try:
        price = Decimal(text.strip().removeprefix("$") or "NaN")
    except InvalidOperation:
        price = Decimal("Infinity")
    if price.is_infinite():
        raise ClientException(f"{name}: a number of USD per 1M tokens, as 2.5")
    return None if price.is_nan() else price


def count(name: str, text: str) -> int | None:
    """A count: `128000`, `128,000`, `128k`, `1m`."""
    digits = text.strip().lower().replace(",", "").replace("_", "")
    times = _TIMES.get(digits[-1:], 1)
    digits = digits[:-1] if times > 1 else digits
    if digits and not (digits.isdecimal() and len(digits) < 16):
        raise ClientException(f"{name}: a number, as 128000 or 128k")
    return int(digits) * times if digits else None


AskedFor = NamedDependency[Asked]
