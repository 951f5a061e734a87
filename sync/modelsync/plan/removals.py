"""Models that upstream no longer lists: report, mark, or remove. Never on the word of half a listing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date

from msgspec import UNSET

from modelsync.errors import did_you_mean
from modelsync.plan import guards
from modelsync.plan.accept import UNAVAILABLE, Acceptance
from modelsync.plan.answers import Answers
from modelsync.plan.bases import Needed
from modelsync.plan.draft import Decided
from modelsync.plan.guards import Scope, scopes
from modelsync.plan.mapping import Mapping, normalise
from modelsync.plan.prices import Verdict
from modelsync.plan.rows import Matches
from modelsync.plan.rules import excluded_by, is_asked_for, may_write
from modelsync.records import (
    MARKS,
    REMOVED,
    Catalog,
    Change,
    Entry,
    FieldChange,
    Hold,
    Notice,
    PlanPolicy,
    Topic,
)

OnceWrote = Callable[[Entry, str], bool]  # whether a run wrote of the entry what this source listed


class Gone(Decided):
    """What is to happen to the entries that a plan would mark or remove."""

    doubts: dict[Scope, Verdict] = {}  # for which removals are held: nothing is added there


def gone(
    catalog: Catalog,
    answers: Answers,
    matches: Matches,
    acceptance: Acceptance,
    needed: Needed,
    *,
    once_wrote: OnceWrote,
) -> Gone:
    """Entries that every source they follow has dropped, and what policy says of excluded ones."""
    result, policy = Gone(), acceptance.policy
    excluded = set(_excluded(catalog, policy, needed, result))
    rest = [entry for entry in catalog.entries() if entry.name not in excluded]
    missing = [entry for entry in rest if _is_missing(entry, answers, matches, policy)]
    slips = {entry.name: text for entry in missing if (text := _slip(entry, answers, policy, once_wrote))}
    result.notices.extend(Notice(Topic.MISSING, name, text) for name, text in slips.items())
    missing = [entry for entry in missing if entry.name not in slips]
    result.notices.extend(_never_followed(rest, catalog, answers, matches, policy))
    doubts = doubts_of(rest, missing, lambda entry: _sources(entry, matches), policy)
    for entry in needed.before_their_bases(missing):
        if is_asked_for(policy, entry.provider, entry.key):
            followed = scopes(entry.provider, entry.upstream)
            its = {scope: doubts[scope] for scope in followed if scope in doubts}
            keeper = kept_by(entry, catalog, policy)
            _decide(entry, {} if is_marked(entry) else its, acceptance, needed, result, keeper=keeper)
    return result


def _is_missing(entry: Entry, answers: Answers, matches: Matches, policy: PlanPolicy) -> bool:
    """Whether upstream surely has no such model; only `--unfollowed` asks that of what was never followed."""
    if entry.name in matches.listed:
        return False
    if entry.upstream:
        return all(answers.has_dropped(*followed) for followed in entry.upstream.items())
    asked = policy.prune and policy.unfollowed and entry.provider in matches.providers
    return asked and answers.never_name(entry)


def _slip(entry: Entry, answers: Answers, policy: PlanPolicy, once_wrote: OnceWrote) -> str:
    """What is to be said of an id that was hardly ever listed, or nothing: it is not gone.

    It was listed where it is a name of the entry itself, or where a run wrote what the list said of it.
    """
    mapping = Mapping(policy)
    for source, upstream_id in entry.upstream.items():
        placement = mapping.placement(source, upstream_id)
        names = (placement.model, placement.key) if placement else ()
        if {entry.values.get("model"), normalise(entry.key)}.isdisjoint(names) and not once_wrote(
            entry, source
        ):
            hint = did_you_mean(upstream_id, answers.ids_of(source))
            return f"stays: {source} never listed {upstream_id} as far as is known{hint}"
    return ""


def _never_followed(
    entries: Iterable[Entry], catalog: Catalog, answers: Answers, matches: Matches, policy: PlanPolicy
) -> Iterator[Notice]:
    """Entries that nothing follows and no list has, where it has others of their provider."""
    own = {rule.provider for rule in policy.mapping if rule.prices is False} | policy.local_sources
    reached = {name.partition("/")[0] for name in matches.listed} - own
    text = "no list has it, and nothing follows it: only prune --unfollowed removes it"
    for entry in entries:
        is_known = entry.upstream or entry.name in matches.listed or kept_by(entry, catalog, policy)
        if entry.provider not in reached or is_known or _is_missing(entry, answers, matches, policy):
            continue
        if is_asked_for(policy, entry.provider, entry.key) and answers.never_name(entry):
            yield Notice(Topic.MISSING, entry.name, text)


def _excluded(catalog: Catalog, policy: PlanPolicy, needed: Needed, result: Gone) -> Iterator[str]:
    """Excluded models that are in the catalog: removed by `prune --excluded` only."""
    for provider in policy.exclude.keys() & catalog.providers.keys():
        for entry in catalog.providers[provider].entries.values():
            rule = excluded_by(policy, entry)
            if rule is None:
                continue
            yield entry.name
            if not is_asked_for(policy, provider, entry.key):
                continue
            why = f"excluded by {rule.id}" + (f": {rule.reason}" if rule.reason else "")
            keeper = kept_by(entry, catalog, policy) or needed.keeper(entry)
            if policy.prune and policy.excluded and not keeper:
                needed.remove(entry)
                result.changes.append(Change("remove", provider, entry.key, reason=why))
            else:
                stays = f"; stays: {keeper}" if keeper else "; still in the catalog"
                result.notices.append(Notice(Topic.EXCLUDED, entry.name, why + stays))


def kept_by(entry: Entry, catalog: Catalog, policy: PlanPolicy) -> str:
    """Why prune never removes this entry of the catalog, or nothing."""
    if entry.is_a_persons:
        return "a person's entry"
    if catalog.providers[entry.provider].local:
        return "it runs on a machine of one's own"
    if any(pin.holds_on(policy.today) for pin in entry.pins):
        return "pinned"
    features = entry.values.get("features")
    kept = set(policy.prune_policy.keep_features).intersection(
        features if isinstance(features, tuple) else ()
    )
    return f"keep_features has {min(kept)}" if kept else ""


# ---------------------------------------------------------------------------- can so many be gone


def doubts_of(
    entries: Iterable[Entry],
    missing: Sequence[Entry],
    sources_of: Callable[[Entry], Iterable[str]],
    policy: PlanPolicy,
) -> dict[Scope, Verdict]:
    """What the guard says of each provider and source, counting only what is newly missing."""

    def count(counted: Iterable[Entry]) -> Counter[Scope]:
        new = (entry for entry in counted if entry.name not in long_gone)
        return Counter(scope for entry in new for scope in scopes(entry.provider, sources_of(entry)))

    if not missing:
        return {}
    long_gone = {entry.name for entry in missing if is_marked(entry)}
    followed = count(entries)
    verdicts = {
        scope: guards.of_removals(
            newly, followed[scope], " at ".join(filter(None, scope)), policy.guards.at(scope[0])
        )
        for scope, newly in count(missing).items()
    }
    return {scope: verdict for scope, verdict in verdicts.items() if verdict}


def _sources(entry: Entry, matches: Matches) -> Iterable[str]:
    """The sources that an entry follows; what a source speaks of follows it from this run on."""
    met = matches.met.get(entry.name)
    return entry.upstream.keys() | {row.source for row in met.rows} if met else entry.upstream


# ---------------------------------------------------------------------------- one missing model


def _decide(
    entry: Entry,
    doubts: dict[Scope, Verdict],
    acceptance: Acceptance,
    needed: Needed,
    result: Gone,
    *,
    keeper: str,
) -> None:
    """Stay, wait, be marked, or go."""
    policy = acceptance.policy
    change = None if keeper else _change(entry, acceptance)
    if change and change.action == "remove" and (keeper := needed.keeper(entry)):
        change = None
    doubt = next(iter(doubts.values()), None)
    if change is None:
        stays = f"stays: {keeper}" if keeper else _waits(entry, doubt, policy)
        result.notices.append(Notice(Topic.MISSING, entry.name, f"no longer listed upstream; {stays}"))
        return
    removes = change.action == "remove"
    if doubt:  # a mark is the first half of a removal, and released by the same name
        old, new = next(iter(entry.upstream.values()), entry.key), UNSET if removes else UNAVAILABLE
        held = FieldChange(REMOVED, old, new)
        hold = Hold(entry.provider, entry.key, held, doubt.guard, doubt.reason)
        if not acceptance.lets_through(hold):
            result.holds.append(hold)
            result.doubts.update(doubts)
            return
    if removes:
        needed.remove(entry)
    result.changes.append(change)


def _change(entry: Entry, acceptance: Acceptance) -> Change | None:
    """Removal where it is asked for and due, the first half of it where there is a grace period."""
    policy = acceptance.policy
    days_left = days_to_wait(entry, policy)
    if policy.prune and (policy.immediately or (days_left is not None and days_left <= 0)):
        since = f" since {_since(entry)}" if _since(entry) else ""
        return Change("remove", entry.provider, entry.key, reason=f"no longer listed upstream{since}")
    may_mark = isinstance(entry.values.get("availability", ""), str | None)
    may_mark = may_mark and all(may_write(policy, entry.provider, field) for field in MARKS)
    if policy.prune_policy.after_days == 0 or is_marked(entry) or not may_mark:
        return None
    since = acceptance.proposed_since(entry) or policy.today.isoformat()
    old = entry.values.get("availability", UNSET)
    marks = (
        FieldChange("availability", old, UNAVAILABLE),
        FieldChange("unavailable_since", entry.values.get("unavailable_since", UNSET), since),
    )
    fields = tuple(mark for mark in marks if mark.old != mark.new)
    return Change("update", entry.provider, entry.key, fields, "no longer listed upstream")


def is_marked(entry: Entry) -> bool:
    return entry.values.get("unavailable_since") is not None


def _since(entry: Entry) -> date | None:
    """The day on which sync marked the model unavailable; None too where it says something that is no day."""
    try:
        return date.fromisoformat(str(entry.values.get("unavailable_since")))
    except ValueError:
        return None


def days_to_wait(entry: Entry, policy: PlanPolicy) -> int | None:
    """Days until prune may remove the model; None where they have not begun, or nobody can tell."""
    days, since = policy.prune_policy.after_days, _since(entry)
    if days == 0:
        return 0
    return days - (policy.today - since).days if since else None


def _waits(entry: Entry, doubt: Verdict | None, policy: PlanPolicy) -> str:
    days_left = days_to_wait(entry, policy)
    if days_left is None:
        unknown = (
            "unavailable_since is no day" if is_marked(entry) else "sync may not write unavailable_since"
        )
        return f"waiting: {unknown}, so only prune --immediately removes it"
    if days_left > 0:
        return f"waiting: since {_since(entry)}, prune removes it in {days_left} days"
    many = f" ({doubt.reason})" if doubt else ""
    return f"retained until prune removes it{many}"
