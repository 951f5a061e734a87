"""What `docs/examples` says to copy is well formed, and asks for what there is."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from configparser import ConfigParser
from pathlib import Path

import pytest
import yaml

from fault_server import reply
from modelsync.git.command import Command
from played_forge import FORGES, Forge
from repositories import GitRepository
from workplace import Workplace, listing, rows

ROOT = Path(__file__).parents[1]
FILES = sorted((ROOT / "docs/examples").iterdir())
WORKFLOWS = {
    path.name: yaml.load(path.read_text(), yaml.BaseLoader) for path in FILES if path.suffix == ".yml"
}
STEPS = [
    (name, job, step)
    for name, workflow in WORKFLOWS.items()
    for job in workflow.get("jobs", {}).values()
    for step in job["steps"]
]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text())
OURS = "OWNER/modelsync@"


def test_every_example_is_named_where_people_look_for_it() -> None:
    pages = "".join((ROOT / "docs" / page).read_text() for page in ("ci.md", "deploy.md"))
    assert [path.name for path in FILES if f"(examples/{path.name})" not in pages] == []


def test_every_action_is_pinned_by_its_commit() -> None:
    used = [step["uses"] for _, _, step in STEPS if "uses" in step]
    assert len(used) > 5
    assert [action for action in used if not re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", action)] == []


def test_nothing_that_anybody_may_write_is_put_into_a_command() -> None:
    assert [name for name, _, step in STEPS if "${{" in step.get("run", "")] == []


def test_who_uses_the_action_gives_it_what_it_takes_and_needs() -> None:
    users = [(name, job, step) for name, job, step in STEPS if step.get("uses", "").startswith(OURS)]
    assert len(users) == 3
    for name, job, step in users:
        assert step["with"].keys() <= ACTION["inputs"].keys()
        assert job["steps"][0]["with"]["fetch-depth"] == "0"
        wanted = WORKFLOWS[name]["permissions"]
        assert wanted == dict.fromkeys(("contents", "pull-requests", "statuses"), "write")
    asked = re.findall(r"steps\.models\.outputs\.(\w+)", "".join(path.read_text() for path in FILES))
    assert set(asked) <= ACTION["outputs"].keys()


def lines() -> list[str]:
    """Each `modelsync ...` of an example, as it stands there."""
    found = []
    for path in FILES:
        text = "\n".join(line for line in path.read_text().splitlines() if not line.lstrip().startswith("#"))
        found += re.findall(
            r"(?:/|; |\"|  )modelsync\"? ((?:sync|status|check|publish|watch)\b[^\n;|>]*)", text
        )
    (command,) = re.findall(r"^CMD (.*)$", (ROOT / "docs/examples/Dockerfile").read_text(), re.M)
    return [*found, shlex.join(json.loads(command))]


def test_every_command_of_an_example_has_the_options_that_it_is_given(workplace: Workplace) -> None:
    assert len(lines()) > 10
    for line in lines():
        words = shlex.split(line.rstrip("' "))
        assert workplace.run(*words, "--help").code == 0, line


@pytest.mark.parametrize("path", [path for path in FILES if path.suffix in (".service", ".timer")], ids=str)
def test_a_unit_of_systemd_has_sections_and_keys(path: Path) -> None:
    text, starts = path.read_text(), re.compile(r"^ExecStartPre=.*\n", re.M)
    unit = ConfigParser(interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read_string(starts.sub("", text))
    assert {"Unit"} < set(unit.sections())
    assert all(line.split("=")[1].startswith("/") for line in text.splitlines() if line.startswith("Exec"))


def test_the_helper_of_gitlab_and_of_the_image_hands_the_token_to_git_alone(
    repository: GitRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = [(ROOT / "docs/examples" / name).read_text() for name in ("gitlab.yml", "Dockerfile")]
    monkeypatch.setenv("GIT_PUSH_TOKEN", "glpat-canary")
    for text in texts:
        (helper,) = re.findall(r"credential\.helper ('.*')", text)
        subprocess.run(f"git config credential.helper {helper}", shell=True, cwd=repository.path, check=True)
        answer = Command(repository.path).run(
            "credential", "fill", given=b"protocol=https\nhost=git.example\n\n"
        )
        assert b"password=glpat-canary\n" in answer.output
        assert "canary" not in (repository.path / ".git/config").read_text()


def script(name: str) -> tuple[str, dict[str, str]]:
    """What the job of an example does once modelsync is installed, and the variables that it sets."""
    if name == "gitlab.yml":
        job = WORKFLOWS[name]["modelsync"]
        return "\n".join([*job["before_script"][4:6], *job["script"]]), job["variables"]
    (job,) = WORKFLOWS[name]["jobs"].values()
    variables = {key: text for key, text in job["env"].items() if "${{" not in text}
    return job["steps"][-1]["run"].replace("/tmp/venv/bin/", ""), variables


@pytest.mark.parametrize("forge", FORGES[1:], ids=lambda kind: kind.kind)
def test_the_job_of_a_forge_opens_one_request_and_a_failing_source_is_none_of_its_failures(
    workplace: Workplace, tmp_path: Path, forge: type[Forge]
) -> None:
    path, command = tmp_path / "remote.git", tmp_path / "bin/modelsync"
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", path], check=True)
    workplace.team.git("remote", "add", "origin", str(path))
    workplace.team.git("push", "-q", "origin", "main")
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -P -m modelsync "$@"\n')
    command.chmod(0o755)
    commands, variables = script("gitlab.yml" if forge.kind == "gitlab" else "gitea-daily.yml")
    with forge(path) as played:
        environment = {
            **os.environ,
            **variables,
            **played.environment,
            "MODELSYNC": "daily",
            "PATH": os.pathsep.join([str(command.parent), os.environ["PATH"]]),
            "PYTHONPATH": str(ROOT / "sync"),
        }
        for answer in (reply(listing(rows(o3="2.2"))), reply(status=404)):
            workplace.answers(answer)
            ran = subprocess.run(
                ["bash", "-e", "-c", commands],
                cwd=workplace.path,
                env=environment,
                capture_output=True,
                text=True,
                check=False,
            )
            assert ran.returncode == 0, ran.stdout + ran.stderr
            workplace.team.git("switch", "-q", "main")
        assert [pull.title for pull in played.pulls] == ["openrouter: ~1"]
        assert played.wrong == []


@pytest.mark.parametrize("how", ["modelsync.cron", "modelsync.service"])
def test_a_run_of_a_machine_begins_at_the_newest_commit_and_can_be_done_again(
    workplace: Workplace, tmp_path: Path, how: str
) -> None:
    """The commands before the run, on the clone as the last run left it."""
    remote = tmp_path / "remote.git"
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", remote], check=True)
    team = workplace.team
    team.git("remote", "add", "origin", str(remote))
    team.git("push", "-q", "origin", "main")
    team.git("switch", "-q", "-c", "modelsync/all")
    text = (ROOT / "docs/examples" / how).read_text()
    commands = re.findall(r"(?:/usr/bin/|&& )(git [^&\n]*)", text)
    assert len(commands) == 2
    for command in commands:
        subprocess.run(command, shell=True, cwd=team.path, check=True)
    assert team.git("rev-parse", "HEAD") == team.git("rev-parse", "origin/main")
    assert team.git("status", "--porcelain=v2", "--branch").splitlines()[1] == "# branch.head (detached)"
