"""What git says, as values: where HEAD is, what a commit changed, what the review branch holds."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple

import msgspec

HEADS = "refs/heads/"
REMOTES = "refs/remotes/"
CORRECTION = "Modelsync-Correction"  # the trailer that names what of the past a commit states anew
_RUN = "%Y%m%dT%H%M%SZ"


class Head(msgspec.Struct, frozen=True):
    """Where HEAD is: a commit, and the full name of the branch, empty when it is detached."""

    sha: str
    ref: str = ""

    @property
    def name(self) -> str:
        return self.ref.removeprefix(HEADS) or self.sha[:12]

    @property
    def way_back(self) -> str:
        """The command that returns here."""
        return f"git switch {'' if self.ref else '--detach '}{shlex.quote(self.name)}"


class FileChange(NamedTuple):
    """What one commit did to one file, by its path under the repository; None: no file."""

    path: str
    before: bytes | None
    after: bytes | None


class Blobs(NamedTuple):
    """The same as git names it: the blobs' hashes, all zeros for no file."""

    path: str
    before: str
    after: str
    modes: tuple[str, str]  # before and after

    @property
    def keeps_mode(self) -> bool:
        """Whether the file's mode is as it was, and that of plain text where the file is new."""
        return self.modes[0] == self.modes[1] or self.modes == ("000000", "100644")


@dataclass(frozen=True)
class CommitFacts:
    """One commit as git has it. The bytes of what it changed are read when they are asked for."""

    sha: str
    parents: tuple[str, ...]
    author: str
    date: datetime  # the author's, in UTC
    committed: datetime  # when it came to be what it is, in UTC: a rebase or a squash merge changes it
    message: str
    blobs: tuple[Blobs, ...]
    read: Callable[[Sequence[str]], list[bytes | None]] = field(repr=False, compare=False)

    @property
    def paths(self) -> tuple[str, ...]:
        return tuple(blobs.path for blobs in self.blobs)

    def trailer(self, name: str) -> str:
        """What the message says in exactly one line that begins so, wherever a hook put it, else nothing.

        Git's own reading depends on settings, as on `core.commentChar`, and on what stands below.
        """
        values = self.trailers(name)
        return values[0] if len(values) == 1 else ""

    def trailers(self, name: str) -> list[str]:
        """What the message says in each line that begins so."""
        lines = [line.partition(":") for line in self.message.splitlines()]
        return [value.strip() for key, _, value in lines if key.lower() == name.lower()]

    @property
    def observed(self) -> datetime:
        """When a run of ours took place by its own word, which a replay sets; else the author's date."""
        try:
            return datetime.strptime(self.trailer("Modelsync-Run")[:16], _RUN).replace(tzinfo=UTC)
        except ValueError:
            return self.date

    def changes(self) -> tuple[FileChange, ...]:
        """Each changed file's bytes at the commit's parent and at the commit."""
        contents = iter(self.read([sha for blobs in self.blobs for sha in (blobs.before, blobs.after)]))
        return tuple(FileChange(blobs.path, next(contents), next(contents)) for blobs in self.blobs)


@dataclass(frozen=True)
class ReviewBranch:
    """The review branch as it is now; `commits` are those that HEAD does not have, newest first."""

    name: str
    tip: str = ""
    commits: tuple[CommitFacts, ...] = ()
    theirs: str = ""  # a commit of a person's among them; empty: all are ours
    here: bool = False  # HEAD is on it
    elsewhere: str = ""  # the folder of another worktree that has it checked out

    @property
    def ref(self) -> str:
        return HEADS + self.name
