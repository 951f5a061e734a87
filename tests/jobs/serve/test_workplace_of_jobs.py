"""The working tree in which jobs run: the base, whatever a person does in their own, which stays as it is."""

from __future__ import annotations

import shutil
import subprocess

import pytest
from serving import done, failed, run_of, server_of

from modelsync.errors import CatalogEditRefused, GitRefused
from modelsync.jobs.serve.workplace import brought, worktree_of
from repositories import GitRepository
from workplace import BRANCH, OPENAI, Workplace, rows


def bring(workplace: Workplace, **asked: bool) -> tuple[str, str]:
    """The base, and what the working tree says of OpenAI at it."""
    run = run_of(workplace, **asked)
    base = brought(run)
    tree = worktree_of(run).place
    assert GitRepository(tree.root).git("rev-parse", "HEAD") == base.commit
    return base.branch, (tree.catalog / "providers/openai.yaml").read_text()


def _dirty(workplace: Workplace) -> None:
    workplace.edit("input: 2.50 ", "input: 2.40 ")
    workplace.team.write("catalog/providers/mine.yaml", b"providers: {mine: {models: {}}}\n")
    workplace.team.write("notes.txt", b"staged\n")
    workplace.team.git("add", "notes.txt")
    workplace.team.write("notes.txt", b"and edited\n")


def _elsewhere(workplace: Workplace) -> None:
    workplace.team.git("switch", "-q", "-c", "feature")
    workplace.says("input: 2.50 ", "input: 2.40 ")
    _dirty_too(workplace)


def _dirty_too(workplace: Workplace) -> None:
    workplace.team.write("README.md", b"edited\n")


def _detached(workplace: Workplace) -> None:
    workplace.team.git("switch", "-q", "--detach", "HEAD")
    workplace.says("input: 2.50 ", "input: 2.40 ")
    _dirty_too(workplace)


def _broken(workplace: Workplace) -> None:
    workplace.team.write("catalog/sync.yaml", b"sources: [\n")


@pytest.mark.parametrize("state", [_dirty, _elsewhere, _detached, _broken])
def test_what_a_person_has_open_stays_byte_for_byte_and_a_job_works_on_the_base(workplace, state):
    with server_of(workplace) as server:
        state(workplace)
        before, index = workplace.state(), (workplace.path / ".git/index").read_bytes()
        workplace.lists(*rows(o3="2.2"))
        assert done(server, "sync").outcome == "committed"
        assert (workplace.path / ".git/index").read_bytes() == index
        after = workplace.state()
        assert {name for name in before if before[name] != after[name]} == {"branches"}
    added = f"{workplace.team.git('rev-parse', BRANCH)} commit\trefs/heads/{BRANCH}"
    assert set(after["branches"].splitlines()) - set(before["branches"].splitlines()) == {added}
    assert workplace.team.git("diff", "-U0", "main", BRANCH, "--", "catalog").count("\n-") == 2


def test_a_person_on_the_review_branch_is_told_so_and_stays_there(workplace):
    workplace.team.git("switch", "-q", "-c", BRANCH)
    before = workplace.state()
    workplace.lists(*rows(o3="2.2"))
    with server_of(workplace) as server:
        end = failed(server, "sync")
    assert (end.reason, end.where) == ("git", str(workplace.path))
    assert "checked out in another worktree" in end.what
    assert workplace.state() == before


def _gone(workplace: Workplace) -> None:
    shutil.rmtree(tree(workplace))


def _forgotten(workplace: Workplace) -> None:
    shutil.rmtree(workplace.path / ".git/worktrees")


def _locked(workplace: Workplace) -> None:
    (workplace.path / ".git/worktrees/tree/index.lock").touch()


def _edited(workplace: Workplace) -> None:
    (tree(workplace) / "catalog/providers/openai.yaml").write_text("providers: {}\n")


def _of_another(workplace: Workplace) -> None:
    _gone(workplace)
    subprocess.run(["git", "clone", "-q", workplace.path, tree(workplace)], check=True)


def tree(workplace: Workplace):
    return workplace.path / ".modelsync/serve/tree"


@pytest.mark.parametrize("state", [_gone, _forgotten, _locked, _edited, _of_another])
def test_what_a_killed_server_left_is_taken_over(workplace, state):
    bring(workplace)
    state(workplace)
    assert bring(workplace) == ("main", OPENAI)


def test_the_base_is_the_one_that_is_configured_whatever_branch_one_is_on(workplace):
    workplace.configure("review: {base: trunk}\n")
    workplace.team.commit_all("Rules")
    workplace.team.git("branch", "trunk")
    workplace.says("input: 2.50 ", "input: 2.40 ")
    assert bring(workplace) == ("trunk", OPENAI)


def test_a_base_that_is_not_there_or_has_no_catalog_is_said(workplace):
    workplace.team.git("switch", "-q", "--orphan", "empty")
    workplace.team.git("commit", "-q", "--allow-empty", "-m", "Nothing")
    workplace.team.git("switch", "-q", "main")
    workplace.configure("review: {base: empty}\n")
    with pytest.raises(GitRefused, match=r"empty has no catalog/sync\.yaml"):
        bring(workplace)
    workplace.configure("review: {base: missing}\n")
    with pytest.raises(GitRefused, match="there is no branch missing"):
        bring(workplace)


def test_without_a_remote_the_base_is_no_review_branch_that_one_is_on(workplace):
    workplace.team.git("branch", "-m", "main", "trunk")
    assert bring(workplace)[0] == "trunk"
    workplace.team.git("switch", "-q", "-c", BRANCH)
    with pytest.raises(GitRefused, match="which branch reviewers have is not known"):
        bring(workplace)


def test_the_newer_of_the_base_here_and_on_the_remote_counts_and_the_remotes_where_it_pushes(
    workplace, remote
):
    workplace.says("input: 2.50 ", "input: 2.40 ")
    assert "input: 2.40 " in bring(workplace)[1]
    assert bring(workplace, push=True) == ("main", OPENAI)
    workplace.team.git("push", "-q", "origin", "main")
    workplace.team.git("reset", "-q", "--hard", "HEAD~1")
    assert "input: 2.40 " in bring(workplace)[1]


@pytest.mark.fault("hostile text", "a link in the folder of a server's own, as a branch may bring it")
def test_a_link_in_its_folder_is_not_followed(workplace, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/kept").touch()
    (workplace.path / ".modelsync").mkdir(exist_ok=True)
    (workplace.path / ".modelsync/serve").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(CatalogEditRefused, match="is a link"):
        bring(workplace)
    assert (tmp_path / "elsewhere/kept").exists()
