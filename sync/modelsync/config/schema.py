"""JSON Schema of `sync.yaml`, from the types that read it, and of data files, from the fields."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import msgspec

from modelsync.catalog import Shape
from modelsync.catalog.shapes import SHAPES
from modelsync.config import Config, Place
from modelsync.disk import files
from modelsync.errors import DiskFault
from modelsync.records import CALL_PRICES, CONDITIONS, FEATURES, FIELDS, TOKEN_PRICES, Field, Kind

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_USUAL = Shape()
_DATE = {"type": ["string", "integer", "null"], "pattern": r"^\d{4}(-\d{2}){0,2}$"}
_WORDS = {"type": ["array", "null"], "items": {"type": "string"}, "uniqueItems": True}
_PRICE = {"type": ["number", "null"], "minimum": 0}
_FACTOR = {"type": "number", "exclusiveMinimum": 0}
_TIME = {"type": "string", "pattern": r"^([01]\d|2[0-3]):[0-5]\d$"}


KINDS = ("sync", "provider")


def text(which: str, shape: Shape = _USUAL) -> str:
    """The schema of `sync` (sync.yaml) or `provider` (a data file of that shape) as JSON."""
    if which == "sync":
        schema = {"title": "modelsync: sync.yaml", **_with_numbers(msgspec.json.schema(Config))}
    else:
        schema = _of_provider_file(shape)
    return msgspec.json.format(msgspec.json.encode({"$schema": _DIALECT, **schema})).decode()


def keep(place: Place, shape: Shape) -> None:
    """Keep both schemas where the files that sync begins name them for editors; no run needs them."""
    with suppress(OSError, DiskFault):
        files.own_folder(place.state)
        for which in KINDS:
            path, content = place.schema(which), text(which, shape).encode()
            if files.read(path) != content:
                path.parent.mkdir(exist_ok=True)
                files.replace(path, content)


def _with_numbers(schema: Any) -> Any:
    """The schema with decimals as the numbers that YAML has them as; msgspec knows them as text."""
    if isinstance(schema, list):
        return [_with_numbers(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get("format") == "decimal":
        return {"type": ["number", "string"], **{key: schema[key] for key in schema if key == "default"}}
    return {key: _with_numbers(below) for key, below in schema.items()}


def _of_provider_file(shape: Shape) -> dict[str, Any]:
    tops: dict[str, dict[str, Any]] = {}
    for layout in SHAPES:  # each takes a value of another type
        for key, below in layout.schema(_of_entry(shape)).items():
            types = [*tops.get(key, {}).get("type", ()), *below["type"]]
            tops[key] = {**tops.get(key, {}), **below, "type": list(dict.fromkeys(types))}
    title = "modelsync: a data file of the catalog"
    return {"title": title, "type": "object", "required": list(tops), "properties": tops}


def _of_entry(shape: Shape) -> dict[str, Any]:
    properties: dict[str, Any] = {}
    for field in FIELDS.values():
        *sections, key = shape.keys_of(field.name)
        level = properties
        for section in sections:
            below = level.setdefault(section, {"type": ["object", "null"], "properties": {}})
            level = below["properties"]
        level[key] = _of_field(field)
    return {
        "type": "object",
        "required": [shape.keys_of("model")[0]],
        "properties": {
            **properties,
            "upstream": {"type": ["object", "null"], "additionalProperties": {"type": "string"}},
            "hidden": {"type": ["boolean", "null"]},
            "base": {"type": ["string", "null"], "description": "the entry that this one differs from"},
            "priority": {"type": ["integer", "null"], "description": "100 or more: a person's entry"},
            "reason": {"type": ["string", "null"], "description": "why it is a person's"},
        },
    }


def _of_field(field: Field) -> dict[str, Any]:
    match field.kind:
        case Kind.TEXT:
            return {"type": "string"} if field.name == "model" else {"type": ["string", "null"]}
        case Kind.COUNT:
            return {"type": ["integer", "null"], "minimum": 0, "description": "tokens"}
        case Kind.TOKEN_PRICE:
            return {**_PRICE, "description": "USD in the pricing_unit of sync.yaml"}
        case Kind.CALL_PRICE:
            return {**_PRICE, "description": "USD per call"}
        case Kind.DATE:
            return _DATE
        case Kind.WORDS:
            known = {"anyOf": [{"enum": list(FEATURES)}, {"type": "string"}]}
            return {**_WORDS, "items": known} if field.name == "features" else _WORDS
        case Kind.TIERS:
            return _schedule({"above": {"type": "integer", "minimum": 0}})
        case Kind.WINDOWS:
            return _schedule({"utc_start": _TIME, "utc_end": _TIME})
        case Kind.VARIANTS:
            conditions: dict[str, Any] = {name: {"type": "string"} for name in CONDITIONS}
            when = {
                "type": "object",
                "anyOf": [{"required": [name]} for name in CONDITIONS],
                "additionalProperties": False,
                "properties": conditions | {"above": {"type": "integer", "minimum": 0}},
            }
            return _schedule({"when": when, "factor": _FACTOR}, required=("when",))
        case Kind.FACTOR:
            return {**_FACTOR, "description": "what is paid is this times the list price"}


def _schedule(where: dict[str, Any], required: Sequence[str] = ()) -> dict[str, Any]:
    prices = dict.fromkeys((*TOKEN_PRICES, *CALL_PRICES), _PRICE)
    item = {"type": "object", "required": list(required or where), "properties": {**where, **prices}}
    return {"type": ["array", "null"], "items": item}
