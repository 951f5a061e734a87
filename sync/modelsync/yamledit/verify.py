"""Compares the document that came out with the one that was planned; neither repairs nor excuses anything."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from typing import NoReturn

from modelsync.errors import CatalogEditRefused
from modelsync.yamledit.edits import Value
from modelsync.yamledit.plan import EMPTY_DOCUMENT, Changes, Insertion, Plan
from modelsync.yamledit.read import reads_as
from modelsync.yamledit.tree import END, FOLDED, MAPPINGS, SEQUENCES, Tree


class Verifier:
    """Walks both documents along the edits; all else has to be equal, event by event."""

    def __init__(self, before: Tree, after: Tree, intent: Plan) -> None:
        self.before = before
        self.after = after
        self.intent = intent
        self._touched = self._containers_above(intent)

    def verify(self) -> None:
        if EMPTY_DOCUMENT in self.intent:
            planned = {item.key: item.value for item in self.intent[EMPTY_DOCUMENT].inserted}
            if self.after.root is None or not reads_as(self.after, self.after.root, planned):
                self._differs(0)
            return
        if self.before.root is None or self.after.root is None:
            self._differs(0)
        end = self._node(self.before.root, self.after.root)
        if end != len(self.after.codes):
            self._differs(self.before.root)

    def _containers_above(self, intent: Plan) -> set[int]:
        touched: set[int] = set()
        for container in intent:
            node: int | None = container
            while node is not None and node not in touched:
                touched.add(node)
                node = self.before.parents.get(node, (None,))[0]
        return touched

    def _node(self, old: int, new: int) -> int:
        """Check one node against what it should have become; its end in the new document."""
        if old not in self._touched:
            return self._same(old, self.before.after(old), new)
        changes = self.intent.get(old, Changes())
        code = self.before.codes[old]
        is_list = code in SEQUENCES or (code <= FOLDED and changes.inserted[0].key is None)
        if new >= len(self.after.codes) or self.after.codes[new] not in (SEQUENCES if is_list else MAPPINGS):
            self._differs(old)
        if self.before.properties.get(old) != self.after.properties.get(new):
            self._differs(old)
        return self._children(old, new, changes)

    def _children(self, old: int, new: int, changes: Changes) -> int:
        inserted: dict[tuple[int | None, bool], list[Insertion]] = defaultdict(list)
        for item in changes.inserted:
            inserted[item.beside, item.is_before].append(item)
        mapping = self.before.codes[old] in MAPPINGS
        position = new + 1
        pending = old + 1  # from here up to the next touched child all is as it was
        for child in self.before.children(old) if old in self.before.close else ():
            value = self.before.value_of(old, child)
            end = self.before.after(value)
            before, behind = inserted.get((child, True), []), inserted.get((child, False), [])
            if self._is_untouched(changes, child, value) and not before and not behind:
                continue
            position = self._inserted(before, self._same(pending, child, position))
            position = self._child(changes, child, value, position, mapping=mapping)
            position = self._inserted(behind, position)
            pending = end
        position = self._same(pending, self.before.close.get(old, pending), position)
        position = self._inserted([item for item in changes.inserted if item.beside is None], position)
        if position >= len(self.after.codes) or self.after.codes[position] != END:
            self._differs(old)
        return position + 1

    def _is_untouched(self, changes: Changes, child: int, value: int) -> bool:
        return (
            value not in self._touched
            and child not in changes.removed
            and child not in changes.replaced
            and child not in changes.renamed
        )

    def _child(self, changes: Changes, child: int, value: int, position: int, *, mapping: bool) -> int:
        if child in changes.removed:
            return position
        if child in changes.renamed:
            position = self._key(changes.renamed[child], position)
        elif mapping:
            position = self._same(child, self.before.after(child), position)
        if child not in changes.replaced:
            return self._node(value, position)
        return self._value(changes.replaced[child], position, self.before.tag(value))

    def _inserted(self, items: list[Insertion], position: int) -> int:
        for item in items:
            position = position if item.key is None else self._key(item.key, position)
            position = self._value(item.value, position)
        return position

    def _key(self, key: str, position: int) -> int:
        if position >= len(self.after.codes) or not reads_as(self.after, position, key):
            self._differs(0)
        return position + 1

    def _value(self, value: Value, position: int, tag: str | None = None) -> int:
        if position >= len(self.after.codes) or not reads_as(self.after, position, value, tag):
            self._differs(0)
        return self.after.after(position)

    def _same(self, start: int, end: int, new: int) -> int:
        """Check that a range of events is there as it was; its end in the new document."""
        before, after, stop = self.before, self.after, new + end - start
        if (
            before.codes[start:end] != after.codes[new:stop]
            or before.values[start:end] != after.values[new:stop]
            or _properties(before, start, end) != _properties(after, new, stop)
        ):
            self._differs(start)
        return stop

    def _differs(self, old: int) -> NoReturn:
        offset = self.before.starts[old] if old < len(self.before.starts) else 0
        self.before.refuse(offset, "the edited text would not read back as planned, so nothing is changed")


def verify_comments(before: list[str], after: list[str], removed: list[str], added: list[str]) -> None:
    """Check that the comments afterwards are those before, less what is reported removed, and those added."""
    planned = Counter(before)
    planned.subtract(removed)
    planned.update(added)
    if +planned != Counter(after):
        raise CatalogEditRefused("the edited text would lose or gain a comment, so nothing is changed")


def _properties(tree: Tree, start: int, end: int) -> list[tuple[int, object]]:
    if not tree.properties:
        return []
    positions = tree.property_positions
    chosen = positions[bisect_left(positions, start) : bisect_left(positions, end)]
    return [(position - start, tree.properties[position]) for position in chosen]
