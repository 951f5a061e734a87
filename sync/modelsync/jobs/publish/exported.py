"""A file of `export json`, as the Release that it was made of."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict

import msgspec

from modelsync.errors import UsageError
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
    is_price_field,
)

_ALWAYS = datetime.min.replace(tzinfo=UTC)
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


class _Model(msgspec.Struct, gc=False):
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


def read(file: Path) -> Release:
    """The release, its prices those of any day: clocks differ. Raises UsageError."""
    try:
        of = msgspec.json.decode(file.read_bytes(), type=_Release)  # the text goes before more is made
    except (OSError, ValueError) as error:
        advice = "Make one: modelsync export json --out FILE"
        raise UsageError(f"not an exported catalog: {error}", where=str(file), advice=advice) from None
    models = tuple(_read(model, of) for model in of.models)
    return Release(of.commit, of.committed, of.observed, models)


def _read(model: _Model, of: _Release) -> ReleasedModel:
    name = f"{model.provider}/{model.key}"
    prices = [
        PriceInterval(name, field, value, _ALWAYS, None, of.observed, of.committed, of.commit, "")
        for field, value in model.values.items()
        if is_price_field(field)
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
