"""Real git repositories for tests."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

TEMPLATE = Path(__file__).parent / "data/repository"  # who commits, and none of git's sample hooks


@dataclass(frozen=True)
class GitRepository:
    """A repository, driven by the git command as a person would."""

    path: Path

    @classmethod
    def create(cls, path: Path, *options: str) -> GitRepository:
        template = f"--template={TEMPLATE}"
        subprocess.run(["git", "init", "-q", "-b", "main", template, *options, path], check=True)
        return cls(path)

    def copied(self, path: Path) -> GitRepository:
        """The same repository in another place. Its index describes the files that were copied."""
        return GitRepository(shutil.copytree(self.path, path, symlinks=True))

    def git(self, *arguments: str | Path) -> str:
        return self.raw(*arguments).decode("utf-8", "surrogateescape").rstrip("\n")

    def raw(self, *arguments: str | Path) -> bytes:
        answer = subprocess.run(["git", *arguments], cwd=self.path, capture_output=True, check=False)
        assert answer.returncode == 0, f"git {arguments}: {answer.stderr.decode()}"
        return answer.stdout

    def write(self, name: str, content: bytes) -> Path:
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path

    def commit_all(self, message: str) -> str:
        self.git("add", "--all")
        self.git("commit", "-q", "-m", message)
        return self.git("rev-parse", "HEAD")

    def hook(self, name: str, script: str) -> None:
        path = self.write(f".git/hooks/{name}", f"#!/bin/sh\n{script}\n".encode())
        path.chmod(0o755)

    def state(self) -> dict[str, object]:
        """All that a failed run must leave as it was."""
        return {
            "HEAD": (self.path / ".git/HEAD").read_text(),
            "branches": self.git("for-each-ref"),
            "index": self.raw("ls-files", "--stage", "-v", "-z"),
            "status": self.raw("status", "--porcelain=v2", "--untracked-files=all", "-z"),
            "files": {
                name: (path.read_bytes(), path.lstat().st_mtime_ns, path.lstat().st_mode)
                for path in sorted(self.path.rglob("*"))
                if path.is_file() and ".git" not in (name := str(path.relative_to(self.path))).split("/")
            },
        }
