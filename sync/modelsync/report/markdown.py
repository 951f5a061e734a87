"""Lays out a report as a page of GitHub-flavoured Markdown that a reviewer reads in a minute."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence

from msgspec.structs import replace

from modelsync.records import Hold, Plan, Report, Topic
from modelsync.report.added import FACTS, Addition, unconfirmed
from modelsync.report.held import Held
from modelsync.report.notices import NAMES_SHOWN, Chapter
from modelsync.report.rows import Block, Row
from modelsync.report.safe_markdown import block, bullets, code, folded, prose, table
from modelsync.report.text import NOTHING, brief, defused, first, grouped, many, more
from modelsync.report.view import Item, View, as_report, view

OPEN = 30  # rows of a section that stand on the page; of more, each provider's are folded
LEADING = 12  # moves of prices that are shown above what is folded
LINES = 12  # of notices that stand on the page
EVERY = 1 << 30  # rows of one table: all of them
_FEWER = (200, 60, 20, 6, 2)  # until the page fits
_BY_A_PERSON = (Topic.ACCEPTED, Topic.OVERRIDDEN, Topic.PROPOSED_BEFORE, Topic.RELEASED)
_NUMBER = re.compile(r"[\d,.]+")
_WORD = re.compile(r"[\w.:/-]+", re.ASCII)  # as it is on a command line; no forge reads anything in it
_CHANGES = ("model", "field", "old", "new", "difference", "confirmed by")
_HOLDS = ("model", "held", "why")
_CUT = "Of long tables the smallest changes are left out here, to fit; the files of the branch have them all."
_LEFT_OUT = "The rest is left out here, to fit."
LET_IN = (
    "Each stays as it is until upstream says something else, or a person lets it in: once by the command "
    "below, or for good, with a reason that others can read, by `modelsync accept NAME --reason '...'`."
)


def markdown(of: Plan | Report, *, longest: int | None = None) -> str:
    """What a reviewer reads: what changed most, what is held and what lets it in, notices.

    A page of `longest` characters or more leaves out the smallest changes, and says so. Ids and values are
    code and sentences are escaped; everything is `defused` besides, for squashing turns a description into
    a commit, where code means nothing.
    """
    report, done = view(of), as_report(of)
    return fitted(lambda most: _page(report, done, most), longest)


def fitted(page: Callable[[int], Iterable[str]], longest: int | None) -> str:
    """The page with as many rows in each table as fit, in which no forge reads anything."""
    for most in (EVERY, *_FEWER):
        parts = [defused(part) for part in page(most) if part]
        if longest is None or _length(parts) < longest:
            return "\n\n".join(parts) + "\n" if parts else ""
    while parts and _length([*parts, _LEFT_OUT]) >= (longest or 0):
        parts.pop()
    return "\n\n".join([*parts, _LEFT_OUT]) + "\n"


def _length(parts: Sequence[str]) -> int:
    return sum(len(part) + 2 for part in parts)


def _page(report: View, done: Report, most: int) -> Iterator[str]:
    marked = [one for one in report.changed if _is_marked(one)]
    others = [one for one in report.changed if not _is_marked(one)]
    decided = [one for one in report.topics if one.name in _BY_A_PERSON]
    noticed = [one for one in report.topics if one not in decided]
    yield f"**{prose(_counts(report, done.plan))}**"
    yield from map(prose, report.batch)
    yield f"Prices in {report.unit}." if report.has_prices else ""
    yield _CUT if most < EVERY else ""
    yield from section("Failed", [bullets(map(_item, report.failed))])
    yield from section("Changed", _changed(others, report, most))
    yield from section("Removed and marked" if marked else "Removed", _removed(report, marked, most))
    yield from section("Added", _added(report.added, most))
    yield from section("Let through", ["\n".join(_chapters(decided))])
    yield from section("Held back", held_back(report, done, most))
    yield from section("Notices", _notices(noticed, report.standing))
    if done.outcome != "compared":
        yield from section("To decide otherwise", [bullets(_otherwise(report, done.plan))])
        yield prose(_provenance(done))


def section(title: str, parts: Iterable[str]) -> list[str]:
    """The parts below a title, where there are any."""
    body = [part for part in parts if part]
    return [f"### {title}", *body] if body else []


def _counts(report: View, plan: Plan) -> str:
    counts = {
        "added": plan.count("add"),
        "changed": plan.count("update"),
        "removed": plan.count("remove"),
        "held": len(plan.holds),
        "failed": len(plan.failures),
    }
    text = ", ".join(f"{count:,} {word}" for word, count in counts.items() if count)
    if plan.title:
        return f"{report.subject}{f': {text}' if text else ''}"
    return f"{report.subject.partition(': ')[0]}: {text or 'no changes'}"


# ---------------------------------------------------------------------------- what changes


def _changed(blocks: Sequence[Block], report: View, most: int) -> Iterator[str]:
    """The models whose prices move the most come first."""
    if sum(len(one.rows) for one in blocks) <= OPEN:
        yield _changes(blocks, report, most)
    else:
        moves = [replace(one, rows=(row,)) for one in blocks for row in one.rows if row.size]
        leading = sorted(moves, key=lambda move: -move.size)[:LEADING]
        beside = f", {LEADING} of {len(moves):,}" if len(moves) > LEADING else ""
        yield f"The prices that move the most{beside}:" if moves else ""
        yield _changes(leading, report, most)
        for provider, members in grouped(blocks, lambda one: one.provider).items():
            yield folded(provider, _extent(members), [_changes(members, report, most)])
    yield bullets(map(prose, report.folded))


def _extent(blocks: Sequence[Block]) -> str:
    """How many models change, and how far the price goes that moves the most."""
    rows = [row for one in blocks for row in one.rows]
    largest = max(rows, key=lambda row: row.size, default=Row("", ""))
    return many(len(blocks), "model") + (f", prices by up to {largest.note}" if largest.size else "")


def _changes(blocks: Iterable[Block], report: View, most: int) -> str:
    rows = [cells for one in blocks for cells in _change(one, report)]
    wanted = [index for index in range(len(_CHANGES)) if index < 4 or any(cells[index] for cells in rows)]
    kept = [[cells[index] for index in wanted] for cells in rows]
    return _cut([_CHANGES[index] for index in wanted], 2, kept, most)


def _change(of: Block, report: View) -> Iterator[tuple[str, ...]]:
    for index, row in enumerate(of.rows or (Row("", ""),)):
        sides = (_value(row, value) for value in (row.before, row.after))
        note = " ".join(filter(None, (row.note, row.unit, "" if index else prose(of.reason))))
        lists = report.confirmed.get(f"{of.name}:{row.field}", ())
        name = "" if index else code(of.name)
        yield (name, code(row.field), *sides, note, ", ".join(map(code, lists)))


def _value(row: Row, value: str) -> str:
    return value if value == NOTHING or (row.numeric and _NUMBER.fullmatch(value)) else code(value)


def _cut(names: Sequence[str], words: int, rows: Sequence[Sequence[str]], most: int) -> str:
    """A table with as many rows as are shown, and how many are left out."""
    shown, left = first(rows, most, False)
    rest = [(more(left), *("" for _ in names[1:]))] if left else []
    return table(names, words, [*shown, *rest])


def _is_marked(of: Block) -> bool:
    return any((row.field, row.after) == ("availability", "unavailable") for row in of.rows)


def _removed(report: View, marked: Sequence[Block], most: int) -> Iterator[str]:
    items, left = first(report.removed, most, False)
    yield bullets([*map(_item, items), *filter(None, [more(left)])])
    names, left = first([code(one.name) for one in marked], most, False)
    yield f"Marked as unavailable: {', '.join(names)} {more(left)}".rstrip() if marked else ""
    comments, left = first(report.comments, most, False)
    yield "And with them the comments:" if comments else ""
    yield bullets([*map(code, comments), *filter(None, [more(left)])])


def _added(additions: Sequence[Addition], most: int) -> Iterator[str]:
    if len(additions) <= OPEN:
        yield _new(additions, most)
    else:
        for provider, members in grouped(additions, lambda new: new.provider).items():
            yield folded(provider, many(len(members), "model"), [_new(members, most)])
    yield prose(unconfirmed(additions))


def _new(additions: Iterable[Addition], most: int) -> str:
    bases = {new.name: f", base {code(new.base)}" if new.base else "" for new in additions}
    rows = [(code(new.name) + bases[new.name], *new.facts) for new in additions]
    return _cut(("model", *FACTS), 1, rows, most)


# ---------------------------------------------------------------------------- what a person decides


def held_back(report: View, done: Report, most: int, lead: str = LET_IN) -> Iterator[str]:
    """What is held, why, and the commands that let it in: prices before all else, the largest moves first."""
    if not report.held:
        return
    groups = sorted(report.held, key=lambda one: (bool(one.keys), not one.is_priced, -one.size))
    yield lead
    if sum(one.count for one in groups) <= OPEN:
        yield from _holds(groups, done, most)
        return
    yield prose(f"{_guards(done.plan.holds)}.")
    holds = grouped(done.plan.holds, lambda hold: brief(hold.provider))
    for provider, members in grouped(groups, lambda one: one.provider).items():
        yield folded(provider, _guards(holds[provider]), _holds(members, done, most))


def _guards(holds: Iterable[Hold]) -> str:
    counts = Counter(brief(hold.guard) for hold in holds)
    return ", ".join(f"{count:,} by {guard}" for guard, count in counts.most_common())


def _holds(groups: Sequence[Held], done: Report, most: int) -> Iterator[str]:
    blocks = [one for group in groups for one in group.blocks]
    rows = [(code(one.name), "<br>".join(map(_move, one.rows)), prose(one.reason)) for one in blocks]
    yield _cut(_HOLDS, len(_HOLDS), rows, most)
    yield bullets(_whole(group) for group in groups if group.keys)
    options, left = first([option for group in groups for option in group.accept], most, False)
    commands = [f"{done.command or 'modelsync sync'} {option}" for option in options]
    yield block([*commands, *([f"# {more(left)}"] if left else [])])


def _move(row: Row) -> str:
    sides = " → ".join(_value(row, value) for value in (row.before, row.after) if value not in ("", NOTHING))
    return " ".join(filter(None, (code(row.field), sides, row.note, row.unit)))


def _whole(of: Held) -> str:
    names, left = first(of.keys, NAMES_SHOWN, False)
    listed = f"{', '.join(map(code, names))} {more(left)}".rstrip()
    return f"{prose(of.title)}: {listed}: {prose('; '.join(of.reasons))}"


def _otherwise(report: View, plan: Plan) -> Iterator[str]:
    """How to say no, by names of this page where they are plain words."""
    if plan.title:
        yield "To decline this: close the pull request unmerged."
        return
    new = next((one.name for one in report.added if _WORD.fullmatch(one.name)), "PROVIDER/MODEL")
    rows = (f"{one.name}:{row.field}" for one in report.changed for row in one.rows)
    value = next((name for name in rows if _WORD.fullmatch(name)), "PROVIDER/MODEL:FIELD")
    yield f"To keep a model out: `modelsync exclude {new.replace('/', ' ', 1)} --reason '...'`."
    yield f"To keep a value as it is: `modelsync pin {value} --reason '...'`."
    yield "To decline all of this until upstream says something else: close the pull request unmerged."


def _provenance(done: Report) -> str:
    plan = done.plan
    asked = [f"{brief(one.source)} ({many(one.models, 'model')})" for one in plan.asked if one.state == "ok"]
    by_digest = f" Digest of the change: {brief(done.digest)}." if done.digest else ""
    origin = ", ".join(asked or map(brief, plan.sources))
    if plan.title:
        origin = f"a person{f', {brief(done.actor)}' if done.actor else ''}"
    return f"From {origin}.{by_digest}"


# ---------------------------------------------------------------------------- what is to be known


def _item(item: Item) -> str:
    if item.role == "fact":
        return f"{code(item.name)} {prose(item.text)}".rstrip()
    sentences = [text.rstrip(". ") + "." for text in (item.text, item.advice) if text]
    return f"{code(item.name)}: {prose(' '.join(sentences))}"


def _notices(chapters: Sequence[Chapter], standing: str) -> Iterator[str]:
    lines = _chapters(chapters)
    if len(lines) > LINES:
        yield folded("", ", ".join(f"{one.count:,} {one.name}" for one in chapters), ["\n".join(lines)])
        lines = []
    yield "\n".join([*lines, *([f"- {prose(standing)}"] if standing else [])])


def _chapters(chapters: Iterable[Chapter]) -> list[str]:
    return [line for one in chapters for line in _chapter(one)]


def _chapter(of: Chapter) -> Iterator[str]:
    yield f"- {prose(of.name)} ({of.count:,})"
    lines = (": ".join(text for text in line if text.strip()) for line in of.lines(verbose=False))
    yield from (f"  - {prose(line)}" for line in lines if line)
