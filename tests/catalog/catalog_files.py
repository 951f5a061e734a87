"""Catalogs in real files, opened, and plans for them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import yaml

from modelsync import catalog
from modelsync.catalog import Opened, Shape
from modelsync.records import Change, Entry, FieldChange, Plan

SAMPLES = Path(__file__).parent.parent / "data" / "catalogs"
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def opened(folder: Path, shape: Shape | None = None, **files: str | bytes) -> Opened:
    """The catalog of these files, written into the folder as `NAME.yaml`."""
    for name, content in files.items():
        raw = content.encode() if isinstance(content, str) else content
        (folder / f"{name}.yaml").write_bytes(raw)
    return catalog.open_catalog(folder, ["*.yaml"], shape or Shape())


def entry(folder: Path, text: str, shape: Shape | None = None) -> Entry:
    """The only entry of a catalog with this text."""
    (only,) = opened(folder, shape, models=text).catalog.entries()
    return only


def with_model(fields: str) -> str:
    """A file of one provider with one entry, `openai/gpt-4o`, that holds these lines."""
    lines = "".join(f"        {line}\n" if line else "\n" for line in fields.splitlines())
    return f"providers:\n  openai:\n    models:\n      gpt-4o:\n{lines}"


def rewritten(of: Opened, *changes: Change) -> str:
    """The one file that the changes rewrite, as it then is."""
    plan = Plan(NOON, ("openrouter",), of.catalog.files, changes)
    (rewrite,) = catalog.rewrites(of, plan)
    assert yaml.safe_load(rewrite.text) is not None
    return rewrite.text


def update(key: str, provider: str = "openai", **values: object) -> Change:
    """New values of fields, a dot in a field's name being `__`."""
    return Change("update", provider, key, _fields(values))


def add(key: str, provider: str = "openai", **values: object) -> Change:
    """A new entry with the model id and these values."""
    return Change("add", provider, key, _fields({"model": key, **values}))


def remove(key: str, provider: str = "openai") -> Change:
    return Change("remove", provider, key)


def _fields(values: dict[str, object]) -> tuple[FieldChange, ...]:
    return tuple(FieldChange(name.replace("__", "."), new=value) for name, value in values.items())


def changed_lines(before: str, after: str) -> tuple[list[str], list[str]]:
    """The lines that only one of the two texts has, in order."""
    old, new = before.splitlines(), after.splitlines()
    return [line for line in old if line not in new], [line for line in new if line not in old]
