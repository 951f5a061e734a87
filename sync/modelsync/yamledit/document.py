"""A YAML document to read by path and to edit without touching a byte that need not change."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from modelsync.errors import CatalogEditRefused, CatalogError
from modelsync.yamledit.block import BlockEditor
from modelsync.yamledit.comments import FoundComment, comment_offset, find_comments, in_parts
from modelsync.yamledit.container import Span, Splices
from modelsync.yamledit.edits import Comment, Edit, Path
from modelsync.yamledit.emit import Writer
from modelsync.yamledit.events import ALIAS, BLOCKS, DOUBLE, PLAIN, SINGLE
from modelsync.yamledit.flow import FlowEditor
from modelsync.yamledit.plan import EMPTY_DOCUMENT, Plan, Planner, as_value
from modelsync.yamledit.read import Reader, list_keys, locate, merged_from
from modelsync.yamledit.refine import Refiner
from modelsync.yamledit.scalars import unlike
from modelsync.yamledit.tree import Tree
from modelsync.yamledit.verify import verify, verify_comments


@dataclass(frozen=True)
class Edited:
    """The edited text, the comments that went with what was removed, and the text's document."""

    text: str
    removed_comments: tuple[str, ...]
    document: Document


class Document:
    """One parsed YAML text. It never changes; editing makes another one."""

    def __init__(self, text: str, splicer: type[Splices] = Splices) -> None:
        self.text = text
        self._tree = Tree(text)
        self._splicer = splicer

    # ------------------------------------------------------------------ reading

    @cached_property
    def _reader(self) -> Reader:
        return Reader(self._tree)

    def value(self, path: Path = ()) -> Any:
        """The plain value at a path: dict with text keys, list, str, int, Decimal, bool, None.

        By the core schema of YAML 1.2; a date is its text, `.inf` and `.nan` are such Decimals. Aliases
        and merge keys are resolved; what an alias stands for is one object wherever it is used.
        Raises CatalogError where the path leads nowhere, or a key is no text or there twice.
        """
        if self._tree.root is None and not path:
            return None
        return self._reader.value(self._located(path)[2])

    def has(self, path: Path) -> bool:
        return locate(self._tree, path) is not None

    def keys(self, path: Path = (), *, merged: bool = True) -> list[str]:
        """The keys of the mapping at a path, in their order; none where it is no mapping.

        Not `merged`: without those that it has by a merge key alone.
        """
        if self._tree.root is None and not path:
            return []
        keys = list_keys(self._tree, self._located(path)[2])
        return keys if merged else [key for key in keys if not self.merged_from((*path, key))]

    def merged_from(self, path: Path) -> int:
        """How many steps lead to the first key that its mapping has by a merge key alone; 0: none does."""
        return merged_from(self._tree, path)

    def line(self, path: Path) -> int:
        """The line, from 1, of the key or item at a path."""
        _, child, _ = self._located(path)
        return self._tree.line(self._tree.starts[child])

    def lines(self, path: Path) -> tuple[int, int]:
        """The lines, from 1, of the key or item at a path and of the end of its value."""
        container, child, node = self._located(path)
        end = self._tree.end(node) if container is None else self._tree.end_of_entry(container, child)
        return self.line(path), self._tree.line(end)

    def comment(self, path: Path) -> str:
        """The comment at the end of the key's line, else of the value's last line, without its `#`."""
        container, child, node = self._located(path)
        offsets = [self._tree.starts[child]]
        if container is not None:
            offsets.insert(0, comment_offset(self._tree, container, child))
            offsets += [] if self._tree.codes[node] in BLOCKS else [self._tree.end_of_entry(container, child)]
        lines = map(self._tree.line, offsets)
        return next((self._comments_by_line[line] for line in lines if line in self._comments_by_line), "")

    def is_quoted(self, path: Path) -> bool:
        """Whether the value at a path is a text in quotes."""
        return self._tree.codes[self._located(path)[2]] in (SINGLE, DOUBLE)

    def own_tag(self, path: Path) -> str:
        """The tag of the value at a path that is not YAML's (`!price`): what it means is not ours to say."""
        tag = self._tree.tag(self._located(path)[2]) or ""
        return "" if tag.startswith("tag:yaml.org,2002:") else tag

    def marks(self) -> list[tuple[int, str]]:
        """All tags, anchors (`&name`) and aliases (`*name`), each with its line."""
        tree = self._tree
        named = [
            (node, (f"&{anchor}" if anchor else "", tag or ""))
            for node, (anchor, tag) in tree.properties.items()
        ]
        used = [(node, (f"*{tree.values[node]}",)) for node, code in enumerate(tree.codes) if code == ALIAS]
        return [
            (tree.line(tree.starts[node]), word) for node, words in (*named, *used) for word in words if word
        ]

    def unlike_numbers(self) -> list[tuple[int, str]]:
        """The plain numbers on which readers of YAML 1.1 and 1.2 disagree: the line, and what each reads."""
        tree = self._tree
        plain = [
            node for node, code in enumerate(tree.codes) if code == PLAIN and node not in tree.properties
        ]
        texts = {text: unlike(text) for text in {tree.values[node] for node in plain}}
        return [(tree.line(tree.starts[node]), what) for node in plain if (what := texts[tree.values[node]])]

    def comments(self) -> list[tuple[int, str]]:
        """All comments, each with its line, without their `#`."""
        return [(self._tree.line(comment.offset), comment.words) for comment in self._comments]

    @cached_property
    def _comments(self) -> list[FoundComment]:
        return find_comments(self._tree)

    @cached_property
    def _comments_by_line(self) -> dict[int, str]:
        """The comments that stand behind something on their line."""
        tree = self._tree
        return {
            tree.line(comment.offset): comment.words
            for comment in self._comments
            if tree.text[tree.line_start(comment.offset) : comment.offset].strip()
        }

    def _located(self, path: Path) -> tuple[int | None, int, int]:
        location = locate(self._tree, path)
        if location is None:
            raise CatalogError(f"there is nothing at {'/'.join(map(str, path)) or 'the root'!s}")
        return location

    # ------------------------------------------------------------------ editing

    def edit(self, edits: Sequence[Edit]) -> str:
        """The text with all edits made. Raises CatalogEditRefused, with the line, for what is not safe."""
        return self.apply(edits).text

    def apply(self, edits: Sequence[Edit]) -> Edited:
        """As `edit`, with the comments that went and the parsed result."""
        asked = Planner(self._tree).plan(edits)
        plan = Refiner(self._tree).refine(asked)
        if not plan:
            return Edited(self.text, (), self)
        splices = self._splicer(self._tree.text)
        try:
            spans = self._splice(plan, splices)
        except ValueError as error:
            raise CatalogEditRefused(f"a value that YAML cannot hold: {error}") from None
        document = self._reread(self._tree.bom + splices.apply())
        verify(self._tree, document._tree, asked)
        if self._tree.is_json and not document._tree.is_json:
            raise CatalogEditRefused("the edited text would be no JSON any more")
        removed = self._comments_within(spans)
        new = [FoundComment(0, f"# {edit.text}") for edit in edits if isinstance(edit, Comment)]
        before, after, added = map(_texts, (self._comments, document._comments, new))
        verify_comments(before, after, removed, added)
        return Edited(document.text, tuple(removed), document)

    def _splice(self, plan: Plan, splices: Splices) -> list[Span]:
        """Make the splices; the spans of the old text whose comments the plan gives up."""
        tree = self._tree
        writer, spans = Writer(tree), list[Span]()
        for container, changes in plan.items():
            if container == EMPTY_DOCUMENT:
                self._write_first(writer, splices, as_value(changes.inserted))
                spans += [] if tree.root is None else [(tree.starts[tree.root], tree.end(tree.root))]
                continue
            kind = BlockEditor if tree.codes[container] in BLOCKS else FlowEditor
            spans += kind(writer, splices, container, changes).edit()
        return spans

    def _write_first(self, writer: Writer, splices: Splices, value: dict[str, Any] | list[Any]) -> None:
        """The first entries of a document that has none, behind its comments or in place of its root."""
        tree, root = self._tree, self._tree.root
        start, end = (len(tree.text),) * 2 if root is None else (tree.starts[root], tree.end(root))
        line, below = tree.line_start(start), tree.next_line(end)
        is_alone = not (tree.text[line:start] + tree.text[end:below]).strip()
        splices.replace(line if is_alone else start, below if is_alone else end, "", 0)
        splices.insert_lines(below, writer.lines(value, 0, ()), tree.newline(start), 0)

    def _reread(self, text: str) -> Document:
        """The edited text as a document; where the old one lacked a last line break, so does the new."""
        try:
            document = Document(text)
        except CatalogError as error:
            what = f"the edited text would not be readable: {error.what}"
            raise CatalogEditRefused(what, where=error.where) from None
        lacks_break = self.text != "" and not self.text.endswith("\n") and text.endswith("\n")
        if lacks_break and not document._tree.ends_in_block_scalar():
            return Document(text.removesuffix("\n").removesuffix("\r"))
        return document

    def _comments_within(self, spans: Iterable[Span]) -> list[str]:
        comments = list(in_parts(self._comments))
        offsets = [comment.offset for comment in comments]
        removed = []
        for start, end in sorted(spans):
            chosen = comments[bisect_left(offsets, start) : bisect_left(offsets, end)]
            removed += [comment.text for comment in chosen]
        return removed


def _texts(comments: Iterable[FoundComment]) -> list[str]:
    return [comment.text for comment in in_parts(comments)]
