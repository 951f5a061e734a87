"""A remote on disk, and each forge that has it, played on loopback."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from played_forge import FORGES, Forge, GitHub
from repositories import GitRepository
from workplace import Workplace


@pytest.fixture
def remote(workplace: Workplace, tmp_path: Path) -> GitRepository:
    """A bare repository with the team's main branch, which is the remote of the workplace."""
    path = tmp_path / "remote.git"
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", path], check=True)
    workplace.team.git("remote", "add", "origin", str(path))
    workplace.team.git("push", "-q", "origin", "main")
    return GitRepository(path)


def played(kind: type[Forge], remote: GitRepository) -> Iterator[Forge]:
    with kind(remote.path) as started:
        yield started
    assert started.wrong == []


@pytest.fixture(params=FORGES, ids=lambda kind: kind.kind)
def forge(request: pytest.FixtureRequest, remote: GitRepository) -> Iterator[Forge]:
    yield from played(request.param, remote)


@pytest.fixture
def github(remote: GitRepository) -> Iterator[Forge]:
    yield from played(GitHub, remote)
