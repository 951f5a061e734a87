"""What the catalog said through time, read from real repositories."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from dated_team import FILE, INPUT, SETTINGS, day_of, models, o9

import modelsync
from modelsync.config import Place
from modelsync.history import cache


def test_a_value_counts_from_its_day_to_that_of_the_next_one(team):
    team.says("2026-03-01", o9("3"))
    team.says("2026-03-05", o9("4"))
    team.says("2026-03-09", o9("3"))

    assert team.of() == [
        (Decimal(3), "2026-03-01", "2026-03-05"),
        (Decimal(4), "2026-03-05", "2026-03-09"),
        (Decimal(3), "2026-03-09", ""),
    ]


def test_a_run_tells_the_day_on_which_it_saw_a_price_and_from_which_list(team):
    team.says("2026-03-01", o9("3"))
    team.says(
        "2026-03-07",
        o9("4"),
        "openrouter: ~1\n\nModelsync-Run: 20260305T235900Z\nModelsync-Source: openrouter",
    )

    last = [one for one in team.intervals() if one.field == INPUT][-1]
    assert (day_of(last.since), last.source) == ("2026-03-05", "openrouter")
    assert (last.observed.hour, day_of(last.merged)) == (23, "2026-03-07")


def test_a_merge_has_the_day_and_the_list_of_the_run_that_it_brought_in(team):
    team.says("2026-03-01", o9("3"))
    team.repository.git("switch", "-qc", "modelsync/openrouter")
    team.says(
        "2026-03-02",
        o9("4"),
        "openrouter: ~1\n\nModelsync-Run: 20260302T060000Z\nModelsync-Source: openrouter",
    )
    team.says(
        "2026-03-03",
        models({"c": "{model: c, pricing: {input: 1}}"}, "cohere"),
        file="catalog/providers/c.yaml",
    )
    team.repository.git("switch", "-q", "main")
    team.commit("2026-03-04", "elsewhere")
    team.merge("2026-03-06", "modelsync/openrouter")

    new = [one for one in team.intervals() if one.field == INPUT][-1]
    assert (new.value, day_of(new.since), day_of(new.merged), new.source) == (
        Decimal(4),
        "2026-03-02",
        "2026-03-06",
        "openrouter",
    )
    (by_hand,) = [one for one in team.intervals("cohere/c") if one.field == INPUT]
    assert (day_of(by_hand.since), by_hand.source) == ("2026-03-03", "")


def test_what_lost_its_trailer_in_a_squash_counts_from_the_authors_date_and_names_no_list(team):
    team.says("2026-03-01", o9("3"))
    team.write(FILE, o9("4"))
    team.commit("2026-03-02", "openrouter: ~1 (#12)", merged="2026-03-08")

    new = [one for one in team.intervals() if one.field == INPUT][-1]
    assert (day_of(new.since), day_of(new.merged), new.source) == ("2026-03-02", "2026-03-08", "")
    (notice,) = team.history().notices
    assert (
        notice == f"{new.commit[:10]}: a run's by the subject, without its trailers: the author's date counts"
    )


@pytest.mark.parametrize(
    "later",
    [
        pytest.param({FILE: o9("3", key="o-nine")}, id="another key"),
        pytest.param({FILE: o9("3", key="o-nine", upstream="{}")}, id="another key, by `model`"),
        pytest.param(
            {FILE: None, "catalog/providers/more/openai.yml": o9("3", key="o-nine")}, id="another file"
        ),
        pytest.param(
            {
                FILE: models(
                    {"o-nine": "{model: o-9, upstream: {openrouter: openai/o9}, pricing: {input: 3}}"},
                    "azure",
                )
            },
            id="another provider",
        ),
        pytest.param(
            {FILE: "providers:\n- name: openai\n  models: [{name: o-9, model: o9, pricing: {input: 3}}]\n"},
            id="another shape",
        ),
        pytest.param(
            {
                FILE: models({"other": "{model: other}"}),
                "catalog/providers/a.yaml": models(
                    {"o9": "{model: o9, upstream: {openrouter: openai/o9}, pricing: {input: 3}}"}, "azure"
                ),
            },
            id="a split of one file into two",
        ),
    ],
)
def test_a_model_is_followed_wherever_it_goes_and_whatever_it_is_called(team, later):
    settings = SETTINGS + "files: ['providers/**/*.y*ml']\n"
    team.write("catalog/sync.yaml", settings)
    team.says("2026-03-01", o9("3"))
    for name, text in later.items():
        team.write(name, text)
    team.commit("2026-03-05")

    (name,) = [
        name for name in team.history().intervals if name.rpartition("/")[2] in ("o9", "o-9", "o-nine")
    ]
    assert team.of(name) == [(Decimal(3), "2026-03-01", "")]
    assert team.history().names.get("openai/o9", name) == name


def test_the_folder_of_the_catalog_may_move(team):
    team.says("2026-03-01", o9("3"))
    (team.repository.path / "config").mkdir()
    team.repository.git("mv", "catalog", "config/models")
    team.place = Place(team.repository.path / "config/models")
    team.commit("2026-03-05")
    team.says("2026-03-06", o9("4"), file="config/models/providers/openai.yaml")

    assert [since for _, since, _ in team.of()] == ["2026-03-01", "2026-03-06"]


def test_a_file_that_was_there_before_its_sync_yaml_is_read_by_that(team):
    (team.repository.path / "catalog/sync.yaml").unlink()
    team.says("2026-03-01", o9("0.000003"), file="config/llm.yml")
    team.write("catalog/sync.yaml", SETTINGS + "files: [../config/llm.yml]\npricing_unit: per_token\n")
    team.commit("2026-03-05")

    assert team.of() == [(Decimal(3), "2026-03-01", "")]


def test_another_unit_of_the_same_price_is_no_change(team):
    team.says("2026-03-01", o9("3"))
    team.write("catalog/sync.yaml", SETTINGS + "pricing_unit: per_1k_tokens\n")
    team.says("2026-03-05", o9("0.003"))

    assert team.of() == [(Decimal(3), "2026-03-01", "")]


def test_a_version_that_cannot_be_read_is_passed_over_and_named(team):
    team.says("2026-03-01", o9("3"))
    broken = team.says("2026-03-03", o9("4") + "  : : [\n")
    team.says("2026-03-05", o9("5"))

    assert team.of() == [(Decimal(3), "2026-03-01", "2026-03-05"), (Decimal(5), "2026-03-05", "")]
    (notice,) = team.history().notices
    assert broken[:10] in notice
    assert "openai.yaml" in notice


def test_what_is_gone_counts_no_more_until_it_is_back(team):
    team.says("2026-03-01", o9("3"))
    team.says("2026-03-05", "providers: {}\n")
    team.says("2026-03-09", o9("4"))

    assert team.of() == [(Decimal(3), "2026-03-01", "2026-03-05"), (Decimal(4), "2026-03-09", "")]


def test_what_came_and_went_on_one_day_never_counted(team):
    team.says("2026-03-01", models({"a": "{model: a, pricing: {input: 3}}"}))
    team.says("2026-03-02", models({"b": "{model: b, pricing: {input: 3}}"}))
    team.says("2026-03-02", models({"c": "{model: c, pricing: {input: 3}}"}))

    assert set(team.history().intervals) == {"openai/a", "openai/c"}


def test_an_entry_says_what_its_base_says(team):
    team.says(
        "2026-03-01", models({"a": "{model: a, pricing: {input: 3}}", "b": "{model: b, base: openai/a}"})
    )
    team.says(
        "2026-03-05", models({"a": "{model: a, pricing: {input: 4}}", "b": "{model: b, base: openai/a}"})
    )

    assert team.of("openai/b") == team.of("openai/a")


@pytest.mark.parametrize(
    "entry", ["{model: o9, pricing: {currency: EUR, input: 4}}", "{model: o9, pricing: {input: free}}"]
)
def test_what_is_not_in_dollars_or_no_number_is_not_known(team, entry):
    team.says("2026-03-01", models({"o9": "{model: o9, pricing: {input: 3}}"}))
    team.says("2026-03-05", models({"o9": entry}))

    assert team.of() == [(Decimal(3), "2026-03-01", "2026-03-05")]


# ---------------------------------------------------------------------------- what a person says of a day


def test_a_day_that_a_person_names_is_that_from_which_the_value_counts(team):
    team.says("2026-03-01", o9("3"))
    team.says("2026-03-09", o9("4", comment="  # modelsync: since 2026-03-04, the vendor's own page"))

    assert team.of() == [(Decimal(3), "2026-03-01", "2026-03-04"), (Decimal(4), "2026-03-04", "")]


def test_a_day_to_come_takes_effect_by_itself(team):
    team.says("2026-03-01", o9("3"))
    team.says("2026-03-02", o9("4", comment="  # modelsync: since 2026-04-01"))

    assert team.of() == [(Decimal(3), "2026-03-01", "2026-04-01"), (Decimal(4), "2026-04-01", "")]
    assert [one.kind for one in team.intervals() if one.field == INPUT] == ["change", "announced"]


def test_a_day_says_nothing_of_a_later_value_on_its_line(team):
    team.says("2026-03-01", o9("3"))
    team.says("2026-03-05", o9("4", comment="  # modelsync: since 2026-03-04"))
    team.says("2026-03-09", o9("5", comment="  # modelsync: since 2026-03-04"))

    assert team.of()[-1] == (Decimal(5), "2026-03-09", "")


def test_a_day_that_is_named_later_moves_the_value_that_is_there(team):
    team.says("2026-03-01", o9("3"))
    team.says("2026-03-05", o9("4"))
    team.says("2026-03-09", o9("4", comment="  # modelsync: since 2026-03-03"))

    assert team.of() == [(Decimal(3), "2026-03-01", "2026-03-03"), (Decimal(4), "2026-03-03", "")]


def test_the_same_value_with_a_later_day_is_one_interval(team):
    team.says("2026-03-02", o9("4"))
    team.says("2026-03-09", o9("4", comment="  # modelsync: since 2026-03-05"))
    assert team.of() == [(Decimal(4), "2026-03-02", "")]


def test_a_correction_states_the_past_anew_and_nothing_else(team):
    text = models(
        {"o9": "{model: o9, pricing: {input: 3, output: 9}}", "p": "{model: p, pricing: {input: 3}}"}
    )
    team.says("2026-03-01", text)
    team.says("2026-03-05", text.replace("input: 3", "input: 4"))
    wrong = text.replace("input: 3", "input: 4")
    team.says(
        "2026-03-09",
        wrong.replace("input: 4, output: 9", "input: 5, output: 8"),
        "Correct o9\n\nModelsync-Correction: openai/o9:pricing.input",
    )

    assert team.of() == [(Decimal(3), "2026-03-01", "2026-03-05"), (Decimal(5), "2026-03-05", "")]
    assert team.of(field="pricing.output")[-1] == (Decimal(8), "2026-03-09", "")
    assert team.of("openai/p") == [(Decimal(3), "2026-03-01", "2026-03-05"), (Decimal(4), "2026-03-05", "")]
    assert [one.kind for one in team.intervals() if one.field == INPUT] == ["change", "correction"]


def test_a_correction_with_a_day_counts_from_thatday_of(team):
    team.says("2026-03-01", o9("3"))
    team.says("2026-03-05", o9("4"))
    said = "Correct\n\nModelsync-Correction: openai/o9:pricing.input"
    team.says("2026-03-09", o9("5", comment="  # modelsync: since 2026-02-01"), said)

    assert team.of() == [(Decimal(5), "2026-02-01", "")]


# ---------------------------------------------------------------------------- what was read once


def test_a_model_that_had_several_names_is_one_by_each_of_them(team):
    for day, key in enumerate(("o9", "o10", "o11", "o12"), 1):
        team.says(f"2026-03-0{day}", o9(f"{day}", key=key))
    history = team.history()
    assert history.names == dict.fromkeys(("openai/o9", "openai/o10", "openai/o11"), "openai/o12")
    assert [value for value, _, _ in team.of("openai/o12")] == [Decimal(day) for day in (1, 2, 3, 4)]


def test_what_was_read_before_and_what_is_read_anew_are_one(team):
    notes = [team.place.note(name) for name in ("history.msgpack", "parsed.msgpack")]
    for day, price in enumerate(("3", "4", "3", "3", "5"), 1):
        team.says(f"2026-03-0{day}", o9(price, key="o9" if day < 4 else "o10"), f"day {day}")
        grown = team.history()
        for note in notes:
            note.unlink()
            assert team.history() == grown


def test_a_file_that_is_as_it_was_is_not_parsed_again(team):
    team.write("catalog/providers/c.yaml", models({"c": "{model: c}"}, "cohere"))
    team.says("2026-03-01", o9("3"))
    team.history()
    _, contents = (known := dict(cache.read_parsed(team.place)))["providers/c.yaml"]
    (entry,) = contents.providers["cohere"].entries.values()
    entry.values["pricing.input"] = Decimal(77)
    cache.write_parsed(team.place, known)
    team.place.note("history.msgpack").unlink()
    team.says("2026-03-02", o9("4"))
    assert [one.value for one in team.intervals("cohere/c") if one.field == INPUT] == [Decimal(77)]
    assert [value for value, _, _ in team.of()] == [Decimal(3), Decimal(4)]


def test_what_a_repository_brings_as_parsed_is_not_believed(team):
    team.says("2026-03-01", o9("3"))
    team.history()
    note = team.place.note("parsed.msgpack")
    forged = note.read_bytes().replace(b"openai/o9", b"openai/o8")
    assert forged != note.read_bytes()
    note.write_bytes(forged)
    assert cache.read_parsed(team.place) == {}


def test_what_another_version_of_the_program_noted_is_read_anew(team, tmp_path):
    package = Path(modelsync.__file__).parent
    shutil.copytree(package, tmp_path / "other" / "modelsync", ignore=shutil.ignore_patterns("__pycache__"))
    ask = """if True:
        import sys
        from pathlib import Path
        from modelsync.config import Place
        from modelsync.history import cache
        here = Place(Path(sys.argv[1]))
        print(len(cache.read_parsed(here)), len(cache.read_steps(here).line))"""
    team.says("2026-03-01", o9("3"))
    team.history()

    def noted() -> str:
        command = [sys.executable, "-c", ask, str(team.place.catalog)]
        environment = {**os.environ, "PYTHONPATH": str(tmp_path / "other")}
        return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout

    assert noted().split() == ["1", "1"]
    with (tmp_path / "other/modelsync/catalog/money.py").open("a") as module:
        module.write("# reads another way\n")
    assert noted().split() == ["0", "0"]


def test_a_note_that_is_broken_or_of_a_rewritten_line_is_not_believed(team):
    team.says("2026-03-01", o9("3"))
    team.says("2026-03-05", o9("4"))
    before = team.history()
    team.place.note("history.msgpack").write_bytes(b"\x93nonsense")
    assert team.history() == before

    team.repository.git("reset", "-q", "--hard", "HEAD~1")
    team.says("2026-03-06", o9("7"))
    assert [value for value, _, _ in team.of()] == [Decimal(3), Decimal(7)]


def test_an_older_commit_has_its_own_past(team):
    first = team.says("2026-03-01", o9("3"))
    team.says("2026-03-05", o9("4"))
    team.history()

    (known,) = [one for one in team.history(first).intervals["openai/o9"] if one.field == INPUT]
    assert (known.value, known.until) == (Decimal(3), None)


def test_nothing_is_known_of_the_days_before_the_first(team):
    team.says("2026-03-01", o9("3"))
    begins = team.history().begins
    assert begins is not None
    assert begins.date() == date(2026, 3, 1)
