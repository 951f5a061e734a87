"""The way back from a commit that was begun: what has to be known for it, and git's commands. It runs none.

          HEAD is            the review branch is   the index has
begun     where it was       as it was              what it had
started   on the branch      where HEAD was         the new files, announced
committed on the branch      at the commit          the commit's files
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from modelsync.git.facts import Head

_REASON = ("-m", "modelsync: taken back")


class Begun(msgspec.Struct, frozen=True):
    """A commit that is being made, and what to go back to if it is not finished."""

    previous: Head
    branch: str = ""  # the review branch's full name; empty: the commit goes where HEAD is
    tip: str = ""  # of the branch; empty: there was none
    unwanted: str = ""  # the commit that HEAD was still at when git failed to go back
    added: tuple[str, ...] = ()  # files that the index did not have
    process: int = 0  # whose it is

    def is_unfinished(self, head: Head) -> bool:
        """Whether HEAD is at no commit of ours that is to stay."""
        return head.sha in (self.previous.sha, self.unwanted)


def way_back(begun: Begun, head: Head, tip: str) -> Iterator[tuple[str, ...]]:
    """The commands that set HEAD and the review branch back, which are at `head` and at `tip` now.

    Where HEAD is on a branch of somebody else's, or the review branch at their commit, that stays.
    """
    previous, branch = begun.previous, begun.branch
    started = bool(branch) and head.ref == branch
    if head.sha != previous.sha:
        yield "update-ref", *_REASON, "HEAD", previous.sha, head.sha
    if head.ref == branch and previous.ref:
        yield "symbolic-ref", *_REASON, "HEAD", previous.ref
    elif started:
        yield "update-ref", "--no-deref", *_REASON, "HEAD", previous.sha
    if branch and begun.tip != previous.sha and (started or tip == previous.sha):
        change = (branch, begun.tip) if begun.tip else ("-d", branch)
        yield "update-ref", "--no-deref", *_REASON, *change, previous.sha
