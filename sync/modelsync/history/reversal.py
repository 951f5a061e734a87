"""What a commit changed, taken back in the present text of the files: what others changed since stays."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from modelsync.errors import PlanStale, UsageError
from modelsync.git import Repository
from modelsync.git.facts import CORRECTION, CommitFacts
from modelsync.git.tree import means


class Reversal(NamedTuple):
    """A commit, and the files as they are without what it changed in them, by their paths."""

    commit: str
    subject: str
    contents: dict[str, bytes]
    left: tuple[str, ...]  # what else it changed, which stays


def reversal(
    repository: Repository, revision: str, files: Mapping[str, bytes], folder: str, patterns: Iterable[str]
) -> Reversal:
    """A commit of HEAD's first-parent line taken back in `files`, by paths under the repository; what the
    `patterns` mean from a folder is not left out.

    Raises UsageError for a commit that cannot be taken back so, PlanStale where others changed the same
    lines since.
    """
    commit = _commit(repository, revision)
    names = {path: posixpath.relpath(path, folder or ".") for path in commit.paths}
    meant = [
        path for path, name in names.items() if path in files or any(means(one, name) for one in patterns)
    ]
    contents = {}
    for path, before, after in commit.changes():
        if path not in meant:
            continue
        if before is None or after is None or path not in files:
            raise UsageError(
                "it began, removed or moved this file, which no run does",
                where=path,
                advice=f"Do it by hand: `git revert --no-edit {commit.sha[:10]}`.",
            )
        now = repository.merged(files[path], after, before)
        if now is None:
            raise PlanStale(
                "the same lines, or those beside them, were changed since",
                where=path,
                advice=f"Take back what came later first, or do it by hand: `git revert {commit.sha[:10]}`.",
            )
        if now != files[path]:
            contents[path] = now
    subject = commit.message.partition("\n")[0]
    return Reversal(commit.sha, subject, contents, tuple(path for path in commit.paths if path not in meant))


def _commit(repository: Repository, revision: str) -> CommitFacts:
    """The commit, with what it changed; of a merge, what that brought in."""
    sha = repository.commit_of(revision)
    line = repository.line("HEAD")
    if sha not in line[1:]:
        what = "has nothing before it" if sha in line else "is no commit that reviewers have"
        raise UsageError(what, where=sha[:10], advice="`modelsync history` names those that can be undone.")
    (commit,) = repository.first_parents(f"{sha}~1", sha, ("**",))
    if commit.trailers(CORRECTION):
        raise UsageError(
            "is a correction: to go back on it would be a change of today, and not state the past anew",
            where=sha[:10],
            advice="Correct it again: `modelsync correct`.",
        )
    return commit
