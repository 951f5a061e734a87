"""As much of JSON Schema as our schemas use, so that tests can validate with them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

_TYPES: dict[str, Any] = {
    "object": dict,
    "array": list,
    "string": str,
    "boolean": bool,
    "null": type(None),
    "number": (int, float, Decimal),
    "integer": int,
}
_KNOWN = {
    *("$ref", "$defs", "$schema", "title", "description", "default", "format", "type", "enum", "anyOf"),
    *("properties", "additionalProperties", "required", "items", "uniqueItems", "minItems"),
    *("pattern", "minimum"),
}


def faults(
    schema: dict[str, Any], value: Any, root: dict[str, Any] | None = None, at: str = "$"
) -> Iterator[str]:
    """What in the value the schema forbids. An unknown keyword of a schema is an error of the test's."""
    root = root or schema
    assert schema.keys() <= _KNOWN, f"{at}: {schema.keys() - _KNOWN}"
    if "$ref" in schema:
        yield from faults(root["$defs"][schema["$ref"].rpartition("/")[2]], value, root, at)
    if "anyOf" in schema and all(any(faults(each, value, root, at)) for each in schema["anyOf"]):
        yield f"{at}: {value!r} is none of the alternatives"
    if "enum" in schema and value not in schema["enum"]:
        yield f"{at}: {value!r} is not one of {schema['enum']}"
    if not _is_of(schema.get("type"), value):
        yield f"{at}: {value!r} is no {schema['type']}"
    elif isinstance(value, dict):
        yield from _in_object(schema, value, root, at)
    elif isinstance(value, list):
        yield from _in_array(schema, value, root, at)
    else:
        yield from _in_scalar(schema, value, at)


def _is_of(types: str | list[str] | None, value: Any) -> bool:
    if isinstance(value, bool):
        return types is None or "boolean" in types
    names = [types] if isinstance(types, str) else types
    return names is None or any(isinstance(value, _TYPES[name]) for name in names)


def _in_object(schema: dict[str, Any], value: dict[str, Any], root: dict[str, Any], at: str) -> Iterator[str]:
    yield from (f"{at}: {key} is missing" for key in schema.get("required", ()) if key not in value)
    for key, below in value.items():
        inner = schema.get("properties", {}).get(key, schema.get("additionalProperties", True))
        if inner is False:
            yield f"{at}: {key} is not allowed"
        elif inner is not True:
            yield from faults(inner, below, root, f"{at}.{key}")


def _in_array(schema: dict[str, Any], value: list[Any], root: dict[str, Any], at: str) -> Iterator[str]:
    if len(value) < schema.get("minItems", 0):
        yield f"{at}: too few"
    if schema.get("uniqueItems") and any(value.count(item) > 1 for item in value):
        yield f"{at}: an item is there twice"
    for index, item in enumerate(value):
        yield from faults(schema.get("items", {}), item, root, f"{at}[{index}]")


def _in_scalar(schema: dict[str, Any], value: Any, at: str) -> Iterator[str]:
    if isinstance(value, str) and not re.search(schema.get("pattern", ""), value):
        yield f"{at}: {value!r} does not match {schema['pattern']}"
    if isinstance(value, int | Decimal) and value < schema.get("minimum", value):
        yield f"{at}: {value} is below {schema['minimum']}"
