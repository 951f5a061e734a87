"""A report as one JSON object, for programs and the page: exact values, nothing shortened."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
from msgspec import UNSET

from modelsync.records import Change, FieldChange, Hold, Kind, Plan, Report, Unreadable, kind_of
from modelsync.report.batch import summary
from modelsync.report.text import TOKEN_UNIT, UNITS, money, percent
from modelsync.report.view import as_report, subject

_UNITS = UNITS | {Kind.TIERS: TOKEN_UNIT, Kind.WINDOWS: TOKEN_UNIT}


def as_json(of: Plan | Report) -> str:
    """The report as JSON in ASCII: a price is decimal text beside its unit."""
    return dumped(document(of))


def document(of: Plan | Report) -> dict[str, Any]:
    """The report as plain values; what a change leaves out, the catalog does not state."""
    report = as_report(of)
    plan = report.plan
    return {
        "subject": subject(plan),
        "outcome": report.outcome,
        "sources": list(plan.sources),
        "changes": [_change(change) for change in plan.changes],
        "holds": [_hold(hold) for hold in plan.holds],
        "failures": msgspec.to_builtins(plan.failures),
        "notices": msgspec.to_builtins(plan.notices),
        "batch": msgspec.to_builtins(summary(plan)),
        "unchanged": plan.unchanged,
        "commit": report.commit,
        "branch": report.branch,
        "previous_branch": report.previous_branch,
        "backup": report.backup,
        "digest": report.digest,
        "command": report.command,
        "removed_comments": list(report.removed_comments),
        "recovered": list(report.recovered),
        "started": plan.started.isoformat().replace("+00:00", "Z"),
        "seconds": round(report.seconds, 3),
    }


def dumped(value: object) -> str:
    """Indented JSON without a character that a terminal could obey."""
    import json

    return json.dumps(value, indent=2).replace("\x7f", "\\u007f")


def exact(value: object) -> Any:
    """A catalog value for JSON: money as decimal text."""
    return msgspec.to_builtins(_texts(value))


def _texts(value: object) -> object:
    if isinstance(value, Decimal):
        return money(value)
    if isinstance(value, Unreadable):
        return value.text
    if isinstance(value, msgspec.Struct):
        value = msgspec.structs.asdict(value)
    if isinstance(value, dict):
        return {key: _texts(part) for key, part in value.items()}
    return [_texts(part) for part in value] if isinstance(value, tuple) else value


def unit(field: str) -> dict[str, str]:
    """The unit of a field's numbers, where it has one."""
    name = _UNITS.get(kind_of(field))
    return {"unit": name} if name else {}


def _change(change: Change) -> dict[str, Any]:
    return {
        "action": change.action,
        "model": change.name,
        "provider": change.provider,
        "key": change.key,
        "reason": change.reason,
        "confirmed": change.confirmed,
        "fields": [_field(field) for field in change.fields],
    }


def _field(change: FieldChange) -> dict[str, Any]:
    sides = {"old": change.old, "new": change.new}
    stated = {side: exact(value) for side, value in sides.items() if value is not UNSET}
    share = percent(change.old, change.new)
    moved = {} if share is None else {"percent": f"{share:.1f}"}
    return {"field": change.field, **stated, **unit(change.field), **moved}


def _hold(hold: Hold) -> dict[str, Any]:
    return {
        "name": hold.name,
        "provider": hold.provider,
        "key": hold.key,
        **_field(hold.change),
        "guard": hold.guard,
        "reason": hold.reason,
    }
