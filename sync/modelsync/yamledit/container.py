"""What changes to the entries of one container have in common, in block style and in flow."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import NoReturn

from modelsync.yamledit.comments import comment_splice
from modelsync.yamledit.edits import Value
from modelsync.yamledit.emit import Writer
from modelsync.yamledit.events import FLOWS, SEQUENCES
from modelsync.yamledit.plan import Changes
from modelsync.yamledit.splice import Span, Splices
from modelsync.yamledit.tree import Tree


class ContainerEditor(ABC):
    """Makes the changes of one container, as splices."""

    def __init__(self, writer: Writer, splices: Splices, container: int, changes: Changes) -> None:
        self.tree: Tree = writer.tree
        self.writer = writer
        self.splices = splices
        self.container = container
        self.changes = changes
        self.is_list = self.tree.codes[container] in SEQUENCES

    def edit(self) -> None:
        in_flow = self.tree.codes[self.container] in FLOWS
        for child, key in self.changes.renamed.items():
            new = self.writer.renamed(key, child, flow=in_flow)
            self.splices.replace(self.tree.starts[child], self.tree.ends[child], new, self.container)
        for child, value in self.changes.replaced.items():
            self.replace(child, value)
        for child, comment in self.changes.comments.items():
            if not self.can_take_comment(child):
                self._refuse_comment(child)
            splice = comment_splice(self.tree, self.comment_place(child), comment)
            self.splices.replace(*splice, self.container)
        if self.changes.removed or self.changes.inserted:
            self.rearrange()

    def given_up(self) -> Iterator[Span]:
        """The spans of the old text whose comments go: with an entry, with its value, or for another one."""
        for child in self.changes.removed:
            yield self.entry_span(child)
        for child, value in self.changes.replaced.items():
            yield self.value_span(child, value)
        for child, comment in self.changes.comments.items():
            yield comment_splice(self.tree, self.comment_place(child), comment)[:2]

    def examples(self, child: int | None, key: str | None) -> list[int]:
        """The nodes whose manner a value has to copy that comes beside a child, or in place of its value."""
        parent = self.tree.parents.get(self.container, (None, None))[0]
        return self.writer.neighbours(self.container, parent, child, key)

    def _refuse_comment(self, child: int) -> NoReturn:
        self.tree.refuse(
            self.tree.starts[child],
            "a comment behind it would be the whole line's, not its own",
            advice="Put it on the entry that the line belongs to, or give this one a line of its own.",
        )

    @abstractmethod
    def replace(self, child: int, value: Value) -> None:
        """Give a child another value."""

    @abstractmethod
    def rearrange(self) -> None:
        """Remove and insert children."""

    @abstractmethod
    def entry_span(self, child: int) -> Span:
        """What goes with a child that is removed."""

    @abstractmethod
    def value_span(self, child: int, value: Value) -> Span:
        """What goes with a value that another one replaces."""

    @abstractmethod
    def comment_place(self, child: int) -> int:
        """Where the comment of a child is, or would be."""

    def can_take_comment(self, child: int) -> bool:
        """Whether a comment on the child's line is its own."""
        return True
