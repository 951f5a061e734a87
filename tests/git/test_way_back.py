"""Promises of the way back, as a table: where HEAD and the review branch may be, and what sets them back."""

from __future__ import annotations

import pytest

from modelsync.git.facts import Head
from modelsync.git.way_back import Begun, way_back

MAIN, REVIEW, MINE = "refs/heads/main", "refs/heads/modelsync/openrouter", "refs/heads/mine"
HERE, DETACHED = Head("base", MAIN), Head("base")
TO_MAIN = f"symbolic-ref HEAD {MAIN}"
NO_BRANCH, TO_TIP = f"update-ref --no-deref -d {REVIEW} base", f"update-ref --no-deref {REVIEW} tip base"
COMMIT_GONE = "update-ref HEAD base commit"


@pytest.mark.parametrize(
    ("begun", "head", "tip", "expected"),
    [
        (Begun(HERE, REVIEW), HERE, "", []),
        (Begun(HERE, REVIEW), HERE, "base", [NO_BRANCH]),
        (Begun(HERE, REVIEW), Head("base", REVIEW), "base", [TO_MAIN, NO_BRANCH]),
        (Begun(HERE, REVIEW), Head("commit", REVIEW), "commit", [COMMIT_GONE, TO_MAIN, NO_BRANCH]),
        (Begun(HERE, REVIEW, "tip"), HERE, "tip", []),
        (Begun(HERE, REVIEW, "tip"), Head("base", REVIEW), "base", [TO_MAIN, TO_TIP]),
        (Begun(HERE, REVIEW, "tip"), Head("commit", REVIEW), "commit", [COMMIT_GONE, TO_MAIN, TO_TIP]),
        (Begun(HERE, REVIEW, "base"), Head("base", REVIEW), "base", [TO_MAIN]),
        (Begun(HERE, REVIEW), Head("base", MINE), "another", []),
        (Begun(HERE), Head("commit", MAIN), "", [COMMIT_GONE]),
        (Begun(DETACHED), Head("commit"), "", [COMMIT_GONE]),
        (
            Begun(DETACHED, REVIEW),
            Head("base", REVIEW),
            "base",
            ["update-ref --no-deref HEAD base", NO_BRANCH],
        ),
    ],
)
def test_from_wherever_a_commit_got_to_head_and_branch_are_set_back(
    begun: Begun, head: Head, tip: str, expected: list[str]
) -> None:
    commands = [" ".join(command) for command in way_back(begun, head, tip)]
    assert [command.replace(" -m modelsync: taken back", "") for command in commands] == expected
