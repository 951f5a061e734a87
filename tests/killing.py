"""Kills a run at every call by which it touches the disk or starts a process, and looks at what is left.

A program of its own, because it forks: `python killing.py SCENARIO FOLDER` prints how many kills were
survived, or fails with the first one that was not. Nothing of the program under test is replaced: the
interpreter's profiler sees each call before it is made.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType
from typing import Any

import git  # noqa: F401  # so that no kill is spent on importing it

from modelsync.disk import backups, transaction
from modelsync.disk.transaction import FileEdit
from modelsync.git import Repository
from repositories import GitRepository
from thorough import STRIDE

NOW = datetime(2026, 1, 31, 8, 30, tzinfo=UTC)
OLD, NEW = b"gpt: 1  # why\n", b"gpt: 2  # why\n"
BRANCH = "modelsync/openrouter"
STEPS = {"replace", "rename", "unlink", "fork_exec"}
CALLS = {*STEPS, "open", "write", "flush", "fsync", "mkdir", "rmdir", "fchmod", "fchown", "utime", "flock"}
PR_SET_CHILD_SUBREAPER = 36


def killed(run: Callable[[], None], deadly: set[str], at: int) -> bool:
    """Run it in a child that is killed before its deadly call number `at`; False: it has no such call."""
    child = os.fork()
    if child == 0:
        count = 0

        def kill(frame: FrameType, event: str, called: Any) -> None:
            nonlocal count
            if event == "c_call" and called.__name__ in deadly:
                count += 1
                if count == at:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.setprofile(kill)
        run()
        sys.setprofile(None)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    wait_for_orphans()
    assert status == 0 or os.WIFSIGNALED(status), f"the run failed by itself at call {at}"
    return status != 0


def wait_for_orphans() -> None:
    """A git that the killed run had started goes on: wait until it has ended."""
    while True:
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            return


class Files:
    """Two files are replaced, one is made, one is removed."""

    deadly = CALLS

    def __init__(self, root: Path) -> None:
        self.root = root
        self.state = root / ".modelsync"
        (root / "catalog").mkdir(parents=True, exist_ok=True)
        names = {"a": (OLD, NEW), "b": (OLD, NEW), "new": (None, NEW), "gone": (OLD, None)}
        self.edits = [FileEdit(root / f"catalog/{name}.yaml", *both) for name, both in names.items()]
        for edit in self.edits:
            if edit.before:
                edit.path.write_bytes(edit.before)

    def backup(self) -> Path:
        return backups.create(self.root / "backups", self.edits, root=self.root, plan_json=b"{}", now=NOW)

    def run(self) -> None:
        with transaction.lock(self.state):
            backup = self.backup()
            transaction.write(self.edits, root=self.root, state=self.state, backup=backup)
            backups.finish(backup, b"{}")

    def recover(self) -> None:
        with transaction.lock(self.state):
            transaction.recover(self.state, self.root)

    def found(self) -> list[bytes | None]:
        return [transaction.files.read(edit.path) for edit in self.edits]

    def is_old(self) -> bool:
        return self.found() == [edit.before for edit in self.edits]

    def is_new(self) -> bool:
        return self.found() == [edit.after for edit in self.edits]

    def check(self) -> None:
        assert all(
            now in (edit.before, edit.after) for now, edit in zip(self.found(), self.edits, strict=True)
        )
        self.recover()
        assert self.is_old() or self.is_new()
        if self.is_old():
            self.run()
        assert self.is_new()
        self.backup()
        assert not list(self.root.rglob(".modelsync-*")), "nothing is left beside"
        assert all(backup.files for backup in backups.listed(self.root / "backups"))


class Commit(Files):
    """Two files are replaced and one made, and all are committed on the review branch."""

    deadly = STEPS

    def __init__(self, root: Path) -> None:
        made = root.with_name("made")
        if not made.exists():
            self._make(made)
        self.team = GitRepository(made).copied(root)
        super().__init__(root)
        self.edits = [edit for edit in self.edits if edit.after]
        self.base = self.team.git("rev-parse", "HEAD")

    @staticmethod
    def _make(root: Path) -> None:
        """What each kill strikes a copy of."""
        team = GitRepository.create(root)
        Files(root)
        team.write(".gitignore", b"backups\n.modelsync\n")
        team.commit_all("first")
        team.git("branch", BRANCH, team.git("commit-tree", "-p", "HEAD", "-m", "old", "HEAD^{tree}"))
        team.write("mine.txt", b"staged\n")
        team.git("add", "mine.txt")

    def run(self) -> None:
        contents = {edit.path: edit.after for edit in self.edits if edit.after}
        with transaction.lock(self.state):
            repository = Repository.find(self.root)
            repository.preconditions(contents)
            review = repository.review_state(BRANCH, lambda commit: True)
            backup = self.backup()
            with (
                repository.transaction(review),
                transaction.transaction(self.edits, root=self.root, state=self.state, backup=backup),
            ):
                repository.commit(contents, "openrouter: ~2")

    def recover(self) -> None:
        with transaction.lock(self.state):
            repository = Repository.find(self.root)
            repository.recover()
            transaction.recover(self.state, self.root, settled=repository.committed)

    def check(self) -> None:
        tip = self.team.git("rev-parse", BRANCH)
        self.recover()
        if self.is_old():
            assert self.team.git("symbolic-ref", "HEAD") == "refs/heads/main"
            assert self.team.git("log", "-1", "--format=%s", BRANCH) == "old", f"{tip} was not put back"
            self.run()
        assert self.is_new()
        assert self.team.git("status", "--porcelain") == "A  mine.txt"
        assert self.team.git("rev-parse", f"{BRANCH}^", "main").split() == [self.base, self.base]
        assert not list(self.root.rglob(".git/modelsync*"))


def sweep(scenario: str) -> int:
    """Run the scenario in a process of its own; how many kills it survived."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with TemporaryDirectory() as folder:
        command = [sys.executable, "-B", __file__, scenario, folder]
        answer = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr
    return int(answer.stdout)


def main(scenario: str, folder: str) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    kind = {"files": Files, "commit": Commit}[scenario]
    at = 1 - STRIDE
    while True:
        at += STRIDE
        place = kind(Path(folder) / str(at))
        if not killed(place.run, kind.deadly, at):
            break
        place.check()
    print(at // STRIDE)


if __name__ == "__main__":
    main(*sys.argv[1:])
