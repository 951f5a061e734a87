"""Writes the message of a run's commit, in which upstream text is text and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from modelsync.records import Plan, Report
from modelsync.report.notices import NAMES_SHOWN
from modelsync.report.rows import Row
from modelsync.report.table import Table, aligned, columns
from modelsync.report.text import brief, defused, listed, more, plain
from modelsync.report.view import (
    Blocks,
    Chapters,
    Item,
    Lines,
    Part,
    View,
    as_report,
    label,
    sections,
    spelt,
    view,
)

WIDTH = 76  # `git log` indents by four


def commit_message(of: Plan | Report, *, run: str, digest: str, catalog: str = "") -> str:
    """Subject, what changed and what was held, and the trailers that say whose commit it is.

    Every line of the body is a heading of ours or indented: git and forges look for trailers,
    comments, patches and commands at the start of a line only. `catalog` tells apart those of one repository.
    A correction is a person's: no run takes it for its own.
    """
    report, plan = view(of), as_report(of).plan
    trailers = {
        "Run": run,
        "Source": "" if plan.title else label(plan),
        "Unsynced": "+".join(map(spelt, plan.unsynced)),
        "Catalog": catalog,
        "Digest": digest,
    }
    if plan.corrects:
        trailers = {"Catalog": catalog, "Correction": plan.corrects}
    tail = [f"Modelsync-{name}: {plain(value)}" for name, value in trailers.items() if value]
    if actor := as_report(of).actor:
        tail.append(f"Modelsync-Actor: {defused(brief(actor))}")
    return defused("\n".join([report.subject, *_body(report)])) + "\n\n" + "\n".join(tail) + "\n"


def _body(report: View) -> Iterator[str]:
    if report.batch:
        yield from ("", *(line for sentence in report.batch for line in _wrapped(sentence, "", indent=2)))
    if report.has_prices:
        yield from ("", f"Prices in {report.unit}.")
    for section in sections(report, verbose=False, whole=False):
        lines = [line.rstrip() for part in section.parts for line in _part(part) if line.strip()]
        if section.lasts and lines:
            yield from ("", section.title, *lines)


def _part(part: Part) -> Iterator[str]:
    match part:
        case Lines(items, left, lead):
            yield f"  {lead}"
            yield from (line for item in items for line in _item(item))
            yield f"  {more(left)}"
        case Blocks(blocks, _, left):
            for block in aligned(blocks):
                yield f"  {block.name}" + (f": {block.reason}" if block.reason else "")
                yield from _rows(block.rows)
            yield f"  {more(left)}"
        case Chapters(chapters, _, counts):
            for chapter in chapters:
                yield f"  {chapter.name} ({chapter.count:,})"
                for line in chapter.lines(verbose=False):
                    yield from _wrapped(": ".join(filter(None, line)), "    ", indent=6)
            yield from _wrapped(counts, "  ", indent=4)
        case _:
            yield from _table(part)


def _item(item: Item) -> Iterator[str]:
    start = " " * (4 if item.is_below else 2)
    match item.role:
        case "quote":
            yield start + item.text
        case "fact":
            yield from _wrapped(item.text, f"{start}{item.name}  ", indent=6)
        case "sentence":
            yield from _wrapped(f"{item.name}: {item.text}", start, indent=4)
        case _:
            yield from _wrapped(item.text, start, indent=len(start) + 2)
    yield from _wrapped(listed(item.members, NAMES_SHOWN, False) or item.advice, "    ", indent=4)


def _rows(rows: Iterable[Row]) -> Iterator[str]:
    for row in rows:
        head = f"    {row.field}  "
        if row.numeric:
            yield head + row.value
        else:
            yield from _wrapped(row.value, head, indent=len(head))


def _table(table: Table) -> Iterator[str]:
    if table.rows:
        cells = [[column.name for column in table.columns], *table.rows]
        yield from (f"  {line}" for line in columns(cells, [False, *(True for _ in table.columns[1:])]))
        yield f"  {table.note}"


def _wrapped(text: str, head: str, *, indent: int) -> list[str]:
    """The text after its head, in lines of at most WIDTH where its words allow it."""
    import textwrap

    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=head,
        subsequent_indent=" " * indent,
        break_long_words=False,
        break_on_hyphens=False,
    ) or [head.rstrip()]
