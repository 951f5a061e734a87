"""`update:` at a provider names the only models of it that a run may change or remove."""

from __future__ import annotations

import pytest

from workplace import Workplace, row, rows


@pytest.fixture
def limited(workplace: Workplace) -> Workplace:
    workplace.edit("    name: OpenAI\n", "    name: OpenAI\n    update: [gpt-*, o1]\n")
    workplace.team.commit_all("only some")
    return workplace


def test_no_other_model_is_changed(limited: Workplace) -> None:
    limited.lists(*rows(gpt_4o="3", o1="16", o3="3"))
    assert limited.run("sync").code == 0
    added = [line for line in limited.diff() if line.startswith("+")]
    assert added == ["+          input: 3     # list price", "+          input: 16"]


def test_no_other_model_is_removed(limited: Workplace) -> None:
    limited.lists(*rows(o3=None))
    assert limited.run("prune", "--json").json["changes"] == []


def test_a_new_model_is_added_all_the_same(limited: Workplace) -> None:
    limited.lists(*rows(), row("openai/o9", "1", "2"))
    limited.run("sync")
    assert "      o9:" in limited.openai.read_text()


def test_why_a_model_is_not_compared_is_said(limited: Workplace) -> None:
    assert "does not mean it" in limited.run("show", "openai/o3").out
    unknown = limited.run("plan", "--json").json["not_compared"]
    assert {"name": "openai/o3", "reason": "a person's entry"} in unknown


@pytest.mark.parametrize("word", ["gpt-4o", "{a: b}", "[1]"])
def test_what_is_no_list_of_globs_lets_nothing_be_changed_and_is_named(
    workplace: Workplace, word: str
) -> None:
    workplace.edit("    name: OpenAI\n", f"    name: OpenAI\n    update: {word}\n")
    workplace.team.commit_all("mistaken")
    workplace.lists(*rows(o3="3"))
    ran = workplace.run("check")
    assert (ran.code, "openai.yaml:5: openai: `update:` is no list of globs" in ran.out) == (5, True)
    assert "openai/o3" not in str(workplace.run("plan", "--json").json["changes"])
