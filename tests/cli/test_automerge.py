"""The forge merges by itself what is within the rule, at the commit that was looked at, and nothing else."""

from __future__ import annotations

import pytest

from proposing import propose, ruled, run
from workplace import BRANCH, Workplace, row, rows

RULE = "review: {automerge: {price_change: 5%, kinds: [price, limit]}}\n"


@pytest.fixture(autouse=True)
def wanted(workplace: Workplace, remote) -> None:
    ruled(workplace, RULE)


def test_a_small_move_is_merged_by_the_forge_once_its_checks_pass(workplace, remote, forge):
    ran = propose(workplace, forge, o3="2.1")
    assert ran.code == 0, ran.err
    (pull,) = forge.open
    assert pull.merges_itself == remote.git("rev-parse", BRANCH)
    assert "may be merged once its checks pass" in pull.body
    assert propose(workplace, forge, o3="2.1").code == 0
    assert pull.merges_itself == remote.git("rev-parse", BRANCH)


def test_a_large_one_is_a_persons_to_merge(workplace, forge):
    ran = propose(workplace, forge, o3="2.2")
    assert forge.open[0].merges_itself == ""
    assert "may be merged" not in forge.open[0].body
    assert "auto-merge: a person merges this: openai/o3:pricing.input" in ran.out


def test_it_is_taken_back_before_a_later_day_that_is_outside_is_pushed(workplace, remote, forge):
    propose(workplace, forge, o3="2.1")
    first = remote.git("rev-parse", BRANCH)

    def watch(name: str, done: bool) -> None:
        if name == "by hand" and not done:
            assert remote.git("rev-parse", BRANCH) == first

    forge.on_call = watch
    assert propose(workplace, forge, o3="2.1", o1="18").code == 0
    assert "by hand" in forge.asked
    assert forge.open[0].merges_itself == ""
    assert remote.git("rev-parse", BRANCH) != first


def test_a_later_day_that_is_inside_is_merged_at_its_own_commit(workplace, remote, forge):
    propose(workplace, forge, o3="2.1")
    propose(workplace, forge, o3="2.05")
    assert forge.open[0].merges_itself == remote.git("rev-parse", BRANCH)


def test_it_is_taken_back_where_the_rule_is_narrowed_and_what_it_let_through_is_still_open(workplace, forge):
    propose(workplace, forge, o3="2.1")
    ruled(workplace, RULE.replace("5%", "1%"))
    propose(workplace, forge, o3="2.1")
    assert forge.open[0].merges_itself == ""


def test_what_a_person_let_the_forge_merge_stays_so_until_it_is_something_else(workplace, forge):
    propose(workplace, forge, o3="2.2")
    forge.open[0].merges_itself = "theirs"
    propose(workplace, forge, o3="2.2")
    assert forge.open[0].merges_itself == "theirs"
    ruled(workplace, "")
    propose(workplace, forge, o3="2.3")
    assert forge.open[0].merges_itself == ""


def test_where_no_check_is_required_nothing_merges_by_itself_and_the_setting_is_named(workplace, forge):
    forge.requires_checks = False
    ran = propose(workplace, forge, o3="2.1")
    assert ran.code == 0, ran.err
    assert forge.open[0].merges_itself == ""
    assert "auto-merge: " in ran.out


def test_the_pull_request_is_as_it_is_where_the_forge_refuses(workplace, forge):
    forge.fails("merge", 403, "no", done=False)
    ran = propose(workplace, forge, o3="2.1")
    assert (ran.code, len(forge.open), forge.open[0].merges_itself) == (0, 1, "")
    propose(workplace, forge, o3="2.1")
    assert forge.open[0].merges_itself


def test_nothing_is_pushed_where_it_cannot_be_taken_back(workplace, remote, github):
    propose(workplace, github, o3="2.1")
    first = remote.git("rev-parse", BRANCH)
    github.fails("by hand", 500, times=9, done=False)
    assert propose(workplace, github, o3="3").code == 6
    assert remote.git("rev-parse", BRANCH) == first
    github.failures.clear()
    assert propose(workplace, github, o3="3").code == 0  # the commit is there already
    assert remote.git("rev-parse", BRANCH) != first
    assert github.open[0].merges_itself == ""


def test_what_the_second_look_names_is_a_persons_to_merge_though_it_is_inside(workplace, forge):
    smaller = row("openai/gpt-4o", "2.5", "10", context_length=64_000)
    workplace.lists(smaller, *(one for one in rows() if one["id"] != "openai/gpt-4o"))
    ran = run(workplace, forge, "--accept", "openai/gpt-4o:context_length")
    assert ran.code == 0, ran.err
    assert forge.open[0].merges_itself == ""
    assert "a person merges this: " in ran.out
    assert "shrinks" in ran.out.partition("a person merges this")[2]
