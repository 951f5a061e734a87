"""What git must allow before a run writes: each function raises GitRefused, none changes anything."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from modelsync.disk import git_folders
from modelsync.errors import GitRefused
from modelsync.git.command import Answer, Command, entries, literal, some
from modelsync.git.facts import ReviewBranch

INDEX = "GIT_INDEX_FILE"  # elsewhere, it does no harm as long as git only reads

_IN_PROGRESS = {
    "MERGE_HEAD": ("a merge", "git merge --continue", "git merge --abort"),
    "CHERRY_PICK_HEAD": ("a cherry-pick", "git cherry-pick --continue", "git cherry-pick --abort"),
    "REVERT_HEAD": ("a revert", "git revert --continue", "git revert --abort"),
    "rebase-merge": ("a rebase", "git rebase --continue", "git rebase --abort"),
    "rebase-apply": ("a rebase, or git am", "git rebase --continue", "git rebase --abort"),
    "sequencer": ("several cherry-picks or reverts", "git cherry-pick --continue", "git cherry-pick --quit"),
    "BISECT_LOG": ("a bisect", "git bisect log", "git bisect reset"),
}


def expect_own(top: Path, *names: str) -> None:
    """These variables, which git sets for its hooks, lead it to nothing but this working tree's own."""
    own, shared = git_folders.own(top), git_folders.shared(top)
    paths = {
        "GIT_DIR": own,
        "GIT_WORK_TREE": top,
        "GIT_COMMON_DIR": shared,
        "GIT_OBJECT_DIRECTORY": shared / "objects",
        "GIT_INDEX_FILE": own / "index",
    }
    for name in names:
        value = os.environ.get(name)
        if value is not None and os.path.realpath(top / value) != os.path.realpath(paths[name]):
            raise GitRefused(
                f"{name} leads git to something else than the repository of the catalog",
                where=value,
                advice=f"Run it without: `env -u {name} modelsync ...`.",
            )


def expect_calm(root: Path, git_dir: Path) -> None:
    """No merge, rebase, cherry-pick, revert or bisect under way."""
    for name, (what, finish, abort) in _IN_PROGRESS.items():
        if (git_dir / name).exists():
            raise GitRefused(
                f"the repository is in the middle of {what}",
                where=str(root),
                advice=f"End it first: `{finish}`, or `{abort}`.",
            )


def expect_unlocked(index: Path) -> None:
    """No other git command at work. A lock is never removed: whose it is cannot be known."""
    locked = index.with_name(index.name + ".lock")
    if locked.exists():
        raise GitRefused(
            "git's index is locked",
            where=str(locked),
            advice="Another git command is running: wait for it. If none is, remove this file.",
        )


def expect_identity(git: Command, root: Path) -> None:
    """Git knows who commits."""
    identities = git.together(("var", "GIT_AUTHOR_IDENT"), ("var", "GIT_COMMITTER_IDENT"))
    if any(answer.status for answer in identities):
        raise GitRefused(
            "git does not know who commits",
            where=str(root),
            advice='Tell it: `git config user.name "Your Name"` and `git config user.email you@example.com`.',
        )


def expect_clean(git: Command, root: Path, paths: Sequence[str]) -> frozenset[str]:
    """These files, as far as they exist, are exactly what HEAD has. Gives those that are new to git."""
    if not paths:
        return frozenset()
    options = ("--porcelain=v1", "-z", "--untracked-files=no", "--no-renames")
    specs = ("--", *literal(paths))
    listed, changed = map(
        entries, git.must_together(("ls-files", "-z", "-v", *specs), ("status", *options, *specs))
    )
    tags = {entry[2:]: entry[0] for entry in listed}
    new = frozenset(paths) - tags.keys()
    unknown = [path for path in new if os.path.lexists(root / path)]
    if unknown:
        raise GitRefused(
            "git does not track this file yet, or ignores it",
            where=some(unknown),
            advice="Commit it first (a submodule: inside it), or say --no-commit.",
        )
    hidden = [path for path, tag in tags.items() if tag == "S" or tag.islower()]
    if hidden:
        raise GitRefused(
            "git does not look at this file: sparse checkout, skip-worktree or assume-unchanged",
            where=some(hidden),
            advice="`git sparse-checkout add` its folder, or `git update-index --no-skip-worktree"
            " --no-assume-unchanged` with its name.",
        )
    if changed:
        raise GitRefused(
            "uncommitted changes, which would get mixed with ours",
            where=some(entry[3:] for entry in changed),
            advice="Commit or stash them, then run the command again.",
        )
    return new


def expect_free(review: ReviewBranch) -> None:
    """The review branch can be started, and nobody has it checked out."""
    if review.name.startswith("-"):
        raise GitRefused(
            "no branch can have this name", where=review.name, advice="Name another under `review`."
        )
    if review.elsewhere:
        raise GitRefused(
            "the review branch is checked out in another worktree",
            where=review.elsewhere,
            advice=f"Switch that worktree to another branch than {review.name}, or remove it.",
        )


def unusable(answer: Answer, where: Path) -> GitRefused:
    """Why there is no repository to work in, from what git answered."""
    if "not a git repository" in answer.words:
        advice = "Run `git init` and commit the catalog, or say --no-commit."
        return GitRefused("is not in a git repository", where=str(where), advice=advice)
    if "ambiguous argument 'HEAD'" in answer.words:
        advice = "Commit the catalog first, or say --no-commit."
        return GitRefused("the repository has no commit yet", where=str(where), advice=advice)
    what = "git refuses to work here" if answer.words else "git does not work here"
    return GitRefused(what, where=str(where), advice=answer.words)
