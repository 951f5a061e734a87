"""What a run prints as the next step works as it stands there; what only reads refuses for no branch."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace

import pytest

from repositories import GitRepository
from workplace import BRANCH, rows


def printed(out: str, name: str) -> str:
    match = re.search(rf"^ *{name}:? +(.+)$", out, re.MULTILINE)
    return match[1] if match else ""


def shell(workplace, command: str) -> None:
    command = command.replace("modelsync ", f"{sys.executable} -m modelsync ", 1)
    subprocess.run(["bash", "-ec", command], cwd=workplace.team.path, check=True, capture_output=True)


def on_main(workplace) -> list[str]:
    return []


def on_a_commit(workplace) -> list[str]:
    workplace.team.git("switch", "-q", "--detach")
    return []


def without_a_branch(workplace) -> list[str]:
    return ["--no-branch"]


def on_a_branch_of_an_odd_name(workplace) -> list[str]:
    workplace.team.git("switch", "-q", "-c", "it's/$HOME;x")
    return []


def on_the_review_branch(workplace) -> list[str]:
    workplace.team.git("switch", "-q", "-c", BRANCH)
    return []


def where_a_proposal_is(workplace) -> list[str]:
    workplace.lists(*rows(o3="2.5"))
    assert workplace.run("sync").code == 0
    workplace.team.git("switch", "-q", "main")
    return []


STARTS = [
    on_main,
    on_a_commit,
    without_a_branch,
    on_a_branch_of_an_odd_name,
    on_the_review_branch,
    where_a_proposal_is,
]


@pytest.mark.parametrize("start", STARTS)
def test_the_printed_undo_leaves_nothing_behind_and_the_run_can_be_made_again(workplace, start):
    words = start(workplace)
    head, before = workplace.team.git("rev-parse", "HEAD^{tree}"), workplace.team.git("status", "--porcelain")
    workplace.lists(*rows(o3="3"))
    ran = workplace.run("sync", *words)
    assert "Committed" in ran.out
    shell(workplace, printed(ran.out, "undo"))
    assert workplace.team.git("rev-parse", "HEAD^{tree}") == head
    assert workplace.team.git("status", "--porcelain") == before
    again = workplace.run("sync", *words)
    assert again.code == 0
    assert ("back and forth" if words else "Committed") in again.out  # what a person reverts is doubted


def where_a_proposal_was_pushed(workplace) -> list[str]:
    where_a_proposal_is(workplace)
    workplace.team.git("push", "-q", "team", BRANCH)
    return []


def with_a_tag_of_its_name(workplace) -> list[str]:
    workplace.team.git("tag", BRANCH)
    return []


@pytest.mark.parametrize(
    "start", [on_main, without_a_branch, where_a_proposal_was_pushed, with_a_tag_of_its_name]
)
def test_the_printed_push_puts_the_commit_on_the_remote(workplace, tmp_path, start):
    subprocess.run(["git", "init", "-q", "--bare", tmp_path / "remote"], check=True)
    workplace.configure("review: {remote: team}\n")
    workplace.team.commit_all("Another name")
    workplace.team.git("remote", "add", "team", tmp_path / "remote")
    words = start(workplace)
    workplace.lists(*rows(o3="3"))
    push = printed(workplace.run("sync", *words).out, "push")
    shell(workplace, push)
    branch = workplace.team.git("branch", "--show-current")
    there = workplace.team.git("ls-remote", "team", f"refs/heads/{branch}")
    assert there.split()[0] == workplace.team.git("rev-parse", "HEAD")


def test_no_push_is_printed_where_there_is_no_remote_or_no_branch(workplace, tmp_path):
    workplace.lists(*rows(o3="3"))
    assert printed(workplace.run("sync").out, "push") == ""
    workplace.team.git("remote", "add", "origin", tmp_path)
    workplace.team.git("switch", "-q", "--detach", "main")
    assert printed(workplace.run("sync", "--no-branch").out, "push") == ""


def test_from_outside_the_repository_what_is_printed_begins_with_the_way_there(workplace, tmp_path):
    other = GitRepository.create(tmp_path / "other")
    other.git("commit", "-q", "--allow-empty", "-m", "another repository")
    workplace.lists(*rows(o3="3"))
    elsewhere = replace(workplace, team=other)
    out = elsewhere.run("--catalog", workplace.path / "catalog", "sync").out
    there, undo = printed(out, "go there"), printed(out, "undo")
    shell(elsewhere, f"{there} && {undo}")
    assert workplace.team.git("branch", "--format=%(refname:short)") == "main"
    assert printed(workplace.run("sync").out, "go there") == ""


@pytest.mark.parametrize("start", STARTS)
def test_the_printed_way_back_leads_to_where_one_was(workplace, start):
    words = start(workplace)
    head = workplace.team.git("rev-parse", "HEAD")
    ref = workplace.team.git("rev-parse", "--symbolic-full-name", "HEAD")
    workplace.lists(*rows(o3="3"))
    back = printed(workplace.run("sync", *words).out, "go back")
    if back:
        shell(workplace, back)
        assert workplace.team.git("rev-parse", "HEAD") == head
    assert workplace.team.git("rev-parse", "--symbolic-full-name", "HEAD") == ref


def test_the_undo_of_what_is_only_written_restores_the_files(workplace):
    workplace.lists(*rows(o3="3"))
    shell(workplace, printed(workplace.run("sync", "--no-commit").out, "undo"))
    assert workplace.team.git("status", "--porcelain") == ""


@pytest.mark.parametrize("merge", [False, True])
def test_who_is_behind_main_gets_a_plan_and_a_run(workplace, merge):
    """The review branch begins at main then, with commits of people which no other branch would lose."""
    team = workplace.team
    team.git("branch", "feature")
    if merge:
        team.git("switch", "-q", "-c", "other")
        (team.path / "OTHER").write_text("x\n")
        team.commit_all("Of another branch")
        team.git("switch", "-q", "main")
        team.git("merge", "-q", "--no-ff", "-m", "Merge", "other")
    (team.path / "NOTES").write_text("x\n")
    team.commit_all("Other work")
    workplace.lists(*rows(o3="3"))
    assert workplace.run("sync").code == 0
    team.git("switch", "-q", "feature")
    for words in (["plan"], ["sync", "-n"], ["sync"]):
        ran = workplace.run(*words)
        assert (ran.code, "openai/o3" in ran.out) == (0, True)
    assert team.git("log", "-1", "--format=%s", "main") == "Other work"


def test_what_only_reads_never_refuses_for_a_commit_on_the_review_branch(workplace):
    workplace.lists(*rows(o3="3"))
    assert workplace.run("sync").code == 0
    (workplace.team.path / "NOTES").write_text("x\n")
    workplace.team.commit_all("A person's")
    workplace.team.git("switch", "-q", "main")
    for words in (["plan"], ["sync", "-n"], ["prune", "-n"], ["status"], ["check"]):
        assert workplace.run(*words).code == 0
    ran = workplace.run("sync")
    assert ran.code == 6
    assert "somebody committed" in ran.err
