"""What changes to the entries of one container have in common, in block style and in flow."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from functools import cached_property

from modelsync.yamledit.comments import comment_splice
from modelsync.yamledit.edits import Comment, Value
from modelsync.yamledit.emit import Writer
from modelsync.yamledit.events import FLOWS, SEQUENCES
from modelsync.yamledit.plan import Changes
from modelsync.yamledit.splice import Span, Splices


class ContainerEditor(ABC):
    """Makes the changes of one container, as splices."""

    def __init__(self, writer: Writer, splices: Splices, container: int, changes: Changes) -> None:
        self.tree = writer.tree
        self.text = writer.tree.text
        self.writer = writer
        self.splices = splices
        self.container = container
        self.changes = changes
        self.is_list = self.tree.codes[container] in SEQUENCES

    def edit(self) -> None:
        in_flow = self.tree.codes[self.container] in FLOWS
        for child, key in self.changes.renamed.items():
            new = self.writer.renamed(key, child, flow=in_flow)
            self.put(self.tree.starts[child], self.tree.ends[child], new)
        for child, value in self.changes.replaced.items():
            self.replace(child, value)
        for child, comment in self.changes.comments.items():
            self.put(*self._comment_splice(child, comment))
        if self.changes.removed or self.changes.inserted:
            self.rearrange()

    def given_up(self) -> Iterator[Span]:
        """The spans of the old text whose comments go: with an entry, with its value, or for another one."""
        for child in self.changes.removed:
            yield self.entry_span(child)
        for child, value in self.changes.replaced.items():
            yield self.value_span(child, value)
        for child, comment in self.changes.comments.items():
            yield self._comment_splice(child, comment)[:2]

    def _comment_splice(self, child: int, comment: Comment) -> tuple[int, int, str]:
        if not self.can_take_comment(child):
            self.tree.refuse(
                self.tree.starts[child],
                "a comment behind it would be the whole line's, not its own",
                advice="Put it on the entry that the line belongs to, or give this one a line of its own.",
            )
        return comment_splice(self.tree, self.comment_offset(child), comment)

    def put(self, start: int, end: int, new: str) -> None:
        """Put new text in place of a span."""
        self.splices.replace(start, end, new, self.container)

    # ------------------------------------------------------------------ where entries lie

    @cached_property
    def children(self) -> list[int]:
        return self.tree.children(self.container)

    def value(self, child: int) -> int:
        return self.tree.value_of(self.container, child)

    def start(self, child: int) -> int:
        return self.tree.entry_start(self.container, child)

    def end(self, child: int) -> int:
        return self.tree.end_of_entry(self.container, child)

    def before(self, child: int) -> str:
        """What stands before an entry on its line."""
        start = self.start(child)
        return self.text[self.tree.line_start(start) : start]

    def lead(self, child: int) -> int:
        """Where an entry begins with the comments directly above it, in its own column."""
        start = self.start(child)
        line = self.tree.line_start(start)
        column = start - line
        if self.text[line:start].strip():
            return start
        while line > 0:
            above = self.tree.line_start(line - 1)
            stripped = self.text[above:line].lstrip(" ")
            if not stripped.startswith("#") or line - above - len(stripped) != column:
                break
            line = above
        return line

    def examples(self, child: int | None, key: str | None) -> list[int]:
        """The nodes whose manner a value has to copy that comes beside a child, or in place of its value."""
        parent = self.tree.parents.get(self.container, (None, None))[0]
        return self.writer.neighbours(self.container, parent, child, key)

    # ------------------------------------------------------------------ what each style does in its own way

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
    def comment_offset(self, child: int) -> int:
        """Where the comment of a child is, or would be."""

    def can_take_comment(self, child: int) -> bool:
        """Whether a comment on the child's line is its own."""
        return True
