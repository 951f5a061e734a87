"""What a dashboard remembers from run to run, for machines that start fresh."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from modelsync.records import Asked, Catalog, Dated, Entry, Failure, Notice, Plan, Provider, Success, Topic
from modelsync.review import metadata
from modelsync.review.dashboard import failing, hidden, news, remembered

FIRST, SECOND = date(2026, 8, 20), date(2026, 8, 21)
EMPTY = Catalog({}, {})
FAILED = Failure("groq", "HTTP 401", "")


def plan(*names: str, **more: Any) -> Plan:
    notices = tuple(Notice(Topic.NOT_ADDED, name, "") for name in names)
    return Plan(datetime(2026, 8, 20, tzinfo=UTC), (), {}, notices=notices, label="all", **more)


def test_a_source_fails_since_the_first_day_until_it_answers() -> None:
    state = remembered({}, plan(failures=(FAILED,)), EMPTY, {}, FIRST)
    state = remembered(state, plan(failures=(Failure("groq", "HTTP 500", ""),)), EMPTY, {}, SECOND)
    assert failing(state) == (Dated("groq", FIRST, "HTTP 500"),)
    state = remembered(state, plan(asked=(Asked("xai", "ok", 3),)), EMPTY, {}, SECOND)
    assert failing(state) == (Dated("groq", FIRST, "HTTP 500"),)
    state = remembered(state, plan(asked=(Asked("groq", "ok", 3),)), EMPTY, {}, SECOND)
    assert failing(state) == ()


def test_its_last_success_is_named_where_it_is_known() -> None:
    last = {"groq": Success(datetime(2026, 8, 12, tzinfo=UTC))}
    state = remembered({}, plan(failures=(FAILED,)), EMPTY, last, FIRST)
    assert failing(state) == (Dated("groq", FIRST, "last success 2026-08-12: HTTP 401"),)


def test_what_the_first_run_of_a_kind_finds_is_no_news_and_what_comes_later_is() -> None:
    state = remembered({}, plan("p/a", "p/b"), EMPTY, {}, FIRST)
    assert news(state) == ()
    state = remembered(state, plan("p/a", "p/c"), EMPTY, {}, SECOND)
    assert news(state) == (Dated("p/c", SECOND),)
    assert news(remembered(state, plan("p/c"), EMPTY, {}, SECOND)) == (Dated("p/c", SECOND),)


def test_a_model_that_is_added_is_no_news_any_more() -> None:
    state = remembered({"listed all": "1"}, plan("p/a"), EMPTY, {}, FIRST)
    added = Catalog({"p": Provider("p", "p.yaml", entries={"a": Entry("p", "a", {})})}, {})
    assert news(remembered(state, plan(), added, {}, SECOND)) == ()


def test_what_others_keep_there_stays() -> None:
    state = remembered({"told 3f": "2026-08-01"}, plan("p/a"), EMPTY, {}, FIRST)
    assert state["told 3f"] == "2026-08-01"


def test_where_there_is_too_much_it_forgets_what_was_listed_before_what_was_told() -> None:
    names = {f"new p/{number * 7919:x}-{number * 104729 % 99991:x}": "" for number in range(9_000)}
    assert metadata.read(hidden(names | {"listed all": "1", "told 3f": "1"}), metadata.STATE) == {
        "told 3f": "1"
    }
    assert metadata.read(hidden({"new p/a": ""}), metadata.STATE) == {"new p/a": ""}
