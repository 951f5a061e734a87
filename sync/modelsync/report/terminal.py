"""Prints reports and tables where a person or a log reads them: drawn on a terminal, plain lines elsewhere.

Rich is loaded for a terminal only.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Literal, TextIO

import msgspec

from modelsync.records import Plan, Report
from modelsync.report.notices import Chapter
from modelsync.report.outcome import outcome
from modelsync.report.rows import Block
from modelsync.report.table import Table, plain_lines
from modelsync.report.view import Blocks, Chapters, Item, Lines, Part, as_report, sections, view

if TYPE_CHECKING:
    from rich.console import Console

MARGIN = 2  # columns that a line goes on at, below itself

Color = Literal["auto", "always", "never"]

_ASCII = str.maketrans({"→": "->", "−": "-", "–": "-", "—": "-", "…": "...", "×": "x", "÷": "/", "·": "|"})


class Screen(msgspec.Struct, frozen=True):
    """An output stream and how a person wants to read it; `width` is for tests, in columns."""

    stream: TextIO = msgspec.field(default_factory=lambda: sys.stdout)
    color: Color = "auto"
    verbose: bool = False
    width: int | None = None

    @property
    def is_terminal(self) -> bool:
        """Whether tables are drawn. A pipe, and a terminal that is not UTF-8, get plain lines."""
        utf8 = (self.stream.encoding or "utf-8").lower().replace("-", "") == "utf8"
        return utf8 and (self.color == "always" or self.stream.isatty())

    @property
    def is_colored(self) -> bool:
        """Whether escape codes are written; `--color` is stronger than NO_COLOR."""
        if self.color != "auto":
            return self.color == "always"
        return self.stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"

    def console(self) -> Console:
        """The terminal for rich, which is imported here at the earliest."""
        from rich.console import Console

        return Console(
            file=self.stream,
            color_system="auto" if self.is_colored else None,
            force_terminal=self.is_colored,
            width=self.width,
            highlight=False,
            markup=False,
            emoji=False,
        )

    def write(self, lines: Iterable[str]) -> None:
        """Plain lines, in ASCII where the stream knows no more than its own encoding."""
        text = "".join(f"{line}\n" for line in lines)
        encoding = self.stream.encoding or "utf-8"
        try:
            text.encode(encoding)
        except UnicodeEncodeError:
            text = text.translate(_ASCII).encode(encoding, "backslashreplace").decode(encoding)
        self.stream.write(text)


def folded(line: str, stream: TextIO) -> str:
    """The line broken between words where a terminal would break it anywhere; elsewhere as it is."""
    if not stream.isatty():
        return line
    import shutil
    import textwrap

    return textwrap.fill(
        line,
        shutil.get_terminal_size().columns,
        subsequent_indent=" " * MARGIN,
        break_long_words=False,
        break_on_hyphens=False,
    )


def terminal(of: Plan | Report, screen: Screen) -> None:
    """Print the report: tables on a terminal, plain lines elsewhere."""
    if screen.is_terminal:
        from modelsync.report.rich_terminal import draw_report

        draw_report(of, screen)
    else:
        screen.write(flat(of, verbose=screen.verbose))


def print_tables(tables: Sequence[Table], screen: Screen, *, notes: Iterable[str] = ()) -> None:
    """Print the tables and the notes below them: drawn on a terminal, plain columns elsewhere."""
    if screen.is_terminal:
        from modelsync.report.rich_terminal import draw_tables

        draw_tables(tables, screen, notes)
    else:
        screen.write([*plain_lines(tables), *notes])


def flat(of: Plan | Report, *, verbose: bool = False) -> Iterator[str]:
    """The lines of a report, no model cut off; notices cut or counted unless `verbose`."""
    report = view(of, verbose=verbose)
    yield report.subject + (f"  (prices in {report.unit})" if report.has_prices else "")
    for section in sections(report, verbose=verbose, whole=True):
        yield from (line for part in section.parts for line in _part(part))
    yield from report.batch
    yield from ([f"notices: {report.standing} (-v shows them)"] if report.standing else [])
    result = outcome(as_report(of))
    yield result.sentence
    yield from (f"  {name}: {pointer}" for name, pointer in result.pointers.items())


def _part(part: Part) -> Iterator[str]:
    match part:
        case Lines(items):
            yield from (line for item in items for line in _item(item))
        case Blocks(blocks, mark):
            yield from (line for block in blocks for line in _block(mark, block))
        case Chapters(chapters, verbose):
            yield from (line for chapter in chapters for line in _chapter(chapter, verbose))
            if not verbose and any(chapter.is_cut for chapter in chapters):
                yield "… -v shows every notice"
        case _:
            yield from part.lines


def _item(item: Item) -> Iterator[str]:
    if item.role == "title":
        yield from (f"{item.mark}{member}{item.end}" for member in item.members)
        return
    between = {"fact": "  ", "sentence": ": "}.get(item.role, "")
    line = f"{item.mark}{item.name}{between}{item.text}"
    yield line.rstrip() if item.role == "fact" else line
    if item.advice:
        yield f"  {item.advice}"


def _block(mark: str, block: Block) -> Iterator[str]:
    if block.reason or not block.rows:
        yield f"{mark} {block.name}  {block.reason}".rstrip()
    for row in block.rows:
        yield f"{mark} {block.name}:{row.field}  {row.value}".rstrip()


def _chapter(chapter: Chapter, verbose: bool) -> Iterator[str]:
    is_alone = len(chapter.groups) == 1 and chapter.count > 1
    head = f"{chapter.name} ({chapter.count:,})" if is_alone else chapter.name
    for line in chapter.lines(verbose=verbose):
        yield ": ".join(part for part in (head, *line) if part)
