"""The job that looks at pull requests of strangers: what the documentation says to copy, as CI runs it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from workplace import Workplace, rows

ROOT = Path(__file__).parents[2]
PULL = "refs/pull/7/head"
RAN = "ran-a-program-of-the-pull-request"


@pytest.fixture
def workflow() -> dict:
    page = (ROOT / "docs/check-against.md").read_text()
    return yaml.load(re.search(r"```yaml\n(name: second look.*?)```", page, re.DOTALL)[1], yaml.BaseLoader)


def look(workplace: Workplace, workflow: dict, tmp_path: Path) -> subprocess.CompletedProcess[str]:
    """Do what the job does: check out the base, and run the last step in it."""
    checkout, command = tmp_path / "checkout", tmp_path / "bin/modelsync"
    subprocess.run(["git", "clone", "-q", "--branch", "main", workplace.path, checkout], check=True)
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -P -m modelsync "$@"\n')
    command.chmod(0o755)
    (checkout / ".ci").mkdir()
    (checkout / ".ci/second-look").symlink_to(ROOT / ".ci/second-look")
    step = workflow["jobs"]["second-look"]["steps"][-1]["run"].replace("${{ github.event.number }}", "7")
    path = os.pathsep.join([str(command.parent), os.environ["PATH"]])
    environment = {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT / "sync")}
    return subprocess.run(
        ["sh", "-c", step], cwd=checkout, env=environment, capture_output=True, text=True, check=False
    )


def test_a_good_proposal_is_green(workplace, workflow, tmp_path):
    workplace.lists(*rows(o3="3"))
    assert workplace.run("sync").code == 0
    workplace.team.git("update-ref", PULL, "HEAD")
    looked = look(workplace, workflow, tmp_path)
    assert (looked.returncode, looked.stdout) == (0, "")


@pytest.mark.fault("git", "a pull request that brings programs, settings, hooks, keys and a package")
def test_nothing_of_a_strangers_pull_request_is_run_or_believed(workplace, workflow, tmp_path):
    program = f"#!/bin/sh\ntouch {tmp_path}/{RAN}\n".encode()
    python = f"open({str(tmp_path / RAN)!r}, 'w')\n".encode()
    team = workplace.team
    for name in (".ci/second-look", ".githooks/post-checkout", "modelsync", "git"):
        team.write(f"bin/{name}" if "/" not in name else name, program).chmod(0o755)
    for name in ("modelsync/__init__.py", "sitecustomize.py", "click.py", "conftest.py"):
        team.write(name, python)
    team.write(
        ".env", b"OPENROUTER_API_KEY=theirs\nPATH=bin\nGIT_EXTERNAL_DIFF=bin/git\nMODELSYNC_CATALOG=/\n"
    )
    team.write(".gitattributes", b"*.yaml diff=evil filter=evil\n")
    team.write(".gitmodules", b'[submodule "x"]\n\tpath = x\n\turl = ext::sh -c touch% ran\n')
    workplace.configure("guards: {price_ratio: 1000}\n")
    workplace.edit("input: 15", "input: 1500")
    team.git("switch", "-q", "-c", "stranger")
    team.git("add", "--all", "--force")
    team.git("commit", "-q", "-m", "harmless")
    team.git("update-ref", PULL, "HEAD")
    team.git("switch", "-q", "main")
    looked = look(workplace, workflow, tmp_path)
    assert looked.returncode == 5
    for name in (".env", ".ci/second-look", "sitecustomize.py", "catalog/sync.yaml", ".gitattributes"):
        assert re.search(rf"^{re.escape(name)}: ", looked.stdout, re.MULTILINE), name
    assert "openai/o1: pricing.input 15 -> 1500: price ratio" in looked.stdout
    assert not (tmp_path / RAN).exists()
    assert not (tmp_path / "checkout/sitecustomize.py").exists()


def test_the_job_has_nothing_to_lose(workflow):
    assert workflow["on"] == "pull_request"
    assert workflow["permissions"] == {"contents": "read"}
    (job,) = workflow["jobs"].values()
    checkout, *_ = job["steps"]
    assert checkout["with"]["ref"] == "${{ github.event.pull_request.base.sha }}"
    assert checkout["with"]["persist-credentials"] == "false"
    told = re.findall(r"\$\{\{ *([^}]*?) *\}\}", str(workflow))
    assert set(told) == {"github.event.pull_request.base.sha", "github.event.number"}
