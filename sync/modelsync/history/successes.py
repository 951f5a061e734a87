"""When runs brought in the lists of their sources, as their commits tell. It writes nothing.

A run that changes nothing makes no commit: a later success than the one that is told may be known to nobody.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from modelsync.records import Success

if TYPE_CHECKING:
    from modelsync.git import Repository

_MOST = 500  # commits of runs, the newest


def successes(
    repository: Repository, branches: str, remote: str, catalog: str, now: datetime
) -> dict[str, Success]:
    """By source, as a commit spells it, the last success that HEAD or a review branch, here or on the remote,
    tells of; `branches` is a glob. Raises GitRefused."""
    newest: dict[str, Success] = {}
    revisions = ("HEAD", f"--branches={branches}", f"--remotes={remote}/{branches}")
    for commit in repository.log(f"--max-count={_MOST}", "--grep=^Modelsync-Run: ", *revisions):
        if commit.trailer("Modelsync-Catalog") != catalog or commit.observed > now:
            continue
        unsynced = commit.trailer("Modelsync-Unsynced").split("+")
        for source in commit.trailer("Modelsync-Source").split("+"):
            known = newest.get(source)
            if source not in unsynced and (known is None or known.at < commit.observed):
                newest[source] = Success(commit.observed, commit.sha)
    return newest
