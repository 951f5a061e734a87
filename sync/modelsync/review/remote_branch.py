"""The review branch on the remote: taken from there before a run, and put there after it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

from modelsync.config import CONFIG_FILE
from modelsync.errors import GitRefused
from modelsync.git.facts import CommitFacts
from modelsync.review.base import base_of
from modelsync.review.branch import Review


class Touched(GitRefused):
    """Somebody committed to the review branch on the remote, which ends in `tip`; `commits` are theirs, the
    newest first."""

    def __init__(self, commits: tuple[str, ...], tip: str, base: str, where: str) -> None:
        super().__init__(
            f"somebody committed {commits[0][:10]} to the review branch, and that must not be lost",
            where=where,
            advice=f"Merge it, or drop it: {' '.join(f'--replace {sha[:10]}' for sha in commits)}.",
        )
        self.commits, self.tip, self.base = commits, tip, base


class RemoteBranch:
    """The review branch on the remote and its base there, read before the run looks at its own.

    Raises GitRefused. Commits of people on the branch are dropped where `dropped` names them, by the
    beginnings of their hashes: all of them, and as they were when the branch was fetched. Else `Touched` is
    raised.
    """

    def __init__(
        self,
        review: Review,
        name: str,
        base: str = "",
        *,
        files: Sequence[str],
        dropped: Collection[str] = (),
    ) -> None:
        self._files = files  # patterns of the catalog's
        self._review, self._remote = review, (remote := review.repository.remote(name))
        tips = remote.tips(review.branch, base)
        self.base = base_of(remote, tips, base)
        self.tip = tips.commits.get(review.branch, "")
        remote.fetch(self.base, *([review.branch] if self.tip else []))
        self._expect_contained(tips.commits[self.base])
        newest = tips.commits[self.base]
        commits = review.repository.log(f"{newest}..{self.tip}") if self.tip else ()
        self.commits = self._of_runs(commits, newest, dropped)
        if self.commits or (self.tip and not commits):
            tip = self.commits[0].sha if self.commits else self.tip
            review.repository.take_over(review.branch, tip, review.is_ours)

    def _expect_contained(self, base: str) -> None:
        """A proposal begins where the reviewers are: nothing that is not pushed goes into it, nor anything
        that is merged already."""
        repository, head = self._review.repository, self._review.repository.head
        ahead = repository.log(f"{base}..{head.sha}") if base != head.sha else ()
        on_branch = head.name == self._review.branch
        if ahead and not (on_branch and all(map(self._review.is_ours, ahead))):
            there = f"{self._remote.name}/{self.base}"
            way_out = f"`git switch {self.base}`"
            if head.name == self.base:
                way_out = f"`git reset --keep {there}` where that was made anew and none of them is yours"
            raise GitRefused(
                f"HEAD has commits that {there} has not",
                where=head.name,
                advice=f"Push them, or {way_out}; then run the command again.",
            )
        place = self._review.place
        if not on_branch and repository.differs(base, place.catalog, (CONFIG_FILE, *self._files)):
            there = f"{self._remote.name}/{self.base}"
            raise GitRefused(
                f"{there} has a newer catalog than HEAD",
                where=head.name,
                advice=f"`git merge --ff-only {there}` brings it here; then run the command again.",
            )

    def _of_runs(
        self, commits: tuple[CommitFacts, ...], base: str, dropped: Collection[str]
    ) -> tuple[CommitFacts, ...]:
        """The commits of runs, the newest first, that lie below all of a person's. Raises Touched where one
        of these is not to be dropped."""
        theirs = self._review.repository.persons(commits, base, self._review.is_ours)
        if not all(one.sha.startswith(tuple(dropped)) for one in theirs):
            where = f"{self._remote.name}/{self._review.branch}"
            raise Touched(tuple(one.sha for one in theirs), self.tip, self.base, where)
        return commits[commits.index(theirs[-1]) + 1 :] if theirs else commits

    @property
    def is_behind(self) -> bool:
        """Whether the branch there is to be what it is here."""
        here = self._review.tip
        return bool(here) and here != self.tip and not self._says_the_same(here)

    def push(self) -> bool:
        """Put the branch there as it is here; whether anything had to be."""
        if not self.is_behind:
            return False
        here = self._review.tip
        self._remote.push(here, self._review.branch, self.tip)
        return True

    def _says_the_same(self, here: str) -> bool:
        """Whether the remote's one commit has the same files on the same base: only its time differs."""
        if not self.commits or self.commits[0].sha != self.tip:
            return False
        repository = self._review.repository
        (mine,) = repository.log("-1", here)
        same_base = mine.parents == self.commits[-1].parents
        return same_base and repository.tree_of(here) == repository.tree_of(self.tip)


def reviewed(review: Review, name: str, path: Path) -> bytes:
    """A file as the usual branch of a remote has it; nothing where that has none."""
    remote = review.repository.remote(name)
    tips = remote.tips()
    if tips.base not in tips.commits:
        return b""
    remote.fetch(tips.base)
    return review.repository.show(tips.commits[tips.base], path) or b""
