"""A change that nobody has checked yet, beside what its entry says; and what is decided of all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

import msgspec
from msgspec import UNSET, UnsetType

from modelsync.plan.merge import as_read, speaker
from modelsync.plan.rows import Row
from modelsync.plan.rules import means_the_same
from modelsync.records import Change, FieldChange, Hold, Notice, Opinion, Value


class Draft(msgspec.Struct, frozen=True, dict=True):
    """A change that nobody has checked yet, of an entry that states `own`, or of none.

    `inherited` is what its base says as this plan leaves it, `was` what the entry said by its base before.
    """

    change: Change
    rows: Sequence[Row]
    local: bool
    own: Mapping[str, Value] | None = None
    inherited: Mapping[str, Value] = {}
    was: Mapping[str, Value] = {}

    @property
    def is_new(self) -> bool:
        return self.change.action == "add"

    @cached_property
    def before(self) -> Mapping[str, Value] | None:
        """What the entry says, by its base too; None where there is neither."""
        if not self.inherited:
            return self.own
        staying = {
            field.field: field.new
            for field in self.read
            if self._stays(field) and not isinstance(field.new, UnsetType)
        }
        return {**self.inherited, **(self.own or {}), **staying}

    @cached_property
    def read(self) -> list[FieldChange]:
        """The changes as readers of the entry see them."""
        return [as_read(field, self.inherited) for field in self.change.fields]

    @cached_property
    def moves(self) -> list[FieldChange]:
        """Those by which the entry says something new, if only because its base does."""
        return [field for field in self.read if not self._stays(field)]

    def _stays(self, field: FieldChange) -> bool:
        return field.field in self.inherited and means_the_same(
            field.field, self.was.get(field.field, UNSET), field.new
        )

    def source_of(self, field: str) -> str:
        row = speaker(field, self.rows)
        return row.source if row else ""


class Decided(msgspec.Struct):
    """What goes through, what is held, who confirms it, and what is to be said."""

    changes: list[Change] = []
    holds: list[Hold] = []
    opinions: list[Opinion] = []
    notices: list[Notice] = []

    def add(self, other: Decided) -> None:
        self.changes += other.changes
        self.holds += other.holds
        self.opinions += other.opinions
        self.notices += other.notices
