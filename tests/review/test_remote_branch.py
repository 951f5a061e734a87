"""The review branch on a remote: whose commits it holds, where the base went, what is never dropped."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path

import pytest

from repositories import GitRepository
from workplace import BRANCH, Workplace, ended, rows


@pytest.fixture
def remote(workplace: Workplace, tmp_path: Path) -> GitRepository:
    """The remote of the workplace, on which a proposal waits; the team is back on main."""
    path = tmp_path / "remote.git"
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", path], check=True)
    workplace.team.git("remote", "add", "origin", str(path))
    workplace.team.git("push", "-q", "origin", "main")
    workplace.lists(*rows(o3="2.2"))
    assert workplace.run("sync", "--push").code == 0
    workplace.team.git("switch", "-q", "main")
    return GitRepository(path)


def reviewer(remote: GitRepository, folder: Path, branch: str) -> GitRepository:
    """A clone of somebody else's, on a branch."""
    subprocess.run(["git", "clone", "-q", "-b", branch, remote.path, folder], check=True)
    team = GitRepository(folder)
    team.git("config", "user.name", "Grace")
    team.git("config", "user.email", "grace@example.com")
    return team


def a_note(team: GitRepository) -> None:
    team.write("notes.txt", b"Looked at it.\n")
    team.commit_all("A note")


def a_correction(team: GitRepository) -> None:
    path = team.path / "catalog/providers/openai.yaml"
    path.write_text(path.read_text().replace("input: 2.2,", "input: 2.25,"))
    team.git("commit", "-q", "--all", "--amend", "--no-edit")


def a_merge(team: GitRepository) -> None:
    """What the button `Update branch` of a pull request does."""
    team.git("switch", "-q", "main")
    a_note(team)
    team.git("push", "-q", "origin", "main")
    team.git("switch", "-q", BRANCH)
    team.git("merge", "-q", "--no-edit", "main")


@pytest.mark.fault("git", "a person's commit on the review branch")
@pytest.mark.parametrize("change", [a_note, a_correction, a_merge])
@pytest.mark.parametrize("words", [["--push"], []])
def test_what_a_reviewer_did_there_stays_also_where_a_run_does_not_push(
    workplace, remote, tmp_path, change, words
):
    theirs = reviewer(remote, tmp_path / "reviewer", BRANCH)
    change(theirs)
    theirs.git("push", "-q", "--force", "origin", BRANCH)
    tip = remote.git("rev-parse", BRANCH)
    workplace.team.git("pull", "-q", "origin", "main")
    workplace.team.git("fetch", "-q")
    workplace.lists(*rows(o3="2.1"))
    assert workplace.run("plan").code == 0
    ran = workplace.run("sync", *words)
    assert ran.code == 6
    assert f"origin/{BRANCH}: somebody committed {tip[:10]} to the review branch" in ran.err
    assert remote.git("rev-parse", BRANCH) == tip


def test_a_branch_that_was_deleted_there_stops_nobody_once_git_knows(workplace, remote, tmp_path):
    theirs = reviewer(remote, tmp_path / "reviewer", BRANCH)
    a_note(theirs)
    theirs.git("push", "-q", "origin", BRANCH)
    workplace.team.git("fetch", "-q")
    theirs.git("push", "-q", "--delete", "origin", BRANCH)
    workplace.lists(*rows(o3="2.1"))
    ran = workplace.run("sync")
    assert ran.code == 6
    assert "git fetch --prune origin" in ran.err
    workplace.team.git("fetch", "-q", "--prune", "origin")
    assert workplace.run("sync").code == 0


def made_anew(remote: GitRepository, folder: Path, *change: str) -> None:
    """Let somebody write the base anew, and push that by force."""
    theirs = reviewer(remote, folder, "main")
    theirs.git("commit", "-q", "--amend", *change)
    theirs.git("push", "-q", "--force", "origin", "main")


@pytest.mark.fault("git", "a base that was written anew and pushed by force")
@pytest.mark.parametrize("words", [["--push"], []])
@pytest.mark.parametrize("price", ["2.2", "2.1"])
def test_a_base_that_was_made_anew_with_equal_content_is_nobodys_commit(
    workplace, remote, tmp_path, words, price
):
    made_anew(remote, tmp_path / "other", "-m", "In other words")
    workplace.team.git("fetch", "-q")
    workplace.team.git("reset", "-q", "--hard", "origin/main")
    workplace.lists(*rows(o3=price))
    ran = workplace.run("sync", *words)
    assert ran.code == 0, ran.err
    if words:
        assert remote.git("rev-parse", f"{BRANCH}~1") == remote.git("rev-parse", "main")
        assert f"input: {price}," in remote.git("show", f"{BRANCH}:catalog/providers/openai.yaml")


@pytest.mark.fault("git", "a base that was written anew and pushed by force")
def test_what_is_only_below_the_proposal_is_not_dropped_where_its_content_is_nowhere_else(
    workplace, remote, tmp_path
):
    tip = remote.git("rev-parse", BRANCH)
    theirs = reviewer(remote, tmp_path / "other", "main")
    theirs.git("rm", "-q", "README.md")
    theirs.git("commit", "-q", "--amend", "-m", "Without a readme")
    theirs.git("push", "-q", "--force", "origin", "main")
    workplace.team.git("fetch", "-q")
    workplace.team.git("reset", "-q", "--hard", "origin/main")
    assert workplace.run("sync", "--push").code == 6
    assert remote.git("rev-parse", BRANCH) == tip


def test_who_is_on_the_base_as_it_was_is_told_the_way_to_the_new_one(workplace, remote, tmp_path):
    made_anew(remote, tmp_path / "other", "-m", "In other words")
    ran = workplace.run("sync", "--push")
    assert ran.code == 6
    assert "git reset --keep origin/main" in ran.err
    workplace.team.git("reset", "--keep", "origin/main")
    assert workplace.run("sync", "--push").code == 0


@pytest.mark.fault("interruption", "a run that is killed between its commit, its push and what comes after")
@pytest.mark.parametrize("pushed", [False, True])
def test_a_run_killed_before_or_after_its_push_ends_in_one_branch_with_one_commit(
    workplace, remote, tmp_path, pushed
):
    pid = tmp_path / "pid"
    kill = f"kill -9 $(cat '{pid}')"
    hook = remote.path / "hooks/post-receive" if pushed else workplace.path / ".git/hooks/pre-push"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\n{kill}\nexit 1\n")
    hook.chmod(0o755)
    workplace.lists(*rows(o3="2.1"))
    before = remote.git("rev-parse", BRANCH)
    run = workplace.start("sync", "--push")
    pid.write_text(str(run.pid))
    assert ended(run).code == -signal.SIGKILL
    hook.unlink()
    ran = workplace.run("sync", "--push")
    assert ran.code == 0, ran.err
    assert remote.git("rev-parse", BRANCH) == workplace.team.git("rev-parse", BRANCH) != before
    assert remote.git("rev-list", "--count", f"main..{BRANCH}") == "1"
    assert remote.git("for-each-ref", "--format=%(refname)").split() == [
        "refs/heads/main",
        f"refs/heads/{BRANCH}",
    ]


@pytest.mark.fault("git", "a base that moved on, with what is proposed or without")
def test_what_was_merged_there_is_not_proposed_again_by_who_has_not_got_it(workplace, remote, tmp_path):
    theirs = reviewer(remote, tmp_path / "other", "main")
    theirs.git("merge", "-q", "--squash", f"origin/{BRANCH}")
    theirs.git("commit", "-q", "-m", "openrouter: ~1 (#1)")
    theirs.git("push", "-q", "origin", "main", f":{BRANCH}")
    ran = workplace.run("sync", "--push")
    assert ran.code == 6
    assert "origin/main has a newer catalog than HEAD" in ran.err
    assert "git merge --ff-only origin/main" in ran.err
    workplace.team.git("merge", "-q", "--ff-only", "origin/main")
    assert workplace.run("sync", "--push").code == 0
    assert remote.git("branch", "--format=%(refname:short)") == "main"


@pytest.mark.fault("git", "a base that moved on, with what is proposed or without")
def test_a_base_that_moved_on_elsewhere_stops_nobody(workplace, remote, tmp_path):
    theirs = reviewer(remote, tmp_path / "other", "main")
    a_note(theirs)
    theirs.git("push", "-q", "origin", "main")
    workplace.lists(*rows(o3="2.1"))
    assert workplace.run("sync", "--push").code == 0
    assert "input: 2.1," in remote.git("show", f"{BRANCH}:catalog/providers/openai.yaml")


def test_a_proposal_that_was_squashed_into_the_base_is_not_called_withdrawn(workplace, remote):
    workplace.team.git("merge", "-q", "--squash", BRANCH)
    workplace.team.git("commit", "-q", "-m", "openrouter: ~1 (#1)")
    out = workplace.run("sync").out
    assert (
        f"what it proposes is merged, or upstream says it no more; delete it: git branch -D {BRANCH}" in out
    )
