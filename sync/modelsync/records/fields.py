"""The catalog's vocabulary: its fields, what kind of value each has, and who has the last word on it.

Money is `Decimal`. Inside the program a price per token is USD per 1,000,000 tokens and a price
per call is USD per call, whatever unit a source or a catalog file uses: they convert at the border.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Context, Decimal
from enum import Enum
from functools import lru_cache, partial
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import UNSET
from msgspec.structs import replace


class Kind(Enum):
    """What a field's value is, which decides how it is compared, shown and written."""

    TEXT = "text"
    WORDS = "list of words"  # a set of words, kept in the order in which they were written
    COUNT = "count"  # tokens
    TOKEN_PRICE = "token price"  # USD per 1M tokens
    CALL_PRICE = "call price"  # USD per call
    DATE = "date"  # ISO 8601 text: a year, a month or a day
    TIERS = "list of tiers"
    WINDOWS = "list of windows"
    VARIANTS = "list of variants"
    FACTOR = "factor"  # a number above zero by which list prices are multiplied


class Owner(Enum):
    """Who has the last word on a field that a person and a source both state."""

    UPSTREAM = "upstream"  # the source
    UNION = "union"  # both: a source adds words and removes none
    NATIVE = "native"  # the provider's own list, else rules and aliases
    FILL = "fill"  # the source, where the catalog says nothing
    HUMAN = "human"  # the person


class Strategy(Enum):
    """What other tools call it when they say at once who owns every field."""

    FILL_UNDEFINED = "fill-undefined"  # upstream, where the catalog says nothing
    UPDATE_DYNAMIC = "update-dynamic"  # upstream for prices, limits and dates; else as above
    FULL_REPLACE = "full-replace"  # upstream
    PRESERVE_MANUAL = "preserve-manual"  # people: upstream is only told of


class Field(msgspec.Struct, frozen=True):
    """One field that a source may state and sync may write."""

    name: str
    kind: Kind
    owner: Owner


TOKEN_PRICES = (
    *("input", "output", "cache_read", "cache_write", "cache_write_1h", "reasoning"),
    *("image_input", "image_output", "audio_input", "audio_output", "audio_cache_read"),
)
CALL_PRICES = ("request", "web_search")

# A price in this unit times 10 to this power is USD per 1M tokens.
PRICING_UNITS = {"per_1m_tokens": 0, "per_1k_tokens": 3, "per_token": 6}
USUAL_UNIT = "per_1m_tokens"
_EXACT = Context(prec=1000)  # digits: more than yamledit reads, so that no price is ever rounded

# In the order in which a new entry states them.
FIELDS: Mapping[str, Field] = {
    field.name: field
    for field in (
        Field("model", Kind.TEXT, Owner.NATIVE),
        Field("aliases", Kind.WORDS, Owner.UNION),  # other names by which clients ask for it
        Field("name", Kind.TEXT, Owner.FILL),
        Field("description", Kind.TEXT, Owner.FILL),
        Field("context_length", Kind.COUNT, Owner.UPSTREAM),
        Field("max_output_tokens", Kind.COUNT, Owner.UPSTREAM),
        *(Field(f"pricing.{key}", Kind.TOKEN_PRICE, Owner.UPSTREAM) for key in TOKEN_PRICES),
        *(Field(f"pricing.{key}", Kind.CALL_PRICE, Owner.UPSTREAM) for key in CALL_PRICES),
        Field("pricing.tiers", Kind.TIERS, Owner.UPSTREAM),
        Field("pricing.windows", Kind.WINDOWS, Owner.UPSTREAM),
        Field("pricing.variants", Kind.VARIANTS, Owner.UPSTREAM),
        Field("pricing.factor", Kind.FACTOR, Owner.HUMAN),  # what one pays is this times the list price
        Field("modalities.input", Kind.WORDS, Owner.UNION),
        Field("modalities.output", Kind.WORDS, Owner.UNION),
        Field("features", Kind.WORDS, Owner.UNION),
        Field("knowledge_cutoff", Kind.DATE, Owner.UPSTREAM),
        Field("released", Kind.DATE, Owner.UPSTREAM),
        Field("expires", Kind.DATE, Owner.UPSTREAM),
        Field("availability", Kind.TEXT, Owner.UPSTREAM),
        Field("unavailable_since", Kind.DATE, Owner.UPSTREAM),
    )
}
UPSTREAM = "upstream"  # the section of the ids that an entry is followed by
UPSTREAM_PREFIX = f"{UPSTREAM}."  # `upstream.openrouter` holds that of a source
BASE = "base"  # names the entry that this one states only the differences of
# What a model is wherever it is run: the rest is that of the machine.
OF_THE_MODEL = frozenset({"aliases", "name", "description", "knowledge_cutoff", "released"})
MARKS = ("availability", "unavailable_since")  # what a run writes of a model that is not listed

# What text may hold beside what prints: white space, and what joins the parts of an emoji or of a word.
UNSEEN = "\t\n\r\u200c\u200d"
FEATURES = (
    *("chat", "streaming", "vision", "multimodal", "audio", "image_generation", "function_calling"),
    *("tool_choice", "parallel_function_calling", "structured_outputs", "reasoning", "web_search"),
    *("embeddings", "rerank", "moderation", "transcription", "speech", "video_generation"),
)


def is_price_field(field: str) -> bool:
    """Whether a field is below `pricing`: a price, a factor, or a schedule of prices."""
    return field.startswith("pricing.")


def kind_of(field: str) -> Kind:
    """The kind of a field by its name; `upstream.SOURCE` and unknown fields are text."""
    known = FIELDS.get(field)
    return known.kind if known else Kind.TEXT


class Tier(msgspec.Struct, frozen=True):
    """Prices of the whole request once its prompt is longer than `above` tokens."""

    above: int
    prices: dict[str, Decimal]

    @property
    def condition(self) -> tuple[str, ...]:
        return (str(self.above),)

    @property
    def when(self) -> str:
        return f"above {self.above:,}"


class Window(msgspec.Struct, frozen=True):
    """Prices from one time of day to another, UTC, `HH:MM`; it may wrap midnight."""

    utc_start: str
    utc_end: str
    prices: dict[str, Decimal]

    @property
    def condition(self) -> tuple[str, ...]:
        return self.utc_start, self.utc_end

    @property
    def minutes(self) -> tuple[int, int]:
        """Its begin and end as minutes of the day."""
        begin, end = (60 * int(edge[:2]) + int(edge[3:]) for edge in self.condition)
        return begin, end

    @property
    def when(self) -> str:
        return f"{self.utc_start}-{self.utc_end} UTC"


class Variant(msgspec.Struct, frozen=True):
    """Prices of another way to ask: the first whose conditions are all met counts, price by price.

    Of several with the same conditions, that of the longest prompts counts.
    """

    conditions: dict[str, str]  # by the words of CONDITIONS
    prices: dict[str, Decimal]  # `factor` among them multiplies the prices that it does not state
    above: int = 0  # tokens that the prompt is longer than; 0: of any length

    @property
    def condition(self) -> tuple[str, ...]:
        words = (word for pair in sorted(self.conditions.items()) for word in pair)
        return (*words, str(self.above))

    @property
    def when(self) -> str:
        words = [f"{name} {word}" for name, word in self.conditions.items()]
        return ", ".join([*words, f"above {self.above:,}"] if self.above else words)


CONDITIONS = ("service_tier", "region")  # of a variant
SERVICE_TIERS = ("batch", "flex", "priority")  # beside the ordinary one
Scheduled = Tier | Window | Variant


_FIELD_OF: dict[type[Scheduled], str] = {
    Tier: "pricing.tiers",
    Window: "pricing.windows",
    Variant: "pricing.variants",
}
S = TypeVar("S", Tier, Window, Variant)


def scheduled(values: Mapping[str, object], kind: type[S]) -> list[S]:
    """The tiers, windows or variants among the values of a model, as it states them."""
    schedule = values.get(_FIELD_OF[kind])
    return [one for one in schedule if isinstance(one, kind)] if isinstance(schedule, tuple) else []


def words_in(values: Mapping[str, object], field: str) -> tuple[str, ...]:
    """The words that a field of a model states."""
    words = values.get(field)
    return tuple(map(str, words)) if isinstance(words, tuple) else ()


class Unreadable(msgspec.Struct, frozen=True):
    """What a person wrote where another kind of value belongs (`128k`, `free`): it stays as it is."""

    text: str

    def __str__(self) -> str:
        return self.text


Usd = Annotated[Decimal, msgspec.Meta(description="USD, exact, as decimal text")]
TokenPrice = Annotated[Decimal, msgspec.Meta(description="USD per 1M tokens, exact, as decimal text")]
Tokens = Annotated[int, msgspec.Meta(description="tokens")]
Value = (
    str
    | int
    | bool
    | Decimal
    | None
    | tuple[str, ...]
    | tuple[Tier, ...]
    | tuple[Window, ...]
    | tuple[Variant, ...]
    | Unreadable
)


def _schedule(kind: type[Scheduled]) -> Callable[[Any], Any]:
    return partial(msgspec.convert, type=tuple[kind, ...], from_attributes=True)  # type: ignore[valid-type]


# A catalog says the same few thousand prices and lists over and over: each text of one is one object.
_price_in, _words = lru_cache(1 << 16)(Decimal), lru_cache(1 << 16)(tuple)


def _price(value: Any) -> Decimal:
    return _price_in(value) if isinstance(value, str) else Decimal(value)


_TYPES: dict[Kind, Callable[[Any], Any]] = {
    **dict.fromkeys((Kind.TOKEN_PRICE, Kind.CALL_PRICE, Kind.FACTOR), _price),
    Kind.WORDS: lambda words: _words(tuple(words)),
    Kind.TIERS: _schedule(Tier),
    Kind.WINDOWS: _schedule(Window),
    Kind.VARIANTS: _schedule(Variant),
}
_TYPE_OF = {name: _TYPES[field.kind] for name, field in FIELDS.items() if field.kind in _TYPES}
TYPED = frozenset(_TYPE_OF)  # the fields whose values are of a type that JSON does not have


def typed(field: str, value: Any) -> Any:
    """A value as JSON and MessagePack have it, as the type that its field's kind calls for."""
    type_ = _TYPE_OF.get(field)
    return value if type_ is None or value is UNSET or value is None else type_(value)


def shifted(price: Decimal, exponent: int) -> Decimal:
    """A price times 10 to this power, exactly."""
    return price.scaleb(exponent, _EXACT) if exponent and price.is_finite() else price


def in_unit(field: str, value: Any, unit: str) -> Any:
    """A field's value with its token prices, else in USD per 1M tokens, in a unit of PRICING_UNITS."""
    exponent = -PRICING_UNITS[unit]
    if not exponent:
        return value
    match value:
        case Decimal() if kind_of(field) is Kind.TOKEN_PRICE:
            return shifted(value, exponent)
        case Tier() | Window() | Variant():
            prices = {name: in_unit(f"pricing.{name}", price, unit) for name, price in value.prices.items()}
            return replace(value, prices=prices)
        case tuple():
            return tuple(in_unit(field, item, unit) for item in value)
        case _:
            return value


def text_in(field: str, value: Any, unit: str) -> str:
    """A field's value in words for a person, its token prices in a unit of PRICING_UNITS."""
    if isinstance(value, int) and kind_of(field) is Kind.COUNT:
        return f"{value:,}"
    return text_of(in_unit(field, value, unit))


def text_of(value: object) -> str:
    """A value in one line, numbers in plain decimal and shortest exact form. Text stays as it is."""
    match value:
        case Decimal():
            plain = f"{value:f}"
            return plain.rstrip("0").rstrip(".") if "." in plain else plain
        case Tier() | Window() | Variant():
            return f"{value.when}: {text_of(value.prices)}"
        case dict():
            return ", ".join(f"{name} {text_of(price)}" for name, price in value.items())
        case tuple():
            separator = "; " if value and isinstance(value[0], Scheduled) else ", "
            return separator.join(text_of(item) for item in value)
        case None:
            return "null"
        case _:
            return "" if value is UNSET else str(value)
