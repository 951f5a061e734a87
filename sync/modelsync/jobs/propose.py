"""The review branch on the remote, and its pull request: one run, one branch, one pull request.

What a run has to know of the past it reads from git and from the forge: a machine of CI starts fresh.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping
from contextlib import suppress
from functools import partial

from msgspec.structs import replace

from modelsync import report
from modelsync.config import reading
from modelsync.disk import files
from modelsync.errors import CatalogError, GitRefused, UsageError
from modelsync.jobs import dashboard, evidence
from modelsync.jobs.automerge import Automerge
from modelsync.plan.proposals import changes_of, without_declined
from modelsync.records import Catalog, Outcome, Plan, PullRequest, Report, Topic
from modelsync.records.progress import Pushed
from modelsync.review import metadata
from modelsync.review.branch import Review
from modelsync.review.dashboard import Dashboard
from modelsync.review.forge.detection import Chosen, choose
from modelsync.review.forge.forge import AGAIN, Forge, Pull, Status
from modelsync.review.remote_branch import RemoteBranch, Touched, reviewed
from modelsync.run.request import Run

REBUILD = "modelsync:rebuild"  # a label: what people committed to the branch is dropped
_PROPOSED: tuple[Outcome, ...] = ("committed", "already proposed")
_CHECK = "modelsync"  # as which a status stands on a commit, for the rules of a branch that require it
_LINE = 500  # characters that stay free in a body, for what a later run has to add
_LONGEST_TITLE = 250  # characters: GitLab takes 255, and GitHub 256

_FROM_ITS_BASE = (
    "A pull request says all that it changes, which a run on the review branch itself does not see.\n"
    "  Go to the branch that it is for, and run the command again."
)


def forge_of(run: Run, review: Review) -> Chosen:
    """Where the pull requests of a run's remote are. Raises GitRefused."""
    policy = run.config.review

    def reviewed_api() -> str:
        with suppress(CatalogError):
            text = reviewed(review, policy.remote, run.place.config_file)
            return reading.parse(text.decode(errors="replace")).review.api
        return ""

    return choose(policy, review.repository.remote(policy.remote).address, os.environ, reviewed_api)


def set_status(run: Run, revision: str, faults: int) -> None:
    """Say on a commit whether it needs a second look. Raises GitRefused, and UsageError for no commit."""
    review = evidence.review_of(run)
    commit = review.repository.commit_of(revision)
    named = f"{faults:,} {'thing needs' if faults == 1 else 'things need'} a second look"
    url = os.environ.get("CI_JOB_URL", "")  # of the job of CI that this is, whose log has it all
    if number := os.environ.get("GITHUB_RUN_ID"):
        repository = f"{os.environ.get('GITHUB_SERVER_URL')}/{os.environ.get('GITHUB_REPOSITORY')}"
        url = f"{repository}/actions/runs/{number}"
    with forge_of(run, review).opened() as forge:
        status: Status = "failure" if faults else "success"
        forge.set_status(commit, status, _CHECK, named if faults else "nothing that needs a second look", url)


class Proposal:
    """What a run that is asked to push knows of the remote before it plans. Raises GitRefused, UsageError."""

    def __init__(self, run: Run, review: Review) -> None:
        if not review.commits or not review.own_branch:
            advice = "Leave out --no-commit and --no-branch."
            raise UsageError("--push and --pr need a commit on the review branch", advice=advice)
        self._run, self._review = run, review
        self._chosen = forge_of(run, review) if run.pr else None
        self._remote = self._remote_branch()
        self._closed: tuple[Pull, ...] = ()  # and not merged, the newest first

    def _remote_branch(self) -> RemoteBranch:
        """The branch as it is on the remote. What people committed to it stays, and that is said below the
        pull request once; unless they are named, or the pull request is labelled, to be dropped."""
        policy, files = self._run.config.review, self._run.config.data_files
        remote_branch = partial(RemoteBranch, self._review, policy.remote, policy.base, files=files)
        try:
            return remote_branch(dropped=self._run.replace)
        except Touched as touched:
            if self._chosen and self._may_be_dropped(self._chosen, touched):
                return remote_branch(dropped=touched.commits)
            raise

    def _may_be_dropped(self, chosen: Chosen, touched: Touched) -> bool:
        """Whether people's commits are merged, or who may label wants them dropped; else say they stay."""
        with suppress(GitRefused), chosen.opened() as forge:  # what else is wrong, `touched` says
            pull = forge.open(self._review.branch, touched.base)
            if pull is None:
                return touched.tip in forge.merged(self._review.branch, touched.base)
            if REBUILD in pull.labels:
                forge.remove_label(pull, REBUILD)  # before anything is dropped: it counts once
                return True
            mark = metadata.kept(touched.commits[0])
            if not any(mark in comment for comment in forge.comments(pull.number)):
                forge.comment(pull.number, f"{self._kept(touched.commits)}\n\n{mark}\n")
        return False

    def _kept(self, commits: tuple[str, ...]) -> str:
        """What is said where people committed to the branch."""
        shas = ", ".join(commit[:10] for commit in commits[:10])
        drop = " ".join(f"--replace {commit[:10]}" for commit in commits[:10])
        command = (self._run.command or "modelsync sync --pr").replace("`", "'")
        return (
            f"This branch has commits that no run made: {shas}. They are kept, and so are branch and "
            f"description as they are, until this is merged. `{command} {drop}`, or the label "
            f"`{REBUILD}`, drops them and brings it up to date."
        )

    def without_declined(self, planned: Plan) -> Plan:
        """The plan, in which what people declined by closing a pull request is held."""
        if self._chosen is None:
            return planned
        declined: dict[str, dict[str, str]] = {}
        with self._chosen.opened() as forge:
            self._closed = tuple(forge.closed(self._review.branch, self._remote.base))
            for pull in self._closed:
                changes = {} if metadata.CLOSED in pull.body else metadata.read(pull.body)
                for name, value in changes.items():
                    declined.setdefault(name, {}).setdefault(value, f"{forge.sign}{pull.number}")
        return without_declined(planned, declined, self._run.policy)

    @property
    def open_one(self) -> PullRequest | None:
        """The pull request that is open now. Raises GitRefused."""
        if self._chosen is None:
            return None
        with self._chosen.opened() as forge:
            pull = forge.open(self._review.branch, self._remote.base)
        return PullRequest(pull.number, pull.url, "unchanged") if pull else None

    def publish(self, done: Report) -> Report:
        """Push what the run committed or finds proposed already, and have one pull request of it: or close
        the one that nothing is left of."""
        done = self._publish(done)
        if done.pushed or done.pull_request:
            self._run.observe(Pushed(done.pushed, done.pull_request))
        return done

    def _publish(self, done: Report) -> Report:
        is_new = done.outcome in _PROPOSED
        if not is_new and not self._review.is_here:
            return self._settled(done)
        remote, pushed = f"{self._run.config.review.remote}/{self._review.branch}", ""
        try:
            if self._chosen and is_new:
                merging = Automerge(self._run, self._review, self._remote, done)
                with self._chosen.opened() as forge:
                    before = self._pull_request(forge)
                    merging.take_back(forge, before[0])
                    pushed = remote if self._remote.push() else ""
                    pull = self._proposed(forge, before, done, merging.line)
                    merging.give(forge, before[0], pull.number)
                notices = (*done.plan.notices, *merging.notices)
                plan = replace(done.plan, notices=notices)
                return replace(done, plan=plan, pushed=pushed, pull_request=pull)
            pushed = remote if self._remote.push() else ""
        except GitRefused as refused:  # what is committed stays, and is said
            return replace(done, pushed=pushed, unpublished=report.problem(refused))
        done = replace(done, pushed=pushed)
        if self._run.print_pr and is_new:
            self._print(done)
        return replace(done, unpublished=_FROM_ITS_BASE) if self._chosen else done

    def dashboard(self, done: Report, before: Catalog) -> Report:
        """Have the dashboard say what is not proposed, `before` being the catalog that the run found."""
        if self._chosen is None or not self._run.config.review.dashboard:
            return done
        try:
            with self._chosen.opened() as forge:
                address = dashboard.update(self._run, done, before, forge)
        except GitRefused as refused:
            both = filter(None, (done.unpublished, report.problem(refused)))
            return replace(done, unpublished="\n".join(both))
        return replace(done, dashboard=address)

    def remembered(self) -> Mapping[str, str]:
        """What the dashboard remembers; nothing where there is none, or it cannot be asked."""
        if self._chosen is not None and self._run.config.review.dashboard:
            with suppress(GitRefused), self._chosen.opened() as forge:
                return Dashboard(forge, self._run.place.name).state
        return {}

    # ------------------------------------------------------------------------ the pull request

    def _pull_request(self, forge: Forge) -> tuple[Pull | None, bool]:
        """The open one, and whether a run closed it and it was opened again just now: a forge refuses that
        once the branch has other commits."""
        pull = forge.open(self._review.branch, self._remote.base)
        if pull and REBUILD in pull.labels:  # nobody's commit was in the way; of a later one it says nothing
            forge.remove_label(pull, REBUILD)
        if pull or not self._remote.tip:
            return pull, False
        ours = next((one for one in self._closed[:1] if metadata.CLOSED in one.body), None)
        return (ours, True) if ours and forge.reopen(ours.number) else (None, False)

    def _proposed(
        self, forge: Forge, before: tuple[Pull | None, bool], done: Report, more: str
    ) -> PullRequest:
        """Have exactly one open pull request of the branch, which says what the run did."""
        (pull, is_reopened), base = before, self._remote.base
        title, body = report.subject(done.plan)[:_LONGEST_TITLE], self._body(done, pull, forge) + more
        if pull is None:
            created = forge.create(self._review.branch, base, title, body)
            # without one, somebody was quicker, or the answer to our own request was lost
            pull = created or forge.open(self._review.branch, base)
            if pull is None:
                what = f"{forge.name} makes no {forge.request}, and does not say why"
                raise GitRefused(what, advice=AGAIN)
            return PullRequest(pull.number, pull.url, "created")
        if (pull.title, pull.body.strip()) == (title, body.strip()):
            return PullRequest(pull.number, pull.url, "unchanged")
        forge.update(pull.number, title, body)
        return PullRequest(pull.number, pull.url, "reopened" if is_reopened else "updated")

    def _body(self, done: Report, before: Pull | None, forge: Forge) -> str:
        """What the pull request says, and hidden in it what it changes, within the forge's limit."""
        is_carried = any(notice.topic == Topic.PROPOSED_BEFORE for notice in done.plan.notices)
        line = self._unconfirmed(done, before) if is_carried else ""
        hidden = f"\n{metadata.written(changes_of(done.plan))}\n"
        return report.markdown(done, longest=forge.longest_body - _LINE - len(hidden)) + hidden + line

    def _settled(self, done: Report) -> Report:
        """The run has nothing to propose: nor has a pull request that is open, where that is certain."""
        if self._chosen is None:
            return done
        try:
            with self._chosen.opened() as forge:
                pull = forge.open(self._review.branch, self._remote.base)
                if pull is None:
                    return done
                if self._silent(done):
                    if not metadata.unconfirmed_since(pull.body):
                        forge.update(pull.number, pull.title, pull.body + self._unconfirmed(done, pull))
                    pull_request = PullRequest(pull.number, pull.url, "unconfirmed")
                else:
                    forge.close(pull.number, self._farewell(pull, forge))
                    pull_request = PullRequest(pull.number, pull.url, "closed")
        except GitRefused as refused:
            return replace(done, unpublished=report.problem(refused))
        return replace(done, pull_request=pull_request)

    def _silent(self, done: Report) -> tuple[str, ...]:
        """The sources of what the branch proposes that did not answer completely in this run. One that is
        switched off or gone from `sync.yaml` is not waited for."""
        run, plan = self._run, done.plan
        named = [commit.trailer("Modelsync-Source") for commit in self._remote.commits]
        sources = {name for names in named for name in names.split("+") if name} or set(run.selected)
        waited_for = {name for name, one in run.config.sources.items() if one.enabled or name in run.selected}
        cut_off = (Topic.INCOMPLETE, Topic.RECORDED)
        cut = {notice.subject for notice in plan.notices if notice.topic in cut_off}
        whole = {asked.source for asked in plan.asked if asked.state == "ok"} - cut
        return tuple(sorted((sources & waited_for) - (set() if run.only else whole)))

    def _unconfirmed(self, done: Report, before: Pull | None) -> str:
        since = metadata.unconfirmed_since(before.body if before else "") or f"{self._run.now:%Y-%m-%d}"
        names = ", ".join(f"`{name}`" for name in self._silent(done)[:5])
        who = f"no whole answer of {names}" if names and not self._run.only else "nobody asked for all of it"
        return f"\n> Not confirmed since {since}: {who}. {metadata.unconfirmed(since)}\n"

    def _farewell(self, pull: Pull, forge: Forge) -> str:
        """What a body says once it is closed: first why, so that it is there however long the rest is."""
        why = f"Closed by modelsync on {self._run.now:%Y-%m-%d}: upstream no longer says anything of this."
        return f"{metadata.CLOSED}\n**{why}**\n\n{pull.body}"[: forge.longest_body]

    # ------------------------------------------------------------------------ elsewhere

    def _print(self, done: Report) -> None:
        """Write title and body to files, and tell which."""
        folder = self._run.place.note("pull-request")
        body = report.markdown(done) + f"\n{metadata.written(changes_of(done.plan))}\n"
        with files.disk_faults("writing", folder):
            files.own_folder(folder.parent)
            files.own_folder(folder)
            texts = {"title.txt": report.subject(done.plan)[:_LONGEST_TITLE], "body.md": body}
            files.replace_all({folder / name: text.encode() for name, text in texts.items()})
        shown, branch = shlex.quote(os.path.relpath(folder)), shlex.quote(self._review.branch)
        self._run.tell(
            f"to propose it: gh pr create --head {branch} --base {shlex.quote(self._remote.base)} "
            f'--title "$(cat {shown}/title.txt)" --body-file {shown}/body.md'
        )
