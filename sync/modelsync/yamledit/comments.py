"""Where the comments of a document are, and where one belongs."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import takewhile
from math import inf
from typing import NamedTuple

from modelsync.errors import CatalogError
from modelsync.yamledit.edits import Comment
from modelsync.yamledit.events import ALIAS, BLOCKS, END, FOLDED, LITERAL, MAPPINGS, SEQUENCES
from modelsync.yamledit.scalars import can_be_comment, read_plain
from modelsync.yamledit.tree import Tree

_HEADER = re.compile(r"[|>][-+0-9]*[ \t]+#")
_NEXT_PART = re.compile(r"(?<=\s)(?=#)")
_RULED_OFF = re.compile(r"#(#|\s*([-=*~_+─━═])\2{2}|.*([-=*~_+─━═])\3{2}\s*$)")
_OF_THE_FILE = re.compile(
    r"yaml-language-server:|\b(vim?|ex):|-\*-|yamllint|prettier-|spdx-|copyright|\blicen[cs]e", re.IGNORECASE
)
_TITLE = re.compile(r"#\s*[^\W\d_a-z].{0,59}(?<![.!?;,\s])$")
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


def own_comments(text: str, top: int, start: int, is_alike: Callable[[str], bool]) -> int:
    """Where, of the lines of comment that begin at `top`, an entry's own begin, which starts at `start`.

    Not its own: those down to a heading that is ruled off, or to the end of an entry that is commented out,
    of which `is_alike` says whether it is one; and the file's own modeline or licence.
    """
    lines = text[top:start].splitlines(keepends=True)
    if top == 0 and any(map(_OF_THE_FILE.search, lines)):
        return start
    for number in range(len(lines) - 1, -1, -1):
        if _RULED_OFF.match(lines[number].strip()):
            return top + sum(map(len, lines[: number + 1]))
        block = _with_deeper(lines[number:])
        if is_alike("".join(line.lstrip().removeprefix("#") for line in block)):
            return top + sum(map(len, lines[: number + len(block)]))
    return top


def is_title(comment: str) -> bool:
    """Whether a comment reads as the title of what is below it, and not as a sentence."""
    return _TITLE.fullmatch(comment.strip()) is not None


def _with_deeper(comments: Sequence[str]) -> Sequence[str]:
    """The first of these lines, and those right below it whose words stand deeper."""
    least = _indent(comments[0])
    return [comments[0], *takewhile(lambda line: _indent(line) > least, comments[1:])]


def _indent(comment: str) -> float:
    """How far the words of a comment stand from its `#`; without words they go on with what is above."""
    words = comment.lstrip().removeprefix("#")
    return len(words) - len(words.lstrip(" ")) if words.strip() else inf


def is_like(text: str, tree: Tree, container: int, child: int) -> bool:
    """Whether a text is an entry that could stand beside this one; words behind a colon are a note."""
    try:
        other = Tree(text)
    except CatalogError:
        return False
    kinds = SEQUENCES if tree.codes[container] in SEQUENCES else MAPPINGS
    if other.root is None or other.codes[other.root] not in kinds or not other.children(other.root):
        return False
    value = other.value_of(other.root, other.children(other.root)[0])
    code, like = other.codes[value], tree.codes[tree.value_of(container, child)]
    if code <= FOLDED and like <= FOLDED:
        return not isinstance(read_plain(other.values[value]), str | None)
    return any(code in kind and like in kind for kind in (MAPPINGS, SEQUENCES))


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
