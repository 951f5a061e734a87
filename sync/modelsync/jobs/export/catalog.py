"""The catalog itself: as JSON, and as a table."""

from __future__ import annotations

import csv
import io
from datetime import date

from modelsync.jobs.export.format import Export, Exported
from modelsync.records import FIELDS, Release, text_of
from modelsync.report import released_json

_FIRST = ("provider", "key", "id")


def _json(release: Release, day: date) -> Exported:
    return Exported(released_json(release) + "\n")


def _csv(release: Release, day: date) -> Exported:
    """A row for each model, a column for each field; an empty cell says that nothing is known."""
    file = io.StringIO()
    table = csv.writer(file, lineterminator="\n")
    fields = [field for field in FIELDS if field != "model"]
    table.writerow([*_FIRST, *fields])
    for model in release.models:
        values = (text_of(model.values[field]) if field in model.values else "" for field in fields)
        table.writerow([model.provider, model.key, model.id, *map(_inert, values)])
    return Exported(file.getvalue())


def _inert(text: str) -> str:
    """Text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


EXPORTS = (Export("json", _json), Export("csv", _csv))
