"""Reads two revisions of a catalog from git: its data files, and which files changed. Judges nothing."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from fnmatch import fnmatchcase
from functools import partial
from typing import NamedTuple

import msgspec

from modelsync import config
from modelsync.config import Config, Place
from modelsync.config.place import BACKUP_FOLDER, ENVIRONMENT_FILES, STATE_FOLDER
from modelsync.disk import files
from modelsync.errors import GitRefused, UsageError
from modelsync.git import Repository
from modelsync.git.command import entries
from modelsync.git.facts import CommitFacts
from modelsync.git.tree import NO_FILE, Blob, Tree, means, meant

REGULAR = ("100644", "100755")
_MOST_STEPS = 5
_OF_BACKUPS = ("README.md", ".gitignore")


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
    """Two revisions; all paths are relative to the catalog's folder. `config` is the older one's."""

    since: date  # the day on which the older one was committed, in UTC
    config: Config
    before: dict[str, bytes]
    after: dict[str, bytes]
    touched: tuple[Touched, ...]
    helpers: tuple[str, ...]  # what the newer one has of the program's own files, and of keys
    between: tuple[dict[str, bytes], ...]  # the data files in each commit between the two
    now: BaseNow | None
    commits: tuple[CommitFacts, ...]  # of the newer one that the older one lacks
    committed: dict[str, date]  # by hash, the days of these and of their parents


def read(place: Place, base: str, head: str) -> Revisions:
    """The catalog where `head` (none: the working tree) left `base`, and as `head` has it.

    That is their merge base, or `base` itself where a shallow clone does not know it.
    """
    repository = Repository.find(place.root)
    git = _Git(repository, repository.relative(place.catalog))
    tip = repository.commit_of(head) if head else repository.head.sha
    base_tip = repository.commit_of(base)
    start = git.start(base_tip, tip)
    before = git.tree(start)
    settings = git.config(before, base)
    touched = [
        *git.differences(start, tip if head else ""),
        *([] if head else git.untracked(settings.data_files)),
    ]
    after = {**before, **{item.path: blob for item, blob in touched}}
    after = {name: blob for name, blob in after.items() if blob.mode != NO_FILE}
    data = partial(
        git.data, patterns=settings.data_files, edited=() if head else [one.path for one, _ in touched]
    )
    commits = repository.log(tip, f"^{start}")
    outside = {sha for one in commits for sha in one.parents} - {one.sha for one in commits}
    return Revisions(
        _days_of(repository.log("-1", start))[start],
        settings,
        data(before),
        data(after),
        tuple(item for item, _ in touched),
        tuple(sorted(filter(_is_a_helper, after))),
        tuple(data(git.tree(commit)) for commit in git.between(start, tip, head)),
        None if base_tip == start else git.base_now(base_tip, base),
        commits,
        _days_of((*commits, *(repository.log("--no-walk", *outside) if outside else ()))),
    )


def reviewed(place: Place, revision: str) -> Config:
    """`sync.yaml` as a revision has it. Raises UsageError for an unknown one."""
    repository = Repository.find(place.root)
    git = _Git(repository, repository.relative(place.catalog))
    return git.config(git.tree(repository.commit_of(revision)), revision)


def _days_of(commits: Iterable[CommitFacts]) -> dict[str, date]:
    """By hash, the day (UTC) on which each came to be what it is."""
    return {commit.sha: commit.committed.date() for commit in commits}


def _is_a_helper(path: str) -> bool:
    """Whether it is state, a temporary file or a backup of a run, or has keys: what git is never to take."""
    *folders, name = path.split("/")
    if any(fnmatchcase(part, files.TEMPORARY) for part in (*folders, name)):
        return True
    if name in ENVIRONMENT_FILES:
        return set(folders) <= {".."}
    beside = folders[1] if folders[:1] == [".."] and len(folders) > 1 else ""
    return beside == STATE_FOLDER or (beside == BACKUP_FOLDER and name not in _OF_BACKUPS)


class _Git:
    """What git has of a repository, each file by its path from the catalog's folder."""

    def __init__(self, repository: Repository, folder: str) -> None:
        self._repository, self._git, self._folder = repository, repository.git, folder

    def start(self, base: str, tip: str) -> str:
        """Where the tip left the base, or the base where a shallow clone does not know it."""
        answer = self._git.run("merge-base", base, tip)
        return base if answer.status else os.fsdecode(answer.output).split("\n")[0]

    def between(self, start: str, tip: str, head: str) -> list[str]:
        """The commits after the start and before `head`, none of many: a proposal has one or two."""
        words = ("rev-list", "--first-parent", "--reverse", f"--max-count={_MOST_STEPS}", tip, f"^{start}")
        commits = os.fsdecode(self._git.must(*words)).split()
        return [] if len(commits) == _MOST_STEPS else commits[:-1] if head else commits

    def tree(self, commit: str) -> Tree:
        """All files of a commit."""
        return {self._from_folder(path): blob for path, blob in self._repository.tree_of(commit).items()}

    def differences(self, start: str, tip: str) -> Iterator[tuple[Touched, Blob]]:
        """What differs between a commit and another one, or the files that git tracks in the working tree."""
        options = (
            *("--raw", "-z", "--no-renames", "--no-abbrev", "--no-ext-diff"),
            "--ignore-submodules=dirty",
        )
        tokens = iter(entries(self._git.must("diff", *options, start, *([tip] if tip else []), "--")))
        for facts, path in zip(tokens, tokens, strict=True):
            before, after, _, sha, _ = facts.removeprefix(":").split(" ")
            yield Touched(self._from_folder(path), before, after), Blob(after, sha)

    def untracked(self, patterns: Sequence[str]) -> Iterator[tuple[Touched, Blob]]:
        """New data files that nobody has shown to git yet."""
        words = ("ls-files", "--others", "--exclude-standard", "-z", "--full-name")
        for path in map(self._from_folder, entries(self._git.must(*words))):
            if any(means(pattern, path) for pattern in patterns):
                yield Touched(path, NO_FILE, REGULAR[0]), Blob(REGULAR[0], "0")

    def config(self, tree: Tree, base: str) -> Config:
        """`sync.yaml` of a revision that is named `base`."""
        path = posixpath.normpath(posixpath.join(self._folder, config.CONFIG_FILE))
        if config.CONFIG_FILE not in tree:
            raise UsageError(f"{base} has no {path}", advice="Name a revision in which the catalog is there.")
        (content,) = self._repository.contents([tree[config.CONFIG_FILE].sha])
        return config.parse((content or b"").decode("utf-8", "replace"), where=f"{base}:{path}")

    def base_now(self, tip: str, base: str) -> BaseNow:
        """The settings and data files of the newest commit of the base. Raises CatalogError."""
        tree = self.tree(tip)
        settings = self.config(tree, base)
        return BaseNow(settings, self.data(tree, settings.data_files))

    def data(self, tree: Tree, patterns: Iterable[str], edited: Iterable[str] = ()) -> dict[str, bytes]:
        """The data files by their paths; of a symbolic link the file that it leads to. What is `edited` in
        the working tree is given as git checks it out, for it is compared with that."""
        contents = self._repository.contents
        blobs = meant(tree, patterns, lambda sha: contents([sha])[0])
        stored = {path: blob.sha for path, blob in blobs.items() if blob.sha.strip("0")}
        read = dict(zip(stored, contents(list(stored.values())) if stored else (), strict=True))
        read |= {
            path: files.read(self._repository.root / self._folder / path)
            for path in blobs
            if path not in stored
        }
        read |= {
            path: self._repository.checked_out(
                posixpath.normpath(posixpath.join(self._folder, path)), stored[path]
            )
            for path in stored.keys() & set(edited)
        }
        lost = [path for path, content in read.items() if content is None]
        if lost:
            raise GitRefused(
                "git cannot read this file", where=lost[0], advice="Fetch it: `git fetch --refetch`."
            )
        return {path: content for path in blobs if (content := read[path]) is not None}

    def _from_folder(self, path: str) -> str:
        return posixpath.relpath(path, self._folder)
