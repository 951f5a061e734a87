"""What is asked -> what is done: a set mapping or list entry by entry; refuses what would lose a meaning."""

from __future__ import annotations

from typing import Any

from modelsync.yamledit.compare import can_keep_tag, reads_as
from modelsync.yamledit.edits import Flow, Value
from modelsync.yamledit.events import MAPPINGS, SEQUENCES
from modelsync.yamledit.plan import EMPTY_DOCUMENT, Changes, Insertion, Plan, as_value
from modelsync.yamledit.read import is_merge, merged_keys
from modelsync.yamledit.tree import Tree


class Refiner:
    """Finds the least that has to be done to one document for a plan."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self._done: Plan = {}

    def refine(self, plan: Plan) -> Plan:
        for container, asked in plan.items():
            self._changes(container).comments.update(asked.comments)
            self._changes(container).inserted.extend(asked.inserted)
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

    def _changes(self, container: int) -> Changes:
        return self._done.setdefault(container, Changes())

    def _set(self, container: int, child: int, value: Value) -> None:
        node = self.tree.value_of(container, child)
        plain: Any = value.value if isinstance(value, Flow) else value
        if reads_as(self.tree, node, plain, self.tree.tag(node)):
            return
        self._refuse_tag(node, plain)
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
        if tree.codes[node] not in kinds or not tree.children(node):
            return False
        if tree.properties.get(node, (None, None))[0] in tree.used_anchors:
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

    def _fill(self, node: int, inserted: list[Insertion]) -> None:
        """Entries for an empty mapping or list, or for a null, are a new value in its place."""
        container, child = self.tree.parents[node]
        value = as_value(inserted)
        self._refuse_tag(node, value)
        self._refuse_loss(node)
        self._changes(container).replaced[child] = value
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
        """An anchor in use is another's value too."""
        tree = self.tree
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
