"""The review branch on the remote, and its pull request: one run, one branch, one pull request."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec

from modelsync import report
from modelsync.errors import GitRefused, UsageError
from modelsync.plan.declined import changes_of, without_declined
from modelsync.records import Outcome, Plan, PullRequest, Report
from modelsync.review import block
from modelsync.review.branch import Review
from modelsync.review.forge.github import LONGEST_BODY, TOKENS, GitHub, Place, place_of
from modelsync.review.published import Published
from modelsync.run.request import Run

_PROPOSED: tuple[Outcome, ...] = ("committed", "already proposed")
_CUT = "\n\nThe rest is left out here: it is in the commit's message.\n"

_FROM_ITS_BASE = (
    "A pull request says all that it changes, which a run on the review branch itself does not see.\n"
    "  Go to the branch that it is for, and run the command again."
)


def _token() -> str:
    token = next((os.environ[name] for name in TOKENS if os.environ.get(name)), "")
    if not token:
        raise GitRefused(
            f"no token to open pull requests with is set: {' or '.join(TOKENS)}",
            advice="In a workflow: `env: {GITHUB_TOKEN: ${{ github.token }}}`.",
        )
    return token


class Proposal:
    """What a run that is asked to push knows of the remote before it plans. Raises GitRefused, UsageError."""

    def __init__(self, run: Run, review: Review) -> None:
        if not review.commits or not review.own_branch:
            advice = "Leave out --no-commit and --no-branch."
            raise UsageError("--push and --pr need a commit on the review branch", advice=advice)
        self._run, self._review = run, review
        remote = review.repository.remote(run.config.review.remote)
        self._token = _token() if run.pr else ""
        self._place = place_of(remote.address) if run.pr else None
        self._published = Published(review, remote, run.config.review.base)

    def without_declined(self, planned: Plan) -> Plan:
        """The plan, in which what people declined by closing a pull request is held."""
        if self._place is None:
            return planned
        declined: dict[str, dict[str, str]] = {}
        with self._forge(self._place) as forge:
            for number, body in forge.closed(self._review.branch, self._published.base):
                for name, value in block.read(body).items():
                    declined.setdefault(name, {}).setdefault(value, f"#{number}")
        return without_declined(planned, declined, self._run.policy)

    def publish(self, done: Report) -> Report:
        """Push what the run committed or finds proposed already, and have one pull request of it."""
        remote, pull = f"{self._run.config.review.remote}/{self._review.branch}", None
        is_new = done.outcome in _PROPOSED
        if not is_new and not self._review.is_here:
            return done
        try:
            pushed = remote if self._published.push() else ""
            if self._place and not is_new:
                return msgspec.structs.replace(done, pushed=pushed, unpublished=_FROM_ITS_BASE)
            pull = self._pull_request(done, self._place) if self._place else None
        except GitRefused as refused:  # what is committed stays, and is said
            return msgspec.structs.replace(done, unpublished=str(refused))
        return msgspec.structs.replace(done, pushed=pushed, pull_request=pull)

    def _pull_request(self, done: Report, place: Place) -> PullRequest:
        title, body = report.subject(done.plan), report.markdown(done)
        hidden = f"\n{block.written(changes_of(done.plan))}\n"
        if len(body) + len(hidden) > LONGEST_BODY:
            body = body[: LONGEST_BODY - len(_CUT) - len(hidden)].rpartition("\n\n")[0] + _CUT
        with self._forge(place) as forge:
            return forge.propose(self._review.branch, self._published.base, title, body + hidden)

    @contextmanager
    def _forge(self, place: Place) -> Iterator[GitHub]:
        from modelsync.http import Client

        with Client(secrets={self._token}, delay=0) as client:
            yield GitHub(client, place, self._token)
