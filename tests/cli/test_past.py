"""The commands that look back: what they print of a catalog's commits."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree

import pytest

from workplace import Workplace, rows

DAYS = {"2026-03-01": "1.1", "2026-03-05": "2.2", "2026-03-09": "3.3"}


def noon(day: str) -> str:
    return f"{datetime.fromisoformat(f'{day}T12:00:00').replace(tzinfo=UTC).timestamp():.0f}"


@pytest.fixture
def told(workplace: Workplace) -> Workplace:
    """A catalog in which runs of three days gave o3 another price, on the branch that one is on."""
    workplace.team.git("commit", "-q", "--amend", "--no-edit", "--date=2026-02-28T12:00:00Z")
    for day, price in DAYS.items():
        workplace.lists(*rows(o3=price))
        ran = workplace.run("sync", "--no-branch", "--accept", "*", SOURCE_DATE_EPOCH=noon(day))
        assert ran.code == 0, ran.err
    return workplace


def as_json(workplace: Workplace, *arguments: str) -> Any:
    ran = workplace.run(*arguments, "--json", SOURCE_DATE_EPOCH=noon("2026-03-20"))
    assert ran.code == 0, ran.err
    return json.loads(ran.out)


def test_history_tells_each_value_with_its_days_commit_and_list(told):
    prices = [
        (one["value"], one["since"][:10], (one["until"] or "")[:10], one["source"])
        for one in as_json(told, "history", "openai/o3")["intervals"]
        if one["field"] == "pricing.input"
    ]
    assert prices[2:] == [
        ("2.2", "2026-03-05", "2026-03-09", "openrouter"),
        ("3.3", "2026-03-09", "", "openrouter"),
    ]
    out = told.run("history", "openai/o3").out
    assert "2026-03-05" in out
    assert told.team.git("rev-parse", "HEAD")[:10] in out


def test_history_lists_the_commits_that_changed_the_catalog(told):
    runs = as_json(told, "history")["runs"]
    assert [one["observed"][:10] for one in runs[:3]] == sorted(DAYS, reverse=True)
    assert {"action": "update", "model": "openai/o3"} in runs[0]["changes"]
    assert "openrouter: " in told.run("history").out


@pytest.mark.fault("git", "a commit whose time is none, or beyond any calendar")
def test_a_commit_of_any_time_and_encoding_is_part_of_the_past(told, monkeypatch):
    told.edit("context_length: 128000", "context_length: 130000")
    monkeypatch.setenv("GIT_COMMITTER_DATE", "@253402300800 +9999")
    told.team.git("commit", "-q", "-a", "-m", "limit!")
    made = told.team.raw("cat-file", "commit", "HEAD").replace(b"limit!", "limité".encode("latin-1"))
    file = told.team.write(".git/made", made)
    told.team.git("update-ref", "HEAD", told.team.git("hash-object", "-t", "commit", "-w", file))
    assert "limit\ufffd" in told.run("history").out
    (limit,) = (
        one for one in as_json(told, "history", "openai/gpt-4o")["intervals"] if one["value"] == 130000
    )
    assert limit["until"] is None
    assert "total: 2.2 USD" in told.run("price", "openai/o3", "--on", "2026-03-07", "--input", "1000000").out


def test_history_draws_steps_that_a_browser_reads_in_which_no_name_is_markup(told):
    told.edit("  o3:", '  "o3<script>&":')
    told.team.commit_all("A name")
    told.run("history", "openai/o3<script>&", "--svg", "prices.svg")
    picture = ElementTree.parse(told.path / "prices.svg").getroot()
    texts = [part.text or "" for part in picture.iter("{http://www.w3.org/2000/svg}text")]
    assert any("o3<script>&" in text and "USD per 1M tokens" in text for text in texts)
    assert any(text.startswith("input 3.3") for text in texts)
    assert not list(picture.iter("{http://www.w3.org/2000/svg}script"))


@pytest.mark.parametrize(
    ("on", "total"),
    [("2026-03-04", "1.1"), ("2026-03-05", "2.2"), ("2026-03-08", "2.2"), ("2026-03-09", "3.3")],
)
def test_price_is_that_of_the_day_as_decimal_text(told, on, total):
    answer = as_json(told, "price", "openai/o3", "--on", on, "--input", "1000000")
    assert answer["total"] == total
    assert f"total: {total} USD" in told.run("price", "openai/o3", "--on", on, "--input", "1000000").out


def test_price_says_from_which_day_it_knows_and_never_the_oldest_price(told):
    first = as_json(told, "history", "openai/o3")["intervals"][0]["since"][:10]
    answer = as_json(told, "price", "openai/o3", "--on", "2019-01-01", "--input", "1")
    assert (answer["total"], answer["unknown"]) == (None, f"not known before {first}")
    assert (
        f"not known before {first}"
        in told.run("price", "openai/o3", "--on", "2019-01-01", "--input", "1").out
    )


def test_price_names_the_price_that_nobody_knows(told):
    answer = as_json(told, "price", "openai/o3", "--on", "2026-03-09", "--cache-write", "1")
    assert (answer["total"], answer["unknown"]) == (None, "not known: no pricing.cache_write in USD")


def test_price_names_tier_variant_and_factor(told):
    text = told.openai.read_text().replace(
        "models:\n",
        "models:\n      t:\n        model: t\n        pricing:\n          input: 1\n          factor: 0.5\n"
        "          tiers: [{above: 100, input: 2}]\n"
        "          variants: [{when: {service_tier: batch}, factor: 0.5}]\n",
        1,
    )
    told.openai.write_text(text)
    told.team.commit_all("By hand")
    words = ("price", "openai/t", "--input", "1000000", "--service-tier", "batch")
    (part,) = json.loads(told.run(*words, "--json").out)["parts"]
    assert (part["price"], part["amount"]) == ("0.5", "0.5")
    assert part["why"] == "above 100, service_tier batch × 0.5, × 0.5"


def test_an_unknown_model_is_named_with_its_like(told):
    ran = told.run("price", "openai/o33")
    assert ran.code == 2
    assert "never had a model openai/o33" in ran.err


def test_what_only_the_review_branch_says_is_a_proposal_and_counts_for_nothing(told):
    told.lists(*rows(o3="4.4"))
    assert told.run("sync", "--accept", "*", SOURCE_DATE_EPOCH=noon("2026-03-15")).code == 0
    head = told.team.git("symbolic-ref", "--short", "HEAD")
    question = ("price", "openai/o3", "--on", "2026-03-16", "--input", "1000000")

    assert head == "modelsync/openrouter"
    assert as_json(told, *question)["total"] == "3.3"
    assert f"review branch {head}" in told.run(*question).out
    proposed = as_json(told, "history", "openai/o3", "--rev", head)["intervals"]
    assert "4.4" in [one["value"] for one in proposed]

    told.team.git("switch", "-q", "main")
    told.team.git("merge", "-q", "--ff-only", head)
    assert as_json(told, *question)["total"] == "4.4"
    told.team.git("switch", "-q", head)
    assert as_json(told, *question)["total"] == "4.4"


def test_show_tells_in_a_line_or_two_what_the_prices_were_and_until_when(told):
    out = told.run("show", "openai/o3", SOURCE_DATE_EPOCH=noon("2026-03-20")).out
    lines = [line.partition(":earlier")[2] for line in out.splitlines() if ":earlier" in line]
    assert len(lines) <= 2
    assert "input 2.2 until 2026-03-09, 1.1 until 2026-03-05" in " ".join(" ".join(lines).split())
    past = as_json(told, "show", "openai/o3")["past"]
    assert [(one["value"], one["until"][:10]) for one in past][:2] == [
        ("2.2", "2026-03-09"),
        ("1.1", "2026-03-05"),
    ]


def test_show_tells_nothing_of_the_past_where_there_was_none_or_no_git(told, tmp_path):
    assert "earlier" not in told.run("show", "openai/o1").out
    shutil.copytree(told.path, tmp_path / "plain", ignore=shutil.ignore_patterns(".git", ".modelsync"))
    ran = told.run("--catalog", tmp_path / "plain/catalog", "show", "openai/o3")
    assert (ran.code, "earlier" in ran.out) == (0, False)


def test_diff_compares_by_meaning_and_not_by_lines(told):
    told.openai.write_text("# a heading\n" + told.openai.read_text())
    assert "No difference" in told.run("diff").out
    told.edit("3.3", "4.4")
    assert "~ openai/o3:pricing.input  3.3 → 4.4" in told.run("diff").out
    assert [change["model"] for change in as_json(told, "diff")["changes"]] == ["openai/o3"]


def test_diff_names_a_persons_own_keys_by_their_paths(told):
    told.edit("team: search ", "team: {name: infra, rpm: 5, on: [a, b]} ")
    told.team.commit_all("Team")
    told.edit("rpm: 5, on: [a, b]", "rpm: 6.0, on: [a, c], <b>: x")
    told.edit("priority: 100", "priority: 90")
    told.edit("pricing: {input: 3.3", "pricing: {note: '**', input: 3.3")

    changes = {
        f"{change['model']}:{field['field']}": (field.get("old"), field.get("new"))
        for change in as_json(told, "diff")["changes"]
        for field in change["fields"]
    }
    assert changes == {
        "openai/gpt-4o:team.rpm": ("5", "6"),
        "openai/gpt-4o:team.on.1": ("b", "c"),
        "openai/gpt-4o:team.<b>": (None, "x"),
        "openai/house-style:priority": ("100", "90"),
        "openai/o3:pricing.note": (None, "**"),
    }
    table = told.run("diff", "--format", "markdown").out
    assert table.count("<b>") == table.count("`team.<b>`") == 1
    assert "| `team.rpm` | `5` | `6` |" in table


def test_a_number_that_is_only_written_otherwise_is_no_difference_of_ones_own_keys_either(told):
    told.edit("team: search ", "limits: {rpm: 5, tpm: 1.50} ")
    told.team.commit_all("Limits")
    told.edit("rpm: 5, tpm: 1.50", "tpm: 1.5, rpm: 5.0")
    assert "No difference" in told.run("diff").out


def test_diff_of_two_revisions_is_a_table_in_markdown(told):
    out = told.run("diff", "HEAD~1", "HEAD", "--format", "markdown").out
    assert "| `openai/o3` | `pricing.input` | 2.2 | 3.3 | +50.0 % |" in out


def test_diff_since_a_day_is_what_changed_since(told):
    (change,) = as_json(told, "diff", "--since", "2026-03-09")["changes"]
    (field,) = change["fields"]
    assert (field["old"], field["new"]) == ("2.2", "3.3")


def test_looking_back_changes_nothing(told):
    before = told.state()
    for words in (["history"], ["history", "openai/o3"], ["diff"], ["price", "openai/o3"]):
        told.run(*words)
    assert told.state() == before


PRICE = ("price", "openai/o3", "--on", "2026-03-06", "--input", "1000000", "--json")


def test_what_was_read_once_is_told_without_asking_git(told):
    first = told.run(*PRICE)
    assert told.run(*PRICE, PATH="") == first


@pytest.mark.parametrize(
    "commands",
    [
        [["pack-refs", "--all", "--prune"]],
        [["switch", "-q", "-c", "other"], ["reset", "-q", "--hard", "HEAD~2"]],
        [["checkout", "-q", "--detach", "HEAD~1"]],
        [
            ["symbolic-ref", "refs/heads/alias", "refs/heads/main"],
            ["symbolic-ref", "HEAD", "refs/heads/alias"],
        ],
        [["commit", "-q", "--amend", "-m", "Another", "--date=2026-03-02T12:00:00Z"]],
    ],
    ids=["packed", "behind", "detached", "by another name", "rewritten"],
)
def test_what_was_noted_and_what_git_says_are_one_wherever_head_is(told, commands):
    told.run("history")
    for command in commands:
        told.team.git(*command)
    known = as_json(told, "history", "openai/o3")
    shutil.rmtree(told.path / ".modelsync")
    assert as_json(told, "history", "openai/o3") == known


def test_a_past_that_a_repository_brings_is_not_believed(told):
    honest = told.run(*PRICE, "--on", "2026-03-20")
    note = told.path / ".modelsync/history.msgpack"
    forged = note.read_bytes().replace(b"3.3", b"0.3")
    assert forged != note.read_bytes()
    note.write_bytes(forged)
    assert told.run(*PRICE, "--on", "2026-03-20") == honest
