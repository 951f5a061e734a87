"""Promises of the way back, as a table: where HEAD and the review branch may be, and what sets them back."""

from __future__ import annotations

import msgspec
import pytest

from modelsync.git.facts import Head
from modelsync.git.rollback import BegunCommit, way_back

MAIN, REVIEW, MINE = "refs/heads/main", "refs/heads/modelsync/openrouter", "refs/heads/mine"
HERE, DETACHED = Head("base", MAIN), Head("base")
TO_MAIN = f"symbolic-ref HEAD {MAIN}"
NO_BRANCH, TO_TIP = f"update-ref --no-deref -d {REVIEW} base", f"update-ref --no-deref {REVIEW} tip base"
COMMIT_GONE, TO_PARENT = "update-ref HEAD base commit", "update-ref HEAD theirs commit"
DETACH = "update-ref --no-deref HEAD base"


@pytest.mark.parametrize(
    ("begun", "head", "tip", "expected"),
    [
        (BegunCommit(HERE, REVIEW), HERE, "", []),
        (BegunCommit(HERE, REVIEW), HERE, "base", [NO_BRANCH]),
        (BegunCommit(HERE, REVIEW), Head("base", REVIEW), "base", [TO_MAIN, NO_BRANCH]),
        (BegunCommit(HERE, REVIEW), Head("commit", REVIEW), "commit", [COMMIT_GONE, TO_MAIN, NO_BRANCH]),
        (BegunCommit(HERE, REVIEW, "tip"), HERE, "tip", []),
        (BegunCommit(HERE, REVIEW, "tip"), Head("base", REVIEW), "base", [TO_MAIN, TO_TIP]),
        (BegunCommit(HERE, REVIEW, "tip"), Head("commit", REVIEW), "commit", [COMMIT_GONE, TO_MAIN, TO_TIP]),
        (BegunCommit(HERE, REVIEW, "base"), Head("base", REVIEW), "base", [TO_MAIN]),
        (BegunCommit(HERE, REVIEW), Head("base", MINE), "another", []),
        (BegunCommit(HERE, REVIEW), Head("theirs", MINE), "base", [NO_BRANCH]),
        (BegunCommit(HERE), Head("commit", MAIN), "", [COMMIT_GONE]),
        (BegunCommit(HERE), Head("theirs", MINE), "", []),
        (BegunCommit(DETACHED), Head("commit"), "", [COMMIT_GONE]),
        (BegunCommit(DETACHED, REVIEW), Head("base", REVIEW), "base", [DETACH, NO_BRANCH]),
    ],
)
def test_from_wherever_a_commit_got_to_head_and_branch_are_set_back(
    begun: BegunCommit, head: Head, tip: str, expected: list[str]
) -> None:
    assert commands(begun, head, tip) == expected


MADE = BegunCommit(HERE, REVIEW, "tip", commit="commit", parent="base")


@pytest.mark.parametrize(
    ("head", "tip", "base", "expected"),
    [
        (Head("commit", MAIN), "base", "commit", [COMMIT_GONE, TO_TIP]),
        (Head("commit", MINE), "base", "base", [COMMIT_GONE, TO_TIP]),
        (Head("commit"), "base", "base", [COMMIT_GONE, TO_TIP]),
        (Head("theirs", MAIN), "commit", "theirs", [f"update-ref --no-deref {REVIEW} tip commit"]),
        (Head("theirs", MINE), "theirs", "base", []),
        (
            Head("commit", REVIEW),
            "commit",
            "commit",
            [COMMIT_GONE, f"update-ref {MAIN} base commit", TO_MAIN, TO_TIP],
        ),
        (Head("commit", REVIEW), "commit", "theirs", [COMMIT_GONE, DETACH, TO_TIP]),
    ],
)
def test_a_commit_is_taken_back_wherever_it_went_and_what_is_somebody_elses_stays(
    head: Head, tip: str, base: str, expected: list[str]
) -> None:
    assert commands(MADE, head, tip, base) == expected


@pytest.mark.parametrize(
    ("begun", "head", "tip", "expected"),
    [
        (MADE, Head("commit", MINE), "base", [TO_PARENT, TO_TIP]),
        (MADE, Head("commit", REVIEW), "commit", [TO_PARENT, TO_MAIN]),
        (BegunCommit(HERE, commit="commit"), Head("commit", MAIN), "", [TO_PARENT]),
    ],
)
def test_what_somebody_committed_before_ours_meanwhile_stays(
    begun: BegunCommit, head: Head, tip: str, expected: list[str]
) -> None:
    assert commands(msgspec.structs.replace(begun, parent="theirs"), head, tip) == expected


def commands(begun: BegunCommit, head: Head, tip: str, base: str = "base") -> list[str]:
    tips = {ref: sha for ref, sha in ((REVIEW, tip), (MAIN, base)) if sha}
    lines = (" ".join(command) for command in way_back(begun, head, tips))
    return [line.replace(" -m modelsync: taken back", "") for line in lines]
