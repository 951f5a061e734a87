"""What the table of models shows and can be asked for, and what its index notes of each model. Pure."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, get_args

import msgspec
from msgspec.structs import astuple

from modelsync.catalog.codec import own as packed_own
from modelsync.catalog.codec import read_own, values_of
from modelsync.plan.mapping import normalise
from modelsync.records import (
    PriceInterval,
    Release,
    ReleasedModel,
    TokenPrice,
    Tokens,
    Value,
    midnight,
    typed,
)

Sort = Literal[
    "provider",
    "key",
    "id",
    "name",
    "input",
    "output",
    "cache_read",
    "cache_write",
    "context_length",
    "max_output_tokens",
    "availability",
    "knowledge_cutoff",
    "released",
    "expires",
]
SORTS: tuple[Sort, ...] = get_args(Sort)
_WORD = re.compile(r"[^\W_]+")
_ENCODER = msgspec.msgpack.Encoder()


_SHOWN: tuple[tuple[str, type], ...] = (  # what a row has of a model, in its order, but for words
    ("name", str),
    ("pricing.input", Decimal),
    ("pricing.output", Decimal),
    ("pricing.cache_read", Decimal),
    ("pricing.cache_write", Decimal),
    ("pricing.factor", Decimal),
    ("context_length", int),
    ("max_output_tokens", int),
    ("availability", str),
    ("knowledge_cutoff", str),
    ("released", str),
    ("expires", str),
)


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """Which models are meant, and in which order. What is not known of a model meets no limit."""

    text: str = ""  # each of its words begins a word of the provider, key, id, name or an alias
    providers: tuple[str, ...] = ()  # one of them
    features: tuple[str, ...] = ()  # all of them
    most_input: Decimal | None = None  # USD per 1M tokens, the list price
    most_output: Decimal | None = None
    least_context: int | None = None  # tokens
    availability: Literal["", "available", "unavailable"] = ""  # available: whatever is not unavailable
    sort: Sort | Literal[""] = ""  # empty: as the catalog has them; what words find, the shortest key first
    descending: bool = False  # turned round, but what is not known stays last
    offset: int = 0
    limit: int = 50


class Row(msgspec.Struct, frozen=True):
    """What the table shows of a model, on the day of the index; None is not known, or not applicable.

    Prices are list prices, USD per 1M tokens; what is paid is `factor` times as much.
    """

    provider: str
    key: str
    id: str
    name: str | None
    aliases: tuple[str, ...]
    input: TokenPrice | None
    output: TokenPrice | None
    cache_read: TokenPrice | None
    cache_write: TokenPrice | None
    factor: Annotated[
        Decimal | None, msgspec.Meta(description="What is paid, of the list price; null: the whole of it")
    ]
    context_length: Tokens | None
    max_output_tokens: Tokens | None
    features: tuple[str, ...]
    takes: tuple[str, ...]  # modalities
    gives: tuple[str, ...]
    availability: str | None
    knowledge_cutoff: str | None
    released: str | None
    expires: str | None
    hidden: bool
    local: bool


class Page(msgspec.Struct, frozen=True):
    """Some rows of all that a query means."""

    total: int
    rows: tuple[Row, ...]


class Facet(msgspec.Struct, frozen=True):
    """A word that a query may name, and how many models have it."""

    word: str
    models: int


class Facets(msgspec.Struct, frozen=True):
    """All providers and features of the catalog, in the order of their names."""

    models: int
    providers: tuple[Facet, ...]
    features: tuple[Facet, ...]


class Facts(msgspec.Struct, frozen=True):
    """What an index is of."""

    commit: str
    committed: datetime
    observed: datetime  # when a run last saw a price upstream
    day: date  # of the prices that its rows show
    until: date | None  # the day on which the first of them is another; None: by itself none ever is
    facets: Facets
    notices: tuple[str, ...]  # what of the past is not known
    notes: tuple[str, ...]  # what the catalog holds


def row_of(model: ReleasedModel, day: date) -> Row:
    """What the table shows of a model on a day (UTC)."""
    get = model.values_on(day).get
    known: list[Any] = [value if isinstance(value := get(field), kind) else None for field, kind in _SHOWN]
    name, input_, output, cache_read, cache_write, factor, *others = known
    context, longest, available, cutoff, released, expires = others
    return Row(
        model.provider,
        model.key,
        model.id,
        name,
        model.aliases,
        input_,
        output,
        cache_read,
        cache_write,
        factor,
        context,
        longest,
        _words(get("features")),
        _words(get("modalities.input")),
        _words(get("modalities.output")),
        available,
        cutoff,
        released,
        expires,
        model.hidden,
        model.local,
    )


def _words(value: Value) -> tuple[str, ...]:
    return tuple(word for word in value if isinstance(word, str)) if isinstance(value, tuple) else ()


def sort_key(value: Any) -> Any:
    """By what a value is sorted that is known: text whatever its case, then as it is; a number as it is."""
    return (value.casefold(), value) if isinstance(value, str) else value


def words(text: str) -> list[str]:
    """The words of a text, whatever their case and their form in Unicode."""
    if text.isascii():
        return _WORD.findall(text.lower())
    return _WORD.findall(unicodedata.normalize("NFKC", text).casefold())


def words_of(row: Row) -> set[str]:
    """The words by which a model is found; each name is one too, without what parts its words: `gpt4o`."""
    names = (row.provider, row.key, row.id, row.name or "", *row.aliases)
    parted = [words(name) for name in names]
    return {word for name in parted for word in (*name, "".join(name)) if word}


def identities(model: ReleasedModel) -> set[str]:
    """What the same model goes by at any provider: its id and those it is followed by, without vendors."""
    ids = {normalise(id_.rpartition("/")[2]) for id_ in (model.id, *model.upstream.values())}
    return ids - {""}


def changes_by_itself(release: Release, day: date) -> date | None:
    """The first day after this one on which an announced price counts, or one counts no more."""
    moment = midnight(day)
    edges = (
        edge
        for model in release.models
        for one in model.prices
        for edge in (one.since, one.until)
        if edge and edge > moment
    )
    first = min(edges, default=None)
    return first.date() if first else None


# ---------------------------------------------------------------------------- a model as bytes


def packed(model: ReleasedModel) -> bytes:
    """A model as MessagePack, whole; without the names of fields, which are the same in each."""
    *first, prices, hidden, local, own = astuple(model)
    return _ENCODER.encode((*first, [astuple(one)[1:] for one in prices], hidden, local, packed_own(own)))


def unpacked(content: bytes) -> ReleasedModel:
    """What `packed` made."""
    provider, key, id_, aliases, upstream, values, prices, *last = msgspec.msgpack.decode(
        content, ext_hook=read_own
    )
    name = f"{provider}/{key}"
    intervals = (PriceInterval(name, field, typed(field, value), *more) for field, value, *more in prices)
    return ReleasedModel(
        provider, key, id_, tuple(aliases), upstream, values_of(values), tuple(intervals), *last
    )
