"""A report as one JSON object, for programs and the page: exact values, nothing shortened."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec
from msgspec import UNSET
from msgspec.structs import asdict

from modelsync.records import (
    Change,
    FieldChange,
    Hold,
    Kind,
    Plan,
    PriceInterval,
    Report,
    Unreadable,
    kind_of,
)
from modelsync.report.batch import summary
from modelsync.report.documents import (
    ChangeDocument,
    FieldDocument,
    HoldDocument,
    IntervalDocument,
    ReportDocument,
)
from modelsync.report.text import TOKEN_UNIT, UNITS, money, percent
from modelsync.report.view import as_report, subject

_UNITS = UNITS | {Kind.TIERS: TOKEN_UNIT, Kind.WINDOWS: TOKEN_UNIT, Kind.VARIANTS: TOKEN_UNIT}
_RESULT = (
    *("commit", "branch", "previous_branch", "backup", "digest", "command", "removed_comments", "recovered"),
    *("pushed", "pull_request", "dashboard", "unpublished", "untold"),
)


def as_json(of: Plan | Report, *, indent: int | None = 2) -> str:
    """The report as JSON in ASCII: a price is decimal text beside its unit; what a change leaves out, the
    catalog does not state."""
    return dumped(report_document(as_report(of)), indent=indent)


def report_document(report: Report) -> ReportDocument:
    """What `--json` prints of a report, as a typed record."""
    plan = report.plan
    return ReportDocument(
        subject=subject(plan),
        outcome=report.outcome,
        sources=plan.sources,
        changes=change_documents(plan.changes),
        holds=[_hold(hold) for hold in plan.holds],
        failures=plan.failures,
        notices=plan.notices,
        opinions=plan.opinions,
        not_compared=plan.not_compared,
        batch=summary(plan),
        unchanged=plan.unchanged,
        **{name: getattr(report, name) for name in _RESULT},
        started=plan.started,
        seconds=round(report.seconds, 3),
    )


def change_documents(changes: Iterable[Change]) -> list[ChangeDocument]:
    """Changes with every field before and after."""
    return [
        ChangeDocument(
            model=change.name,
            **asdict(change) | {"fields": [FieldDocument(**_field(field)) for field in change.fields]},
        )
        for change in changes
    ]


def dumped(value: object, *, indent: int | None = 2) -> str:
    """JSON without a character that a terminal could obey."""
    import json

    return json.dumps(value, indent=indent, default=_encoded).replace("\x7f", "\\u007f")


def _encoded(value: object) -> object:
    """Convert what JSON does not know: money to decimal text, a record to an object."""
    match value:
        case Decimal():
            return money(value)
        case Unreadable():
            return value.text
        case msgspec.Struct():
            names = zip(value.__struct_fields__, value.__struct_encode_fields__, strict=True)
            known = ((spelt, getattr(value, name)) for name, spelt in names)
            return {spelt: one for spelt, one in known if one is not UNSET}
        case msgspec.Raw():
            return msgspec.json.Decoder(float_hook=Decimal).decode(value)
        case _:
            return msgspec.to_builtins(value)


def unit(field: str) -> dict[str, Any]:
    """The unit of a field's numbers, where it has one."""
    name = _UNITS.get(kind_of(field))
    return {"unit": name} if name else {}


def _field(change: FieldChange) -> dict[str, Any]:
    sides = {"old": change.old, "new": change.new}
    known = {side: value for side, value in sides.items() if value is not UNSET}
    share = percent(change.old, change.new)
    moved = {} if share is None else {"percent": f"{share:.1f}"}
    return {"field": change.field, **known, **unit(change.field), **moved}


def _hold(hold: Hold) -> HoldDocument:
    own = {name: value for name, value in asdict(hold).items() if name != "change"}
    return HoldDocument(name=hold.name, **own, **_field(hold.change))


def interval_document(one: PriceInterval) -> IntervalDocument:
    """An interval with the unit of its value."""
    return IntervalDocument(**asdict(one), **unit(one.field))


def moment(at: datetime) -> str:
    """A moment as ISO 8601 has it, in UTC."""
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"
