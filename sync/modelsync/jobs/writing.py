"""What a plan or a person's command does to files and git: edit, back up, write, commit; and its report."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from modelsync import catalog, report
from modelsync.catalog import Opened, Rewrite
from modelsync.config import Place
from modelsync.disk import git_folders, transaction
from modelsync.errors import DiskFault
from modelsync.jobs.decisions import rewrites
from modelsync.jobs.opening import alone, open_catalog
from modelsync.records import Notice, Outcome, Plan, Report, Topic
from modelsync.records.progress import Committed, Written
from modelsync.review.branch import Review, Rewritten, digest_of
from modelsync.run.request import Run

if TYPE_CHECKING:
    from modelsync.jobs.propose import Proposal


def edit(run: Run, label: str, change: Callable[[Opened], rewrites.Edited]) -> Report:
    """Write what a person's command makes of the files, and what is to be said of it."""
    with alone(run) as review:
        opened = open_catalog(run)
        rewrites, notices = change(opened)
        edited = [item for item in rewrites if item.content != item.file.content]
        nothing = Plan(run.now, (label,), opened.catalog.files, notices=tuple(notices))
        if not edited:
            return reported(run, nothing, recovered=review.recovered)
        return write(run, nothing, edited, review)


def propose(run: Run, ask: Callable[[Opened, Review], tuple[Plan, Sequence[Rewrite]]]) -> Report:
    """Commit what a person asks for on the review branch of the run, published as any proposal is."""
    with alone(run) as review:
        proposal = proposal_of(run, review)
        review.expect_ours()
        planned, edited = ask(open_catalog(run), review)
        done = _proposed(run, planned, edited, review)
        return proposal.publish(done) if proposal else done


def proposal_of(run: Run, review: Review) -> Proposal | None:
    """What the run is to have of the remote, where it publishes."""
    if not run.publishes:
        return None
    from modelsync.jobs.propose import Proposal

    return Proposal(run, review)


def restore(run: Run, name: str, *, force: bool) -> tuple[Path | None, tuple[str, ...]]:
    """Put files back as a run found them, uncommitted: the backup made before, and the files' names."""
    from modelsync.disk import backups

    with alone(run):
        place = run.place
        backup = backups.find(place.backups, name)
        return backups.restore(backup, root=place.top, state=place.state, now=run.now, force=force)


def carry_out(run: Run, opened: Opened, planned: Plan, review: Review) -> Report:
    """Edit, back up, write and commit what the plan says, or nothing of it."""
    if not planned.changes and not opened.decided:
        # a proposal of ours that was squashed into the base, or that upstream no longer makes
        why = "what it proposes is merged, or upstream says it no more"
        advice = f"{why}; delete it: git branch -D {review.branch}"
        stale = [Notice(Topic.STALE, review.branch, advice)] if review.proposed(run.shape) else []
        return reported(run, with_notices(planned, stale), recovered=review.recovered)
    return _proposed(run, *catalog.written(opened, planned), review)


def _proposed(run: Run, planned: Plan, edited: Sequence[Rewrite], review: Review) -> Report:
    """Write and commit it, unless there is nothing to write, or the review branch has it already."""
    if not edited:
        return reported(run, planned, recovered=review.recovered)
    if is_proposed(run, edited, review):
        proposed = reported(run, planned, edited, outcome="already proposed", recovered=review.recovered)
        return msgspec.structs.replace(proposed, branch=review.branch)
    return write(run, planned, edited, review)


def is_proposed(run: Run, edited: Sequence[Rewrite], review: Review) -> bool:
    """Whether there is nothing to do but to have it reviewed."""
    return review.is_proposed(edited) and (review.begins_at_head or not run.publishes)


def write(run: Run, wanted: Plan, edited: Sequence[Rewrite], review: Review) -> Report:
    """Do it, and once more where a hook lays out the files in another way: then that is what is written."""
    try:
        return _write_once(run, wanted, edited, review)
    except Rewritten as hook:
        return _write_once(run, wanted, hook.edited, review)


def _write_once(run: Run, wanted: Plan, edited: Sequence[Rewrite], review: Review) -> Report:
    """One backup, one transaction over the files and the repository, one report."""
    from modelsync.config import schema
    from modelsync.disk import backups

    place = run.place
    edits = [transaction.FileEdit(item.file.path, item.file.content, item.content) for item in edited]
    review.expect_free([edit.path for edit in edits])
    backup = backups.create(place.backups, edits, root=place.top, plan_json=wanted.to_json(), now=run.now)
    planned = reported(run, wanted, edited)
    message = report.commit_message(planned, run=backup.name, digest=planned.digest, catalog=place.name)
    with (
        review.transaction() as previous,
        transaction.transaction(edits, root=place.top, state=place.state, backup=backup) as lost,
    ):
        run.observe(Written(tuple(item.file.name for item in edited)))
        commit = review.commit(edited, message)
    if commit:
        run.observe(Committed(commit, review.branch if review.own_branch else ""))
    schema.keep(place, run.shape)
    branch = previous.name if previous else ""
    go_back, undo = review.ways_back(previous, commit)
    noticed = with_notices(wanted, (Notice(Topic.FILE, "", line) for line in lost))
    done = msgspec.structs.replace(
        planned,
        plan=noticed,
        commit=commit,
        branch=(review.branch if review.own_branch else branch) if commit else "",
        previous_branch=branch,
        go_back=go_back,
        undo=undo,
        push=review.way_on(previous, commit),
        backup=os.path.relpath(backup),
        outcome="committed" if commit else "written",
        recovered=review.recovered,
        seconds=_seconds(run),
    )
    return _filed(run, done, backup)


def reported(
    run: Run,
    planned: Plan,
    edited: Sequence[Rewrite] = (),
    *,
    outcome: Outcome = "nothing",
    recovered: tuple[str, ...] = (),
) -> Report:
    removed = tuple(text for item in edited for text in item.removed_comments)
    return Report(
        planned,
        digest_of(run.place, edited),
        outcome=outcome,
        recovered=recovered,
        removed_comments=removed,
        command=run.command,
        actor=run.actor,
        folder=_elsewhere(run.place),
        seconds=_seconds(run),
    )


def _elsewhere(place: Place) -> str:
    """The repository's folder, where one is not in it and git would take its commands for another's."""
    here, there = git_folders.top(Path(os.path.realpath(os.curdir))), Path(os.path.realpath(place.top))
    return os.path.relpath(place.top) if place.is_in_git and here != there else ""


def _seconds(run: Run) -> float:
    return time.monotonic() - run.begun


def _filed(run: Run, done: Report, backup: Path) -> Report:
    """The report, a copy of it beside the backup; what is done stays done if there is no room for that."""
    from modelsync.disk import backups

    try:
        backups.finish(backup, report.as_json(done, indent=None).encode())
        backups.retain(run.place.backups, run.config.backups, run.now)
    except DiskFault as fault:
        noticed = with_notices(done.plan, [Notice(Topic.BACKUP, fault.where, fault.what)])
        return msgspec.structs.replace(done, plan=noticed)
    return done


def with_notices(planned: Plan, notices: Iterable[Notice]) -> Plan:
    return msgspec.structs.replace(planned, notices=(*planned.notices, *notices))
