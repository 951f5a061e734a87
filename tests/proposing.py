"""Runs that propose, on the machine of a day and on fresh ones."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

from played_forge import Forge
from repositories import GitRepository
from workplace import Ran, Workplace, rows


def propose(workplace: Workplace, forge: Forge, *words: str, **prices: str | None) -> Ran:
    """A run of the day on the newest main, as a machine of CI does it."""
    workplace.lists(*rows(**prices))
    return run(workplace, forge, *words)


def run(workplace: Workplace, forge: Forge, *words: str, **environment: str) -> Ran:
    workplace.team.git("switch", "-q", "main")
    workplace.team.git("pull", "-q", "--ff-only", "origin", "main")
    return workplace.run("sync", "--pr", *words, **forge.environment, **environment)


def fresh(workplace: Workplace, remote: GitRepository, folder: Path) -> Workplace:
    """A clone that knows nothing of what a run on another machine did."""
    clone = folder / "clone"
    subprocess.run(["git", "clone", "-q", str(remote.path), clone], check=True)
    team = GitRepository(clone)
    team.git("config", "user.name", "Ada")
    team.git("config", "user.email", "ada@example.com")
    return replace(workplace, team=team)


def ruled(workplace: Workplace, more: str) -> None:
    """Have `sync.yaml` on the remote's main say this too."""
    workplace.team.git("switch", "-q", "main")
    workplace.configure(more)
    workplace.team.commit_all("Rules")
    workplace.team.git("push", "-q", "origin", "main")
