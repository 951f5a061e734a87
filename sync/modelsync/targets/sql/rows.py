"""The row of a model in the table `models`, as plain values; prices are USD per token."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec

from modelsync.records import Prices, ReleasedModel, Row, exact
from modelsync.targets import mark
from modelsync.targets.lacks import UNKNOWN_PRICES, lacks
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

_NOTE = "metadata."
_DECODER = msgspec.json.Decoder(float_hook=Decimal)


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
        **{column: _can(ability, values) for column, ability in ABILITIES.items()},
        "features": list(features) if isinstance(features, tuple) else None,
        "availability": "unavailable" if values.get("availability") == "unavailable" else "available",
        "version": "1.0",
    }
    entry = _as_json({"key": model.key, **values, "model": model.id})
    notes = {
        "entry": msgspec.Raw(msgspec.json.encode(exact(entry), order="sorted")),  # made once, sent as it is
        "upstream": model.upstream,
        "own": _as_json(model.own) if model.own else {},
    }
    noted = {f"{_NOTE}{key}": value for key, value in notes.items()}
    return Row(settings.id_of(model), columns | noted, model.name, name=name)


def unsaid(models: Iterable[ReleasedModel], day: date) -> dict[str, tuple[str, ...]]:
    """What no column says of a model and no key of `metadata` either."""
    return lacks(models, day, UNKNOWN_PRICES)


def stored(row: Row, commit: str, *, withdrawn: str = "") -> dict[str, Any]:
    """The columns of a row as they are written; `withdrawn`: the day on which the catalog had it no more."""
    notes = {key: row.values.get(f"{_NOTE}{key}") for key in NOTES}
    kept = {key: value for key, value in notes.items() if value is not None}
    columns = {column: row.values.get(column) for column in COLUMNS}
    return {"id": row.id, **columns, "metadata": mark.put(row.rest | kept, row, commit, withdrawn)}


def read(listed: Mapping[str, Any]) -> Row:
    """A row as the table has it."""
    metadata = listed["metadata"]
    rest = dict(metadata) if isinstance(metadata, dict) else {}
    ours = mark.take(rest)
    values = {column: listed[column] for column in COLUMNS}
    values |= {f"{_NOTE}{key}": rest.pop(key, None) for key in NOTES}
    return Row(
        str(listed["id"]),
        values,
        ours.model,
        ours.digest,
        rest,
        str(listed["name"] or ""),
        ours.unavailable_since,
    )


def _can(ability: str, values: Mapping[str, Any]) -> bool | None:
    """Whether a model can do something; None where the catalog does not say what it can."""
    features, inputs = values.get("features"), values.get("modalities.input")
    if ability == "vision" and isinstance(inputs, tuple):
        return "image" in inputs or ability in (features or ())
    return ability in features if isinstance(features, tuple) else None


def _as_json(value: Any) -> Any:
    """A value as it is in JSON, its numbers exact."""
    return exact(msgspec.to_builtins(value, builtin_types=(Decimal,), str_keys=True), nulls=True)


def encoded(value: Any) -> bytes:
    """Plain values as JSON with exact numbers."""
    return msgspec.json.encode(exact(value, nulls=True))


def decoded(text: str | bytes) -> Any:
    """What JSON says, its numbers exact."""
    return _DECODER.decode(text)
