"""What a run is asked to do: which sources, which branch, which policy."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from modelsync import config
from modelsync.config import Place
from modelsync.errors import UsageError
from modelsync.run.request import Run

NOW = datetime(2026, 1, 31, 23, 30, tzinfo=UTC)
TEXT = """
sources:
  one: {authoritative: true, endpoints: [{url: 'http://127.0.0.1:1'}]}
  two: {endpoints: [{url: 'http://127.0.0.1:2'}]}
  three: {authoritative: true, endpoints: [{url: 'http://127.0.0.1:3'}]}
  off: {authoritative: true, enabled: false, endpoints: [{url: 'http://127.0.0.1:4'}]}
prune: {after_days: 3}
"""
SKIP = TEXT + "batch: {skip: [one, off]}\n"
FILE = Path("list.json")


def asked(text: str = TEXT, **options) -> Run:
    return Run(place=Place(Path("/team/catalog")), config=config.parse(text), now=NOW, **options)


@pytest.mark.parametrize(
    ("options", "names"),
    [
        ({}, ("one", "three")),
        ({"all_sources": True}, ("one", "two", "three")),
        ({"sources": ("two",)}, ("two",)),
        ({"sources": ("three", "one")}, ("one", "three")),
        ({"sources": ("off",)}, ("off",)),
        ({"replay": {"two": FILE}}, ("one", "two", "three")),
        ({"replay": {"off": FILE}, "sources": ("one",)}, ("one", "off")),
        ({"all_sources": True, "text": SKIP}, ("two", "three")),
        ({"all_sources": True, "text": SKIP, "replay": {"one": FILE}}, ("one", "two", "three")),
        ({"text": SKIP, "sources": ("one", "two")}, ("one", "two")),
        ({"text": SKIP}, ("one", "three")),
    ],
)
def test_asks_the_sources_that_were_meant_in_the_order_of_the_file(options, names):
    assert asked(**options).selected == names


@pytest.mark.parametrize("options", [{"sources": ("four",)}, {"replay": {"four": FILE}}])
def test_a_source_that_is_not_there_is_an_error_that_names_those_that_are(options):
    with pytest.raises(UsageError) as error:
        _ = asked(**options).selected
    assert "four" in error.value.what
    assert "one, two, three, off" in error.value.advice


@pytest.mark.parametrize(
    ("options", "branch"),
    [
        ({}, "modelsync/one+three"),
        ({"sources": ("two",)}, "modelsync/two"),
        ({"all_sources": True}, "modelsync/all"),
        ({"label": "prune"}, "modelsync/prune"),
    ],
)
def test_names_the_review_branch_after_what_it_does(options, branch):
    assert asked(**options).branch == branch


def test_what_is_left_out_is_what_would_have_been_asked():
    assert asked(SKIP, all_sources=True).skipped == ("one",)
    assert asked(SKIP).skipped == ()


def test_a_branch_of_many_sources_has_a_name_that_a_file_can_have():
    names = [f"source-number-{number}" for number in range(40)]
    rows = "".join(f"  {name}: {{endpoints: [{{url: x}}]}}\n" for name in names)
    assert asked(f"sources:\n{rows}", sources=tuple(names)).branch == "modelsync/several"


@pytest.mark.parametrize(
    ("options", "seconds"),
    [({}, None), ({"from_cache": True}, 7), ({"from_cache": True, "no_cache": True}, None)],
)
def test_a_list_may_be_as_old_as_is_configured_where_nothing_is_written(options, seconds):
    age = asked(TEXT + "cache: {listing: 7}\n", **options).max_age
    assert (age and age.total_seconds()) == seconds


def test_the_pattern_of_the_branch_can_be_chosen():
    assert asked(TEXT + "review: {branch: 'bot/models-{source}'}\n").branch == "bot/models-one+three"


def test_the_policy_is_that_of_the_file_and_of_the_command_line():
    policy = asked(only="openai", prune=True, accept=("a:b",), removals_only=True).policy
    assert policy.today == date(2026, 1, 31)
    assert policy.prune_policy.after_days == 3
    assert (policy.only, policy.prune, policy.accept, policy.removals_only) == (
        "openai",
        True,
        ("a:b",),
        True,
    )
    assert (policy.excluded, policy.unfollowed, policy.immediately) == (False, False, False)


def test_all_and_names_do_not_go_together():
    with pytest.raises(UsageError, match="--all"):
        _ = asked(all_sources=True, sources=("one",)).selected


def test_a_source_that_is_switched_off_is_known_to_be_off_unless_it_is_named():
    assert asked().policy.off == {"off"}
    assert asked(sources=("off",)).policy.off == set()
