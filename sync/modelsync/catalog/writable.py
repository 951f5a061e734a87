"""Parts what of a plan can be written from what the editor refuses: one value is a hold, not a run's end."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from modelsync.catalog.edits import Rewrite, rewrites
from modelsync.catalog.read import Opened
from modelsync.errors import CatalogEditRefused
from modelsync.records import ADDED, REMOVED, Change, FieldChange, Guard, Hold, Plan


def written(opened: Opened, planned: Plan) -> tuple[Plan, Sequence[Rewrite]]:
    """What a plan makes of the files, and the plan without the values that cannot be written: these are held.

    Raises CatalogEditRefused where what is left cannot be written together.
    """
    try:
        return planned, rewrites(opened, planned)
    except CatalogEditRefused:
        changes, holds = list[Change](), list[Hold]()
        for change in planned.changes:
            refused = _refused(opened, planned, change)
            holds += refused
            fields = {hold.change.field for hold in refused}
            left = tuple(field for field in change.fields if field.field not in fields)
            if not refused or (left and change.action == "update"):
                changes.append(replace(change, fields=left))
        if not holds:
            raise
        every = tuple(sorted((*planned.holds, *holds), key=lambda hold: (hold.name, hold.reason)))
        left_over = replace(planned, changes=tuple(changes), holds=every)
        return left_over, rewrites(opened, left_over)


def _refused(opened: Opened, planned: Plan, change: Change) -> list[Hold]:
    """What of a change the editor refuses: the whole of it, or its fields; its prices are one decision."""
    reason = _reason(opened, planned, change)
    if not reason:
        return []
    if change.action != "update":
        field = FieldChange(REMOVED if change.action == "remove" else ADDED, new=change.key)
        return [Hold(change.provider, change.key, field, Guard.NOT_WRITABLE, reason)]
    alone = {
        field.field: _reason(opened, planned, replace(change, fields=(field,))) for field in change.fields
    }
    bad = {field: why for field, why in alone.items() if why} or dict.fromkeys(alone, reason)
    price = next((why for field, why in bad.items() if field.startswith("pricing.")), "")
    with_it = {field: price for field in alone if price and field.startswith("pricing.")}
    return [
        Hold(change.provider, change.key, field, Guard.NOT_WRITABLE, (with_it | bad)[field.field])
        for field in change.fields
        if field.field in with_it | bad
    ]


def _reason(opened: Opened, planned: Plan, change: Change) -> str:
    """Why the editor refuses a change when it is made alone; empty where it does not."""
    try:
        rewrites(opened, replace(planned, changes=(change,)))
    except CatalogEditRefused as error:
        return f"{error.where}: {error.what}" if error.where else error.what
    return ""
