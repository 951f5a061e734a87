"""When a source is due again, and what is remembered of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from modelsync.config import Place
from modelsync.disk import files
from modelsync.run import due
from modelsync.sources import Endpoint, SourceSettings

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def source(frequency: str) -> SourceSettings:
    return SourceSettings((Endpoint("http://127.0.0.1:1"),), update_frequency=frequency)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("frequency", "ago", "at"),
    [
        ("realtime", None, NOW),
        ("realtime", HOUR, NOW),
        ("daily", None, NOW),
        ("daily", HOUR, NOW - HOUR + DAY),
        ("daily", DAY, NOW),
        ("weekly", DAY, NOW + 6 * DAY),
        ("weekly", 8 * DAY, NOW - DAY),
        ("manual", None, None),
        ("manual", 9 * DAY, None),
        ("daily", -HOUR, NOW),
        ("weekly", -900 * DAY, NOW),
    ],
)
def test_a_source_is_due_that_long_after_its_last_success(
    frequency: str, ago: timedelta | None, at: datetime | None
) -> None:
    last = None if ago is None else NOW - ago
    assert due.due_at(source(frequency), last, NOW) == at
    assert due.is_due(source(frequency), last, NOW) == (at is not None and at <= NOW)


@pytest.mark.parametrize(("early", "is_due"), [(timedelta(minutes=29), True), (timedelta(minutes=31), False)])
def test_a_job_that_runs_once_a_day_finds_its_source_due_though_it_begins_a_little_early(
    early: timedelta, *, is_due: bool
) -> None:
    assert due.is_due(source("daily"), NOW - DAY + early, NOW) is is_due


def test_what_is_remembered_is_what_was_noted_of_each_source(tmp_path: Path) -> None:
    place = Place(tmp_path / "catalog")
    files.own_folder(place.state)
    due.remember(place, ["one", "two"], NOW)
    due.remember(place, ["two"], NOW + HOUR)
    assert due.last_synced(place) == {"one": NOW, "two": NOW + HOUR}


def test_catalogs_side_by_side_are_synced_each_at_its_own_time(tmp_path: Path) -> None:
    one, other = Place(tmp_path / "catalog"), Place(tmp_path / "team-b")
    files.own_folder(one.state)
    due.remember(one, ["one"], NOW)
    due.remember(other, ["one"], NOW + HOUR)
    assert [due.last_synced(place) for place in (one, other)] == [{"one": NOW}, {"one": NOW + HOUR}]


@pytest.mark.parametrize("content", [None, b"", b"[]", b'{"one": 3}', b"\xff"])
def test_a_note_that_is_missing_or_damaged_remembers_nothing(tmp_path: Path, content: bytes | None) -> None:
    place = Place(tmp_path / "catalog")
    if content is not None:
        place.state.mkdir()
        (place.state / "last_synced.json").write_bytes(content)
    assert due.last_synced(place) == {}
