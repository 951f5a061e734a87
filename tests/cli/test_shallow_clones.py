"""A clone of few commits, as CI makes: what the catalog said lately is fetched where the remote answers."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from repositories import GitRepository
from workplace import Workplace, rows


@pytest.fixture
def workplace(workplace: Workplace) -> Workplace:
    """A price moved from 2 to 3 by a run, and a commit since then."""
    workplace.lists(*rows(o3="3"))
    assert workplace.run("sync", "--no-branch").code == 0
    workplace.team.write("README.md", b"since then\n")
    workplace.team.commit_all("Since then")
    workplace.lists(*rows(o3="2"))
    return workplace


def shallow(workplace: Workplace, folder: Path, depth: int) -> Workplace:
    clone = folder / "clone"
    address = f"file://{workplace.path}"
    subprocess.run(["git", "clone", "-q", f"--depth={depth}", address, clone], check=True)
    team = GitRepository(clone)
    team.git("config", "user.name", "Ada")
    team.git("config", "user.email", "ada@example.com")
    return replace(workplace, team=team)


@pytest.mark.parametrize("depth", [1, 2, 3])
@pytest.mark.parametrize("command", [["plan"], ["sync", "--no-branch"]])
def test_a_price_that_goes_back_is_held_in_a_shallow_clone_too(
    workplace: Workplace, tmp_path: Path, depth: int, command: list[str]
) -> None:
    clone = shallow(workplace, tmp_path, depth)
    refs = clone.team.git("for-each-ref")

    ran = clone.run(*command)

    assert ran.code == 0, ran.err
    assert "back and forth" in ran.out
    assert "shallow" not in ran.out
    assert clone.team.git("for-each-ref") == refs


@pytest.mark.parametrize("remote", ["remove", "set-url"])
def test_where_no_remote_answers_a_shallow_clone_says_what_it_does_not_know(
    workplace: Workplace, tmp_path: Path, remote: str
) -> None:
    clone = shallow(workplace, tmp_path, 1)
    more = [f"file://{tmp_path}/nowhere"] if remote == "set-url" else []
    clone.team.git("remote", remote, "origin", *more)

    ran = clone.run("sync", "--no-branch")

    assert ran.code == 0, ran.err
    assert "back and forth" not in ran.out
    assert "this shallow clone ends within the last 14 days" in ran.out
