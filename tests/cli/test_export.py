"""The command that gives the reviewed catalog to other programs: what it prints, writes and refuses."""

from __future__ import annotations

import json

import duckdb
import pytest


@pytest.mark.parametrize(
    "name", ["json", "csv", "price-days", "litellm", "genai-prices", "langfuse", "openai"]
)
def test_an_export_goes_to_stdout_and_what_it_cannot_say_to_stderr(workplace, name):
    workplace.edit("        pricing: {input: 2, output: 8}   # one line is enough\n", "")
    workplace.team.commit_all("No price")
    ran = workplace.run("export", name)
    assert ran.code == 0
    assert "gpt-4o" in ran.out
    left_out = name in ("litellm", "genai-prices", "langfuse")
    assert ("openai/o3 has no known" in ran.err) == left_out


def test_an_export_is_of_a_commit_and_of_nothing_else(workplace):
    workplace.edit("input: 2.50", "input: 9.99")
    assert "9.99" not in workplace.run("export", "csv").out
    workplace.team.commit_all("Dearer")
    assert "9.99" in workplace.run("export", "csv").out
    assert "9.99" not in workplace.run("export", "csv", "--rev", "HEAD~1").out


def test_a_file_is_written_over_only_by_force(workplace):
    assert workplace.run("export", "csv", "--out", "models.csv").code == 0
    (workplace.path / "models.csv").write_text("mine")
    ran = workplace.run("export", "csv", "--out", "models.csv")
    assert (ran.code, (workplace.path / "models.csv").read_text()) == (2, "mine")
    assert workplace.run("export", "csv", "--out", "models.csv", "--force").code == 0
    assert "gpt-4o" in (workplace.path / "models.csv").read_text()


def test_days_of_prices_are_written_as_parquet(workplace):
    assert workplace.run("export", "price-days", "--out", "days.parquet").code == 0
    query = f"SELECT count(DISTINCT model) FROM '{workplace.path}/days.parquet'"
    ((count,),) = duckdb.sql(query).fetchall()
    assert count > 3


def test_a_map_is_merged_into_and_any_other_file_refused(workplace):
    (workplace.path / "map.json").write_text('{"sample_spec": {"mode": "one of them"}}')
    merged = json.loads(workplace.run("export", "litellm", "--merge-into", "map.json").out)
    assert merged.keys() > {"sample_spec", "gpt-4o"}
    (workplace.path / "map.json").write_text("[1]")
    ran = workplace.run("export", "litellm", "--merge-into", "map.json")
    assert ran.code == 2
    assert "map.json: cannot be read as such a map" in ran.err
    assert workplace.run("export", "csv", "--merge-into", "map.json").code == 2


def test_a_format_that_is_not_there_is_named_with_its_like(workplace):
    ran = workplace.run("export", "litelm")
    assert ran.code == 2
    assert "there is no format litelm, did you mean litellm?" in ran.err
