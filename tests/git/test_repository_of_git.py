"""Promises of modelsync.git, each with a real repository."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from killing import sweep
from modelsync.errors import GitRefused
from modelsync.git import CommitFacts, Head, Repository, ReviewBranch
from repositories import GitRepository
from thorough import STRIDE

BRANCH = "modelsync/openrouter"
OPENAI = "catalog/openai.yaml"
MESSAGE = "openrouter: ~1\n\n# a heading\n- gpt: 1 → 2\n\nModelsync-Run: 7\nModelsync-Digest: abc\n"


def anyones(commit: CommitFacts) -> bool:
    return True


def go_back(repository: GitRepository, previous: Head) -> None:
    """Do what a run prints as the way back."""
    repository.git(*shlex.split(previous.way_back)[1:])


def propose(
    team: GitRepository,
    contents: Mapping[str, bytes],
    *,
    on: str = BRANCH,
    timeout: float = 60,
    meanwhile: str = "status",
) -> tuple[str, Head]:
    """A whole run of the git part: check, start the branch, write, commit, and somebody `meanwhile`."""
    found = Repository.find(team.path)
    paths = {team.path / name: content for name, content in contents.items()}
    found.preconditions(paths)
    review = found.review_state(on, anyones) if on else None
    with found.transaction(review) as previous:
        for path, content in paths.items():
            path.write_bytes(content)
        team.git(*meanwhile.split())
        made = found.commit(paths, MESSAGE, timeout=timeout)
    return made, previous


def refused(team: GitRepository, *names: str) -> str:
    """What the preconditions say; they must have touched nothing."""
    before = team.state()
    index = (team.path / ".git/index").read_bytes()
    with pytest.raises(GitRefused) as caught:
        Repository.find(team.path).preconditions([team.path / name for name in names])
    assert (team.path / ".git/index").read_bytes() == index
    assert team.state() == before
    assert caught.value.exit_code == 6
    assert caught.value.advice
    return str(caught.value)


def fails_and_leaves_all(
    team: GitRepository, contents: Mapping[str, bytes], *, on: str = BRANCH, **options: Any
) -> str:
    """A commit that fails: but for the files, which are apply's to put back, all is as it was."""
    before = team.state()
    with pytest.raises(GitRefused) as caught:
        propose(team, contents, on=on, **options)
    for name in contents:
        old = before["files"].get(name)  # type: ignore[attr-defined]
        if old is None:
            (team.path / name).unlink()
        else:
            (team.path / name).write_bytes(old[0])
            os.utime(team.path / name, ns=(old[1], old[1]))
    assert team.state() == before
    assert not (team.path / ".git/modelsync.json").exists()
    return str(caught.value)


def in_a_process(program: str, team: GitRepository, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a program on the repository in a process of its own."""
    paths = {"PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.run(
        [sys.executable, "-B", "-c", program, team.path],
        env={**os.environ, **paths, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


# ---------------------------------------------------------------------------- finding


def test_finds_the_repository_from_a_folder_inside_it(repository: GitRepository) -> None:
    found = Repository.find(repository.path / "catalog")
    assert found.root == repository.path.resolve()
    assert found.head == Head(repository.git("rev-parse", "HEAD"), "refs/heads/main")
    assert found.head.way_back == "git switch main"


@pytest.mark.fault("git", "file names of every kind")
def test_finds_a_repository_whose_path_is_odd(tmp_path: Path) -> None:
    team = GitRepository.create(tmp_path / "new\nline and space")
    team.write("catalog/a.yaml", b"a\n")
    team.commit_all("first")
    found = Repository.find(team.path / "catalog")
    assert found.root == team.path.resolve()
    assert found.git_dir == team.path.resolve() / ".git"


@pytest.mark.fault("git", "no repository, a bare one, one without a commit")
def test_no_repository_is_refused_with_advice(tmp_path: Path) -> None:
    with pytest.raises(GitRefused, match=r"not in a git repository(.|\n)*--no-commit"):
        Repository.find(tmp_path)


@pytest.mark.fault("git", "no repository, a bare one, one without a commit")
def test_a_bare_repository_is_refused(tmp_path: Path) -> None:
    GitRepository.create(tmp_path / "bare.git", "--bare")
    with pytest.raises(GitRefused, match="no working tree"):
        Repository.find(tmp_path / "bare.git")


@pytest.mark.fault("git", "no repository, a bare one, one without a commit")
def test_a_repository_without_a_commit_is_refused(tmp_path: Path) -> None:
    team = GitRepository.create(tmp_path / "new")
    with pytest.raises(GitRefused, match="no commit yet"):
        Repository.find(team.path)


LEADING = {
    "GIT_DIR": ".git",
    "GIT_WORK_TREE": ".",
    "GIT_COMMON_DIR": ".git",
    "GIT_OBJECT_DIRECTORY": ".git/objects",
    "GIT_INDEX_FILE": ".git/index",
}


@pytest.mark.fault("git", "GIT_DIR and its like, as git sets them for hooks and aliases")
@pytest.mark.parametrize("name", LEADING)
@pytest.mark.parametrize("absolute", [False, True])
def test_a_variable_that_leads_git_elsewhere_is_refused(
    repository: GitRepository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, absolute: bool
) -> None:
    other = GitRepository(tmp_path / "other")
    shutil.copytree(repository.path, other.path)
    before, theirs = repository.state(), other.state()
    value = other.path / LEADING[name] if absolute else Path("../other", LEADING[name])
    with monkeypatch.context() as patched:
        patched.setenv(name, str(value))
        with pytest.raises(GitRefused, match=f"env -u {name} modelsync"):
            propose(repository, {OPENAI: b"gpt: 2\n"})
    assert (repository.state(), other.state()) == (before, theirs)


@pytest.mark.fault("git", "GIT_DIR and its like, as git sets them for hooks and aliases")
@pytest.mark.parametrize("linked", [False, True])
def test_variables_that_lead_git_to_where_it_is_are_no_harm(
    repository: GitRepository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, linked: bool
) -> None:
    team = repository
    if linked:
        repository.git("worktree", "add", "-q", "-b", "side", str(tmp_path / "linked"))
        team = GitRepository(tmp_path / "linked")
    with monkeypatch.context() as patched:
        for name, option in (("GIT_DIR", "--git-dir"), ("GIT_COMMON_DIR", "--git-common-dir")):
            patched.setenv(name, team.git("rev-parse", "--path-format=absolute", option))
        patched.setenv("GIT_WORK_TREE", ".")
        patched.setenv("GIT_INDEX_FILE", team.git("rev-parse", "--git-path", "index"))
        made, _ = propose(team, {OPENAI: b"gpt: 2\n"})
    assert team.git("rev-parse", BRANCH) == made
    assert team.git("status", "--porcelain") == ""


@pytest.mark.fault("git", "programs that settings of the repository name")
@pytest.mark.parametrize(
    "name", ["core.fsmonitor", "core.pager", "pager.log", "diff.external", "diff.own.textconv", "alias.log"]
)
def test_looking_runs_no_program_that_the_repository_names(repository: GitRepository, name: str) -> None:
    program = repository.write(".git/program", b'#!/bin/sh\ntouch ran\ncat "$@"\n')
    program.chmod(0o755)
    for hook in ("post-index-change", "reference-transaction"):
        repository.hook(hook, "touch ran")
    repository.write(".gitattributes", b"*.yaml diff=own\n")
    repository.git("add", ".")
    repository.git("commit", "-qm", "attributes")
    repository.git("config", name, f"{'!' if name == 'alias.log' else ''}{program}")
    (repository.path / "ran").unlink()
    repository.write(OPENAI, b"gpt: 1\n")
    found = Repository.find(repository.path)
    found.preconditions([repository.path / OPENAI])
    found.review_state("main", anyones)
    assert found.log("HEAD")[0].changes()
    assert found.committed([repository.path / OPENAI])
    assert not (repository.path / "ran").exists()


@pytest.mark.fault("git", "a folder that belongs to somebody else")
def test_gits_words_on_dubious_ownership_are_passed_on(
    repository: GitRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    with pytest.raises(GitRefused, match=r"dubious ownership(.|\n)*git config --global --add safe.directory"):
        Repository.find(repository.path)


@pytest.mark.fault("git", "no git, or one that fails")
def test_a_missing_git_is_one_clear_line(repository: GitRepository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(GitRefused, match="git is not installed"):
        Repository.find(repository.path)


FIND = """
import sys
from pathlib import Path
from modelsync.errors import GitRefused
from modelsync.git import Repository
try:
    Repository.find(Path(sys.argv[1]))
except GitRefused as refused:
    print(refused)
"""


@pytest.mark.fault("git", "no git, or one that fails")
def test_a_git_that_fails_is_one_clear_line(repository: GitRepository, tmp_path: Path) -> None:
    (tmp_path / "git").write_text("#!/bin/sh\nexit 137\n")
    (tmp_path / "git").chmod(0o755)
    run = in_a_process(FIND, repository, PATH=f"{tmp_path}:{os.environ['PATH']}")
    assert run.stdout.startswith(f"{repository.path}: git does not work here\n"), run.stderr


# ---------------------------------------------------------------------------- preconditions


@pytest.mark.fault("git", "other work, staged and not")
def test_a_clean_catalog_is_allowed_beside_other_changes(repository: GitRepository) -> None:
    repository.write("README.md", b"staged\n")
    repository.git("add", "README.md")
    repository.write("README.md", b"and changed again\n")
    repository.write("notes.txt", b"untracked\n")
    paths = [repository.path / OPENAI, repository.path / "catalog/new.yaml"]
    Repository.find(repository.path).preconditions(paths)


def test_looking_does_not_write_gits_index(repository: GitRepository) -> None:
    index = (repository.path / ".git/index").read_bytes()
    os.utime(repository.path / OPENAI, (0, 0))
    Repository.find(repository.path).preconditions([repository.path / OPENAI])
    assert (repository.path / ".git/index").read_bytes() == index


@pytest.mark.fault("git", "an uncommitted edit of the file itself")
@pytest.mark.parametrize("staged", [False, True])
def test_a_changed_catalog_file_is_refused_by_name(repository: GitRepository, staged: bool) -> None:
    repository.write(OPENAI, b"gpt: mine\n")
    if staged:
        repository.git("add", OPENAI)
    assert OPENAI in refused(repository, "catalog/gemini.yaml", OPENAI)


@pytest.mark.fault("git", "an uncommitted edit of the file itself")
def test_a_change_that_was_staged_and_undone_in_the_tree_is_refused(repository: GitRepository) -> None:
    repository.write(OPENAI, b"gpt: mine\n")
    repository.git("add", OPENAI)
    repository.write(OPENAI, b"gpt: 1\n")
    assert OPENAI in refused(repository, OPENAI)


@pytest.mark.fault("git", "an uncommitted edit of the file itself")
@pytest.mark.parametrize("ignored", [False, True])
def test_a_catalog_file_that_git_does_not_track_is_refused(repository: GitRepository, ignored: bool) -> None:
    repository.write("catalog/mine.yaml", b"mine: 1\n")
    if ignored:
        repository.write(".git/info/exclude", b"mine.yaml\n")
    assert "catalog/mine.yaml" in refused(repository, "catalog/mine.yaml")


@pytest.mark.fault("git", "an uncommitted edit of the file itself")
@pytest.mark.parametrize("bit", ["--assume-unchanged", "--skip-worktree"])
def test_a_change_hidden_from_git_is_not_committed(repository: GitRepository, bit: str) -> None:
    repository.git("update-index", bit, OPENAI)
    repository.write(OPENAI, b"gpt: mine\n")
    assert OPENAI in refused(repository, OPENAI)


@pytest.mark.fault("git", "a detached HEAD, a worktree, a submodule, a shallow or sparse clone, long hashes")
def test_a_file_left_out_by_a_sparse_checkout_is_refused(repository: GitRepository) -> None:
    repository.write("tools/x", b"x\n")
    repository.commit_all("tools")
    repository.git("sparse-checkout", "set", "tools")
    assert OPENAI in refused(repository, OPENAI)


@pytest.mark.fault("git", "a detached HEAD, a worktree, a submodule, a shallow or sparse clone, long hashes")
def test_a_file_inside_a_submodule_is_refused_but_the_submodule_itself_works(
    repository: GitRepository, tmp_path: Path
) -> None:
    shared = GitRepository.create(tmp_path / "shared")
    shared.write("a.yaml", b"a: 1\n")
    shared.commit_all("first")
    repository.git("submodule", "--quiet", "add", str(shared.path), "shared")
    repository.git("commit", "-qm", "submodule")
    assert "shared/a.yaml" in refused(repository, "shared/a.yaml")
    inner = GitRepository(repository.path / "shared")
    inner.git("config", "user.name", "Ada")
    inner.git("config", "user.email", "ada@example.com")
    made, _ = propose(inner, {"a.yaml": b"a: 2\n"})
    assert inner.git("rev-parse", BRANCH) == made


def test_a_file_outside_the_repository_is_refused(repository: GitRepository, tmp_path: Path) -> None:
    (tmp_path / "other.yaml").write_bytes(b"a: 1\n")
    assert "outside" in refused(repository, "../other.yaml")


def conflict(team: GitRepository) -> None:
    """Two branches that changed the same line; `main` is checked out."""
    team.git("switch", "-qc", "side")
    team.write("README.md", b"side\n")
    team.commit_all("side")
    team.git("switch", "-q", "main")
    team.write("README.md", b"main\n")
    team.commit_all("main")


@pytest.mark.fault("git", "a merge, rebase, cherry-pick or bisect under way")
@pytest.mark.parametrize(
    ("command", "named"),
    [
        ("merge side", "merge"),
        ("rebase side", "rebase"),
        ("cherry-pick side", "cherry-pick"),
        ("revert HEAD~1 HEAD", "revert"),
    ],
)
def test_an_operation_under_way_is_refused_by_name(
    repository: GitRepository, command: str, named: str
) -> None:
    conflict(repository)
    repository.git("config", "alias.try", f"!git {command} || true")
    repository.git("try")
    assert f"middle of a {named}" in refused(repository, OPENAI)


@pytest.mark.fault("git", "a merge, rebase, cherry-pick or bisect under way")
def test_a_bisect_under_way_is_refused(repository: GitRepository) -> None:
    repository.git("bisect", "start")
    assert "middle of a bisect" in refused(repository, OPENAI)


@pytest.mark.fault("git", "an index that is locked")
def test_a_locked_index_is_named_and_left(repository: GitRepository) -> None:
    lock = repository.write(".git/index.lock", b"")
    with pytest.raises(GitRefused, match=r"index\.lock: git's index is locked"):
        Repository.find(repository.path).preconditions([repository.path / OPENAI])
    assert lock.exists()


@pytest.mark.fault("git", "no name and address to commit with")
def test_a_missing_identity_is_refused_with_the_two_commands(repository: GitRepository) -> None:
    repository.git("config", "--unset", "user.name")
    repository.git("config", "--unset", "user.email")
    repository.git("config", "user.useConfigOnly", "true")
    said = refused(repository, OPENAI)
    assert "git config user.name" in said
    assert "git config user.email" in said


# ---------------------------------------------------------------------------- the commit


@pytest.mark.fault("git", "other work, staged and not")
def test_the_commit_holds_the_named_files_and_nothing_else(repository: GitRepository) -> None:
    repository.write("README.md", b"staged\n")
    repository.git("add", "README.md")
    repository.write("README.md", b"and changed again\n")
    repository.write("catalog/gemini.yaml", b"pro: mine\n")
    repository.write("notes.txt", b"untracked\n")
    before = repository.git("status", "--porcelain=v2", "--untracked-files=all")
    base = repository.git("rev-parse", "HEAD")

    made, previous = propose(repository, {OPENAI: b"gpt: 2\n", "catalog/new.yaml": b"new: 1\n"})

    assert repository.git("show", "--format=", "--name-only", made).split() == ["catalog/new.yaml", OPENAI]
    assert repository.git("status", "--porcelain=v2", "--untracked-files=all") == before
    assert repository.git("symbolic-ref", "HEAD") == f"refs/heads/{BRANCH}"
    assert repository.git("rev-parse", "HEAD", "HEAD^", "main").split() == [made, base, base]
    assert previous == Head(base, "refs/heads/main")


def test_what_a_killed_run_left_unfinished_is_gone_after_the_next_commit(repository: GitRepository) -> None:
    left = repository.write(".git/.modelsync-0123.tmp", b"half a mark")
    propose(repository, {OPENAI: b"gpt: 2\n"})
    assert not left.exists()


def test_the_message_arrives_as_it_is(repository: GitRepository) -> None:
    repository.git("config", "commit.cleanup", "scissors")
    made, _ = propose(repository, {OPENAI: b"gpt: 2\n"})
    assert repository.raw("log", "-1", "--format=%B", made).decode() == MESSAGE + "\n"


def test_a_very_long_message_arrives(repository: GitRepository) -> None:
    body = "openrouter: +9\n\n" + "- a line of the table\n" * 20_000
    found = Repository.find(repository.path)
    path = repository.write(OPENAI, b"gpt: 2\n")
    with found.transaction():
        made = found.commit({path: b"gpt: 2\n"}, body)
    assert repository.raw("log", "-1", "--format=%B", made).decode().strip() == body.strip()


@pytest.mark.fault("git", "file names of every kind")
@pytest.mark.parametrize(
    "name",
    [
        "with space.yaml",
        "new\nline.yaml",
        "-rf.yaml",
        ":(glob)**",
        "*.yaml",
        '"quoted".yaml',
        os.fsdecode(b"latin-\xe9.yaml"),
        "é" * 125 + ".yaml",
    ],
)
@pytest.mark.parametrize("new", [True, False])
def test_any_file_name_is_taken_literally(repository: GitRepository, name: str, new: bool) -> None:
    repository.write("other.yaml", b"other: 1\n")
    if not new:
        repository.write(name, b"x: 1\n")
    repository.commit_all("odd")
    repository.write("other.yaml", b"other: mine\n")
    made, _ = propose(repository, {name: b"x: 2\n"})
    (commit,) = Repository.find(repository.path).log("-1", made)
    assert [(change.path, change.after) for change in commit.changes()] == [(name, b"x: 2\n")]
    assert repository.git("status", "--porcelain") == " M other.yaml"


def test_a_symlink_inside_the_repository_commits_the_file_it_leads_to(repository: GitRepository) -> None:
    (repository.path / "catalog/link.yaml").symlink_to("openai.yaml")
    repository.commit_all("link")
    made, _ = propose(repository, {"catalog/link.yaml": b"gpt: 2\n"})
    assert repository.git("show", "--format=", "--name-only", made) == OPENAI
    assert (repository.path / "catalog/link.yaml").is_symlink()


@pytest.mark.fault("git", "a detached HEAD, a worktree, a submodule, a shallow or sparse clone, long hashes")
def test_a_detached_head_works_and_is_told_by_hash(repository: GitRepository) -> None:
    repository.git("checkout", "-q", "--detach")
    base = repository.git("rev-parse", "HEAD")
    made, previous = propose(repository, {OPENAI: b"gpt: 2\n"})
    assert previous.way_back == f"git switch --detach {base[:12]}"
    go_back(repository, previous)
    assert Repository.find(repository.path).head == Head(base)
    assert repository.git("rev-parse", BRANCH) == made


def test_the_way_back_carries_other_changes_along(repository: GitRepository) -> None:
    repository.git("tag", "main")
    repository.write("README.md", b"mine\n")
    _, previous = propose(repository, {OPENAI: b"gpt: 2\n"})
    go_back(repository, previous)
    assert repository.git("symbolic-ref", "HEAD") == "refs/heads/main"
    assert (repository.path / OPENAI).read_bytes() == b"gpt: 1\n"
    assert repository.git("status", "--porcelain") == " M README.md"


def test_without_a_review_branch_the_commit_goes_where_one_is(repository: GitRepository) -> None:
    base = repository.git("rev-parse", "HEAD")
    made, _ = propose(repository, {OPENAI: b"gpt: 2\n"}, on="")
    assert repository.git("rev-parse", "main", "main^").split() == [made, base]


@pytest.mark.fault("git", "a detached HEAD, a worktree, a submodule, a shallow or sparse clone, long hashes")
def test_in_a_linked_worktree_everything_works(repository: GitRepository, tmp_path: Path) -> None:
    repository.git("worktree", "add", "-q", "--detach", str(tmp_path / "second"))
    second = GitRepository(tmp_path / "second")
    made, _ = propose(second, {OPENAI: b"gpt: 2\n"})
    assert repository.git("rev-parse", BRANCH) == made
    assert repository.git("symbolic-ref", "HEAD") == "refs/heads/main"


@pytest.mark.fault("git", "a detached HEAD, a worktree, a submodule, a shallow or sparse clone, long hashes")
def test_a_shallow_clone_works(repository: GitRepository, tmp_path: Path) -> None:
    repository.write("README.md", b"more\n")
    repository.commit_all("second")
    repository.git("clone", "-q", "--depth=1", f"file://{repository.path}", str(tmp_path / "clone"))
    clone = GitRepository(tmp_path / "clone")
    clone.git("config", "user.name", "Ada")
    clone.git("config", "user.email", "ada@example.com")
    made, _ = propose(clone, {OPENAI: b"gpt: 2\n"})
    assert clone.git("rev-parse", BRANCH) == made


@pytest.mark.fault("git", "a detached HEAD, a worktree, a submodule, a shallow or sparse clone, long hashes")
def test_a_repository_with_long_hashes_works(tmp_path: Path) -> None:
    team = GitRepository.create(tmp_path / "long", "--object-format=sha256")
    team.write("a.yaml", b"a: 1\n")
    team.commit_all("first")
    made, _ = propose(team, {"a.yaml": b"a: 2\n"})
    assert len(made) == 64


# ---------------------------------------------------------------------------- the review branch


def review(team: GitRepository, name: str = BRANCH) -> ReviewBranch:
    return Repository.find(team.path).review_state(name, anyones)


def test_a_review_branch_that_is_not_there(repository: GitRepository) -> None:
    assert review(repository) == ReviewBranch(BRANCH)


def test_the_review_branch_says_what_its_commits_hold(repository: GitRepository) -> None:
    made, previous = propose(repository, {OPENAI: b"gpt: 2\n", "catalog/new.yaml": b"new: 1\n"})
    assert review(repository).here
    go_back(repository, previous)
    found = review(repository)
    (commit,) = found.commits
    assert (found.tip, commit.sha, found.here) == (made, made, False)
    assert commit.author == "Ada <ada@example.com>"
    assert commit.trailer("modelsync-digest") == "abc"
    assert commit.changes() == (("catalog/new.yaml", None, b"new: 1\n"), (OPENAI, b"gpt: 1\n", b"gpt: 2\n"))


def test_a_trailer_that_is_there_twice_is_no_trailer(repository: GitRepository) -> None:
    repository.write("README.md", b"x\n")
    repository.git("commit", "-qam", "x\n\nModelsync-Digest: a\nModelsync-Digest: b")
    (commit,) = Repository.find(repository.path).log("-1", "HEAD")
    assert commit.trailer("Modelsync-Digest") == ""


@pytest.mark.fault("git", "a person's commit on the review branch")
def test_a_branch_with_a_persons_commit_is_not_ours(repository: GitRepository) -> None:
    propose(repository, {OPENAI: b"gpt: 2\n"})
    repository.write(OPENAI, b"gpt: 3 # mine\n")
    repository.commit_all("by hand")
    repository.git("switch", "-q", "main")
    asked = Repository.find(repository.path)
    found = asked.review_state(BRANCH, lambda commit: bool(commit.trailer("Modelsync-Digest")))
    assert found.theirs
    assert len(found.commits) == 2


def test_the_review_branch_is_built_anew_where_head_is(repository: GitRepository) -> None:
    _, previous = propose(repository, {OPENAI: b"gpt: 2\n"})
    go_back(repository, previous)
    repository.write("README.md", b"base moved\n")
    base = repository.commit_all("second")
    made, _ = propose(repository, {OPENAI: b"gpt: 3\n"})
    assert repository.git("rev-list", f"main..{BRANCH}") == made
    assert repository.git("rev-parse", f"{BRANCH}^") == base


def test_on_the_review_branch_the_commit_goes_on_top(repository: GitRepository) -> None:
    first, _ = propose(repository, {OPENAI: b"gpt: 2\n"})
    second, previous = propose(repository, {OPENAI: b"gpt: 3\n"})
    assert repository.git("rev-list", "main..HEAD").split() == [second, first]
    assert previous.ref == f"refs/heads/{BRANCH}"


@pytest.mark.fault("git", "a branch or HEAD that moves meanwhile")
def test_a_branch_that_moved_since_it_was_looked_at_is_not_overwritten(repository: GitRepository) -> None:
    _, previous = propose(repository, {OPENAI: b"gpt: 2\n"})
    go_back(repository, previous)
    found = Repository.find(repository.path)
    looked_at = found.review_state(BRANCH, anyones)
    pushed = repository.git("commit-tree", "-p", BRANCH, "-m", "a person's", f"{BRANCH}^{{tree}}")
    repository.git("branch", "-f", BRANCH, pushed)
    with pytest.raises(GitRefused, match="somebody moved the branch"), found.transaction(looked_at):
        pytest.fail("the branch was started")
    assert repository.git("rev-parse", BRANCH) == pushed
    assert repository.git("symbolic-ref", "HEAD") == "refs/heads/main"


@pytest.mark.fault("git", "a branch or HEAD that moves meanwhile")
def test_a_head_that_moved_since_it_was_looked_at_is_refused(repository: GitRepository) -> None:
    found = Repository.find(repository.path)
    looked_at = found.review_state(BRANCH, anyones)
    repository.git("commit", "-q", "--allow-empty", "-m", "meanwhile")
    with pytest.raises(GitRefused, match="HEAD moved"), found.transaction(looked_at):
        pytest.fail("the branch was started")


@pytest.mark.fault("git", "a branch or HEAD that moves meanwhile")
@pytest.mark.parametrize("on", [BRANCH, ""])
@pytest.mark.parametrize("moved_on", [False, True])
def test_a_commit_on_a_branch_that_somebody_switched_to_is_taken_back(
    repository: GitRepository, on: str, moved_on: bool
) -> None:
    repository.git("switch", "-qc", "mine")
    if moved_on:
        repository.write("mine.txt", b"mine\n")
        repository.commit_all("mine")
    mine = repository.git("rev-parse", "mine")
    repository.git("switch", "-q", "main")
    base = repository.git("rev-parse", "main")
    contents = {OPENAI: b"gpt: 2\n", "catalog/new.yaml": b"new: 1\n"}
    with pytest.raises(GitRefused, match="switched or moved"):
        propose(repository, contents, on=on, meanwhile="switch -q mine")
    assert repository.git("branch", "--show-current") == "mine"
    assert repository.git("for-each-ref", "--format=%(refname:short) %(objectname)") == (
        f"main {base}\nmine {mine}"
    )
    assert repository.git("status", "--porcelain") == f" M {OPENAI}\n?? catalog/new.yaml"


@pytest.mark.fault("git", "a branch or HEAD that moves meanwhile")
def test_what_somebody_commits_while_the_branch_is_started_stays(repository: GitRepository) -> None:
    started = '[ "$1" = committed ] && grep -q modelsync/ && [ ! -e .git/theirs ] && touch .git/theirs'
    repository.hook("reference-transaction", f"{started} && git commit -qam theirs; exit 0")
    repository.write("README.md", b"theirs\n")
    with pytest.raises(GitRefused, match="HEAD moved"):
        propose(repository, {OPENAI: b"gpt: 2\n"})
    assert repository.git("for-each-ref", "--format=%(refname:short) %(subject)") == "main theirs"
    assert repository.git("branch", "--show-current") == "main"
    assert repository.git("status", "--porcelain") == ""


@pytest.mark.fault("git", "a branch or HEAD that moves meanwhile")
@pytest.mark.parametrize("on", [BRANCH, ""])
def test_what_somebody_commits_meanwhile_stays(repository: GitRepository, on: str) -> None:
    with pytest.raises(GitRefused, match="not the planned one"):
        propose(repository, {OPENAI: b"gpt: 2\n"}, on=on, meanwhile="commit -q --allow-empty -m theirs")
    assert repository.git("log", "-1", "--format=%s", on or "main") == "theirs"
    assert repository.git("branch", "--show-current") == "main"
    assert repository.git("status", "--porcelain") == f" M {OPENAI}"


@pytest.mark.fault("git", "a branch or HEAD that moves meanwhile")
@pytest.mark.parametrize(
    ("hook", "move"),
    [
        ("pre-commit", "git symbolic-ref HEAD refs/heads/main"),
        ("post-commit", "git update-ref refs/heads/main HEAD"),
        ("post-commit", "git update-ref refs/heads/main HEAD; git symbolic-ref HEAD refs/heads/main"),
    ],
)
def test_no_proposal_gets_to_the_base(repository: GitRepository, hook: str, move: str) -> None:
    repository.hook(hook, move)
    assert "switched or moved" in fails_and_leaves_all(repository, {OPENAI: b"gpt: 2\n"})


@pytest.mark.fault("git", "a branch or HEAD that moves meanwhile")
def test_a_base_that_somebody_moves_meanwhile_stays_there(repository: GitRepository) -> None:
    theirs = repository.git("commit-tree", "-p", "HEAD", "-m", "theirs", "HEAD^{tree}")
    repository.hook("pre-commit", f"git update-ref refs/heads/main {theirs}")
    made, _ = propose(repository, {OPENAI: b"gpt: 2\n"})
    assert repository.git("rev-parse", BRANCH, "main").split() == [made, theirs]
    repository.hook("pre-commit", f"git update-ref refs/heads/main {made}; exit 1")
    repository.git("switch", "-q", "main")
    with pytest.raises(GitRefused):
        propose(repository, {OPENAI: b"gpt: 3\n"})
    assert repository.git("rev-parse", BRANCH, "main").split() == [made, made]
    assert repository.git("rev-parse", "HEAD") == theirs


@pytest.mark.fault(
    "git",
    "a review branch that clashes, is checked out elsewhere, or is another name of main",
)
def test_a_branch_checked_out_in_another_worktree_is_refused(
    repository: GitRepository, tmp_path: Path
) -> None:
    repository.git("worktree", "add", "-q", "-b", BRANCH, str(tmp_path / "second"))
    assert "another worktree" in fails_and_leaves_all(repository, {OPENAI: b"gpt: 2\n"})


@pytest.mark.fault(
    "git",
    "a review branch that clashes, is checked out elsewhere, or is another name of main",
)
@pytest.mark.parametrize("taken", ["modelsync", f"{BRANCH}/old"])
def test_a_branch_name_that_clashes_is_refused(repository: GitRepository, taken: str) -> None:
    repository.git("branch", taken)
    assert taken in fails_and_leaves_all(repository, {OPENAI: b"gpt: 2\n"})


@pytest.mark.fault(
    "git",
    "a review branch that clashes, is checked out elsewhere, or is another name of main",
)
def test_a_tag_of_the_same_name_does_not_confuse(repository: GitRepository) -> None:
    repository.git("tag", BRANCH)
    made, previous = propose(repository, {OPENAI: b"gpt: 2\n"})
    assert repository.git("rev-parse", f"refs/heads/{BRANCH}") == made
    go_back(repository, previous)
    assert review(repository).tip == made


@pytest.mark.fault(
    "git",
    "a review branch that clashes, is checked out elsewhere, or is another name of main",
)
def test_a_branch_that_is_another_name_of_main_is_refused(repository: GitRepository) -> None:
    repository.git("symbolic-ref", f"refs/heads/{BRANCH}", "refs/heads/main")
    assert "another name" in fails_and_leaves_all(repository, {OPENAI: b"gpt: 2\n"})


@pytest.mark.fault(
    "git",
    "a review branch that clashes, is checked out elsewhere, or is another name of main",
)
@pytest.mark.parametrize("name", ["a..b", "-rf", "a b", "x.lock", "@{1}"])
def test_a_name_that_no_branch_can_have_is_refused(repository: GitRepository, name: str) -> None:
    fails_and_leaves_all(repository, {OPENAI: b"gpt: 2\n"}, on=name)


# ---------------------------------------------------------------------------- hooks, signatures, filters


@pytest.mark.fault("git", "a hook that fails, hangs, or changes the commit")
@pytest.mark.parametrize("hook", ["pre-commit", "commit-msg", "prepare-commit-msg"])
@pytest.mark.parametrize("on", [BRANCH, ""])
def test_a_hook_that_fails_leaves_all_as_it_was(repository: GitRepository, hook: str, on: str) -> None:
    repository.write("README.md", b"staged\n")
    repository.git("add", "README.md")
    repository.hook(hook, "git add -A; printf '\\033[31mno yaml today\\033[0m\\a' >&2; exit 1")
    said = fails_and_leaves_all(repository, {OPENAI: b"gpt: 2\n", "catalog/new.yaml": b"new: 1\n"}, on=on)
    assert "no yaml today" in said
    assert "\033" not in said
    assert "\a" not in said


@pytest.mark.fault("git", "a hook that fails, hangs, or changes the commit")
def test_a_failing_hook_keeps_what_the_branch_proposed_before(repository: GitRepository) -> None:
    made, previous = propose(repository, {OPENAI: b"gpt: 2\n"})
    go_back(repository, previous)
    repository.hook("pre-commit", "exit 1")
    fails_and_leaves_all(repository, {OPENAI: b"gpt: 3\n"})
    assert repository.git("rev-parse", BRANCH) == made


@pytest.mark.fault("git", "a hook that fails, hangs, or changes the commit")
def test_a_failing_commit_on_a_detached_head_leaves_it_detached(repository: GitRepository) -> None:
    repository.git("checkout", "-q", "--detach")
    repository.hook("pre-commit", "exit 1")
    fails_and_leaves_all(repository, {OPENAI: b"gpt: 2\n"})


@pytest.mark.fault("git", "a hook that fails, hangs, or changes the commit")
def test_a_hook_that_changes_what_is_committed_is_taken_back(repository: GitRepository) -> None:
    repository.hook("pre-commit", f"echo reformatted > {OPENAI}; git add {OPENAI}")
    assert "other bytes" in fails_and_leaves_all(repository, {OPENAI: b"gpt: 2\n"})


@pytest.mark.fault("git", "a hook that fails, hangs, or changes the commit")
def test_a_hook_that_adds_a_file_to_the_commit_is_taken_back(repository: GitRepository) -> None:
    repository.write("notes.txt", b"mine\n")
    repository.hook("pre-commit", "git add notes.txt")
    assert "notes.txt" in fails_and_leaves_all(repository, {OPENAI: b"gpt: 2\n"})


@pytest.mark.fault("git", "a hook that fails, hangs, or changes the commit")
def test_a_hook_that_commits_first_is_taken_back(repository: GitRepository) -> None:
    first = "first=$(git commit-tree -p HEAD~ -m first HEAD~^{tree})"
    on_top = "git update-ref HEAD $(git commit-tree -p $first -m mine HEAD^{tree})"
    repository.hook("post-commit", f"{first}; {on_top}")
    assert "look at the hooks" in fails_and_leaves_all(repository, {OPENAI: b"gpt: 2\n"})


@pytest.mark.fault("git", "a hook that fails, hangs, or changes the commit")
@pytest.mark.parametrize(
    "change",
    [
        "sed -i.old '/^Modelsync-/d' \"$1\"",
        "sed -i.old 's/^Modelsync-Run: .*/Modelsync-Run: 20200101T000000Z/' \"$1\"",
        "echo 'Modelsync-Run: 20200101T000000Z' >> \"$1\"",
        "echo 'modelsync-correction: openai/gpt-4o:pricing' >> \"$1\"",
        "sed -i.old 's/^/> /' \"$1\"",
    ],
)
@pytest.mark.parametrize("hook", ["commit-msg", "prepare-commit-msg"])
@pytest.mark.parametrize("on", [BRANCH, ""])
def test_a_hook_that_changes_by_what_a_commit_is_known_is_taken_back(
    repository: GitRepository, hook: str, change: str, on: str
) -> None:
    repository.hook(hook, change)
    assert "by which a commit is known" in fails_and_leaves_all(repository, {OPENAI: b"gpt: 2\n"}, on=on)


@pytest.mark.fault("git", "a hook that fails, hangs, or changes the commit")
def test_a_hook_may_add_lines_of_its_own(repository: GitRepository) -> None:
    repository.hook("commit-msg", "echo 'Signed-off-by: a <b@c>' >> \"$1\"")
    made, _ = propose(repository, {OPENAI: b"gpt: 2\n"})
    assert "Signed-off-by" in repository.git("log", "-1", "--format=%B", made)


@pytest.mark.fault("secrets", "a hook that tells all that it knows")
def test_hooks_see_an_empty_input_no_secret_and_the_persons_locale(
    repository: GitRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENROUTER_API_KEY", "sk-canary")
    monkeypatch.setenv("SOME_TOKEN", "canary")
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    repository.hook("pre-commit", 'cat; echo "[$OPENROUTER_API_KEY$SOME_TOKEN][$LC_ALL]"; exit 1')
    assert "[][C.UTF-8]" in fails_and_leaves_all(repository, {OPENAI: b"gpt: 2\n"})


@pytest.mark.fault("git", "a hook that fails, hangs, or changes the commit")
def test_a_hook_that_hangs_is_stopped(repository: GitRepository) -> None:
    repository.hook("pre-commit", "sleep 1000")
    assert "did not end within 0.5 seconds" in fails_and_leaves_all(
        repository, {OPENAI: b"gpt: 2\n"}, timeout=0.5
    )
    assert not (repository.path / ".git/index.lock").exists()


@pytest.mark.fault("git", "a signature that cannot be made")
def test_a_signature_that_cannot_be_made_means_no_commit(repository: GitRepository) -> None:
    repository.git("config", "commit.gpgSign", "true")
    repository.git("config", "user.signingKey", "nobody@example.com")
    repository.git("config", "gpg.program", "false")
    words = fails_and_leaves_all(repository, {OPENAI: b"gpt: 2\n"})
    assert "git could not sign the commit, so nothing was changed" in words
    assert "gpg failed to sign" in words


@pytest.mark.fault("git", "a signature that cannot be made")
@pytest.mark.parametrize("passphrase", ["secret", None])
def test_a_real_key_that_asks_or_is_not_there_means_no_commit(
    repository: GitRepository, tmp_path: Path, passphrase: str | None
) -> None:
    _sign_by_ssh(repository, tmp_path, passphrase)
    words = fails_and_leaves_all(repository, {OPENAI: b"gpt: 2\n"})
    assert "git could not sign the commit, so nothing was changed" in words


def test_a_real_key_signs(repository: GitRepository, tmp_path: Path) -> None:
    _sign_by_ssh(repository, tmp_path, "")
    made, _ = propose(repository, {OPENAI: b"gpt: 2\n"})
    repository.git("verify-commit", made)


def _sign_by_ssh(repository: GitRepository, folder: Path, passphrase: str | None) -> None:
    """Let git sign by a key of SSH's, of which there is none where it has no passphrase."""
    key = folder / "key"
    repository.git("config", "commit.gpgSign", "true")
    repository.git("config", "gpg.format", "ssh")
    repository.git("config", "user.signingKey", f"{key}.pub")
    if passphrase is None:
        return
    command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-f", str(key)]
    subprocess.run(command, check=True)
    known = folder / "known"
    known.write_text(f"ada@example.com {Path(f'{key}.pub').read_text()}")
    repository.git("config", "gpg.ssh.allowedSignersFile", str(known))


def test_a_signature_is_made_as_git_makes_it(repository: GitRepository) -> None:
    script = repository.write(
        ".git/sign", b'#!/bin/sh\ncat >/dev/null\necho "[GNUPG:] SIG_CREATED D" >&2\necho signed\n'
    )
    script.chmod(0o755)
    repository.git("config", "commit.gpgSign", "true")
    repository.git("config", "gpg.program", str(script))
    made, _ = propose(repository, {OPENAI: b"gpt: 2\n"})
    assert "gpgsig signed" in repository.git("cat-file", "commit", made)


def test_line_endings_that_git_converts_come_back_as_planned(repository: GitRepository) -> None:
    repository.write(".gitattributes", b"*.yaml text eol=crlf\n")
    repository.write(OPENAI, b"gpt: 1\r\n")
    repository.commit_all("crlf")
    made, _ = propose(repository, {OPENAI: b"gpt: 2\r\n"})
    assert repository.raw("cat-file", "blob", f"{made}:{OPENAI}") == b"gpt: 2\n"
    assert repository.git("status", "--porcelain") == ""


@pytest.mark.fault("git", "line endings and filters that lose bytes")
def test_line_endings_that_git_would_lose_are_refused(repository: GitRepository) -> None:
    repository.git("config", "core.autocrlf", "input")
    assert "other bytes" in fails_and_leaves_all(repository, {OPENAI: b"gpt: 2\r\n"})


@pytest.mark.fault("git", "line endings and filters that lose bytes")
def test_a_filter_that_comes_back_is_fine_and_one_that_loses_is_refused(repository: GitRepository) -> None:
    repository.write(".gitattributes", b"*.yaml filter=swap\n")
    repository.commit_all("filter")
    repository.git("config", "filter.swap.clean", "tr a-z b-za")
    repository.git("config", "filter.swap.smudge", "tr b-za a-z")
    repository.git("checkout", "-q", "--", ".")
    repository.write(OPENAI, b"gpt: 1\n")
    repository.commit_all("filtered")
    made, previous = propose(repository, {OPENAI: b"gpt: 2\n"})
    assert repository.raw("cat-file", "blob", f"{made}:{OPENAI}") == b"hqu: 2\n"
    go_back(repository, previous)
    repository.git("config", "filter.swap.clean", "sed s/3/0/")
    repository.git("config", "filter.swap.smudge", "cat")
    repository.write(OPENAI, b"gpt: 1\n")
    repository.git("add", OPENAI)
    repository.git("commit", "-qm", "renormalised")
    assert "other bytes" in fails_and_leaves_all(repository, {OPENAI: b"gpt: 3\n"})


@pytest.mark.fault("secrets", "a password in a remote's address")
def test_credentials_in_an_address_are_not_shown(repository: GitRepository) -> None:
    repository.hook("pre-commit", "echo fatal: https://bot:canary@example.com/x.git >&2; exit 1")
    said = fails_and_leaves_all(repository, {OPENAI: b"gpt: 2\n"})
    assert "https://***@example.com/x.git" in said
    assert "canary" not in said


# ---------------------------------------------------------------------------- interrupted

INTERRUPTIBLE = """
import sys
from pathlib import Path
from repositories import GitRepository
from test_repository_of_git import OPENAI, propose
propose(GitRepository(Path(sys.argv[1])), {OPENAI: b"gpt: 2\\n"})
"""


@pytest.mark.fault("interruption", "Ctrl-C and SIGTERM while git commits")
def test_ctrl_c_while_a_hook_runs_stops_it_and_leaves_all_as_it_was(
    repository: GitRepository, tmp_path: Path
) -> None:
    os.mkfifo(tmp_path / "alive")
    repository.hook("pre-commit", f"exec 9> '{tmp_path}/alive'; echo ready >&9; sleep 1000")
    before = repository.state()
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-B", "-c", INTERRUPTIBLE, repository.path]
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as run:
        with (tmp_path / "alive").open() as hook:
            assert hook.readline() == "ready\n"
            run.send_signal(signal.SIGINT)
            assert hook.read() == "", "the end comes when the hook is gone"
        assert "KeyboardInterrupt" in run.communicate()[1]
    repository.git("restore", OPENAI)
    after = repository.state()
    assert {**after, "files": None} == {**before, "files": None}


INTERRUPTED_AT_THE_START = """
import os, signal, sys
from pathlib import Path
from repositories import GitRepository
from test_repository_of_git import OPENAI, propose

def interrupt(frame, event, called):
    if event == "c_return" and called.__name__ == "fork_exec" and "commit" in frame.f_locals["args"]:
        sys.setprofile(None)
        os.kill(os.getpid(), signal.SIGINT)

sys.setprofile(interrupt)
try:
    propose(GitRepository(Path(sys.argv[1])), {OPENAI: b"gpt: 2\\n"})
except KeyboardInterrupt:
    try:
        os.waitpid(-1, os.WNOHANG)
    except ChildProcessError:
        print("git has ended")
"""


@pytest.mark.fault("interruption", "Ctrl-C and SIGTERM while git commits")
def test_ctrl_c_while_git_is_being_started_does_not_leave_it_behind(repository: GitRepository) -> None:
    before = repository.state()
    run = in_a_process(INTERRUPTED_AT_THE_START, repository)
    assert run.stdout == "git has ended\n", run.stderr
    repository.git("restore", OPENAI)
    assert {**repository.state(), "files": None} == {**before, "files": None}


@pytest.mark.fault("interruption", "committing is killed before any rename, removal or child process")
@pytest.mark.skipif(sys.platform != "linux", reason="waits for orphans as only Linux can")
def test_a_run_killed_at_any_call_before_or_after_its_commit_is_finished_by_the_next(
    record_property: Callable[[str, object], None],
) -> None:
    survived = sweep("commit")
    record_property("faults", survived)
    assert survived > 30 // STRIDE


@pytest.mark.fault("interruption", "git is killed when it made the commit, before its index knows it")
def test_a_git_killed_before_its_index_knows_the_commit_leaves_nothing_to_commit(
    repository: GitRepository,
) -> None:
    while_committing = '[ "$1" = committed ] && ls .git/next-index-*.lock >/dev/null 2>&1 || exit 0'
    repository.hook("reference-transaction", f"{while_committing}; kill -9 $(ps -o ppid= -p $PPID) $PPID")
    repository.write("README.md", b"staged\n")
    repository.git("add", "README.md")
    assert in_a_process(INTERRUPTIBLE, repository).returncode == -signal.SIGKILL
    for lock in (repository.path / ".git").rglob("*.lock"):
        lock.unlink()
    assert repository.git("log", "-1", "--format=%s", BRANCH) == "openrouter: ~1"
    assert repository.git("status", "--porcelain", OPENAI) == "MM catalog/openai.yaml"
    Repository.find(repository.path).recover()
    assert repository.git("status", "--porcelain") == "M  README.md"


@pytest.mark.fault("git", "git that cannot go back")
@pytest.mark.parametrize("before_commit", ["git add notes.txt", ">.git/HEAD.lock; exit 1"])
def test_a_way_back_that_git_refused_is_gone_by_the_next_run(
    repository: GitRepository, before_commit: str
) -> None:
    before = repository.state()
    repository.write("notes.txt", b"mine\n")
    repository.hook("pre-commit", before_commit)
    repository.hook("post-commit", ">.git/HEAD.lock")
    with pytest.raises(GitRefused, match=r"could not be set back(.|\n)*HEAD\.lock(.|\n)*git switch main"):
        propose(repository, {OPENAI: b"gpt: 2\n"})
    (repository.path / ".git/HEAD.lock").unlink()
    assert "back on main" in Repository.find(repository.path).recover()[0]
    after = repository.state()
    assert [after[what] for what in ("HEAD", "branches", "index")] == [
        before[what] for what in ("HEAD", "branches", "index")
    ]


@pytest.mark.fault("interruption", "a git that outlives the run that was killed")
def test_while_a_git_of_a_killed_run_still_works_nothing_is_set_back(repository: GitRepository) -> None:
    base = repository.git("rev-parse", "HEAD")
    text = json.dumps(
        {"previous": {"sha": base, "ref": "refs/heads/main"}, "branch": "", "tip": "", "added": []}
    )
    marker = repository.write(".git/modelsync.json", text.encode())
    lock = repository.write(".git/index.lock", b"")
    with pytest.raises(GitRefused, match=r"index\.lock"):
        Repository.find(repository.path).recover()
    assert lock.exists()
    lock.unlink()
    assert Repository.find(repository.path).recover() == ()
    assert not marker.exists()


@pytest.mark.fault("interruption", "an edit by a person after the kill")
def test_a_branch_that_a_person_switched_to_after_a_kill_stays(repository: GitRepository) -> None:
    base = repository.git("rev-parse", "HEAD")
    previous = {"sha": base, "ref": "refs/heads/main"}
    marker = {"previous": previous, "branch": f"refs/heads/{BRANCH}", "tip": "", "added": []}
    repository.write(".git/modelsync.json", json.dumps(marker).encode())
    repository.git("switch", "-qc", "mine")
    assert Repository.find(repository.path).recover() == ()
    assert repository.git("symbolic-ref", "HEAD") == "refs/heads/mine"


# ---------------------------------------------------------------------------- reading


def test_reads_files_and_changes_of_any_revision(repository: GitRepository) -> None:
    base = repository.git("rev-parse", "HEAD")
    made, _ = propose(repository, {OPENAI: b"gpt: 2\n"})
    found = Repository.find(repository.path)
    assert found.show(base, repository.path / OPENAI) == b"gpt: 1\n"
    assert found.show(made, repository.path / OPENAI) == b"gpt: 2\n"
    assert found.show(made, repository.path / "catalog/none.yaml") is None
    assert [commit.sha for commit in found.log(paths=[repository.path / OPENAI])] == [made, base]


def test_an_empty_commit_and_strange_settings_are_read(repository: GitRepository) -> None:
    repository.git("commit", "-q", "--allow-empty", "-m", "empty")
    repository.git("config", "log.showSignature", "true")
    repository.git("config", "log.decorate", "full")
    repository.git("config", "color.ui", "always")
    repository.git("config", "diff.noprefix", "true")
    empty, first = Repository.find(repository.path).log("HEAD")
    assert empty.paths == ()
    assert first.paths == ("README.md", "catalog/gemini.yaml", OPENAI)


def written_by_hand(repository: GitRepository, author: str, committer: str, message: bytes = b"m") -> str:
    """A commit as only other programs than git make one, with what HEAD has."""
    tree, head = repository.git("rev-parse", "HEAD^{tree}", "HEAD").split()
    lines = f"tree {tree}\nparent {head}\nauthor a <a@example.com> {author}\ncommitter {committer}\n\n"
    made = repository.write(".git/made", lines.encode() + message)
    return repository.git("hash-object", "-t", "commit", "-w", "--literally", made)


AT = 1_767_225_600  # 2026-01-01


@pytest.mark.fault("git", "a commit whose time is none, or beyond any calendar")
@pytest.mark.parametrize(
    ("author", "committer", "days"),
    [
        (f"{AT} +9999", f"c <c@example.com> {AT} -2400", "2026-01-01 2026-01-01"),
        (f"{AT} +0000", "c <c@example.com> 253402300800 +0000", "2026-01-01 2026-01-01"),
        ("99999999999999999999 +0000", f"c <c@example.com> {AT} +0000", "2026-01-01 2026-01-01"),
        ("soon", "nobody", "1970-01-01 1970-01-01"),
        ("-5 +0000", "", "1970-01-01 1970-01-01"),
    ],
)
def test_a_commit_of_any_time_is_read(
    repository: GitRepository, author: str, committer: str, days: str
) -> None:
    made = written_by_hand(repository, author, committer)
    (commit,) = Repository.find(repository.path).log("-1", made)
    assert f"{commit.date:%Y-%m-%d} {commit.committed:%Y-%m-%d}" == days
    assert commit.observed == commit.date


def test_words_of_an_older_encoding_are_read_as_text(repository: GitRepository) -> None:
    made = written_by_hand(repository, f"{AT} +0000", f"c <c@x> {AT} +0000", "prix ajusté".encode("latin-1"))
    (commit,) = Repository.find(repository.path).log("-1", made)
    assert commit.message.strip() == "prix ajust\ufffd"


def test_knows_whether_the_working_tree_is_committed(repository: GitRepository) -> None:
    found = Repository.find(repository.path)
    assert found.committed([repository.path / OPENAI])
    new = repository.write("catalog/new.yaml", b"new: 1\n")
    assert not found.committed([repository.path / OPENAI, new])
    repository.write(OPENAI, b"gpt: 2\n")
    assert not found.committed([repository.path / OPENAI])
