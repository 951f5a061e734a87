"""What says who a model is, and since when it is gone: what no source and no rule can have changed so."""

from __future__ import annotations

from typing import Any

from msgspec import UNSET

from modelsync.against.sides import Sides
from modelsync.catalog.shape import UPSTREAM
from modelsync.plan.accept import UNAVAILABLE, accepts
from modelsync.plan.mapping import LeftOut, Mapping
from modelsync.plan.rules import is_ours
from modelsync.records import ADDED, UPSTREAM_PREFIX, Entry

UNAVAILABLE_SINCE = "unavailable_since"
AVAILABILITY = "availability"
MARKS = (AVAILABILITY, UNAVAILABLE_SINCE)


def mistaken(sides: Sides, entry: Entry, field: str, old: Any, new: Any) -> str:
    """Why this field of the newer revision's entry may not be so, or nothing."""
    if field.startswith(UPSTREAM_PREFIX):
        return _retargeted(sides, entry, field, old, new)
    if field == UNAVAILABLE_SINCE:
        return _redated(sides, old, new)
    if field == AVAILABILITY:
        is_mark = new == UNAVAILABLE and entry.values.get(UNAVAILABLE_SINCE) is not None
        return "" if is_mark or new in (UNSET, None) else "was set, and is no mark of a model that is gone"
    if field == "model" and not _is_confirmed(sides, entry, new):
        return "was changed, and nothing that it follows confirms it"
    return ""


def _retargeted(sides: Sides, entry: Entry, field: str, old: Any, new: Any) -> str:
    """A first id is sync's to write; another one only where `accept:` lets that be added here."""
    if new is UNSET:
        return ""
    if old is UNSET:
        return _misled(sides, entry, field.removeprefix(UPSTREAM_PREFIX), new)
    name = f"{entry.provider}/{new}:{ADDED}"
    accepted = any(accepts(rule, name, new) for rule in sides.policy.accepted)
    return "" if accepted else "follows another model now"


def followed_wrongly(sides: Sides, entry: Entry) -> str:
    """Why no run adds an entry that follows just this, or nothing: one model is one entry."""
    if not entry.upstream:
        return "was added, and follows nothing" if is_ours(sides.policy, UPSTREAM) else ""
    faults = (_misled(sides, entry, *followed, new=True) for followed in entry.upstream.items())
    return next((f"was added, and {fault}" for fault in faults if fault), "")


def _misled(sides: Sides, entry: Entry, source: str, upstream_id: Any, *, new: bool = False) -> str:
    """Why no run writes this first id."""
    if source not in sides.policy.sources:
        return f"follows {source}, which is no source in sync.yaml"
    known = sides.followers if new else sides.followers_before
    other = next(
        (name for name in known.get((entry.provider, source, upstream_id), ()) if name != entry.name), ""
    )
    return f"follows {upstream_id}, as {other} does" if other else ""


def _redated(sides: Sides, old: Any, new: Any) -> str:
    """Only what is not marked yet is marked, with a day on which the older revision was there."""
    if new in (UNSET, None):
        return ""
    if old not in (UNSET, None):
        return "was changed, and prune counts from it"
    if not sides.policy.prune_policy.after_days:
        return "was set, and prune waits for no model: `prune.after_days` is 0"
    if str(new) > (last := max(sides.since, sides.policy.today).isoformat()):
        return f"was set to a day after {last}, and prune counts from it"
    first = min(sides.since, sides.policy.today).isoformat()
    return f"was set to a day before {first}, and prune counts from it" if str(new) < first else ""


def _is_confirmed(sides: Sides, entry: Entry, model: Any) -> bool:
    """Whether an alias, a rule or a list gives this native id for what the entry follows.

    Nobody can tell where sync may not write what it follows: a row of any id may have met it.
    """
    policy = sides.policy
    if not is_ours(policy, "upstream") or entry.pin_of("upstream", policy.today):
        return True
    mapping = Mapping.of(policy)
    for source, upstream_id in entry.upstream.items():
        for slug in ("", str(model)):
            placed = mapping.place(source, upstream_id, slug)
            placement = placed.placement if isinstance(placed, LeftOut) else placed
            if (
                placement
                and placement.confirmed
                and (placement.provider, placement.model) == (entry.provider, model)
            ):
                return True
    return False
