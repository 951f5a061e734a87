"""What the catalog said before: since when, what differs between two revisions, what usage cost on a day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING

import msgspec

from modelsync.errors import GitRefused, UsageError, did_you_mean
from modelsync.history import cache
from modelsync.history.intervals import history_of
from modelsync.jobs.request_cost import priced
from modelsync.records import (
    Catalog,
    History,
    Plan,
    Priced,
    PriceInterval,
    Report,
    Step,
    Usage,
    is_price_field,
)
from modelsync.run.request import Run

if TYPE_CHECKING:
    from modelsync.catalog.codec import Parsed

_HEAD = "HEAD"


class Past(msgspec.Struct, frozen=True):
    """The history of the catalog, and the commits that made it, oldest first."""

    history: History
    steps: tuple[Step, ...]
    files: Parsed = {}  # those of the newest commit that had to be read

    def model(self, name: str) -> str:
        """The model that a name means: its own, or one that it had once. Raises UsageError."""
        known = self.history.intervals
        if name in known:
            return name
        if name in self.history.names:
            return self.history.names[name]
        namesakes = [one for one in known if one.partition("/")[2] == name]
        if len(namesakes) == 1:
            return namesakes[0]
        hint = f", but {' and '.join(sorted(namesakes))}" if namesakes else did_you_mean(name, known)
        what = f"the catalog never had a model {name}{hint}"
        raise UsageError(what, advice="`modelsync list` names those it has.")


def read(run: Run, revision: str = _HEAD, of: str = "", section: str = "") -> Past:
    """Read the history up to a revision: all of it, or what it tells of one model, or of one section.

    Where HEAD is on a review branch, it ends where that began: what nobody merged, nobody has reviewed.
    Raises UsageError, GitRefused.
    """
    if revision == _HEAD:
        branch, note = cache.up_to_head(run.place)
        if note.line and not run.proposes_on(branch):
            return _past(note.steps, note.line[-1], of, section)
    from modelsync.history.steps import steps  # what is noted needs neither git nor what reads files
    from modelsync.history.versions import repository_of

    repository, notices = repository_of(run.place), list[str]()
    tip, on = repository.commit_of(revision), repository.head.name
    if revision == _HEAD and run.proposes_on(on) and (proposals := repository.only_on(on)):
        tip = next((sha for sha in reversed(repository.line(tip)) if sha not in proposals), tip)
        if tip not in proposals:
            notices.append(f"what only the review branch {on} says is not counted: it is a proposal")
    every, files = steps(repository, run.place, tip)
    if every and repository.ends_within(repository.log("-1", every[0].commit)):
        notices.append(
            "this shallow clone knows nothing older than its first commit: `git fetch --unshallow`"
        )
    return msgspec.structs.replace(_past(every, tip, of, section, notices), files=files)


def _past(every: tuple[Step, ...], tip: str, of: str, section: str, notices: Sequence[str] = ()) -> Past:
    """The history of all models where none is meant, or nothing is known of it: then names are to be said."""
    history = history_of(every, tip, of=of, section=section, notices=notices)
    if of and not history.intervals:
        history = history_of(every, tip, section=section, notices=notices)
    return Past(history, every)


def earlier(run: Run, name: str) -> tuple[PriceInterval, ...]:
    """What `ended` gives of a model; nothing without git."""
    if not run.place.is_in_git:
        return ()
    try:
        return ended(read(run, of=name).history.intervals.get(name, ()), run.now)
    except GitRefused:
        return ()


def ended(intervals: Sequence[PriceInterval], now: datetime) -> tuple[PriceInterval, ...]:
    """The numbers that prices of a model were and are no more, the newest first."""
    over = (one for one in reversed(intervals) if one.until and one.until <= now)
    return tuple(one for one in over if is_price_field(one.field) and isinstance(one.value, Decimal))


def price(
    run: Run, name: str, on: date, usage: Usage, at: time | None = None, *, revision: str = _HEAD
) -> Priced:
    """Calculate what usage of a model cost on a day (UTC), at what the catalog said of that day.

    Raises UsageError for a model that was never in it.
    """
    past = read(run, revision, name)
    history, model = past.history, past.model(name)
    return priced(model, history.intervals[model], on, usage, at, notices=history.notices)


def difference(run: Run, revisions: Sequence[str], since: date | None = None) -> Report:
    """Compare two revisions by meaning: the first (HEAD) and the second (the working tree).

    `since` a day: the last commit of the history before it, with HEAD. Raises UsageError, GitRefused.
    """
    from modelsync.history.differences import differences, renames, with_own_keys
    from modelsync.history.versions import repository_of, version_of
    from modelsync.jobs import inspect

    repository = repository_of(run.place)
    if since:
        if revisions:
            raise UsageError("--since and revisions do not go together", advice="Say one of them.")
        before = [step.commit for step in read(run).steps if step.observed.date() < since]
        revisions = (before[-1] if before else "", "HEAD")
    old, new = (*revisions, *("HEAD" if not revisions else "", ""))[:2]
    if len(revisions) > 2:
        raise UsageError("more than two revisions", advice="Say `modelsync diff OLD NEW`.")
    former = version_of(repository, run.place, old).catalog if old else Catalog({}, {})
    present = version_of(repository, run.place, new).catalog if new else inspect.as_read(run)
    renamed = renames(former, present)
    changes = with_own_keys(differences(former, present, renamed), former, present, renamed)
    sides = ((old, "nothing"), (new, "working-tree"))
    label = "..".join(repository.commit_of(one)[:10] if one else word for one, word in sides)
    notes = {name: f"was {was}" for name, was in renamed.items()}
    named = [msgspec.structs.replace(change, reason=notes.get(change.name, "")) for change in changes]
    unit = present.unit_of_prices(run.config.pricing_unit)
    return Report(Plan(run.now, (label,), {}, tuple(named), pricing_unit=unit), outcome="compared")
