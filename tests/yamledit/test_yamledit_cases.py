"""The editor's hard cases, one data file each: document, edits, and what comes of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from yaml_edits import at, paths, planned

from modelsync.errors import CatalogEditRefused
from modelsync.yamledit import (
    Append,
    Comment,
    Edit,
    Flow,
    Insert,
    Item,
    Remove,
    Rename,
    Set,
    edit,
    parse,
)
from modelsync.yamledit.editing import apply
from yaml_reading import plain, read_1_1, read_1_2

FOLDER = Path(__file__).parents[1] / "data" / "yamledit"
CASES = sorted(path for path in FOLDER.glob("*.txt") if path.name != "structures.yaml.txt")
STRUCTURES = (FOLDER / "structures.yaml.txt").read_text(encoding="utf-8").split("=====\n")
NAMES = {
    kind.__name__: kind for kind in (Append, Comment, Flow, Insert, Item, Remove, Rename, Set, Decimal, date)
}
# on what no edit touches, or on numbers of YAML 1.1 alone
READERS_DIFFER = {"duplicate-elsewhere", "number-equal", "numbers-grouped", "tag-kept"}
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
    edited = apply(parse(document), edits)
    assert edited.text == unescaped(case["after"])
    assert list(edited.removed_comments) == case.get("removed comments", "").splitlines()
    if path.stem not in READERS_DIFFER:
        assert plain(read_1_1(edited.text)) == plain(read_1_2(edited.text)) == plain(edited.document.value())


def changes_for(value: Any) -> Iterator[Edit]:
    new = {"k": Decimal("0.5"), "t": "one\ntwo\n"}
    for path in paths(value):
        yield from (Set(path, "new"), Set(path, {"k": [1, "no"]}), Set(path, "one\ntwo\n"), Remove(path))
        node = at(value, path)
        if isinstance(node, dict):
            yield from (Insert(path, "added", new), Insert(path, "added", new, first=True))
            yield from (Rename((*path, key), "renamed") for key in node)
            yield from (Insert(path, "added", new, after=key) for key in node)
            yield from (Insert(path, "added", new, before=key) for key in node)
        elif isinstance(node, list):
            yield from (Append(path, new), Append(path, new, first=True))
            yield from (Append(path, new, after=index) for index in range(len(node)))
            yield from (Append(path, new, before=index) for index in range(len(node)))


@pytest.mark.fault("YAML files", "edits in files of every structure")
@pytest.mark.parametrize("text", STRUCTURES)
def test_every_edit_of_every_structure_is_right_or_refused(text: str) -> None:
    document = parse(text)
    made = 0
    for change in changes_for(document.value()):
        try:
            edited = apply(document, [change]).text
        except CatalogEditRefused:
            continue
        made += 1
        expected = planned(document.value(), [change])
        assert plain(parse(edited).value()) == plain(expected)
        assert plain(read_1_2(edited)) == plain(expected)
    assert made


@pytest.mark.fault("YAML files", "files that nothing is to change in")
@pytest.mark.parametrize("text", STRUCTURES)
def test_a_structure_without_edits_keeps_its_bytes(text: str) -> None:
    assert apply(parse(text), []).text == text
