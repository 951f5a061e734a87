"""What says who a model is, and since when it is gone: what no source and no rule can have changed so."""

from __future__ import annotations

from typing import Any

from msgspec import UNSET

from modelsync.against.sides import Sides
from modelsync.plan.accept import accepts
from modelsync.plan.mapping import LeftOut, Mapping
from modelsync.plan.rules import is_ours
from modelsync.records import ADDED, UPSTREAM_PREFIX, Entry

UNAVAILABLE_SINCE = "unavailable_since"


def mistaken(sides: Sides, entry: Entry, field: str, old: Any, new: Any) -> str:
    """Why this field of the newer revision's entry may not be so, or nothing."""
    if field.startswith(UPSTREAM_PREFIX):
        return _retargeted(sides, entry, old, new)
    if field == UNAVAILABLE_SINCE:
        return _redated(sides, old, new)
    if field == "model" and not _is_confirmed(sides, entry, new):
        return "was changed, and nothing that it follows confirms it"
    return ""


def _retargeted(sides: Sides, entry: Entry, old: Any, new: Any) -> str:
    """A first id is sync's to write; another one only where `accept:` lets that be added here."""
    if UNSET in (old, new):
        return ""
    name = f"{entry.provider}/{new}:{ADDED}"
    accepted = any(accepts(rule, name, new) for rule in sides.policy.accepted)
    return "" if accepted else "follows another model now"


def _redated(sides: Sides, old: Any, new: Any) -> str:
    """Only what is not marked yet is marked, with a day on which the older revision was there."""
    if new in (UNSET, None):
        return ""
    if old not in (UNSET, None):
        return "was changed, and prune counts from it"
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
            found = mapping.place(source, upstream_id, slug)
            placement = found.placement if isinstance(found, LeftOut) else found
            if (
                placement
                and placement.confirmed
                and (placement.provider, placement.model) == (entry.provider, model)
            ):
                return True
    return False
