"""Which entries are gone, and which of them prune may have removed."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator

from modelsync.against.diff import Diff, Fault, find
from modelsync.plan.guards import scopes
from modelsync.plan.removals import days_to_wait, doubts_of, is_marked, kept_by
from modelsync.plan.rules import excluded_by, is_ours
from modelsync.records import REMOVED, Catalog, Entry, PlanPolicy


def of_removals(diff: Diff) -> Iterator[Fault]:
    """Name what went that had to stay, and what is gone or marked in too many models at once."""
    before, policy = diff.before.own, diff.policy
    kept = {entry.name: reason for entry in diff.gone if (reason := _why_kept(entry, before, policy))}
    for entry in diff.gone:
        if entry.name in kept:
            yield diff.fault_of(entry, "", f"was removed: {kept[entry.name]}", about=REMOVED)
    for file in diff.before.documents.keys() - diff.after.documents.keys():
        gone = [entry for entry in diff.gone if diff.before.own.providers[entry.provider].file == file]
        wrong = sum(entry.name in kept for entry in gone)
        if wrong or not gone:
            yield Fault(file, 0, f"was removed, with {wrong} models that may not go")
    yield from _of_many(diff, kept)


def _of_many(diff: Diff, kept: Container[str]) -> Iterator[Fault]:
    """Count as planning does: by provider, by provider and source, and by source as a whole."""
    entries = [entry for entry in diff.before.read.entries() if not excluded_by(diff.policy, entry)]
    newly = [entry for entry in entries if not is_marked(entry) and _is_gone(diff, entry)]
    there = [entry for entry in entries if not (is_marked(entry) and _is_gone(diff, entry))]
    doubts = doubts_of(there, newly, lambda entry: _sources(diff, entry), diff.policy)
    for entry in newly:
        its = (doubts[scope] for scope in scopes(entry.provider, entry.upstream) if scope in doubts)
        doubt = next(its, None)
        if doubt and entry.name not in kept and not diff.accepts(entry, REMOVED, None):
            text = f"is gone or marked: {doubt.guard}: {doubt.reason}"
            yield diff.fault_of(entry, "", text, about=REMOVED)


def _why_kept(entry: Entry, catalog: Catalog, policy: PlanPolicy) -> str:
    """Why prune may not remove the entry today, or nothing."""
    reason = kept_by(entry, catalog, policy)
    if reason or excluded_by(policy, entry):
        return reason
    if not entry.upstream:
        return "no source ever followed it"
    days = days_to_wait(entry, policy)
    if days is None:
        return f"it was not marked unavailable, and prune waits {policy.prune_policy.after_days} days"
    since = entry.values.get("unavailable_since")
    return f"unavailable since {since}, prune waits {days} more days" if days > 0 else ""


def _is_gone(diff: Diff, entry: Entry) -> bool:
    """Whether the newer revision has the entry no more, or marked unavailable."""
    after = find(diff.after.own, entry)
    return after is None or is_marked(after)


def _sources(diff: Diff, entry: Entry) -> Iterable[str]:
    """The sources that may speak of an entry: those it follows, and any where sync cannot write which."""
    policy, after = diff.policy, find(diff.after.own, entry)
    is_written = is_ours(policy, "upstream") and not entry.pin_of("upstream", policy.today)
    if not is_written or entry.is_a_persons:
        return {*policy.sources, *entry.upstream}
    return {*entry.upstream, *(after.upstream if after else ())}
