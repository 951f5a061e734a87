"""The review branch on the remote: taken from there before a run, and put there after it."""

from __future__ import annotations

from modelsync.errors import GitRefused
from modelsync.git.facts import CommitFacts
from modelsync.git.remote import Remote
from modelsync.review.base import base_of
from modelsync.review.branch import Review


class Published:
    """One run's view of the remote; made before the run looks at its review branch. Raises GitRefused."""

    def __init__(self, review: Review, remote: Remote, base: str = "") -> None:
        self._review, self._remote = review, remote
        tips = remote.tips(review.branch)
        self.base = base_of(remote, tips, base)
        self.tip = tips.commits.get(review.branch, "")
        remote.fetch(self.base, *([review.branch] if self.tip else []))
        self._expect_contained(tips.commits[self.base])
        self._commits = self._proposal(tips.commits[self.base])
        if self.tip:
            review.repository.take_over(review.branch, self.tip, review.is_ours)

    def _expect_contained(self, base: str) -> None:
        """A proposal begins where the reviewers are: nothing that is not pushed goes into it."""
        repository, head = self._review.repository, self._review.repository.head
        ahead = repository.log(f"{base}..{head.sha}")
        on_branch = head.name == self._review.branch
        if ahead and not (on_branch and all(self._is_of_run(one) for one in ahead)):
            there = f"{self._remote.name}/{self.base}"
            way_out = f"`git switch {self.base}`"
            if head.name == self.base:
                way_out = f"`git reset --keep {there}` where that was made anew and none of them is yours"
            raise GitRefused(
                f"HEAD has commits that {there} has not",
                where=head.name,
                advice=f"Push them, or {way_out}; then run the command again.",
            )

    def _proposal(self, base: str) -> tuple[CommitFacts, ...]:
        """The commits of the branch on the remote. Raises GitRefused where any is a person's."""
        commits = self._review.repository.log(f"{base}..{self.tip}") if self.tip else ()
        repository = self._review.repository
        theirs = repository.persons(commits, base, self._review.is_ours)
        if theirs:
            raise GitRefused(
                f"somebody committed {theirs[0].sha[:10]} to the review branch, and that must not be lost",
                where=f"{self._remote.name}/{self._review.branch}",
                advice="Merge the pull request, or delete its branch; then run the command again.",
            )
        return commits

    def _is_of_run(self, commit: CommitFacts) -> bool:
        return len(commit.parents) == 1 and self._review.is_ours(commit)

    def push(self) -> bool:
        """Put the branch there as it is here; whether anything had to be."""
        here = self._review.repository.tip_of(self._review.branch)
        if not here or here == self.tip or self._says_the_same(here):
            return False
        self._remote.push(here, self._review.branch, self.tip)
        return True

    def _says_the_same(self, here: str) -> bool:
        """Whether the remote's one commit has the same files on the same base: only its time differs."""
        if not self._commits:
            return False
        repository = self._review.repository
        (mine,) = repository.log("-1", here)
        same_base = mine.parents == self._commits[-1].parents
        return same_base and repository.tree_of(here) == repository.tree_of(self.tip)
