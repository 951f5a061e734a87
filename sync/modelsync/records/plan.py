"""What a run would do, and what it did."""

from __future__ import annotations

import zlib
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec
from msgspec import UNSET, UnsetType

from modelsync.records.fields import TYPED, USUAL_UNIT, Value, typed
from modelsync.records.listing import Failure

if TYPE_CHECKING:
    Stated = Value | UnsetType  # UNSET: nothing is stated
else:
    Stated = Any  # msgspec decodes no such union: `typed` does, by the field's kind


class FieldChange(msgspec.Struct, frozen=True):
    """One field, before and after. UNSET: the file does not state it. None: it states `null`."""

    field: str
    old: Stated = UNSET
    new: Stated = UNSET

    def __post_init__(self) -> None:
        if self.field not in TYPED:
            return
        for side, value in (("old", self.old), ("new", self.new)):
            if value is not UNSET and type(value) is not Decimal:
                msgspec.structs.force_setattr(self, side, typed(self.field, value))


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


class Guard(StrEnum):
    """The guard that holds a change; a saved plan and the reports spell it so."""

    ABSURD_PRICE = "absurd price"
    BACK_AND_FORTH = "back and forth"
    CACHE_READ_ABOVE_INPUT = "cache read above input"
    CACHE_SWAP = "cache swap"
    CACHE_WRITE_ABOVE_INPUT = "cache write above input"
    CHEAPER_TIER = "cheaper tier"
    EARLY_TIER = "early tier"
    DECLINED = "declined"
    ENDED = "past its end"
    GROWING_LIMIT = "growing limit"
    KEY_COLLISION = "key collision"
    MAX_OUTPUT_ABOVE_CONTEXT = "max output above context"
    MAX_OUTPUT_IS_CONTEXT = "max output is context"
    MOVED_TIER = "moved tier"
    NOT_A_DAY = "not a day"
    NOT_A_LIMIT = "not a limit"
    NOT_WRITABLE = "cannot be written"
    NOT_A_PRICE = "not a price"
    PRICE_RATIO = "price ratio"
    PRICE_SHIFT = "price shift"
    PRICE_SWAP = "price swap"
    REMOVED_SHARE = "removed share"
    SECOND_OPINION = "second opinion"
    SHRINKING_LIMIT = "shrinking limit"
    ZERO_CROSSING = "zero crossing"
    ZERO_PRICE = "zero price"
    ZERO_SHARE = "zero share"


class Hold(msgspec.Struct, frozen=True):
    """Something upstream says that looks wrong: one field, or `added`, or `removed`."""

    provider: str
    key: str
    change: FieldChange
    guard: Guard
    reason: str
    beside: str = ""  # the field of the model that is doubted; this one only goes with it

    @property
    def name(self) -> str:
        """PROVIDER/KEY:FIELD, by which `--accept` releases it."""
        return f"{self.provider}/{self.key}:{self.change.field}"


ADDED = "added"
REMOVED = "removed"


class Topic(StrEnum):
    """What a notice of ours is about; a saved plan spells it so."""

    ACCEPT = "accept"
    ACCEPTED = "accepted"
    ALIAS = "alias"
    AUTOMERGE = "auto-merge"
    AMBIGUOUS_BASE = "ambiguous base"
    BACKUP = "backup"
    BASE = "base"
    CACHE = "cache"
    CHECK = "check"
    CORRECTED = "corrected"
    DEPRECATED = "deprecated"
    DISAGREE = "disagree"
    DRIFT = "drift"
    ENDED = "past its end"
    EXCLUDED = "excluded"
    EXPIRED = "expired"
    FILE = "file"
    HISTORY = "history"
    INCOMPLETE = "incomplete"
    KEPT = "kept"
    MISSING = "missing"
    NO_KEY = "no key"
    NO_SUCH_PROVIDER = "no such provider"
    NEW = "new upstream, not added"
    NOT_ADDED = "not added"
    NOT_COMPARED = "not compared"
    NOT_DUE = "not due"
    NOT_HEARD = "not heard"
    NOT_IN_DOLLARS = "not in dollars"
    ONLY = "only"
    OVERRIDDEN = "overridden guard"
    PASSED_OVER_NO_ADDRESS = "passed over, no address"
    PASSED_OVER_NO_KEY = "passed over, no key"
    PINNED = "pinned"
    PROPOSED_BEFORE = "proposed before"
    RECORDED = "recorded"
    RELEASED = "released"
    RENAMED = "renamed"
    RENEWED = "renewed"
    REVOKED = "taken back"
    SAME_MODEL = "same model"
    SECOND_OPINION = "second opinion"
    SKIPPED = "skipped"
    SOURCE = "source"
    STALE = "stale"
    UNCONFIRMED = "unconfirmed"
    UNMAPPED = "unmapped"
    UNREADABLE = "unreadable"
    UNUSABLE = "unusable"
    VARIANTS = "variants"
    WAITING = "waiting"
    WITHDRAWN = "no longer stated"


class Notice(msgspec.Struct, frozen=True):
    """Something to know that changes nothing: `topic` groups, `subject` says of what."""

    topic: str
    subject: str
    text: str


class Opinion(msgspec.Struct, frozen=True):
    """The lists that say the same of a value which is written, one of each lineage."""

    name: str  # PROVIDER/KEY:FIELD
    confirmed_by: tuple[str, ...]


class SecondOpinion(msgspec.Struct, frozen=True):
    """What another list said of a value that the catalog has, and whether it means the same."""

    source: str
    field: str
    value: Annotated[
        int | Decimal,
        msgspec.Meta(description="In the unit of its field: prices in USD per 1M tokens, or per call"),
    ]
    agrees: bool
    day: date


class NotCompared(msgspec.Struct, frozen=True):
    """An entry that no list was held against, so that nobody knows whether it is true, and why."""

    name: str  # PROVIDER/KEY
    reason: str


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
    unsynced: tuple[str, ...] = ()  # of `sources`, those whose whole list of this very hour it does not have
    opinions: tuple[Opinion, ...] = ()
    not_compared: tuple[NotCompared, ...] = ()
    label: str = ""  # what the review branch of the run that made it is named after
    pricing_unit: str = USUAL_UNIT  # in which a person reads its prices; here they are USD per 1M tokens
    corrects: str = ""  # `provider/key:field`, whose past its commit states anew
    title: str = ""  # what a person asks for, where that is no run of sources

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


Outcome = Literal["nothing", "planned", "written", "committed", "already proposed", "compared"]


class PullRequest(msgspec.Struct, frozen=True):
    """Where people review a run's branch, and what the run did with it."""

    number: int
    url: str
    state: Literal["created", "updated", "unchanged", "reopened", "closed", "unconfirmed"]

    @property
    def kind(self) -> str:
        """What people call it where it is: its address says so."""
        return "merge request" if "/merge_requests/" in self.url else "pull request"


class Report(msgspec.Struct, frozen=True):
    """What a run did: its plan, and where the result is."""

    plan: Plan
    digest: str = ""
    commit: str = ""
    branch: str = ""
    previous_branch: str = ""
    go_back: str = ""  # the command that returns to where HEAD was
    undo: str = ""  # the command that takes the commit back
    push: str = ""  # the command that pushes it
    backup: str = ""
    outcome: Outcome = "nothing"
    recovered: tuple[str, ...] = ()
    removed_comments: tuple[str, ...] = ()
    pushed: str = ""  # `remote/branch`, where the branch was put
    pull_request: PullRequest | None = None
    dashboard: str = ""  # the address of the issue with what has no pull request
    unpublished: str = ""  # why the branch was to be pushed or proposed, and is not
    untold: tuple[str, ...] = ()  # by which channel the news could not be told, and why
    command: str = ""  # that carries out what is only planned; else as which the run was asked for
    actor: str = ""  # who asked for it, where that is not who commits
    folder: str = ""  # of the repository, where what is to be typed has to be; empty: here
    seconds: float = 0.0
    second_opinions: dict[str, tuple[SecondOpinion, ...]] = {}  # by PROVIDER/KEY, of what is only planned
