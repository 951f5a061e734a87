"""Finds nodes by path and reads them as plain values, by the core schema of YAML 1.2; it changes nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from typing import Any

from modelsync.errors import CatalogEditRefused
from modelsync.yamledit.compare import read_tagged, reads_as
from modelsync.yamledit.edits import Item, Path, Step, check_path
from modelsync.yamledit.events import ALIAS, END, FOLDED, MAPPINGS, PLAIN, SEQUENCES
from modelsync.yamledit.scalars import PlainReader, read_plain
from modelsync.yamledit.tree import Tree

MERGE = "<<"
MAX_EXPANSION = 1_000_000  # nodes, above ten times those written; a "billion laughs" passes it at once


# ---------------------------------------------------------------------------- paths


def find(tree: Tree, path: Path) -> list[int]:
    """The nodes along a path, root first, all of them written where they are used.

    Refuses a path that leads nowhere, or through an alias, a merge key, or an anchor that others use.
    """
    if tree.root is None:
        raise _nowhere(tree, 0, path or ("root",))
    nodes = [tree.root]
    for depth in range(len(path)):
        container = nodes[-1]
        if tree.codes[container] == ALIAS:
            tree.refuse(tree.starts[container], "the value is reached only through an alias")
        tree.refuse_shared(container, ", where the edit would show too")
        nodes.append(tree.value_of(container, child_at(tree, container, path, depth)))
    return nodes


def child_at(tree: Tree, container: int, path: Path, depth: int) -> int:
    """The key or item of the container that one step of a path names."""
    child = _own_child(tree, container, path[depth])
    if child is not None:
        return child
    if isinstance(path[depth], str) and path[depth] in merged_keys(tree, container):
        tree.refuse(tree.starts[container], f"{path[depth]!r} is reached only through a merge key")
    raise _nowhere(tree, tree.parents.get(container, (0, container))[1], path[: depth + 1])


def _nowhere(tree: Tree, node: int, path: Path) -> CatalogEditRefused:
    *above, step = path
    within = "/".join(map(str, above)) or "the document"
    line = tree.line(tree.starts[node]) if node < len(tree.starts) else 1
    named = f"item with {step.key}: {step.value!r}" if isinstance(step, Item) else repr(step)
    return CatalogEditRefused(f"there is no {named} in {within}", where=f"line {line}")


def _own_child(tree: Tree, container: int, step: Step) -> int | None:
    if tree.codes[container] in MAPPINGS:
        return tree.index(container).get(step) if isinstance(step, str) else None
    if tree.codes[container] in SEQUENCES:
        if isinstance(step, Item):
            return _item_with(tree, container, step)
        items = tree.children(container)
        if isinstance(step, int) and -len(items) <= step < len(items):
            return items[step]
    return None


def _item_with(tree: Tree, sequence: int, step: Item) -> int | None:
    """The one item of a list that has the wanted value under the wanted key."""
    if (sequence, step.key) not in tree.items_by_value:
        tree.items_by_value[sequence, step.key] = _items_by_value(tree, sequence, step.key)
    alike = tree.items_by_value[sequence, step.key]
    sought = step.value.isoformat() if isinstance(step.value, date) else step.value
    items = [item for item, value in alike.get(sought, ()) if reads_as(tree, value, step.value)]
    if len(items) > 1:
        lines = " and ".join(str(tree.line(tree.starts[item])) for item in items[:2])
        tree.refuse(tree.starts[items[1]], f"two items have {step.key}: {step.value!r}, lines {lines}")
    return items[0] if items else None


def _items_by_value(tree: Tree, sequence: int, key: str) -> dict[Any, list[tuple[int, int]]]:
    """The mappings in a list, each with its node under a key, by what that node says."""
    by_value: dict[Any, list[tuple[int, int]]] = defaultdict(list)
    for item in tree.children(sequence):
        child = tree.index(item).get(key) if tree.codes[item] in MAPPINGS else None
        value = child and tree.after(child)
        if value and tree.codes[value] <= FOLDED:
            with suppress(ValueError):  # a number that is too long to be one
                text = tree.values[value]
                by_value[read_plain(text) if tree.codes[value] == PLAIN else text].append((item, value))
    return by_value


def locate(tree: Tree, path: Path) -> tuple[int | None, int, int] | None:
    """Where a path leads when read: container, child, value; through aliases and merge keys too."""
    check_path(path)
    if tree.root is None:
        return None
    container, child, node = None, tree.root, tree.root
    for step in path:
        container = tree.targets.get(node, node)
        own = _own_child(tree, container, step)
        if own is None and isinstance(step, str):
            own = merged_keys(tree, container).get(step)
        if own is None:
            return None
        child, node = own, tree.after(own) if tree.codes[container] in MAPPINGS else own
    return container, child, tree.targets.get(node, node)


def merged_from(tree: Tree, path: Path) -> int:
    """How many steps of a path lead to the first key that its mapping has by a merge key alone; 0: none does.

    Such a key can be overridden in the mapping itself, unless others use that through an alias.
    """
    node = tree.root
    for depth, step in enumerate(path):
        own = None if node is None else _own_child(tree, node, step)
        if node is None or own is None:
            return depth + 1 if node is not None and step in merged_keys(tree, node) else 0
        node = tree.value_of(node, own)
    return 0


def is_merge(tree: Tree, key: int) -> bool:
    return tree.values[key] == MERGE and tree.codes[key] == PLAIN


def merged_keys(tree: Tree, mapping: int) -> dict[str, int]:
    """The keys that a mapping has through its merge key, nearest first, were it to have none of its own."""
    if tree.codes[mapping] not in MAPPINGS:
        return {}
    key = tree.index(mapping).get(MERGE)
    if key is None or not is_merge(tree, key):
        return {}
    merged: dict[str, int] = {}
    for source in _sources(tree, tree.after(key)):
        for name, child in {**merged_keys(tree, source), **tree.index(source)}.items():
            if not is_merge(tree, child):
                merged.setdefault(name, child)
    return merged


def _sources(tree: Tree, node: int) -> Iterator[int]:
    node = tree.targets.get(node, node)
    if tree.codes[node] in SEQUENCES:
        for item in tree.children(node):
            yield from _sources(tree, item)
    elif tree.codes[node] in MAPPINGS:
        yield node
    else:
        tree.refuse(tree.starts[node], "a merge key takes a mapping or a list of them")


def list_keys(tree: Tree, node: int) -> list[str]:
    """The keys of a mapping, merged ones first; none where the node is no mapping."""
    if tree.codes[node] not in MAPPINGS:
        return []
    own = {key: child for key, child in tree.index(node).items() if not is_merge(tree, child)}
    return list({**merged_keys(tree, node), **own})


# ---------------------------------------------------------------------------- values


class Reader:
    """Reads nodes as plain values: dict with text keys, list, str, int, Decimal, bool, None."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self._plain = PlainReader()
        self._shared: dict[int, Any] = {}
        if tree.targets:
            _refuse_expansion(tree)

    def value(self, node: int) -> Any:
        code = self.tree.codes[node]
        if code in MAPPINGS:
            return self._mapping(node)
        if code in SEQUENCES:
            return self._sequence(node)
        return self._alias(node) if code == ALIAS else self._scalar(node)

    def _mapping(self, node: int) -> dict[str, Any]:
        tree, plain, simple = self.tree, self._plain, not self.tree.properties
        codes, values, close = tree.codes, tree.values, tree.close
        result: dict[str, Any] = {}
        position, pairs, merge = node + 1, 0, False
        while (code := codes[position]) != END:
            if code > FOLDED:
                tree.refuse(tree.starts[position], "a key that is not text")
            key, child = values[position], position + 1
            code = codes[child]
            if code <= FOLDED and simple:
                result[key] = values[child] if code else self._number(child, plain)
                position = child + 1
            else:
                result[key] = self.value(child)
                position = close.get(child, child) + 1
            pairs += 1
            merge = merge or key == MERGE
        if len(result) != pairs:
            tree.index(node)  # refuses, with both lines
        return self._with_merged(node, result) if merge else result

    def _with_merged(self, node: int, own: dict[str, Any]) -> dict[str, Any]:
        index = self.tree.index(node)
        if not is_merge(self.tree, index[MERGE]):
            return own
        del own[MERGE]
        merged = merged_keys(self.tree, node)
        return {**{key: self.value(self.tree.after(child)) for key, child in merged.items()}, **own}

    def _sequence(self, node: int) -> list[Any]:
        tree, plain, simple = self.tree, self._plain, not self.tree.properties
        items: list[Any] = []
        position = node + 1
        while (code := tree.codes[position]) != END:  # without `children`, which keeps what editing needs
            if code <= FOLDED and simple:
                items.append(tree.values[position] if code else self._number(position, plain))
            else:
                items.append(self.value(position))
            position = tree.after(position)
        return items

    def _alias(self, node: int) -> Any:
        target = self.tree.targets[node]
        if target not in self._shared:
            self._shared[target] = self.value(target)
        return self._shared[target]

    def _scalar(self, node: int) -> Any:
        tag = self.tree.tag(node)
        if tag is not None:
            return read_tagged(self.tree, node, tag)
        text = self.tree.values[node]
        return self._number(node, self._plain) if self.tree.codes[node] == PLAIN else text

    def _number(self, node: int, plain: PlainReader) -> Any:
        try:
            return plain[self.tree.values[node]]
        except ValueError as error:
            self.tree.refuse(self.tree.starts[node], str(error))


def _refuse_expansion(tree: Tree) -> None:
    """Refuses aliases within aliases that stand for more nodes than any catalog has."""
    sizes: dict[int, int] = {}
    opened: list[tuple[int, int]] = []
    total = 0
    limit = MAX_EXPANSION + 10 * len(tree.codes)
    for position, code in enumerate(tree.codes):
        if code == END:
            start, before = opened.pop()
            sizes[start] = total - before
        elif position in tree.close:
            opened.append((position, total))
        total += sizes.get(tree.targets[position], 1) if code == ALIAS else 1
        if total > limit:
            tree.refuse(tree.starts[position], "aliases that stand for too much")
