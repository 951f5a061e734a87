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
from modelsync.review.forge.forge import AGAIN, Forge
from modelsync.review.forge.place import Chosen, choose
from modelsync.review.published import Published
from modelsync.run.request import Run

_PROPOSED: tuple[Outcome, ...] = ("committed", "already proposed")

_FROM_ITS_BASE = (
    "A pull request says all that it changes, which a run on the review branch itself does not see.\n"
    "  Go to the branch that it is for, and run the command again."
)


class Proposal:
    """What a run that is asked to push knows of the remote before it plans. Raises GitRefused, UsageError."""

    def __init__(self, run: Run, review: Review) -> None:
        if not review.commits or not review.own_branch:
            advice = "Leave out --no-commit and --no-branch."
            raise UsageError("--push and --pr need a commit on the review branch", advice=advice)
        self._run, self._review = run, review
        remote = review.repository.remote(run.config.review.remote)
        self._chosen = choose(run.config.review, remote.address, os.environ, lambda: "") if run.pr else None
        self._published = Published(review, remote, run.config.review.base)

    def without_declined(self, planned: Plan) -> Plan:
        """The plan, in which what people declined by closing a pull request is held."""
        if self._chosen is None:
            return planned
        declined: dict[str, dict[str, str]] = {}
        with self._opened(self._chosen) as forge:
            for pull in forge.closed(self._review.branch, self._published.base):
                for name, value in block.read(pull.body).items():
                    declined.setdefault(name, {}).setdefault(value, f"{forge.sign}{pull.number}")
        return without_declined(planned, declined, self._run.policy)

    def publish(self, done: Report) -> Report:
        """Push what the run committed or finds proposed already, and have one pull request of it."""
        remote, pull = f"{self._run.config.review.remote}/{self._review.branch}", None
        is_new = done.outcome in _PROPOSED
        if not is_new and not self._review.is_here:
            return done
        try:
            pushed = remote if self._published.push() else ""
            if self._chosen and not is_new:
                return msgspec.structs.replace(done, pushed=pushed, unpublished=_FROM_ITS_BASE)
            pull = self._pull_request(done, self._chosen) if self._chosen else None
        except GitRefused as refused:  # what is committed stays, and is said
            return msgspec.structs.replace(done, unpublished=report.problem(refused))
        return msgspec.structs.replace(done, pushed=pushed, pull_request=pull)

    def _pull_request(self, done: Report, chosen: Chosen) -> PullRequest:
        title, hidden = report.subject(done.plan), f"\n{block.written(changes_of(done.plan))}\n"
        body = report.markdown(done, longest=chosen.kind.forge.longest_body - len(hidden))
        with self._opened(chosen) as forge:
            return _proposed(forge, self._review.branch, self._published.base, title, body + hidden)

    @contextmanager
    def _opened(self, chosen: Chosen) -> Iterator[Forge]:
        from modelsync.http import Client

        with Client(secrets={chosen.token}, delay=0) as client:
            yield chosen.opened(client)


def _proposed(forge: Forge, branch: str, base: str, title: str, body: str) -> PullRequest:
    """Have exactly one open pull request of the branch, with this title and body."""
    existing = forge.open(branch, base)
    if existing is None:
        created = forge.create(branch, base, title, body)
        # without one, somebody was quicker, or the answer to our own request was lost
        pull = created or forge.open(branch, base)
        if pull is None:
            raise GitRefused(f"{forge.name} makes no {forge.request}, and does not say why", advice=AGAIN)
        return PullRequest(pull.number, pull.url, "created")
    if (existing.title, existing.body) == (title, body):
        return PullRequest(existing.number, existing.url, "unchanged")
    forge.update(existing.number, title, body)
    return PullRequest(existing.number, existing.url, "updated")
