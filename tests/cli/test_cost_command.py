"""The command that prices logs of usage: what it prints and writes."""

from __future__ import annotations

import json
from xml.etree import ElementTree

import pytest
from test_past import noon, told  # noqa: F401

LOG = """\
timestamp,provider,model,input_tokens,team
2026-03-04T10:00:00Z,openai,o3,1000000,red
2026-03-05T10:00:00Z,openai,o3,1000000,red
2026-03-09T10:00:00Z,openai,o3,1000000,"\x1b[31mblue<b>"
2026-03-09T10:00:00Z,openai,o9,1000000,blue
"""


@pytest.fixture
def logged(told):  # noqa: F811
    (told.path / "log.csv").write_text(LOG)
    return told


def cost(workplace, *words):
    return workplace.run("cost", "log.csv", *words, SOURCE_DATE_EPOCH=noon("2026-03-20"))


def test_cost_prices_each_row_as_of_its_day_to_the_last_digit(logged):
    answer = json.loads(cost(logged, "--json").out)
    assert (answer["total"], answer["rows"], answer["unpriced"]) == ("6.6", 4, 1)
    assert [(line["model"], line["total"]) for line in answer["by"]] == [
        ("openai/o3", "6.6"),
        ("openai/o9", None),
    ]
    ran = cost(logged)
    assert ran.code == 0
    assert "total: 6.6 USD, without 1 of 4 rows" in ran.out
    assert "the catalog never had a model of that name" in ran.out


def test_cost_says_by_its_exit_code_that_something_has_no_price(logged):
    assert cost(logged, "--strict").code == 1


def test_cost_lets_nothing_of_a_log_reach_a_terminal_or_a_picture_unescaped(logged):
    ran = cost(logged, "--by", "team", "--svg", "cost.svg")
    assert "\x1b" not in ran.out
    picture = ElementTree.parse(logged.path / "cost.svg").getroot()
    assert any("blue<b>" in (part.text or "") for part in picture.iter("{http://www.w3.org/2000/svg}text"))


def test_cost_writes_rows_and_never_over_what_it_did_not_write(logged):
    assert cost(logged, "--out", "rows.csv").code == 0
    header, *rows = (logged.path / "rows.csv").read_text().splitlines()
    assert header.startswith("timestamp,provider,model,input_tokens,team,cost,cost_model")
    assert len(rows) == 4
    assert cost(logged, "--out", "rows.csv").code == 0
    ran = cost(logged, "--out", "log.csv")
    assert ran.code == 2
    assert "was not made by this command" in ran.err
    assert (logged.path / "log.csv").read_text() == LOG


def test_cost_changes_nothing_that_git_tracks(logged):
    before = logged.state()
    cost(logged)
    assert logged.state() == before


@pytest.mark.parametrize("folder", [".git/hooks", "catalog", "link"])
def test_a_job_is_written_into_no_folder_that_holds_something_else(logged, folder):
    (logged.path / "link").symlink_to(logged.path / ".git")
    before = logged.team.git("status", "--porcelain")
    ran = cost(logged, "--write-job", folder)
    assert ran.code == 2
    assert "Name another folder" in ran.err
    assert logged.team.git("status", "--porcelain") == before


def test_a_job_is_written_with_its_tables(logged):
    ran = cost(logged, "--write-job", "job")
    assert ran.out == "spark-submit job/job.py [LOG...]\n"
    names = {"job.py", "job.json", "names.csv", "days.csv", "prices.csv"}
    assert {one.name for one in (logged.path / "job").iterdir()} == names
    assert cost(logged, "--write-job", "job").code == 0
