"""The review branch as a run sees it: what it proposes already, and the one commit that is made on it.

Git is loaded only when there is something to commit: a run that changes nothing does without it.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import KW_ONLY, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from modelsync import catalog
from modelsync.catalog import Rewrite, Shape
from modelsync.config import CONFIG_FILE, ENVIRONMENT_FILES, Place
from modelsync.disk import files, git_folders, transaction
from modelsync.errors import CatalogError, GitRefused
from modelsync.records import Catalog
from modelsync.review.digest import digest

if TYPE_CHECKING:
    from modelsync.git import CommitFacts, Head, Repository, ReviewBranch


class Proposed(NamedTuple):
    """The files that a review branch changes, by meaning: as it was made on them, and as it has them."""

    before: Catalog
    after: Catalog
    rules: tuple[bytes | None, bytes | None]  # `sync.yaml`, where it changes that


class Rewritten(GitRefused):
    """A hook, as a formatter, wrote the files in its own way: `edited` is what there is to commit instead."""

    def __init__(self, edited: Sequence[Rewrite]) -> None:
        super().__init__(
            "a hook writes these files in another way each time",
            where=", ".join(item.file.name for item in edited),
            advice="Look at the hooks of the repository.",
        )
        self.edited = edited


@dataclass
class Review:
    """One run's way into git. Raises GitRefused; with `commits` false it is a way around git."""

    place: Place
    branch: str
    _: KW_ONLY
    commits: bool
    own_branch: bool
    remote: str = ""  # whose copy of the branch, as last fetched, counts too; empty: the run asks it itself
    hidden: Collection[str] = ()  # environment variables with keys
    recovered: tuple[str, ...] = ()
    _ours: dict[str, bool] = field(default_factory=dict, init=False, repr=False)  # by commit

    def expect_repository(self) -> None:
        """That a commit can be made at all, as far as that can be seen without git."""
        if not self.commits or self.place.is_in_git:
            return
        what, where = "not in a git repository", self.place.root
        advice = "Run `git init` and commit the catalog, or say --no-commit."
        if (self.place.catalog / ".git").exists():
            what, where = (
                "the catalog is all of its repository, and has to be a folder in it",
                self.place.catalog,
            )
            advice = "Move it into one: `mkdir catalog`, then `git mv` all of it there; or say --no-commit."
        raise GitRefused(what, where=str(where), advice=advice)

    @cached_property
    def repository(self) -> Repository:
        from modelsync import git

        return git.Repository.find(self.place.root, self.hidden)

    @cached_property
    def _state(self) -> ReviewBranch:
        return self.repository.review_state(self.branch, self.is_ours)

    def expect_ours(self) -> None:
        """That nobody but us committed to the review branch, nor did a run of another catalog."""
        there = f"refs/remotes/{self.remote}/{self.branch}"
        if self.remote and self.commits and self.own_branch and git_folders.may_have(self.place.top, there):
            copy = self.repository.review_state(self.branch, self.is_ours, self.remote)
            way_out = f"Merge it, or delete the branch there; then `git fetch --prune {self.remote}`, and"
            _expect_nobodys(copy, f"{self.remote}/{self.branch}", way_out)
        if not self._may_be_there:
            return
        way_out = f"Merge it, or delete it: `git branch -D {self.branch}`; then"
        _expect_nobodys(self._state, self.branch, way_out)
        if self._state.commits and not self._is_of_this(self._state.commits[0]):
            raise GitRefused(
                "another catalog of this repository proposes on this branch",
                where=self.branch,
                advice="Name another one under `review` in sync.yaml.",
            )

    def proposed(self, shape: Shape) -> Proposed | None:
        """What the review branch says where it differs from what it was made on; None if it does nowhere."""
        if not self._contents:
            return None
        sides = self._contents | (self._sides([self.place.catalog / shape.follows]) if shape.follows else {})
        folder = name_of(self.place.catalog, self.place)
        named = {os.path.relpath(name, folder): both for name, both in sides.items()}
        rules = named.pop(CONFIG_FILE, (None, None))
        before = {name: content for name, (content, _) in named.items()}
        after = {name: content for name, (_, content) in named.items()}
        return Proposed(_meaning(before, shape), _meaning(after, shape), rules)

    def is_proposed(self, edited: Sequence[Rewrite]) -> bool:
        """Whether the review branch holds exactly these changes, as they are or as a hook wrote them."""
        if not self._contents:
            return False
        wanted = {name_of(item.file.path, self.place): item for item in edited}
        return wanted.keys() == self._contents.keys() and all(
            _as_stored(after) == _as_stored(wanted[name].content)
            or (_as_stored(before) == _as_stored(wanted[name].file.content) and wanted[name].laid_out(after))
            for name, (before, after) in self._contents.items()
        )

    @property
    def is_here(self) -> bool:
        return self.repository.head.name == self.branch

    @property
    def tip(self) -> str:
        """The commit that the review branch is at; nothing where there is none."""
        return self.repository.tip_of(f"refs/heads/{self.branch}")

    @property
    def begins_at_head(self) -> bool:
        """Whether what the review branch proposes was made on the commit that HEAD is at."""
        return bool(self._own) and self._own[-1].parents == (self.repository.head.sha,)

    @property
    def _may_be_there(self) -> bool:
        """Whether there may be such a branch, and HEAD not be on it."""
        ref = f"refs/heads/{self.branch}"
        is_mine = self.commits and self.own_branch and git_folders.may_have(self.place.top, ref)
        return is_mine and files.read(git_folders.own(self.place.top) / "HEAD") != f"ref: {ref}\n".encode()

    @cached_property
    def _contents(self) -> dict[str, tuple[bytes | None, bytes | None]]:
        """What the review branch changes: the bytes that it was made on, and those that it has, by name."""
        if not self._may_be_there or self._state.theirs or self._state.here:
            return {}
        changed = sorted({path for commit in self._own for path in commit.paths})
        paths = (self.repository.root / path for path in changed)
        return {name: (old, new) for name, (old, new) in self._sides(paths).items() if old != new}

    @property
    def _own(self) -> list[CommitFacts]:
        """The commits of the review branch that are of this catalog."""
        return [commit for commit in self._state.commits if self._is_of_this(commit)]

    def _sides(self, paths: Iterable[Path]) -> dict[str, tuple[bytes | None, bytes | None]]:
        """Files as the review branch was made on them, and as it has them, by name."""
        if not self._own:
            return {}
        show, tip, (base, *_) = self.repository.show, self._state.tip, self._own[-1].parents
        return {name_of(path, self.place): (show(base, path), show(tip, path)) for path in paths}

    def expect_free(self, paths: Sequence[Path]) -> None:
        """Nobody's work is in the way of a commit of these files."""
        if self.commits:
            self.repository.preconditions(paths)
            self.expect_ours()

    @contextmanager
    def transaction(self) -> Iterator[Head | None]:
        """Around writing and committing: if it fails, branch, HEAD and index are as before.

        Gives where HEAD was; None where nothing is committed.
        """
        if not self.commits:
            yield None
            return
        with self.repository.transaction(self._state if self.own_branch else None) as head:
            yield head

    def way_on(self, head: Head | None, commit: str) -> str:
        """The command that pushes the commit, where the run does not do that itself."""
        branch = self.branch if self.own_branch else (head.ref.removeprefix("refs/heads/") if head else "")
        if not (self.remote and branch and commit):
            return ""
        return self.repository.remote(self.remote).way_to(branch, commit)

    def ways_back(self, head: Head | None, commit: str) -> tuple[str, str]:
        """The command that returns to where HEAD was, if it was elsewhere, and the one that takes the commit
        back: a proposal goes with its branch."""
        if head is None or not commit:
            return "", ""
        if self.own_branch and head.name != self.branch:
            return head.way_back, f"{head.way_back} && git branch -D {shlex.quote(self.branch)}"
        if self.own_branch:
            return "", f"git reset --keep {commit[:10]}~1"
        return "", f"git revert --no-edit {commit[:10]}"

    def commit(self, edited: Sequence[Rewrite], message: str) -> str:
        """The commit's SHA; nothing where the edit is left to the person.

        Raises Rewritten where a hook wrote the files in another way, and they say what they were to say.
        """
        if not self.commits:
            return ""
        try:
            return self.repository.commit({item.file.path: item.content for item in edited}, message)
        except GitRefused as refused:
            texts = [files.read(item.file.path) for item in edited]
            laid_out = [item.laid_out(text) for item, text in zip(edited, texts, strict=True)]
            if not all(laid_out) or texts == [item.content for item in edited]:
                raise
            raise Rewritten([item for item in laid_out if item]) from refused

    def is_ours(self, commit: CommitFacts) -> bool:
        """A commit is a run's if it has one parent, its digest recomputes from what it changed, and it only
        writes texts. Each is looked at once: that reads all files that it changed."""
        if commit.sha not in self._ours:
            self._ours[commit.sha] = self._recomputes(commit)
        return self._ours[commit.sha]

    def _recomputes(self, commit: CommitFacts) -> bool:
        claimed = commit.trailer("Modelsync-Digest")
        if not claimed or len(commit.parents) != 1 or not all(blobs.keeps_mode for blobs in commit.blobs):
            return False
        root, place = self.repository.root, self.place
        changes = {name_of(root / path, place): sides for path, *sides in commit.changes()}
        if not all(after for _, after in changes.values()):  # no run empties or removes a file
            return False
        try:
            return claimed == digest(
                {
                    name: (catalog.parse(name, before) if before else None, catalog.parse(name, after or b""))
                    for name, (before, after) in changes.items()
                }
            )
        except CatalogError:
            return False

    def _is_of_this(self, commit: CommitFacts) -> bool:
        """Whether it is this catalog's: where HEAD is on another's proposal, a run begins on top of that."""
        return commit.trailer("Modelsync-Catalog") == self.place.name


def would_be_taken(place: Place) -> list[Path]:
    """The files with keys that git would commit: not ignored, or tracked already."""
    folders = dict.fromkeys((place.root, place.catalog, place.top))
    there = [path for folder in folders for name in ENVIRONMENT_FILES if (path := folder / name).is_file()]
    if not there or not place.is_in_git:
        return []
    from modelsync import git

    return [path for path in there if not git.ignores(path)]


def expect_whole(place: Place, patterns: Sequence[str]) -> None:
    """That git's sparse checkout has all data files here: of a part, each model of the rest would be new."""
    if (git_folders.own(place.top) / "info/sparse-checkout").exists():
        from modelsync import git

        git.Repository.find(place.root).expect_whole(place.catalog, patterns)


def name_of(path: Path, place: Place) -> str:
    """A file's name in digests, the same for all catalogs of a repository: of what a symlink leads to."""
    return Path(os.path.relpath(os.path.realpath(path), os.path.realpath(place.top))).as_posix()


def _as_stored(content: bytes | None) -> bytes:
    """With the ends of lines that git may keep, whatever the working tree has."""
    return (content or b"").replace(b"\r\n", b"\n")


def _meaning(contents: Mapping[str, bytes | None], shape: Shape) -> Catalog:
    documents = {name: catalog.parse(name, content) for name, content in contents.items() if content}
    return catalog.meaning(documents, shape)


def digest_of(place: Place, edited: Sequence[Rewrite]) -> str:
    """What the edits mean, as one number; nothing where there are none."""
    if not edited:
        return ""
    return digest(
        {
            name_of(item.file.path, place): (item.file.document if item.file.content else None, item.document)
            for item in edited
        }
    )


def is_half_done(place: Place) -> bool:
    """Whether a killed run may have left something to undo."""
    notes = (place.state / transaction.JOURNAL, git_folders.own(place.top) / git_folders.MARKER)
    return any(path.exists() for path in notes)


class StateTracked(GitRefused):
    """A branch that somebody made says what a run has left half done: nobody else may say that."""

    def __init__(self, state: Path) -> None:
        super().__init__(
            "git tracks this folder, in which only runs note what they are doing: nothing in it is believed",
            where=str(state),
            advice=f"Take it out: `git rm -r --cached {state.name}`.",
        )


def recover(place: Place) -> tuple[str, ...]:
    """Undo what a killed run left half done, and say so; the caller holds the lock."""
    if not is_half_done(place):
        return ()
    if not place.is_in_git:
        return transaction.recover(place.state, place.top)
    from modelsync import git

    repository = git.Repository.find(place.root)
    if repository.tracks(place.state):
        raise StateTracked(place.state)
    return (*repository.recover(), *transaction.recover(place.state, place.top, settled=repository.committed))


def _expect_nobodys(branch: ReviewBranch, where: str, way_out: str) -> None:
    if branch.theirs:
        raise GitRefused(
            f"somebody committed {branch.theirs[:10]} to the review branch, and that must not be lost",
            where=where,
            advice=f"{way_out} run the command again.",
        )
