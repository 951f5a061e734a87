"""A YAML text as the C parser's event stream, kept in columns, and the lines that it stands in.

A node is the position of its first event. One column per attribute (code, text, start, end) costs
a third of the parser's own time, stays out of the garbage collector's way, and lets whole ranges of
two documents be compared as slices.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right
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
STAND_IN = "\uf8ff"  # of private use
_COLON_IN_TEXT = re.compile(r"(?<=[^\s'\"\[\]{},:]):(?=[^\s\[\]{},])")

Property = tuple[str | None, str | None]  # anchor, tag
NO_PROPERTY: Property = (None, None)


class Events:
    """One document's events in columns. `root` is its first node, or None where there are only comments."""

    def __init__(self, text: str) -> None:
        self.bom = BOM if text.startswith(BOM) else ""
        self.text = text[len(self.bom) :]
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
