"""Compares the document that came out with the one that was asked for, and repairs nothing."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import NamedTuple, NoReturn

from modelsync.errors import CatalogEditRefused
from modelsync.yamledit.compare import reads_as
from modelsync.yamledit.edits import Value
from modelsync.yamledit.events import FOLDED, MAPPINGS, SEQUENCES, Property
from modelsync.yamledit.plan import EMPTY_DOCUMENT, Changes, Plan, as_value
from modelsync.yamledit.tree import Tree


class Kept(NamedTuple):
    """Events of the old document that have to be there again."""

    start: int
    end: int


class Given(NamedTuple):
    """A key or value that an edit gave, and the anchor and tag that it stands under."""

    value: Value
    properties: Property = (None, None)


class Begun(NamedTuple):
    """A container of the old document that goes on with other entries."""

    node: int


Expected = Kept | Given | Begun


class Verifier:
    """Says which events the edits lead to, and compares the new document's with them."""

    def __init__(self, before: Tree, after: Tree, asked: Plan) -> None:
        self.before = before
        self.after = after
        self.asked = asked
        self._touched = self._containers_above(asked)

    def verify(self) -> None:
        position = 0
        for expected in self._document():
            position = self._end(expected, position)
        if position != len(self.after.codes):
            self._differs(0)

    def _containers_above(self, asked: Plan) -> set[int]:
        touched: set[int] = set()
        for container in asked:
            node: int | None = container
            while node is not None and node not in touched:
                touched.add(node)
                node = self.before.parents.get(node, (None,))[0]
        return touched

    # ------------------------------------------------------------------ what is expected

    def _document(self) -> Iterator[Expected]:
        if EMPTY_DOCUMENT in self.asked:
            yield Given(as_value(self.asked[EMPTY_DOCUMENT].inserted))
        else:
            yield from self._node(0)

    def _node(self, node: int) -> Iterator[Expected]:
        before = self.before
        if node not in self._touched:
            yield Kept(node, before.after(node))
            return
        changes = self.asked.get(node, Changes())
        if before.codes[node] <= FOLDED:
            yield Given(as_value(changes.inserted), before.properties.get(node, (None, None)))
            return
        new: dict[tuple[int | None, bool], list[Given]] = defaultdict(list)
        for item in changes.inserted:
            key = [] if item.key is None else [Given(item.key)]
            new[item.beside, item.is_before] += [*key, Given(item.value)]
        named = {
            *changes.removed,
            *changes.renamed,
            *changes.replaced,
            *(item.beside for item in changes.inserted),
        }
        yield Begun(node)
        kept = node + 1  # from here on all is as it was, up to the next child that changes
        for child in before.children(node):
            value = before.value_of(node, child)
            if child in named or value in self._touched:
                yield Kept(kept, child)
                yield from new[child, True]
                yield from self._child(child, value, changes)
                yield from new[child, False]
                kept = before.after(value)
        yield Kept(kept, before.close[node])
        yield from new[None, True]
        yield from new[None, False]
        yield Kept(before.close[node], before.after(node))

    def _child(self, child: int, value: int, changes: Changes) -> Iterator[Expected]:
        if child in changes.removed:
            return
        if value != child:
            renamed = changes.renamed.get(child)
            yield Kept(child, value) if renamed is None else Given(renamed)
        if child in changes.replaced:
            yield Given(changes.replaced[child], self.before.properties.get(value, (None, None)))
        else:
            yield from self._node(value)

    # ------------------------------------------------------------------ what is there

    def _end(self, expected: Expected, position: int) -> int:
        """Where what is expected ends in the new document, if it is there."""
        after = self.after
        if isinstance(expected, Kept):
            return self._same(expected.start, expected.end, position)
        if position >= len(after.codes):
            self._differs(0)
        if isinstance(expected, Given):
            anchor, tag = expected.properties
            is_anchored = after.properties.get(position, (None, None))[0] == anchor
            if not is_anchored or not reads_as(after, position, expected.value, tag):
                self._differs(0)
            return after.after(position)
        old = expected.node
        kinds = MAPPINGS if self.before.codes[old] in MAPPINGS else SEQUENCES
        if after.codes[position] not in kinds or self.before.properties.get(old) != after.properties.get(
            position
        ):
            self._differs(old)
        return position + 1

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
