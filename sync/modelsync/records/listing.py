"""What a source states: its rows as models, or why it gave nothing."""

from __future__ import annotations

from datetime import datetime
from fnmatch import fnmatchcase

import msgspec

from modelsync.errors import FailureKind
from modelsync.records.fields import Value


class Unusable(msgspec.Struct, frozen=True):
    """One field of a row that says something which is no value (`-1`, `free`, `128k`)."""

    field: str
    text: str
    reason: str


class Model(msgspec.Struct, frozen=True):
    """One row of an upstream list. A field that is not in `values` was not stated."""

    id: str
    values: dict[str, Value]
    canonical: str = ""
    unusable: tuple[Unusable, ...] = ()
    weak: frozenset[str] = frozenset()  # fields of which the source knows little: they fill what is empty
    repeats: str = ""  # the id of the row that this one is only another name for
    names: tuple[str, ...] = ()  # other ids by which its own list knows it, which have no row
    deprecated: bool = False  # its vendor is about to switch it off, or has


class Filters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which of the listed ids are taken: those that some `include` matches and no `exclude` does."""

    include: tuple[str, ...] = ("*",)
    exclude: tuple[str, ...] = ()

    def take(self, model: str) -> bool:
        return _matches(model, self.include) and not _matches(model, self.exclude)


def _matches(model: str, patterns: tuple[str, ...]) -> bool:
    return "*" in patterns or any(fnmatchcase(model, pattern) for pattern in patterns)


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
    filters: tuple[Filters, ...] = ()  # of its endpoints; none: every row was read
    note: str = ""  # what everybody who reads it must know: that it is a recorded list, and from when

    def reads(self, model: str) -> bool:
        """Whether a row with this id would have been read; of others the list says nothing."""
        return not self.filters or any(filters.take(model) for filters in self.filters)


class Failure(msgspec.Struct, frozen=True):
    """A source or target that gave nothing, why, and what to do."""

    source: str
    reason: str
    advice: str = ""
    kind: FailureKind = "data"
