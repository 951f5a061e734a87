"""Another copy of the repository, where the review branch is proposed. Its functions raise GitRefused."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

from modelsync.errors import GitRefused
from modelsync.git.command import Answer, without_credentials
from modelsync.git.facts import HEADS, REMOTES
from modelsync.git.reading import Reading
from modelsync.git.refusals import refusal

_SECONDS = 300.0  # a network is slower than a disk


class Tips(NamedTuple):
    """What a remote has: its usual branch, and where the branches are that were asked for."""

    base: str
    commits: dict[str, str]  # by branch; one that is not there is not in it


class Remote:
    """One remote of a repository, by its name."""

    def __init__(self, repository: Reading, name: str) -> None:
        self._repository, self._git, self.name = repository, repository.git, name

    @cached_property
    def address(self) -> str:
        """Where it is, without a password that stands in it; nothing where there is no such remote."""
        answer = self._git.run("remote", "get-url", self.name)
        return (
            without_credentials(answer.output.decode(errors="replace").strip()) if not answer.status else ""
        )

    def tips(self, *branches: str) -> Tips:
        """Ask what it has: its usual branch, where that is, and where the named ones are."""
        self._expect_address()
        answer = self._ask("ls-remote", "--symref", self.name, "HEAD", f"{HEADS}*")
        base, commits = "", dict[str, str]()
        for line in answer.decode(errors="replace").splitlines():
            what, _, name = line.partition("\t")
            if what.startswith("ref: ") and name == "HEAD":
                base = what.removeprefix("ref: ").removeprefix(HEADS)
            elif name.startswith(HEADS):
                commits[name.removeprefix(HEADS)] = what
        return Tips(base, {name: sha for name, sha in commits.items() if name in (base, *branches)})

    def fetch(self, *branches: str) -> None:
        """Get the commits of branches; nothing here is moved but what git notes of the remote."""
        self._ask("fetch", "--quiet", "--no-tags", self.name, *(f"{HEADS}{branch}" for branch in branches))

    def deepen(self, how: str, commits: Sequence[str]) -> None:
        """Get more of what came before these commits, at which a shallow clone ends; no branch is moved."""
        self._expect_address()
        here_alone = ("--no-tags", "--no-write-fetch-head", "--refmap=")
        self._ask("fetch", "--quiet", *here_alone, how, self.name, *commits)

    def push(self, commit: str, branch: str, expected: str) -> None:
        """Put a branch on a commit, where it is still where it was expected (empty: it is not there)."""
        lease = f"--force-with-lease={HEADS}{branch}:{expected}"
        answer = self._git.run(
            "push", "--quiet", lease, self.name, f"{commit}:{HEADS}{branch}", timeout=_SECONDS
        )
        if answer.status:
            what, advice = _told(answer, "the review branch cannot be pushed")
            kept = f"The commit is kept here, on {branch}: mend that, and run the command again."
            raise GitRefused(what, where=f"{self.name}/{branch}", advice=f"{advice}\n{kept}")

    def way_to(self, branch: str, commit: str) -> str:
        """The command that pushes a commit's branch, over just what was fetched of it; nothing where there is
        no such remote."""
        if not self.address:
            return ""
        tip = self._repository.tip_of(f"{REMOTES}{self.name}/{branch}")
        is_new = not tip or not self._git.run("merge-base", "--is-ancestor", tip, commit).status
        lease = "" if is_new else f"--force-with-lease={shlex.quote(branch)}:{tip[:10]} "
        # by its short name git would not know whether a tag of that name is meant
        name = HEADS + branch if self._repository.tip_of(f"refs/tags/{branch}") else branch
        return f"git push -u {lease}{shlex.quote(self.name)} {shlex.quote(name)}"

    def _expect_address(self) -> None:
        """Raises GitRefused for a name of no remote, which git would take for a path."""
        if not self.address:
            raise GitRefused(
                f"there is no remote {self.name}",
                advice="Add it: `git remote add NAME ADDRESS`, or say `review: {remote: NAME}` in sync.yaml.",
            )

    def _ask(self, *arguments: str) -> bytes:
        answer = self._git.run(*arguments, timeout=_SECONDS)
        if answer.status:
            what, advice = _told(answer, f"git {arguments[0]} failed")
            raise GitRefused(what, where=f"remote {self.name}", advice=advice)
        return answer.output


def _told(answer: Answer, otherwise: str) -> tuple[str, str]:
    """Why a remote did not do what it was asked, git's own words for it, and below them what to do."""
    known = refusal(answer.words, otherwise)
    return known.what, "\n".join(filter(None, (answer.words, known.advice)))
