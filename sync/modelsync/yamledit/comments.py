"""Where the comments of a document are, and where one belongs."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator

from modelsync.yamledit.edits import Comment
from modelsync.yamledit.events import ALIAS, BLOCKS, END, FOLDED, LITERAL, MAPPINGS
from modelsync.yamledit.scalars import can_be_comment
from modelsync.yamledit.tree import Tree

_HEADER = re.compile(r"[|>][-+0-9]*[ \t]+#")
_NEXT_PART = re.compile(r"(?<=\s)(?=#)")
_TO_LINE_END = re.compile(r"[ \t]*(#[^\r\n]*)?(?=\r?\n|\Z)")


def find_comments(tree: Tree) -> list[tuple[int, str]]:
    """Every comment as its offset and its text, the `#` included, in order."""
    comments = []
    position = tree.text.find("#")
    while position >= 0:
        skipped = _end_of_what_holds(tree, position)
        if skipped is None:
            end = tree.line_end(position)
            comments.append((position, tree.text[position:end]))
            skipped = end
        position = tree.text.find("#", skipped)
    return comments


def _end_of_what_holds(tree: Tree, position: int) -> int | None:
    """The end of the scalar, name or directive that holds a `#`; None where it begins a comment."""
    node = bisect_right(tree.starts, position) - 1
    if node < 0 or tree.codes[node] == END or tree.ends[node] <= position:
        line = tree.text[tree.line_start(position) : position]
        return position + 1 if line.startswith("%") and not line[-1:].isspace() else None
    if node in tree.properties and position < tree.content_start(node):
        return None if tree.text[position - 1].isspace() else position + 1
    code = tree.codes[node]
    if code in (LITERAL, LITERAL + 1):
        header = _HEADER.match(tree.text, tree.content_start(node))
        return None if header and header.end() == position + 1 else tree.ends[node]
    return tree.ends[node] if code <= FOLDED or code == ALIAS else None


def comment_place(tree: Tree, container: int, child: int) -> int:
    """Behind what stands on the line of an entry's key: where its comment is, or would be."""
    node = tree.value_of(container, child)
    is_bare_key = tree.codes[container] in MAPPINGS and tree.colon_end(child) is None
    if tree.codes[container] not in BLOCKS or is_bare_key:
        return tree.end_of_entry(container, child)
    below = tree.next_line(tree.header_end(node))
    if tree.codes[node] in BLOCKS:
        first = tree.children(node)[0]
        return comment_place(tree, node, first) if tree.place(node, first) < below else tree.header_end(node)
    if tree.starts[node] >= below:
        return tree.header_end(node)
    in_block_text = tree.codes[node] in (LITERAL, FOLDED)
    return tree.indicator_end(node) if in_block_text else tree.end_of_entry(container, child)


def parts(offset: int, text: str) -> Iterator[tuple[int, str]]:
    """A comment in the parts that were put behind each other, `# a  # b`, each with its offset."""
    for part in _NEXT_PART.split(text):
        yield offset, part.strip()
        offset += len(part)


def comment_splice(tree: Tree, place: int, edit: Comment) -> tuple[int, int, str]:
    """The span that a comment takes behind what ends at `place`, and how it is written there."""
    if not can_be_comment(edit.text):
        tree.refuse(place, "a comment is one line of printable text")
    match = _TO_LINE_END.match(tree.text, place)
    if match is None:
        tree.refuse(place, "no comment can stand here, as the line goes on")
    there = (match[1] or "").rstrip()
    end = match.start(1) + len(there) if there else place
    if not edit.replaced:
        return end, end, f"  # {edit.text}"
    old = re.search(rf"(?<!\S)#[ \t]*{re.escape(edit.replaced)}$", there)
    if old is None:
        tree.refuse(place, f"the comment to be replaced is not at the end of this line: {edit.replaced}")
    return match.start(1) + old.start(), end, f"# {edit.text}"
