"""Writes the message of a run's commit, in which upstream text is text and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from modelsync.records import Plan, Report
from modelsync.report.added import FACTS, table, unconfirmed
from modelsync.report.align import aligned, columns
from modelsync.report.held import Held
from modelsync.report.notices import NAMES_SHOWN, Chapter
from modelsync.report.rows import Block
from modelsync.report.text import TOKEN_UNIT, defused, first, listed, plain
from modelsync.report.view import MODELS_SHOWN, Failed, Removal, View, as_report, label, view

WIDTH = 76  # `git log` indents by four


def commit_message(of: Plan | Report, *, run: str, digest: str) -> str:
    """Subject, what changed and what was held, and the trailers that say whose commit it is.

    Every line of the body is a heading of ours or indented: git and forges look for trailers,
    comments, patches and commands at the start of a line only.
    """
    said = view(of)
    trailers = {"Run": run, "Source": label(as_report(of).plan), "Digest": digest}
    tail = [f"Modelsync-{name}: {plain(value)}" for name, value in trailers.items()]
    return defused("\n".join([said.subject, *_body(said)])) + "\n\n" + "\n".join(tail) + "\n"


def _body(said: View) -> Iterator[str]:
    if said.batch:
        yield from ("", *(line for sentence in said.batch for line in _wrapped(sentence, "", indent=2)))
    if said.has_prices:
        yield from ("", f"Prices in {TOKEN_UNIT}.")
    yield from _section("Changed", _changed(said.changed, said.prose))
    yield from _section("Removed", _removed(said.removed, said.comments))
    yield from _section("Added", _added(said))
    yield from _section("Held back", (line for held in said.held for line in _held(held)))
    yield from _section("Failed", (line for failed in said.failed for line in _failed(failed)))
    yield from _section("Notices", _notices(said))


def _section(title: str, lines: Iterable[str]) -> Iterator[str]:
    found = [line.rstrip() for line in lines if line.strip()]
    if found:
        yield from ("", title, *found)


def _changed(blocks: tuple[Block, ...], prose: tuple[str, ...]) -> Iterator[str]:
    shown, left = first(blocks, MODELS_SHOWN, False)
    for block in aligned(shown):
        yield f"  {block.name}" + (f": {block.reason}" if block.reason else "")
        yield from _rows(block)
    yield from _more(left)
    yield from (f"  {phrase}" for phrase in prose)


def _rows(block: Block) -> Iterator[str]:
    for row in block.rows:
        head = f"    {row.field}  "
        if row.numeric:
            yield (head + row.value).rstrip()
        else:
            yield from _wrapped(row.value, head, indent=len(head))


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


def _removed(removed: tuple[Removal, ...], comments: tuple[str, ...]) -> Iterator[str]:
    shown, left = first(removed, MODELS_SHOWN, False)
    for removal in shown:
        yield from _wrapped(removal.reason, f"  {removal.name}  ", indent=6)
    yield from _more(left)
    if comments:
        yield "  and with them the comments"
    yield from (f"    {comment}" for comment in comments)


def _added(said: View) -> Iterator[str]:
    lines = table(said.added, verbose=False)
    if not lines:
        return
    cells = [("", *FACTS), *(line.cells for line in lines)]
    yield from (f"  {line}" for line in columns(cells, [False, *(True for _ in FACTS)]))
    yield from (f"  {note}" for note in [unconfirmed(said.added)] if note)


def _held(held: Held) -> Iterator[str]:
    if held.keys:
        yield f"  {held.title}"
        yield from _wrapped(listed(held.keys, NAMES_SHOWN, False), "    ", indent=4)
    shown, left = first(held.blocks, NAMES_SHOWN, False)
    for block in aligned(shown):
        yield f"  {block.name}"
        yield from _rows(block)
    yield from _more(left)
    for said in (*held.reasons, *first(held.accept, NAMES_SHOWN, False)[0]):
        yield from _wrapped(said, "    ", indent=6)


def _failed(failed: Failed) -> Iterator[str]:
    yield from _wrapped(f"{failed.source}: {failed.reason}", "  ", indent=4)
    if failed.advice:
        yield from _wrapped(failed.advice, "    ", indent=4)


def _notices(said: View) -> Iterator[str]:
    yield from (line for topic in said.topics for line in _topic(topic))
    if said.standing:
        yield from _wrapped(said.standing, "  ", indent=4)


def _topic(topic: Chapter) -> Iterator[str]:
    yield f"  {topic.name} ({topic.count:,})"
    for line in topic.lines(verbose=False):
        yield from _wrapped(": ".join(part for part in line if part), "    ", indent=6)


def _more(left: int) -> Iterator[str]:
    if left:
        yield f"  … {left:,} more"
