"""A YAML document to read by path."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from modelsync.errors import CatalogError
from modelsync.yamledit.comments import FoundComment, comment_offset, find_comments
from modelsync.yamledit.edits import Path
from modelsync.yamledit.events import ALIAS, BLOCKS, DOUBLE, PLAIN, SINGLE
from modelsync.yamledit.read import Reader, list_keys, locate, merged_from
from modelsync.yamledit.scalars import NUMERIC, unlike
from modelsync.yamledit.tree import Tree


class Document:
    """One parsed YAML text. It never changes; editing makes another one."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tree = Tree(text)

    @cached_property
    def _reader(self) -> Reader:
        return Reader(self.tree)

    def value(self, path: Path = ()) -> Any:
        """The plain value at a path: dict with text keys, list, str, int, Decimal, bool, None.

        By the core schema of YAML 1.2; a date is its text, `.inf` and `.nan` are such Decimals. Aliases
        and merge keys are resolved; what an alias stands for is one object wherever it is used.
        Raises CatalogError where the path leads nowhere, or a key is no text or there twice.
        """
        if self.tree.root is None and not path:
            return None
        return self._reader.value(self._located(path)[2])

    def has(self, path: Path) -> bool:
        return locate(self.tree, path) is not None

    def keys(self, path: Path = (), *, merged: bool = True) -> list[str]:
        """The keys of the mapping at a path, in their order; none where it is no mapping.

        Not `merged`: without those that it has by a merge key alone.
        """
        if self.tree.root is None and not path:
            return []
        keys = list_keys(self.tree, self._located(path)[2])
        return keys if merged else [key for key in keys if not self.merged_from((*path, key))]

    def merged_from(self, path: Path) -> int:
        """How many steps lead to the first key that its mapping has by a merge key alone; 0: none does."""
        return merged_from(self.tree, path)

    def line(self, path: Path) -> int:
        """The line, from 1, of the key or item at a path."""
        _, child, _ = self._located(path)
        return self.tree.line(self.tree.starts[child])

    def lines(self, path: Path) -> tuple[int, int]:
        """The lines, from 1, of the key or item at a path and of the end of its value."""
        container, child, node = self._located(path)
        end = self.tree.end(node) if container is None else self.tree.end_of_entry(container, child)
        return self.line(path), self.tree.line(end)

    def comment(self, path: Path) -> str:
        """The comment at the end of the key's line, else of the value's last line, without its `#`."""
        container, child, node = self._located(path)
        offsets = [self.tree.starts[child]]
        if container is not None:
            offsets.insert(0, comment_offset(self.tree, container, child))
            offsets += [] if self.tree.codes[node] in BLOCKS else [self.tree.end_of_entry(container, child)]
        lines = map(self.tree.line, offsets)
        return next((self._comments_by_line[line] for line in lines if line in self._comments_by_line), "")

    def is_quoted(self, path: Path) -> bool:
        """Whether the value at a path is a text in quotes."""
        return self.tree.codes[self._located(path)[2]] in (SINGLE, DOUBLE)

    def quotes_numbers(self) -> bool:
        """Whether any text in quotes begins as a number does."""
        coded = zip(self.tree.codes, self.tree.values, strict=True)
        return any(text.startswith(NUMERIC) for code, text in coded if code in (SINGLE, DOUBLE))

    def own_tag(self, path: Path) -> str:
        """The tag of the value at a path that is not YAML's (`!price`): what it means is not ours to say."""
        tag = self.tree.tag(self._located(path)[2]) or ""
        return "" if tag.startswith("tag:yaml.org,2002:") else tag

    def marks(self) -> list[tuple[int, str]]:
        """All tags, anchors (`&name`) and aliases (`*name`), each with its line."""
        tree = self.tree
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
        tree = self.tree
        plain = [
            node for node, code in enumerate(tree.codes) if code == PLAIN and node not in tree.properties
        ]
        texts = {text: unlike(text) for text in {tree.values[node] for node in plain}}
        return [(tree.line(tree.starts[node]), what) for node in plain if (what := texts[tree.values[node]])]

    def comments(self) -> list[tuple[int, str]]:
        """All comments, each with its line, without their `#`."""
        return [(self.tree.line(comment.offset), comment.words) for comment in self.found_comments]

    @cached_property
    def found_comments(self) -> list[FoundComment]:
        """All comments, in order, each with where it begins."""
        return find_comments(self.tree)

    @cached_property
    def _comments_by_line(self) -> dict[int, str]:
        """The comments that stand behind something on their line."""
        tree = self.tree
        return {
            tree.line(comment.offset): comment.words
            for comment in self.found_comments
            if tree.text[tree.line_start(comment.offset) : comment.offset].strip()
        }

    def _located(self, path: Path) -> tuple[int | None, int, int]:
        location = locate(self.tree, path)
        if location is None:
            raise CatalogError(f"there is nothing at {'/'.join(map(str, path)) or 'the root'!s}")
        return location
