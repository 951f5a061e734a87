"""What publishing the reviewed catalog does to the rows of a target, and what came of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import msgspec

from modelsync.errors import FailureKind

Conflict = Literal["catalog_wins", "database_wins", "merge"]


class Row(msgspec.Struct, frozen=True):
    """A model as a target has it or is to have it, by the target's own names of its fields."""

    id: str
    values: dict[str, Any]  # what we write there; what is not known is None
    model: str = ""  # `provider/key`
    mark: str = ""  # the digest of the values with which a run wrote it last; empty: it is a person's
    rest: dict[str, Any] = {}  # what else stands in the row, which stays
    name: str = ""  # of the model, for people
    withdrawn: str = ""  # the day (UTC, ISO 8601) on which it became unavailable, where the target keeps it
    version: str = ""  # another one as soon as anybody writes the row, where the target tells it


class TargetChange(msgspec.Struct, frozen=True):
    """What is to be done to one row; `withdraw`: the catalog has the model no more; `remove`: for long.

    The row is made each time that it is asked for: however many are to change, few are in memory.
    """

    action: Literal["create", "update", "withdraw", "remove"]
    id: str
    model: str  # `provider/key`
    name: str  # of the model, for people
    make: Callable[[], Row]
    fields: tuple[str, ...] = ()  # what differs
    mark: str = ""  # that the row is to have
    digest: str = ""  # of the values that it is to have

    @property
    def row(self) -> Row:
        """The row as it is to be."""
        return self.make()


class Delivery(msgspec.Struct, frozen=True):
    """What came of one change; `unconfirmed`: it was sent, and what the target answers is still the old."""

    id: str
    model: str
    result: Literal["created", "updated", "withdrawn", "removed", "failed", "unconfirmed"]
    kind: FailureKind | None = None
    reason: str = ""


class Publication(msgspec.Struct, frozen=True):
    """All that publishing did, or in a dry run would do."""

    target: str
    environment: str
    commit: str
    changes: tuple[TargetChange, ...]
    unchanged: tuple[str, ...] = ()  # ids
    adoptable: tuple[str, ...] = ()  # ids of rows that people made, and that a model of the catalog has
    conflicts: tuple[str, ...] = ()  # ids of rows of ours that somebody changed since
    deliveries: tuple[Delivery, ...] = ()  # in the order of the changes; none in a dry run
    unsaid: dict[str, tuple[str, ...]] = {}  # what the target is not told -> of which models
    is_dry: bool = False

    @property
    def failed(self) -> tuple[Delivery, ...]:
        return tuple(one for one in self.deliveries if one.result == "failed")


class TargetHealth(msgspec.Struct, frozen=True):
    """Whether a target could be published to, as far as can be known before anything is."""

    target: str
    environment: str
    state: Literal["answers", "fails", "not asked"]
    answer: str = msgspec.field(name="said")  # as --json spells it
    kind: FailureKind | None = None  # of what fails
    advice: str = ""
    unsaid: dict[str, tuple[str, ...]] = {}  # what the target would not be told -> of which models
