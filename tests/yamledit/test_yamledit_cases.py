"""The editor's hard cases, one data file each: document, edits, and what comes of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from modelsync.errors import CatalogEditRefused
from modelsync.yamledit import (
    Append,
    Comment,
    Document,
    Edit,
    Flow,
    Insert,
    Remove,
    Rename,
    Set,
    edit,
    parse,
)
from yaml_reading import plain, read_1_1, read_1_2

FOLDER = Path(__file__).parents[1] / "data" / "yamledit"
CASES = sorted(path for path in FOLDER.glob("*.txt") if path.name != "structures.yaml.txt")
STRUCTURES = (FOLDER / "structures.yaml.txt").read_text(encoding="utf-8").split("=====\n")
NAMES = {kind.__name__: kind for kind in (Append, Comment, Flow, Insert, Remove, Rename, Set, Decimal, date)}
READERS_DIFFER = {"duplicate-elsewhere", "number-equal"}  # on what no edit touches
ESCAPES = {"\\\\": "\\", "\\r": "\r", "\\ufeff": "\ufeff", "\\x85": "\x85"}


def sections(path: Path) -> dict[str, str]:
    """The parts of a case file by their headings; a backslash, CR, BOM and U+0085 are escaped."""
    parts = re.split(r"^=== (.+)\n", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def unescaped(text: str) -> str:
    return re.sub(r"\\(?:\\|r|ufeff|x85)", lambda match: ESCAPES[match[0]], text.removesuffix("\n"))


def edits_of(case: dict[str, str]) -> list[Edit]:
    return [eval(line, NAMES) for line in case["edits"].splitlines()]


@pytest.mark.fault("YAML files", "edits in files of every structure")
@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_case(path: Path) -> None:
    case = sections(path)
    document, edits = unescaped(case["document"]), edits_of(case)
    if "refused" in case:
        with pytest.raises(CatalogEditRefused) as refused:
            edit(document, edits)
        assert str(refused.value) == unescaped(case["refused"]).rstrip("\n")
        return
    edited = parse(document).apply(edits)
    assert edited.text == unescaped(case["after"])
    assert list(edited.removed_comments) == case.get("removed comments", "").splitlines()
    if path.stem not in READERS_DIFFER:
        assert plain(read_1_1(edited.text)) == plain(read_1_2(edited.text)) == plain(edited.document.value())


def paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield (*path, key)
        yield from paths(item, (*path, key))


def at(value: Any, path: tuple[Any, ...]) -> Any:
    for step in path:
        value = value[step]
    return value


def changed(document: Document, change: Edit) -> Any:
    """The document's value with the change made the plain way."""
    value = Document(document.text).value()
    parent = at(value, change.path[:-1])
    if isinstance(change, Set):
        parent[change.path[-1]] = change.value
    elif isinstance(change, Remove):
        del parent[change.path[-1]]
    elif isinstance(change, Insert):
        parent[change.path[-1]][change.key] = change.value
    return value


def changes_for(value: Any) -> Iterator[Edit]:
    for path in paths(value):
        yield from (Set(path, "new"), Set(path, {"k": [1, "no"]}), Set(path, "one\ntwo\n"), Remove(path))
        if isinstance(at(value, path), dict):
            yield Insert(path, "added", {"k": Decimal("0.5")})


@pytest.mark.fault("YAML files", "edits in files of every structure")
@pytest.mark.parametrize("text", STRUCTURES)
def test_every_edit_of_every_structure_is_right_or_refused(text: str) -> None:
    document = parse(text)
    made = 0
    for change in changes_for(document.value()):
        try:
            edited = document.edit([change])
        except CatalogEditRefused:
            continue
        made += 1
        assert plain(parse(edited).value()) == plain(changed(document, change))
        assert plain(read_1_2(edited)) == plain(changed(document, change))
    assert made


@pytest.mark.fault("YAML files", "files that nothing is to change in")
@pytest.mark.parametrize("text", STRUCTURES)
def test_a_structure_without_edits_keeps_its_bytes(text: str) -> None:
    assert parse(text).edit([]) == text
