"""The catalog itself: as JSON, and as a table."""

from __future__ import annotations

import csv
import io
from datetime import date

from modelsync.jobs.export.format import Export, Exported
from modelsync.records import FIELDS, Release, text_of
from modelsync.report import released_json

_FIRST = ("provider", "key", "id")


def _csv(release: Release, day: date) -> Exported:
    """A row for each model, a column for each field; an empty cell says that nothing is known."""
    file = io.StringIO()
    table = csv.writer(file, lineterminator="\n")
    fields = [field for field in FIELDS if field != "model"]
    table.writerow([*_FIRST, *fields])
    for model in release.models:
        values = model.values_on(day)
        texts = (text_of(values[field]) if field in values else "" for field in fields)
        table.writerow([model.provider, model.key, model.id, *map(inert, texts)])
    return Exported(file.getvalue())


def inert(text: str) -> str:
    """Text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


EXPORTS = (
    Export("json", lambda release, day: Exported(released_json(release, day) + "\n")),
    Export("csv", _csv),
)
