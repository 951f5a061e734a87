"""Reads commits, blobs and branches, many with one process; changes nothing."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence, Set

from modelsync.git.command import Command
from modelsync.git.facts import HEADS, REMOTES, Blobs, CommitFacts

_SHAPE = "--format=%H%x00%P%x00%an <%ae>%x00%aI%x00%cI%x00%B"
_PARTS = 6
_OPTIONS = (
    "-z",
    "--raw",
    "--no-abbrev",
    "--no-renames",
    f"-O{os.devnull}",
    _SHAPE,
)


def commits(git: Command, *revisions: str, specs: Sequence[str] = ()) -> tuple[CommitFacts, ...]:
    """The commits of a range, newest first, with what each changed (a merge: nothing)."""
    tokens = os.fsdecode(git.must("log", *_OPTIONS, *revisions, "--", *specs)).split("\0")
    return tuple(_parsed(git, tokens))


def _parsed(git: Command, tokens: list[str]) -> Iterator[CommitFacts]:
    offset = 0
    while offset + _PARTS <= len(tokens):
        sha, parents, author, date, committed, message = tokens[offset : offset + _PARTS]
        offset += _PARTS
        blobs = []
        while tokens[offset].lstrip("\n").startswith(":"):
            old, new, before, after, _ = tokens[offset].lstrip("\n:").split(" ")
            blobs.append(Blobs(tokens[offset + 1], before, after, (old, new)))
            offset += 2
        yield CommitFacts(
            sha,
            tuple(parents.split()),
            author,
            date,
            committed,
            message,
            tuple(blobs),
            lambda shas: contents(git, shas),
        )


def contents(git: Command, shas: Sequence[str]) -> list[bytes | None]:
    """The contents of several objects; None for what is not there."""
    output = git.must("cat-file", "--batch", given="".join(f"{sha}\n" for sha in shas).encode())
    bodies: list[bytes | None] = []
    start = 0
    for _ in shas:
        end = output.index(b"\n", start)
        header = output[start:end].split()
        size = int(header[2]) if len(header) == 3 else None
        bodies.append(None if size is None else output[end + 1 : end + 1 + size])
        start = end + 1 if size is None else end + size + 2
    return bodies


def holds(git: Command, blobs: Blobs, planned: bytes) -> bool:
    """Whether a commit has a file as planned: these bytes, or what gives them when it is checked out."""
    algorithm = "sha1" if len(blobs.after) == 40 else "sha256"
    named = hashlib.new(algorithm, b"blob %d\0" % len(planned) + planned, usedforsecurity=False)
    if named.hexdigest() == blobs.after:
        return True
    return git.must("cat-file", "--filters", f"--path={blobs.path}", blobs.after) == planned


def tips(git: Command, *wanted: str) -> dict[str, str]:
    """The commits at which the branches are that git lists for these words, by their full names."""
    words = ("--format=%(objectname) %(refname)", *filter(None, wanted))
    lines = os.fsdecode(git.must("for-each-ref", *words)).splitlines()
    return {ref: sha for sha, _, ref in (line.partition(" ") for line in lines)}


def on_no_other(git: Command, branch: str, tip: str, copies: Set[str] = frozenset()) -> frozenset[str]:
    """The commits up to the tip that no other branch has, here and on remotes, but for those at `copies`."""
    others = tips(git, HEADS, REMOTES).items()
    bases = {base for ref, base in others if not ref.endswith(f"/{branch}")} - copies
    given = "\n".join([tip, *(f"^{base}" for base in bases), ""]).encode()
    return frozenset(os.fsdecode(git.must("rev-list", "--stdin", given=given)).split())


def is_rewritten(git: Command, ours: Sequence[CommitFacts], others: Set[str], base: str) -> bool:
    """Whether the others are all below ours, and the base has a commit with the very files that ours began
    on: then the base was written anew, and nothing that somebody committed is only on our branch."""
    starts = {parent for commit in ours for parent in commit.parents} - {commit.sha for commit in ours}
    if len(starts) != 1:
        return False
    (start,) = starts
    below = os.fsdecode(git.must("rev-list", start, f"^{base}")).split()
    if not others <= set(below):
        return False
    tree = os.fsdecode(git.must("rev-parse", f"{start}^{{tree}}")).strip()
    return tree in os.fsdecode(git.must("log", "--format=%T", f"{start}..{base}")).split()


def branch(git: Command, ref: str) -> tuple[str, str, str]:
    """A branch's commit, the branch that it is a name of, the worktree that has it checked out."""
    shape = "--format=%(refname)%00%(objectname)%00%(symref)%00%(worktreepath)%01"
    for row in os.fsdecode(git.must("for-each-ref", shape, ref)).split("\1\n"):
        name, *facts = row.split("\0")
        if name == ref:
            return facts[0], facts[1], facts[2]
    return "", "", ""
