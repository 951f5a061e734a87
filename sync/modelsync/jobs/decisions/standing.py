"""Lists the decisions that stand: pins, exclusions, accepted values, and entries of people's own.

Each can be taken back, and one that may end be renewed, by a commit on a review branch of its own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path
from textwrap import dedent
from typing import Literal, NamedTuple

import msgspec
from msgspec.structs import replace

from modelsync.catalog import DataFile, Opened, Rewrite
from modelsync.config import CONFIG_FILE, edit
from modelsync.errors import GitRefused, PlanStale, UsageError
from modelsync.history.authors import Author, writers
from modelsync.jobs import opening, writing
from modelsync.jobs.decisions import amendments, rewrites
from modelsync.jobs.evidence import review_of
from modelsync.records import Accepted, Entry, Exclusion, Notice, Pin, Plan, Report, Topic
from modelsync.review.branch import Review
from modelsync.run.request import Run

DecisionKind = Literal["pin", "exclusion", "accept", "override"]

_WORDS: dict[DecisionKind, str] = {
    "pin": "pin of",
    "exclusion": "exclusion of",
    "accept": "accepted value of",
    "override": "priority of",
}


class Decision(msgspec.Struct, frozen=True):
    """What a person decided: what it says, where it stands, and who brought it there."""

    kind: DecisionKind
    name: str  # `provider/key`, with the field where it is of one
    file: str
    line: int
    text: str  # as it stands there
    reason: str = ""
    until: date | None = None
    value: str = ""  # that was let through
    is_over: bool = False  # its last day is past
    can_be_renewed: bool = False
    can_be_removed: bool = True
    author: Author | None = None  # None: git does not tell
    proposed_on: str = ""  # the review branch that changes it already
    id: str = ""  # of what it says, wherever its line moves to

    @property
    def where(self) -> str:
        return f"{self.file}:{self.line}"


class Renewal(msgspec.Struct, frozen=True):
    """What a decision is to say from now on."""

    until: date | None = None
    reason: str = ""


class _Standing(NamedTuple):
    """A decision, and what the file is without it, or with another one in its place."""

    decision: Decision
    amended: Callable[[Renewal | None], Rewrite]


def decisions(run: Run) -> tuple[Decision, ...]:
    """All decisions that stand, those that end first before the others. Raises CatalogError."""
    every = [one.decision for one in _standing(run, opening.open_catalog(run))]
    branches = _branches(run)
    named = (replace(one, proposed_on=branches.get(label(one.id), "")) for one in every)
    return tuple(sorted(named, key=lambda one: (one.until or date.max, one.kind, one.name)))


def authored(run: Run, known: Sequence[Decision]) -> tuple[Decision, ...]:
    """Decisions with who brought each, and when, as far as git tells."""
    folder = run.place.catalog
    meant: dict[Path, dict[int, str]] = {}
    for one in known:  # of a pin its comment counts: the value on its line is another matter
        text = one.text.split("\n")[0]
        words = text[text.index("#") :] if one.kind == "pin" and "#" in text else text
        meant.setdefault(folder / one.file, {})[one.line] = words
    try:
        authors = writers(review_of(run).repository, meant)
    except GitRefused:
        return tuple(known)
    return tuple(replace(one, author=authors.get((folder / one.file, one.line))) for one in known)


def propose(run: Run, id_: str, renewal: Renewal | None) -> Report:
    """Propose that a decision says another thing, or that it goes.

    Raises PlanStale where it does not stand as it was shown, UsageError, CatalogEditRefused, GitRefused.
    """
    if renewal:
        rewrites.expect_fit(run, renewal.until, renewal.reason)

    def ask(opened: Opened, _: Review) -> tuple[Plan, Sequence[Rewrite]]:
        decision, amended = _expect_standing(run, opened, id_)
        if not (decision.can_be_renewed if renewal else decision.can_be_removed):
            raise UsageError(f"this cannot be {'renewed' if renewal else 'removed'}", where=decision.where)
        edited = amended(renewal)
        if edited.content == edited.file.content:
            raise UsageError("it says so already", where=decision.where)
        now = edited.text.split("\n")[decision.line - 1] if renewal else decision.text
        topic = Topic.RENEWED if renewal else Topic.REVOKED
        notice = Notice(topic, decision.name, f"{decision.where}: {' '.join(now.split())}")
        until = f" until {renewal.until}" if renewal and renewal.until else ""
        title = f"{'Renew' if renewal else 'Remove'} the {_WORDS[decision.kind]} {decision.name}{until}"
        return Plan(run.now, (), opened.catalog.files, notices=(notice,), title=title), [edited]

    return writing.propose(replace(run, label=label(id_)), ask)


def label(id_: str) -> str:
    """What the review branch is named after on which a decision is changed."""
    return f"decision-{id_[:12]}"


def _expect_standing(run: Run, opened: Opened, id_: str) -> _Standing:
    """The decision of an id. Raises PlanStale where none is as it was."""
    for standing in _standing(run, opened):
        if standing.decision.id == id_:
            return standing
    raise changed()


def changed() -> PlanStale:
    """That a decision does not stand as it was shown."""
    what = "the catalog changed since this was shown: the decision does not stand there so any more"
    return PlanStale(what, advice="Look at the decisions as they are now.")


def _branches(run: Run) -> dict[str, str]:
    """The review branches that there are, by what each is named after."""
    try:
        tips = review_of(run).repository.tips("refs/heads/")
    except GitRefused:
        return {}
    begin, _, end = run.branches.partition("*")
    names = (ref.removeprefix("refs/heads/") for ref in tips)
    return {name.removeprefix(begin).removesuffix(end): name for name in names if run.proposes_on(name)}


# ---------------------------------------------------------------------------- found in the files


def _standing(run: Run, opened: Opened) -> Iterator[_Standing]:
    for entry in opened.catalog.entries():
        if entry.is_a_persons:
            yield _override(opened, entry)
        for pin in dict.fromkeys(replace(one, field="") for one in entry.pins):
            yield _pin(run, opened, entry, pin)
    file, rules = edit.opened(run.place)
    for provider, exclusions in rules.exclusions.items():
        for index, rule in enumerate(exclusions):
            yield _exclusion(run, file, provider, index, rule)
    for index, accepted in enumerate(rules.accept):
        yield _accept(run, file, index, accepted)


def _pin(run: Run, opened: Opened, entry: Entry, pin: Pin) -> _Standing:
    """The comment that is a pin, of all fields that it keeps."""
    file = opened.file_of(entry)
    fields = ",".join(one.field for one in entry.pins if replace(one, field="") == pin)
    decision = Decision(
        "pin",
        f"{entry.name}:{fields}" if fields else entry.name,
        file.name,
        pin.line,
        _text(file, (pin.line, pin.line)),
        pin.reason,
        pin.until,
        is_over=not pin.holds_on(run.now.date()),
        can_be_renewed=True,
    )

    def amended(renewal: Renewal | None) -> Rewrite:
        wanted = Pin("", renewal.until, renewal.reason) if renewal else None
        return amendments.pinned(opened, entry, pin, wanted)

    return _Standing(_identified(decision), amended)


def _override(opened: Opened, entry: Entry) -> _Standing:
    """The keys that make an entry a person's; those that it has from elsewhere are not its own to lose."""
    file = opened.file_of(entry)
    path, document = file.path_of(entry), file.document
    keys = [(*path, key) for key in amendments.PRIORITY]
    own = [key for key in keys if document.has(key) and not document.merged_from(key)]
    decision = Decision(
        "override",
        entry.name,
        file.name,
        document.line(own[0] if own else path),
        "\n".join(_text(file, document.lines(key)) for key in own),
        entry.reason,
        can_be_removed=keys[0] in own,
    )
    return _Standing(_identified(decision), lambda _: amendments.given_back(opened, entry, own))


def _exclusion(run: Run, file: DataFile, provider: str, index: int, rule: Exclusion) -> _Standing:
    lines = file.document.lines((rewrites.EXCLUDE, provider, index))
    decision = Decision(
        "exclusion",
        f"{provider}/{rule.id}",
        CONFIG_FILE,
        lines[0],
        _text(file, lines),
        rule.reason,
        rule.until,
        is_over=not rule.holds_on(run.now.date()),
        can_be_renewed=True,
    )

    def amended(renewal: Renewal | None) -> Rewrite:
        wanted = Exclusion(rule.id, renewal.reason, renewal.until) if renewal else None
        return amendments.excluded(run, provider, index, wanted)

    return _Standing(_identified(decision), amended)


def _accept(run: Run, file: DataFile, index: int, rule: Accepted) -> _Standing:
    lines = file.document.lines((amendments.ACCEPT, index))
    value = "" if rule.value is None else str(rule.value)
    name = f"{rule.model}:{rule.field}"
    decision = Decision("accept", name, CONFIG_FILE, lines[0], _text(file, lines), rule.reason, value=value)
    return _Standing(_identified(decision), lambda _: amendments.unaccepted(run, index))


def _identified(of: Decision) -> Decision:
    content = msgspec.json.encode((of.kind, of.name, of.file, of.text, of.reason, of.until))
    return replace(of, id=hashlib.sha256(content).hexdigest())


def _text(file: DataFile, lines: tuple[int, int]) -> str:
    """Lines of a file, from and to, as far to the left as they go."""
    return dedent("\n".join(file.lines[lines[0] - 1 : lines[1]])).strip()
