"""A YAML text as the C parser's event stream, kept in columns; it reads and finds, and never writes.

A node is the position of its first event. One column per attribute (code, text, start, end) costs
a third of the parser's own time, stays out of the garbage collector's way, and lets whole ranges of
two documents be compared as slices.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from functools import cached_property
from typing import Any, NoReturn

from modelsync.errors import CatalogEditRefused, CatalogError

try:
    from _ruamel_yaml import (
        AliasEvent,
        CParser,
        DocumentStartEvent,
        MappingEndEvent,
        MappingStartEvent,
        ScalarEvent,
        SequenceEndEvent,
        SequenceStartEvent,
        YAMLError,
    )
except ImportError as error:  # ruamel.yaml itself would fall back to pure Python and say nothing
    raise CatalogError(
        "the C parser of ruamel.yaml is missing, so no YAML can be read",
        advice="install it: python -m pip install --force-reinstall ruamel.yaml.clib",
    ) from error

PLAIN, SINGLE, DOUBLE, LITERAL, FOLDED = range(5)
ALIAS, BLOCK_MAPPING, FLOW_MAPPING, BLOCK_SEQUENCE, FLOW_SEQUENCE, END = range(5, 11)
_SCALARS = {None: PLAIN, "": PLAIN, "'": SINGLE, '"': DOUBLE, "|": LITERAL, ">": FOLDED}
_CONTAINERS = {
    (MappingStartEvent, False): BLOCK_MAPPING,
    (MappingStartEvent, True): FLOW_MAPPING,
    (SequenceStartEvent, False): BLOCK_SEQUENCE,
    (SequenceStartEvent, True): FLOW_SEQUENCE,
}
SCALARS = (PLAIN, SINGLE, DOUBLE, LITERAL, FOLDED)
MAPPINGS = (BLOCK_MAPPING, FLOW_MAPPING)
SEQUENCES = (BLOCK_SEQUENCE, FLOW_SEQUENCE)
BLOCKS = (BLOCK_MAPPING, BLOCK_SEQUENCE)
FLOWS = (FLOW_MAPPING, FLOW_SEQUENCE)

MAX_DEPTH = 200
BOM = "\ufeff"
_UNSURE_BREAK = re.compile("[\x85\u2028\u2029]|\r(?!\n)")  # where YAML 1.1 and 1.2 see other lines
_NAMES = re.compile(r"(?:[&!]\S*(?:[ \t]+|(?=[\r\n]|$)|$)(?:(?:#[^\r\n]*)?\r?\n[ \t]*)*)+")
_INDICATOR = re.compile(r"[|>][-+0-9]*")
STAND_IN = "\uf8ff"  # of private use
_COLON_IN_TEXT = re.compile(r"(?<=[^\s'\"\[\]{},:]):(?=[^\s\[\]{},])")
_COLON = re.compile(r"(?:\s|(?<=\s)#[^\n]*)*:")

Property = tuple[str | None, str | None]  # anchor, tag


class Tree:
    """One document. `root` is its first node, or None when there is nothing but comments."""

    def __init__(self, text: str) -> None:
        self.bom = BOM if text.startswith(BOM) else ""
        self.text = text[len(self.bom) :]
        self._indexes: dict[int, dict[str, int]] = {}
        self._children: dict[int, list[int]] = {}
        self.items_by_value: dict[tuple[int, str], dict[Any, list[tuple[int, int]]]] = {}  # by list and key
        self.parents: dict[int, tuple[int, int]] = {}  # of each value that was walked: container, child
        self._refuse_unsure_breaks()
        self.codes: bytearray
        self.values: list[str]
        self.starts: array[int]
        self.ends: array[int]
        self.close: dict[int, int]
        self.properties: dict[int, Property]
        self._read()
        self.root = 0 if self.codes else None

    # ------------------------------------------------------------------ reading the events

    def _read(self) -> None:
        try:
            self._read_events(self.text)
        except YAMLError as error:
            if "unexpected ':'" not in str(getattr(error, "problem", "")) or STAND_IN in self.text:
                raise self._unreadable(error) from None
            self._read_with_colons()
        except UnicodeEncodeError as error:
            raise CatalogError(
                "a lone surrogate, which is no character", where=f"line {self.line(error.start)}"
            ) from None

    def _read_with_colons(self) -> None:
        """Read what this parser alone refuses: `{url: https://…}`, a colon within plain text in flow.

        Each colon that text surrounds gets a stand-in of its length, so that all marks are right, and
        comes back in what was read. It is no indicator: white space follows those.
        """
        try:
            self._read_events(_COLON_IN_TEXT.sub(STAND_IN, self.text))
        except YAMLError as error:
            raise self._unreadable(error) from None
        self.values = [value.replace(STAND_IN, ":") for value in self.values]
        for position, names in self.properties.items():
            anchor, tag = (name and name.replace(STAND_IN, ":") for name in names)
            self.properties[position] = (anchor, tag)

    def _read_events(self, text: str) -> None:  # one loop, no calls: it is most of what reading costs
        codes = self.codes = bytearray()
        values: list[str] = []
        close: dict[int, int] = {}
        properties: dict[int, Property] = {}
        self.values, self.close, self.properties = values, close, properties
        self.starts, self.ends = array("q"), array("q")
        add_code, add_value = codes.append, values.append
        add_start, add_end = self.starts.append, self.ends.append
        opened: list[int] = []
        documents = 0
        for event in iter(CParser(text).get_event, None):
            kind = type(event)
            if kind is ScalarEvent:
                if event.anchor is not None or event.ctag is not None:
                    properties[len(codes)] = (event.anchor, event.tag)
                add_code(_SCALARS[event.style])
                add_value(event.value)
            elif kind is MappingEndEvent or kind is SequenceEndEvent:
                close[opened.pop()] = len(codes)
                add_code(END)
                add_value("")
            elif kind is MappingStartEvent or kind is SequenceStartEvent:
                opened.append(len(codes))
                if len(opened) > MAX_DEPTH:
                    self.refuse(event.start_mark.index, f"nested deeper than {MAX_DEPTH} levels")
                if event.anchor is not None or event.ctag is not None:
                    properties[len(codes)] = (event.anchor, event.tag)
                add_code(_CONTAINERS[kind, bool(event.flow_style)])
                add_value("")
            elif kind is AliasEvent:
                add_code(ALIAS)
                add_value(event.anchor)
            else:
                if kind is DocumentStartEvent:
                    documents += 1
                    self._refuse_document(event, documents)
                continue
            add_start(event.start_mark.index)
            add_end(event.end_mark.index)

    def _refuse_document(self, event: Any, number: int) -> None:
        if number > 1:
            self.refuse(event.start_mark.index, "a second document in one file")
        if event.version not in (None, (1, 2)):
            self.refuse(event.start_mark.index, "%YAML with another version than 1.2")

    def _refuse_unsure_breaks(self) -> None:
        unsure = None if self.text.isascii() and "\r" not in self.text else _UNSURE_BREAK.search(self.text)
        if unsure:
            name = "a carriage return alone" if unsure[0] == "\r" else f"U+{ord(unsure[0]):04X}"
            self.refuse(unsure.start(), f"{name}: YAML 1.1 and 1.2 disagree on whether a line ends there")

    def _unreadable(self, error: Any) -> CatalogError:
        mark = getattr(error, "problem_mark", None)
        if mark is None:  # a ReaderError: a character that YAML does not allow
            code = getattr(error, "character", 0)
            at = self.text.find(chr(code)) if isinstance(code, int) else 0
            return CatalogError(f"character U+{code:04X} is not allowed in YAML", where=self.where(at))
        index = min(mark.index, len(self.text))
        what = "a tab used as indentation" if self.text[index : index + 1] == "\t" else str(error.problem)
        line = self.text[self.line_start(index) : self.line_end(index)]
        template = "this looks like a template; give the file that it makes" if "{%" in line else ""
        return CatalogError(f"not readable as YAML: {what}", where=self.where(index), advice=template)

    # ------------------------------------------------------------------ lines

    @cached_property
    def _line_starts(self) -> array[int]:
        return array("q", [0, *(match.end() for match in re.finditer("\n", self.text))])

    def line(self, offset: int) -> int:
        """The number, from 1, of the line that holds this offset."""
        return bisect_right(self._line_starts, offset)

    def where(self, offset: int) -> str:
        return f"line {self.line(offset)}, column {offset - self.line_start(offset) + 1}"

    def line_start(self, offset: int) -> int:
        return self.text.rfind("\n", 0, offset) + 1

    def line_end(self, offset: int) -> int:
        """Where the line's text ends, before its line break."""
        end = self.text.find("\n", offset)
        end = len(self.text) if end < 0 else end
        return end - 1 if end > 0 and self.text[end - 1] == "\r" else end

    def next_line(self, offset: int) -> int:
        end = self.text.find("\n", offset)
        return len(self.text) if end < 0 else end + 1

    def newline(self, offset: int) -> str:
        """The line break in use at this offset: that of its line, else of the line before."""
        end = self.text.find("\n", offset)
        end = self.text.rfind("\n", 0, offset) if end < 0 else end
        return "\r\n" if end > 0 and self.text[end - 1] == "\r" else "\n"

    def refuse(self, offset: int, what: str, advice: str = "") -> NoReturn:
        raise CatalogEditRefused(what, where=f"line {self.line(offset)}", advice=advice)

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
                self._add_key(known, key)
        return known

    def _add_key(self, known: dict[str, int], key: int) -> None:
        if self.codes[key] > FOLDED:
            self.refuse(self.starts[key], "a key that is not text")
        other = known.setdefault(self.values[key], key)
        if other != key:
            self.refuse_duplicate(other, key)

    def refuse_duplicate(self, first: int, second: int) -> NoReturn:
        lines = f"lines {self.line(self.starts[first])} and {self.line(self.starts[second])}"
        self.refuse(self.starts[second], f"the key {self.values[second]!r} is there twice, {lines}")

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
            elif (anchor := self.properties.get(position, (None, None))[0]) is not None:
                anchors[anchor] = position
        return targets

    def tag(self, node: int) -> str | None:
        return self.properties.get(node, (None, None))[1]

    @cached_property
    def property_positions(self) -> list[int]:
        """Where anchors and tags are, in order."""
        return list(self.properties)

    def anchors_within(self, node: int) -> Iterator[int]:
        """The nodes, from this one to the last in it, that an alias refers to."""
        positions = self.property_positions
        for position in positions[bisect_left(positions, node) : bisect_left(positions, self.after(node))]:
            if self.properties[position][0] in self.used_anchors:
                yield position

    # ------------------------------------------------------------------ where a node lies

    def is_explicit(self, key: int) -> bool:
        """Whether the key is written `? key`."""
        before = self.text[self.line_start(self.starts[key]) : self.starts[key]].rstrip(" \t")
        return before.endswith("?") and before[-2:-1] in ("", " ", "\t", "{", "[", ",")

    def colon_end(self, key: int) -> int | None:
        """Behind the colon of a key; None where the key stands without one."""
        colon = _COLON.match(self.text, self.ends[key])
        return colon.end() if colon else None

    def place(self, container: int, child: int) -> int:
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
        return start + len(
            re.sub(r"[ \t]*(#[^\n]*)?(\r?\n\s*|$).*", "", self.text[start:end], flags=re.S).rstrip()
        )

    def column(self, container: int) -> int:
        """The column of a block container's entries."""
        place = self.place(container, container + 1)
        return place - self.line_start(place)

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
            return self.place(container, child) + 1
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
