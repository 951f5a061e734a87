"""A report as plain lines for pipes and logs: one fact a line, each with its model's name."""

from __future__ import annotations

from collections.abc import Iterator

from modelsync.records import Plan, Report
from modelsync.report.added import Addition
from modelsync.report.held import Held
from modelsync.report.notices import Chapter
from modelsync.report.outcome import outcome
from modelsync.report.rows import Block
from modelsync.report.text import TOKEN_UNIT
from modelsync.report.view import Failed, View, as_report, view


def flat(of: Plan | Report, *, verbose: bool = False) -> Iterator[str]:
    """The lines of a report, changes complete; prose and notices cut or counted unless `verbose`."""
    said = view(of, verbose=verbose)
    yield said.subject + (f"  (prices in {TOKEN_UNIT})" if said.has_prices else "")
    yield from (f"recovered: {line}" for line in said.recovered)
    yield from _changes(said)
    yield from (line for held in said.held for line in _held(held))
    yield from (line for failed in said.failed for line in _failed(failed))
    yield from (line for topic in said.topics for line in _topic(topic, verbose))
    if said.is_long and not verbose:
        yield "… -v shows every notice"
    yield from said.batch
    yield from ([f"notices: {said.standing}"] if said.standing else [])
    yield from _outcome(as_report(of))


def _changes(said: View) -> Iterator[str]:
    for block in said.changed:
        yield from _rows("~", block)
    yield from (f"~ {phrase}" for phrase in said.prose)
    for removal in said.removed:
        yield f"- {removal.name}  {removal.reason}".rstrip()
    yield from (f"- comment  {comment}" for comment in said.comments)
    yield from map(_addition, said.added)


def _rows(sign: str, block: Block) -> Iterator[str]:
    if block.reason or not block.rows:
        yield f"{sign} {block.name}  {block.reason}".rstrip()
    for row in block.rows:
        yield f"{sign} {block.name}:{row.field}  {row.value}".rstrip()


def _addition(new: Addition) -> str:
    facts = [f"{name} {fact}" for name, fact in new.facts.items() if fact]
    unconfirmed = [] if new.confirmed else ["id unconfirmed"]
    return f"+ {new.provider}/{new.key}  {', '.join(facts + unconfirmed)}".rstrip()


def _held(held: Held) -> Iterator[str]:
    for block in held.blocks:
        yield from _rows("!", block)
    yield from (f"! {held.provider}/{key}:{held.field}" for key in held.keys)
    yield from (f"  held: {reason}" for reason in held.reasons)
    yield from (f"  to release: {accept}" for accept in held.accept)


def _failed(failed: Failed) -> Iterator[str]:
    yield f"failed: {failed.source}: {failed.reason}"
    if failed.advice:
        yield f"  {failed.advice}"


def _topic(topic: Chapter, verbose: bool) -> Iterator[str]:
    alone = len(topic.groups) == 1 and topic.count > 1
    head = f"{topic.name} ({topic.count:,})" if alone else topic.name
    for line in topic.lines(verbose=verbose):
        yield ": ".join(part for part in (head, *line) if part)


def _outcome(report: Report) -> Iterator[str]:
    found = outcome(report)
    yield found.sentence
    yield from (f"  {name}: {pointer}" for name, pointer in found.pointers.items())
