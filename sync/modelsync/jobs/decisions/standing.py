"""Lists the decisions that stand: pins, exclusions, accepted values, and entries of people's own.

Each can be taken back, and one that may end be renewed, by a commit on a review branch of its own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path
from textwrap import dedent
from typing import Literal, NamedTuple

import msgspec
from msgspec.structs import replace

from modelsync import yamledit
from modelsync.catalog import DataFile, Opened, Rewrite
from modelsync.catalog.meaning import UPDATE
from modelsync.config import CONFIG_FILE, Config, edit
from modelsync.errors import GitRefused, PlanStale, UsageError
from modelsync.history.authors import Author, writers
from modelsync.history.versions import Version
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
    name: str  # `provider/key`, with the field where it is of one; of a whole provider `provider/*`
    file: str
    line: int
    text: str  # as it stands there
    reason: str = ""
    until: date | None = None
    value: str = ""  # that was let through
    models: int = 1  # entries that it keeps, where it stands once for several
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


Rules = tuple[DataFile, Config]  # `sync.yaml`


class _Standing(NamedTuple):
    """A decision, and what the file is without it, or with another one in its place."""

    decision: Decision
    amended: Callable[[Run, Renewal | None], Rewrite]


def decisions(run: Run) -> tuple[Decision, ...]:
    """All decisions that stand, those that end first before the others. Raises CatalogError."""
    return as_of(run, written(opening.open_catalog(run), edit.opened(run.place)))


def written(opened: Opened, rules: Rules) -> tuple[Decision, ...]:
    """All decisions that files hold, whatever day it is and whatever is proposed."""
    return tuple(one.decision for one in _standing(opened, rules))


def reviewed(run: Run, version: Version) -> tuple[Decision, ...]:
    """All decisions of a commit, with who brought each; nothing of the working tree is read. Raises
    CatalogError."""
    repository, place, commit = review_of(run).repository, run.place, version.commit.sha
    holding = {
        of.file
        for of in version.catalog.providers.values()
        if any(entry.pins or entry.is_a_persons for entry in of.entries.values())
    }
    blobs = {name: key.blob for name, (key, _) in version.files.items() if name in holding}
    contents = repository.contents([*blobs.values()]) if blobs else []
    files = {
        name: DataFile(name, place.catalog / name, content)
        for name, content in zip(blobs, contents, strict=True)
    }
    opened = Opened(version.catalog, files, place.catalog, (), version.shape)
    rules = repository.show(commit, place.config_file) or b""
    return authored(run, written(opened, edit.of(place, rules)), commit)


def as_of(run: Run, known: Iterable[Decision]) -> tuple[Decision, ...]:
    """Decisions as they stand now: whether each is over, and where a change of it is proposed."""
    branches, today = _branches(run), run.now.date()
    now = (
        replace(
            one,
            is_over=one.until is not None and one.until < today,
            proposed_on=branches.get(label(one.id), ""),
        )
        for one in known
    )
    return tuple(sorted(now, key=lambda one: (one.until or date.max, one.kind, one.name)))


def authored(run: Run, known: Sequence[Decision], revision: str = "") -> tuple[Decision, ...]:
    """Decisions with who brought each, and when, as far as git tells; without a revision as the working tree
    has them."""
    folder = run.place.catalog
    meant: dict[Path, dict[int, str]] = {}
    for one in known:  # of a pin its comment counts: the value on its line is another matter
        text = one.text.split("\n")[0]
        words = text[text.index("#") :] if one.kind == "pin" and "#" in text else text
        meant.setdefault(folder / one.file, {})[one.line] = words
    try:
        authors = writers(review_of(run).repository, meant, revision)
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
        edited = amended(run, renewal)
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
    for standing in _standing(opened, edit.opened(run.place)):
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


def _standing(opened: Opened, rules: Rules) -> Iterator[_Standing]:
    yield from _overrides(opened)
    yield from _pins(opened)
    file, settings = rules
    for provider, exclusions in settings.exclusions.items():
        for index, rule in enumerate(exclusions):
            yield _exclusion(file, provider, index, rule)
    for index, accepted in enumerate(settings.accept):
        yield _accept(file, index, accepted)


def _pins(opened: Opened) -> Iterator[_Standing]:
    """Each comment that is a pin once, whatever it keeps: a field or several, an entry, all of a provider."""
    kept: dict[tuple[str, Pin], list[Entry]] = {}
    for entry in opened.catalog.entries():
        for pin in dict.fromkeys(replace(one, field="") for one in entry.pins):
            kept.setdefault((opened.file_of(entry).name, pin), []).append(entry)
    for (_, pin), entries in kept.items():
        yield _pin(opened, entries, pin)


def _pin(opened: Opened, entries: Sequence[Entry], pin: Pin) -> _Standing:
    file = opened.file_of(entries[0])
    decision = Decision(
        "pin",
        _kept_by(entries, pin),
        file.name,
        pin.line,
        _text(file, (pin.line, pin.line)),
        pin.reason,
        pin.until,
        models=len(entries),
        can_be_renewed=True,
    )

    def amended(_: Run, renewal: Renewal | None) -> Rewrite:
        wanted = Pin("", renewal.until, renewal.reason) if renewal else None
        return amendments.pinned(opened, entries, pin, wanted)

    return _Standing(_identified(decision), amended)


def _kept_by(entries: Sequence[Entry], pin: Pin) -> str:
    """What a pin keeps, by its name."""
    if pin.shared:
        return ", ".join(f"{provider}/*" for provider in dict.fromkeys(one.provider for one in entries))
    fields = (",".join(one.field for one in entry.pins if replace(one, field="") == pin) for entry in entries)
    named = (f"{one.name}:{of}" if of else one.name for one, of in zip(entries, fields, strict=True))
    return ", ".join(named)


def _overrides(opened: Opened) -> Iterator[_Standing]:
    """The entries of people's own, those once that are so by `update:` of their provider."""
    by_provider: dict[str, list[Entry]] = {}
    for entry in opened.catalog.entries():
        if entry.is_a_persons:
            keys = _own_keys(opened, entry)
            if keys or not _updating(opened, entry):
                yield _override(opened, entry, keys)
            else:
                by_provider.setdefault(entry.provider, []).append(entry)
    yield from (_not_updated(opened, provider, entries) for provider, entries in by_provider.items())


def _not_updated(opened: Opened, provider: str, entries: Sequence[Entry]) -> _Standing:
    """The `update:` of a provider, which is changed by hand alone."""
    file, path = opened.file_of(entries[0]), _updating(opened, entries[0])
    lines = file.document.lines(path)
    decision = Decision(
        "override",
        f"{provider}/*",
        file.name,
        lines[0],
        _text(file, lines),
        models=len(entries),
        can_be_removed=False,
    )
    return _Standing(_identified(decision), lambda *_: amendments.given_back(opened, entries[0], ()))


def _own_keys(opened: Opened, entry: Entry) -> Sequence[yamledit.Path]:
    """The keys that make an entry a person's; those that it has from elsewhere are not its own to lose."""
    file = opened.file_of(entry)
    keys = [(*file.path_of(entry), key) for key in amendments.PRIORITY]
    return [key for key in keys if file.document.has(key) and not file.document.merged_from(key)]


def _updating(opened: Opened, entry: Entry) -> yamledit.Path:
    """The key of a provider that says which of its models any run may change; none where there is none."""
    file = opened.file_of(entry)
    path = (*file.layout.provider(entry.provider), UPDATE)
    return path if file.document.has(path) else ()


def _override(opened: Opened, entry: Entry, keys: Sequence[yamledit.Path]) -> _Standing:
    file = opened.file_of(entry)
    path, document = file.path_of(entry), file.document
    decision = Decision(
        "override",
        entry.name,
        file.name,
        document.line(keys[0] if keys else path),
        "\n".join(_text(file, document.lines(key)) for key in keys),
        entry.reason,
        can_be_removed=(*path, amendments.PRIORITY[0]) in keys,
    )
    return _Standing(_identified(decision), lambda *_: amendments.given_back(opened, entry, keys))


def _exclusion(file: DataFile, provider: str, index: int, rule: Exclusion) -> _Standing:
    lines = file.document.lines((rewrites.EXCLUDE, provider, index))
    decision = Decision(
        "exclusion",
        f"{provider}/{rule.id}",
        CONFIG_FILE,
        lines[0],
        _text(file, lines),
        rule.reason,
        rule.until,
        can_be_renewed=True,
    )

    def amended(run: Run, renewal: Renewal | None) -> Rewrite:
        wanted = Exclusion(rule.id, renewal.reason, renewal.until) if renewal else None
        return amendments.excluded(run, provider, index, wanted)

    return _Standing(_identified(decision), amended)


def _accept(file: DataFile, index: int, rule: Accepted) -> _Standing:
    lines = file.document.lines((amendments.ACCEPT, index))
    value = "" if rule.value is None else str(rule.value)
    name = f"{rule.model}:{rule.field}"
    decision = Decision("accept", name, CONFIG_FILE, lines[0], _text(file, lines), rule.reason, value=value)
    return _Standing(_identified(decision), lambda run, _: amendments.unaccepted(run, index))


def _identified(of: Decision) -> Decision:
    content = msgspec.json.encode((of.kind, of.name, of.file, of.text, of.reason, of.until))
    return replace(of, id=hashlib.sha256(content).hexdigest())


def _text(file: DataFile, lines: tuple[int, int]) -> str:
    """Lines of a file, from and to, as far to the left as they go, however git ends them here."""
    return dedent("\n".join(line.rstrip("\r") for line in file.lines[lines[0] - 1 : lines[1]])).strip()
