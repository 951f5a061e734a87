"""What a run needs of a person's repository, and that everything else in it stays as it is."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from workplace import BRANCH, OPENAI, Workplace, row, rows

# ---------------------------------------------------------------------------- a person's work


@pytest.mark.fault("git", "other work, staged and not")
def test_other_work_stays_exactly_as_it_is(workplace):
    team = workplace.team
    team.write("README.md", b"staged\n")
    team.git("add", "README.md")
    team.write("README.md", b"and edited again\n")
    team.write("notes.txt", b"untracked\n")
    workplace.edit("dear, and worth it", "dear", "catalog/providers/anthropic.yaml")
    before = team.git("status", "--porcelain"), team.git("diff"), team.git("diff", "--cached")
    workplace.lists(*rows(o3="3"))
    assert workplace.run("sync").code == 0
    assert (team.git("status", "--porcelain"), team.git("diff"), team.git("diff", "--cached")) == before
    assert team.git("show", "--name-only", "--format=") == "catalog/providers/openai.yaml"


@pytest.mark.fault("git", "an uncommitted edit of the file itself")
@pytest.mark.parametrize("staged", [False, True])
def test_an_uncommitted_edit_of_the_file_itself_is_neither_committed_nor_lost(workplace, staged):
    workplace.edit("# who pays", "# who pays, for now")
    if staged:
        workplace.team.git("add", "--all")
    workplace.lists(*rows(o3="3"))
    before = workplace.state()
    ran = workplace.run("sync")
    assert ran.code == 6
    assert "catalog/providers/openai.yaml" in ran.err
    assert workplace.state() == before


@pytest.mark.fault("git", "a detached HEAD, a worktree, a submodule, a shallow or sparse clone, long hashes")
def test_a_catalog_that_is_all_of_its_repository_is_told_so(workplace):
    (workplace.path / ".git").rename(workplace.path / "catalog/.git")
    ran = workplace.run("sync")
    assert (ran.code, "has to be a folder in it" in ran.err, "git init" in ran.err) == (6, True, False)
    (workplace.path / "catalog/.git").rename(workplace.path / "elsewhere")
    assert "git init" in workplace.run("sync").err


def _start_merge(workplace: Workplace) -> None:
    team = workplace.team
    team.git("switch", "-q", "-c", "other")
    team.write("README.md", b"theirs\n")
    team.commit_all("Theirs")
    team.git("switch", "-q", "main")
    team.write("README.md", b"mine\n")
    team.commit_all("Mine")
    subprocess.run(["git", "merge", "other"], cwd=workplace.path, capture_output=True, check=False)


def _start_rebase(workplace: Workplace) -> None:
    _start_merge(workplace)
    workplace.team.git("merge", "--abort")
    subprocess.run(["git", "rebase", "other"], cwd=workplace.path, capture_output=True, check=False)


def _start_bisect(workplace: Workplace) -> None:
    workplace.team.git("bisect", "start")


@pytest.mark.fault("git", "a merge, rebase, cherry-pick or bisect under way")
@pytest.mark.parametrize(
    ("start", "name"), [(_start_merge, "a merge"), (_start_rebase, "a rebase"), (_start_bisect, "a bisect")]
)
def test_in_the_middle_of_something_it_refuses_and_names_it(workplace, start, name):
    start(workplace)
    workplace.lists(*rows(o3="3"))
    before = workplace.state()
    ran = workplace.run("sync")
    assert ran.code == 6
    assert name in ran.err
    assert workplace.state() == before


@pytest.mark.fault("git", "no name and address to commit with")
def test_without_an_identity_nothing_is_written(workplace):
    for name in ("user.name", "user.email"):
        workplace.team.git("config", "--unset", name)
    workplace.team.git("config", "user.useConfigOnly", "true")
    workplace.lists(*rows(o3="3"))
    before = workplace.state()
    ran = workplace.run("sync")
    assert ran.code == 6
    assert "git config user.name" in ran.err
    assert "git config user.email" in ran.err
    assert workplace.state() == before


@pytest.mark.fault("git", "a hook that fails, hangs, or changes the commit")
@pytest.mark.parametrize("name", ["pre-commit", "commit-msg"])
def test_a_hook_that_fails_leaves_everything_as_before(workplace, name):
    workplace.team.hook(name, "echo 'no commits on Fridays' >&2; exit 1")
    workplace.lists(*rows(o3="3"), row("openai/o5", "1", "2"))
    before = workplace.state()
    ran = workplace.run("sync")
    after = workplace.state()
    assert ran.code == 6
    assert "no commits on Fridays" in ran.err
    assert _without_backups(after) == _without_backups(before)


def _without_backups(state: dict) -> dict:
    return {**state, "files": {n: f for n, f in state["files"].items() if not n.startswith("backups/")}}


@pytest.mark.fault("git", "a detached HEAD, a worktree, a submodule, a shallow or sparse clone, long hashes")
def test_of_a_part_of_the_catalog_nothing_is_planned(workplace):
    """Each model of the rest would be new, and be added to the part."""
    patterns = ("/*", "!/catalog/providers/anthropic.yaml")
    workplace.team.git("status")  # git looks at the files, which are copies, before it takes one away
    workplace.team.git("sparse-checkout", "set", "--no-cone", *patterns)
    before = workplace.state()
    for command in ("plan", "sync"):
        ran = workplace.run(command)
        assert ran.code == 6
        assert "catalog/providers/anthropic.yaml: git leaves out a part of the catalog" in ran.err
    assert workplace.state() == before
    workplace.team.git("sparse-checkout", "set", "--no-cone", "/catalog/")
    assert workplace.run("sync").code == 0


# ---------------------------------------------------------------------------- without git


@pytest.mark.fault("git", "no repository, a bare one, one without a commit")
def test_outside_a_repository_it_refuses_and_says_what_to_do(workplace):
    _leave_git(workplace)
    before = _files(workplace.path)
    ran = workplace.run("sync")
    assert ran.code == 6
    assert "git init" in ran.err
    assert "--no-commit" in ran.err
    assert _files(workplace.path) == before
    assert not workplace.server.asked


def test_outside_a_repository_no_commit_edits_the_files(workplace):
    _leave_git(workplace)
    workplace.lists(*rows(o3="3"))
    ran = workplace.run("sync", "--no-commit")
    assert ran.code == 0
    assert "Written, not committed" in ran.out
    assert workplace.openai.read_text() == OPENAI.replace("{input: 2,", "{input: 3,")
    assert "Nothing to do" in workplace.run("sync", "--no-commit").out


def test_no_commit_leaves_the_edit_to_the_person(workplace):
    workplace.lists(*rows(o3="3"))
    assert workplace.run("sync", "--no-commit").code == 0
    assert workplace.team.git("status", "--porcelain") == " M catalog/providers/openai.yaml"
    assert workplace.team.git("symbolic-ref", "--short", "HEAD") == "main"


def test_in_a_repository_without_a_commit_it_refuses_and_plans(workplace):
    _leave_git(workplace)
    workplace.team.git("init", "-q", "-b", "main")
    workplace.lists(*rows(o3="3"))
    assert workplace.run("plan").code == 0
    ran = workplace.run("sync")
    assert ran.code == 6
    assert "no commit yet" in ran.err
    assert workplace.openai.read_text() == OPENAI


def _leave_git(workplace: Workplace) -> None:
    workplace.team.path.joinpath(".git").rename(workplace.path.parent / "git")


def _files(path: Path) -> dict[str, bytes]:
    return {str(found): found.read_bytes() for found in path.rglob("*") if found.is_file()}


def test_a_proposal_that_upstream_no_longer_makes_is_named(workplace):
    workplace.lists(*rows(o3="3"))
    assert workplace.run("sync").code == 0
    workplace.team.git("switch", "-q", "main")
    workplace.lists(*rows())
    assert f"git branch -D {BRANCH}" in workplace.run("sync").out
    workplace.team.git("branch", "-q", "-D", BRANCH)
    assert "git branch -D" not in workplace.run("sync").out
