"""Prints reports and tables where a person or a log reads them; rich is loaded for a terminal only."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from modelsync.records import Plan, Report
from modelsync.report.notices import Chapter
from modelsync.report.outcome import outcome
from modelsync.report.rows import Block
from modelsync.report.screen import Screen
from modelsync.report.table import Table, plain_lines
from modelsync.report.view import Blocks, Chapters, Item, Lines, Part, as_report, document, view


def terminal(of: Plan | Report, screen: Screen) -> None:
    """Print the report: tables on a terminal, plain lines elsewhere."""
    if screen.is_terminal:
        from modelsync.report.pretty import draw_report

        draw_report(of, screen)
    else:
        screen.write(flat(of, verbose=screen.verbose))


def print_tables(tables: Sequence[Table], screen: Screen, *, notes: Iterable[str] = ()) -> None:
    """Print the tables and the notes below them: drawn on a terminal, plain columns elsewhere."""
    if screen.is_terminal:
        from modelsync.report.pretty import draw_tables

        draw_tables(tables, screen, notes)
    else:
        screen.write([*plain_lines(tables), *notes])


def flat(of: Plan | Report, *, verbose: bool = False) -> Iterator[str]:
    """The lines of a report, no model cut off; notices cut or counted unless `verbose`."""
    report = view(of, verbose=verbose)
    yield report.subject + (f"  (prices in {report.unit})" if report.has_prices else "")
    for section in document(report, verbose=verbose, whole=True):
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
