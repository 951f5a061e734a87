"""The rollback of a commit that was begun: what has to be known for it, and git's commands. It runs none.

          HEAD is            the review branch is   the index has
begun     where it was       as it was              what it had
started   on the branch      where HEAD was         the new files, announced
committed on the branch      at the commit          the commit's files
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from modelsync.git.facts import Head

_REASON = ("-m", "modelsync: taken back")


class BegunCommit(msgspec.Struct, frozen=True):
    """A commit that is being made, and what to go back to if it is not finished."""

    previous: Head
    branch: str = ""  # the review branch's full name; empty: the commit goes where HEAD is
    tip: str = ""  # of the branch; empty: there was none
    commit: str = ""  # the commit, once it is known
    parent: str = ""  # of that: another one than where HEAD was if somebody committed meanwhile
    paths: tuple[str, ...] = ()  # the files that are committed
    process: int = 0  # whose it is

    @property
    def goal(self) -> str:
        """The full name of the branch that the commit is for; empty where HEAD is detached."""
        return self.branch or self.previous.ref

    def is_unfinished(self, head: Head) -> bool:
        """Whether HEAD is at no commit of ours that is to stay."""
        return head.sha in (self.previous.sha, self.commit)


def way_back(begun: BegunCommit, head: Head, tips: Mapping[str, str]) -> Iterator[tuple[str, ...]]:
    """The commands that set HEAD and the branches back, from where HEAD and the `tips` of branches are now.

    A branch that somebody switched to, and what somebody else committed, stays; our commit does not, wherever
    it went.
    """
    previous, branch = begun.previous, begun.branch
    at_goal = head.ref == begun.goal
    sha = begun.parent if head.sha == begun.commit else previous.sha if at_goal else head.sha
    if sha != head.sha:
        yield "update-ref", *_REASON, "HEAD", sha, head.sha
    if not branch:
        return
    ours = {previous.sha, begun.commit} - {""}
    base = tips.get(previous.ref, "")
    if base in ours - {previous.sha} and head.ref != previous.ref:
        yield "update-ref", *_REASON, previous.ref, previous.sha, base
    if at_goal and base in ours:
        yield "symbolic-ref", *_REASON, "HEAD", previous.ref
    elif at_goal:
        yield "update-ref", "--no-deref", *_REASON, "HEAD", previous.sha
    tip = sha if at_goal else tips.get(branch, "")
    if tip in ours - {begun.tip}:
        change = (branch, begun.tip) if begun.tip else ("-d", branch)
        yield "update-ref", "--no-deref", *_REASON, *change, tip
