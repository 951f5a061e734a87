"""What programs read: the objects that `--json` prints and the JSON API answers, each named, with its units.

Prices are exact: decimal text in USD per 1M tokens, or per call, whatever unit the catalog's files have.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from modelsync.records import (
    Failure,
    NameMet,
    NotCompared,
    Notice,
    Opinion,
    Outcome,
    Part,
    Pin,
    PullRequest,
    SecondOpinion,
    SourceStatus,
    Unpriced,
    Usd,
)
from modelsync.report.batch import Summary

Stated = Annotated[
    Any,
    Meta(
        description="A price: decimal text in the unit that stands beside it, or in `units`. A count: a "
        "number. Words, tiers, windows and variants: a list; in theirs a price by calls is USD per call. "
        "null: the catalog states that there is none.",
        extra_json_schema={"type": ["string", "integer", "boolean", "array", "null"]},
    ),
]
Unit = Annotated[str, Meta(description="USD per 1M tokens, USD per call, or tokens", examples=["tokens"])]
Units = Annotated[
    Mapping[str, str],
    Meta(
        description="The unit of every field that has one, by field, but of prices that are `not_in_dollars`"
    ),
]
Percent = Annotated[str, Meta(description="How far the number moved, in percent of what it was")]
ModelName = Annotated[str, Meta(description="PROVIDER/KEY", examples=["openai/gpt-4o"])]
FieldName = Annotated[str, Meta(description="A field of a model", examples=["pricing.input"])]
Day = Annotated[date, Meta(description="A day, UTC")]
Notices = Annotated[Sequence[str], Meta(description="What of the past is not known")]


class FieldDocument(msgspec.Struct, frozen=True, kw_only=True):
    """One field, before and after; a side that is left out: the catalog does not state it."""

    field: FieldName
    old: Stated | UnsetType = UNSET
    new: Stated | UnsetType = UNSET
    unit: Unit | UnsetType = UNSET
    percent: Percent | UnsetType = UNSET


class ChangeDocument(msgspec.Struct, frozen=True, kw_only=True):
    """What happens to one model."""

    model: ModelName
    action: Literal["add", "update", "remove"]
    provider: str
    key: str
    fields: Sequence[FieldDocument]
    reason: str
    confirmed: Annotated[bool, Meta(description="Whether `model` is known to be the provider's own id")]


class HoldDocument(msgspec.Struct, frozen=True, kw_only=True):
    """A change that is not made, and by which guard; `name` is what accepts it."""

    name: Annotated[str, Meta(description="PROVIDER/KEY:FIELD", examples=["openai/o3:pricing.input"])]
    provider: str
    key: str
    guard: str
    reason: str
    beside: Annotated[str, Meta(description="The field that is doubted; this one only goes with it")]
    field: FieldName
    old: Stated | UnsetType = UNSET
    new: Stated | UnsetType = UNSET
    unit: Unit | UnsetType = UNSET
    percent: Percent | UnsetType = UNSET


class ReportDocument(msgspec.Struct, frozen=True, kw_only=True):
    """What a run would do, or did."""

    subject: str
    outcome: Outcome
    sources: Sequence[str]
    changes: Sequence[ChangeDocument]
    holds: Sequence[HoldDocument]
    failures: Sequence[Failure]
    notices: Sequence[Notice]
    opinions: Sequence[Opinion]
    not_compared: Sequence[NotCompared]
    batch: Summary
    unchanged: Annotated[int, Meta(description="Models")]
    commit: str
    branch: str
    previous_branch: str
    backup: str
    digest: Annotated[str, Meta(description="What POST /api/apply is told, so that nothing else is done")]
    command: str
    removed_comments: Sequence[str]
    recovered: Sequence[str]
    pushed: Annotated[str, Meta(description="REMOTE/BRANCH, where the branch was put")]
    pull_request: PullRequest | None
    dashboard: str
    unpublished: Annotated[str, Meta(description="Why the branch was to be pushed or proposed, and is not")]
    untold: Sequence[str]
    started: datetime
    seconds: Annotated[float, Meta(description="How long it took, in seconds")]


class IntervalDocument(msgspec.Struct, frozen=True, kw_only=True):
    """One value of one field, from the first moment of a day (UTC) until that of another."""

    model: ModelName
    field: FieldName
    value: Stated
    unit: Unit | UnsetType = UNSET
    since: datetime
    until: Annotated[datetime | None, Meta(description="null: it counts still")]
    observed: Annotated[datetime, Meta(description="When a run saw it upstream")]
    merged: Annotated[datetime, Meta(description="When reviewers let it in")]
    commit: str
    source: Annotated[str, Meta(description="The list that it is from; empty: a person's")]
    kind: Literal["change", "correction", "announced"]


class EntryDocument(msgspec.Struct, frozen=True, kw_only=True):
    """A model as the catalog states it."""

    model: ModelName
    provider: str
    key: str
    values: Annotated[Mapping[str, Stated], Meta(description="By field, with what its base says")]
    base: Annotated[str, Meta(description="The entry of which it states only the differences")]
    own: Annotated[Sequence[str], Meta(description="The fields that it states itself")]
    upstream: Annotated[Mapping[str, str], Meta(description="By source, the id that it is followed by")]
    pins: Sequence[Pin]
    priority: int
    reason: str
    hidden: bool
    local: bool
    not_in_dollars: Annotated[
        str, Meta(description="In what its prices are, as the file has them, where that is not USD by tokens")
    ]
    confirmed: bool | UnsetType = UNSET
    confirmed_by: Annotated[str, Meta(description="What says that `model` is its id")] | UnsetType = UNSET


class ListedDocument(EntryDocument, frozen=True, kw_only=True):
    """A model with what other lists say of its values."""

    opinions: Sequence[SecondOpinion]


class ListingDocument(msgspec.Struct, frozen=True, kw_only=True):
    """The models of some providers."""

    models: Sequence[ListedDocument]
    units: Units


class ModelDocument(ListedDocument, frozen=True, kw_only=True):
    """One model, who wrote each value, and what its prices were before."""

    origins: Annotated[Mapping[str, str], Meta(description="By field, who wrote its value, and when")]
    past: Annotated[Sequence[IntervalDocument], Meta(description="The newest first")]
    units: Units


class DayDocument(msgspec.Struct, frozen=True, kw_only=True):
    """What the catalog said of one model on a day."""

    model: ModelName
    on: Day
    values: Annotated[Mapping[str, Stated], Meta(description="By field; nothing where it did not know it")]
    unknown: Annotated[str, Meta(description="Why there are no values")]
    units: Units
    notices: Notices


class HistoryDocument(msgspec.Struct, frozen=True, kw_only=True):
    """The values of one model through time."""

    model: ModelName
    intervals: Sequence[IntervalDocument]
    units: Units
    notices: Notices


class ActionDocument(msgspec.Struct, frozen=True, kw_only=True):
    """What a commit did to one model."""

    action: Literal["add", "update", "remove"]
    model: ModelName


class RunDocument(msgspec.Struct, frozen=True, kw_only=True):
    """A commit that changed what the catalog means."""

    commit: str
    subject: str
    observed: datetime
    merged: datetime
    source: Annotated[str, Meta(description="The lists that it is from; empty: a person's")]
    actor: Annotated[str, Meta(description="Who asked for it, where that is not who committed")]
    changes: Sequence[ActionDocument]


class RunsDocument(msgspec.Struct, frozen=True, kw_only=True):
    """The commits that changed what the catalog means, the newest first."""

    runs: Sequence[RunDocument]
    notices: Notices


class PricedDocument(msgspec.Struct, frozen=True, kw_only=True):
    """What usage cost on a day, part by part, and from which commits its prices are."""

    model: ModelName
    on: Day
    total: Annotated[Usd | None, Meta(description="USD, exact, as decimal text; null: not known")]
    unknown: Annotated[str, Meta(description="Why there is no total")]
    parts: Sequence[Part]
    prices: Sequence[IntervalDocument]
    notices: Notices


class BillDocument(msgspec.Struct, frozen=True, kw_only=True):
    """What a log of usage cost at the prices of each row's day."""

    total: Annotated[
        Usd | None, Meta(description="USD, exact, of the rows that have a price; null: none has")
    ]
    rows: int
    unpriced: Annotated[int, Meta(description="Rows without a price")]
    by: Annotated[
        Sequence[Mapping[str, str | int | None]],
        Meta(description="A group each, its words beside `rows`, `unpriced`, and USD `total` and `billed`"),
    ]
    reasons: Sequence[Unpriced]
    names: Sequence[NameMet]
    notices: Sequence[str]


class StatusDocument(msgspec.Struct, frozen=True, kw_only=True):
    """The sources, and lines on what the catalog holds."""

    sources: Sequence[SourceStatus]
    catalog: Sequence[str]
