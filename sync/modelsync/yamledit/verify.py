"""Compares the document that came out with the one that was asked for, and repairs nothing."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from modelsync.errors import CatalogEditRefused
from modelsync.yamledit.changes import EMPTY_DOCUMENT, Changes, Changeset, Insertion, as_value
from modelsync.yamledit.compare import reads_as
from modelsync.yamledit.edits import Value
from modelsync.yamledit.events import FOLDED, MAPPINGS, NO_PROPERTY, SEQUENCES, Property
from modelsync.yamledit.tree import Tree


class Kept(NamedTuple):
    """Events of the old document that have to be there again."""

    start: int
    end: int


class Given(NamedTuple):
    """A key or value that an edit gave, and the anchor and tag that it stands under."""

    value: Value
    properties: Property = NO_PROPERTY


class Begun(NamedTuple):
    """A container of the old document that goes on with other entries."""

    node: int


class Expectation:
    """What the edited document has to consist of: `parts`, in their order."""

    def __init__(self, before: Tree, asked: Changeset) -> None:
        self.before = before
        self.asked = asked
        self.parts: list[Kept | Given | Begun] = []
        self._touched = self._containers_above(asked)
        if EMPTY_DOCUMENT in asked:
            self.parts.append(Given(as_value(asked[EMPTY_DOCUMENT].inserted)))
        else:
            self._node(0)

    def _containers_above(self, asked: Changeset) -> set[int]:
        touched: set[int] = set()
        for container in asked:
            node: int | None = container
            while node is not None and node not in touched:
                touched.add(node)
                node = self.before.parents.get(node, (None,))[0]
        return touched

    def _node(self, node: int) -> None:
        before = self.before
        if node not in self._touched:
            self._keep(node, before.after(node))
            return
        changes = self.asked.get(node, Changes())
        if before.codes[node] <= FOLDED:
            self.parts.append(Given(as_value(changes.inserted), before.names(node)))
        else:
            self.parts.append(Begun(node))
            for child in changes.order(before.children(node)):
                if isinstance(child, Insertion):
                    self.parts += [] if child.key is None else [Given(child.key)]
                    self.parts.append(Given(child.value))
                else:
                    self._child(node, child, changes)
            self._keep(before.close[node], before.after(node))

    def _child(self, container: int, child: int, changes: Changes) -> None:
        value = self.before.value_of(container, child)
        if child in changes.renamed:
            self.parts.append(Given(changes.renamed[child]))
        else:
            self._keep(child, value)
        if child in changes.replaced:
            self.parts.append(Given(changes.replaced[child], self.before.names(value)))
        else:
            self._node(value)

    def _keep(self, start: int, end: int) -> None:
        """Expect a range of events, as one with the range before it where that goes on."""
        last = self.parts[-1] if self.parts else None
        if isinstance(last, Kept) and last.end == start:
            self.parts[-1] = Kept(last.start, end)
        elif start < end:
            self.parts.append(Kept(start, end))


def verify(before: Tree, after: Tree, asked: Changeset) -> None:
    """Check that the new document is the old one with what was asked for. Raises CatalogEditRefused."""
    position = 0
    for part in Expectation(before, asked).parts:
        end = position + (part.end - part.start if isinstance(part, Kept) else 1)
        if isinstance(part, Given) and position < len(after.codes):
            end = after.after(position)
        if end > len(after.codes) or not _is_there(before, after, part, position, end):
            old = 0 if isinstance(part, Given) else part[0]
            _refuse(before, old)
        position = end
    if position != len(after.codes):
        _refuse(before, 0)


def _is_there(before: Tree, after: Tree, part: Kept | Given | Begun, new: int, stop: int) -> bool:
    """Whether a range of the new document's events is this part of what is expected."""
    match part:
        case Kept(start, end):
            return (
                before.codes[start:end] == after.codes[new:stop]
                and before.values[start:end] == after.values[new:stop]
                and before.properties_in(start, end) == after.properties_in(new, stop)
            )
        case Given(value, (anchor, tag)):
            return after.names(new)[0] == anchor and reads_as(after, new, value, tag)
        case Begun(node):
            kinds = MAPPINGS if before.codes[node] in MAPPINGS else SEQUENCES
            return after.codes[new] in kinds and before.names(node) == after.names(new)


def _refuse(before: Tree, node: int) -> None:
    offset = before.starts[node] if node < len(before.starts) else 0
    before.refuse(offset, "the edited text would not read back as planned, so nothing is changed")


def verify_comments(before: list[str], after: list[str], removed: list[str], added: list[str]) -> None:
    """Check that the comments afterwards are those before, less what is reported removed, and those added."""
    planned = Counter(before)
    planned.subtract(removed)
    planned.update(added)
    if +planned != Counter(after):
        raise CatalogEditRefused("the edited text would lose or gain a comment, so nothing is changed")
