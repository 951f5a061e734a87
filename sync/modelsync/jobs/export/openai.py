"""The list that OpenAI's `/v1/models` gives, for a gateway that serves the catalog's models.

https://platform.openai.com/docs/api-reference/models/object
"""

from __future__ import annotations

from datetime import UTC, date, datetime

from modelsync.jobs.export.format import Export, Exported, dumped
from modelsync.records import Release, ReleasedModel


def _make(release: Release, day: date) -> Exported:
    data = [
        {"id": model.name, "object": "model", "created": _created(model, release), "owned_by": model.provider}
        for model in release.models
        if not model.hidden and model.values.get("availability") != "unavailable"
    ]
    return Exported(dumped({"object": "list", "data": data}))


def _created(model: ReleasedModel, release: Release) -> int:
    """Seconds since 1970 of the day on which the model came out; of the commit where that is not known."""
    released = str(model.values.get("released", ""))
    day = (released + "-01-01"[len(released) - 4 :])[:10] if len(released) in (4, 7, 10) else ""
    try:
        return int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp())
    except ValueError:
        return int(release.committed.timestamp())


EXPORTS = (Export("openai", _make),)
