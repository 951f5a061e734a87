"""Auto-merge: what is so small that nobody has to look at it the forge may merge, once its checks pass."""

from __future__ import annotations

from modelsync import report
from modelsync.against import against
from modelsync.errors import GitRefused, ModelsyncError
from modelsync.plan.automerge import outside
from modelsync.records import Notice, Report, Topic
from modelsync.review.branch import Review
from modelsync.review.forge.forge import Forge, Pull
from modelsync.review.remote_branch import RemoteBranch
from modelsync.run.request import Run

_LINE = "\n> All of this is within `review.automerge`, so that it may be merged once its checks pass.\n"


class Automerge:
    """What a run lets the forge do with its pull request. `why_not` is empty where it may be merged."""

    def __init__(self, run: Run, review: Review, remote: RemoteBranch, done: Report) -> None:
        self._run, self._review, self._base = run, review, remote.base
        self._is_new = remote.is_behind
        self.why_not = self._reason(done) if run.config.review.automerge else "it is off"

    @property
    def line(self) -> str:
        return "" if self.why_not else _LINE

    @property
    def notices(self) -> tuple[Notice, ...]:
        """What comes of it, for who asked for it."""
        if self._run.config.review.automerge is None:
            return ()
        return (Notice(Topic.AUTOMERGE, "", self.why_not or "the forge merges this once its checks pass"),)

    def take_back(self, forge: Forge, pull: Pull | None) -> None:
        """Before anything else is pushed, nothing merges by itself: who let it saw what there was then."""
        if pull and pull.merges_itself is not False and self._is_new:
            forge.merge_by_hand(pull.number)

    def give(self, forge: Forge, before: Pull | None, number: int) -> None:
        """Have the forge merge it, unless it is told so already. `why_not` is then why it will not."""
        if self.why_not or (before and before.merges_itself and not self._is_new):
            return
        try:
            commit = self._review.tip
            forge.merge_when_green(number, commit, self._base)
        except GitRefused as refused:  # people can
            self.why_not = report.problem(refused)

    def _reason(self, done: Report) -> str:
        """Why a person has to merge it: not all is inside the rule, or the second look names something."""
        policy = self._run.config.review
        if done.plan.title:
            return "a person merges this: a person asked for it"
        if policy.automerge and (first := outside(done.plan, policy.automerge)):
            return f"a person merges this: {first}"
        revisions = (f"refs/remotes/{policy.remote}/{self._base}", f"refs/heads/{self._review.branch}")
        try:
            faults = against(self._run.place, *revisions, today=self._run.now.date())
        except ModelsyncError as error:
            return report.problem(error)
        return f"a person merges this: {faults[0]}" if faults else ""
