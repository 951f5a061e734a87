"""When a model that upstream dropped goes, and when it does not."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
import yaml

from workplace import BRANCH, OPENAI, Workplace, row, rows

GRACE = "prune: {after_days: 14}\n"
FIRST = datetime(2026, 3, 1, tzinfo=UTC)
ENTRY = """\

      # Only the night jobs use it (ticket 812).
      o1:
        model: o1
        upstream: {openrouter: openai/o1}
        name: o1
        pricing:
          input: 15
          output: 60
"""


def on(day: int) -> dict[str, str]:
    return {"SOURCE_DATE_EPOCH": str(int((FIRST + timedelta(days=day)).timestamp()))}


def models(workplace: Workplace) -> str:
    return workplace.openai.read_text()


# ---------------------------------------------------------------------------- asked for


@pytest.mark.parametrize(
    ("words", "environment"), [(["sync", "--prune"], {}), (["sync"], {"PRUNE": "1"}), (["prune"], {})]
)
def test_removes_what_upstream_no_longer_lists(workplace, words, environment):
    workplace.lists(*rows(o1=None))
    ran = workplace.run(*words, **environment)
    assert ran.code == 0
    assert "- openai/o1  no longer listed upstream" in ran.out
    assert workplace.team.git("log", "-1", "--format=%s") == "openrouter: -1"
    assert "o1:" not in models(workplace)
    assert all(line.startswith("-") for line in workplace.diff())


def test_shows_the_comments_that_go_with_it(workplace):
    workplace.lists(*rows(o1=None))
    ran = workplace.run("prune")
    assert "- comment  # Only the night jobs use it (ticket 812)." in ran.out
    assert "Only the night jobs use it" in workplace.team.git("log", "-1", "--format=%B")


@pytest.mark.fault("upstream data", "one model is missing")
def test_without_being_asked_it_only_reports(workplace):
    workplace.lists(*rows(o1=None))
    before = workplace.state()
    ran = workplace.run("sync")
    assert ran.code == 0
    assert "openai/o1: no longer listed upstream; retained until prune removes it" in ran.out
    assert workplace.state() == before


@pytest.mark.parametrize(
    ("words", "environment"),
    [
        (["prune", "--dry-run"], {}),
        (["prune", "-n"], {}),
        (["prune"], {"DRY_RUN": "1"}),
        (["sync", "--prune", "--dry-run"], {}),
        (["sync"], {"DRY_RUN": "1", "PRUNE": "1"}),
        (["plan", "--prune"], {}),
    ],
)
def test_a_dry_run_says_so_and_writes_nothing(workplace, words, environment):
    workplace.lists(*rows(o1=None))
    before = workplace.state()
    ran = workplace.run(*words, **environment)
    assert ran.code == 0
    assert "- openai/o1  no longer listed upstream" in ran.out
    assert "nothing was written" in ran.out
    assert workplace.state() == before


def test_a_dry_run_names_the_command_that_does_it(workplace):
    workplace.lists(*rows(o1=None))
    assert "do it: modelsync prune --only openai\n" in workplace.run("prune", "-n", "--only", "openai").out
    said = workplace.run("sync", DRY_RUN="1", PRUNE="1").out
    assert "do it: modelsync sync --prune\n" in said


@pytest.mark.fault("network", "offline with an older answer")
@pytest.mark.parametrize("words", [["prune", "-n"], ["plan", "--prune"], ["sync", "--prune", "-n"]])
def test_no_removal_is_planned_from_a_list_that_is_not_fresh(workplace, words):
    workplace.run("plan")
    workplace.lists(*rows(o1=None))
    assert "- openai/o1" in workplace.run(*words).out


def test_prune_leaves_everything_else_to_sync(workplace):
    workplace.lists(*rows(o1=None, o3="3", gpt_4o="9000"), row("openai/o5", "1", "2"))
    ran = workplace.run("prune", "--json")
    assert [(change["action"], change["model"]) for change in ran.json["changes"]] == [
        ("remove", "openai/o1")
    ]
    assert ran.json["holds"] == []
    assert ran.json["unchanged"] == 5
    assert workplace.team.git("symbolic-ref", "--short", "HEAD") == "modelsync/prune"
    assert _said(models(workplace)) == _said(OPENAI.replace(ENTRY, ""))


def _said(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.strip()]


def test_prune_with_nothing_gone_does_nothing(workplace):
    workplace.lists(*rows(o3="3"))
    before = workplace.state()
    ran = workplace.run("prune")
    assert (ran.code, "Nothing to do" in ran.out) == (0, True)
    assert workplace.state() == before


# ---------------------------------------------------------------------------- what stays


@pytest.mark.parametrize(
    ("entry", "why"),
    [
        ("priority: 100\n        reason: ours", "a person's entry"),
        ("features: [embeddings]", "keep_features has embeddings"),
        ("name: o1  # modelsync: keep", "pinned"),
    ],
)
def test_what_a_person_wants_stays_and_is_named(workplace, entry, why):
    workplace.edit("        name: o1\n", f"        {entry}\n")
    workplace.team.commit_all("Ours")
    workplace.lists(*rows(o1=None))
    ran = workplace.run("prune")
    assert ran.code == 0
    assert f"no longer listed upstream; stays: {why}" in ran.out
    assert "o1:" in models(workplace)


def test_what_sync_never_followed_goes_only_by_name(workplace):
    workplace.edit("        upstream: {openrouter: openai/o1}\n", "")
    workplace.team.commit_all("Not followed")
    workplace.lists(*rows(o1=None))
    for command in ("prune", "sync"):
        out = workplace.run(command).out
        assert "openai/o1: no list has it, and nothing follows it: only prune --unfollowed" in out
        assert "Nothing was written" in out
    assert "- openai/o1" in workplace.run("prune", "--unfollowed").out


def test_an_excluded_model_goes_only_by_name(workplace):
    workplace.configure("exclude: {openai: [{id: o1, reason: too dear}]}\n")
    workplace.team.commit_all("Too dear")
    ran = workplace.run("prune")
    assert "openai/o1: excluded by o1: too dear; still in the catalog" in ran.out
    assert "- openai/o1  excluded by o1: too dear" in workplace.run("prune", "--excluded").out


@pytest.mark.fault("upstream data", "a list that lost many models at once")
def test_many_at_once_are_held_and_can_be_released_by_name(workplace):
    workplace.lists(*rows(o1=None, o3=None, gpt_4o_mini=None))
    before = workplace.state()
    held = workplace.run("prune", "--json").json["holds"]
    assert sorted(hold["name"] for hold in held) == [
        "openai/gpt-4o-mini:removed",
        "openai/o1:removed",
        "openai/o3:removed",
    ]
    assert workplace.state() == before
    workplace.run("prune", "--accept", "openai/*:removed")
    assert workplace.team.git("log", "-1", "--format=%s") == "openrouter: -3"


# ---------------------------------------------------------------------------- the grace period


@pytest.fixture
def patient(workplace: Workplace) -> Workplace:
    """A catalog with a grace period, a model that is gone, and its mark merged on the first day."""
    workplace.configure(GRACE)
    workplace.team.commit_all("Patience")
    workplace.lists(*rows(o1=None))
    workplace.run("sync", "--no-branch", **on(0))
    return workplace


def test_a_sync_marks_what_is_gone(patient):
    assert patient.diff() == ["+        availability: unavailable", "+        unavailable_since: 2026-03-01"]
    before = patient.state()
    patient.run("sync", **on(1))
    assert patient.state() == before


def test_prune_waits_until_the_days_are_over(patient):
    before = patient.state()
    ran = patient.run("prune", **on(13))
    assert "waiting: since 2026-03-01, prune removes it in 1 day" in ran.out
    assert patient.state() == before
    assert "- openai/o1" in patient.run("prune", **on(14)).out
    assert "o1:" not in models(patient)


def test_immediately_does_not_wait(patient):
    assert "- openai/o1" in patient.run("prune", "--immediately", **on(2)).out


def test_a_mark_goes_when_the_model_comes_back(patient):
    patient.lists(*rows())
    assert patient.run("sync", "--no-branch", **on(5)).code == 0
    assert models(patient) == OPENAI


def test_a_mark_that_waits_for_review_keeps_its_day(workplace):
    workplace.configure(GRACE)
    workplace.team.commit_all("Patience")
    workplace.lists(*rows(o1=None))
    workplace.run("sync", **on(0))
    workplace.team.git("switch", "-q", "main")
    workplace.lists(*rows(o1=None, o3="3"))
    workplace.run("sync", **on(3))
    assert "unavailable_since: 2026-03-01" in models(workplace)
    assert "input: 3" in models(workplace)


def test_prune_alone_marks_too(workplace):
    workplace.configure(GRACE)
    workplace.team.commit_all("Patience")
    workplace.lists(*rows(o1=None, o3="3"))
    workplace.run("prune", **on(0))
    assert workplace.diff() == [
        "+        availability: unavailable",
        "+        unavailable_since: 2026-03-01",
    ]


@pytest.fixture
def adopted(workplace):
    """A file that knows no key for what it is followed by."""
    text = re.sub(r"\n +upstream: .*", "", workplace.openai.read_text())
    workplace.openai.write_text(text)
    (workplace.path / "catalog/providers/anthropic.yaml").unlink()
    workplace.configure("upstream: file\n")
    sync_yaml = workplace.path / "catalog/sync.yaml"
    sync_yaml.write_text(sync_yaml.read_text().replace("upstream, name", "name"))
    workplace.team.commit_all("adopted")
    return workplace


def test_an_adopted_file_gets_no_new_key_and_is_followed_reported_and_pruned(adopted):
    ids = adopted.path / "catalog/upstream.yaml"
    before = adopted.openai.read_text()
    assert adopted.run("sync").code == 0
    assert adopted.openai.read_text() == before
    assert yaml.safe_load(ids.read_text())["openai"]["o3"] == {"openrouter": "openai/o3"}
    assert adopted.run("check", "--against", "main").code == adopted.run("check").code == 0
    adopted.team.git("switch", "-q", "main")
    assert "Already proposed" in adopted.run("sync").out
    adopted.team.git("merge", "-q", BRANCH)
    assert "Nothing to do" in adopted.run("sync").out

    adopted.lists(*rows(o3=None))
    assert "openai/o3: no longer listed upstream" in adopted.run("sync").out
    assert adopted.run("prune", "--no-branch").code == 0
    assert "o3" not in yaml.safe_load(ids.read_text())["openai"]
    assert "      o3:" not in adopted.openai.read_text()
    assert adopted.run("check", "--against", "HEAD~1").code == 0


def test_the_second_look_names_what_no_run_writes_into_the_file_of_ids(adopted):
    adopted.run("sync", "--no-branch")
    ids = adopted.path / "catalog/upstream.yaml"
    ids.write_text(ids.read_text().replace("openai/o3}", "openai/o1}"))
    adopted.openai.write_text(adopted.openai.read_text().replace("# list price", "# price"))
    adopted.team.commit_all("by hand")
    said = adopted.run("check", "--against", "HEAD~1")
    assert said.code == 5
    assert "openai/o3" in said.out + said.err
    ids.write_text(ids.read_text() + "# by hand\n")
    adopted.team.commit_all("by hand")
    said = adopted.run("check", "--against", "HEAD~1")
    assert "catalog/upstream.yaml" in said.out + said.err


def test_what_is_wrong_in_the_file_of_ids_is_named_with_its_line(adopted):
    adopted.run("sync", "--no-branch")
    ids = adopted.path / "catalog/upstream.yaml"
    ids.write_text(ids.read_text().replace("o3: {openrouter:", "o3: {opnrouter:"))
    said = adopted.run("check")
    line = ids.read_text().splitlines().index("  o3: {opnrouter: openai/o3}") + 1
    assert f"catalog/upstream.yaml:{line}: openai/o3: follows opnrouter" in said.out + said.err


def test_a_line_of_the_file_of_ids_that_names_no_entry_is_named_and_valid(adopted):
    adopted.run("sync", "--no-branch")
    ids = adopted.path / "catalog/upstream.yaml"
    ids.write_text(ids.read_text().replace("o3: {openrouter:", "o4: {openrouter:"))
    said = adopted.run("check")
    line = ids.read_text().splitlines().index("  o4: {openrouter: openai/o3}") + 1
    assert said.code == 0
    assert f"catalog/upstream.yaml:{line}: openai/o4: no entry of this name follows it" in said.out + said.err
