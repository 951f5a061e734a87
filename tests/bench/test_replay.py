"""Daily lists, synced day by day: what holds over all of them, and that the replay would notice."""

from __future__ import annotations

import os
from decimal import Decimal
from pathlib import Path
from unittest import mock

import pytest
import yaml

from bench import replay, series
from repositories import GitRepository

DAYS = 15


@pytest.fixture(scope="module")
def replayed(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[replay.Day], Path, list[Path]]:
    lists, repository = tmp_path_factory.mktemp("lists"), tmp_path_factory.mktemp("work") / "repository"
    series.write(lists, DAYS, seed=3)
    found, _ = replay.found(lists)
    with mock.patch.dict(os.environ):  # what a replay says of who commits is nothing to other tests
        return list(replay.replay(found, repository)), repository, found


def test_no_price_is_applied_that_crosses_zero_or_moves_by_ten_times(replayed):
    days, _, _ = replayed
    assert sum(bool(day.applied) for day in days) > DAYS / 2
    assert any("price ratio" in day.new or "zero crossing" in day.new for day in days)
    assert [day.harm for day in days if day.harm] == []


def test_no_line_is_changed_without_need(replayed):
    days, _, _ = replayed
    assert sum(day.lines for day in days[1:]) > 100
    assert sum(day.needless for day in days) == 0


def test_prices_stay_fresh_though_nobody_accepts_anything(replayed):
    _, repository, lists = replayed
    now, last = replay.prices_of(repository), replay.listed_prices(lists[-1])
    assert sum(now.get(place) == price for place, price in last.items()) >= 0.95 * len(last)


def test_the_replay_sees_a_price_that_should_not_have_been_applied():
    before = {(name, "input"): Decimal(3) for name in "abcd"} | {("z", "input"): Decimal(0)}
    after = dict(zip(before, map(Decimal, ("0", "-1", "30", "4", "1")), strict=True))
    assert [line.split()[0] for line in replay.harm(before, after)] == ["a", "b", "c", "z"]


def test_the_replay_sees_a_line_that_was_only_written_another_way(tmp_path):
    repository = GitRepository.create(tmp_path)
    told = {"a": 1, "b": {"c": "x", "d": 2}}
    repository.write("prices.yaml", b"a: 1\nb:\n    c: 'x'\n    d: 2 # negotiated\n")
    repository.commit_all("by hand")
    repository.write("prices.yaml", yaml.safe_dump(told | {"a": 5}).encode())
    repository.commit_all("by a bot that dumps the file")
    assert replay.changed_lines(tmp_path) == (6, 2)
