"""What says who a model is, and since when it is gone: what no source and no rule can have changed so."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec import UNSET
from msgspec.structs import replace

from modelsync.against.diff import Diff
from modelsync.catalog.shape import UPSTREAM
from modelsync.plan.accept import UNAVAILABLE, accepts
from modelsync.plan.mapping import LeftOut
from modelsync.plan.merge import prices_count
from modelsync.plan.removals import is_marked
from modelsync.plan.rows import Index, Row, is_let_in, is_own
from modelsync.plan.rules import is_ours
from modelsync.records import (
    ADDED,
    FIELDS,
    MARKS,
    OF_THE_MODEL,
    UPSTREAM_PREFIX,
    Entry,
    Model,
    is_price_field,
)
from modelsync.sources import payload

AVAILABILITY, UNAVAILABLE_SINCE = MARKS


def mistaken(diff: Diff, entry: Entry, field: str, old: Any, new: Any) -> str:
    """Why this field of the newer revision's entry may not be so, or nothing."""
    may_mark = is_ours(diff.policy, UNAVAILABLE_SINCE)
    may_mark = may_mark and not entry.pin_of(UNAVAILABLE_SINCE, diff.policy.today)
    if field not in MARKS and is_marked(entry) and may_mark:
        return "was changed, and the model is gone from its sources"
    if field.startswith(UPSTREAM_PREFIX):
        return _retargeted(diff, entry, field, old, new)
    if field == UNAVAILABLE_SINCE:
        return _redated(diff, old, new)
    if field == AVAILABILITY:
        is_mark = new == UNAVAILABLE and is_marked(entry)
        return "" if is_mark or new in (UNSET, None) else "was set, and is no mark of a model that is gone"
    if field == "model" and not _is_confirmed(diff, entry, new):
        return "was changed, and nothing that it follows confirms it"
    return unsaid(diff, entry, field)


def unsaid(diff: Diff, entry: Entry, field: str) -> str:
    """Why nothing that the entry follows says this of it: no price where `mapping:` takes none, and nothing
    that a host says of its own machine where the model runs on one's own."""
    if field in OF_THE_MODEL or field not in FIELDS or field in ("model", *MARKS):
        return ""
    rows = list(_rows(diff, entry))
    is_placed = entry.upstream.keys() <= {row.source for row in rows}
    if rows and is_placed and is_price_field(field) and not any(map(prices_count, rows)):
        return "was changed, and `mapping:` takes no price of what it follows"
    providers = (side.own.providers.get(entry.provider) for side in (diff.before, diff.after))
    is_own_machines = next(filter(None, providers)).local
    own = not rows or any(is_own(row, entry.provider, diff.policy) for row in rows)
    is_hosts = is_own_machines and not own
    return "was changed, and is a host's, where the model runs on one's own machine" if is_hosts else ""


def _retargeted(diff: Diff, entry: Entry, field: str, old: Any, new: Any) -> str:
    """A first id is sync's to write; another one only where `accept:` lets that be added here."""
    if new is UNSET:
        return ""
    if old is UNSET:
        source = field.removeprefix(UPSTREAM_PREFIX)
        strange = f"follows {new}, which would meet another entry"
        return _misled(diff, entry, source, new) or ("" if _meets(diff, entry, source) else strange)
    if field == UPSTREAM_PREFIX + entry.provider and new == entry.values.get("model"):
        return ""  # an id of the provider's own list that is its `model`: an alias, which may have moved
    name = f"{entry.provider}/{new}:{ADDED}"
    accepted = any(accepts(rule, name, new) for rule in diff.policy.accepted)
    return "" if accepted else "follows another model now"


def added_wrongly(diff: Diff, entry: Entry) -> str:
    """Why no run adds just this entry, or nothing: one model is one entry, where the mapping puts it."""
    if not entry.upstream:
        return "was added, and follows nothing" if is_ours(diff.policy, UPSTREAM) else ""
    misled = (_misled(diff, entry, *followed, new=True) for followed in entry.upstream.items())
    if fault := next(filter(None, misled), ""):
        return f"was added, and {fault}"
    rows = [row for row in _rows(diff, entry) if not row.variant]
    here = [row for row in rows if _stands_for(diff, entry, row)]
    model = (entry.provider, entry.values.get("model"))
    same = [row for row in rows if (row.placement.provider, row.placement.model) == model]
    if not here or entry.upstream.keys() - {row.source for row in (*here, *same)}:
        return "was added, and the mapping puts what it follows elsewhere"
    if not any(is_let_in(row, diff.policy) for row in here):
        return "was added, and `add:` does not want it"
    return "" if same else "was added, and its model is not what it follows"


def _rows(diff: Diff, entry: Entry) -> Iterator[Row]:
    """The rows that it may have been made of; a source may name the model with its date or version too."""
    for source, upstream_id in entry.upstream.items():
        for canonical in ("", str(entry.values.get("model"))):
            placed = diff.mapping.place(source, upstream_id, canonical)
            if not isinstance(placed, LeftOut):
                yield Row(source, Model(upstream_id, {}), placed)
            elif placed.placement:
                yield Row(source, Model(upstream_id, {}), placed.placement, placed.reason)


def _stands_for(diff: Diff, entry: Entry, row: Row) -> bool:
    """Whether the row's place is the entry's, whose key is its `model` where that names it."""
    by_model = diff.after.own.providers[entry.provider].by_model
    key = row.placement.model if by_model else row.placement.key
    return (row.placement.provider, key) == (entry.provider, entry.key)


def _meets(diff: Diff, entry: Entry, source: str) -> bool:
    """Whether the row of the id that it follows at a source now could have met the entry as it was."""
    provider = diff.before.own.providers[entry.provider]
    before = provider.entries[entry.key]
    alone = replace(provider, entries={entry.key: before})
    called = {entry.name: str(entry.values.get("model"))}
    own_ids = (before.upstream.get(entry.provider, ""),)  # which its list, unseen here, may still have
    index = Index(alone, source, called, own_ids=own_ids)
    rows = (row for row in _rows(diff, entry) if row.source == source)
    return any(row.placement.provider == entry.provider and index.find(row) for row in rows)


def _misled(diff: Diff, entry: Entry, source: str, upstream_id: Any, *, new: bool = False) -> str:
    """Why no run writes this first id."""
    if source not in diff.policy.sources:
        return f"follows {source}, which is no source in sync.yaml"
    if not payload.is_identifier(str(upstream_id), may_be_path=True):
        return f"follows {upstream_id}, which no list may call a model"
    known = diff.followers.get((entry.provider, source, upstream_id), {})
    other = next((name for name, did in known.items() if name != entry.name and (did or new)), "")
    return f"follows {upstream_id}, as {other} does" if other else ""


def _redated(diff: Diff, old: Any, new: Any) -> str:
    """Only what is not marked yet is marked, with a day on which the older revision was there."""
    if new in (UNSET, None):
        return ""
    if old not in (UNSET, None):
        return "was changed, and prune counts from it"
    if not diff.policy.prune_policy.after_days:
        return "was set, and prune waits for no model: `prune.after_days` is 0"
    if str(new) > (last := max(diff.since, diff.policy.today).isoformat()):
        return f"was set to a day after {last}, and prune counts from it"
    first = min(diff.since, diff.policy.today).isoformat()
    return f"was set to a day before {first}, and prune counts from it" if str(new) < first else ""


def _is_confirmed(diff: Diff, entry: Entry, model: Any) -> bool:
    """Whether an alias, a rule or a list gives this native id for what the entry follows.

    Nobody can tell where sync may not write what it follows: a row of any id may have met it.
    """
    policy = diff.policy
    if not is_ours(policy, "upstream") or entry.pin_of("upstream", policy.today):
        return True
    sure = (row.placement for row in _rows(diff, entry) if row.placement.confirmed)
    return any((placement.provider, placement.model) == (entry.provider, model) for placement in sure)
