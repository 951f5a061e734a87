"""The files of a commit: their modes and hashes, and which of them a pattern means."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Callable, Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import NamedTuple

from modelsync.errors import UsageError
from modelsync.git.command import Command, entries

NO_FILE = "000000"
LINK = "120000"
COMMIT = "160000"  # of another repository, which is no file
_MOST_LINKS = 10


class Blob(NamedTuple):
    """A file of a revision: its mode and the hash of its content, all zeros for that of the working tree."""

    mode: str
    sha: str


Tree = Mapping[str, Blob]


def commit_of(git: Command, revision: str) -> str:
    """The commit that a revision names. Raises UsageError for an unknown one."""
    words = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    answer = git.run(*words)
    if answer.status or revision.startswith("-"):
        raise UsageError(
            f"no revision {revision} in this repository",
            advice="Fetch it first: `git fetch origin BRANCH`; in CI, check out the whole history.",
        )
    return os.fsdecode(answer.output).strip()


def tree_of(git: Command, commit: str) -> dict[str, Blob]:
    """All files of a commit, by their paths under the repository."""
    blobs = {}
    for entry in entries(git.must("ls-tree", "-r", "-z", "--full-tree", commit)):
        facts, _, path = entry.partition("\t")
        mode, _, sha = facts.split(" ")
        blobs[path] = Blob(mode, sha)
    return blobs


def meant(tree: Tree, patterns: Iterable[str], read: Callable[[str], bytes | None]) -> dict[str, Blob]:
    """The files that patterns of `files:` mean, as both name them; of a symbolic link what it leads to."""
    named = [path for pattern in patterns for path in tree if means(pattern, path)]
    followed = (_followed(tree, path, read) for path in named)
    return {path: tree[path] for path in followed if path in tree and tree[path].mode != COMMIT}


def _followed(tree: Tree, path: str, read: Callable[[str], bytes | None]) -> str:
    for _ in range(_MOST_LINKS):
        if path not in tree or tree[path].mode != LINK:
            break
        target = os.fsdecode(read(tree[path].sha) or b"")
        path = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
    return path


@lru_cache(1 << 16)
def means(pattern: str, path: str) -> bool:
    """Whether a pattern of `files:` means a path, both from the catalog's folder."""
    return _leads_to(posixpath.normpath(pattern).split("/"), path.split("/"))


def _leads_to(pattern: Sequence[str], path: Sequence[str]) -> bool:
    if not pattern or not path:
        return not pattern and not path
    if pattern[0] == "**":
        return _leads_to(pattern[1:], path) or (path[0] != ".." and _leads_to(pattern, path[1:]))
    return fnmatchcase(path[0], pattern[0]) and _leads_to(pattern[1:], path[1:])
