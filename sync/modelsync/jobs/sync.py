"""The job: read, ask, plan, write, and tell. The one place where the steps meet."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING

import msgspec

from modelsync import catalog, report
from modelsync.catalog import Opened
from modelsync.config import CONFIG_FILE
from modelsync.jobs import decisions, evidence, notify
from modelsync.jobs.opening import alone, open_catalog, tidy
from modelsync.jobs.writing import carry_out, is_proposed, proposal_of, reported, with_notices
from modelsync.plan import make_plan, opinion
from modelsync.plan.proposals import with_proposed
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
from modelsync.records.progress import Held, Planned
from modelsync.review.branch import Review
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
        run, opened = self.run, self.opened
        planned = _plan(run, opened, self.answers, self.opinions, self.review)
        planned = preflight.told(run, planned, self.before, self.answers)
        planned = self.proposal.without_declined(planned) if self.proposal else planned
        return self.news.of(planned, evidence.was_stated(run, self.review, opened))


Decide = Callable[[Begun], Begun]


@contextmanager
def _begun(run: Run, before: Preflight) -> Iterator[Begun]:
    run = preflight.narrowed(run, before)
    with alone(run) as review:
        proposal = proposal_of(run, review)
        review.expect_ours()
        yield _answered(run, before, review, proposal)


def _answered(run: Run, before: Preflight, review: Review, proposal: Proposal | None) -> Begun:
    run, opened = decisions.carried(run, open_catalog(run), review)
    for line in report.announcement(before, opened.catalog, verbose=run.verbose):
        run.tell(line)
    answers = fetch.listings(run, (*before.asked, *before.opinions))
    listings, opinions = answers[: len(before.asked)], answers[len(before.asked) :]
    return Begun(run, before, review, proposal, opened, listings, opinions, News(run.place))


def shown(begun: Begun) -> Report:
    """What would be done, as it stands."""
    planned, edited = catalog.written(begun.opened, begun.planned)
    is_there = edited and is_proposed(begun.run, edited, begun.review)
    outcome: Outcome = "already proposed" if is_there else "planned"
    return reported(begun.run, planned, edited, outcome=outcome, recovered=begun.review.recovered)


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
    begun = _answered(run, before, evidence.review_of(run), None)
    planned, edited = catalog.written(begun.opened, begun.planned)
    noticed = with_notices(planned, fetch.ages(run, begun.answers))
    return reported(begun.run, noticed, edited, outcome="planned", recovered=recovered)


def _nothing_asked(run: Run, before: Preflight) -> Report:
    """No source is due, or none can be asked: that is no failure, and nothing is planned from it."""
    recovered = tidy(run)
    files_now = open_catalog(run).catalog.files
    for line in report.warnings(before):
        run.tell(line)
    return reported(run, preflight.told(run, Plan(run.now, (), files_now), before, ()), recovered=recovered)


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
        once_wrote=partial(evidence.once_wrote, run, review, opened),
        proposed=after,
        proposed_on=before,
    )
    if before and after:
        planned = with_proposed(planned, opened.catalog, (before, after), answers, policy)
    files_now = {**planned.files, CONFIG_FILE: run.rules}
    planned = msgspec.structs.replace(planned, files=files_now, label=run.branch_label)
    unsure = (Notice(Topic.HISTORY, "", text) for text in unknown)
    problems = (Notice(Topic.CHECK, f"{item.file}:{item.line}", item.text) for item in opened.problems)
    return with_notices(planned, (*unsure, *problems, *opened.notices))
