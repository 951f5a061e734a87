"""`check --against REV --status`: reviewers see on the commit, on each forge, how the second look went."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from played_forge import FORGES, TOKEN, Failure, Forge
from repositories import GitRepository
from workplace import Workplace, rows


@pytest.fixture
def remote(workplace: Workplace, tmp_path: Path) -> GitRepository:
    path = tmp_path / "remote.git"
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", path], check=True)
    workplace.team.git("remote", "add", "origin", str(path))
    workplace.lists(*rows(o3="2.2"))
    assert workplace.run("sync").code == 0
    workplace.team.git("push", "-q", "origin", "main", "HEAD")
    return GitRepository(path)


@pytest.mark.parametrize("forge", FORGES, ids=lambda kind: kind.kind)
def test_the_commit_says_on_each_forge_how_it_went(workplace, remote, forge: type[Forge]):
    good = workplace.team.git("rev-parse", "HEAD")
    workplace.edit("# who pays", "")
    bad = workplace.team.commit_all("theirs")
    with forge(remote.path) as played:
        for head, code in ((good, 0), (bad, 5)):
            words = ("check", "--against", "main", "--head", head, "--status")
            ran = workplace.run(*words, **played.environment)
            assert ran.code == code, ran.err
        assert played.wrong == []
    ((passed,), (doubted,)) = played.statuses[good], played.statuses[bad]
    assert (passed["state"], passed["description"]) == ("success", "nothing that needs a second look")
    assert doubted["state"] in ("failure", "failed")
    assert doubted["description"] == "1 thing needs a second look"


def test_a_status_that_the_forge_refuses_is_told_with_the_right_that_is_missing(workplace, remote):
    with FORGES[0](remote.path) as played:
        played.failures["status"] = Failure(403, "Resource not accessible by integration")
        ran = workplace.run("check", "--against", "main", "--status", **played.environment)
    assert ran.code == 6
    assert "statuses: write" in ran.err
    assert TOKEN not in ran.err


@pytest.mark.parametrize("words", [["--status"], ["--status", "--worktree", "--against", "main"]])
def test_a_status_is_of_a_commit(workplace, words):
    assert workplace.run("check", *words).code == 2
