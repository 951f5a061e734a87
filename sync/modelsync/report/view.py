"""What a report says and in which order, as safe text; every way of showing it starts here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

import msgspec
from msgspec.structs import replace

from modelsync.records import (
    Change,
    Failure,
    FieldChange,
    Hold,
    Notice,
    Plan,
    Report,
    Topic,
    in_unit,
    is_price_field,
)
from modelsync.report.added import Addition, addition, table
from modelsync.report.batch import NOT_ASKED, sentences
from modelsync.report.held import Held, held
from modelsync.report.notices import NAMES_SHOWN, STANDING, Chapter, counted, topics
from modelsync.report.rows import Block, block, folded
from modelsync.report.table import Table
from modelsync.report.text import UNIT_NAMES, brief, first

MODELS_SHOWN = 40  # changed or removed models, unless everything is asked for
LONGEST_LABEL = 40  # characters of a subject that name the sources


Role = Literal["text", "fact", "sentence", "title", "quote", "command"]


class Item(msgspec.Struct, frozen=True):
    """One thing that a report says: a `fact` or `sentence` on a name, a `quote` of somebody's own words."""

    text: str
    role: Role = "text"
    name: str = ""
    mark: str = ""  # what its line begins with in a log
    end: str = ""  # and ends with
    is_below: bool = False  # it belongs to what is above it
    advice: str = ""
    members: tuple[str, ...] = ()  # what a title counts


class View(msgspec.Struct, frozen=True):
    """A whole report in the order in which it is read."""

    subject: str
    unit: str  # of the prices by tokens, in words
    recovered: tuple[str, ...]  # what was done about an interrupted run, in sentences
    changed: tuple[Block, ...]
    folded: tuple[str, ...]  # what becomes of the same field in many models, a phrase for each
    removed: tuple[Item, ...]
    comments: tuple[str, ...]  # that go with what is removed
    added: tuple[Addition, ...]
    held: tuple[Held, ...]
    failed: tuple[Item, ...]
    topics: tuple[Chapter, ...]
    batch: tuple[str, ...]  # how several sources did, and which were not asked, in sentences
    standing: str  # counts of the notices that are so every day, where they are not among the topics
    confirmed: dict[str, tuple[str, ...]]  # by PROVIDER/KEY:FIELD the lists that confirm what is written

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to say but that nothing was done."""
        news = set(self.__struct_fields__) - {"subject", "unit", "batch", "standing", "confirmed"}
        return not any(getattr(self, name) for name in news)

    @property
    def has_prices(self) -> bool:
        rows = (row for block in self.changed for row in block.rows)
        return bool(self.added or self.held) or any(is_price_field(row.field) for row in rows)


def as_report(of: Plan | Report) -> Report:
    """A plan is a report of which nothing was done."""
    return Report(plan=of, outcome="planned") if isinstance(of, Plan) else of


def view(of: Plan | Report, *, verbose: bool = False) -> View:
    """Everything a report says, made safe; unless `verbose`, what asks nothing of a person is counted.

    The models whose prices move the most come first; prices are in the unit of the catalog's files.
    """
    report = as_report(of)
    plan = _in_its_unit(report.plan)
    unknown = (Notice(Topic.NOT_COMPARED, entry.name, entry.reason) for entry in plan.not_compared)
    chapters = topics(notice for notice in (*plan.notices, *unknown) if notice.topic not in NOT_ASKED)
    standing = [] if verbose else [topic for topic in chapters if topic.name in STANDING]
    blocks = tuple(block(change) for change in plan.changes if change.action == "update")
    changed, phrases = (blocks, ()) if verbose else folded(blocks)
    gone = (change for change in plan.changes if change.action == "remove")
    return View(
        subject=subject(plan),
        unit=UNIT_NAMES[plan.pricing_unit],
        recovered=tuple(map(brief, report.recovered)),
        changed=tuple(sorted(changed, key=lambda block: -block.size)),
        folded=phrases,
        removed=tuple(Item(brief(change.reason), "fact", brief(change.name), "- ") for change in gone),
        comments=tuple(map(brief, report.removed_comments)),
        added=tuple(addition(change) for change in plan.changes if change.action == "add"),
        held=held(plan.holds),
        failed=tuple(map(_failed, plan.failures)),
        topics=tuple(topic for topic in chapters if topic not in standing),
        batch=sentences(plan, verbose=verbose),
        standing=counted(standing) if standing else "",
        confirmed={brief(one.name): tuple(map(brief, one.confirmed_by)) for one in plan.opinions},
    )


def _in_its_unit(plan: Plan) -> Plan:
    """The plan with its prices in the unit that the catalog's files have them in."""

    def field(of: FieldChange) -> FieldChange:
        old, new = (in_unit(of.field, value, plan.pricing_unit) for value in (of.old, of.new))
        return FieldChange(of.field, old, new)

    def change(of: Change) -> Change:
        return replace(of, fields=tuple(map(field, of.fields)))

    def hold(of: Hold) -> Hold:
        return replace(of, change=field(of.change))

    return replace(plan, changes=tuple(map(change, plan.changes)), holds=tuple(map(hold, plan.holds)))


def spelt(source: str) -> str:
    """The name of a source as a commit has it: safe at the start of a line."""
    return "".join(c if c.isalnum() or c in "._-" else "_" for c in source)


def label(plan: Plan) -> str:
    """The sources of a plan as one word that is safe at the start of a line."""
    return "+".join(map(spelt, plan.sources)).strip("+._-") or "modelsync"


def subject(plan: Plan) -> str:
    """The plan in one line: `openrouter: +2 ~3 -1 !1` (added, changed, removed, held)."""
    if plan.corrects:
        return f"Correct {brief(plan.corrects)}"
    if plan.title:
        return brief(plan.title)
    signs = {"+": "add", "~": "update", "-": "remove"}
    counts = {sign: plan.count(action) for sign, action in signs.items()} | {"!": len(plan.holds)}
    parts = [f"{sign}{count}" for sign, count in counts.items() if count]
    named = label(plan)
    who = named if len(named) <= LONGEST_LABEL else f"{len(plan.sources):,} sources"
    return f"{who}: {' '.join(parts) or 'no changes'}"


def _failed(failure: Failure) -> Item:
    reason = f"{brief(failure.reason, 400)} ({failure.kind})"
    return Item(reason, "sentence", brief(failure.source), "failed: ", advice=brief(failure.advice, 400))


# ---------------------------------------------------------------------------- laid out in sections


class Lines(msgspec.Struct, frozen=True):
    """A list of things, and how many more there are."""

    items: tuple[Item, ...]
    left: int = 0
    lead: str = ""


class Blocks(msgspec.Struct, frozen=True):
    """Models with what changes in each, and how many more there are."""

    blocks: tuple[Block, ...]
    mark: str
    left: int = 0


class Chapters(msgspec.Struct, frozen=True):
    """Notices by topic, and those that are only counted."""

    chapters: tuple[Chapter, ...]
    verbose: bool
    counts: str


Part = Lines | Blocks | Table | Chapters


class Section(msgspec.Struct, frozen=True):
    """One section of a report (Changed, Held, ...): its title, and the parts below it."""

    title: str
    color: str
    parts: tuple[Part, ...]
    hint: str = ""  # for who can still do something
    lasts: bool = True  # whether it is worth reading after the day


def sections(view: View, *, verbose: bool, whole: bool) -> tuple[Section, ...]:
    """The sections of a report; `whole` names every model, `verbose` repeats every notice."""
    held = (part for group in view.held for part in _held(group, whole))
    is_cut = not verbose and any(topic.is_cut for topic in view.topics)
    return (
        Section("Recovered", "yellow", _lines(view.recovered, "recovered: "), lasts=False),
        Section("Changed", "yellow", tuple(_changed(view, whole))),
        Section("Removed", "red", tuple(_removed(view, whole))),
        Section("Added", "green", (table(view.added, verbose=whole),)),
        Section("Held back", "magenta", tuple(held), ", until released by --accept"),
        Section("Failed", "red", (Lines(view.failed),)),
        Section(
            "Notices", "blue", (Chapters(view.topics, verbose, view.standing),), "  (-v shows all)" * is_cut
        ),
    )


def _lines(texts: Iterable[str], mark: str) -> tuple[Lines, ...]:
    items = tuple(Item(text, mark=mark) for text in texts)
    return (Lines(items),) if items else ()


def _changed(view: View, whole: bool) -> Iterator[Part]:
    blocks, left = first(view.changed, MODELS_SHOWN, whole)
    yield Blocks(tuple(blocks), "~", left)
    yield from _lines(view.folded, "~ ")


def _removed(view: View, whole: bool) -> Iterator[Part]:
    removed, left = first(view.removed, MODELS_SHOWN, whole)
    yield Lines(tuple(removed), left)
    if view.comments:
        comments = (Item(text, "quote", mark="- comment  ", is_below=True) for text in view.comments)
        yield Lines(tuple(comments), lead="and with them the comments")


def _held(held: Held, whole: bool) -> Iterator[Part]:
    blocks, left = first(held.blocks, NAMES_SHOWN, whole)
    yield Blocks(tuple(replace(block, reason="") for block in blocks), "!", left)
    options, _ = first(held.accept, NAMES_SHOWN, whole)
    title = Item(held.title, "title", mark=f"! {held.provider}/", end=f":{held.field}", members=held.keys)
    yield Lines(
        (
            *([title] if held.keys else []),
            *(Item(reason, mark="  held: ", is_below=True) for reason in held.reasons),
            *(Item(option, "command", mark="  to release: ", is_below=True) for option in options),
        )
    )
