"""The mark by which a row is known as ours: under one key of what a row has for notes."""

from __future__ import annotations

from typing import Any

import msgspec

from modelsync.records import Row

KEY = "modelsync"


class Mark(msgspec.Struct, frozen=True):
    """What a run noted of a row; without a digest it is a person's."""

    digest: str = ""  # of the values that the catalog had
    model: str = ""  # `provider/key`
    fields: tuple[str, ...] = ()  # those that a run wrote, where a row shows others too
    unavailable_since: str = ""  # the day (UTC, ISO 8601) on which it became unavailable, where that is kept


def take(notes: dict[str, Any]) -> Mark:
    """Take the mark out of a row's notes; what is none of ours is a person's row."""
    try:
        return msgspec.convert(notes.pop(KEY, None), Mark)
    except msgspec.ValidationError:
        return Mark()


def put(notes: dict[str, Any], row: Row, commit: str, unavailable_since: str = "") -> dict[str, Any]:
    """The notes with the mark of a row that is written now."""
    mark = {"commit": commit, "digest": row.mark, "model": row.model}
    return {**notes, KEY: mark | ({"unavailable_since": unavailable_since} if unavailable_since else {})}
