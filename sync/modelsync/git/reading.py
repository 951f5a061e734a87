"""Reads commits and blobs, many with one process; changes nothing."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

from modelsync.git.command import Command
from modelsync.git.facts import Blobs, CommitFacts

_TRAILERS = "%(trailers:only,unfold,separator=%x01)"
_SHAPE = f"--format=%H%x00%P%x00%an <%ae>%x00%aI%x00%B%x00{_TRAILERS}"
_PARTS = 6
_OPTIONS = (
    "-z",
    "--raw",
    "--no-abbrev",
    "--no-renames",
    "--no-show-signature",
    "--encoding=UTF-8",
    _SHAPE,
)


def commits(git: Command, *revisions: str, specs: Sequence[str] = ()) -> tuple[CommitFacts, ...]:
    """The commits of a range, newest first, with what each changed (a merge: nothing)."""
    tokens = os.fsdecode(git.must("log", *_OPTIONS, *revisions, "--", *specs)).split("\0")
    return tuple(_parsed(git, tokens))


def _parsed(git: Command, tokens: list[str]) -> Iterator[CommitFacts]:
    offset = 0
    while offset + _PARTS <= len(tokens):
        sha, parents, author, date, message, trailers = tokens[offset : offset + _PARTS]
        offset += _PARTS
        blobs = []
        while tokens[offset].lstrip("\n").startswith(":"):
            _, _, before, after, _ = tokens[offset].split(" ")
            blobs.append(Blobs(tokens[offset + 1], before, after))
            offset += 2
        pairs = tuple(_pair(line) for line in trailers.split("\1") if line)
        yield CommitFacts(
            sha,
            tuple(parents.split()),
            author,
            date,
            message,
            pairs,
            tuple(blobs),
            lambda shas: contents(git, shas),
        )


def _pair(trailer: str) -> tuple[str, str]:
    key, _, value = trailer.partition(":")
    return key, value.strip()


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
