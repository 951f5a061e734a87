"""Edits -> what is asked of each container's children; refuses edits that conflict or lead nowhere."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import msgspec

from modelsync.yamledit.compare import reads_as
from modelsync.yamledit.edits import Append, Comment, Edit, Insert, Path, Remove, Rename, Set, Value
from modelsync.yamledit.events import MAPPINGS, PLAIN, SEQUENCES
from modelsync.yamledit.read import child_at, find, is_merge
from modelsync.yamledit.tree import Tree

EMPTY_DOCUMENT = -1


class Insertion(msgspec.Struct, frozen=True):
    """A new child: beside which child (None: the container has none), before or behind it,
    under which key (None: in a list), what."""

    beside: int | None
    is_before: bool
    key: str | None
    value: Value


class Changes(msgspec.Struct):
    """All that happens to the children (keys or items) of one container."""

    removed: set[int] = msgspec.field(default_factory=set)
    inserted: list[Insertion] = msgspec.field(default_factory=list)
    replaced: dict[int, Value] = msgspec.field(default_factory=dict)
    renamed: dict[int, str] = msgspec.field(default_factory=dict)
    comments: dict[int, Comment] = msgspec.field(default_factory=dict)

    def order(self, children: Sequence[int]) -> list[int | Insertion]:
        """What stays of these children and what comes, in the order in which it will stand."""
        beside: dict[tuple[int | None, bool], list[Insertion]] = defaultdict(list)
        for item in self.inserted:
            beside[item.beside, item.is_before].append(item)
        order: list[int | Insertion] = []
        for child in children:
            order += beside.get((child, True), ())
            order += () if child in self.removed else (child,)
            order += beside.get((child, False), ())
        return order + beside[None, True] + beside[None, False]


Changeset = dict[int, Changes]  # by the container's position; EMPTY_DOCUMENT where there is no root


class Collector:
    """Resolves edits against one document, all of them by paths of the original text."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self._changes: Changeset = defaultdict(Changes)
        self._within: list[int] = []  # the nodes that the edits lie in

    def collect(self, edits: Sequence[Edit]) -> Changeset:
        for edit in edits:
            if isinstance(edit, Insert | Append):
                self._add(edit)
            else:
                self._change(edit)
        self._refuse_within_whole()
        for changes in self._changes.values():
            changes.inserted.sort(key=lambda new: (new.beside or 0, not new.is_before))
        return self._changes

    def _change(self, edit: Set | Remove | Rename | Comment) -> None:
        container, child = self._entry(edit.path)
        changes = self._changes[container]
        changed: dict[type[Edit], dict[int, Any]] = {
            Set: changes.replaced,
            Rename: changes.renamed,
            Comment: changes.comments,
        }
        rivals = changed.values() if isinstance(edit, Remove) else (changed[type(edit)],)
        if child in changes.removed or any(child in rival for rival in rivals):
            self.tree.refuse(self.tree.starts[child], "two edits of one node")
        match edit:
            case Set(_, new) | Rename(_, new):
                changed[type(edit)][child] = new
            case Comment():
                changes.comments[child] = edit
            case Remove():
                changes.removed.add(child)

    def _entry(self, path: Path) -> tuple[int, int]:
        if not path:
            self.tree.refuse(0, "the root of a document cannot be set, removed or renamed")
        nodes = find(self.tree, path)
        self._within += nodes[:-1]
        return nodes[-2], child_at(self.tree, nodes[-2], path, len(path) - 1)

    def _refuse_within_whole(self) -> None:
        whole = {
            self.tree.value_of(container, child)
            for container, changes in self._changes.items()
            for child in (*changes.removed, *changes.replaced)
        }
        node = next((node for node in self._within if node in whole), None)
        if node is not None:
            self.tree.refuse(
                self.tree.starts[node], "an edit within a node that another edit sets or removes"
            )

    def _add(self, edit: Insert | Append) -> None:
        key = edit.key if isinstance(edit, Insert) else None
        if key is not None and not edit.path and self._is_empty_document():
            self._changes[EMPTY_DOCUMENT].inserted.append(Insertion(None, edit.first, key, edit.value))
            return
        nodes = find(self.tree, edit.path)
        self._within += nodes
        self.tree.refuse_shared(nodes[-1], ", where the edit would show")
        self._refuse_wrong_kind(nodes[-1], key)
        new = Insertion(*self._beside(nodes[-1], edit), key, edit.value)
        self._changes[nodes[-1]].inserted.append(new)

    def _beside(self, container: int, edit: Insert | Append) -> tuple[int | None, bool]:
        """The child beside which a new one goes, and whether before it."""
        step = edit.after if edit.before is None else edit.before
        if step is not None:
            path = (*edit.path, step)
            return child_at(self.tree, container, path, len(path) - 1), edit.before is not None
        children = self.tree.children(container) if container in self.tree.close else ()
        if edit.first and children and is_merge(self.tree, children[0]):
            return children[0], False
        return (children[0 if edit.first else -1] if children else None), edit.first

    def _is_empty_document(self) -> bool:
        """Whether the root is missing, null or an empty mapping, so that entries may take its place."""
        root = self.tree.root
        if root is None:
            return True
        empty = self.tree.codes[root] in MAPPINGS and not self.tree.children(root)
        return root not in self.tree.properties and (empty or reads_as(self.tree, root, None))

    def _refuse_wrong_kind(self, node: int, key: str | None) -> None:
        """Keys go into mappings, items into lists, and either into a null, as into an empty one."""
        code = self.tree.codes[node]
        if code == PLAIN and reads_as(self.tree, node, None):
            before = self._changes[node].inserted
            if before and (before[0].key is None) != (key is None):
                self.tree.refuse(self.tree.starts[node], "two edits of one node: it gets keys, and items")
        elif code not in (SEQUENCES if key is None else MAPPINGS):
            kind = "list takes a new item" if key is None else "mapping takes a new key"
            self.tree.refuse(self.tree.starts[node], f"only a {kind}, and this is something else")


def as_value(inserted: Sequence[Insertion]) -> dict[str, Value] | list[Value]:
    """What new children alone make up: a mapping where they have keys, else a list."""
    if inserted[0].key is None:
        return [item.value for item in inserted]
    return {item.key or "": item.value for item in inserted}
