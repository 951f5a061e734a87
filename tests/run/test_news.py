"""What is said once, and what is news."""

from __future__ import annotations

from pathlib import Path

import pytest

from building import STARTED, catalog, entry, failure, listing
from modelsync.config import Place
from modelsync.disk import files
from modelsync.records import Failure, Listing, Notice, Plan, Topic
from modelsync.run.news import News

Answers = tuple[Listing | Failure, ...]

ANSWERED: Answers = (listing(),)
ENDED = Notice(Topic.ENDED, "openai/o9", "expires 2026-01-01 is over")
WITHDRAWN = Notice(Topic.WITHDRAWN, "openai/o9", "pricing.cache_read stays 1")
PINNED = Notice(Topic.KEPT, "openai/o9", "pricing.input stays 2")


@pytest.fixture
def place(tmp_path: Path) -> Place:
    files.own_folder(tmp_path / ".modelsync")
    return Place(tmp_path / "catalog")


def said(
    place: Place,
    *notices: Notice,
    is_written: bool = True,
    is_so: bool = True,
    answers: Answers = ANSWERED,
) -> list[Notice]:
    """What a run with these notices says."""
    news = News(place)
    plan = news.of(Plan(STARTED, (), {}, notices=notices), lambda notice: is_so)
    if is_written:
        news.remember(catalog(entry("openai/o9")), answers)
    return list(plan.notices)


def not_added(*names: str) -> list[Notice]:
    return [Notice(Topic.NOT_ADDED, name, "") for name in names]


def test_what_is_said_once_is_said_again_only_when_it_changes(place):
    both = [ENDED, WITHDRAWN]
    assert said(place, *both, PINNED, is_written=False) == [*both, PINNED]
    assert said(place, *both, PINNED) == [*both, PINNED]
    assert said(place, *both, PINNED) == [PINNED]
    assert said(place) == []
    assert said(place, WITHDRAWN, changed := Notice(ENDED.topic, ENDED.subject, "another day")) == [changed]


def test_what_is_not_so_is_not_said_and_not_asked_of_again(place):
    assert said(place, WITHDRAWN, is_so=False) == []
    assert said(place, WITHDRAWN) == []


def test_models_that_are_not_added_are_news_by_name_once(place):
    """Not in the first run, and not what left the catalog."""
    old, new = not_added("openai/a"), not_added("openai/a", "openai/b", "openai/o9")
    assert said(place, *old) == old
    for is_written in (False, True):
        assert said(place, *new, is_written=is_written) == [*new, Notice(Topic.NEW, "openai/b", "")]
    assert said(place, *old) == old
    assert said(place, *new) == new


def test_a_run_without_any_list_leaves_the_note_as_it_is(place):
    said(place, *not_added("openai/a"))
    before = place.note("news.json").read_bytes()
    assert said(place, ENDED, answers=(failure(), failure())) == [ENDED]
    assert place.note("news.json").read_bytes() == before


def test_the_first_note_is_of_all_lists(place):
    said(place, *not_added("openai/a"), answers=(listing(), failure()))
    assert not place.note("news.json").exists()
    said(place, *not_added("openai/a", "openai/b"), answers=(listing(), listing()))
    seen = said(place, *not_added("openai/c"), answers=(listing(), failure()))
    assert seen[1:] == [Notice(Topic.NEW, "openai/c", "")]
    assert said(place, *not_added("openai/c")) == not_added("openai/c")


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"models": 1}'])
def test_a_note_that_cannot_be_read_is_none(place, content):
    place.note("news.json").write_bytes(content)
    assert said(place, ENDED, *not_added("openai/a")) == [ENDED, *not_added("openai/a")]
