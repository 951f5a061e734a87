"""Lets through, by a rule in `sync.yaml`, just the value that a guard holds now. It writes no file itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from msgspec import UNSET
from msgspec.structs import replace

from modelsync import yamledit
from modelsync.config import edit
from modelsync.errors import SourceFailed, UsageError, did_you_mean
from modelsync.jobs import sync, writing
from modelsync.jobs.decisions import rewrites
from modelsync.plan.accept import meant_by
from modelsync.records import ADDED, REMOVED, Accepted, Guard, Hold, Report, Topic
from modelsync.run.request import Run

_SECTION = "accept"


def accept(run: Run, name: str, *, reason: str) -> Report:
    """Let through just what is held now by a name or glob, by rules in `sync.yaml`, left uncommitted.

    Raises UsageError where nothing is held so, or no rule can let it through, SourceFailed for no list.
    """
    rewrites.expect_fit(run, None, reason)
    # held only in a run that prunes, and never by a list that was kept
    removes = name.endswith(f":{REMOVED}")
    planned = sync.plan(replace(run, prune=removes, from_cache=not removes)).plan
    holds = [hold for hold in planned.holds if meant_by([name], hold.name)]
    known = any(meant_by([name], f"{rule.model}:{rule.field}") for rule in run.config.accept)
    if not holds and not known:
        for failure in planned.failures:
            what = f"{failure.source} gave no list, so that nobody knows what is held: {failure.reason}"
            raise SourceFailed(what, advice=failure.advice, kind=failure.kind)
        held = [hold.name for hold in planned.holds]
        named = f"{name}{did_you_mean(name, held)}"
        what = f"nothing is held by this name: {named}"
        raise UsageError(what, advice="`modelsync plan` shows what is held.")
    for hold in holds:
        is_whole = hold.change.field in (ADDED, REMOVED)
        if hold.guard is Guard.NOT_WRITABLE or (hold.change.new is UNSET and not is_whole):
            raise UsageError(f"no rule can let this through: {hold.reason}", where=hold.name)
    return writing.edit(run, "accept", lambda opened: _accepted(run, holds, reason))


def _accepted(run: Run, holds: Sequence[Hold], reason: str) -> rewrites.Edited:
    """`sync.yaml` with a rule for each of these values, and where each stands. Raises CatalogEditRefused."""
    file, before = edit.opened(run.place)
    rules, written = list(before.accept), dict[int, yamledit.Value]()
    for hold in holds:
        model, _, field = hold.name.rpartition(":")
        value = None if field in (ADDED, REMOVED) else run.shape.encode(field, hold.change.new)
        alike = (index for index, rule in enumerate(rules) if (rule.model, rule.field) == (model, field))
        index = next(alike, len(rules))
        rule = Accepted(model, field, _as_read(value), reason)
        if rules[index : index + 1] != [rule]:
            words = {"model": model, "field": field, "value": value, "reason": reason}
            filled = {key: word for key, word in words.items() if word not in (None, "")}
            written[index] = yamledit.Flow(filled)
            rules[index : index + 1] = [rule]
    edits = [edit.put(file.document, (_SECTION, index), rule) for index, rule in written.items()]
    if edits and not file.document.has((_SECTION,)):
        edits = [edit.put(file.document, (_SECTION,), list(written.values()))]
    edited = edit.changed(file, edits, replace(before, accept=tuple(rules)), section=_SECTION)
    lines = {index: edited.document.line((_SECTION, index)) for index in written}
    return [edited], [
        rewrites.now_says(Topic.ACCEPTED, f"{rules[index].model}:{rules[index].field}", edited, line)
        for index, line in lines.items()
    ]


def _as_read(value: yamledit.Value) -> Any:
    """A value as `sync.yaml` gives it back: a day is its text."""
    match yamledit.bare(value):
        case dict() as mapping:
            return {key: _as_read(below) for key, below in mapping.items()}
        case list() as items:
            return [_as_read(below) for below in items]
        case date() as day:
            return day.isoformat()
        case word:
            return word
