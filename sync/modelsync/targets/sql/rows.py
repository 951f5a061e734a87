"""The row of a model in the table `models`, as plain values; prices are USD per token."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any, cast

import msgspec

from modelsync.records import Prices, ReleasedModel, Row, Value, exact
from modelsync.targets import mark
from modelsync.targets.settings import SqlSettings

PRICES = {"input_cost_per_token": "input", "output_cost_per_token": "output"}
ABILITIES = {
    "supports_vision": "vision",
    "supports_function_calling": "function_calling",
    "supports_tool_choice": "tool_choice",
    "supports_parallel_function_calling": "parallel_function_calling",
    "supports_streaming": "streaming",
}
PLAIN = ("name", "provider", "description", "category", "context_length")
COLUMNS = (*PLAIN, *PRICES, *ABILITIES, "features", "availability", "version")
NUMBERS = frozenset({"context_length", *PRICES})
UNAVAILABLE = {"availability": "unavailable"}
NOTES = ("entry", "upstream", "own")  # the other keys of `metadata` that are ours

_FIELDS = {key: f"metadata.{key}" for key in NOTES}  # of a row
_MOST_DIGITS = 60  # what has more is no number of ours, and stays as it is written


def row(model: ReleasedModel, day: date, settings: SqlSettings) -> Row:
    """The row that the table is to have of a model on a day (UTC)."""
    values = model.values_on(day)
    prices = Prices(values)
    name = str(values.get("name") or model.key)
    features = values.get("features")
    columns = {
        "name": name,
        "provider": settings.provider_of(model),
        "description": values.get("description"),
        "category": "Language Model",
        "context_length": values.get("context_length"),
        **{column: prices.per_token(kind) for column, kind in PRICES.items()},
        **_abilities(features, values.get("modalities.input")),
        "features": list(features) if isinstance(features, tuple) else None,
        "availability": "unavailable" if values.get("availability") == "unavailable" else "available",
        "version": "1.0",
    }
    notes = {
        _FIELDS["entry"]: _as_text(exact({"key": model.key, **values, "model": model.id}, nulls=True)),
        _FIELDS["upstream"]: _as_text(model.upstream),
        _FIELDS["own"]: _as_text(_as_json(model.own)),
    }
    return Row(settings.id_of(model), columns | notes, model.name, name=name)


def _as_text(note: Any) -> msgspec.Raw | None:
    """A note as a field of a row: as text, which is quick to compare, and in which true is not 1."""
    return None if note is None else msgspec.Raw(_ENCODER.encode(note))


def stored(row: Row, commit: str, *, withdrawn: str = "") -> dict[str, Any]:
    """The columns of a row as they are written; `withdrawn`: the day on which the catalog had it no more."""
    columns = {"id": row.id, **row.values}
    notes = {key: columns.pop(field) for key, field in _FIELDS.items()}
    kept = {key: value for key, value in notes.items() if value is not None}
    return {**columns, "metadata": mark.put(row.rest | kept, row, commit, withdrawn)}


def read(id_: str, version: str, metadata: str | None, columns: Iterable[Any]) -> Row:
    """A row as the table has it, its metadata as text."""
    rest = decoded(metadata) if metadata else {}
    if not isinstance(rest, dict):
        rest = {}
    ours = mark.take(rest)
    values = dict(zip(COLUMNS, columns, strict=True))
    values |= {field: _as_text(rest.pop(key, None)) for key, field in _FIELDS.items()}
    return Row(
        str(id_),
        values,
        ours.model,
        ours.digest,
        rest,
        str(values["name"] or ""),
        ours.unavailable_since,
        version,
    )


def _abilities(features: Value, inputs: Value) -> dict[str, bool | None]:
    """Whether a model can do something; None where the catalog does not say what it can."""
    known = features if isinstance(features, tuple) else None
    can = {column: None if known is None else ability in known for column, ability in ABILITIES.items()}
    if isinstance(inputs, tuple):
        can["supports_vision"] = "image" in inputs or bool(can["supports_vision"])
    return can


def _as_json(value: Any) -> Any:
    """A value as it is in JSON, its numbers exact."""
    return exact(msgspec.to_builtins(value, builtin_types=(Decimal,), str_keys=True), nulls=True)


def encoded(value: Any) -> bytes:
    """Plain values as JSON with exact numbers."""
    return _ENCODER.encode(exact(value, nulls=True))


def decoded(text: str | bytes) -> Any:
    """What JSON says, each number with a point or an exponent exact, as it is written again."""
    return _DECODER.decode(text)


@lru_cache(maxsize=10_000)  # prices repeat from model to model
def _number(digits: str) -> msgspec.Raw:
    number, as_it_is = Decimal(digits), msgspec.Raw(digits.encode())
    is_a_price = max(len(digits), abs(number.adjusted())) < _MOST_DIGITS
    return cast("msgspec.Raw", exact(number)) if is_a_price else as_it_is


_ENCODER = msgspec.json.Encoder(order="sorted")
_DECODER = msgspec.json.Decoder(float_hook=_number)
