"""Changes to the entries of flow mappings and flow lists, as splices; it keeps their lines and commas."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right

from modelsync.yamledit.changes import Insertion
from modelsync.yamledit.container import ContainerEditor, Span
from modelsync.yamledit.edits import Value, bare

_SPACE = re.compile(r"(?:\s|(?<=\s)#[^\n]*+)*+")


class FlowEditor(ContainerEditor):
    """Makes the changes of one flow container."""

    def rearrange(self) -> None:
        if self.tree.is_pair(self.container):
            self.tree.refuse(
                self.tree.starts[self.container], "a pair without braces in a list takes and loses no keys"
            )
        if self._is_by_lines():
            self._rearrange_lines()
        else:
            self._rearrange_inline()

    def entry_span(self, child: int) -> Span:
        if self._is_by_lines():
            return self.lead(child), self._tail(child)
        return self.start(child), self.end(child)

    def value_span(self, child: int, value: Value) -> Span:
        node = self.value(child)
        return self.tree.content_start(node), self.tree.end(node)

    def replace(self, child: int, value: Value) -> None:
        start, end = self.value_span(child, value)
        examples = self.examples(child, None if self.is_list else self.tree.values[child], value)
        new = (
            self._spread(child, value, examples)
            if self.tree.is_json and isinstance(bare(value), dict | list) and not self.before(child).strip()
            else self.writer.inline_replacement(value, self.value(child), examples)
        )
        if start == end:
            start = end = self.end(child)
            new = " " + new if self.text[start - 1] == ":" else ": " + new
        self.put(start, end, new)

    def comment_offset(self, child: int) -> int:
        comma = self._comma(child)
        return self.end(child) if comma is None else comma + 1

    def can_take_comment(self, child: int) -> bool:
        """Whether nothing but the entry, its comma and a comment stand on its lines."""
        end = self.comment_offset(child)
        line_end = self.tree.line_end(end)
        behind = self.text[end:line_end].strip()
        is_alone = not self.before(child).strip() and (not behind or behind.startswith("#"))
        return is_alone and line_end < len(self.text)

    # ------------------------------------------------------------------ removal and insertion

    def _is_by_lines(self) -> bool:
        """Whether all that goes, and all beside which something comes, has lines of its own."""
        inserted = self.changes.inserted if self.children else ()
        touched = self.changes.removed | {item.beside for item in inserted if item.beside is not None}
        return bool(touched) and all(map(self.can_take_comment, touched))

    def _comma(self, child: int) -> int | None:
        """Where the comma behind an entry is, if there is one."""
        match = _SPACE.match(self.text, self.end(child))
        offset = match.end() if match else self.end(child)
        return offset if self.text[offset : offset + 1] == "," else None

    def _new(self, insertion: Insertion) -> str:
        examples = self.examples(insertion.beside, insertion.key, insertion.value)
        if insertion.key is None:
            return self.writer.inline(insertion.value, examples)
        return self.writer.pair(insertion.key, insertion.value, examples)

    def _rearrange_inline(self) -> None:
        """Write anew what lies between two entries that stay, wherever that changes."""
        before: int | None = None
        new: list[str] = []
        for item in [*self.changes.order(self.children), None]:
            if isinstance(item, Insertion):
                new.append(self._new(item))
            else:
                self._join(before, item, new)
                before, new = item, []

    def _join(self, left: int | None, right: int | None, new: list[str]) -> None:
        """Put the new entries, and nothing else but a separator, between two that stay."""
        children, comma = self.children, self._separator
        first = bisect_right(children, left) if left is not None else 0
        last = bisect_left(children, right) if right is not None else len(children)
        if first == last and not new:
            return
        if not children:
            start = self.tree.content_start(self.container) + 1
            self.put(start, start, comma.join(new))
            return
        start = self.end(left) if left is not None else self.start(children[0])
        end = self.start(right) if right is not None else self.end(children[-1])
        comma_behind = self._comma(children[-1])
        if left is right is None and not new and comma_behind is not None:
            end = comma_behind + 1
        if "#" in self._between(children[first:last], start, end):
            self.tree.refuse(start, "a comment stands within the flow list or mapping, between what changes")
        text = comma.join(new)
        text = comma + text if left is not None and (new or right is not None) else text
        text = text + comma if right is not None and new else text
        self.put(start, end, text)

    def _between(self, children: list[int], start: int, end: int) -> str:
        """The text of a span without that of the entries in it."""
        pieces = []
        for child in children:
            pieces.append(self.text[start : self.start(child)])
            start = self.end(child)
        return "".join([*pieces, self.text[start:end]])

    @property
    def _separator(self) -> str:
        """The comma between entries, with the spaces around it."""
        first, *others = self.children or [0]
        gap = self.text[self.end(first) : self.start(others[0])] if others else ""
        return gap if gap.strip(" ") == "," else ", "

    # ------------------------------------------------------------------ entries on lines of their own

    def _rearrange_lines(self) -> None:
        always = self._comma(self.children[-1]) is not None
        order = self.changes.order(self.children)
        for child in self.changes.removed:
            self.put(self.lead(child), self._tail(child), "")
        for number, item in enumerate(order, 1):
            needs_comma = always or number < len(order)
            if isinstance(item, Insertion):
                self._insert_line(item, "," if needs_comma else "")
            else:
                self._set_comma(item, needs_comma)

    def _tail(self, child: int) -> int:
        comma = self._comma(child)
        return self.tree.next_line(self.end(child) if comma is None else comma)

    def _insert_line(self, insertion: Insertion, comma: str) -> None:
        sibling = insertion.beside or 0
        newline = self.tree.newline(self.start(sibling))
        offset = self.lead(sibling) if insertion.is_before else self._tail(sibling)
        new = self._new(insertion)
        if self.tree.is_json:
            key = "" if insertion.key is None else f"{self.writer.key(insertion.key, ())}: "
            new = key + self._spread(
                sibling, insertion.value, self.examples(sibling, insertion.key, insertion.value)
            )
        self.put(offset, offset, self.before(sibling) + new + comma + newline)

    def _spread(self, child: int, value: Value, examples: list[int]) -> str:
        """A value of an entry that stands on a line of its own, or beside such a one."""
        start, indent = self.tree.starts[self.container], self.before(child)
        line = self.text[self.tree.line_start(start) : start]
        step = indent[len(line) - len(line.lstrip()) :] or "  "
        return self.writer.spread(value, examples, indent, step, self.tree.newline(self.start(child)))

    def _set_comma(self, child: int, needs_comma: bool) -> None:
        comma, end = self._comma(child), self.end(child)
        if needs_comma and comma is None:
            self.put(end, end, ",")
        elif comma is not None and not needs_comma:
            self.put(comma, comma + 1, "")
