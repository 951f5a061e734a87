"""The frozen types that cross module borders, and the catalog's vocabulary. Imports nothing of ours.

Money is `Decimal`. Inside the program a price per token is USD per 1,000,000 tokens and a price
per call is USD per call, whatever unit a source or a catalog file uses: they convert at the border.
"""

from __future__ import annotations

import zlib
from collections import ChainMap
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, Literal

import msgspec
from msgspec import UNSET

# ---------------------------------------------------------------------------- vocabulary


class Kind(Enum):
    """What a field's value is, which decides how it is compared, shown and written."""

    TEXT = "text"
    WORDS = "list of words"  # a set of words, kept in the order in which they were written
    COUNT = "count"  # tokens
    TOKEN_PRICE = "token price"  # USD per 1M tokens
    CALL_PRICE = "call price"  # USD per call
    DATE = "date"  # ISO 8601 text: a year, a month or a day
    TIERS = "tiers"
    WINDOWS = "windows"


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
    UPDATE_DYNAMIC = (
        "update-dynamic"  # upstream for what changes by itself: prices, limits, dates; else as above
    )
    FULL_REPLACE = "full-replace"  # upstream
    PRESERVE_MANUAL = "preserve-manual"  # people: upstream is only told of


class Field(msgspec.Struct, frozen=True):
    """One field that a source may state and sync may write."""

    name: str
    kind: Kind
    owner: Owner


TOKEN_PRICES = (
    "input",
    "output",
    "cache_read",
    "cache_write",
    "cache_write_1h",
    "reasoning",
    "image_input",
    "image_output",
    "audio_input",
    "audio_output",
    "audio_cache_read",
)
CALL_PRICES = ("request", "web_search")

# A price in this unit times 10 to this power is USD per 1M tokens.
PRICING_UNITS = {"per_1m_tokens": 0, "per_1k_tokens": 3, "per_token": 6}

# In the order in which a new entry states them.
FIELDS: Mapping[str, Field] = {
    field.name: field
    for field in (
        Field("model", Kind.TEXT, Owner.NATIVE),
        Field("name", Kind.TEXT, Owner.FILL),
        Field("description", Kind.TEXT, Owner.FILL),
        Field("context_length", Kind.COUNT, Owner.UPSTREAM),
        Field("max_output_tokens", Kind.COUNT, Owner.UPSTREAM),
        *(Field(f"pricing.{key}", Kind.TOKEN_PRICE, Owner.UPSTREAM) for key in TOKEN_PRICES),
        *(Field(f"pricing.{key}", Kind.CALL_PRICE, Owner.UPSTREAM) for key in CALL_PRICES),
        Field("pricing.tiers", Kind.TIERS, Owner.UPSTREAM),
        Field("pricing.windows", Kind.WINDOWS, Owner.UPSTREAM),
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
UPSTREAM_PREFIX = "upstream."  # `upstream.openrouter` holds the id that an entry is followed by
BASE = "base"  # names the entry that this one states only the differences of

FEATURES = (
    "chat",
    "streaming",
    "vision",
    "multimodal",
    "audio",
    "image_generation",
    "function_calling",
    "tool_choice",
    "parallel_function_calling",
    "structured_outputs",
    "reasoning",
    "web_search",
    "embeddings",
    "rerank",
    "moderation",
    "transcription",
    "speech",
    "video_generation",
)


def kind_of(field: str) -> Kind:
    """The kind of a field by its name; `upstream.SOURCE` and unknown fields are text."""
    known = FIELDS.get(field)
    return known.kind if known else Kind.TEXT


class Tier(msgspec.Struct, frozen=True):
    """Prices of the whole request once its prompt is longer than `above` tokens."""

    above: int
    prices: dict[str, Decimal]

    @property
    def when(self) -> str:
        return f"above {self.above:,}"


class Window(msgspec.Struct, frozen=True):
    """Prices from one time of day to another, UTC, `HH:MM`; it may wrap midnight."""

    utc_start: str
    utc_end: str
    prices: dict[str, Decimal]

    @property
    def when(self) -> str:
        return f"{self.utc_start}-{self.utc_end} UTC"


class Unreadable(msgspec.Struct, frozen=True):
    """What a person wrote where another kind of value belongs (`128k`, `free`): it stays as it is."""

    text: str


Value = (
    str | int | bool | Decimal | None | tuple[str, ...] | tuple[Tier, ...] | tuple[Window, ...] | Unreadable
)


def text_of(value: object) -> str:
    """A value in one line, numbers in plain decimal and shortest exact form. Text stays as it is."""
    match value:
        case Decimal():
            plain = f"{value:f}"
            return plain.rstrip("0").rstrip(".") if "." in plain else plain
        case Tier() | Window():
            return f"{value.when}: {text_of(value.prices)}"
        case dict():
            return ", ".join(f"{name} {text_of(price)}" for name, price in value.items())
        case tuple():
            separator = "; " if value and isinstance(value[0], Tier | Window) else ", "
            return separator.join(text_of(item) for item in value)
        case None:
            return "null"
        case _:
            return "" if value is UNSET else str(value)


# ---------------------------------------------------------------------------- what a source said


class Unusable(msgspec.Struct, frozen=True):
    """One field of a row that says something which is no value (`-1`, `free`, `128k`)."""

    field: str
    stated: str
    reason: str


class Model(msgspec.Struct, frozen=True):
    """One row of an upstream list. A field that is not in `values` was not stated."""

    id: str
    values: dict[str, Value]
    canonical: str = ""
    unusable: tuple[Unusable, ...] = ()
    weak: frozenset[str] = frozenset()  # fields of which the source knows little: they fill what is empty
    repeats: str = ""  # the id of the row that this one is only another name for


class Skipped(msgspec.Struct, frozen=True):
    """A row that could not be used, and why."""

    id: str
    reason: str


class Listing(msgspec.Struct, frozen=True):
    """What a source said. Only a complete listing can say that a model is gone."""

    source: str
    models: tuple[Model, ...]
    fetched: datetime
    origin: str
    complete: bool = True
    skipped: tuple[Skipped, ...] = ()
    drift: tuple[str, ...] = ()  # what the source says that we do not know yet, one line each
    passed_over: tuple[str, ...] = ()  # ids that it lists too, and that nobody wants
    note: str = ""  # what everybody who reads it must know: that it is a recorded list, and from when


FailureKind = Literal["connection", "authentication", "data", "timeout", "rate limit"]


class Failure(msgspec.Struct, frozen=True):
    """A source or target that gave nothing, why, and what to do."""

    source: str
    reason: str
    advice: str = ""
    kind: FailureKind = "data"


# ---------------------------------------------------------------------------- the catalog


class Pin(msgspec.Struct, frozen=True):
    """A person's `# modelsync: keep`: of one field, or of the whole entry where `field` is empty."""

    field: str = ""
    until: date | None = None
    reason: str = ""
    line: int = 0

    def holds_on(self, day: date) -> bool:
        return self.until is None or day <= self.until


class Entry(msgspec.Struct, frozen=True):
    """One model of the catalog. A field that is not in `values` is unknown; None is not applicable."""

    provider: str
    key: str
    values: dict[str, Value]
    upstream: dict[str, str] = {}
    pins: tuple[Pin, ...] = ()
    priority: int = 0
    hidden: bool = False
    base: str = ""  # the entry that it states only the differences of: `provider/key`, or its upstream id
    reason: str = ""  # why it is a person's
    inherited: dict[str, str] = {}  # once it is resolved: field -> the entry that states it in its place

    @property
    def name(self) -> str:
        return f"{self.provider}/{self.key}"

    @property
    def own(self) -> tuple[str, ...]:
        """The fields that the entry states itself."""
        return tuple(field for field in self.values if field not in self.inherited)

    @property
    def is_a_persons(self) -> bool:
        return self.priority >= PERSON_PRIORITY

    def pin_of(self, field: str, day: date) -> Pin | None:
        """The pin that keeps this field on that day: its own, its section's, or the entry's."""
        section = field.partition(".")[0]
        held = (pin for pin in self.pins if pin.field in ("", field, section))
        return next((pin for pin in held if pin.holds_on(day)), None)


PERSON_PRIORITY = 100


class Provider(msgspec.Struct, frozen=True):
    """One provider of the catalog and the file it lies in, relative to the catalog folder."""

    key: str
    file: str
    name: str = ""
    local: bool = False
    entries: dict[str, Entry] = {}


class Catalog(msgspec.Struct, frozen=True):
    """The catalog by meaning, and the SHA-256 of each of its files as they were read."""

    providers: dict[str, Provider]
    files: dict[str, str]

    def entries(self) -> Iterator[Entry]:
        for provider in self.providers.values():
            yield from provider.entries.values()


# ---------------------------------------------------------------------------- policy


class Policy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Base of everything that `sync.yaml` may say: an unknown key is an error."""


class MappingRule(Policy, frozen=True):
    """Upstream ids that match the regular expression belong to the provider."""

    match: str
    provider: str
    variants: tuple[str, ...] = ()
    add: Literal["all", "none"] | tuple[str, ...] = "all"
    prices: bool | None = None  # None: yes, unless the provider is `local`


class Exclusion(Policy, frozen=True):
    """A model, by id or glob, that is never added and never updated, up to and with `until`."""

    id: str
    reason: str = ""
    until: date | None = None

    def holds_on(self, day: date) -> bool:
        return self.until is None or day <= self.until


class Accepted(Policy, frozen=True):
    """One value that a person looked at and let through a guard, in the catalog's pricing unit."""

    model: str
    field: str
    value: Any = None
    reason: str = ""


class GuardPolicy(Policy, frozen=True):
    """Thresholds of the guards. Shares are of the provider's followed models."""

    price_ratio: Decimal = Decimal(10)
    price_most: Decimal = Decimal(1_000)  # USD per 1M tokens, of a price where none was known
    call_price_most: Decimal = Decimal(100)  # USD per call, the same
    removed_share: Decimal = Decimal("0.2")
    removed_least: int = 3
    zero_share: Decimal = Decimal("0.2")
    zero_least: int = 3
    shift_ratio: Decimal = Decimal(3)
    shift_share: Decimal = Decimal("0.5")
    shift_least: int = 5
    return_days: int = 14  # a number that comes back within so many days is doubted
    only: dict[
        str, dict[str, Decimal]
    ] = {}  # by provider, field, section or `provider/field`: other thresholds

    def at(self, provider: str) -> GuardPolicy:
        """The thresholds of one provider; what is left in `only` is for fields of it."""
        if not self.only:
            return self
        whole, prefix = self.only.get(provider, {}), f"{provider}/"
        fields = {name: other for name, other in self.only.items() if "/" not in name and name != provider}
        for name, narrower in self.only.items():
            if name.startswith(prefix):
                field = name.removeprefix(prefix)
                fields[field] = fields.get(field, {}) | narrower
        return msgspec.structs.replace(self, **whole, only=fields)

    def on(self, field: str) -> GuardPolicy:
        """The thresholds of one field."""
        names = [name for name in (field.partition(".")[0], field) if name in self.only]
        narrower = [self.only[name] for name in dict.fromkeys(names)]
        return msgspec.structs.replace(self, **ChainMap(*reversed(narrower))) if narrower else self


class PrunePolicy(Policy, frozen=True):
    """How long a model must be gone before prune removes it, and which are never removed."""

    after_days: int = 0
    keep_features: tuple[str, ...] = ("embeddings",)


class BackupPolicy(Policy, frozen=True):
    """Backups kept: the newest `keep`, and all that are younger than `keep_days`."""

    keep: int = 30
    keep_days: int = 0


class ReviewPolicy(Policy, frozen=True):
    """Where a run's commit goes."""

    branch: str = "modelsync/{source}"


class Earlier(msgspec.Struct, frozen=True):
    """A number that a field of the catalog had, and the day on which it was given up."""

    value: int | Decimal
    until: date


class PlanPolicy(msgspec.Struct, frozen=True):
    """All that planning has to know beside the catalog and the listings."""

    today: date
    sources: tuple[str, ...] = ()  # in the order of sync.yaml: the first that states a field wins
    mapping: tuple[MappingRule, ...] = ()
    off: frozenset[str] = frozenset()  # of these: switched off, and not named in this run
    authoritative: frozenset[str] = frozenset({"openrouter"})  # their entries are what others are based on
    vendor_sources: frozenset[str] = frozenset({"openrouter"})  # their ids carry a vendor
    plain_sources: frozenset[str] = frozenset()  # of these: a colon in an id begins no variant
    local_sources: frozenset[str] = frozenset()  # at one's own machine: a provider created for one is local
    aliases: dict[str, str] = {}
    exclude: dict[str, tuple[Exclusion, ...]] = {}
    owners: Mapping[str, Owner | Strategy] = {}  # "*", "openai/*", "pricing", "openai/pricing.input"
    fields: frozenset[str] | None = None  # None: all of FIELDS and `upstream`
    create_providers: bool = False
    guards: GuardPolicy = GuardPolicy()
    prune_policy: PrunePolicy = PrunePolicy()
    earlier: Mapping[tuple[str, str], tuple[Earlier, ...]] = {}  # by model and field, what it said lately
    accept: tuple[str, ...] = ()  # patterns of this run: `openai/gpt-4o:pricing.input`
    accepted: tuple[Accepted, ...] = ()  # values of sync.yaml, prices in USD per 1M tokens
    only: str = ""  # PROVIDER or PROVIDER/GLOB
    prune: bool = False
    removals_only: bool = False  # nothing is added, and nothing but its availability changes
    excluded: bool = False
    unfollowed: bool = False
    immediately: bool = False


# ---------------------------------------------------------------------------- the plan


class FieldChange(msgspec.Struct, frozen=True, omit_defaults=True):
    """One field, before and after. UNSET: the file does not state it. None: it states `null`."""

    field: str
    old: Any = UNSET  # Value | UnsetType
    new: Any = UNSET

    def __post_init__(self) -> None:
        for side in ("old", "new"):
            value = getattr(self, side)
            msgspec.structs.force_setattr(self, side, _from_json(self.field, value))


class Change(msgspec.Struct, frozen=True):
    """What happens to one model: it is added, updated, or removed."""

    action: Literal["add", "update", "remove"]
    provider: str
    key: str
    fields: tuple[FieldChange, ...] = ()
    reason: str = ""
    confirmed: bool = True  # False: that `model` is the provider's own id is not known

    @property
    def name(self) -> str:
        return f"{self.provider}/{self.key}"


class Hold(msgspec.Struct, frozen=True):
    """Something upstream says that looks wrong: one field, or `added`, or `removed`."""

    provider: str
    key: str
    change: FieldChange
    guard: str
    reason: str

    @property
    def name(self) -> str:
        """What releases it: `--accept NAME`."""
        return f"{self.provider}/{self.key}:{self.change.field}"


ADDED = "added"
REMOVED = "removed"


class Notice(msgspec.Struct, frozen=True):
    """Something to know that changes nothing: `topic` groups, `subject` says of what."""

    topic: str
    subject: str
    text: str


class Asked(msgspec.Struct, frozen=True):
    """How one source of a run did, and how many models it listed; passed over: it was not asked."""

    source: str
    state: Literal["ok", "failed", "passed over"]
    models: int = 0


class Plan(msgspec.Struct, frozen=True):
    """What a run would do, for exactly the catalog files whose SHA-256 it names."""

    started: datetime
    sources: tuple[str, ...]
    files: dict[str, str]
    changes: tuple[Change, ...] = ()
    holds: tuple[Hold, ...] = ()
    failures: tuple[Failure, ...] = ()
    notices: tuple[Notice, ...] = ()
    unchanged: int = 0
    version: Literal[1] = 1
    asked: tuple[Asked, ...] = ()

    def count(self, action: str) -> int:
        return sum(change.action == action for change in self.changes)

    def to_json(self) -> bytes:
        """The plan as JSON: prices as text, in USD per 1M tokens or per call; last a checksum of it."""
        encoded = msgspec.json.encode(self)
        return encoded[:-1] + f',"checksum":"{_checksum(encoded)}"}}'.encode()

    @classmethod
    def from_json(cls, text: bytes) -> Plan:
        """The plan that `to_json` wrote. Raises `msgspec.DecodeError` on anything else: the guards have seen
        what it says, and nothing that it was changed to."""
        plan = msgspec.json.decode(text, type=cls)
        if msgspec.json.decode(text, type=_Checked).checksum != _checksum(msgspec.json.encode(plan)):
            raise msgspec.DecodeError("it was changed after it was made")
        return plan


class _Checked(msgspec.Struct):
    checksum: str = ""


def _checksum(encoded: bytes) -> str:
    return f"{zlib.crc32(encoded):08x}"


class Report(msgspec.Struct, frozen=True):
    """What a run did: its plan, and where the result is."""

    plan: Plan
    digest: str = ""
    commit: str = ""
    branch: str = ""
    previous_branch: str = ""
    backup: str = ""
    outcome: Literal["nothing", "planned", "written", "committed", "already proposed"] = "nothing"
    recovered: tuple[str, ...] = ()
    removed_comments: tuple[str, ...] = ()
    command: str = ""  # that carries out what is only planned
    seconds: float = 0.0


def _from_json(field: str, value: Any) -> Any:
    """A value as JSON has it, as the type that its field's kind calls for."""
    if value is UNSET or value is None:
        return value
    match kind_of(field):
        case Kind.TOKEN_PRICE | Kind.CALL_PRICE:
            return Decimal(value)
        case Kind.WORDS:
            return tuple(value)
        case Kind.TIERS:
            return msgspec.convert(value, tuple[Tier, ...], from_attributes=True)
        case Kind.WINDOWS:
            return msgspec.convert(value, tuple[Window, ...], from_attributes=True)
        case _:
            return value
