"""What an address asks of the table of models: the address is all the state that there is."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Annotated, Any
from urllib.parse import urlencode

import msgspec
from litestar.di import NamedDependency
from litestar.exceptions import ClientException
from litestar.params import QueryParameter

from modelsync.jobs.serve.table import SORTS, Query

MOST = 1000  # models of one answer
USUAL = 50
_TIMES = {"k": 1_000, "m": 1_000_000}
_AVAILABILITY = ("", "available", "unavailable")
_PRICE = r"\$?([0-9]{1,20}\.?[0-9]{0,20}|\.[0-9]{1,20})"
_COUNT = r"[0-9][0-9,_]{0,14}[kKmM]?"
# The columns that a reader may choose, by the fields of a row.
COLUMNS = {
    "id": "Id",
    "input": "Input",
    "output": "Output",
    "cache_read": "Cache read",
    "cache_write": "Cache write",
    "context_length": "Context",
    "max_output_tokens": "Longest output",
    "features": "Features",
    "takes": "Takes",
    "gives": "Gives",
    "knowledge_cutoff": "Knows until",
    "released": "Released",
    "expires": "Ends",
}


def parameter(description: str, **schema: Any) -> QueryParameter:
    """What a query may say, and what OpenAPI has of it; what is asked for checks it, and says it better."""
    return QueryParameter(description=description, schema_extra=schema or None)


def _many(description: str, **of: Any) -> QueryParameter:
    return parameter(description, oneOf=None, type="array", items={"type": "string", **of})


Cursor = Annotated[
    str, parameter("What `next` of an answer has: what comes before it is left out", pattern=f"^({_COUNT})?$")
]
Limit = Annotated[int, QueryParameter(ge=1, le=MOST, description="How many, at most")]
Words = Annotated[str, parameter("Each word begins one of the provider, key, id, name or an alias")]
OfProvider = Annotated[list[str] | None, _many("One of these; as often as one likes")]
Having = Annotated[list[str] | None, _many("All of these; as often as one likes")]
MostUsd = Annotated[str, parameter("At most so many USD per 1M tokens, as 2.5", pattern=f"^({_PRICE})?$")]
LeastTokens = Annotated[
    str, parameter("At least so many tokens, as 128000 or 128k", pattern=f"^({_COUNT})?$")
]
Availability = Annotated[str, parameter("available: whatever is not unavailable", enum=_AVAILABILITY)]
Order = Annotated[
    str,
    parameter(
        "With - before it turned round; what is not known comes last",
        enum=["", *SORTS, *(f"-{one}" for one in SORTS)],
    ),
]
Columns = Annotated[list[str] | None, _many("Only these of each model, beside its name", enum=["", *COLUMNS])]


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
    limit: int = USUAL

    @property
    def query(self) -> Query:
        """What the index is asked. Raises ClientException for what is no number and no order."""
        if self.sort.removeprefix("-") not in ("", *SORTS):
            raise ClientException(f"sort: one of {', '.join(SORTS)}, with a - before it to turn it round")
        if self.availability not in _AVAILABILITY:
            raise ClientException("availability: available or unavailable")
        if unknown := [name for name in self.column if name not in COLUMNS]:
            raise ClientException(f"column: {unknown[0][:40]} is none; there are {', '.join(COLUMNS)}")
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
            offset=start_of(self.cursor),
            limit=self.limit,
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
    q: Words = "",
    provider: OfProvider = None,
    feature: Having = None,
    max_input: MostUsd = "",
    max_output: MostUsd = "",
    min_context: LeastTokens = "",
    availability: Availability = "",
    sort: Order = "",
    column: Columns = None,
    cursor: Cursor = "",
    limit: Limit = USUAL,
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
    price = text.strip()
    if price and not re.fullmatch(_PRICE, price):
        raise ClientException(f"{name}: a number of USD per 1M tokens, as 2.5")
    return Decimal(price.removeprefix("$")) if price else None


def count(name: str, text: str) -> int | None:
    """A count: `128000`, `128,000`, `128k`, `1m`."""
    digits = text.strip().lower().replace(",", "").replace("_", "")
    if digits and not re.fullmatch(_COUNT, digits):
        raise ClientException(f"{name}: a number, as 128000 or 128k")
    times = _TIMES.get(digits[-1:], 1)
    return int(digits[:-1] if times > 1 else digits) * times if digits else None


def start_of(cursor: str) -> int:
    """How much comes before what a cursor, or the address that it stands in, asks for."""
    return count("cursor", cursor.rpartition("cursor=")[2]) or 0


AskedFor = NamedDependency[Asked]
