"""A working tree of the base that is nobody's own, in which a server's jobs run."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Collection
from contextlib import suppress
from pathlib import Path

from modelsync.config import Place
from modelsync.disk import files, git_folders
from modelsync.errors import GitRefused
from modelsync.git import Repository
from modelsync.records import ReviewPolicy
from modelsync.review.base import Base, known_base, newest_base
from modelsync.review.branch import StateTracked


class Worktree:
    """The working tree in a folder, of the repository that the catalog at `place` lies in.

    `asks` whether the remote is asked where the base is; `proposes_on` tells which branches are no base. Its
    methods raise GitRefused.
    """

    def __init__(
        self,
        place: Place,
        folder: Path,
        policy: ReviewPolicy,
        proposes_on: Callable[[str], bool],
        *,
        asks: bool = False,
        hidden: Collection[str] = (),
    ) -> None:
        self._of, self._folder, self._policy = place, folder, policy
        self._proposes_on, self._asks, self._hidden = proposes_on, asks, hidden

    @property
    def place(self) -> Place:
        """Where the catalog is in it."""
        return Place(self._folder / self._of.catalog.relative_to(self._of.top), self._of)

    def base(self) -> Base:
        """The base as it is known here; a remote is asked only where nothing was fetched from it as yet."""
        repository = self._repository()
        try:
            return known_base(repository, self._policy, self._proposes_on, only_there=self._asks)
        except GitRefused:
            if self._asks:
                return self._base(repository)
            raise

    def unlock(self) -> bool:
        """Take it over from a job that was killed, and git with it: git's lock in it is nobody's, for nobody
        else works there. False where there is no such working tree of the repository."""
        try:
            self._expect_of(self._repository())
        except GitRefused:
            return False
        with files.disk_faults("removing git's lock", self._folder):
            files.remove(git_folders.own(self._folder) / "index.lock")
        return True

    def bring(self, base: Base | None = None) -> Base:
        """Have it at the base, or where that was just now. What a killed job left half done is to be undone
        before."""
        repository = self._repository()
        if repository.tracks(self._of.state):
            raise StateTracked(self._of.state)
        files.own_folder(self._of.state)
        files.own_folder(self._folder.parent)
        base = base or self._base(repository)
        try:
            self._expect_of(repository)
            Repository.find(self._folder).put_at(base.commit)
        except GitRefused:
            self._begin(repository, base)
        if not self.place.config_file.is_file():
            raise GitRefused(
                f"{base.branch} has no {self._of.config_file.relative_to(self._of.top)}",
                where=str(self._of.top),
                advice="Commit the catalog there, or name another base under `review` in sync.yaml.",
            )
        return base

    def leave(self, base: Base) -> None:
        """Go from the review branch back to the base, so that a person may switch to that branch."""
        with suppress(GitRefused):  # the next job sets it right
            Repository.find(self._folder).put_at(base.commit)

    def _repository(self) -> Repository:
        return Repository.find(self._of.root, self._hidden)

    def _base(self, repository: Repository) -> Base:
        if self._asks:
            return newest_base(repository, self._policy)
        return known_base(repository, self._policy, self._proposes_on, only_there=False)

    def _expect_of(self, repository: Repository) -> None:
        """That it is there, and one of this repository."""
        is_there = (self._folder / ".git").is_file() and git_folders.own(self._folder).is_dir()
        if not is_there or git_folders.shared(self._folder) != git_folders.shared(repository.root):
            raise GitRefused("is no working tree of the repository", where=str(self._folder))

    def _begin(self, repository: Repository, base: Base) -> None:
        with files.disk_faults("removing", self._folder):
            if self._folder.exists():
                shutil.rmtree(self._folder)
        repository.add_worktree(self._folder, base.commit)
