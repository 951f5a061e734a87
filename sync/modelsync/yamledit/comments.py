"""Where the comments of a document are, and where one belongs."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from modelsync.yamledit.edits import Comment
from modelsync.yamledit.events import ALIAS, BLOCKS, END, FOLDED, LITERAL, MAPPINGS
from modelsync.yamledit.scalars import can_be_comment
from modelsync.yamledit.tree import Tree

_HEADER = re.compile(r"[|>][-+0-9]*[ \t]+#")
_NEXT_PART = re.compile(r"(?<=\s)(?=#)")
_TO_LINE_END = re.compile(r"[ \t]*(#[^\r\n]*)?(?=\r?\n|\Z)")


class FoundComment(NamedTuple):
    """A comment, or one of its parts: where it begins, and its text from the `#` on."""

    offset: int
    text: str

    @property
    def words(self) -> str:
        return self.text[1:].strip()


def find_comments(tree: Tree) -> list[FoundComment]:
    """Every comment, in order."""
    comments = []
    offset = tree.text.find("#")
    while offset >= 0:
        end = _end_of_what_holds(tree, offset)
        if end is None:
            end = tree.line_end(offset)
            comments.append(FoundComment(offset, tree.text[offset:end].rstrip()))
        offset = tree.text.find("#", end)
    return comments


def _end_of_what_holds(tree: Tree, offset: int) -> int | None:
    """The end of the scalar, name or directive that holds a `#`; None where it begins a comment."""
    node = bisect_right(tree.starts, offset) - 1
    if node < 0 or tree.codes[node] == END or tree.ends[node] <= offset:
        line = tree.text[tree.line_start(offset) : offset]
        return offset + 1 if line.startswith("%") and not line[-1:].isspace() else None
    if node in tree.properties and offset < tree.content_start(node):
        return None if tree.text[offset - 1].isspace() else offset + 1
    code = tree.codes[node]
    if code in (LITERAL, FOLDED):
        header = _HEADER.match(tree.text, tree.content_start(node))
        return None if header and header.end() == offset + 1 else tree.ends[node]
    return tree.ends[node] if code <= FOLDED or code == ALIAS else None


def comment_offset(tree: Tree, container: int, child: int) -> int:
    """Behind what stands on the line of an entry's key: where its comment is, or would be."""
    node = tree.value_of(container, child)
    is_bare_key = tree.codes[container] in MAPPINGS and tree.colon_end(child) is None
    if tree.codes[container] not in BLOCKS or is_bare_key:
        return tree.end_of_entry(container, child)
    below = tree.next_line(tree.header_end(node))
    if tree.codes[node] in BLOCKS:
        first = tree.children(node)[0]
        return (
            comment_offset(tree, node, first)
            if tree.entry_start(node, first) < below
            else tree.header_end(node)
        )
    if tree.starts[node] >= below:
        return tree.header_end(node)
    in_block_text = tree.codes[node] in (LITERAL, FOLDED)
    return tree.indicator_end(node) if in_block_text else tree.end_of_entry(container, child)


def in_parts(comments: Iterable[FoundComment]) -> Iterator[FoundComment]:
    """The comments, each in the parts that were put behind each other, `# a  # b`."""
    for comment in comments:
        if "#" not in comment.text[1:]:
            yield comment
            continue
        offset = comment.offset
        for part in _NEXT_PART.split(comment.text):
            yield FoundComment(offset, part.rstrip())
            offset += len(part)


def comment_splice(tree: Tree, offset: int, edit: Comment) -> tuple[int, int, str]:
    """The span that a comment takes behind what ends at an offset, and how it is written there."""
    if not can_be_comment(edit.text):
        tree.refuse(offset, "a comment is one line of printable text")
    match = _TO_LINE_END.match(tree.text, offset)
    if match is None:
        tree.refuse(offset, "no comment can stand here, as the line goes on")
    present = (match[1] or "").rstrip()
    end = match.start(1) + len(present) if present else offset
    if not edit.replaced:
        return end, end, f"  # {edit.text}"
    old = re.search(rf"(?<!\S)#[ \t]*{re.escape(edit.replaced)}$", present)
    if old is None:
        tree.refuse(offset, f"the comment to be replaced is not at the end of this line: {edit.replaced}")
    return match.start(1) + old.start(), end, f"# {edit.text}"
