"""Draws reports and tables on a terminal, in colour, by rich, which is imported here and so only then."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from rich import table as rich
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from modelsync.records import Plan, Report
from modelsync.report.notices import NAMES_SHOWN
from modelsync.report.outcome import outcome
from modelsync.report.rows import Block, Row
from modelsync.report.table import Table, aligned, kept
from modelsync.report.text import listed
from modelsync.report.view import Blocks, Chapters, Item, Lines, Part, View, as_report, sections, view

if TYPE_CHECKING:
    from modelsync.report.terminal import Screen

GOOD, BAD, QUIET, NAME, COMMAND = "green", "red", "dim", "bold", "cyan"


def draw_report(of: Plan | Report, screen: Screen) -> None:
    """Print the report: what changed, what needs a person, notices, where it is."""
    console, report, verbose = screen.console(), view(of, verbose=screen.verbose), screen.verbose
    if not report.is_empty:
        _header(console, report, as_report(of))
    for section in sections(report, verbose=verbose, whole=verbose):
        parts = [drawn for part in section.parts for drawn in _part(part, console, verbose)]
        if parts:
            console.print()
            console.print(Text(section.title + section.hint, f"bold {section.color}"))
        for part in parts:
            if isinstance(part, Text) and part.style == COMMAND:
                _copied(console, Text("    "), part)
            else:
                console.print(_below(part))
    if not report.is_empty:
        console.print()
    for line in report.batch:
        console.print(Text(line))
    if report.standing:
        console.print(Text(f"{report.standing} (-v shows them)", QUIET))
    _outcome(console, as_report(of))


def draw_tables(tables: Sequence[Table], screen: Screen, notes: Iterable[str]) -> None:
    """Print the tables, each below its title, and the notes below them."""
    console = screen.console()
    for table in tables:
        if table.title:
            console.print(Text(table.title, "bold"))
        console.print(_table(table, console.width))
        console.print()
    for note in notes:
        console.print(Text(note, "dim"))


def _copied(console: Console, *parts: Text) -> None:
    """Print what is copied from the terminal: the terminal may fold it, we do not break it."""
    console.print(Text.assemble(*parts), soft_wrap=True)


def _header(console: Console, report: View, of: Report) -> None:
    plan = of.plan
    counts = [
        (plan.count("add"), "added", "green"),
        (plan.count("update"), "changed", "yellow"),
        (plan.count("remove"), "removed", "red"),
        (len(plan.holds), "held", "magenta"),
        (len(plan.failures), "failed", "red"),
    ]
    line = Text(report.subject.partition(":")[0], "bold")
    for count, word, style in counts:
        if count:
            line.append(f"  {count:,} {word}", style)
    line.append(f"  {plan.unchanged:,} unchanged", QUIET)
    console.print(line)
    if report.has_prices:
        console.print(Text(f"prices in {report.unit}", QUIET))


def _part(part: Part, console: Console, verbose: bool) -> Iterator[RenderableType]:
    match part:
        case Lines(items, left, lead):
            yield from [Text(lead)] if lead else []
            yield from (line for item in items for line in _item(item, verbose))
            yield from _more(left)
        case Blocks(blocks, _, left):
            yield from (line for block in aligned(blocks) for line in _block(block))
            yield from _more(left)
        case Chapters():
            yield from [_chapters(part)] if part.chapters else []
        case _ if part.rows:
            yield _table(part, console.width)
            notes = (part.note, "-v shows all" if "more" in part.roles else "")
            yield from (Text(note, QUIET) for note in notes if note)


def _item(item: Item, verbose: bool) -> Iterator[RenderableType]:
    match item.role:
        case "fact" | "sentence":
            yield Text.assemble((item.name, NAME), f"  {item.text}")
        case "command":
            yield Text(item.text, COMMAND)
        case _:
            text = Text(item.text, {"title": NAME, "quote": QUIET}.get(item.role, ""))
            yield _below(text) if item.is_below else text
    below = listed(item.members, NAMES_SHOWN, verbose) or item.advice
    yield from [_below(Text(below))] if below else []


def _block(block: Block) -> list[RenderableType]:
    title = Text(block.name, NAME)
    if block.reason:
        title.append(f"  {block.reason}", "not bold dim")
    grid = rich.Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for row in block.rows:
        grid.add_row(Text(f"  {row.field}", QUIET), _value(row))
    return [title, grid]


def _value(row: Row) -> Text:
    value = Text()
    if row.before:
        value.append(row.before).append(" → ", QUIET)
    value.append(row.after, NAME if row.before else "")
    if row.note:
        value.append(f"  {row.note}", {True: GOOD, False: BAD, None: ""}[row.better])
    if row.unit:
        value.append(f"  {row.unit}", QUIET)
    return value


def _chapters(part: Chapters) -> RenderableType:
    grid = rich.Table.grid(padding=(0, 2))
    grid.add_column(overflow="fold")
    grid.add_column(justify="right", no_wrap=True)
    grid.add_column(overflow="fold")
    for chapter in part.chapters:
        lines = chapter.lines(verbose=part.verbose)
        texts = [Text.assemble(names, (f"  {text}", QUIET)) for names, text in lines]
        grid.add_row(Text(chapter.name), Text(f"{chapter.count:,}", NAME), Group(*texts))
    return grid


def _table(table: Table, available: int) -> RenderableType:
    drawn = rich.Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style=QUIET)
    shown = kept(table, available)
    for column in (table.columns[i] for i in shown):
        drawn.add_column(
            Text(column.name),
            justify="right" if column.right else "left",
            no_wrap=not column.folds,
            overflow="fold" if column.folds else "ellipsis",
        )
    roles = table.roles or ("",) * len(table.rows)
    for row, role in zip(table.rows, roles, strict=True):
        style = {"title": NAME, "more": QUIET}.get(role, "")
        drawn.add_row(*(Text(row[i]) for i in shown), style=style)
    return drawn


def _outcome(console: Console, report: Report) -> None:
    result = outcome(report)
    console.print(Text(result.sentence, "bold"))
    size = max(map(len, result.pointers), default=0)
    for name, pointer in result.pointers.items():
        _copied(console, Text(f"  {name.ljust(size)}  ", QUIET), Text(pointer, COMMAND))


def _below(part: RenderableType) -> Padding:
    """What belongs to what is printed above it."""
    return Padding(part, (0, 0, 0, 2), expand=False)


def _more(left: int) -> list[RenderableType]:
    return [Text(f"… {left:,} more (-v shows all)", QUIET)] if left else []
