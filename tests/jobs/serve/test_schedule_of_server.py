"""When a server syncs by itself: what options and the environment say, and that it does."""

from __future__ import annotations

from datetime import timedelta

import pytest
from serving import server_of, until

from fault_server import reply
from modelsync.disk import transaction
from modelsync.errors import UsageError
from modelsync.jobs.serve.schedule import Scheduled, Timetable, timetable
from workplace import BRANCH, listing, rows

HOUR = timedelta(hours=1)


def read(
    at_start: bool = False, period: timedelta | None = None, cron: str = "", **environment: str
) -> Timetable:
    return timetable(environment, at_start=at_start, period=period, cron=cron)


def test_the_environment_counts_where_no_option_says_another_thing():
    assert read() == Timetable()
    assert read(LITELLM_AUTO_SYNC="true", LITELLM_SYNC_INTERVAL="3600") == Timetable(True, HOUR)
    assert read(LITELLM_SYNC_INTERVAL="60") == Timetable(False, timedelta(minutes=1))
    assert read(True, 2 * HOUR, LITELLM_SYNC_INTERVAL="60") == Timetable(True, 2 * HOUR)
    assert read(cron="0 6 * * *", LITELLM_SYNC_INTERVAL="60") == Timetable(cron="0 6 * * *")
    assert read(LITELLM_AUTO_SYNC="false", LITELLM_SYNC_INTERVAL="60") == Timetable()


@pytest.mark.parametrize("wrong", ["0", "-1", "1h", "1.5", "9" * 30, "٣"])
def test_what_is_no_number_of_seconds_is_refused(wrong):
    with pytest.raises(UsageError, match="LITELLM_SYNC_INTERVAL"):
        read(LITELLM_SYNC_INTERVAL=wrong)


def test_what_is_neither_true_nor_false_is_refused_and_so_are_two_schedules_at_once():
    with pytest.raises(UsageError, match="LITELLM_AUTO_SYNC"):
        read(LITELLM_AUTO_SYNC="perhaps")
    with pytest.raises(UsageError):
        read(period=HOUR, cron="0 6 * * *")


def test_a_first_sync_that_fails_is_told_and_the_next_one_is_made(workplace):
    lines: list[str] = []
    workplace.answers(reply(status=404))
    with (
        server_of(workplace) as server,
        Scheduled(server, Timetable(True, timedelta(seconds=1)), lines.append),
    ):
        until(server, lambda: any("exit code 7" in line for line in lines))
        workplace.lists(*rows(o3="2.2"))
        until(server, lambda: workplace.team.git("branch", "--list", BRANCH))
    assert {job.order.actor for job in server.jobs} == {"schedule"}
    assert lines[0].startswith("the first sync: openrouter: ")
    assert lines[0].endswith("it answered HTTP 404 (data)")


def test_a_source_that_answers_again_is_synced_though_it_is_not_time_yet(workplace):
    lines: list[str] = []
    workplace.answers(reply(status=404), reply(listing(rows(o3="2.2"))))
    table = Timetable(at_start=True)
    with server_of(workplace) as server, Scheduled(server, table, lines.append, look=0.1):
        until(server, lambda: workplace.team.git("branch", "--list", BRANCH))
    first, second = reversed([job.order for job in server.jobs])
    assert first == second


def test_a_sync_that_cannot_begin_is_told(workplace):
    lines: list[str] = []
    held = transaction.lock(workplace.path / ".modelsync", workplace.path / ".git/modelsync")
    table = Timetable(at_start=True)
    with held, server_of(workplace) as server, Scheduled(server, table, lines.append):
        until(server, lambda: lines)
    assert lines[0].startswith("the first sync did not begin: ")
