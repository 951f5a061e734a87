"""One run, one branch, one pull request: on a real remote, and a played GitHub that keeps state."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from played_github import TOKEN, GitHub
from repositories import GitRepository
from workplace import BRANCH, Ran, Workplace, rows


@pytest.fixture
def remote(workplace: Workplace, tmp_path: Path) -> GitRepository:
    """A bare repository with the team's main branch, which is the remote of the workplace."""
    path = tmp_path / "remote.git"
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", path], check=True)
    workplace.team.git("remote", "add", "origin", str(path))
    workplace.team.git("push", "-q", "origin", "main")
    return GitRepository(path)


@pytest.fixture
def github(remote: GitRepository) -> Iterator[GitHub]:
    with GitHub(remote.path) as played:
        yield played


def propose(workplace: Workplace, github: GitHub, *words: str, **prices: str) -> Ran:
    """A run of the day on a fresh main, as a machine of CI does it."""
    workplace.lists(*rows(**prices))
    workplace.team.git("switch", "-q", "main")
    return workplace.run("sync", "--pr", *words, **github.environment)


def test_a_run_opens_one_pull_request_with_its_branch(workplace, remote, github):
    ran = propose(workplace, github, o3="2.2")
    assert ran.code == 0, ran.err
    (pull,) = github.open
    assert (pull["head"]["ref"], pull["base"]["ref"]) == (BRANCH, "main")
    assert pull["title"] == workplace.team.git("log", "-1", "--format=%s", BRANCH)
    assert "| `pricing.input` | 2 | 2.2 |" in pull["body"]
    assert remote.git("rev-parse", BRANCH) == workplace.team.git("rev-parse", BRANCH)
    assert f"{pull['html_url']} (created)" in ran.out


def test_the_result_says_where_it_is(workplace, github):
    answer = json.loads(propose(workplace, github, "--json", o3="2.2").out)
    assert answer["pushed"] == f"origin/{BRANCH}"
    assert answer["pull_request"] == {"number": 1, "url": github.open[0]["html_url"], "state": "created"}


def test_the_next_days_list_updates_the_same_one(workplace, remote, github):
    propose(workplace, github, o3="2.2")
    ran = propose(workplace, github, o3="2.1")
    assert ran.code == 0, ran.err
    (pull,) = github.pulls
    assert "| 2 | 2.1 |" in pull["body"]
    assert remote.git("rev-list", "--count", f"main..{BRANCH}") == "1"


def test_an_equal_list_changes_nothing_on_a_fresh_clone_either(workplace, remote, github, tmp_path):
    propose(workplace, github, o3="2.2")
    tip, pulls = remote.git("rev-parse", BRANCH), json.dumps(github.pulls)
    for place in (workplace, fresh(workplace, remote, tmp_path)):
        ran = propose(place, github, o3="2.2")
        assert ran.code == 0, ran.err
        assert remote.git("rev-parse", BRANCH) == tip
        assert json.dumps(github.pulls) == pulls


def fresh(workplace: Workplace, remote: GitRepository, folder: Path) -> Workplace:
    """A clone that knows nothing of what a run on another machine did."""
    clone = folder / "clone"
    subprocess.run(["git", "clone", "-q", str(remote.path), clone], check=True)
    team = GitRepository(clone)
    team.git("config", "user.name", "Ada")
    team.git("config", "user.email", "ada@example.com")
    return replace(workplace, team=team)


def test_a_fresh_clone_updates_what_another_machine_proposed(workplace, remote, github, tmp_path):
    propose(workplace, github, o3="2.2")
    ran = propose(fresh(workplace, remote, tmp_path), github, o3="2.1")
    assert ran.code == 0, ran.err
    (pull,) = github.pulls
    assert "| 2 | 2.1 |" in pull["body"]
    assert remote.git("rev-list", "--count", f"main..{BRANCH}") == "1"


def test_a_commit_of_a_reviewer_on_the_branch_is_kept(workplace, remote, github, tmp_path):
    propose(workplace, github, o3="2.2")
    reviewer = GitRepository(fresh(workplace, remote, tmp_path).path)
    reviewer.git("switch", "-q", BRANCH)
    reviewer.write("notes.txt", b"Looked at it.\n")
    theirs = reviewer.commit_all("A note")
    reviewer.git("push", "-q", "origin", BRANCH)
    body = github.open[0]["body"]
    ran = propose(workplace, github, o3="2.1")
    assert ran.code == 6
    assert f"somebody committed {theirs[:10]} to the review branch" in ran.err
    assert (remote.git("rev-parse", BRANCH), github.open[0]["body"]) == (theirs, body)


def test_a_base_that_moved_on_is_what_the_proposal_begins_on(workplace, remote, github):
    propose(workplace, github, o3="2.2")
    workplace.team.git("switch", "-q", "main")
    workplace.team.write("README.md", b"Prices.\n")
    workplace.team.commit_all("A readme")
    workplace.team.git("push", "-q", "origin", "main")
    assert propose(workplace, github, o3="2.2").code == 0
    assert remote.git("rev-parse", f"{BRANCH}~1") == remote.git("rev-parse", "main")


def test_what_is_not_pushed_goes_into_no_proposal(workplace, github):
    workplace.team.write("secret.txt", b"not yet\n")
    workplace.team.commit_all("Not pushed")
    ran = propose(workplace, github, o3="2.2")
    assert ran.code == 6
    assert "HEAD has commits that origin/main has not" in ran.err
    assert github.asked == []


def test_nor_does_it_from_the_review_branch_itself(workplace, remote, github):
    workplace.team.write("secret.txt", b"not yet\n")
    workplace.team.commit_all("Not pushed")
    workplace.lists(*rows(o3="2.2"))
    assert workplace.run("sync").code == 0
    assert workplace.team.git("symbolic-ref", "--short", "HEAD") == BRANCH
    ran = workplace.run("sync", "--push", **github.environment)
    assert ran.code == 6
    assert "HEAD has commits that origin/main has not" in ran.err
    assert remote.git("for-each-ref", "--format=%(refname)") == "refs/heads/main"


def test_what_was_committed_before_is_pushed_from_the_review_branch(workplace, remote, github):
    workplace.lists(*rows(o3="2.2"))
    assert workplace.run("sync").code == 0
    ran = workplace.run("sync", "--push", **github.environment)
    assert ran.code == 0, ran.err
    assert remote.git("rev-parse", BRANCH) == workplace.team.git("rev-parse", BRANCH)


@pytest.mark.parametrize(
    ("at", "failure"),
    [
        (3, (502, "Bad Gateway", True)),
        (3, (422, "A pull request already exists for acme", True)),
        (3, (502, "Bad Gateway", False)),
        (1, (403, "Resource not accessible by integration", False)),
        (3, (403, "GitHub Actions is not permitted to create or approve pull requests.", False)),
        (3, (422, "Validation Failed", False)),
    ],
)
def test_there_is_exactly_one_pull_request_whatever_github_answers(workplace, github, at, failure):
    github.failures[at] = failure
    ran = propose(workplace, github, o3="2.2")
    if ran.code:
        assert ran.code == 6
        assert "GitHub" in ran.err
        assert "Traceback" not in ran.err
    assert propose(workplace, github, o3="2.2").code == 0
    assert len(github.pulls) == 1


def test_a_missing_right_is_named_with_the_setting_that_grants_it(workplace, github):
    github.failures[3] = (403, "GitHub Actions is not permitted to create or approve pull requests.", False)
    ran = propose(workplace, github, o3="2.2")
    assert "Allow GitHub Actions to create and approve pull requests" in ran.err
    assert "pull-requests: write" in ran.err
    assert "Committed" in ran.out


def test_a_push_that_is_refused_leaves_the_commit_and_says_why(workplace, remote, github):
    hook = remote.path / "hooks/pre-receive"
    hook.write_text("#!/bin/sh\necho protected branch >&2\nexit 1\n")
    hook.chmod(0o755)
    ran = propose(workplace, github, o3="2.2")
    assert ran.code == 6
    assert ran.err.splitlines()[:2] == [
        f"modelsync: origin/{BRANCH}: the remote protects the branch",
        "  remote: protected branch",
    ]
    assert workplace.team.git("rev-list", "--count", f"main..{BRANCH}") == "1"
    hook.unlink()
    assert propose(workplace, github, o3="2.2").code == 0
    assert len(github.open) == 1


def test_the_token_is_shown_nowhere(workplace, github):
    github.failures[3] = (403, f"the token {TOKEN} may not", False)
    ran = propose(workplace, github, "-v", o3="2.2")
    assert TOKEN not in ran.out + ran.err


@pytest.mark.parametrize("words", [["--no-commit"], ["--no-branch"]])
def test_a_run_without_a_review_branch_has_nothing_to_propose(workplace, github, words):
    assert propose(workplace, github, *words, o3="2.2").code == 2


def test_without_a_token_or_a_remote_it_is_said_before_anything_is_done(workplace, github):
    workplace.lists(*rows(o3="2.2"))
    before = workplace.team.git("for-each-ref")
    ran = workplace.run("sync", "--pr", **{**github.environment, "GITHUB_TOKEN": ""})
    assert (ran.code, workplace.team.git("for-each-ref")) == (6, before)
    assert workplace.team.git("status", "--porcelain", "catalog") == ""
    assert "GITHUB_TOKEN or GH_TOKEN" in ran.err
    workplace.team.git("remote", "remove", "origin")
    ran = workplace.run("sync", "--push")
    assert ran.code == 6
    assert "there is no remote origin" in ran.err


def test_push_alone_asks_no_forge(workplace, remote, github):
    workplace.lists(*rows(o3="2.2"))
    ran = workplace.run("sync", "--push", **github.environment)
    assert ran.code == 0, ran.err
    assert remote.git("rev-parse", BRANCH) == workplace.team.git("rev-parse", BRANCH)
    assert github.asked == []


def test_closing_it_unmerged_declines_its_changes_on_any_machine(workplace, remote, github, tmp_path):
    propose(workplace, github, o3="2.2", o1="15.5")
    github.pulls[0]["state"] = "closed"
    workplace.team.git("push", "-q", "origin", "--delete", BRANCH)
    ran = propose(fresh(workplace, remote, tmp_path), github, o3="2.2", o1="15.5")
    assert (ran.code, github.open) == (0, [])
    assert "declined in #1" in ran.out
    again = propose(fresh(workplace, remote, tmp_path / "second"), github, o3="2.3", o1="15.5")
    assert again.code == 0, again.err
    (pull,) = github.open
    assert "| 2 | 2.3 |" in pull["body"]
    assert "15.5" not in pull["body"].partition("declined in #1")[0].partition("Held")[0]


def test_what_was_declined_is_accepted_by_its_name(workplace, remote, github, tmp_path):
    propose(workplace, github, o3="2.2")
    github.pulls[0]["state"] = "closed"
    workplace.team.git("push", "-q", "origin", "--delete", BRANCH)
    ran = propose(fresh(workplace, remote, tmp_path), github, "--accept", "openai/o3:pricing.input", o3="2.2")
    assert ran.code == 0, ran.err
    assert "| 2 | 2.2 |" in github.open[0]["body"]
    assert "nothing is held by this name" not in ran.out


def test_merging_it_declines_nothing(workplace, remote, github, tmp_path):
    propose(workplace, github, o3="2.2")
    github.pulls[0].update(state="closed", merged_at="2026-03-01T00:00:00Z")
    assert propose(fresh(workplace, remote, tmp_path), github, o3="2.2").code == 0
    assert len(github.open) == 1


def test_a_body_that_somebody_edited_declines_nothing(workplace, remote, github, tmp_path):
    propose(workplace, github, o3="2.2")
    pull = github.pulls[0]
    pull["state"], pull["body"] = "closed", pull["body"].replace("modelsync:changes e", "modelsync:changes f")
    assert propose(fresh(workplace, remote, tmp_path), github, o3="2.2").code == 0
    assert len(github.open) == 1
