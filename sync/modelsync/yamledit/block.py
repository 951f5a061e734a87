"""Changes to the entries of block mappings and block lists, as splices; whole lines wherever it can."""

from __future__ import annotations

import re
from bisect import bisect_left
from itertools import pairwise, takewhile

from modelsync.yamledit.changes import Changes, Insertion
from modelsync.yamledit.comments import comment_offset, is_title
from modelsync.yamledit.container import ContainerEditor, Span, Splices
from modelsync.yamledit.edits import Value
from modelsync.yamledit.emit import Writer, is_container
from modelsync.yamledit.events import BLOCKS, FOLDED, LITERAL

_COMMENT_BELOW = re.compile(r"(?:[ \t]*\r?\n)*( *)#")


class BlockEditor(ContainerEditor):
    """Makes the changes of one block container."""

    def __init__(self, writer: Writer, splices: Splices, container: int, changes: Changes) -> None:
        super().__init__(writer, splices, container, changes)
        self.column = self.tree.column(container)

    def rearrange(self) -> None:
        if self.changes.removed:
            self._remove_all()
        first, new = self.children[0], self.changes.inserted
        is_behind_dash = self._is_behind_dash(first)
        count = sum(is_behind_dash and item.beside == first and item.is_before for item in new)
        if count:
            self._insert_behind_dash(first, new[:count])
        for insertion in new[count:]:
            self._insert(insertion)

    def comment_offset(self, child: int) -> int:
        return comment_offset(self.tree, self.container, child)

    def entry_span(self, child: int) -> Span:
        return self.lead(child), self.tail(child)

    def value_span(self, child: int, value: Value) -> Span:
        """What goes with a value; the comment behind its key or its indicator stays."""
        tree, node = self.tree, self.value(child)
        start, end, behind_key = tree.content_start(node), tree.end(node), tree.header_end(node)
        below_key = tree.next_line(behind_key)
        if tree.codes[node] in BLOCKS:
            begins_below = tree.entry_start(node, tree.children(node)[0]) >= below_key
            return below_key if begins_below else behind_key, self.tail(child)
        if start >= below_key and is_container(value) and self._new(child, value)[1]:
            return tree.line_start(start), tree.next_line(end)
        return start, start if tree.codes[node] in (LITERAL, FOLDED) else end

    # ------------------------------------------------------------------ where entries lie

    def lead(self, child: int) -> int:
        """The title of a group stays over those of it that stay."""
        lead, line = super().lead(child), self.tree.line_start(self.start(child))
        return line if lead < line and is_title(self.text[lead:line]) and self._heads(child) else lead

    def _heads(self, child: int) -> bool:
        """Whether blank lines set a group off that begins with the entry and of which another stays."""
        number = bisect_left(self.children, child)
        gaps = [self.comments_top(other) > self.tail(one) for one, other in pairwise(self.children)]
        if not (gaps[number - 1] if number else any(gaps)):
            return False
        group = takewhile(lambda other: not gaps[other - 1], range(number + 1, len(self.children)))
        return any(self.children[other] not in self.changes.removed for other in group)

    def tail(self, child: int) -> int:
        """The start of the line after an entry and the comments below that are deeper than it."""
        last = line = self.tree.next_line(self.end(child))
        while line < len(self.text):
            below = self.tree.next_line(line)
            stripped = self.text[line:below].lstrip(" \t")
            comment = stripped.startswith("#") and below - line - len(stripped) > self.column
            if not comment and stripped.strip():
                break
            last = below if comment else last
            line = below
        return last

    def _is_behind_dash(self, child: int) -> bool:
        """Whether the entry begins behind a dash, on the dash's line."""
        return bool(self.before(child).strip(" "))

    def _is_blank(self, start: int, end: int) -> bool:
        return not self.text[start:end].strip()

    def _is_set_apart(self, sibling: int) -> bool:
        """Whether the entries around this one have blank lines, and nothing else, between them."""
        index = bisect_left(self.children, sibling)
        around = self.children[max(0, index - 1) : index + 2]
        gaps = [self.text[self.tail(one) : self.lead(other)] for one, other in pairwise(around)]
        bare = [gap for gap in gaps if not gap.strip()]
        return bool(bare) and all(bare)

    # ------------------------------------------------------------------ removal

    def _remove_all(self) -> None:
        gone = [child for child in self.children if child in self.changes.removed]
        if len(gone) == len(self.children) and not self.changes.inserted:
            self._leave_empty()
        for run in self._runs(gone):
            if self._is_behind_dash(run[0]):
                self._remove_behind_dash(run.pop(0))
            if run:
                self.put(*self._span(run), "")

    def _runs(self, gone: list[int]) -> list[list[int]]:
        """Removed entries that stand together: nothing but blank lines between them."""
        runs: list[list[int]] = []
        for child in gone:
            if runs and self._is_blank(self.tail(runs[-1][-1]), self.lead(child)):
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
        start, end = self.lead(run[0]), self.tail(run[-1])
        above, below = self._gap_above(run[0]), self._gap_below(end)
        new = {item.beside: item.is_before for item in self.changes.inserted if item.beside in run}
        if new.get(run[0]):
            return start, below if self._is_set_apart(run[0]) else end
        if new:
            return above if self._is_set_apart(run[-1]) else start, end
        if len(self.changes.removed) == len(self.children):
            return start, end
        if run[-1] == self.children[-1]:
            return above if below > end or end == len(self.text) else start, end
        is_first = run[0] == self.children[0] and start == self.comments_top(run[0])
        return start, below if above < start or is_first else end

    def _gap_above(self, child: int) -> int:
        """Where the blank lines above an entry begin."""
        line, index = self.lead(child), bisect_left(self.children, child)
        floor = self.tail(self.children[index - 1]) if index else 0
        while line > floor and self._is_blank(self.tree.line_start(line - 1), line):
            line = self.tree.line_start(line - 1)
        return line

    def _gap_below(self, line: int) -> int:
        """Where the blank lines from this one on end."""
        while line < len(self.text) and self._is_blank(line, self.tree.next_line(line)):
            line = self.tree.next_line(line)
        return line

    def _remove_behind_dash(self, child: int) -> None:
        start, end = self.start(child), self.tail(child)
        follower = self._follower(child)
        if follower is None:
            comes = any(item.beside == child and item.is_before for item in self.changes.inserted)
            start -= 0 if comes else len(self.before(child)) - len(self.before(child).rstrip(" "))
            follower = self._last_break(end)
        self.put(start, follower, "")

    def _last_break(self, end: int) -> int:
        return self.tree.line_end(end - 1) if self.text[end - 1] == "\n" else end

    def _follower(self, child: int) -> int | None:
        """Where the entry begins that can be pulled up to stand for the first."""
        end = self.tail(child)
        for other in self.children[1:]:
            if self.lead(other) != end or any(
                item.beside in (child, other) and item.is_before == (item.beside == other)
                for item in self.changes.inserted
            ):
                return None
            if other not in self.changes.removed:
                start = self.start(other)
                return start if self.tree.line_start(start) == end else None
            child, end = other, self.tail(other)
        return None

    def _leave_empty(self) -> None:
        empty = "[]" if self.is_list else "{}"
        if self.container in self.tree.parents:
            start = self.tree.header_end(self.container)
            self.put(start, start, " " + empty)
        else:
            start = self.lead(self.children[0])
            self.put(start, start, empty + self.tree.newline(start))

    # ------------------------------------------------------------------ insertion

    def _insert(self, insertion: Insertion) -> None:
        sibling = insertion.beside or 0
        offset = self.lead(sibling) if insertion.is_before else self.tail(sibling)
        lines = self._entry(insertion, sibling, offset)
        blank = "\n" if self._is_set_apart(sibling) else ""
        self._insert_lines(offset, lines + blank if insertion.is_before else blank + lines)

    def _insert_behind_dash(self, first: int, insertions: list[Insertion]) -> None:
        """New entries in place of the first behind a dash, which goes on below them."""
        below = self.start(first)
        goes = first in self.changes.removed and self._follower(first) is None
        offset = self.tail(first) if goes else below
        entries = [self._entry(insertion, first, offset) for insertion in insertions]
        gap = "\n\n" if self._is_set_apart(first) else "\n"
        lines = gap.join(entries)[self.column :] + ("" if goes else gap + " " * self.column)
        self.put(below, below, lines.replace("\n", self.tree.newline(below)))

    def _entry(self, insertion: Insertion, sibling: int, offset: int) -> str:
        """The lines of a new entry that comes to stand at an offset, in the manner of a sibling."""
        writer, examples = self._writer_above(offset), self.examples(sibling, insertion.key, insertion.value)
        is_item, mark = insertion.key is None, "-"
        if insertion.key is not None:
            mark = writer.key(insertion.key, writer.nearest(self.container, sibling)) + ":"
        new = writer.behind(insertion.value, self.column, examples, dash=is_item)
        return " " * self.column + mark + new

    def _writer_above(self, offset: int) -> Writer:
        """The writer for what comes to stand above a line: a literal scalar would swallow one of spaces,
        and a comment that is deeper than the entry."""
        line = self.text[offset : self.tree.line_end(offset)] if offset < len(self.text) else ""
        comment = _COMMENT_BELOW.match(self.text, offset)
        swallows = line.isspace() or (comment is not None and len(comment[1]) > self.column)
        return Writer(self.tree, block_texts=False) if swallows else self.writer

    def _insert_lines(self, offset: int, lines: str) -> None:
        self.splices.insert_lines(offset, lines, self.tree.newline(max(offset - 1, 0)), self.container)

    # ------------------------------------------------------------------ other values

    def _new(self, child: int, value: Value) -> tuple[str, str]:
        """How the new value is written: behind the key or dash, and on the lines below."""
        node = self.value(child)
        key = None if self.is_list else self.tree.values[child]
        examples = [other for other in self.examples(child, key, value) if other != node]
        in_block = self.tree.codes[node] in BLOCKS
        below = self.tail(child) if in_block else self.tree.next_line(self.tree.end(node))
        new = self._writer_above(below).replacement(
            value, node, dash=self.is_list, column=self.column, examples=examples
        )
        head, _, rest = new.partition("\n")
        return head, rest

    def replace(self, child: int, value: Value) -> None:
        node = self.value(child)
        head, rest = self._new(child, value)
        if self.tree.codes[node] in BLOCKS:
            below = self._replace_block(child, node, head)
        else:
            below = self._replace_inline(node, head, block=is_container(value) and bool(rest))
        if rest:
            self._insert_lines(below, rest)

    def _replace_inline(self, node: int, head: str, *, block: bool) -> int:
        """In place of a value that begins on the line of its key or dash; the start of the line below."""
        tree, start, end = self.tree, self.tree.content_start(node), self.tree.end(node)
        if tree.codes[node] in (LITERAL, FOLDED):
            if end > tree.next_line(start):
                self.put(tree.next_line(start), tree.next_line(end), "")
            end = tree.indicator_end(node)
        behind_key = tree.header_end(node) if block else start
        if block and start >= tree.next_line(behind_key):
            self.put(behind_key, behind_key, head)
            self.put(tree.line_start(start), tree.next_line(end), "")
        elif block:
            self.put(behind_key, end, head)
        else:
            is_spaced = start != end or self.text[start - 1] in " \t"
            self.put(start, end, head[1:] if is_spaced else head)
        return tree.next_line(end)

    def _replace_block(self, child: int, node: int, head: str) -> int:
        """In place of a mapping or list that is written in block style; the start of the line below."""
        start, end = self.tree.header_end(node), self.tail(child)
        below = self.tree.next_line(start)
        if self.tree.entry_start(node, self.tree.children(node)[0]) < below:
            self.put(start, self._last_break(end), head)
        else:
            self.put(start, start, head)
            self.put(below, end, "")
        return end
