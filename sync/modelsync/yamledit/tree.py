"""The nodes of one document: what each holds, and where it lies; it finds, and never writes."""

from __future__ import annotations

import json
import re
from bisect import bisect_left
from collections.abc import Iterator
from functools import cached_property
from typing import Any

from modelsync.yamledit.events import (
    ALIAS,
    BLOCK_MAPPING,
    BLOCK_SEQUENCE,
    END,
    FLOW_MAPPING,
    FLOW_SEQUENCE,
    FOLDED,
    LITERAL,
    MAPPINGS,
    NO_PROPERTY,
    PLAIN,
    Events,
    Property,
)

_NAMES = re.compile(r"(?:[&!]\S*(?:[ \t]+|(?=[\r\n]|$)|$)(?:(?:#[^\r\n]*)?\r?\n[ \t]*)*)+")
_INDICATOR = re.compile(r"[|>][-+0-9]*")
_COMMENT = re.compile(r"[ \t]#")
_COLON = re.compile(r"(?:\s|(?<=\s)#[^\n]*+)*+:")


class Tree(Events):
    """One document as nodes: a node is the position of its first event."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._indexes: dict[int, dict[str, int]] = {}
        self._children: dict[int, list[int]] = {}
        self.items_by_value: dict[tuple[int, str], dict[Any, list[tuple[int, int]]]] = {}  # by list and key
        self.parents: dict[int, tuple[int, int]] = {}  # of each value that was walked: container, child

    # ------------------------------------------------------------------ nodes

    def after(self, node: int) -> int:
        """The position that follows the node and all that is in it."""
        return self.close.get(node, node) + 1

    def children(self, container: int) -> list[int]:
        """The keys of a mapping, or the items of a sequence, in their order."""
        known = self._children.get(container)
        if known is None:
            known = self._children[container] = list(self._walk(container))
        return known

    def _walk(self, container: int) -> Iterator[int]:
        mapping = self.codes[container] in MAPPINGS
        position = container + 1
        while self.codes[position] != END:
            child = position
            position = self.after(position) if mapping else position
            self.parents[position] = (container, child)
            position = self.after(position)
            yield child

    def value_of(self, container: int, child: int) -> int:
        """The node that a child stands for: the value of a key, or the item itself."""
        return self.after(child) if self.codes[container] in MAPPINGS else child

    def index(self, mapping: int) -> dict[str, int]:
        """The mapping's keys by their text. Refuses a key that is no text, or is there twice."""
        known = self._indexes.get(mapping)
        if known is None:
            known = self._indexes[mapping] = {}
            for key in self.children(mapping):
                if self.codes[key] > FOLDED:
                    self.refuse(self.starts[key], "a key that is not text")
                other = known.setdefault(self.values[key], key)
                if other != key:
                    lines = f"lines {self.line(self.starts[other])} and {self.line(self.starts[key])}"
                    self.refuse(self.starts[key], f"the key {self.values[key]!r} is there twice, {lines}")
        return known

    @cached_property
    def is_json(self) -> bool:
        """Whether the text says anything and is JSON too: then it stays so, for who reads it as that."""
        if not self.text.lstrip().startswith(("{", "[")):
            return False
        try:
            return bool(json.loads(self.text))
        except ValueError:
            return False

    @cached_property
    def used_anchors(self) -> frozenset[str]:
        if ALIAS not in self.codes:
            return frozenset()
        pairs = zip(self.codes, self.values, strict=True)
        return frozenset(value for code, value in pairs if code == ALIAS)

    @cached_property
    def targets(self) -> dict[int, int]:
        """What each alias stands for. Refuses one that stands for nothing, or for itself."""
        anchors: dict[str, int] = {}
        targets = {}
        for position, code in enumerate(self.codes) if self.used_anchors else ():
            if code == ALIAS:
                target = anchors.get(self.values[position])
                if target is None or self.after(target) > position:
                    self.refuse(self.starts[position], "an alias to nothing that stands before it")
                targets[position] = target
            elif (anchor := self.names(position)[0]) is not None:
                anchors[anchor] = position
        return targets

    def names(self, node: int) -> Property:
        """The node's anchor and tag."""
        return self.properties.get(node, NO_PROPERTY)

    def tag(self, node: int) -> str | None:
        return self.names(node)[1]

    @cached_property
    def _named(self) -> list[int]:
        """The nodes with an anchor or a tag, in order."""
        return list(self.properties)

    def properties_in(self, start: int, end: int) -> list[tuple[int, Property]]:
        """The anchors and tags in a range, each with its distance from the start."""
        if not self.properties:
            return []
        chosen = self._named[bisect_left(self._named, start) : bisect_left(self._named, end)]
        return [(node - start, self.properties[node]) for node in chosen]

    def refuse_shared(self, node: int, effect: str = "") -> None:
        """Refuse a node with an anchor in use: it is another's value too."""
        anchor = self.names(node)[0]
        if anchor in self.used_anchors:
            self.refuse(self.starts[node], f"the anchor &{anchor} is used elsewhere{effect}")

    # ------------------------------------------------------------------ where a node lies

    def is_explicit(self, key: int) -> bool:
        """Whether the key is written `? key`."""
        before = self.text[self.line_start(self.starts[key]) : self.starts[key]].rstrip(" \t")
        return before.endswith("?") and before[-2:-1] in ("", " ", "\t", "{", "[", ",")

    def colon_end(self, key: int) -> int | None:
        """Behind the colon of a key; None where the key stands without one."""
        colon = _COLON.match(self.text, self.ends[key])
        return colon.end() if colon else None

    def entry_start(self, container: int, child: int) -> int:
        """The offset at which the entry begins: its key, its `?`, its dash, or its flow item."""
        start = self.starts[child]
        code = self.codes[container]
        if code == BLOCK_SEQUENCE:
            return self._dash(container, child)
        if code != FLOW_SEQUENCE and self.is_explicit(child):
            return self.text.rfind("?", 0, start)
        return start

    def _dash(self, sequence: int, item: int) -> int:
        first = self.text.index("-", self.content_start(sequence))
        if item == sequence + 1:
            return first
        column = first - self.line_start(first)
        line = self.line_start(self.starts[item])
        while (
            not (self.text[line : line + column].isspace() or column == 0)
            or self.text[line + column : line + column + 1] != "-"
            or self.starts[item] <= line + column
        ):
            line = self.line_start(line - 1)
        return line + column

    def content_start(self, node: int) -> int:
        """Where the node begins, behind its anchor and tag."""
        start = self.starts[node]
        if node not in self.properties:
            return start
        names = _NAMES.match(self.text, start)
        end = names.end() if names else start
        if self.codes[node] <= FOLDED and end > self.ends[node]:
            return self.ends[node]
        return end

    def names_end(self, node: int) -> int:
        """Where the node's anchor and tag end, on their own line."""
        start, end = self.starts[node], self.content_start(node)
        line = self.text[start:end].partition("\n")[0]
        return start + len(_COMMENT.split(line, maxsplit=1)[0].rstrip())

    def column(self, container: int) -> int:
        """The column of a block container's entries."""
        start = self.entry_start(container, container + 1)
        return start - self.line_start(start)

    def end(self, node: int) -> int:
        """Where the node's own text ends, without line break, comment or blank lines after it."""
        code = self.codes[node]
        if code in (BLOCK_MAPPING, BLOCK_SEQUENCE) or self.is_pair(node):
            last = self.children(node)[-1]
            return self.end_of_entry(node, last)
        if code in (LITERAL, FOLDED):
            return self._end_of_block_scalar(node)
        return self.ends[self.close.get(node, node)]

    def end_of_entry(self, container: int, child: int) -> int:
        """Where the text of a child ends, its value included."""
        value = self.value_of(container, child)
        if value == child or self.codes[value] != PLAIN or self.starts[value] != self.ends[value]:
            return self.end(value)
        if self.text[self.starts[value] - 1] == ":":
            return self.starts[value]
        colon = self.colon_end(child)  # the parser marks it at the next token instead
        return self.end(child) if colon is None else colon

    def _end_of_block_scalar(self, node: int) -> int:
        start, end = self.content_start(node), self.ends[node]
        text = self.text[start:end]
        if "+" not in self.text[start : self.indicator_end(node)]:
            return start + len(text.rstrip("\r\n"))
        return start + len(text.removesuffix("\n").removesuffix("\r"))

    def ends_in_block_scalar(self) -> bool:
        """Whether the last line break of the text is part of a value."""
        last = max(map(self.codes.rfind, (LITERAL, FOLDED)))
        return last >= 0 and self.ends[last] == len(self.text)

    def header_end(self, node: int) -> int:
        """Behind the colon or dash of a value, and behind its anchor."""
        container, child = self.parents[node]
        if node in self.properties:
            return self.names_end(node)
        if self.codes[container] == BLOCK_SEQUENCE:
            return self.entry_start(container, child) + 1
        colon = self.colon_end(child)
        if colon is None:
            self.refuse(self.starts[child], "a key written with `?` and without `:` takes no value")
        return colon

    def indicator_end(self, node: int) -> int:
        """Behind the `|` or `>` of a literal or folded scalar, and what belongs to it."""
        start = self.content_start(node)
        indicator = _INDICATOR.match(self.text, start)
        return indicator.end() if indicator else start

    def is_pair(self, node: int) -> bool:
        """Whether the node is a mapping of one pair in a flow list, written without braces."""
        return (
            self.codes[node] == FLOW_MAPPING and self.ends[self.close[node]] == self.starts[self.close[node]]
        )
