"""Changes to the entries of flow mappings and flow lists, as splices; it keeps their lines and commas."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict

from modelsync.yamledit.container import ContainerEditor
from modelsync.yamledit.edits import Value
from modelsync.yamledit.plan import Insertion
from modelsync.yamledit.splice import Span

_SPACE = re.compile(r"(?:\s|(?<=\s)#[^\n]*)*")


class FlowEditor(ContainerEditor):
    """Makes the changes of one flow container."""

    def rearrange(self) -> None:
        tree = self.tree
        if tree.is_pair(self.container):
            tree.refuse(
                tree.starts[self.container], "a pair without braces in a list takes and loses no keys"
            )
        children = tree.children(self.container)
        if self._is_by_lines():
            self._rearrange_lines(children)
        else:
            self._rearrange_inline(children)

    def entry_span(self, child: int) -> Span:
        if self._is_by_lines():
            return self._lead(child), self._tail(child)
        return self.tree.place(self.container, child), self._end(child)

    def value_span(self, child: int, value: Value) -> Span:
        node = self.tree.value_of(self.container, child)
        return self.tree.content_start(node), self.tree.end(node)

    def replace(self, child: int, value: Value) -> None:
        tree, node = self.tree, self.tree.value_of(self.container, child)
        start, end = tree.content_start(node), tree.end(node)
        examples = self.examples(child, None if self.is_list else tree.values[child])
        new = self.writer.inline_replacement(value, node, examples)
        if start == end:
            start = end = tree.end_of_entry(self.container, child)
            new = " " + new if tree.text[start - 1] == ":" else ": " + new
        self.splices.replace(start, end, new, self.container)

    def comment_place(self, child: int) -> int:
        comma = self._comma(child)
        return self._end(child) if comma is None else comma + 1

    def can_take_comment(self, child: int) -> bool:
        return self._has_own_line(child)

    # ------------------------------------------------------------------ removal and insertion

    def _is_by_lines(self) -> bool:
        """Whether all that goes, and all beside which something comes, has lines of its own."""
        inserted = self.changes.inserted if self.tree.children(self.container) else ()
        touched = self.changes.removed | {item.beside for item in inserted if item.beside is not None}
        return bool(touched) and all(self._has_own_line(child) for child in touched)

    def _end(self, child: int) -> int:
        return self.tree.end_of_entry(self.container, child)

    def _comma(self, child: int) -> int | None:
        """Where the comma behind an entry is, if there is one."""
        match = _SPACE.match(self.tree.text, self._end(child))
        place = match.end() if match else self._end(child)
        return place if self.tree.text[place : place + 1] == "," else None

    def _has_own_line(self, child: int) -> bool:
        """Whether nothing but the entry, its comma and a comment stand on its lines."""
        tree, start = self.tree, self.tree.place(self.container, child)
        end = self.comment_place(child)
        before = tree.text[tree.line_start(start) : start]
        behind = tree.text[end : tree.line_end(end)].strip()
        return (
            not before.strip()
            and (not behind or behind.startswith("#"))
            and tree.line_end(end) < len(tree.text)
        )

    def _new(self, insertion: Insertion) -> str:
        examples = self.examples(insertion.beside, insertion.key)
        if insertion.key is None:
            return self.writer.inline(insertion.value, examples)
        return self.writer.pair(insertion.key, insertion.value, examples)

    def _order(self, children: list[int]) -> list[int | Insertion]:
        """What stays and what comes, in the order in which it will stand."""
        beside: dict[tuple[int | None, bool], list[Insertion]] = defaultdict(list)
        for item in self.changes.inserted:
            beside[item.beside, item.is_before].append(item)
        order: list[int | Insertion] = []
        for child in children:
            order += beside[child, True]
            order += [child] if child not in self.changes.removed else []
            order += beside[child, False]
        return order + beside[None, True] + beside[None, False]

    def _rearrange_inline(self, children: list[int]) -> None:
        """Write anew what lies between two entries that stay, wherever that changes."""
        comma = self._separator(children)
        before: int | None = None
        new: list[str] = []
        for item in [*self._order(children), None]:
            if isinstance(item, Insertion):
                new.append(self._new(item))
                continue
            self._join(children, before, item, comma, new)
            before, new = item, []

    def _join(
        self, children: list[int], left: int | None, right: int | None, comma: str, new: list[str]
    ) -> None:
        """Put the new entries, and nothing else but a separator, between two that stay."""
        first = bisect_right(children, left) if left is not None else 0
        last = bisect_left(children, right) if right is not None else len(children)
        if first == last and not new:
            return
        if not children:
            self.splices.insert(self.tree.content_start(self.container) + 1, comma.join(new), self.container)
            return
        start = self._end(left) if left is not None else self.tree.place(self.container, children[0])
        end = self.tree.place(self.container, right) if right is not None else self._end(children[-1])
        comma_behind = self._comma(children[-1])
        if left is right is None and not new and comma_behind is not None:
            end = comma_behind + 1
        if "#" in self._between(children[first:last], start, end):
            self.tree.refuse(start, "a comment stands within the flow list or mapping, between what changes")
        text = comma.join(new)
        text = comma + text if left is not None and (new or right is not None) else text
        text = text + comma if right is not None and new else text
        self.splices.replace(start, end, text, self.container)

    def _between(self, children: list[int], start: int, end: int) -> str:
        """The text of a span without that of the entries in it."""
        pieces = []
        for child in children:
            pieces.append(self.tree.text[start : self.tree.place(self.container, child)])
            start = self._end(child)
        return "".join([*pieces, self.tree.text[start:end]])

    def _separator(self, children: list[int]) -> str:
        if len(children) > 1:
            gap = self.tree.text[self._end(children[0]) : self.tree.place(self.container, children[1])]
            if gap.strip(" ") == ",":
                return gap
        return ", "

    # ------------------------------------------------------------------ entries on lines of their own

    def _rearrange_lines(self, children: list[int]) -> None:
        always = self._comma(children[-1]) is not None
        order = self._order(children)
        for child in self.changes.removed:
            self.splices.cut(self._lead(child), self._tail(child), self.container)
        for place, item in enumerate(order):
            needs = always or place + 1 < len(order)
            if isinstance(item, Insertion):
                self._insert_line(item, "," if needs else "")
            else:
                self._set_comma(item, needs)

    def _lead(self, child: int) -> int:
        tree = self.tree
        place = tree.place(self.container, child)
        line = tree.line_start(place)
        while True:
            above = tree.line_start(line - 1)
            stripped = tree.text[above:line].lstrip(" ")
            if not stripped.startswith("#") or line - above - len(stripped) != place - tree.line_start(place):
                return line
            line = above

    def _tail(self, child: int) -> int:
        comma = self._comma(child)
        return self.tree.next_line(self._end(child) if comma is None else comma)

    def _insert_line(self, insertion: Insertion, comma: str) -> None:
        tree, sibling = self.tree, insertion.beside or 0
        place = tree.place(self.container, sibling)
        indentation = tree.text[tree.line_start(place) : place]
        line = indentation + self._new(insertion) + comma + tree.newline(place)
        offset = self._lead(sibling) if insertion.is_before else self._tail(sibling)
        self.splices.insert(offset, line, self.container)

    def _set_comma(self, child: int, needs: bool) -> None:
        comma = self._comma(child)
        if needs and comma is None:
            self.splices.insert(self._end(child), ",", self.container)
        elif comma is not None and not needs:
            self.splices.cut(comma, comma + 1, self.container)
