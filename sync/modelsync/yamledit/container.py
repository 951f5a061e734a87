"""The splices of one text, and what changes to one container have in common in block style and in flow."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from functools import cached_property, partial
from typing import NamedTuple

from modelsync.yamledit.changes import Changes
from modelsync.yamledit.comments import comment_splice, is_like, own_comments
from modelsync.yamledit.edits import Comment, Value
from modelsync.yamledit.emit import Writer, is_container
from modelsync.yamledit.events import FLOWS, SEQUENCES

Span = tuple[int, int]  # from an offset of the text up to another


class Splice(NamedTuple):
    """A span and what comes in its place; they sort in the order in which they are made."""

    start: int
    takes_place: bool  # what comes between two characters stands before what takes the place of the second
    rank: int  # what is deeper comes first
    serial: int
    end: int
    new: str
    is_lines: bool


class Splices:
    """Replacements of one text, by offsets of the original. `owner` is the container they are for."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._splices: list[Splice] = []

    def replace(self, start: int, end: int, new: str, owner: int, *, is_lines: bool = False) -> None:
        self._splices.append(Splice(start, end > start, -owner, len(self._splices), end, new, is_lines))

    def insert_lines(self, offset: int, lines: str, newline: str, owner: int) -> None:
        """Lines of their own, at the start of a line or the end of the text."""
        self.replace(offset, offset, lines.replace("\n", newline) + newline, owner, is_lines=True)

    def apply(self) -> str:
        pieces = [""]
        position = 0
        for splice in sorted(self._splices):
            if splice.start > position:
                pieces.append(self.text[position : splice.start])
            if splice.is_lines and pieces[-1] and not pieces[-1].endswith("\n"):
                pieces.append("\r\n" if splice.new.endswith("\r\n") else "\n")
            if splice.new:
                pieces.append(splice.new)
            position = max(position, splice.end)
        return "".join([*pieces, self.text[position:]])


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

    def edit(self) -> Iterator[Span]:
        """Make all changes; yields the spans of the old text whose comments go with them."""
        in_flow = self.tree.codes[self.container] in FLOWS
        for child, key in self.changes.renamed.items():
            new = self.writer.inline_replacement(key, child, (), flow=in_flow)
            self.put(self.tree.starts[child], self.tree.ends[child], new)
        for child, value in self.changes.replaced.items():
            self.replace(child, value)
            yield self.value_span(child, value)
        for child, comment in self.changes.comments.items():
            splice = self._comment_splice(child, comment)
            self.put(*splice)
            yield splice[:2]
        if self.changes.removed or self.changes.inserted:
            self.rearrange()
        yield from map(self.entry_span, self.changes.removed)

    def _comment_splice(self, child: int, comment: Comment) -> tuple[int, int, str]:
        if self.tree.is_json:
            self.tree.refuse(
                self.tree.starts[child],
                "a file in JSON has no comments",
                advice="Keep a field by `owners` in sync.yaml, or the entry by `priority: 100`.",
            )
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
        """Where an entry begins, with the comments directly above it that are its own."""
        top, start = self.comments_top(child), self.start(child)
        own = partial(is_like, tree=self.tree, container=self.container, child=child)
        return own_comments(self.text, top, max(top, self.tree.line_start(start)), own)

    def comments_top(self, child: int) -> int:
        """Where the comments directly above an entry begin, in its own column; without one, the entry."""
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

    def examples(self, child: int | None, key: str | None, value: Value) -> list[int]:
        """The nodes whose manner a value copies that comes beside a child, or in place of its value: none
        where it can be written in one way alone."""
        if not isinstance(value, str) and not is_container(value):
            return []
        return self.writer.neighbours(self.container, child, key)

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
