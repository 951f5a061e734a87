"""What `check --against` says of a commit, put on that commit: there reviewers see it."""

from __future__ import annotations

import os

from modelsync.jobs import evidence
from modelsync.jobs.propose import forge_of, opened
from modelsync.run.request import Run

_NAME = "modelsync"  # of the check, for the rules of a branch that require it


def put(run: Run, revision: str, faults: int) -> None:
    """Say on a commit whether it needs a second look. Raises GitRefused, and UsageError for no commit."""
    review = evidence.review_of(run)
    commit = review.repository.commit_of(revision)
    with opened(forge_of(run, review)) as forge:
        forge.set_status(commit, "failure" if faults else "success", _NAME, _described(faults), _job())


def _described(faults: int) -> str:
    if not faults:
        return "nothing that needs a second look"
    return f"{faults:,} {'thing needs' if faults == 1 else 'things need'} a second look"


def _job() -> str:
    """The address of the job of CI that this is, whose log has it all; nothing elsewhere."""
    environment = os.environ
    if number := environment.get("GITHUB_RUN_ID"):
        repository = f"{environment.get('GITHUB_SERVER_URL')}/{environment.get('GITHUB_REPOSITORY')}"
        return f"{repository}/actions/runs/{number}"
    return environment.get("CI_JOB_URL", "")
