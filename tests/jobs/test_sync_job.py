"""The steps together: nothing is written that was not planned for the bytes that are there."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import BinaryIO

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fault_server import reply
from modelsync import config
from modelsync.jobs import sync
from modelsync.run.request import Run
from workplace import OPENAI, PRICES, Workplace, listing, row, rows

# ---------------------------------------------------------------------------- the catalog moves meanwhile


def _edits_meanwhile(workplace: Workplace, old: str, new: str) -> None:
    """A person saves a file while upstream is being asked."""
    answer = reply(listing(rows(o3="3")))

    def step(out: BinaryIO, over: object) -> None:
        workplace.edit(old, new)
        answer(out, over)  # type: ignore[arg-type]

    workplace.answers(step)


@pytest.mark.fault("file system", "a file that somebody saves during the run")
@pytest.mark.parametrize("words", [["sync"], ["sync", "--no-commit"], ["sync", "--no-branch"]])
def test_an_edit_during_the_run_is_not_overwritten(workplace, words):
    _edits_meanwhile(workplace, "# who pays", "# who pays, for now")
    ran = workplace.run(*words)
    assert ran.code in (5, 6)
    assert "openai.yaml" in ran.err
    assert workplace.openai.read_text() == OPENAI.replace("# who pays", "# who pays, for now")
    assert workplace.team.git("symbolic-ref", "--short", "HEAD") == "main"


@pytest.mark.fault("file system", "a read-only file, folder or file system")
def test_a_read_only_file_stops_the_run_before_anything_is_written(workplace):
    workplace.openai.chmod(0o444)
    workplace.lists(*rows(o3="3", claude_opus_5="6"))
    before = workplace.state()
    ran = workplace.run("sync", "--no-commit")
    assert (ran.code, "is read-only" in ran.err) == (5, True)
    assert _catalog(workplace.state()) == _catalog(before)


def _catalog(state: dict) -> dict:
    return {name: facts for name, facts in state["files"].items() if name.startswith("catalog/")}


def test_a_report_that_finds_no_room_undoes_nothing(workplace):
    workplace.team.hook("post-commit", "for run in backups/*Z; do mkdir $run/report.json; done")
    workplace.lists(*rows(o3="3"))
    ran = workplace.run("sync")
    assert ran.code == 0
    assert "writing the report failed" in ran.out
    assert workplace.team.git("log", "-1", "--format=%s") == "openrouter: ~1"


@pytest.mark.parametrize("mode", [0o600, 0o755])
def test_the_mode_of_a_file_is_kept(workplace, mode):
    workplace.openai.chmod(mode)
    workplace.team.git("config", "core.fileMode", "false")
    workplace.lists(*rows(o3="3"))
    assert workplace.run("sync").code == 0
    assert workplace.openai.stat().st_mode & 0o777 == mode


@pytest.mark.fault("file system", "a symlink that leads out, to nothing or to itself; a hard link; a pipe")
def test_a_symlink_that_leads_out_is_refused(workplace, tmp_path):
    outside = tmp_path / "outside.yaml"
    outside.write_text(OPENAI)
    workplace.openai.unlink()
    workplace.openai.symlink_to(outside)
    workplace.team.commit_all("Elsewhere")
    workplace.lists(*rows(o3="3"))
    before = workplace.state()
    assert workplace.run("sync").code in (5, 6)
    assert workplace.state() == before
    assert outside.read_text() == OPENAI


@pytest.mark.fault("file system", "a folder of modelsync's own that a branch made a link, or a link in it")
@pytest.mark.parametrize("name", ["backups", "backups/20200101T000000Z", ".modelsync", ".modelsync/http"])
def test_nothing_is_removed_or_written_through_a_link(workplace, tmp_path, name):
    elsewhere = tmp_path / "elsewhere"
    for file in ("files.json", "mine.txt", ".modelsync-mine.tmp", "20200101T000000Z/files.json"):
        (elsewhere / file).parent.mkdir(exist_ok=True, parents=True)
        (elsewhere / file).write_text("[]")
    before = {path: path.is_dir() or path.read_bytes() for path in elsewhere.rglob("*")}
    workplace.lists(*rows(o3="3"))
    (workplace.path / name).parent.mkdir(exist_ok=True)
    (workplace.path / name).symlink_to(elsewhere)
    shutil.copytree(workplace.path / "catalog", workplace.path / "team-b")
    for catalog in ("catalog", "team-b") if "/2" not in name else ("catalog",):
        ran = workplace.run("--catalog", catalog, "sync", "--no-commit")
        assert ran.code == 5
        assert f"{name}: is a link" in ran.err
    assert {path: path.is_dir() or path.read_bytes() for path in elsewhere.rglob("*")} == before


# ---------------------------------------------------------------------------- new files


def test_a_new_provider_gets_a_file_only_where_sync_yaml_says_so(workplace):
    workplace.configure("  - {match: '^mistralai/', provider: mistral}\n")
    workplace.team.commit_all("Mapped")
    workplace.lists(*rows(), row("mistralai/large", "2", "6"))
    assert "Nothing to do" in workplace.run("sync").out
    workplace.configure("  - {match: '^mistralai/', provider: mistral}\ncreate_providers: true\n")
    workplace.team.commit_all("May be created")
    assert workplace.run("sync").code == 0
    assert workplace.team.git("show", "--name-only", "--format=") == "catalog/providers/mistral.yaml"


def test_a_new_file_that_waits_for_review_is_not_proposed_again(workplace):
    workplace.configure("  - {match: '^mistralai/', provider: mistral}\ncreate_providers: true\n")
    workplace.team.commit_all("May be created")
    workplace.lists(*rows(), row("mistralai/large", "2", "6"))
    workplace.run("sync")
    workplace.team.git("switch", "-q", "main")
    assert "Already proposed" in workplace.run("sync").out
    workplace.lists(*rows(), row("mistralai/large", "3", "6"))
    assert workplace.run("sync").code == 0
    assert "input: 3" in (workplace.path / "catalog/providers/mistral.yaml").read_text()


# ---------------------------------------------------------------------------- where the catalog lies


def test_works_in_a_worktree(workplace, tmp_path):
    workplace.team.git("worktree", "add", "-q", "-b", "side", str(tmp_path / "side"))
    side = Workplace(type(workplace.team)(tmp_path / "side"), workplace.server)
    workplace.lists(*rows(o3="3"))
    assert side.run("sync").code == 0
    assert side.team.git("log", "-1", "--format=%s") == "openrouter: ~1"
    assert workplace.openai.read_text() == OPENAI
    refused = workplace.run("sync")
    assert (refused.code, "another worktree" in refused.err) in [(6, True), (0, False)]


def test_works_in_a_submodule(workplace, tmp_path):
    outer = type(workplace.team).create(tmp_path / "outer")
    add = ["-c", "protocol.file.allow=always", "submodule", "add", "-q", str(workplace.path), "models"]
    outer.git(*add)
    outer.commit_all("With models")
    inner = Workplace(type(workplace.team)(outer.path / "models"), workplace.server)
    inner.team.git("config", "user.name", "Ada")
    inner.team.git("config", "user.email", "ada@example.com")
    workplace.lists(*rows(o3="3"))
    assert inner.run("sync").code == 0
    assert inner.team.git("log", "-1", "--format=%s") == "openrouter: ~1"
    assert outer.git("status", "--porcelain") == " M models"


def test_works_where_the_catalog_is_deep_in_the_repository(workplace):
    team = workplace.team
    (workplace.path / "services/llm").mkdir(parents=True)
    team.git("mv", "catalog", "services/llm/catalog")
    team.commit_all("Moved")
    workplace.lists(*rows(o3="3"))
    ran = workplace.run("--catalog", "services/llm/catalog", "sync")
    assert ran.code == 0
    assert team.git("show", "--name-only", "--format=") == "services/llm/catalog/providers/openai.yaml"
    assert (workplace.path / "services/llm/backups").is_dir()
    assert team.git("status", "--porcelain") == ""


@pytest.mark.fault("git", "an index that is locked")
def test_a_locked_index_is_named_and_left(workplace):
    lock = workplace.path / ".git/index.lock"
    lock.touch()
    workplace.lists(*rows(o3="3"))
    ran = workplace.run("sync")
    assert (ran.code, "index.lock" in ran.err) == (6, True)
    assert lock.exists()
    assert workplace.openai.read_text() == OPENAI


# ---------------------------------------------------------------------------- whatever upstream says


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            st.sampled_from([*PRICES, "openai/new-1", "openai/new-2", "anthropic/NEW.3", "other/x"]),
            st.sampled_from(["0", "0.0001", "1", "2.5", "19", "1e3", "12345.678"]),
        ),
        min_size=1,
        max_size=8,
        unique_by=lambda item: item[0],
    )
)
def test_the_second_run_is_always_empty(workplace, changed):
    subprocess.run(["git", "reset", "-q", "--hard", "main"], cwd=workplace.path, check=True)
    listed = [row(model, price, "10") for model, price in changed]
    workplace.lists(*listed)
    assert workplace.run("sync", "--no-commit").code == 0
    before = _mtimes(workplace.path / "catalog"), workplace.backups()
    again = workplace.run("sync", "--no-commit", "--json")
    assert again.json["changes"] == []
    assert (_mtimes(workplace.path / "catalog"), workplace.backups()) == before


def _mtimes(folder: Path) -> dict[str, int]:
    return {str(path): path.stat().st_mtime_ns for path in folder.rglob("*")}


def test_a_plan_names_the_rules_that_it_was_made_under_though_they_change_meanwhile(workplace):
    place = config.find(str(workplace.path / "catalog"), workplace.path)
    run = Run(place, config.load(place), config.now(), rules="as they were read")
    workplace.edit("sources:", "# changed\nsources:", "catalog/sync.yaml")
    assert sync.plan(run).plan.files["sync.yaml"] == "as they were read"
