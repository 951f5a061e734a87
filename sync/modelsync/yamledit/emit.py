"""New values as YAML text, in the manner of the nodes beside which they will stand."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from datetime import date
from functools import cached_property

from modelsync.yamledit.edits import Flow, Value, bare
from modelsync.yamledit.events import (
    BLOCK_MAPPING,
    BLOCK_SEQUENCE,
    DOUBLE,
    FLOW_MAPPING,
    FLOWS,
    FOLDED,
    LITERAL,
    MAPPINGS,
    PLAIN,
    SEQUENCES,
    SINGLE,
)
from modelsync.yamledit.scalars import (
    can_be_block,
    can_be_plain,
    grouped_text,
    json_quoted,
    quoted,
    word_text,
)
from modelsync.yamledit.tree import Tree

NEAREST = 8  # neighbours that are asked for their manner
STEP = 2

Examples = Sequence[int]  # nodes whose manner is to be copied, the nearest first


def is_container(value: Value) -> bool:
    return isinstance(value, dict | list | Flow)


class Writer:
    """Writes values for one document. Columns are those of the key or dash that the text follows."""

    def __init__(self, tree: Tree, *, block_texts: bool = True) -> None:
        self.tree = tree
        self.block_texts = block_texts  # whether text of several lines may be a literal scalar
        self._known: dict[str, list[int]] = {}

    # ------------------------------------------------------------------ block

    def behind(self, value: Value, column: int, examples: Examples, *, dash: bool) -> str:
        """What follows `key:`, or a dash, from the space or line break on."""
        plain = bare(value)
        if isinstance(plain, dict | list) and plain and not self._is_flow(value, examples):
            same = self._same_kind(plain, examples)
            if not dash:
                return "\n" + self.lines(plain, column + self._step(plain, examples), same)
            gap = self._gap(same)
            return " " * (gap - 1) + self.lines(plain, column + gap, same)[column + gap :]
        double = bool(examples) and self.tree.codes[examples[0]] == DOUBLE
        block = None
        if isinstance(value, str) and "\n" in value and not double:
            block = self._block_text(value, column, LITERAL)
        return " " + (block or self.inline(value, examples, flow=not isinstance(value, str)))

    def replacement(self, value: Value, old: int, *, dash: bool, column: int, examples: Examples) -> str:
        """What follows the colon or dash in place of an old value, whose manner comes first."""
        style = self.tree.codes[old]
        if isinstance(value, str) and style in (SINGLE, DOUBLE):
            return " " + self._quoted(value, style)
        if isinstance(value, str) and style in (LITERAL, FOLDED):
            block = self._block_text(value, column, style)
            return " " + (block or self.text(value, examples, flow=False))
        if grouped := self._grouped(value, old):
            return " " + grouped
        return self.behind(value, column, [old, *examples], dash=dash)

    def lines(self, value: dict[str, Value] | list[Value], column: int, examples: Examples) -> str:
        """The lines of a block mapping or list, without the last line break."""
        pad, below = " " * column, self._first_children(examples)
        if isinstance(value, list):
            return "\n".join(pad + "-" + self.behind(item, column, below, dash=True) for item in value)
        return "\n".join(
            f"{pad}{self.key(key, below)}:"
            + self.behind(item, column, self._under(examples, key), dash=False)
            for key, item in value.items()
        )

    def _block_text(self, text: str, column: int, style: int) -> str | None:
        """The text as a literal scalar, or as a folded one where that was the style of a single line."""
        if not (self.block_texts and can_be_block(text)):
            return None
        body = text.removesuffix("\n")
        indicator = ">" if style == FOLDED and "\n" not in body else "|"
        pad = " " * (column + self._usual_step[BLOCK_MAPPING])
        lines = [pad + line if line else "" for line in body.split("\n")]
        return "\n".join([indicator + ("" if text.endswith("\n") else "-"), *lines])

    # ------------------------------------------------------------------ flow and scalars

    def inline(self, value: Value, examples: Examples, *, flow: bool = True) -> str:
        """A value on one line, fit to stand in flow."""
        plain = bare(value)
        if isinstance(plain, str):
            return self.text(plain, examples, flow=flow)
        if not isinstance(plain, dict | list):
            is_text = self.tree.is_json and isinstance(plain, date)
            return json_quoted(word_text(plain)) if is_text else word_text(plain)
        same = self._same_kind(plain, examples)
        if isinstance(plain, list):
            below = self._first_children(same)
            return "[" + ", ".join(self.inline(item, below) for item in plain) + "]"
        pad = self._pad(same) if plain else ""
        pairs = (self.pair(key, item, self._under(same, key)) for key, item in plain.items())
        return "{" + pad + ", ".join(pairs) + pad + "}"

    def inline_replacement(self, value: Value, old: int, examples: Examples, *, flow: bool = True) -> str:
        """A value, or a key, on one line in place of an old one, whose manner comes first."""
        quotes = self.tree.codes[old]
        if isinstance(value, str) and quotes in (SINGLE, DOUBLE):
            return self._quoted(value, quotes)
        return self._grouped(value, old) or self.inline(value, [old, *examples], flow=flow)

    def _grouped(self, value: Value, old: int) -> str:
        return grouped_text(value, self.tree.values[old]) if self.tree.codes[old] == PLAIN else ""

    def spread(self, value: Value, examples: Examples, indent: str, step: str, newline: str) -> str:
        """A value in JSON over several lines, as its neighbours are; `indent` is that of its key's line."""
        plain = bare(value)
        if not (isinstance(plain, dict | list) and plain and self._is_spread(plain, examples)):
            return self.inline(value, examples)
        same, below = self._same_kind(plain, examples), indent + step
        if isinstance(plain, dict):
            brackets, parts = "{}", [(f"{json_quoted(key)}: ", item, key) for key, item in plain.items()]
        else:
            brackets, parts = "[]", [("", item, "") for item in plain]
        items = (
            below + key + self.spread(item, self._under(same, name) if name else same, below, step, newline)
            for key, item, name in parts
        )
        return f"{brackets[0]}{newline}{f',{newline}'.join(items)}{newline}{indent}{brackets[1]}"

    def _is_spread(self, value: dict[str, Value] | list[Value], examples: Examples) -> bool:
        """Whether containers of the kind are over several lines; where there is none, all others are."""
        tree = self.tree
        kinds = MAPPINGS if isinstance(value, dict) else SEQUENCES
        nodes = self._same_kind(value, examples) or [
            node for node, code in enumerate(tree.codes) if code in kinds and tree.children(node)
        ]
        return all("\n" in tree.text[tree.starts[node] : tree.end(node)] for node in nodes[:1])

    def pair(self, key: str, value: Value, examples: Examples) -> str:
        """One entry of a flow mapping."""
        return f"{self.key(key, (), flow=True)}: {self.inline(value, examples)}"

    def text(self, text: str, examples: Examples, *, flow: bool) -> str:
        """A string on one line: plain where it can be, quoted as its neighbours are by choice."""
        if self.tree.is_json:
            return json_quoted(text)
        quotes = self._chosen_quotes(examples)
        if quotes in (None, PLAIN):
            if can_be_plain(text, flow=flow):
                return text
            quotes = self._preferred_quotes
        return quoted(text, single=quotes == SINGLE)

    def _quoted(self, text: str, style: int) -> str:
        return json_quoted(text) if self.tree.is_json else quoted(text, single=style == SINGLE)

    def key(self, text: str, siblings: Examples, *, flow: bool = False) -> str:
        return self.text(text, [key for key in siblings if self.tree.values[key] != text], flow=flow)

    # ------------------------------------------------------------------ the manner of neighbours

    def neighbours(self, container: int, child: int | None, key: str | None) -> list[int]:
        """Nodes to copy for a new child: what neighbours have under its key, then its own siblings."""
        siblings = [self.tree.value_of(container, node) for node in self.nearest(container, child)]
        if key is None:
            return siblings
        cousins: list[int] = []
        if container in self.tree.parents:
            parent = self.tree.parents[container][0]
            around = [self.tree.value_of(parent, node) for node in self.nearest(parent, container)]
            cousins = self._under([node for node in around if node != container], key, everywhere=False)
        return cousins or [*self._anywhere(key), *siblings]

    def nearest(self, container: int, child: int | None) -> list[int]:
        """The children around one of them (None: the last), or around the one that has it as value."""
        children = self.tree.children(container)
        if child is None or not children:
            return children[: -NEAREST - 1 : -1]
        middle = max(bisect_right(children, child) - 1, 0)
        around = children[max(0, middle - NEAREST // 2) : middle + NEAREST // 2 + 1]
        return sorted(around, key=lambda node: abs(node - children[middle]))

    def _under(self, examples: Examples, key: str, *, everywhere: bool = True) -> list[int]:
        tree = self.tree
        mappings = [node for node in examples if tree.codes[node] in MAPPINGS]
        values = [tree.after(index[key]) for index in map(tree.index, mappings) if key in index]
        return values or (self._anywhere(key) if everywhere else [])

    def _anywhere(self, key: str) -> list[int]:
        """The value of the first such key in the document."""
        if key not in self._known:
            tree, position = self.tree, -1
            self._known[key] = []
            for _ in range(tree.values.count(key) if key in self._texts else 0):
                position = tree.values.index(key, position + 1)
                if self._is_key(position):
                    self._known[key] = [position + 1]
                    break
        return self._known[key]

    @cached_property
    def _texts(self) -> frozenset[str]:
        """All scalars, so that a new key, as most are, costs no search through the document."""
        return frozenset(self.tree.values)

    def _first_children(self, examples: Examples) -> list[int]:
        return [child for example in examples for child in self.tree.children(example)[:2]]

    def _same_kind(self, value: dict[str, Value] | list[Value], examples: Examples) -> list[int]:
        """The examples that are containers of the value's kind and hold what is alike."""
        tree = self.tree
        kinds = MAPPINGS if isinstance(value, dict) else SEQUENCES
        same = [node for node in examples if tree.codes[node] in kinds and tree.children(node)]
        if isinstance(value, list):
            nested = any(map(is_container, value))
            same = [node for node in same if (tree.codes[tree.children(node)[0]] > FOLDED) == nested]
        return same

    def _is_flow(self, value: Value, examples: Examples) -> bool:
        plain = bare(value)
        shown = [self.tree.codes[node] in FLOWS for node in self._same_kind(plain, examples)]
        if shown:
            return sum(shown) * 2 > len(shown) or (sum(shown) * 2 == len(shown) and shown[0])
        if isinstance(value, Flow):
            return True
        return isinstance(plain, list) and not any(map(is_container, plain))

    def _step(self, value: dict[str, Value] | list[Value], examples: Examples) -> int:
        """How much deeper than its key a block mapping or list is written."""
        code = BLOCK_MAPPING if isinstance(value, dict) else BLOCK_SEQUENCE
        node = next((node for node in examples if self.tree.codes[node] == code), None)
        return self._usual_step[code] if node is None else self._step_of(node)

    def _step_of(self, node: int) -> int:
        tree = self.tree
        key = tree.starts[node - 1]
        step = tree.column(node) - (key - tree.line_start(key))
        least = 0 if tree.codes[node] == BLOCK_SEQUENCE else 1
        return step if least <= step <= 16 else STEP

    @cached_property
    def _usual_step(self) -> dict[int, int]:
        """By kind, the step of the document's first such container that is the value of a key."""
        steps = {}
        for code in (BLOCK_MAPPING, BLOCK_SEQUENCE):
            nodes = (match.start() for match in re.finditer(bytes([code]), self.tree.codes))
            steps[code] = next((self._step_of(node) for node in nodes if self._is_key(node - 1)), STEP)
        return steps

    def _is_key(self, node: int) -> bool:
        return self.tree.codes[node] <= FOLDED and self.tree.text.startswith(":", self.tree.ends[node])

    def _gap(self, examples: Examples) -> int:
        """From a dash to what follows it on its line."""
        tree = self.tree
        for node in examples:
            start = tree.content_start(node)
            before = tree.text[tree.line_start(start) : start]
            if before.rstrip(" ").endswith("-"):
                return len(before) - len(before.rstrip(" ")) + 1
        return STEP

    def _pad(self, examples: Examples) -> str:
        tree = self.tree
        starts = (tree.content_start(node) for node in examples if tree.codes[node] == FLOW_MAPPING)
        return " " if tree.text.startswith("{ ", next(starts, len(tree.text))) else ""

    def _chosen_quotes(self, examples: Examples) -> int | None:
        """How most neighbours are quoted that did not have to be, the nearest where it is even."""
        tree = self.tree
        chosen = [
            tree.codes[node]
            for node in examples
            if tree.codes[node] <= DOUBLE and can_be_plain(tree.values[node], flow=False)
        ]
        return max(chosen, key=chosen.count, default=None)

    @cached_property
    def _preferred_quotes(self) -> int:
        """The kind of quotes that the document uses first; double where it uses none."""
        first = {code: self.tree.codes.find(code) for code in (SINGLE, DOUBLE)}
        if first[SINGLE] < 0:
            return DOUBLE
        return SINGLE if first[DOUBLE] < 0 or first[SINGLE] < first[DOUBLE] else DOUBLE
