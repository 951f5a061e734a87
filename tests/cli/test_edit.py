"""`pin` and `exclude` as a person types them: what they say, write, and leave uncommitted."""

from __future__ import annotations

import pytest

from workplace import OPENAI, row, rows

PIN = ("pin", "openai/o1:pricing.input", "--until", "2099-01-31", "--reason", "agreed")


def test_a_pin_is_written_told_and_undone(workplace):
    ran = workplace.run(*PIN)
    line = "catalog/providers/openai.yaml:28: input: 15  # modelsync: keep until 2099-01-31, agreed"
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.splitlines()[:2] == [
        "Pinned openai/o1:pricing.input; written, not committed",
        f"  openai/o1:pricing.input: {line}",
    ]
    assert (
        workplace.team.git("status", "--short", "--untracked-files=no") == " M catalog/providers/openai.yaml"
    )
    (backup,) = workplace.backups()
    assert workplace.run("backups", "restore", backup).code == 0
    assert workplace.openai.read_text() == OPENAI


def test_a_pin_keeps_the_price_in_the_next_run(workplace):
    assert workplace.run(*PIN).code == 0
    workplace.team.commit_all("pinned")
    workplace.lists(*rows(o1="16"))
    ran = workplace.run("sync", "-v")
    assert "pricing.input stays 15; upstream says 16 (pinned, agreed)" in " ".join(ran.out.split())
    assert workplace.team.git("log", "-1", "--format=%s") == "pinned"


def test_an_excluded_model_is_not_added_in_the_next_run(workplace):
    assert workplace.run("exclude", "openai", "gpt-9*", "--reason", "too dear").code == 0
    workplace.team.commit_all("excluded")
    workplace.lists(*rows(o1="16"), row("openai/gpt-9-mini", "1", "2"))
    assert workplace.run("sync").code == 0
    assert workplace.diff() == ["-          input: 15", "+          input: 16"]


@pytest.mark.parametrize(
    ("words", "nothing"),
    [
        (("pin", "openai/o1"), "openai/o1 is pinned so already"),
        (("exclude", "openai", "gpt-5"), "openai/gpt-5 is excluded already"),
    ],
)
def test_a_second_time_there_is_nothing_to_do(workplace, words, nothing):
    assert workplace.run(*words).code == 0
    workplace.team.commit_all("decided")
    before = workplace.state()
    ran = workplace.run(*words)
    assert (ran.code, ran.out.splitlines()[0]) == (0, f"Nothing to do: {nothing}")
    assert workplace.state() == before


def test_both_answer_in_json(workplace):
    pinned = workplace.run(*PIN, "--json").json
    assert (pinned["outcome"], pinned["notices"][0]["topic"]) == ("written", "pinned")
    excluded = workplace.run("exclude", "anthropic", "claude-opus-5", "--json").json
    assert [notice["subject"] for notice in excluded["notices"]] == ["anthropic/claude-opus-5"] * 2


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("pin", "openai/o9"), 2, "no model o9 at openai"),
        (("pin", "openai/o1", "--until", "soon"), 2, "'soon' does not match the format"),
        (("pin", "openai/o1", "--until", "2020-01-01"), 2, "is over already"),
        (("pin", "openai/o3:pricing.input"), 5, "openai.yaml:35: a comment behind it would be"),
        (("exclude", "opanai", "x"), 2, "no provider opanai in the catalog"),
        (("exclude", "openai", "x", "--reason", "\x1b]0;x\x07"), 2, "one line of printable text"),
    ],
)  # fmt: skip
def test_what_is_refused_is_told_and_changes_nothing(workplace, words, code, said):
    before = workplace.state()
    ran = workplace.run(*words)
    assert (ran.code, ran.out) == (code, "")
    assert said in ran.err
    assert "\x1b" not in ran.err
    assert workplace.state() == before


def test_a_rename_names_the_lines_of_a_person_that_go_on_to_say_the_old_name(workplace):
    workplace.edit("providers:\n", "default: openai/o3\nrouting: [openai/o1, openai/o3]\nproviders:\n")
    ran = workplace.run("rename", "openai", "o3", "o3-old")
    lines = [line for line in ran.out.splitlines() if "still says" in line]
    assert [line.strip().partition("openai.yaml:")[2] for line in lines] == [
        "2: default still says openai/o3",
        "3: routing.1 still says openai/o3",
    ]
