"""What is asked -> what is done: a set mapping or list entry by entry; refuses what would lose a meaning."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from modelsync.yamledit.changes import EMPTY_DOCUMENT, Changes, Changeset, Insertion, as_value
from modelsync.yamledit.compare import can_keep_tag, reads_as
from modelsync.yamledit.edits import Value, bare
from modelsync.yamledit.events import MAPPINGS, SEQUENCES
from modelsync.yamledit.read import is_merge, merged_keys
from modelsync.yamledit.tree import Tree


class Refiner:
    """Finds the least that has to be done to one document for a changeset."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self._done: Changeset = defaultdict(Changes)

    def refine(self, changeset: Changeset) -> Changeset:
        for container, asked in changeset.items():
            self._done[container].comments.update(asked.comments)
            self._done[container].inserted.extend(asked.inserted)
            for child in asked.removed:
                self._remove(container, child)
            for child, key in asked.renamed.items():
                self._rename(container, child, key)
            for child, value in asked.replaced.items():
                self._set(container, child, value)
        for container, changes in list(self._done.items()):
            self._refuse_double_keys(container, changes)
            if changes.inserted and changes.inserted[0].beside is None and container in self.tree.parents:
                self._fill(container, changes.inserted)
        return {container: changes for container, changes in self._done.items() if changes != Changes()}

    def _set(self, container: int, child: int, value: Value) -> None:
        node = self.tree.value_of(container, child)
        plain = bare(value)
        if reads_as(self.tree, node, plain, self.tree.tag(node)):
            return
        self._refuse_tag(node, plain)
        if not self._set_parts(node, plain):
            self._refuse_loss(node)
            self._done[container].replaced[child] = value

    def _set_parts(self, node: int, value: Any) -> bool:
        """Set a mapping or list entry by entry, so that what stays keeps its comments; False if it cannot."""
        kept = self._kept(node, value)
        if not kept:
            return False
        parts = value.items() if isinstance(value, dict) else ((None, item) for item in value)
        beside, is_before = kept[min(kept)], True
        for number, (key, item) in enumerate(parts):
            if number in kept:
                beside, is_before = kept[number], False
                self._set(node, beside, item)
            else:
                self._done[node].inserted.append(Insertion(beside, is_before, key, item))
        stay = set(kept.values())
        for child in self.tree.children(node):
            if child not in stay:
                self._remove(node, child)
        return True

    def _kept(self, node: int, value: Any) -> dict[int, int]:
        """The children that stay, by their number in the new value; none where all of it is new."""
        tree = self.tree
        kinds = MAPPINGS if isinstance(value, dict) else SEQUENCES if isinstance(value, list) else ()
        is_shared = tree.names(node)[0] in tree.used_anchors
        if tree.codes[node] not in kinds or is_shared or merged_keys(tree, node):
            return {}
        if isinstance(value, dict):
            index = tree.index(node)
            return {number: index[key] for number, key in enumerate(value) if key in index}
        items = tree.children(node)
        if len(items) == len(value) and all(isinstance(item, dict) for item in value):
            return dict(enumerate(items))
        return self._equal_items(items, value)

    def _equal_items(self, items: list[int], value: list[Value]) -> dict[int, int]:
        """The items that are in the new list as well, in an order that both lists share."""
        equal: dict[int, int] = {}
        start = 0
        for child in items:
            numbers = range(start, len(value))
            number = next((number for number in numbers if reads_as(self.tree, child, value[number])), None)
            if number is not None:
                equal[number] = child
                start = number + 1
        return equal

    def _remove(self, container: int, child: int) -> None:
        self._refuse_loss(child)
        self._refuse_loss(self.tree.value_of(container, child))
        self._refuse_unveiling(container, child)
        self._done[container].removed.add(child)

    def _rename(self, container: int, child: int, key: str) -> None:
        if self.tree.codes[container] not in MAPPINGS:
            self.tree.refuse(self.tree.starts[child], "an item of a list has no key to rename")
        if child in self.tree.properties:
            self.tree.refuse(self.tree.starts[child], "the key has an anchor or a tag")
        self._refuse_unveiling(container, child)
        if key != self.tree.values[child]:
            self._done[container].renamed[child] = key

    def _fill(self, node: int, inserted: list[Insertion]) -> None:
        """Entries for an empty mapping or list, or for a null, are a new value in its place."""
        container, child = self.tree.parents[node]
        value = as_value(inserted)
        self._refuse_tag(node, value)
        self._refuse_loss(node)
        self._done[container].replaced[child] = value
        del self._done[node]

    # ------------------------------------------------------------------ what is refused

    def _refuse_tag(self, node: int, value: Any) -> None:
        """A tag gives a value a meaning: it stays, so the new value has to be of a kind that it takes."""
        tag = self.tree.tag(node)
        if tag is not None and not can_keep_tag(self.tree, node, value):
            self.tree.refuse(
                self.tree.starts[node], f"the value has a tag, {tag}, which the new one cannot keep"
            )

    def _refuse_loss(self, node: int) -> None:
        """Refuse the loss of an anchor that is used elsewhere, on the node or in it."""
        for distance, _ in self.tree.properties_in(node, self.tree.after(node)):
            self.tree.refuse_shared(node + distance)

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
