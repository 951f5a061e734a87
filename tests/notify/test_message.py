"""One message of a run: short, and upstream's text is text in it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from building import STARTED
from modelsync.notify.message import inert, news, trial
from modelsync.records import Event, EventKind, Plan, PullRequest, Report

REPORT = Report(Plan(STARTED, (), {}), branch="modelsync/openrouter", commit="c0ffee")
HOSTILE = (
    "openai/<!channel> <@U123> @everyone @team #12 [click](https://evil.example) www.evil.example "
    "*bold* `code` | <b>html</b>\r\nBcc: everyone@example.com\r\n\x1b[31m\u202e"
)


def about(*subjects: str, kind: EventKind = EventKind.NEW_MODEL) -> list[Event]:
    return [Event(kind, subject) for subject in subjects]


def test_a_message_says_what_there_is_of_each_kind():
    events = [
        *about("groq", kind=EventKind.SOURCE_FAILING),
        Event(EventKind.PRICE_UP, "openai/o3:pricing.input", "2 → 3", "3"),
        *about("openai/o9", "openai/o10"),
    ]
    message = news(events, "team", REPORT)
    assert message.title == "modelsync, team: 2 new, 1 price up, 1 failing"
    assert message.text == (
        "New (2)\n\n- openai/o9\n- openai/o10\n\nPrice up (1)\n\n- openai/o3:pricing.input: 2 → 3\n\n"
        "Failing (1)\n\n- groq\n\nTo review: modelsync/openrouter\n"
    )


def test_where_there_is_a_pull_request_it_is_what_one_looks_at():
    url = "https://github.com/team/models/pull/12"
    report = Report(Plan(STARTED, (), {}), pull_request=PullRequest(12, url, "created"), branch="x")
    message = news(about("openai/o9"), "team", report)
    assert f"To review: {url}" in message.text
    assert f"To review: <{url}>" in message.markdown
    assert message.pull_request == url


def test_a_message_is_short_however_much_there_is():
    message = news(about(*(f"openai/{number}" for number in range(400))), "team", REPORT)
    assert message.title == "modelsync, team: 400 new"
    assert message.text.count("\n- ") == 11
    assert "- … 390 more" in message.text
    assert len(news(about("a" * 10_000), "team", REPORT).text) < 300


def test_the_same_events_are_the_same_message_on_any_day():
    later = Report(Plan(STARTED, (), {}), commit="decaf")
    assert news(about("a", "b"), "x", REPORT).id == news(about("a", "b"), "y", later).id
    assert news(about("a", "b"), "x", REPORT).id != news(about("a"), "x", REPORT).id


@pytest.mark.fault("hostile text", "mentions, links, markup and line ends in what is told")
def test_hostile_text_mentions_nobody_and_links_nowhere():
    message = news([Event(EventKind.HELD, HOSTILE, HOSTILE, "1")], HOSTILE, REPORT)
    for text in (message.title, message.text, message.markdown):
        assert "\r" not in text
        assert not any(alive in text for alive in ("@e", "@t", "@U", "<!", "<b", "<@", "://", "www.e", "#12"))
        assert text.replace("\n", "").isprintable() or "\u200b" in text
    assert "\n" not in message.title
    assert message.text.count("\n- ") == 1
    assert "`code`" not in message.markdown.replace("\\`code\\`", "")
    assert "[click](" not in message.markdown


@given(st.text(max_size=300))
def test_what_is_inert_is_one_line_that_prints(text):
    line = inert(text)
    assert line.replace("\u200b", "").isprintable()
    assert "://" not in line


def test_a_trial_is_no_news():
    message = trial("team", "2026-08-22")
    assert (message.type, message.events, message.title) == ("modelsync.test", (), "modelsync, team: a test")
