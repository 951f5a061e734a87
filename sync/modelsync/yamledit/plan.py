"""Edits -> what happens to the children of each container; refuses what conflicts or could do harm."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from modelsync.yamledit.edits import (
    Append,
    Comment,
    Edit,
    Flow,
    Insert,
    Path,
    Remove,
    Rename,
    Set,
    Value,
)
from modelsync.yamledit.read import child_at, find, is_merge, merged_keys, reads_as
from modelsync.yamledit.tree import MAPPINGS, PLAIN, SEQUENCES, Tree

EMPTY_DOCUMENT = -1


@dataclass(frozen=True)
class Insertion:
    """A new child: beside which child (None: the container has none), before or behind it,
    under which key (None: in a list), what."""

    beside: int | None
    is_before: bool
    key: str | None
    value: Value


@dataclass
class Changes:
    """All that happens to the children (keys or items) of one container."""

    removed: set[int] = field(default_factory=set)
    inserted: list[Insertion] = field(default_factory=list)
    replaced: dict[int, Value] = field(default_factory=dict)
    renamed: dict[int, str] = field(default_factory=dict)
    comments: dict[int, Comment] = field(default_factory=dict)


Plan = dict[int, Changes]  # by the container's position; EMPTY_DOCUMENT where there is no root


class Planner:
    """Resolves edits against one document, all of them by paths of the original text."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.plan: Plan = {}  # what is done
        self.intent: Plan = {}  # what was asked for: the same, but that a new value is one
        self._acts: dict[int, list[type[Edit]]] = {}  # what is done to each child
        self._whole: set[int] = set()  # nodes that are set or removed as a whole
        self._within: list[list[int]] = []  # the nodes that each edit lies in

    def resolve(self, edits: Sequence[Edit]) -> Plan:
        for edit in edits:
            if isinstance(edit, Insert | Append):
                self._add(edit)
            else:
                self._change(edit)
        self._refuse_within_whole()
        for container, changes in list(self.plan.items()):
            self._refuse_double_keys(container, changes)
            changes.inserted.sort(key=_order)
            if changes.inserted and changes.inserted[0].beside is None:
                self._fill(container, changes.inserted)
        for changes in self.intent.values():
            changes.inserted.sort(key=_order)
        return {container: changes for container, changes in self.plan.items() if changes != Changes()}

    def _changes(self, container: int) -> Changes:
        return self.plan.setdefault(container, Changes())

    # ------------------------------------------------------------------ entries that are there

    def _change(self, edit: Set | Remove | Rename | Comment) -> None:
        container, child = self._entry(edit.path)
        self._refuse_twice(edit, child)
        if isinstance(edit, Set | Remove):
            self._whole.add(self.tree.value_of(container, child))
        self._intend(container, child, edit)
        match edit:
            case Set(_, value):
                self._set(container, child, value)
            case Remove():
                self._remove(container, child)
            case Rename(_, key):
                self._rename(container, child, key)
            case Comment():
                self._changes(container).comments[child] = edit

    def _intend(self, container: int, child: int, edit: Set | Remove | Rename | Comment) -> None:
        intended = self.intent.setdefault(container, Changes())
        match edit:
            case Set(_, value):
                intended.replaced[child] = value
            case Remove():
                intended.removed.add(child)
            case Rename(_, key):
                intended.renamed[child] = key

    def _entry(self, path: Path) -> tuple[int, int]:
        if not path:
            self.tree.refuse(0, "the root of a document cannot be set, removed or renamed")
        nodes = find(self.tree, path)
        self._within.append(nodes[:-1])
        return nodes[-2], child_at(self.tree, nodes[-2], path, len(path) - 1)

    def _set(self, container: int, child: int, value: Value) -> None:
        node = self.tree.value_of(container, child)
        plain: Any = value.value if isinstance(value, Flow) else value
        if reads_as(self.tree, node, plain):
            return
        if not self._set_parts(node, plain):
            self._refuse_loss(node)
            self._changes(container).replaced[child] = value

    def _set_parts(self, node: int, value: Any) -> bool:
        """Set a mapping or list entry by entry, so that what stays keeps its comments; False if it cannot."""
        if isinstance(value, dict) and self._can_merge(node, MAPPINGS):
            return self._set_mapping(node, value)
        return isinstance(value, list) and self._can_merge(node, SEQUENCES) and self._set_list(node, value)

    def _can_merge(self, node: int, kinds: tuple[int, int]) -> bool:
        tree = self.tree
        if tree.codes[node] not in kinds or node in tree.properties or not tree.children(node):
            return False
        return kinds is not MAPPINGS or not merged_keys(tree, node)

    def _set_mapping(self, mapping: int, value: dict[str, Value]) -> bool:
        index = self.tree.index(mapping)
        beside, is_before = next((index[key] for key in value if key in index), None), True
        if beside is None:
            return False
        for key, item in value.items():
            if key in index:
                beside, is_before = index[key], False
                self._set(mapping, beside, item)
            else:
                self._changes(mapping).inserted.append(Insertion(beside, is_before, key, item))
        for key, child in index.items():
            if key not in value:
                self._remove(mapping, child)
        return True

    def _set_list(self, sequence: int, value: list[Value]) -> bool:
        """Change a list item by item; False where none of the items stays."""
        items = self.tree.children(sequence)
        if len(items) == len(value) and all(isinstance(item, dict) for item in value):
            for child, item in zip(items, value, strict=True):
                self._set(sequence, child, item)
            return True
        kept = self._kept(items, value)
        if not kept:
            return False
        beside, is_before = kept[min(kept)], True
        for index, item in enumerate(value):
            if index in kept:
                beside, is_before = kept[index], False
            else:
                self._changes(sequence).inserted.append(Insertion(beside, is_before, None, item))
        for child in set(items) - set(kept.values()):
            self._remove(sequence, child)
        return True

    def _kept(self, items: list[int], value: list[Value]) -> dict[int, int]:
        """The items that stay, by their place in the new list, in an order that both lists share."""
        kept: dict[int, int] = {}
        start = 0
        for child in items:
            places = (place for place in range(start, len(value)) if reads_as(self.tree, child, value[place]))
            place = next(places, None)
            if place is not None:
                kept[place] = child
                start = place + 1
        return kept

    def _remove(self, container: int, child: int) -> None:
        self._refuse_loss(child)
        self._refuse_loss(self.tree.value_of(container, child))
        self._refuse_unveiling(container, child)
        self._changes(container).removed.add(child)

    def _rename(self, container: int, child: int, key: str) -> None:
        if self.tree.codes[container] not in MAPPINGS:
            self.tree.refuse(self.tree.starts[child], "an item of a list has no key to rename")
        if child in self.tree.properties:
            self.tree.refuse(self.tree.starts[child], "the key has an anchor or a tag")
        self._refuse_unveiling(container, child)
        if key != self.tree.values[child]:
            self._changes(container).renamed[child] = key

    # ------------------------------------------------------------------ entries that are new

    def _add(self, edit: Insert | Append) -> None:
        key = edit.key if isinstance(edit, Insert) else None
        if key is not None and not edit.path and self._is_empty_document():
            self._insert(EMPTY_DOCUMENT, Insertion(None, edit.first, key, edit.value))
            return
        nodes = find(self.tree, edit.path)
        self._within.append(nodes)
        self._refuse_shared(nodes[-1])
        self._refuse_wrong_kind(nodes[-1], key)
        self._insert(nodes[-1], Insertion(*self._beside(nodes[-1], edit), key, edit.value))

    def _beside(self, container: int, edit: Insert | Append) -> tuple[int | None, bool]:
        """The child beside which a new one goes, and whether before it."""
        step = edit.after if edit.before is None else edit.before
        if step is not None:
            path = (*edit.path, step)
            return child_at(self.tree, container, path, len(path) - 1), edit.before is not None
        children = self.tree.children(container) if container in self.tree.close else ()
        return (children[0 if edit.first else -1] if children else None), edit.first

    def _insert(self, container: int, insertion: Insertion) -> None:
        self._changes(container).inserted.append(insertion)
        self.intent.setdefault(container, Changes()).inserted.append(insertion)

    def _is_empty_document(self) -> bool:
        """Whether the root is missing, null or an empty mapping, so that entries may take its place."""
        root = self.tree.root
        if root is None:
            return True
        empty = self.tree.codes[root] in MAPPINGS and not self.tree.children(root)
        return root not in self.tree.properties and (empty or reads_as(self.tree, root, None))

    def _fill(self, node: int, inserted: list[Insertion]) -> None:
        """Entries for an empty mapping or list, or for a null, are a new value in its place."""
        if node not in self.tree.parents:
            return
        self._refuse_loss(node)
        container, child = self.tree.parents[node]
        value: Value = [item.value for item in inserted]
        if inserted[0].key is not None:
            value = {item.key or "": item.value for item in inserted}
        self._changes(container).replaced[child] = value
        del self.plan[node]

    def _refuse_wrong_kind(self, node: int, key: str | None) -> None:
        """Keys go into mappings, items into lists, and either into a null, as into an empty one."""
        code = self.tree.codes[node]
        if code == PLAIN and reads_as(self.tree, node, None):
            before = self._changes(node).inserted
            if before and (before[0].key is None) != (key is None):
                self.tree.refuse(self.tree.starts[node], "two edits of one node: it gets keys, and items")
            return
        if code not in (SEQUENCES if key is None else MAPPINGS):
            kind = "list takes a new item" if key is None else "mapping takes a new key"
            self.tree.refuse(self.tree.starts[node], f"only a {kind}, and this is something else")

    # ------------------------------------------------------------------ what is refused

    def _refuse_twice(self, edit: Set | Remove | Rename | Comment, child: int) -> None:
        acts = self._acts.setdefault(child, [])
        if type(edit) in acts or (acts and Remove in (*acts, type(edit))):
            self.tree.refuse(self.tree.starts[child], "two edits of one node")
        acts.append(type(edit))

    def _refuse_within_whole(self) -> None:
        for nodes in self._within:
            for node in nodes:
                if node in self._whole:
                    self.tree.refuse(
                        self.tree.starts[node], "an edit within a node that another edit sets or removes"
                    )

    def _refuse_shared(self, node: int) -> None:
        anchor = self.tree.properties.get(node, (None, None))[0]
        if anchor in self.tree.used_anchors:
            self.tree.refuse(
                self.tree.starts[node], f"the anchor &{anchor} is used elsewhere, where the edit would show"
            )

    def _refuse_loss(self, node: int) -> None:
        """A tag gives a value a meaning that is not ours; an anchor in use is another's value too."""
        tree = self.tree
        tag = tree.properties.get(node, (None, None))[1]
        if tag is not None:
            tree.refuse(tree.starts[node], f"the value has a tag, {tag}")
        for anchored in tree.anchors_within(node):
            tree.refuse(
                tree.starts[anchored], f"the anchor &{tree.properties[anchored][0]} is used elsewhere"
            )

    def _refuse_unveiling(self, container: int, child: int) -> None:
        """Where a merge key states the same key, its value would show in place of the one that goes."""
        tree = self.tree
        if tree.codes[container] not in MAPPINGS:
            return
        if is_merge(tree, child) or tree.values[child] in merged_keys(tree, container):
            tree.refuse(tree.starts[child], "a merge key has a say in what would be left")

    def _refuse_double_keys(self, container: int, changes: Changes) -> None:
        tree = self.tree
        keys: set[str | None] = set()
        offset = 0 if container == EMPTY_DOCUMENT else tree.starts[container]
        if container != EMPTY_DOCUMENT and tree.codes[container] in MAPPINGS:
            gone = changes.removed | set(changes.renamed)
            keys = {key for key, child in tree.index(container).items() if child not in gone}
        new = [*changes.renamed.values(), *(item.key for item in changes.inserted if item.key is not None)]
        for key in new:
            if key in keys:
                tree.refuse(offset, f"the key {key!r} is there already")
            keys.add(key)


def _order(insertion: Insertion) -> tuple[int, bool]:
    """The order in which new children stand; those at one place keep that of their edits."""
    return insertion.beside or 0, not insertion.is_before
