"""What git tells a plan: what the catalog said lately, and who wrote it. It writes no file and no commit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cache
from typing import TypeVar

from modelsync.catalog import Opened, lookup
from modelsync.errors import GitRefused
from modelsync.history import recent
from modelsync.history.authors import Authors, Origin
from modelsync.history.recent import RecentPast
from modelsync.history.successes import successes
from modelsync.records import Change, Entry, Notice, Success, Topic
from modelsync.report import spelt
from modelsync.review.branch import Review
from modelsync.run import due
from modelsync.run.request import Run

T = TypeVar("T")


def review_of(run: Run) -> Review:
    commits, own_branch = not run.no_commit, not run.no_branch
    remote = "" if run.publishes else run.config.review.remote
    return Review(
        run.place, run.branch, commits=commits, own_branch=own_branch, remote=remote, hidden=run.key_names
    )


def once_wrote(run: Run, review: Review, opened: Opened, entry: Entry, source: str) -> bool:
    """Whether a run wrote of the entry what this source listed of the id that it follows."""
    authors = _authors(run, review)
    return _asked(run, lambda: authors().once_wrote(opened.file_of(entry), entry, source), False)


def origins(run: Run, review: Review, opened: Opened, entry: Entry) -> dict[str, Origin]:
    """By field, who wrote what the entry states itself; what git does not know is left out."""
    authors, nothing = _authors(run, review), dict[str, Origin]()
    return _asked(run, lambda: authors().origins(opened.file_of(entry), entry), nothing)


def was_stated(run: Run, review: Review, opened: Opened) -> Callable[[Notice], bool]:
    """Whether a value that no list states now was once upstream's: a person's own is nobody's to withdraw.

    To be asked of many, which have commits in common.
    """
    authors, nothing = _authors(run, review), dict[str, Origin]()

    def is_so(notice: Notice) -> bool:
        if notice.topic != Topic.WITHDRAWN:
            return True
        entry = lookup.entry(opened.catalog, notice.subject)
        origins = _asked(run, lambda: authors().origins(opened.file_of(entry), entry), nothing)
        origin = origins.get(notice.text.partition(" ")[0])
        return origin is not None and not entry.upstream.keys().isdisjoint(origin.sources)

    return is_so


def last_successes(run: Run) -> dict[str, Success]:
    """By source, when its list was last brought in: by what this machine noted and by what commits tell, the
    later of both. What neither knows is left out."""
    known = {source: Success(at) for source, at in due.last_synced(run.place).items()}
    remote, name = run.config.review.remote, run.place.name
    nothing: dict[str, Success] = {}
    ways = (run.branches, remote, name, run.now)
    by_commits = _asked(run, lambda: successes(review_of(run).repository, *ways), nothing)
    for source in run.config.sources:
        success = by_commits.get(spelt(source))
        if success and (source not in known or known[source].at < success.at):
            known[source] = success
    return known


def _authors(run: Run, review: Review) -> Callable[[], Authors]:
    """Who wrote what, as the commits tell: git is asked when this is."""
    return cache(lambda: Authors(review.repository, run.shape, review.is_ours))


def _asked(run: Run, ask: Callable[[], T], otherwise: T) -> T:
    """What git says; what is said `otherwise` where there is none, or it refuses."""
    if not run.place.is_in_git:
        return otherwise
    try:
        return ask()
    except GitRefused:
        return otherwise


def past(run: Run, opened: Opened, changes: Sequence[Change], review: Review) -> RecentPast:
    """What the numbers that these changes move said in the last days; nothing where there is no git.

    A shallow clone that ends within them gets the rest from its remote, if that answers.
    """
    planned, days = recent.moving(opened, changes), run.config.guards.return_days
    if not (planned and days > 0 and run.place.is_in_git):
        return RecentPast()

    def known() -> RecentPast:
        return recent.recent(
            review.repository, planned, opened.shape, now=run.now, days=days, branch=review.branch
        )

    try:
        at_hand = known()
        if not at_hand.missing:
            return at_hand
        with suppress(GitRefused):  # a remote that does not answer
            review.repository.deepen(run.config.review.remote, recent.day_asked(run.now, days))
        return known()
    except GitRefused as error:
        return RecentPast(missing=f"git cannot tell what the catalog said lately: {error.what}")
