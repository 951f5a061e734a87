"""What the commits of a proposal say of the past: the day from which prices count, and what they correct."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

from modelsync.against.sides import Fault
from modelsync.git.facts import CORRECTION, CommitFacts

_SKEW = timedelta(days=1)  # between two clocks, or around midnight


def of_commits(commits: Sequence[CommitFacts], committed: Mapping[str, date], today: date) -> Iterator[Fault]:
    """Name what would change the cost of past usage. `committed` are the days of all their parents too."""
    for commit in commits:
        where = f"commit {commit.sha[:10]}"
        for what in commit.trailers(CORRECTION):
            yield Fault(
                where, 0, f"states the past of {what} anew, and no run does", f"{what.partition(':')[0]}:past"
            )
        parents = [committed[sha] for sha in commit.parents if sha in committed]
        first, last = min([*parents[:1], today]) - _SKEW, max([*parents[:1], today]) + _SKEW
        if committed[commit.sha] < first:
            yield Fault(where, 0, f"is dated {committed[commit.sha]}, before what it stands on")
        if not first <= (day := commit.observed.astimezone(UTC).date()) <= last:
            yield Fault(where, 0, f"says that it is of {day}, and its prices would count from then")


def days_of(commits: Sequence[CommitFacts]) -> dict[str, date]:
    """By hash, the day (UTC) on which each came to be what it is."""
    return {commit.sha: datetime.fromisoformat(commit.committed).astimezone(UTC).date() for commit in commits}
