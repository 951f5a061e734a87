"""What `modelsync sync` promises a person who works in the same repository."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime

import pytest
import yaml

from workplace import ANTHROPIC, BRANCH, OPENAI, listing, row, rows

# ---------------------------------------------------------------------------- one commit


def test_makes_one_commit_of_catalog_files_on_the_review_branch(workplace):
    workplace.lists(*rows(o3="3", claude_opus_5="6"))
    before = workplace.team.git("rev-parse", "main")
    ran = workplace.run("sync")
    assert ran.code == 0
    assert workplace.team.git("symbolic-ref", "--short", "HEAD") == BRANCH
    assert workplace.team.git("rev-parse", f"{BRANCH}^", "main").split() == [before, before]
    assert workplace.team.git("show", "--name-only", "--format=").split() == [
        "catalog/providers/anthropic.yaml",
        "catalog/providers/openai.yaml",
    ]
    assert workplace.team.git("status", "--porcelain") == ""


def test_every_line_of_the_diff_had_to_change(workplace):
    workplace.lists(*rows(gpt_4o="2.75", o3="3", claude_opus_5="5.5"))
    workplace.run("sync")
    assert workplace.diff() == [
        "-                    input: 5.00",
        "+                    input: 5.5",
        "-          input: 2.50     # list price",
        "+          input: 2.75     # list price",
        "-        pricing: {input: 2, output: 8}   # one line is enough",
        "+        pricing: {input: 3, output: 8}   # one line is enough",
    ]


def test_says_what_changed_where_it_is_and_the_way_back(workplace):
    workplace.lists(*rows(o3="3"))
    ran = workplace.run("sync")
    (backup,) = workplace.backups()
    assert ran.err == ""
    assert "~ openai/o3:pricing.input  2 → 3  +50.0 %" in ran.out
    assert f"on {BRANCH}" in ran.out
    assert f"backup: backups/{backup}" in ran.out
    assert "go back: git switch main" in ran.out
    assert f"undo: git switch main && git branch -D {BRANCH}" in ran.out


def test_the_commit_names_its_run_its_source_and_its_digest(workplace):
    workplace.lists(*rows(o3="3"))
    told = workplace.run("sync", "--json").json
    message = workplace.team.git("log", "-1", "--format=%B")
    assert message.splitlines()[0] == "openrouter: ~1"
    assert message.splitlines()[-3:] == [
        f"Modelsync-Run: {workplace.backups()[0]}",
        "Modelsync-Source: openrouter",
        f"Modelsync-Digest: {told['digest']}",
    ]


def test_the_backup_has_the_files_as_they_were(workplace):
    workplace.lists(*rows(o3="3"))
    workplace.run("sync")
    (name,) = workplace.backups()
    kept = workplace.path / "backups" / name
    assert (kept / "files/catalog/providers/openai.yaml").read_text() == OPENAI
    assert not (kept / "files/catalog/providers/anthropic.yaml").exists()
    assert (kept / "plan.json").exists()
    assert (kept / "report.json").exists()


@pytest.mark.fault("upstream data", "changes beside people's comments")
def test_comments_are_never_lost(workplace):
    workplace.lists(*rows(gpt_4o="2.75", gpt_4o_mini="0.2", o1="16", o3="3"), row("openai/o5", "1", "2"))
    workplace.run("sync")
    after = workplace.openai.read_text()
    comments = [line.partition("#")[2] for line in OPENAI.splitlines() if "#" in line]
    assert [line.partition("#")[2] for line in after.splitlines() if "#" in line] == comments


def test_a_new_model_stands_among_its_siblings(workplace):
    workplace.lists(*rows(), row("openai/gpt-4o-audio", "3", "12"))
    workplace.run("sync")
    models = list(yaml.safe_load(workplace.openai.read_text())["providers"]["openai"]["models"])
    assert models.index("gpt-4o-audio") - models.index("gpt-4o") in (1, 2)
    assert all(line.startswith("+") for line in workplace.diff())


def test_what_a_person_keeps_is_kept_and_told(workplace):
    workplace.lists(*rows(o4_mini="1.3"))
    ran = workplace.run("sync")
    assert "input: 1.1    # modelsync: keep until 2099-12-31, negotiated" in workplace.openai.read_text()
    assert "kept: openai/o4-mini: pricing.input stays 1.1; upstream says 1.3" in ran.out


# ---------------------------------------------------------------------------- nothing to do


def test_the_same_list_again_changes_nothing(workplace):
    workplace.lists(*rows(o3="3"), row("openai/o5", "1", "2"))
    workplace.run("sync")
    before = workplace.state()
    ran = workplace.run("sync")
    assert (ran.code, ran.err) == (0, "")
    assert "Nothing to do: 7 models are up to date" in ran.out
    assert workplace.state() == before


@pytest.mark.fault("upstream data", "the same list in another order")
def test_the_same_list_in_another_order_changes_nothing(workplace):
    workplace.lists(*reversed(rows()))
    before = workplace.state()
    assert workplace.run("sync").code == 0
    assert workplace.state() == before


def test_what_waits_on_the_review_branch_is_not_proposed_again(workplace):
    workplace.lists(*rows(o3="3"))
    workplace.run("sync")
    workplace.team.git("switch", "-q", "main")
    before = workplace.state()
    ran = workplace.run("sync")
    assert ran.code == 0
    assert f"Already proposed on {BRANCH}; nothing was written" in ran.out
    assert workplace.state() == before


def test_what_was_proposed_is_still_so_when_the_first_branch_moved_elsewhere(workplace):
    workplace.lists(*rows(o3="3"))
    workplace.run("sync")
    workplace.team.git("switch", "-q", "main")
    workplace.team.write("README.md", b"ours, again\n")
    workplace.team.commit_all("Elsewhere")
    assert "Already proposed" in workplace.run("sync").out


def test_what_was_merged_is_not_proposed_again(workplace):
    workplace.lists(*rows(o3="3"))
    workplace.run("sync")
    workplace.team.git("switch", "-q", "main")
    workplace.team.git("merge", "-q", "--no-ff", "-m", "Reviewed", BRANCH)
    before = workplace.state()
    assert "Nothing to do" in workplace.run("sync").out
    assert workplace.state() == before


def test_loads_nothing_that_only_changes_need(workplace):
    workplace.run("sync")  # notes that a person wrote what no list states
    workplace.lists(*rows(claude_opus_5="500"))  # held: that is no change either
    process = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "modelsync", "sync"],
        cwd=workplace.path,
        env=os.environ,
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = {line.rpartition("|")[2].strip() for line in process.stderr.splitlines()}
    assert "requests" in loaded
    assert loaded.isdisjoint({"git", "deepdiff", "rich", "modelsync.git", "modelsync.disk.backups"})


# ---------------------------------------------------------------------------- what upstream may do


@pytest.mark.fault("upstream data", "a list that lost many models at once")
def test_a_list_that_lost_half_its_models_removes_none_and_says_so(workplace):
    workplace.lists(*rows(gpt_4o=None, gpt_4o_mini=None, o1=None))
    before = workplace.state()
    ran = workplace.run("sync", "--prune")
    assert ran.code == 0
    assert workplace.state() == before
    for name in ("gpt-4o", "gpt-4o-mini", "o1"):
        assert f"openai/{name}" in ran.out
    assert "held" in ran.out


@pytest.mark.fault("upstream data", "a price in the wrong unit")
def test_a_price_that_leaps_is_held_and_the_rest_is_done(workplace):
    workplace.lists(*rows(o3="2000", gpt_4o="2.75"))
    ran = workplace.run("sync")
    assert ran.code == 0
    assert "--accept 'openai/o3:pricing.input'" in ran.out
    assert workplace.diff() == [
        "-          input: 2.50     # list price",
        "+          input: 2.75     # list price",
    ]


@pytest.mark.fault("hostile text", "trailers, closing words, mentions and `[skip ci]` in a commit")
@pytest.mark.parametrize(
    "name", ["x\nCo-authored-by: a <b@c>", "x\x1b[31m", "Fixes #1 @org/team", "x\u202ey"]
)
def test_upstream_text_is_text_in_the_catalog_the_output_and_the_commit(workplace, name):
    workplace.lists(*rows(), row("openai/o5", "1", "2", name=name))
    ran = workplace.run("sync")
    message = workplace.team.git("log", "-1", "--format=%B")
    assert ran.code == 0
    assert all(c.isprintable() for text in (ran.out, message) for line in text.splitlines() for c in line)
    assert workplace.team.git("log", "-1", "--format=%(trailers:key=Co-authored-by)") == ""
    yaml.safe_load(workplace.openai.read_text())


def test_only_the_models_that_were_named_change(workplace):
    workplace.lists(*rows(o1="16", o3="3", claude_opus_5="6"))
    workplace.run("sync", "--only", "openai/o3*")
    assert workplace.team.git("log", "-1", "--format=%s") == "openrouter: ~1"
    assert "input: 3" in workplace.openai.read_text()
    assert (workplace.path / "catalog/providers/anthropic.yaml").read_text() == ANTHROPIC


def test_a_recorded_list_takes_the_place_of_upstream(workplace, tmp_path):
    recorded = tmp_path / "recorded.json"
    recorded.write_bytes(listing(rows(o3="3")))
    ran = workplace.run("sync", "--from", f"openrouter={recorded}")
    assert ran.code == 0
    assert "input: 3" in workplace.openai.read_text()
    assert not workplace.server.asked


def test_the_time_of_a_run_can_be_given(workplace):
    workplace.lists(*rows(o3="3"))
    moment = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    ran = workplace.run("sync", "--json", SOURCE_DATE_EPOCH=str(int(moment.timestamp())))
    assert ran.json["started"] == "2026-01-02T03:04:05Z"
    assert workplace.backups() == ["20260102T030405Z"]


def test_a_pin_that_keeps_nothing_is_named_in_every_run(workplace):
    workplace.edit("        model: gpt-4o\n", "        # modelsync: keep\n\n        model: gpt-4o\n")
    workplace.team.commit_all("a pin that is set apart")
    assert "openai.yaml:10: a pin stands at the end of the line" in workplace.run("sync").out


@pytest.mark.fault("upstream data", "a price is withdrawn")
def test_a_value_that_upstream_withdrew_stays_and_is_said_once_and_a_persons_own_is_not(workplace):
    cached = {"prompt": "0.000003", "completion": "0.000008", "input_cache_read": "0.000001"}
    others = [one for one in rows() if one["id"] != "openai/o3"]
    workplace.lists(*others, {**row("openai/o3", "3", "8"), "pricing": cached})
    workplace.run("sync", "--no-branch")
    workplace.lists(*rows(o3="3"))
    first, second = (workplace.run("sync", "--no-branch", "--json").json["notices"] for _ in range(2))
    withdrawn = [one for one in first if one["topic"] == "no longer stated"]
    assert [(one["subject"], one["text"].split(" ")[0]) for one in withdrawn] == [
        ("openai/o3", "pricing.cache_read")
    ]
    assert not [one for one in second if one["topic"] == "no longer stated"]
    assert "cache_read: 1" in workplace.openai.read_text()
