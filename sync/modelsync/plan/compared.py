"""Which entries no list was held against, and why: what a run does not know, it does not call up to date."""

from __future__ import annotations

from collections.abc import Container, Iterator

from modelsync.errors import did_you_mean
from modelsync.plan.answers import Answers
from modelsync.plan.rules import exclusion_of, is_asked_for, names_of
from modelsync.records import Catalog, Entry, NotCompared, PlanPolicy


def not_compared(
    catalog: Catalog, compared: Container[str], answers: Answers, policy: PlanPolicy
) -> Iterator[NotCompared]:
    """The entries that the run means and that are not `compared`, or are a person's whatever a list says."""
    for entry in catalog.entries():
        if is_asked_for(policy, entry.provider, entry.key):
            reason = _of_a_person(entry, policy)
            if not reason:
                reason = entry.money.foreign if entry.name in compared else _unheard(entry, answers)
            if reason:
                yield NotCompared(entry.name, reason)


def _of_a_person(entry: Entry, policy: PlanPolicy) -> str:
    """Why a person alone changes the entry, or nothing."""
    if entry.is_a_persons:
        return "a person's entry"
    excluded = exclusion_of(policy, entry.provider, names_of(entry))
    if excluded:
        return f"excluded by {excluded.id}"
    return "pinned as a whole" if any(not p.field and p.holds_on(policy.today) for p in entry.pins) else ""


def _unheard(entry: Entry, answers: Answers) -> str:
    """Why no row speaks of the entry."""
    reasons = [_unlisted(source, upstream_id, answers) for source, upstream_id in entry.upstream.items()]
    return "; ".join(reasons) or "nothing follows it, and no list has a model of its name"


def _unlisted(source: str, upstream_id: str, answers: Answers) -> str:
    """What became of one id that an entry follows."""
    if answers.has_dropped(source, upstream_id):
        return f"{source} does not list {upstream_id}{did_you_mean(upstream_id, answers.ids_of(source))}"
    if source not in (answer.source for answer in answers.all):
        return f"{source} was not asked"
    return f"{source} gave no usable answer on {upstream_id}"
