"""A plan says what would be done, is kept in a file, and is done only to what it was made for."""

from __future__ import annotations

import json
from decimal import Decimal

import msgspec
import pytest
from msgspec import UNSET

from modelsync.records import Change, FieldChange, Plan
from workplace import BRANCH, OPENAI, row, rows

# ---------------------------------------------------------------------------- plan


def test_a_plan_that_was_changed_is_refused_for_the_guards_have_not_seen_it(workplace):
    workplace.lists(*rows(o3="3"))
    assert workplace.run("plan", "--out", "p.json").code == 0
    plan = workplace.path / "p.json"
    plan.write_bytes(plan.read_bytes().replace(b'"new":"3"', b'"new":"0"'))
    before = workplace.state()
    ran = workplace.run("apply", "p.json")
    assert (ran.code, "it was changed after it was made" in ran.err) == (2, True)
    assert workplace.state() == before


@pytest.mark.parametrize(
    ("words", "environment"),
    [(["plan"], {}), (["plan", "-n"], {}), (["sync", "-n"], {}), (["sync"], {"DRY_RUN": "1"})],
)
def test_says_what_sync_would_do_and_writes_nothing(workplace, words, environment):
    workplace.lists(*rows(o3="3"), row("openai/o5", "1", "2"))
    before = workplace.state()
    ran = workplace.run(*words, **environment)
    assert (ran.code, ran.err) == (0, "")
    assert "~ openai/o3:pricing.input  2 → 3  +50.0 %" in ran.out
    assert "+ openai/o5" in ran.out
    assert "A plan: nothing was written" in ran.out
    assert workplace.state() == before


def test_is_what_sync_then_does(workplace):
    workplace.lists(*rows(o3="3", gpt_4o="900"), row("openai/o5", "1", "2"))
    planned = workplace.run("plan", "--json").json
    done = workplace.run("sync", "--json").json
    for name in ("changes", "holds", "digest", "unchanged", "subject"):
        assert planned[name] == done[name]


@pytest.mark.parametrize(
    ("words", "command"),
    [
        (["plan"], "modelsync sync"),
        (["plan", "--check", "--only", "openai", "--prune"], "modelsync sync --prune --only openai"),
        (["plan", "openrouter", "--accept", "openai/*:*"], "modelsync sync openrouter --accept 'openai/*:*'"),
        (["sync", "-n", "--no-commit"], "modelsync sync --no-commit"),
        (["--catalog", "catalog", "plan"], "modelsync --catalog catalog sync"),
        (["plan", "--out", "a plan.json"], "modelsync apply 'a plan.json'"),
    ],
)
def test_names_the_command_that_does_it(workplace, words, command):
    workplace.lists(*rows(o3="3"))
    assert f"\n  do it: {command}\n" in workplace.run(*words).out


def test_a_list_of_the_last_minutes_may_serve_and_says_how_old_it_is(workplace):
    workplace.run("plan")
    ran = workplace.run("plan")
    assert len(workplace.server.asked) == 1
    assert "cache: openrouter: the list is less than a minute old; --no-cache asks again" in ran.out
    assert "cache" not in workplace.run("plan", "--no-cache").out
    assert len(workplace.server.asked) == 2


def test_sync_always_asks_upstream(workplace):
    workplace.run("plan")
    workplace.lists(*rows(o3="3"))
    assert "openai/o3" in workplace.run("sync").out


def test_what_is_kept_of_upstream_does_not_show_in_git(workplace):
    workplace.run("plan")
    assert list((workplace.path / ".modelsync/http").iterdir())
    assert workplace.team.git("status", "--porcelain") == ""


@pytest.mark.parametrize(("listed", "code"), [({}, 0), ({"o3": "3"}, 3), ({"o3": "3000"}, 0)])
def test_check_tells_changes_from_none_and_from_holds(workplace, listed, code):
    workplace.lists(*rows(**listed))
    assert workplace.run("plan", "--check").code == code


# ---------------------------------------------------------------------------- apply


def test_a_saved_plan_is_carried_out_as_it_is(workplace):
    workplace.lists(*rows(o3="3"), row("openai/o5", "1", "2"))
    workplace.run("plan", "--out", "plan.json")
    workplace.lists(*rows(o3="4"))
    ran = workplace.run("apply", "plan.json")
    assert ran.code == 0
    assert workplace.team.git("symbolic-ref", "--short", "HEAD") == BRANCH
    assert workplace.team.git("log", "-1", "--format=%s") == "openrouter: +1 ~1"
    assert "pricing: {input: 3, output: 8}   # one line is enough" in workplace.openai.read_text()
    assert len(workplace.server.asked) == 1


def test_a_saved_plan_is_the_same_plan(workplace):
    workplace.lists(*rows(o3="3", gpt_4o="900"), row("openai/o5", "1", "2"))
    workplace.run("plan", "--out", "plan.json")
    text = (workplace.path / "plan.json").read_bytes()
    assert Plan.from_json(text).to_json() == text


@pytest.mark.fault("upstream data", "a plan that was changed, or made for other bytes")
@pytest.mark.parametrize(
    ("old", "new"), [("# who pays", "# who pays, for now"), ("# the end of OpenAI\n", "")]
)
def test_a_plan_for_other_bytes_is_refused(workplace, old, new):
    workplace.lists(*rows(claude_opus_5="6"))
    workplace.run("plan", "--out", "plan.json")
    workplace.edit(old, new)
    workplace.team.commit_all("Meanwhile")
    before = workplace.state()
    ran = workplace.run("apply", "plan.json")
    assert ran.code == 5
    assert "providers/openai.yaml" in ran.err
    assert "modelsync plan --out" in ran.err
    assert workplace.state() == before


def test_a_plan_is_refused_where_a_file_was_added(workplace):
    workplace.lists(*rows(o3="3"))
    workplace.run("plan", "--out", "plan.json")
    workplace.team.write("catalog/providers/more.yaml", b"providers: {more: {models: {}}}\n")
    ran = workplace.run("apply", "plan.json")
    assert (ran.code, "providers/more.yaml" in ran.err) == (5, True)


def test_a_plan_is_refused_where_the_rules_changed_since(workplace):
    workplace.lists(*rows(o3="3"))
    workplace.run("plan", "--out", "plan.json")
    assert workplace.run("exclude", "openai", "gpt-9").code == 0
    workplace.team.commit_all("Nobody wants it")
    before = workplace.state()
    ran = workplace.run("apply", "plan.json")
    assert (ran.code, "sync.yaml: the plan was made for other bytes" in ran.err) == (5, True)
    assert workplace.state() == before


def test_a_plan_that_is_done_cannot_be_done_again(workplace):
    workplace.lists(*rows(o3="3"))
    workplace.run("plan", "--out", "plan.json")
    workplace.run("apply", "plan.json")
    before = workplace.state()
    assert workplace.run("apply", "plan.json").code == 5
    assert workplace.state() == before


@pytest.mark.fault("upstream data", "a plan that was changed, or made for other bytes")
@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"version": 2}', "no plan", "\ufeff{}", "nul\x00"])
def test_what_is_no_plan_is_a_usage_error(workplace, text):
    (workplace.path / "plan.json").write_text(text)
    ran = workplace.run("apply", "plan.json")
    assert ran.code == 2
    assert ran.err.startswith("modelsync: plan.json: not a plan")


def _planned(workplace) -> dict:
    workplace.lists(*rows(o3="3"))
    workplace.run("plan", "--out", "plan.json")
    return json.loads((workplace.path / "plan.json").read_text())


@pytest.mark.fault("upstream data", "a plan that was changed, or made for other bytes")
@pytest.mark.parametrize(
    "tampered",
    [
        {"provider": "nobody"},
        {"key": "nothing"},
        {"action": "add", "key": "gpt-4o"},
        {"fields": [{"field": "no_field", "new": "x"}]},
        {"fields": [{"field": "pricing.input", "old": "2", "new": "free"}]},
        {"fields": [{"field": "pricing.tiers", "new": [1]}]},
    ],
)
def test_a_plan_that_somebody_changed_is_refused_without_a_traceback(workplace, tampered):
    plan = _planned(workplace)
    plan["changes"][0] |= tampered
    (workplace.path / "plan.json").write_bytes(msgspec.json.encode(plan))
    ran = workplace.run("apply", "plan.json")
    assert ran.code in (2, 5)
    assert workplace.openai.read_text() == OPENAI


def _field(field: str, old: object, new: object, key: str = "o3") -> Change:
    return Change("update", "openai", key, (FieldChange(field, old, new),))


@pytest.mark.fault("upstream data", "a plan that was changed, or made for other bytes")
@pytest.mark.parametrize(
    ("change", "why"),
    [
        (_field("pricing.input", Decimal(2), Decimal(200)), "price ratio"),
        (_field("pricing.input", Decimal(2), Decimal(-1)), "not a price"),
        (_field("pricing.input", Decimal("2.9"), Decimal(3)), "openai/o3:pricing.input: the plan was"),
        (_field("pricing.output", UNSET, Decimal(8)), "openai/o3:pricing.output: the plan was"),
        (_field("pricing.input", UNSET, Decimal(6), "house-style"), "in a person's entry"),
        (_field("context_length", UNSET, 300000, "o1"), "is pinned"),
        (_field("context_length", 128000, 130000, "gpt-4o"), "gpt-4* is excluded"),
        (_field("upstream.openrouter", "openai/o3", "openai/o1"), "follows another model now"),
        (_field("model", "o3", "o1"), "nothing that it follows confirms it"),
        (Change("remove", "openai", "house-style"), "a person's entry"),
        (Change("add", "openai", "new", (FieldChange("model", new="new"),)), "follows nothing"),
    ],
)  # fmt: skip
def test_a_plan_whose_checksum_was_made_again_does_no_more_than_a_run_may(workplace, change, why):
    workplace.configure("exclude: {openai: ['gpt-4*']}\n")
    workplace.edit("      o1:", "      o1:  # modelsync: keep")
    workplace.team.commit_all("Rules")
    workplace.lists(*rows(o3="3"))
    assert workplace.run("plan", "--out", "plan.json").code == 0
    file = workplace.path / "plan.json"
    forged = msgspec.structs.replace(Plan.from_json(file.read_bytes()), changes=(change,))
    file.write_bytes(forged.to_json())
    before = workplace.state()
    ran = workplace.run("apply", "plan.json")
    assert (ran.code, ran.out) == (5, "")
    assert why in ran.err
    assert workplace.state() == before


def test_what_a_plan_was_let_to_do_apply_is_let_to_do_by_name(workplace):
    workplace.lists(*rows(o3="300"))
    workplace.run("plan", "--accept", "openai/o3:*", "--out", "plan.json")
    ran = workplace.run("apply", "plan.json")
    assert (ran.code, "If it is meant: `--accept 'openai/o3:pricing.input'`" in ran.err) == (5, True)
    assert workplace.run("apply", "plan.json", "--accept", "openai/o3:pricing.input").code == 0
    assert "input: 300" in workplace.openai.read_text()
