"""A report on a terminal: tables and colour by rich, which is imported here and so only then."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from modelsync.records import Plan, Report
from modelsync.report.added import FACTS, PRICES, table, unconfirmed
from modelsync.report.align import aligned
from modelsync.report.held import Held
from modelsync.report.notices import NAMES_SHOWN, Chapter
from modelsync.report.outcome import outcome
from modelsync.report.rows import Block, Row
from modelsync.report.screen import Screen
from modelsync.report.text import TOKEN_UNIT, first, listed
from modelsync.report.view import MODELS_SHOWN, Failed, View, as_report, view

GOOD, BAD, QUIET, NAME, COMMAND = "green", "red", "dim", "bold", "cyan"


def pretty(of: Plan | Report, screen: Screen) -> None:
    """Print the report: what changed, what needs a person, notices, where it is."""
    console, said = screen.console(), view(of, verbose=screen.verbose)
    if not said.is_empty:
        _header(console, said, as_report(of))
    for title, style, parts in _sections(said, screen.verbose):
        _section(console, title, style, parts)
    if not said.is_empty:
        console.print()
    for line in said.batch:
        console.print(Text(line))
    if said.standing:
        console.print(Text(said.standing, QUIET))
    _outcome(console, as_report(of))


def _sections(said: View, verbose: bool) -> Iterable[tuple[str, str, list[RenderableType]]]:
    yield "Recovered", "yellow", [Text(line) for line in said.recovered]
    yield "Changed", "yellow", _changed(said, verbose)
    yield "Removed", "red", _removed(said, verbose)
    yield "Added", "green", _added(said, verbose)
    yield (
        "Held back, until released by --accept",
        "magenta",
        [p for h in said.held for p in _held(h, verbose)],
    )
    yield "Failed", "red", [part for failed in said.failed for part in _failed(failed)]
    more = "" if verbose or not said.is_long else "  (-v shows all)"
    yield f"Notices{more}", "blue", _notices(said.topics, verbose)


def _section(console: Console, title: str, style: str, parts: list[RenderableType]) -> None:
    if not parts:
        return
    console.print()
    console.print(Text(title, f"bold {style}"))
    for part in parts:
        if isinstance(part, Text) and part.style == COMMAND:
            _copied(console, Text("    "), part)
        else:
            console.print(Padding(part, (0, 0, 0, 2), expand=False))


def _copied(console: Console, *parts: Text) -> None:
    """Print what is copied from the terminal: the terminal may fold it, we do not break it."""
    console.print(Text.assemble(*parts), soft_wrap=True)


def _header(console: Console, said: View, report: Report) -> None:
    plan = report.plan
    counts = [
        (plan.count("add"), "added", "green"),
        (plan.count("update"), "changed", "yellow"),
        (plan.count("remove"), "removed", "red"),
        (len(plan.holds), "held", "magenta"),
        (len(plan.failures), "failed", "red"),
    ]
    line = Text(said.subject.partition(":")[0], "bold")
    for count, word, style in counts:
        if count:
            line.append(f"  {count:,} {word}", style)
    line.append(f"  {plan.unchanged:,} unchanged", QUIET)
    console.print(line)
    if said.has_prices:
        console.print(Text(f"prices in {TOKEN_UNIT}", QUIET))


def _changed(said: View, verbose: bool) -> list[RenderableType]:
    shown, left = first(said.changed, MODELS_SHOWN, verbose)
    prose = [Text(phrase) for phrase in said.prose]
    return [*(part for block in aligned(shown) for part in _block(block)), *_more(left), *prose]


def _block(block: Block) -> list[RenderableType]:
    title = Text(block.name, NAME)
    if block.reason:
        title.append(f"  {block.reason}", "not bold dim")
    return [title, _rows(block.rows)]


def _rows(rows: Iterable[Row]) -> RenderableType:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for row in rows:
        grid.add_row(Text(f"  {row.field}", QUIET), _value(row))
    return grid


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


def _removed(said: View, verbose: bool) -> list[RenderableType]:
    shown, left = first(said.removed, MODELS_SHOWN, verbose)
    parts: list[RenderableType] = [
        Text.assemble((removal.name, NAME), f"  {removal.reason}") for removal in shown
    ]
    heading = [Text("and with them the comments")] if said.comments else []
    return [*parts, *_more(left), *heading, *_below(said.comments, QUIET)]


def _added(said: View, verbose: bool) -> list[RenderableType]:
    lines = table(said.added, verbose=verbose)
    if not lines:
        return []
    grid = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style=QUIET)
    grid.add_column("", overflow="fold")
    for name in FACTS:
        grid.add_column(name, justify="left" if name in PRICES else "right", no_wrap=True)
    for line in lines:
        grid.add_row(*map(Text, line.cells), style={"provider": NAME, "model": "", "more": QUIET}[line.kind])
    cut = any(line.kind == "more" for line in lines)
    notes = [unconfirmed(said.added), "-v shows all" if cut else ""]
    return [grid, *(Text(note, QUIET) for note in notes if note)]


def _held(held: Held, verbose: bool) -> list[RenderableType]:
    shown, left = first(held.blocks, NAMES_SHOWN, verbose)
    parts = [part for block in aligned(shown) for part in _block(block)] + _more(left)
    if held.keys:
        parts += [Text(held.title, NAME), *_below([listed(held.keys, NAMES_SHOWN, verbose)])]
    accept, _ = first(held.accept, NAMES_SHOWN, verbose)
    return [*parts, *_below(held.reasons), *(Text(option, COMMAND) for option in accept)]


def _failed(failed: Failed) -> list[RenderableType]:
    what = Text.assemble((failed.source, NAME), f"  {failed.reason}")
    return [what, *_below([failed.advice] if failed.advice else [])]


def _notices(topics: Iterable[Chapter], verbose: bool) -> list[RenderableType]:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(overflow="fold")
    grid.add_column(justify="right", no_wrap=True)
    grid.add_column(overflow="fold")
    for topic in topics:
        lines = [Text.assemble(names, (f"  {said}", QUIET)) for names, said in topic.lines(verbose=verbose)]
        grid.add_row(Text(topic.name), Text(f"{topic.count:,}", NAME), Group(*lines))
    return [grid] if grid.row_count else []


def _outcome(console: Console, report: Report) -> None:
    found = outcome(report)
    console.print(Text(found.sentence, "bold"))
    size = max(map(len, found.pointers), default=0)
    for name, pointer in found.pointers.items():
        _copied(console, Text(f"  {name.ljust(size)}  ", QUIET), Text(pointer, COMMAND))


def _below(lines: Iterable[str], style: str = "") -> list[RenderableType]:
    """Lines that belong to what is printed above them."""
    return [Padding(Text(line, style), (0, 0, 0, 2), expand=False) for line in lines]


def _more(left: int) -> list[RenderableType]:
    return [Text(f"… {left:,} more (-v shows all)", QUIET)] if left else []
