"""The job: read, fetch, plan, edit, back up, write, commit. The one place where the steps meet."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from modelsync import catalog, report
from modelsync.catalog import Opened, Rewrite, lookup
from modelsync.config import CONFIG_FILE, Place
from modelsync.disk import files, git_folders, transaction
from modelsync.errors import DiskFault, Locked
from modelsync.jobs import decisions, evidence, notify, ruling
from modelsync.plan import make_plan, opinion
from modelsync.plan.carried import carried
from modelsync.records import (
    Change,
    GivenUp,
    Listing,
    Notice,
    Outcome,
    Plan,
    Preflight,
    Report,
    SecondOpinion,
    Topic,
)
from modelsync.records.progress import Committed, Held, Planned, Written
from modelsync.review.branch import (
    Review,
    Rewritten,
    StateTracked,
    digest_of,
    expect_whole,
    is_half_done,
    recover,
)
from modelsync.run import fetch, preflight
from modelsync.run.news import News
from modelsync.run.notes import HEARD
from modelsync.run.request import Run

if TYPE_CHECKING:
    from modelsync.jobs.propose import Proposal

Listings = tuple[fetch.Answer, ...]


def sync(run: Run, decide: Decide = lambda begun: begun) -> Report:
    """Bring the catalog up to date with its sources: at most one commit on one review branch.

    What a person decides of the plan is asked once the sources have answered.
    """
    before = preflight.preflight(run)
    if not before.asked:
        return _nothing_asked(run, before)
    with _begun(run, before) as begun:
        return _finished(decide(begun))


def preview(run: Run, decide: Decide = lambda begun: begun) -> Report:
    """What `sync` would do, by all that it asks: the remote and its pull requests too; what is proposed
    already, and what other lists say. Nothing is written to the catalog."""
    before = preflight.preflight(run)
    if not before.asked:
        return _nothing_asked(run, before)
    with _begun(run, before) as begun:
        report = shown(decide(begun))
        _tell_planned(run, report.plan)
        return msgspec.structs.replace(
            report,
            branch=begun.review.branch if begun.review.proposed(run.shape) else "",
            pull_request=begun.proposal.open_one if begun.proposal else None,
            second_opinions=_second_opinions(begun, report.plan),
        )


@dataclass(frozen=True)
class Begun:
    """A run whose sources have answered, on the catalog as people have it and decide it to be."""

    run: Run
    before: Preflight
    review: Review
    proposal: Proposal | None
    opened: Opened
    answers: Listings
    opinions: Listings
    news: News

    @cached_property
    def planned(self) -> Plan:
        """What is to be done."""
        run, opened = self.run, self.opened
        planned = _plan(run, opened, self.answers, self.opinions, self.review)
        planned = preflight.told(run, planned, self.before, self.answers)
        planned = self.proposal.without_declined(planned) if self.proposal else planned
        return self.news.of(planned, partial(evidence.was_stated, run, opened))


Decide = Callable[[Begun], Begun]


@contextmanager
def _begun(run: Run, before: Preflight) -> Iterator[Begun]:
    run = preflight.narrowed(run, before)
    with alone(run) as review:
        proposal = _proposal(run, review)
        review.expect_ours()
        run, opened = decisions.carried(run, open_catalog(run), review)
        yield Begun(run, before, review, proposal, opened, *_answers(run, opened, before), News(run.place))


def shown(begun: Begun) -> Report:
    """What would be done, as it stands."""
    planned, edited = catalog.written(begun.opened, begun.planned)
    is_there = edited and _is_proposed(begun.run, edited, begun.review)
    outcome: Outcome = "already proposed" if is_there else "planned"
    return _report(begun.run, planned, edited, outcome=outcome, recovered=begun.review.recovered)


def _second_opinions(begun: Begun, planned: Plan) -> dict[str, tuple[SecondOpinion, ...]]:
    """By name, what other lists say of the models that change or are held."""
    known = HEARD.read(begun.run.place) or {}
    memory = opinion.heard(_listed(begun.opinions), begun.run.policy, known)
    names = {change.name for change in planned.changes} | {
        f"{hold.provider}/{hold.key}" for hold in planned.holds
    }
    entries = (entry for entry in begun.opened.catalog.entries() if entry.name in names)
    every = ((entry.name, tuple(opinion.second_opinions(entry, memory))) for entry in entries)
    return {name: opinions for name, opinions in every if opinions}


def _tell_planned(run: Run, planned: Plan) -> None:
    run.observe(Planned(len(planned.changes), planned.unchanged))
    if planned.holds:
        run.observe(Held(len(planned.holds)))


def _finished(begun: Begun) -> Report:
    run, opened, proposal = begun.run, begun.opened, begun.proposal
    planned = begun.planned
    _tell_planned(run, planned)
    done = carry_out(run, opened, planned, begun.review)
    fetch.remember(run, begun.answers)
    if not run.removals_only:
        begun.news.remember(opened.catalog, begun.answers)
        _remember(run, begun.opinions)
    done = proposal.publish(done) if proposal else done
    done = notify.tell(run, opened.catalog, done, proposal.remembered if proposal else dict)
    return proposal.dashboard(done, opened.catalog) if proposal else done


def _proposal(run: Run, review: Review) -> Proposal | None:
    if not run.publishes:
        return None
    from modelsync.jobs.propose import Proposal

    return Proposal(run, review)


def _remember(run: Run, opinions: Listings) -> None:
    """Note what lists stated whose opinion was asked, for `show` and for the next run."""
    if listed := _listed(opinions):
        known = HEARD.read(run.place) or {}
        HEARD.write(run.place, dict(opinion.heard(listed, run.policy, known)))


def _listed(answers: Listings) -> list[Listing]:
    return [answer for answer in answers if isinstance(answer, Listing)]


def plan(run: Run) -> Report:
    """What `sync` would do. Writes nothing but what is left of a killed run."""
    before = preflight.preflight(run)
    if not before.asked:
        return _nothing_asked(run, before)
    run = preflight.narrowed(run, before)
    recovered = tidy(run)
    review = evidence.review_of(run)
    run, opened = decisions.carried(run, open_catalog(run), review)
    answers, opinions = _answers(run, opened, before)
    planned = preflight.told(run, _plan(run, opened, answers, opinions, review), before, answers)
    planned = News(run.place).of(planned, partial(evidence.was_stated, run, opened))
    planned, edited = catalog.written(opened, planned)
    noticed = _with(planned, fetch.ages(run, answers))
    return _report(run, noticed, edited, outcome="planned", recovered=recovered)


def edit(run: Run, label: str, change: Callable[[Opened], ruling.Edited]) -> Report:
    """Write what a person's command makes of the files, and what is to be said of it."""
    with alone(run) as review:
        opened = open_catalog(run)
        rewrites, notices = change(opened)
        edited = [item for item in rewrites if item.content != item.file.content]
        nothing = Plan(run.now, (label,), opened.catalog.files, notices=tuple(notices))
        if not edited:
            return _report(run, nothing, recovered=review.recovered)
        return write(run, nothing, edited, review)


def propose(run: Run, ask: Callable[[Opened, Review], tuple[Plan, Sequence[Rewrite]]]) -> Report:
    """Commit what a person asks for on the review branch of the run, published as any proposal is."""
    with alone(run) as review:
        proposal = _proposal(run, review)
        review.expect_ours()
        planned, edited = ask(open_catalog(run), review)
        done = _proposed(run, planned, edited, review)
        return proposal.publish(done) if proposal else done


def restore(run: Run, name: str, *, force: bool) -> tuple[Path | None, tuple[str, ...]]:
    """Put files back as a run found them, uncommitted: the backup made before, and the files' names."""
    from modelsync.disk import backups

    with alone(run):
        place = run.place
        backup = backups.find(place.backups, name)
        return backups.restore(backup, root=place.top, state=place.state, now=run.now, force=force)


def tidy(run: Run) -> tuple[str, ...]:
    """Undo what a killed run left half done, and say so; one that is still at work is let be."""
    if not is_half_done(run.place):
        return ()
    try:
        with transaction.lock(run.place.state, run.place.locked):
            return recover(run.place)
    except Locked:
        return ()
    except StateTracked as tracked:
        return (str(tracked),)


# ---------------------------------------------------------------------------- the steps


@contextmanager
def alone(run: Run) -> Iterator[Review]:
    """The run has the catalog for itself, and what a killed run left half done is undone."""
    review = evidence.review_of(run)
    review.expect_repository()
    with transaction.lock(run.place.state, run.place.locked):
        review.recovered = recover(run.place)
        yield review


def open_catalog(run: Run) -> Opened:
    """The catalog as its files are now. Raises UsageError where `only` names nothing in it, GitRefused where
    a part of it is not there."""
    place, config = run.place, run.config
    expect_whole(place, config.files)
    with report.progress() as say, files.disk_faults("reading the catalog", place.catalog):
        say("reading the catalog")
        new = catalog.NewFiles(place.schema("provider"), config.local_sources)
        opened = catalog.open_catalog(place.catalog, config.files, run.shape, new)
    mapped = [*(rule.provider for rule in config.mapping), *config.sources]
    lookup.expect_provider(run.only, opened.catalog, mapped)
    return opened


def _answers(run: Run, opened: Opened, before: Preflight) -> tuple[Listings, Listings]:
    """What the sources say, and those of which only the opinion counts, once it is told which are asked."""
    for line in report.announcement(before, opened.catalog, verbose=run.verbose):
        run.tell(line)
    answers = fetch.listings(run, (*before.asked, *before.opinions))
    return answers[: len(before.asked)], answers[len(before.asked) :]


def _nothing_asked(run: Run, before: Preflight) -> Report:
    """No source is due, or none can be asked: that is no failure, and nothing is planned from it."""
    recovered = tidy(run)
    files_now = open_catalog(run).catalog.files
    for line in report.warnings(before):
        run.tell(line)
    return _report(run, preflight.told(run, Plan(run.now, (), files_now), before, ()), recovered=recovered)


def _plan(run: Run, opened: Opened, answers: Listings, opinions: Listings, review: Review) -> Plan:
    """The plan, beside what the catalog said lately, which must not just come back, and what a review
    branch of ours proposes already: not held once more, nor lost where a source is silent."""
    policy, unknown = run.policy, dict[str, None]()

    def given_up(changes: Sequence[Change]) -> GivenUp:
        past = evidence.past(run, opened, changes, review)
        unknown.update({past.missing: None} if past.missing else {})
        return past.numbers

    proposed = review.proposed(run.shape)
    before, after = (proposed.before, proposed.after) if proposed else (None, None)
    planned = make_plan(
        opened.catalog,
        answers,
        policy,
        started=run.now,
        opinions=opinions,
        heard_before=HEARD.read(run.place) or {} if opinions else {},
        given_up=given_up,
        once_wrote=partial(evidence.once_wrote, run, opened),
        proposed=after,
        proposed_on=before,
    )
    if before and after:
        planned = carried(planned, opened.catalog, (before, after), answers, policy)
    files_now = {**planned.files, CONFIG_FILE: run.rules}
    planned = msgspec.structs.replace(planned, files=files_now, label=run.branch_label)
    unsure = (Notice(Topic.HISTORY, "", text) for text in unknown)
    problems = (Notice(Topic.CHECK, f"{item.file}:{item.line}", item.text) for item in opened.problems)
    return _with(planned, (*unsure, *problems, *opened.notices))


def carry_out(run: Run, opened: Opened, planned: Plan, review: Review) -> Report:
    """Edit, back up, write and commit what the plan says, or nothing of it."""
    if not planned.changes and not opened.decided:
        # a proposal of ours that was squashed into the base, or that upstream no longer makes
        why = "what it proposes is merged, or upstream says it no more"
        advice = f"{why}; delete it: git branch -D {review.branch}"
        stale = [Notice(Topic.STALE, review.branch, advice)] if review.proposed(run.shape) else []
        return _report(run, _with(planned, stale), recovered=review.recovered)
    return _proposed(run, *catalog.written(opened, planned), review)


def _proposed(run: Run, planned: Plan, edited: Sequence[Rewrite], review: Review) -> Report:
    """Write and commit it, unless there is nothing to write, or the review branch has it already."""
    if not edited:
        return _report(run, planned, recovered=review.recovered)
    if _is_proposed(run, edited, review):
        proposed = _report(run, planned, edited, outcome="already proposed", recovered=review.recovered)
        return msgspec.structs.replace(proposed, branch=review.branch)
    return write(run, planned, edited, review)


def _is_proposed(run: Run, edited: Sequence[Rewrite], review: Review) -> bool:
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
    planned = _report(run, wanted, edited)
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
    noticed = _with(wanted, (Notice(Topic.FILE, "", line) for line in lost))
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


# ---------------------------------------------------------------------------- the report


def _report(
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
        noticed = _with(done.plan, [Notice(Topic.BACKUP, fault.where, fault.what)])
        return msgspec.structs.replace(done, plan=noticed)
    return done


def _with(planned: Plan, notices: Iterable[Notice]) -> Plan:
    return msgspec.structs.replace(planned, notices=(*planned.notices, *notices))
