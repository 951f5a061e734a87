"""The demo is the real thing: repository, server, run and commit; it touches nothing outside its folder."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import requests
import yaml

from modelsync.cli import main
from modelsync.jobs import demo

HERE = Path(demo.__file__).parent


def _demo(into: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "modelsync", "demo", *words],
        env={**os.environ, "TMPDIR": str(into), **environment},
        cwd=into,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """What it shows, and the repository that it leaves."""
    into = tmp_path_factory.mktemp("demo")
    done = _demo(into, GIT_DIR="/nowhere", MODELSYNC_CATALOG="/nowhere", DRY_RUN="1", SOURCE_DATE_EPOCH="0")
    assert (done.returncode, done.stderr) == (0, "")
    (folder,) = into.iterdir()
    return done.stdout, folder


def test_shows_the_whole_job(shown):
    out, folder = shown
    assert [line for line in out.splitlines() if line.startswith("$ ")] == [
        "$ modelsync sync --prune",
        "$ git show --stat '--format=%h %s'",
        "$ git diff main",
        "$ modelsync backups list",
        "$ modelsync sync --prune | tail -n 1",
    ]
    assert str(folder) in out
    assert "served at http://127.0.0.1:" in out
    assert f"backup: backups/{next((folder / 'backups').glob('2*')).name}" in out
    assert "- comment  # Replaced by gpt-5.1 in the code review bot. Nobody else may use it." in out
    assert "\nNothing was written\n" in out


def test_the_run_changes_something_of_every_kind(shown):
    out, _ = shown
    counts = dict.fromkeys("+~-!", 0)
    for line in out[: out.index("$ git show")].splitlines():
        if line[1:2] == " " and line[0] in counts:
            counts[line[0]] += 1
    assert all(counts.values())


def test_the_commit_is_real_and_holds_catalog_files_only(shown):
    _, folder = shown
    changed = _git(folder, "show", "--name-only", "--format=").split()
    assert changed
    assert all(name.startswith("catalog/providers/") for name in changed)
    assert _git(folder, "symbolic-ref", "--short", "HEAD") == "modelsync/openrouter\n"
    assert _git(folder, "status", "--porcelain") == ""


def test_no_comment_goes_but_those_that_were_shown(shown):
    out, folder = shown
    lost = []
    for file in (HERE / "catalog/providers").iterdir():
        after = (folder / "catalog/providers" / file.name).read_text()
        comments = (line.partition("# ")[2] for line in file.read_text().splitlines() if "# " in line)
        lost += [comment for comment in comments if comment not in after]
    assert len(lost) == 2
    assert all(f"- comment  # {comment}" in out for comment in lost)


def test_what_a_person_pinned_stays(shown):
    _, folder = shown
    models = yaml.safe_load((folder / "catalog/providers/openai.yaml").read_text())["providers"]["openai"][
        "models"
    ]
    assert models["gpt-5"]["pricing"]["input"] == 1.1
    assert "eu-approved" in models["gpt-5"]["features"]


def test_the_repository_can_be_worked_in(shown):
    _, folder = shown
    done = subprocess.run(
        [sys.executable, "-m", "modelsync", "check"], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0


def test_the_list_holds_facts_and_no_sentences():
    rows = json.loads((HERE / "openrouter.json").read_bytes())["data"]
    assert len(rows) > 400
    assert not any(row.get("description") for row in rows)


def test_colour_can_be_asked_for(tmp_path):
    done = _demo(tmp_path, "--color", "always")
    assert "\x1b[1m" in done.stdout
    assert "\x1b[32m+" in done.stdout


def test_shows_the_days_of_a_pull_request_on_a_forge_of_its_own(tmp_path):
    done = _demo(tmp_path, "--pull-request", GITHUB_TOKEN="not for a demo", GITEA_ACTIONS="true")
    assert (done.returncode, done.stderr) == (0, "")
    lines = [line.strip() for line in done.stdout.splitlines() if not line.startswith("$")]
    shown = [line for line in lines if "pull request: " in line or "somebody" in line]
    address = "pull request: https://github.example/acme/prices/pull"
    assert [line.partition(" committed")[0] for line in shown] == [
        f"{address}/1 (created)",
        f"{address}/1 (updated)",
        "modelsync: origin/modelsync/openrouter: somebody",
        f"{address}/1 (unchanged)",
        f"{address}/2 (created)",
        f"{address}/2 (closed)",
        f"{address}/2 (reopened)",
    ]
    assert "# This branch has commits that no run made" in done.stdout


def test_without_git_one_line_says_so(tmp_path):
    done = _demo(tmp_path, PATH=str(tmp_path))
    assert (done.returncode, done.stderr.splitlines()[0]) == (6, "modelsync: git is not installed")


def test_the_demo_is_a_command_like_any_other(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["demo", "--help"])
    assert ended.value.code == 0
    assert "Usage: modelsync demo" in capsys.readouterr().out


def _git(folder: Path, *words: str) -> str:
    return subprocess.run(["git", *words], cwd=folder, capture_output=True, text=True, check=True).stdout


def test_in_a_browser_what_is_applied_is_proposed(tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-m", "modelsync", "demo", "--serve"],
        env={**os.environ, "TMPDIR": str(tmp_path)},
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        address = next(line.split()[-1] for line in process.stdout if line.startswith("The catalog is at "))
        with requests.Session() as browser:
            home = browser.get(address).url.rstrip("/")
            job = browser.post(f"{home}/api/plan").json()
            while job["state"] == "running":
                job = browser.get(f"{home}/api/jobs/{job['number']}").json()
            shown = browser.get(f"{home}/plan").text
            done = browser.post(f"{home}/api/apply", json={"digest": job["end"]["digest"]}).json()
            pull = browser.get(done["end"]["pull_request"]["url"])
        assert shown.count("other-list <span") == 8  # what another list says, for and against
        assert done["end"]["pull_request"]["number"] == 1
        assert "<h1>openrouter: +6" in pull.text
        assert "modelsync:changes" not in pull.text  # what is hidden there is for programs
    finally:
        os.killpg(process.pid, signal.SIGINT)
        process.communicate()
    assert process.returncode == 130
