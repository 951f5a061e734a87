"""What a merge brought in keeps the day, the list and the author of the commit that gave it."""

from __future__ import annotations

from decimal import Decimal

import pytest
from dated_team import INPUT, Team, day_of, models

RUN = "openrouter: ~1\n\nModelsync-Run: {}T060000Z\nModelsync-Source: openrouter"


def two(a: str, b: str, comment: str = "") -> str:
    return models(
        {
            "a": f"{{model: a, pricing: {{input: {a}}}}}{comment}",
            **{f"pad{number}": f"{{model: pad{number}}}" for number in range(5)},
            "b": f"{{model: b, pricing: {{input: {b}}}}}",
        }
    )


def last(team: Team, model: str) -> tuple[object, str, str, str]:
    one = [one for one in team.intervals(f"openai/{model}") if one.field == INPUT][-1]
    return one.value, day_of(one.since), day_of(one.merged), one.source


@pytest.fixture
def branched(team: Team) -> Team:
    """A run gave a another price on the third, a person gave it to b on the fifth, each on a branch."""
    team.says("2026-03-01", two("1", "1"))
    git = team.repository.git
    git("branch", "person")
    git("branch", "behind")
    git("switch", "-qc", "run")
    team.says("2026-03-03", two("2", "1"), RUN.format("20260303"))
    git("switch", "-q", "person")
    team.says("2026-03-05", two("1", "2"))
    git("switch", "-q", "main")
    return team


def test_each_value_of_an_octopus_is_of_the_commit_that_gave_it(branched):
    branched.repository.git("switch", "-qc", "other", "main")
    branched.says("2026-03-04", models({"c": "{model: c}"}, "cohere"), file="catalog/providers/c.yaml")
    branched.repository.git("switch", "-q", "main")
    branched.merge("2026-03-09", "run", "person", "other")

    assert last(branched, "a") == (Decimal(2), "2026-03-03", "2026-03-09", "openrouter")
    assert last(branched, "b") == (Decimal(2), "2026-03-05", "2026-03-09", "")
    assert branched.intervals("cohere/c")[0].since.day == 4


def test_what_a_merge_itself_says_is_of_the_merge(branched):
    git = branched.repository.git
    git("merge", "-q", "--no-commit", "--no-ff", "run")
    branched.says("2026-03-09", two("2", "7"), "Merge, and a price by hand")

    assert len(git("log", "-1", "--format=%P").split()) == 2
    assert last(branched, "a") == (Decimal(2), "2026-03-03", "2026-03-09", "openrouter")
    assert last(branched, "b") == (Decimal(7), "2026-03-09", "2026-03-09", "")


def test_a_branch_of_many_days_that_is_merged_once_gives_each_value_its_day(branched):
    git = branched.repository.git
    git("switch", "-qc", "develop")
    branched.merge("2026-03-06", "run")
    branched.merge("2026-03-06", "person")
    branched.says("2026-03-07", two("2", "3"), RUN.format("20260307"))
    branched.says("2026-03-08", two("2", "3", "  # a word"))
    git("switch", "-q", "main")
    branched.merge("2026-03-10", "develop")

    assert last(branched, "a") == (Decimal(2), "2026-03-03", "2026-03-10", "openrouter")
    assert last(branched, "b") == (Decimal(3), "2026-03-07", "2026-03-10", "openrouter")
    assert branched.of("openai/b") == [
        (Decimal(1), "2026-03-01", "2026-03-07"),
        (Decimal(3), "2026-03-07", ""),
    ]


def test_a_rename_an_addition_and_a_removal_have_their_commits_too(branched):
    git = branched.repository.git
    git("switch", "-q", "run")
    text = two("2", "1").replace("      a: ", "      aa: ").replace("      pad3: {model: pad3}\n", "")
    branched.says("2026-03-04", text + "      new: {model: new, pricing: {input: 9}}\n", "by hand")
    branched.says(
        "2026-03-05", (text + "      new: {model: new, pricing: {input: 8}}\n"), RUN.format("20260305")
    )
    git("switch", "-q", "main")
    branched.commit("2026-03-06", "elsewhere")
    branched.merge("2026-03-10", "run")

    assert last(branched, "aa") == (Decimal(2), "2026-03-03", "2026-03-10", "openrouter")
    assert last(branched, "new") == (Decimal(8), "2026-03-05", "2026-03-10", "openrouter")
    assert [day_of(one.until) for one in branched.intervals("openai/pad3")] == ["2026-03-04"]
    assert branched.history().names["openai/a"] == "openai/aa"


def test_a_value_of_a_base_has_the_commit_that_gave_it_to_the_base(team):
    text = models(
        {"a": "{model: a, pricing: {input: 1}}", "b": "{model: b, base: openai/a}", "c": "{model: c}"}
    )
    team.says("2026-03-01", text)
    team.repository.git("switch", "-qc", "run")
    team.says("2026-03-03", text.replace("input: 1", "input: 2"), RUN.format("20260303"))
    team.says("2026-03-04", text.replace("input: 1", "input: 2").replace("{model: c}", "{model: c, name: C}"))
    team.repository.git("switch", "-q", "main")
    team.commit("2026-03-05")
    team.merge("2026-03-09", "run")

    assert last(team, "b") == last(team, "a") == (Decimal(2), "2026-03-03", "2026-03-09", "openrouter")


def test_a_correction_that_a_merge_brought_in_corrects_only_what_it_names(branched):
    git = branched.repository.git
    branched.merge("2026-03-06", "run")
    git("switch", "-qc", "correct")
    branched.says("2026-03-08", two("4", "1"), "Correct\n\nModelsync-Correction: openai/a:pricing.input")
    branched.says("2026-03-09", two("4", "5"))
    git("switch", "-q", "main")
    branched.merge("2026-03-10", "correct")

    assert branched.of("openai/a") == [
        (Decimal(1), "2026-03-01", "2026-03-03"),
        (Decimal(4), "2026-03-03", ""),
    ]
    assert branched.of("openai/b") == [
        (Decimal(1), "2026-03-01", "2026-03-09"),
        (Decimal(5), "2026-03-09", ""),
    ]
