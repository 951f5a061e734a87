"""Reads two revisions of a catalog from git: its data files, and which files changed. Judges nothing."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from fnmatch import fnmatchcase
from glob import escape
from pathlib import Path
from typing import NamedTuple

import msgspec

from modelsync import config
from modelsync.config import Config, Place
from modelsync.config.place import BACKUP_FOLDER, STATE_FOLDER
from modelsync.disk import files
from modelsync.errors import GitRefused, UsageError
from modelsync.git import Repository
from modelsync.git.command import Command, entries
from modelsync.git.reading import contents

NO_FILE = "000000"
LINK = "120000"
REGULAR = ("100644", "100755")
_MOST_LINKS = 10
_OF_BACKUPS = ("README.md", ".gitignore")


class Blob(NamedTuple):
    """A file of a revision: its mode and the hash of its content, all zeros for that of the working tree."""

    mode: str
    sha: str


class Touched(NamedTuple):
    """A file that differs between the revisions, and its modes; `NO_FILE` where there is none."""

    path: str
    before: str
    after: str


class BaseNow(msgspec.Struct, frozen=True):
    """The base as it is now, where it went on since the newer revision left it."""

    config: Config
    files: dict[str, bytes]


class Revisions(msgspec.Struct, frozen=True):
    """Two revisions; all paths are relative to the repository's root. `config` is the older one's."""

    root: Path
    since: date  # the day on which the older one was committed, in UTC
    config: Config
    config_path: str
    before: dict[str, bytes]
    after: dict[str, bytes]
    touched: tuple[Touched, ...]
    helpers: tuple[str, ...] = ()  # what the newer one has of the program's own files, and of keys
    now: BaseNow | None = None


def read(place: Place, base: str, head: str) -> Revisions:
    """The catalog where `head` (none: the working tree) left `base`, and as `head` has it.

    That is their merge base, or `base` itself where a shallow clone does not know it.
    """
    repository = Repository.find(place.root)
    root, git = repository.root, Command(repository.root)
    folder = repository.relative(place.catalog)
    tip = _commit(git, head) if head else repository.head.sha
    base_tip = _commit(git, base)
    start = _start(git, base_tip, tip)
    before = _tree(git, start)
    path = _config_path(folder)
    settings = _config(git, before, path, base)
    patterns = [_segments(folder, pattern) for pattern in settings.files]
    touched = [*_differences(git, start, tip if head else ""), *([] if head else _untracked(git, patterns))]
    after = {**before, **{item.path: blob for item, blob in touched}}
    return Revisions(
        root,
        _day(git, start),
        settings,
        path,
        _data(git, before, patterns, root),
        _data(git, {name: blob for name, blob in after.items() if blob.mode != NO_FILE}, patterns, root),
        tuple(item for item, _ in touched),
        tuple(
            sorted(
                name for name, blob in after.items() if blob.mode != NO_FILE and _is_a_helper(name, folder)
            )
        ),
        None if base_tip == start else _now(git, base_tip, base, folder, root),
    )


def _now(git: Command, tip: str, base: str, folder: str, root: Path) -> BaseNow:
    tree = _tree(git, tip)
    settings = _config(git, tree, _config_path(folder), base)
    patterns = [_segments(folder, pattern) for pattern in settings.files]
    return BaseNow(settings, _data(git, tree, patterns, root))


def _config_path(folder: str) -> str:
    return posixpath.normpath(posixpath.join(folder, config.CONFIG_FILE))


def _is_a_helper(path: str, folder: str) -> bool:
    """Whether it is state, a temporary file or a backup of a run, or `.env`: what git is never to take."""
    *folders, name = path.split("/")
    if any(fnmatchcase(part, files.TEMPORARY) for part in (*folders, name)):
        return True
    beside = folder.split("/")[:-1]  # the folder that the catalog lies in
    if name == ".env":
        return folders == folder.split("/")[: len(folders)]
    below = path.split("/")[len(beside) :] if path.split("/")[: len(beside)] == beside else [""]
    return below[0] == STATE_FOLDER or (below[0] == BACKUP_FOLDER and name not in _OF_BACKUPS)


def _commit(git: Command, revision: str) -> str:
    answer = git.run("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    if answer.status or revision.startswith("-"):
        raise UsageError(
            f"no revision {revision} in this repository",
            advice="Fetch it first: `git fetch origin BRANCH`; in CI, check out the whole history.",
        )
    return os.fsdecode(answer.output).strip()


def _start(git: Command, base: str, tip: str) -> str:
    answer = git.run("merge-base", base, tip)
    return base if answer.status else os.fsdecode(answer.output).split("\n")[0]


def _day(git: Command, commit: str) -> date:
    seconds = git.must("show", "--no-patch", "--no-show-signature", "--format=%ct", commit)
    return datetime.fromtimestamp(int(seconds), UTC).date()


def _tree(git: Command, commit: str) -> dict[str, Blob]:
    """All files of a commit."""
    blobs = {}
    for entry in entries(git.must("ls-tree", "-r", "-z", "--full-tree", commit)):
        facts, _, path = entry.partition("\t")
        mode, _, sha = facts.split(" ")
        blobs[path] = Blob(mode, sha)
    return blobs


def _differences(git: Command, start: str, tip: str) -> Iterator[tuple[Touched, Blob]]:
    """What differs between a commit and another one, or the files that git tracks in the working tree."""
    options = ("--raw", "-z", "--no-renames", "--no-abbrev", "--no-ext-diff", "--ignore-submodules=dirty")
    tokens = iter(entries(git.must("diff", *options, start, *([tip] if tip else []), "--")))
    for facts, path in zip(tokens, tokens, strict=True):
        before, after, _, sha, _ = facts.removeprefix(":").split(" ")
        yield Touched(path, before, after), Blob(after, sha)


def _untracked(git: Command, patterns: Sequence[Sequence[str]]) -> Iterator[tuple[Touched, Blob]]:
    """New data files that nobody has shown to git yet."""
    for path in entries(git.must("ls-files", "--others", "--exclude-standard", "-z", "--full-name")):
        if any(_means(pattern, path.split("/")) for pattern in patterns):
            yield Touched(path, NO_FILE, REGULAR[0]), Blob(REGULAR[0], "0")


def _config(git: Command, tree: Mapping[str, Blob], path: str, base: str) -> Config:
    """`sync.yaml` of the older revision."""
    if path not in tree:
        raise UsageError(f"{base} has no {path}", advice="Name a revision in which the catalog is there.")
    (content,) = contents(git, [tree[path].sha])
    return config.parse((content or b"").decode("utf-8", "replace"), where=f"{base}:{path}")


# ---------------------------------------------------------------------------- the data files


def _segments(folder: str, pattern: str) -> tuple[str, ...]:
    """A pattern of `files:`, relative to the root, one glob for each part of a path."""
    parts = [escape(part) for part in folder.split("/") if part != "."]
    for part in pattern.split("/"):
        if part == "..":
            parts = parts[:-1]
        elif part not in ("", "."):
            parts.append(part)
    return tuple(parts)


def _means(pattern: Sequence[str], path: Sequence[str]) -> bool:
    if not pattern or not path:
        return not pattern and not path
    if pattern[0] == "**":
        return _means(pattern[1:], path) or _means(pattern, path[1:])
    return fnmatchcase(path[0], pattern[0]) and _means(pattern[1:], path[1:])


def _data(
    git: Command, tree: Mapping[str, Blob], patterns: Iterable[Sequence[str]], root: Path
) -> dict[str, bytes]:
    """The data files by their paths; of a symbolic link the file that it leads to."""
    named = [path for pattern in patterns for path in tree if _means(pattern, path.split("/"))]
    blobs = {path: tree[path] for path in (_followed(git, tree, path) for path in named) if path in tree}
    stored = {path: blob.sha for path, blob in blobs.items() if blob.sha.strip("0")}
    read = dict(zip(stored, contents(git, list(stored.values())) if stored else (), strict=True))
    read |= {path: files.read(root / path) for path in blobs if path not in stored}
    lost = [path for path, content in read.items() if content is None]
    if lost:
        raise GitRefused(
            "git cannot read this file", where=lost[0], advice="Fetch it: `git fetch --refetch`."
        )
    return {path: content for path in blobs if (content := read[path]) is not None}


def _followed(git: Command, tree: Mapping[str, Blob], path: str) -> str:
    for _ in range(_MOST_LINKS):
        if path not in tree or tree[path].mode != LINK:
            break
        (target,) = contents(git, [tree[path].sha])
        path = posixpath.normpath(posixpath.join(posixpath.dirname(path), os.fsdecode(target or b"")))
    return path
