"""Makes edits of a document, all at once, and gives no text that does not read back as asked."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from modelsync.errors import CatalogEditRefused, CatalogError
from modelsync.yamledit.block import BlockEditor
from modelsync.yamledit.changes import EMPTY_DOCUMENT, Changeset, Collector, as_value
from modelsync.yamledit.comments import FoundComment, in_parts
from modelsync.yamledit.container import Span, Splices
from modelsync.yamledit.document import Document
from modelsync.yamledit.edits import Comment, Edit
from modelsync.yamledit.emit import Writer
from modelsync.yamledit.events import BLOCKS
from modelsync.yamledit.flow import FlowEditor
from modelsync.yamledit.refine import Refiner
from modelsync.yamledit.scalars import can_be_comment
from modelsync.yamledit.tree import Tree
from modelsync.yamledit.verify import verify, verify_comments


class Edited(msgspec.Struct, frozen=True):
    """The edited text, the comments that went with what was removed, and the text's document."""

    text: str
    removed_comments: tuple[str, ...]
    document: Document


def apply(document: Document, edits: Sequence[Edit], splicer: type[Splices] = Splices) -> Edited:
    """The text with all edits made. Raises CatalogEditRefused, with the line, for what is not safe."""
    tree = document.tree
    asked = Collector(tree).collect(edits)
    changeset = Refiner(tree).refine(asked)
    if not changeset:
        return Edited(document.text, (), document)
    splices = splicer(tree.text)
    try:
        spans = _splice(tree, changeset, splices)
    except ValueError as error:
        raise CatalogEditRefused(f"a value that YAML cannot hold: {error}") from None
    edited = _reread(document.text, tree.bom + splices.apply())
    verify(tree, edited.tree, asked)
    if tree.is_json and not edited.tree.is_json:
        raise CatalogEditRefused("the edited text would be no JSON any more")
    removed = _comments_within(document.found_comments, spans)
    new = [FoundComment(0, f"# {edit.text}") for edit in edits if isinstance(edit, Comment)]
    before, after, added = map(_texts, (document.found_comments, edited.found_comments, new))
    verify_comments(before, after, removed, added)
    return Edited(edited.text, tuple(removed), edited)


def with_comment(document: Document, line: int, words: str) -> Document:
    """The document with other words in the comment of a line; without words the comment goes, and its line
    where that has nothing else. Raises CatalogEditRefused."""
    tree, text = document.tree, document.tree.text
    old = next((one for one in document.found_comments if tree.line(one.offset) == line), None)
    if old is None:
        raise CatalogEditRefused("there is no comment on this line", where=f"line {line}")
    if words and not can_be_comment(words):
        tree.refuse(old.offset, "a comment is one line of printable text")
    new, begin = f"# {words}" if words else "", tree.line_start(old.offset)
    start, end = old.offset, old.offset + len(old.text)
    if not words:
        code = text[begin:start].rstrip()
        start, end = (begin + len(code), end) if code else (begin, tree.next_line(end))
    edited = _reread(document.text, tree.bom + text[:start] + new + text[end:])
    verify(tree, edited.tree, {})
    added = [FoundComment(0, new)] if new else []
    verify_comments(*map(_texts, (document.found_comments, edited.found_comments, [old], added)))
    return edited


def _splice(tree: Tree, changeset: Changeset, splices: Splices) -> list[Span]:
    """Make the splices; the spans of the old text whose comments the changes give up."""
    writer, spans = Writer(tree), list[Span]()
    for container, changes in changeset.items():
        if container == EMPTY_DOCUMENT:
            _write_first(tree, writer, splices, as_value(changes.inserted))
            spans += [] if tree.root is None else [(tree.starts[tree.root], tree.end(tree.root))]
            continue
        kind = BlockEditor if tree.codes[container] in BLOCKS else FlowEditor
        spans += kind(writer, splices, container, changes).edit()
    return spans


def _write_first(tree: Tree, writer: Writer, splices: Splices, value: dict[str, Any] | list[Any]) -> None:
    """The first entries of a document that has none, behind its comments or in place of its root."""
    root = tree.root
    start, end = (len(tree.text),) * 2 if root is None else (tree.starts[root], tree.end(root))
    line, below = tree.line_start(start), tree.next_line(end)
    is_alone = not (tree.text[line:start] + tree.text[end:below]).strip()
    splices.replace(line if is_alone else start, below if is_alone else end, "", 0)
    splices.insert_lines(below, writer.lines(value, 0, ()), tree.newline(start), 0)


def _reread(old: str, text: str) -> Document:
    """The edited text as a document; where the old one lacked a last line break, so does the new."""
    try:
        document = Document(text)
    except CatalogError as error:
        what = f"the edited text would not be readable: {error.what}"
        raise CatalogEditRefused(what, where=error.where) from None
    lacks_break = old != "" and not old.endswith("\n") and text.endswith("\n")
    if lacks_break and not document.tree.ends_in_block_scalar():
        return Document(text.removesuffix("\n").removesuffix("\r"))
    return document


def _comments_within(all_comments: Iterable[FoundComment], spans: Iterable[Span]) -> list[str]:
    comments = list(in_parts(all_comments))
    offsets = [comment.offset for comment in comments]
    removed = []
    for start, end in sorted(spans):
        chosen = comments[bisect_left(offsets, start) : bisect_left(offsets, end)]
        removed += [comment.text for comment in chosen]
    return removed


def _texts(comments: Iterable[FoundComment]) -> list[str]:
    return [comment.text for comment in in_parts(comments)]
