"""`check --against` as continuous integration runs it on a pull request."""

from __future__ import annotations

import os

import pytest

from workplace import rows


def test_a_runs_own_commit_needs_no_second_look(workplace):
    workplace.lists(*rows(o3="3", o1=None))
    assert workplace.run("sync", "--prune").code == 0
    ran = workplace.run("check", "--against", "main")
    assert (ran.code, ran.out, ran.err) == (0, "", "modelsync: nothing that needs a second look\n")


def test_each_fault_is_a_line_with_its_place(workplace):
    workplace.edit("input: 15", "input: 150")
    workplace.edit("# who pays", "")
    workplace.team.write("README.md", b"theirs\n")
    workplace.team.commit_all("bot")
    ran = workplace.run("check", "--against", "HEAD~1", "--head", "HEAD")
    assert ran.code == 5
    assert ran.out.splitlines() == [
        "README.md: was changed, and is no data file of the catalog",
        "catalog/providers/openai.yaml:9: openai/gpt-4o: the comment is gone: # who pays",
        "catalog/providers/openai.yaml:28: openai/o1: pricing.input 15 -> 150: price ratio: 10 times more",
    ]
    known = workplace.run("check", "--against", "HEAD~1", "--json").json["problems"]
    assert [fault["name"] for fault in known] == ["", "openai/gpt-4o:comment", "openai/o1:pricing.input"]
    assert len(workplace.run("check", "--against", "HEAD~1", "--accept", "openai/*").out.splitlines()) == 1


def test_hostile_text_reaches_no_terminal(workplace):
    workplace.edit("# who pays", "# who \u202epays")
    workplace.team.commit_all("hostile")
    workplace.edit("# who \u202epays", "")
    ran = workplace.run("check", "--against", "HEAD")
    assert ran.code == 5
    assert "# who \\u202epays" in ran.out
    workplace.team.write(os.fsdecode(b"bad\xff\n\x1b[31m"), b"")
    workplace.team.commit_all("a name")
    ran = workplace.run("check", "--against", "HEAD~1")
    assert ran.out.splitlines()[0] == r"bad\udcff\n\x1b[31m: was changed, and is no data file of the catalog"
    assert len(workplace.run("check", "--against", "HEAD~1", "--json").json["problems"]) == 2


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--against", "nope"), 2, "no revision nope in this repository"),
        (("--head", "HEAD"), 2, "go with --against"),
        (("--accept", "x"), 2, "go with --against"),
    ],
)
def test_what_cannot_be_compared_is_told(workplace, words, code, said):
    ran = workplace.run("check", *words)
    assert (ran.code, ran.out) == (code, "")
    assert said in ran.err
