"""The past of a catalog in repositories of every kind: shallow, SHA-256, with two catalogs, torn apart."""

from __future__ import annotations

import subprocess
from decimal import Decimal
from pathlib import Path

import pytest
from dated_team import FILE, INPUT, SETTINGS, Team, day_of, models, o9

from modelsync.config import Place
from repositories import GitRepository
from workplace import Workplace

RUN = "openrouter: ~1\n\nModelsync-Run: {}T060000Z\nModelsync-Source: openrouter"
CHEAP = {"o9": "{model: o9, pricing: {input: 3}}", "p": "{model: p, pricing: {input: 1}}"}


def cloned(team: Team, folder: Path, *options: str) -> Team:
    clone = Team.__new__(Team)
    subprocess.run(["git", "clone", "-q", *options, team.repository.path.as_uri(), folder], check=True)
    clone.repository, clone.place = GitRepository(folder), Place(folder / "catalog")
    return clone


@pytest.fixture
def line(team: Team) -> Team:
    """Five days, each with another price of o9, by a run that was merged the day after."""
    for day in range(1, 6):
        run = RUN.format(f"2026030{day}")
        team.write(FILE, models(CHEAP | {"o9": f"{{model: o9, pricing: {{input: {day}}}}}"}))
        team.commit(f"2026-03-0{day}", run, merged=f"2026-03-0{day + 1}")
    return team


@pytest.mark.parametrize("depth", [1, 2, 4])
def test_a_shallow_clone_knows_from_its_first_commit_on_and_says_who_wrote_only_what_came_then(
    line, tmp_path, depth
):
    clone = cloned(line, tmp_path / "shallow", f"--depth={depth}")
    first = 6 - depth
    later = [(Decimal(day), f"2026-03-0{day}") for day in range(first + 1, 6)]
    known = [(one.value, day_of(one.since)) for one in clone.intervals() if one.field == INPUT]

    assert known == (later or [(Decimal(5), "2026-03-06")])
    (whole,) = [one for one in clone.intervals("openai/p") if one.field == INPUT]
    assert (day_of(whole.since), whole.source) == (f"2026-03-0{first + 1}", "")


def test_a_clone_that_is_deepened_is_read_anew(line, tmp_path):
    clone = cloned(line, tmp_path / "shallow", "--depth=2")
    clone.history()
    clone.repository.git("fetch", "-q", "--unshallow")

    assert clone.of() == line.of()
    assert clone.intervals("openai/p") == line.intervals("openai/p")


def test_the_commands_say_that_a_clone_is_shallow(workplace: Workplace, tmp_path):
    workplace.edit("input: 15", "input: 14")
    workplace.team.commit_all("Cheaper")
    folder = tmp_path / "shallow"
    subprocess.run(["git", "clone", "-q", "--depth=1", workplace.path.as_uri(), folder], check=True)
    clone = Workplace(GitRepository(folder), workplace.server)

    for words in (["history", "openai/o1"], ["history"], ["price", "openai/o1", "--input", "1"]):
        assert "shallow clone" in clone.run(*words).out


def test_a_repository_of_sha_256_has_the_same_past(tmp_path, team):
    other = Team(tmp_path / "sha256", "--object-format=sha256")
    for one in (team, other):
        one.says("2026-03-01", o9("3"))
        one.repository.git("switch", "-qc", "run")
        one.says("2026-03-03", o9("4"), RUN.format("20260302"))
        one.repository.git("switch", "-q", "main")
        one.says("2026-03-04", models({"c": "{model: c}"}, "cohere"), file="catalog/providers/c.yaml")
        one.merge("2026-03-05", "run")

    assert (
        other.of() == team.of() == [(Decimal(3), "2026-03-01", "2026-03-02"), (Decimal(4), "2026-03-02", "")]
    )
    assert len(other.intervals()[0].commit) == 64


def test_two_catalogs_of_a_repository_have_each_its_own_past(team):
    team.says("2026-03-01", o9("3"))
    other = Team.__new__(Team)
    other.repository, other.place = team.repository, Place(team.repository.path / "team-b/catalog")
    other.write("team-b/catalog/sync.yaml", SETTINGS)
    other.says("2026-03-02", o9("7"), file="team-b/" + FILE)
    team.says("2026-03-03", o9("4"))
    other.says("2026-03-04", o9("8"), file="team-b/" + FILE)

    assert team.of() == [(Decimal(3), "2026-03-01", "2026-03-03"), (Decimal(4), "2026-03-03", "")]
    assert other.of() == [(Decimal(7), "2026-03-02", "2026-03-04"), (Decimal(8), "2026-03-04", "")]


def test_one_file_that_is_split_into_many_ends_nothing(team):
    providers = {
        provider: models({f"{provider}-1": "{model: x, pricing: {input: 3}}"}, provider).partition("\n")[2]
        for provider in ("acme", "bolt", "cora", "dune")
    }
    team.write("catalog/sync.yaml", SETTINGS + "files: ['*.yml', 'providers/**/*.yaml']\n")
    team.says("2026-03-01", "providers:\n" + "".join(providers.values()), file="catalog/all.yml")
    team.write("catalog/all.yml", None)
    for name, text in providers.items():
        team.write(f"catalog/providers/{name[0]}/{name}.yaml", "providers:\n" + text)
    split = team.commit("2026-03-05")
    team.says(
        "2026-03-07",
        "providers:\n" + providers["cora"].replace("input: 3", "input: 4"),
        file="catalog/providers/c/cora.yaml",
    )

    for name in ("acme", "bolt", "dune"):
        assert team.of(f"{name}/{name}-1") == [(Decimal(3), "2026-03-01", "")]
    assert team.of("cora/cora-1")[-1] == (Decimal(4), "2026-03-07", "")
    assert split not in {one.commit for each in team.history().intervals.values() for one in each}


def test_files_that_become_one_list_end_nothing_and_change_nothing(team):
    team.says("2026-03-01", models({"o9": "{model: o9, pricing: {input: 3, output: 9}}"}))
    team.says(
        "2026-03-02",
        models({"c": "{model: c, pricing: {input: 1}}"}, "cohere"),
        file="catalog/providers/c.yaml",
    )
    team.write("catalog/providers/c.yaml", None)
    team.write("catalog/sync.yaml", SETTINGS + "files: ['providers/*.yaml']\n")
    team.says(
        "2026-03-05",
        "providers:\n"
        "- {name: cohere, models: [{name: c, model: c, pricing: {input: 1}}]}\n"
        "- {name: openai, models: [{name: o9, model: o9, pricing: {input: 3, output: 10}}]}\n",
    )

    assert team.of() == [(Decimal(3), "2026-03-01", "")]
    assert team.of("cohere/c") == [(Decimal(1), "2026-03-02", "")]
    assert team.of(field="pricing.output")[-1] == (Decimal(10), "2026-03-05", "")


@pytest.mark.parametrize("broken", ["sources: [\n", "nonsense: 1\n"])
def test_a_sync_yaml_that_cannot_be_read_is_passed_over_with_the_files_as_they_were(team, broken):
    team.says("2026-03-01", o9("3"))
    team.write("catalog/sync.yaml", broken)
    bad = team.says("2026-03-03", o9("4"))
    team.write("catalog/sync.yaml", SETTINGS)
    team.commit("2026-03-05")

    assert team.of() == [(Decimal(3), "2026-03-01", "2026-03-05"), (Decimal(4), "2026-03-05", "")]
    (notice,) = team.history().notices
    assert bad[:10] in notice


@pytest.mark.parametrize(
    "content", [b"\xff\xfe\x00", b"a: &a [*a, *a]\nproviders: {openai: *b}\n", b"[]\n", b"providers: 3\n"]
)
def test_a_line_that_begins_with_what_nobody_can_read_begins_with_the_first_that_can_be(team, content):
    team.repository.write(FILE, content)
    team.commit("2026-03-01")
    team.says("2026-03-03", o9("4"))

    assert team.of() == [(Decimal(4), "2026-03-03", "")]


def test_a_day_at_a_section_is_that_of_every_value_in_it(team):
    text = o9("3") + "          output: 9\n        context_length: 1000\n"
    team.says("2026-03-01", text)
    newer = text.replace("input: 3", "input: 4").replace("output: 9", "output: 8").replace("1000", "2000")
    team.says("2026-03-09", newer.replace("pricing:", "pricing:  # modelsync: since 2026-03-05"))

    days = {field: team.of(field=field)[-1][1] for field in (INPUT, "pricing.output", "context_length")}
    assert days == {INPUT: "2026-03-05", "pricing.output": "2026-03-05", "context_length": "2026-03-09"}


def test_a_price_that_comes_back_is_a_new_value_with_its_own_commit(team):
    commits = [
        team.says(day, o9(price), RUN.format(day.replace("-", "")))
        for day, price in {"2026-03-01": "3", "2026-03-02": "4", "2026-03-03": "3", "2026-03-04": "4"}.items()
    ]

    assert [one.commit for one in team.intervals() if one.field == INPUT] == commits
    assert [value for value, _, _ in team.of()] == [3, 4, 3, 4]


def test_nothing_of_a_line_without_a_catalog_is_known(team):
    (team.repository.path / "catalog/sync.yaml").unlink()
    team.commit("2026-03-01", "nothing")
    assert (team.history().intervals, team.history().begins) == ({}, None)
