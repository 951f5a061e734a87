"""The files of a commit: their modes and hashes, and which of them a pattern means. Pure."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Callable, Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import NamedTuple

NO_FILE = "000000"
LINK = "120000"
COMMIT = "160000"  # of another repository, which is no file
_MOST_LINKS = 10


class Blob(NamedTuple):
    """A file of a revision: its mode and the hash of its content, all zeros for that of the working tree."""

    mode: str
    sha: str


Tree = Mapping[str, Blob]


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
