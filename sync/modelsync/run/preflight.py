"""Which sources a run asks, which it passes over and why, and how they did. It asks nobody."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import datetime

import msgspec

from modelsync.config import is_development, key_names, key_of, missing_address, needs_key
from modelsync.errors import UsageError
from modelsync.records import ADDRESS, KEY, Asked, Failure, Lack, Listing, Plan, Preflight
from modelsync.report import unasked
from modelsync.run import due
from modelsync.run.request import Run
from modelsync.sources import SourceSettings, source_of


def preflight(run: Run) -> Preflight:
    """What the run asks and what it has for that. Raises UsageError where no source is meant at all."""
    known = run.config.sources
    if not run.selected:
        raise UsageError("no source to ask", advice="Name one, or set `authoritative: true` in sync.yaml.")
    waiting = _waiting(run)
    wanted = {name: known[name] for name in run.selected if name not in waiting}
    live = {name: source for name, source in wanted.items() if name not in run.replay}
    lacks = {name: lack for name, source in live.items() if (lack := lack_of(source, name))}
    keyed = [(source, name) for name, source in live.items() if name not in lacks]
    known_keys = [key_names(*one) for one in keyed]
    unset = [names for names, one in zip(known_keys, keyed, strict=True) if not key_of(*one, os.environ)]
    heard = () if run.removals_only else run.opinions
    return Preflight(
        asked=tuple(name for name in wanted if name not in lacks),
        opinions=tuple(name for name in heard if name in run.replay or not lack_of(known[name], name)),
        keys=tuple(
            dict.fromkeys(key for keys in known_keys for key in keys if os.environ.get(key, "").strip())
        ),
        optional=tuple(dict.fromkeys(key for keys in unset for key in keys)),
        passed_over=lacks,
        skipped=run.skipped,
        waiting=waiting,
        disabled=tuple(
            name for name, source in known.items() if not source.enabled and name not in {*wanted, *heard}
        ),
    )


def narrowed(run: Run, before: Preflight) -> Run:
    """The run without the sources that are not due, on the same branch: what these proposed stays there."""
    if not before.waiting:
        return run
    left = tuple(name for name in run.selected if name not in before.waiting)
    return msgspec.structs.replace(run, sources=left, all_sources=False, label=run.branch_label)


def is_synced(run: Run, answer: Listing | Failure) -> bool:
    """Whether the run brings in the whole list of a source, as upstream gives it just now."""
    if isinstance(answer, Failure) or answer.note or answer.source in run.replay:
        return False
    return not (run.from_cache or run.removals_only or run.only)


def told(run: Run, plan: Plan, before: Preflight, answers: Sequence[Listing | Failure]) -> Plan:
    """The plan with how each source did, and what is to be known of those that were not asked."""
    did = {
        answer.source: Asked(answer.source, "failed")
        if isinstance(answer, Failure)
        else Asked(answer.source, "ok", len(answer.models))
        for answer in answers
    }
    did |= {name: Asked(name, "passed over") for name in before.passed_over}
    notices = (*plan.notices, *unasked(before))
    synced = {answer.source for answer in answers if is_synced(run, answer)}
    unsynced = tuple(source for source in plan.sources if source not in synced)
    return msgspec.structs.replace(plan, asked=tuple(did.values()), unsynced=unsynced, notices=notices)


def _waiting(run: Run) -> dict[str, datetime | None]:
    """The sources that the run means and that are not due, and when they will be."""
    if not run.due:
        return {}
    last = due.last_synced(run.place)
    known = run.config.sources
    return {
        name: due.due_at(known[name], last.get(name), run.now)
        for name in run.selected
        if name not in run.replay and not due.is_due(known[name], last.get(name), run.now)
    }


def lack_of(source: SourceSettings, name: str) -> Lack | None:
    """What the source cannot be asked without, if the environment does not have it."""
    address = missing_address(source, name, os.environ)
    stand_in = source_of(name, source).stand_in
    if address and not (is_development() and stand_in and stand_in.missing == "address"):
        return Lack(ADDRESS, address)
    if needs_key(source, name) and not key_of(source, name, os.environ):
        return Lack(KEY, key_names(source, name))
    return None
