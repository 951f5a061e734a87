"""The catalog itself: as JSON, and as a table."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypedDict

import msgspec

from modelsync.jobs.export.format import Export, Exported
from modelsync.records import (
    FIELDS,
    Kind,
    PriceInterval,
    Release,
    ReleasedModel,
    Tier,
    Value,
    Variant,
    Window,
    midnight,
    text_of,
)
from modelsync.report import released_json

_FIRST = ("provider", "key", "id")


def _csv(release: Release, day: date) -> Exported:
    """A row for each model, a column for each field; an empty cell says that nothing is known."""
    file = io.StringIO()
    table = csv.writer(file, lineterminator="\n")
    fields = [field for field in FIELDS if field != "model"]
    table.writerow([*_FIRST, *fields])
    for model in release.models:
        values = model.values_on(day)
        texts = (text_of(values[field]) if field in values else "" for field in fields)
        table.writerow([model.provider, model.key, model.id, *map(inert, texts)])
    return Exported(file.getvalue())


def inert(text: str) -> str:
    """Text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


_TYPES: dict[Kind, Any] = {
    Kind.WORDS: tuple[str, ...],
    Kind.COUNT: int,
    Kind.TOKEN_PRICE: Decimal,
    Kind.CALL_PRICE: Decimal,
    Kind.FACTOR: Decimal,
    Kind.TIERS: tuple[Tier, ...],
    Kind.WINDOWS: tuple[Window, ...],
    Kind.VARIANTS: tuple[Variant, ...],
}
if TYPE_CHECKING:
    _Values = dict[str, Value]
else:  # only where each field is named does the decoder make every value as what it is
    _kinds = {name: _TYPES.get(field.kind, str) | None for name, field in FIELDS.items()}
    _Values = TypedDict("_Values", _kinds, total=False)


class _Model(msgspec.Struct):
    """A model of the JSON, and what it need not say. A field that no catalog has is passed over."""

    provider: str
    key: str
    id: str
    values: _Values
    aliases: tuple[str, ...] = ()
    upstream: dict[str, str] = {}
    hidden: bool = False
    local: bool = False
    own: dict[str, Any] = {}


class _Release(msgspec.Struct):
    commit: str
    committed: datetime
    observed: datetime
    models: tuple[_Model, ...]


def read(text: bytes) -> Release:
    """What `json` wrote, its prices counting from the day on which a run last saw one. Raises ValueError."""
    of = msgspec.json.decode(text, type=_Release)
    return Release(of.commit, of.committed, of.observed, tuple(_read(model, of) for model in of.models))


def _read(model: _Model, of: _Release) -> ReleasedModel:
    name, since = f"{model.provider}/{model.key}", midnight(of.observed.date())
    prices = [
        PriceInterval(name, field, value, since, None, of.observed, of.committed, of.commit, "")
        for field, value in model.values.items()
        if field.startswith("pricing.")
    ]
    return ReleasedModel(
        model.provider,
        model.key,
        model.id,
        model.aliases,
        model.upstream,
        model.values,
        tuple(prices),
        model.hidden,
        model.local,
        model.own,
    )


EXPORTS = (
    Export("json", lambda release, day: Exported(released_json(release, day) + "\n")),
    Export("csv", _csv),
)
