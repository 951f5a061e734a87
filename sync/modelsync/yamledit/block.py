"""Changes to the entries of block mappings and block lists, as splices; whole lines wherever it can."""

from __future__ import annotations

import re
from bisect import bisect_left
from itertools import pairwise

from modelsync.yamledit.comments import comment_place
from modelsync.yamledit.container import ContainerEditor
from modelsync.yamledit.edits import Value
from modelsync.yamledit.emit import Writer, is_container
from modelsync.yamledit.events import BLOCKS, FOLDED, LITERAL
from modelsync.yamledit.plan import Changes, Insertion
from modelsync.yamledit.splice import Span, Splices

_COMMENT_BELOW = re.compile(r"(?:[ \t]*\r?\n)*( *)#")


class BlockEditor(ContainerEditor):
    """Makes the changes of one block container."""

    def __init__(self, writer: Writer, splices: Splices, container: int, changes: Changes) -> None:
        super().__init__(writer, splices, container, changes)
        self.column = self.tree.column(container)

    def rearrange(self) -> None:
        if self.changes.removed:
            self._remove_all()
        first = self.tree.children(self.container)[0]
        new = self.changes.inserted
        behind_dash = self._is_inline_first(first)
        count = sum(behind_dash and item.beside == first and item.is_before for item in new)
        if count:
            self._insert_behind_dash(first, new[:count])
        for insertion in new[count:]:
            self._insert(insertion)

    def comment_place(self, child: int) -> int:
        return comment_place(self.tree, self.container, child)

    def entry_span(self, child: int) -> Span:
        return self.lead(child), self.tail(child)

    def value_span(self, child: int, value: Value) -> Span:
        """What goes with a value; the comment behind its key or its indicator stays."""
        tree, node = self.tree, self.tree.value_of(self.container, child)
        start, end, behind_key = tree.content_start(node), tree.end(node), tree.header_end(node)
        below_key = tree.next_line(behind_key)
        if tree.codes[node] in BLOCKS:
            begins_below = tree.place(node, tree.children(node)[0]) >= below_key
            return below_key if begins_below else behind_key, self.tail(child)
        if start >= below_key and is_container(value) and self._new(child, value)[1]:
            return tree.line_start(start), tree.next_line(end)
        return start, start if tree.codes[node] in (LITERAL, FOLDED) else end

    # ------------------------------------------------------------------ where entries lie

    def lead(self, child: int) -> int:
        """Where an entry begins with the comments directly above it, in its own column."""
        text, start = self.tree.text, self.tree.place(self.container, child)
        line = self.tree.line_start(start)
        if text[line:start].strip(" "):
            return start
        while line > 0:
            above = self.tree.line_start(line - 1)
            stripped = text[above:line].lstrip(" ")
            if not stripped.startswith("#") or line - above - len(stripped) != self.column:
                break
            line = above
        return line

    def tail(self, child: int) -> int:
        """The start of the line after an entry and the comments below that are deeper than it."""
        text = self.tree.text
        last = line = self.tree.next_line(self.tree.end_of_entry(self.container, child))
        while line < len(text):
            below = self.tree.next_line(line)
            stripped = text[line:below].lstrip(" \t")
            comment = stripped.startswith("#") and below - line - len(stripped) > self.column
            if not comment and stripped.strip():
                break
            last = below if comment else last
            line = below
        return last

    def _is_inline_first(self, child: int) -> bool:
        """Whether the entry begins behind a dash, on the dash's line."""
        place = self.tree.place(self.container, child)
        return bool(self.tree.text[self.tree.line_start(place) : place].strip(" "))

    # ------------------------------------------------------------------ removal

    def _remove_all(self) -> None:
        children = self.tree.children(self.container)
        gone = [child for child in children if child in self.changes.removed]
        if len(gone) == len(children) and not self.changes.inserted:
            self._leave_empty(children[0])
        for run in self._runs(gone):
            if self._is_inline_first(run[0]):
                self._remove_inline_first(run.pop(0))
            if run:
                self.splices.cut(*self._span(run), self.container)

    def _runs(self, gone: list[int]) -> list[list[int]]:
        """Removed entries that stand together: nothing but blank lines between them."""
        runs: list[list[int]] = []
        for child in gone:
            last = runs[-1][-1] if runs else None
            if last is not None and self._is_blank(self.tail(last), self.lead(child)):
                runs[-1].append(child)
            else:
                runs.append([child])
        return runs

    def _span(self, run: list[int]) -> Span:
        """The lines of a run, and the blank lines on one side of it, so that one gap is left of two.

        the run                          takes along
        a new entry comes before it      the gap below, which the new entry brings, too
        a new entry comes behind it      the gap above, which the new entry brings, too
        is all that there was            nothing
        is the last                      the gap above, where one is below, or the text ends
        is any other                     the gap below, where one is above, or nothing is
        """
        children = self.tree.children(self.container)
        is_first, is_last = run[0] == children[0], run[-1] == children[-1]
        start, end = self.lead(run[0]), self.tail(run[-1])
        floor = 0 if is_first else self.tail(children[bisect_left(children, run[0]) - 1])
        above, below = self._gap_above(start, floor), self._gap_below(end)
        new = {item.beside: item.is_before for item in self.changes.inserted if item.beside in run}
        takes_above = takes_below = False
        if new.get(run[0]):
            takes_below = self._is_set_apart(run[0])
        elif new:
            takes_above = self._is_set_apart(run[-1])
        elif len(self.changes.removed) == len(children):
            pass
        elif is_last:
            takes_above = below > end or end == len(self.tree.text)
        else:
            takes_below = above < start or is_first
        return above if takes_above else start, below if takes_below else end

    def _gap_above(self, line: int, floor: int) -> int:
        while line > floor and self._is_blank(self.tree.line_start(line - 1), line):
            line = self.tree.line_start(line - 1)
        return line

    def _gap_below(self, line: int) -> int:
        while line < len(self.tree.text) and self._is_blank(line, self.tree.next_line(line)):
            line = self.tree.next_line(line)
        return line

    def _is_blank(self, start: int, end: int) -> bool:
        return not self.tree.text[start:end].strip()

    def _remove_inline_first(self, child: int) -> None:
        place, end = self.tree.place(self.container, child), self.tail(child)
        follower = self._follower(child, end)
        if follower is not None:
            self.splices.cut(place, follower, self.container)
            return
        line = self.tree.line_start(place)
        comes = any(item.beside == child and item.is_before for item in self.changes.inserted)
        start = place if comes else line + len(self.tree.text[line:place].rstrip(" "))
        self.splices.cut(start, self._last_break(end), self.container)

    def _last_break(self, end: int) -> int:
        return self.tree.line_end(end - 1) if self.tree.text[end - 1] == "\n" else end

    def _follower(self, child: int, end: int) -> int | None:
        """Where the entry begins that can be pulled up into the place of the first."""
        children = self.tree.children(self.container)
        for other in children[1:]:
            if self.lead(other) != end or any(
                item.beside in (child, other) and item.is_before == (item.beside == other)
                for item in self.changes.inserted
            ):
                return None
            if other not in self.changes.removed:
                place = self.tree.place(self.container, other)
                return place if self.tree.line_start(place) == end else None
            child, end = other, self.tail(other)
        return None

    def _leave_empty(self, first: int) -> None:
        empty = "[]" if self.is_list else "{}"
        if self.container in self.tree.parents:
            self.splices.insert(self.tree.header_end(self.container), " " + empty, self.container)
        else:
            start = self.lead(first)
            self.splices.insert(start, empty + self.tree.newline(start), self.container)

    # ------------------------------------------------------------------ insertion

    def _insert(self, insertion: Insertion) -> None:
        sibling = insertion.beside or 0
        offset = self.lead(sibling) if insertion.is_before else self.tail(sibling)
        lines = self._entry(insertion, sibling, offset)
        blank = "\n" if self._is_set_apart(sibling) else ""
        self._insert_lines(offset, lines + blank if insertion.is_before else blank + lines)

    def _insert_behind_dash(self, first: int, insertions: list[Insertion]) -> None:
        """New entries in place of the first behind a dash, which goes on below them."""
        below = self.tree.place(self.container, first)
        goes = first in self.changes.removed and self._follower(first, self.tail(first)) is None
        offset = self.tail(first) if goes else below
        entries = [self._entry(insertion, first, offset) for insertion in insertions]
        gap = "\n\n" if self._is_set_apart(first) else "\n"
        lines = gap.join(entries)[self.column :] + ("" if goes else gap + " " * self.column)
        self.splices.insert(below, lines.replace("\n", self.tree.newline(below)), self.container)

    def _entry(self, insertion: Insertion, sibling: int, offset: int) -> str:
        """The lines of a new entry that comes to stand at an offset, in the manner of a sibling."""
        writer, examples = self._writer_above(offset), self.examples(sibling, insertion.key)
        if insertion.key is None:
            return " " * self.column + "-" + writer.after_dash(insertion.value, self.column, examples)
        key = writer.key(insertion.key, writer.nearest(self.container, sibling))
        return " " * self.column + key + ":" + writer.after_colon(insertion.value, self.column, examples)

    def _writer_above(self, offset: int) -> Writer:
        """The writer for what comes to stand above a line: a literal scalar would swallow one of spaces,
        and a comment that is deeper than the entry."""
        line = self.tree.text[offset : self.tree.line_end(offset)] if offset < len(self.tree.text) else ""
        comment = _COMMENT_BELOW.match(self.tree.text, offset)
        swallows = line.isspace() or (comment is not None and len(comment[1]) > self.column)
        return Writer(self.tree, block_texts=False) if swallows else self.writer

    def _is_set_apart(self, sibling: int) -> bool:
        """Whether the entries around this one have blank lines, and nothing else, between them."""
        children = self.tree.children(self.container)
        place = bisect_left(children, sibling)
        around = children[max(0, place - 1) : place + 2]
        gaps = [self.tree.text[self.tail(one) : self.lead(other)] for one, other in pairwise(around)]
        bare = [gap for gap in gaps if not gap.strip()]
        return bool(bare) and all(bare)

    def _insert_lines(self, offset: int, lines: str) -> None:
        self.splices.insert_lines(offset, lines, self.tree.newline(max(offset - 1, 0)), self.container)

    # ------------------------------------------------------------------ other values

    def replace(self, child: int, value: Value) -> None:
        node = self.tree.value_of(self.container, child)
        head, rest = self._new(child, value)
        if self.tree.codes[node] in BLOCKS:
            self._replace_block(child, node, head, rest)
        else:
            self._replace_inline(node, head, rest, block=is_container(value) and bool(rest))

    def _new(self, child: int, value: Value) -> tuple[str, str]:
        """How the new value is written: behind the key or dash, and on the lines below."""
        node = self.tree.value_of(self.container, child)
        key = None if self.is_list else self.tree.values[child]
        examples = [other for other in self.examples(child, key) if other != node]
        in_block = self.tree.codes[node] in BLOCKS
        below = self.tail(child) if in_block else self.tree.next_line(self.tree.end(node))
        new = self._writer_above(below).replacement(
            value, node, dash=self.is_list, column=self.column, examples=examples
        )
        head, _, rest = new.partition("\n")
        return head, rest

    def _replace_inline(self, node: int, head: str, rest: str, *, block: bool) -> None:
        """In place of a value that begins on the line of its key or dash."""
        start, end = self.tree.content_start(node), self.tree.end(node)
        if self.tree.codes[node] in (LITERAL, FOLDED):
            self._cut_block_text(start, end)
            end = self.tree.indicator_end(node)
        below_key = block and start >= self.tree.next_line(self.tree.header_end(node))
        if below_key:
            self.splices.insert(self.tree.header_end(node), head, self.container)
            self.splices.cut(self.tree.line_start(start), self.tree.next_line(end), self.container)
        elif block:
            self.splices.replace(self.tree.header_end(node), end, head, self.container)
        else:
            is_spaced = start != end or self.tree.text[start - 1] in " \t"
            self.splices.replace(start, end, head[1:] if is_spaced else head, self.container)
        if rest:
            self._insert_lines(self.tree.next_line(end), rest)

    def _cut_block_text(self, start: int, end: int) -> None:
        """The lines of a literal or folded scalar below its indicator."""
        below = self.tree.next_line(start)
        if end > below:
            after = self.tree.next_line(end)
            self.splices.cut(below, after, self.container)

    def _replace_block(self, child: int, node: int, head: str, rest: str) -> None:
        """In place of a mapping or list that is written in block style."""
        start, end = self.tree.header_end(node), self.tail(child)
        below = self.tree.next_line(start)
        first = self.tree.place(node, self.tree.children(node)[0])
        if first < below:
            self.splices.replace(start, self._last_break(end), head, self.container)
        else:
            self.splices.insert(start, head, self.container)
            self.splices.cut(below, end, self.container)
        if rest:
            self._insert_lines(end, rest)
