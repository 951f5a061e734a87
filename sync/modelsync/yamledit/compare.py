"""Whether a node is a plain value, by the core schema of YAML 1.2, and what its tag lets it be."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from modelsync.yamledit.edits import bare
from modelsync.yamledit.events import ALIAS, FOLDED, MAPPINGS, PLAIN, SCALARS, SEQUENCES
from modelsync.yamledit.scalars import read_old, read_plain
from modelsync.yamledit.tree import Tree

_CORE = "tag:yaml.org,2002:"
_TYPES: dict[str, tuple[type, ...]] = {
    "str": (str,),
    "int": (int,),
    "float": (int, Decimal),
    "bool": (bool,),
    "null": (type(None),),
    "map": (dict,),
    "seq": (list,),
}


def read_tagged(tree: Tree, node: int, tag: str) -> Any:
    """A tagged scalar: its text, but for the core schema's tags of other types."""
    text = tree.values[node]
    if tag in {_CORE + "int", _CORE + "float", _CORE + "bool", _CORE + "null"}:
        return read_plain(text)
    return text


def can_keep_tag(tree: Tree, node: int, value: Any) -> bool:
    """Whether a value may stand under the node's tag: of its kind, and as text where the tag is unknown."""
    code, tag = tree.codes[node], tree.tag(node) or ""
    if code not in (
        MAPPINGS if isinstance(value, dict) else SEQUENCES if isinstance(value, list) else SCALARS
    ):
        return False
    known = _TYPES.get(tag.removeprefix(_CORE), ()) if tag.startswith(_CORE) else (str, dict, list)
    return type(value) in known


def reads_as(tree: Tree, node: int, value: Any, tag: str | None = None) -> bool:
    """Whether the node is the value: a number by amount, a date by its text, a mapping in any order.

    A number of YAML 1.1 alone (`128_000`) is one, too.
    """
    value = bare(value)
    if tree.tag(node) != tag or tree.codes[node] == ALIAS:
        return False
    if tag is not None and tree.codes[node] <= FOLDED:
        read = read_tagged(tree, node, tag)
        return isinstance(read, bool) == isinstance(value, bool) and read == value
    if isinstance(value, Mapping):
        return _reads_as_mapping(tree, node, value)
    if isinstance(value, list):
        items = tree.children(node) if tree.codes[node] in SEQUENCES else None
        if items is None or len(items) != len(value):
            return False
        return all(reads_as(tree, item, wanted) for item, wanted in zip(items, value, strict=True))
    return tree.codes[node] <= FOLDED and _reads_as_scalar(tree, node, value)


def _reads_as_mapping(tree: Tree, node: int, value: Mapping[str, Any]) -> bool:
    if tree.codes[node] not in MAPPINGS or len(tree.children(node)) != len(value):
        return False
    index = tree.index(node)
    return all(key in index and reads_as(tree, tree.after(index[key]), value[key]) for key in value)


def _reads_as_scalar(tree: Tree, node: int, value: Any) -> bool:
    text = tree.values[node]
    if isinstance(value, date):
        return (tree.codes[node] == PLAIN or tree.is_json) and text == value.isoformat()
    try:
        read = read_plain(text) if tree.codes[node] == PLAIN else text
        if isinstance(read, str) and "_" in read and tree.codes[node] == PLAIN and not isinstance(value, str):
            read = read_old(read)
    except ValueError:
        return False
    if isinstance(read, int | Decimal) and not isinstance(read, bool):
        return isinstance(value, int | Decimal) and not isinstance(value, bool) and read == value
    return type(read) is type(value) and read == value
