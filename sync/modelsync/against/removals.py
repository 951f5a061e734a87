"""Which entries are gone, and which of them prune may have removed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from modelsync.against.fault import Fault
from modelsync.against.sides import Sides
from modelsync.plan import guards
from modelsync.plan.match import exclusion_of, names_of
from modelsync.records import REMOVED, Entry, PlanPolicy


def wrongly_removed(sides: Sides) -> Iterator[tuple[Entry, str]]:
    """The entries that are gone and had to stay, each with why."""
    for entry in sides.gone:
        reason = _keeper(entry, sides.policy)
        if reason:
            yield entry, reason


def of_removals(sides: Sides) -> Iterator[Fault]:
    """What went that had to stay, and what is no more there, or marked so, in too many models at once."""
    kept = {}
    for entry, reason in wrongly_removed(sides):
        kept[entry.name] = reason
        yield _fault(sides, entry, f"was removed: {reason}")
    newly = [*(entry for entry in sides.gone if _may_leave_unseen(entry)), *_newly_marked(sides)]
    for provider in dict.fromkeys(entry.provider for entry in newly):
        of_provider = [entry for entry in newly if _counts(entry, provider, sides.policy)]
        entries = sides.before.read.providers[provider].entries.values()
        followed = sum(_counts(entry, provider, sides.policy) for entry in entries)
        policy = sides.policy.guards.at(provider)
        verdict = guards.of_removals(len(of_provider), followed, provider, policy)
        for entry in of_provider if verdict else ():
            if verdict and entry.name not in kept and not sides.accepts(entry, REMOVED, None):
                yield _fault(sides, entry, f"is gone or marked: {verdict.guard}: {verdict.reason}")


def _fault(sides: Sides, entry: Entry, text: str) -> Fault:
    return sides.fault_of(entry, "", text, about=REMOVED)


def _may_leave_unseen(entry: Entry) -> bool:
    """Whether its going is news: one that was marked is long known to go."""
    return entry.values.get("unavailable_since") is None


def _counts(entry: Entry, provider: str, policy: PlanPolicy) -> bool:
    excluded = exclusion_of(policy, provider, names_of(entry))
    return entry.provider == provider and _may_leave_unseen(entry) and not excluded


def _newly_marked(sides: Sides) -> Iterator[Entry]:
    for pair in sides.pairs:
        if _may_leave_unseen(pair.before) and not _may_leave_unseen(pair.after):
            yield pair.before


def _keeper(entry: Entry, policy: PlanPolicy) -> str:
    """Why prune may not remove the entry today, or nothing."""
    if entry.is_a_persons:
        return "a person's entry"
    pin = next((pin for pin in entry.pins if pin.holds_on(policy.today)), None)
    if pin:
        return f"pinned{f' ({pin.reason})' if pin.reason else ''}"
    features = entry.values.get("features")
    kept = set(policy.prune_policy.keep_features) & set(features if isinstance(features, tuple) else ())
    if kept:
        return f"keep_features has {min(kept)}"
    if exclusion_of(policy, entry.provider, names_of(entry)):
        return ""
    return _too_early(entry, policy) if entry.upstream else "no source ever followed it"


def _too_early(entry: Entry, policy: PlanPolicy) -> str:
    days = policy.prune_policy.after_days
    if days == 0:
        return ""
    try:
        since = date.fromisoformat(str(entry.values.get("unavailable_since")))
    except ValueError:
        return f"it was not marked unavailable, and prune waits {days} days"
    left = days - (policy.today - since).days
    return f"unavailable since {since}, prune waits {left} more days" if left > 0 else ""
