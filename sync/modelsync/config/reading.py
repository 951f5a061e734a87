"""The text of `sync.yaml` -> Config. Whatever is wrong with it is an error with its line, never a guess."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from functools import reduce
from typing import Any

import msgspec

from modelsync import catalog, yamledit
from modelsync.catalog.money import names_another_unit, unit_in
from modelsync.config.place import CONFIG_FILE, Place
from modelsync.config.settings import Config
from modelsync.config.validation import Path, mistakes
from modelsync.errors import CatalogError, did_you_mean
from modelsync.records import Policy

_ADVICE = "`modelsync schema` prints all that can be said here."
_STEP = re.compile(r"\.([^.\[\]`]+)|\[(\d+|\.\.\.)\]")


def load(place: Place) -> Config:
    """Read and check `sync.yaml`. Raises CatalogError with file and line."""
    where = os.path.relpath(place.config_file)
    try:
        content = place.config_file.read_bytes()
    except OSError as error:
        raise CatalogError(f"cannot be read: {error.strerror}", where=where) from None
    return read(catalog.parse(where, content), where)


def parse(text: str, *, where: str = CONFIG_FILE) -> Config:
    """The configuration in a text; `where` names it in errors."""
    try:
        document = yamledit.parse(text)
    except CatalogError as error:
        raise error.at(where) from None
    return read(document, where)


def read(document: yamledit.Document, where: str) -> Config:
    """The configuration in a document. Raises CatalogError with the line."""
    try:
        root = document.value()
    except CatalogError as error:
        raise error.at(where) from None
    if root is not None and not isinstance(root, dict):
        raise CatalogError("is no mapping of settings", where=f"{where}:1", advice=_ADVICE)
    sections = {name: section for name, section in (root or {}).items() if section is not None}
    try:
        config = msgspec.convert(sections, Config)
    except msgspec.ValidationError as error:
        path, what = _explained(str(error), sections)
    else:
        path, what = next(mistakes(config), ((), ""))
        if not what:
            return config
    raise CatalogError(what, where=f"{where}:{line_of(document, path)}", advice=_ADVICE)


def line_of(document: yamledit.Document, path: yamledit.Path) -> int:
    """The line of what the path leads to, or of the nearest thing above it."""
    while path and not document.has(path):
        path = path[:-1]
    return document.line(path) if path else 1


# ---------------------------------------------------------------------------- what msgspec found


_KINDS = {
    "array": "a list",
    "bool": "true or false",
    "decimal": "a number",
    "float": "a number",
    "int": "a whole number",
    "null": "nothing",
    "object": "a mapping",
    "str": "text",
}


def _explained(message: str, sections: Mapping[str, Any]) -> tuple[Path, str]:
    """The path and the reason in a message of msgspec's: `Expected ... - at `$.guards.price_ratio``."""
    what, _, at = message.partition(" - at `")
    path = _path(at, sections)
    name = ".".join(map(str, path))
    quoted = re.search(r"[`'](.*)[`']", what)
    word = quoted[1] if quoted else ""
    if "unknown field" in what:
        return (*path, word), f"unknown key {word}{did_you_mean(word, {*_known_keys()} - {word})}"
    if "missing required field" in what:
        return path, f"{name}: {word} is missing"
    if what.startswith("Expected `int` >= "):
        return path, f"{name} cannot be below {what.rpartition(' ')[2]}"
    if what.startswith("Invalid enum value"):
        choices = _choices(path)
        unit = unit_in(word)
        if path == ("pricing_unit",) and names_another_unit(word):
            meant = ""
        else:
            meant = f", did you mean {unit}?" if unit in choices else did_you_mean(word, choices)
        return path, f"{name}: {word} is none of {', '.join(choices)}{meant}"
    if what == "Invalid decimal string":
        return path, f"{name}: {_at(path, sections)} is no number"
    if what.startswith("Expected `bool`,"):
        return path, f"{name}: {_at(path, sections)} is neither true nor false"
    if match := re.fullmatch(r"Expected `(.+)`, got `(.+)`", what):
        kinds = [_KINDS.get(kind, kind) for kind in match[1].split(" | ") if kind != "null"]
        return path, f"{name} takes {' or '.join(kinds)}, and not {_KINDS.get(match[2], match[2])}"
    if match := re.fullmatch(r"Expected `array` of length >= (\d+)", what):
        return path, f"{name} takes a list of at least {match[1]}"
    plain = what.replace("Invalid RFC3339 encoded date", "no date, such as 2027-01-31").replace("`", "")
    return path, f"{name}: {plain}"


def _choices(path: Path) -> list[str]:
    """The words that may stand at a path of `sync.yaml`, and whether a list may."""
    kinds: list[Any] = [msgspec.inspect.type_info(Config)]
    for step in path:
        kinds = [below for kind in kinds for below in _below(kind, step)]
    words = [word for kind in kinds for word in getattr(kind, "values", ())]
    words += [word for kind in kinds if isinstance(kind, msgspec.inspect.EnumType) for word in kind.cls]
    return [*map(str, words), *(["a list"] if any(hasattr(kind, "item_type") for kind in kinds) else [])]


def _below(kind: Any, step: str | int) -> Iterator[Any]:
    """What may stand at one step below a type, each of several apart."""
    below = [field.type for field in getattr(kind, "fields", ()) if field.encode_name == step]
    below += [getattr(kind, name) for name in ("value_type", "item_type") if hasattr(kind, name)]
    for one in below:
        yield from getattr(one, "types", (one,))


def _is_wrong(path: Path, value: object) -> bool:
    try:
        msgspec.convert(reduce(lambda below, key: {key: below}, reversed(path), value), Config)
    except msgspec.ValidationError:
        return True
    return False


def _path(at: str, sections: Mapping[str, Any]) -> Path:
    """The path in a message; msgspec writes `[...]` for the name of one of several: the one that is wrong."""
    path: Path = ()
    for name, index in _STEP.findall(at):
        path = (*path, name or (int(index) if index.isdigit() else _wrong_name(path, sections)))
    return path


def _at(path: Path, sections: Any) -> Any:
    return reduce(lambda below, step: below[step], path, sections)


def _wrong_name(path: Path, sections: Any) -> str:
    level = _at(path, sections)
    return str(next(name for name, value in level.items() if _is_wrong((*path, name), value)))


def _known_keys() -> Iterator[str]:
    pending = [Policy]
    while pending:
        kind = pending.pop()
        pending += kind.__subclasses__()
        yield from kind.__struct_fields__
