"""`action.yml`, step by step with its shell as GitHub does it, against a bare remote and a played GitHub.

https://docs.github.com/en/actions/sharing-automations/creating-actions/metadata-syntax-for-github-actions
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from fault_server import reply
from played_forge import TOKEN, GitHub
from repositories import GitRepository
from workplace import BRANCH, Workplace, rows

ROOT = Path(__file__).parents[1]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text())
DAY = 86_400
NOON = 1_795_262_400  # 2026-11-21 12:00 UTC
PYTHON = f"""\
#!/bin/sh
# Plays the Python of the machine: makes an environment in which `pip` only notes what it is asked for.
[ "$1 $2" = "-m venv" ] || exit 9
mkdir -p "$3/bin"
cat >"$3/bin/python" <<'EOF'
#!/bin/sh
if [ "$1 $2" = "-m pip" ]; then echo "$*" >>"$RUNNER_TEMP/pip"; exit; fi
exec "{sys.executable}" "$@"
EOF
printf '#!/bin/sh\\nexec "{sys.executable}" -P -m modelsync "$@"\\n' >"$3/bin/modelsync"
chmod +x "$3/bin/python" "$3/bin/modelsync"
"""


@dataclass
class Job:
    """One job of a workflow on a fresh machine: a checkout of main, and the action."""

    workplace: Workplace
    folder: Path
    environment: dict[str, str]
    caches: dict[str, Path] = field(default_factory=dict)  # what earlier jobs kept
    steps: dict[str, dict[str, Any]] = field(default_factory=dict)
    log: str = ""
    failed: bool = False

    def run(self, number: int, **inputs: str) -> dict[str, str]:
        """Do all steps; the outputs of the action."""
        self.folder.mkdir()
        self.checkout = GitRepository(self.folder / "checkout")
        remote = self.workplace.path.with_name("remote.git")
        subprocess.run(["git", "clone", "-q", remote, self.checkout.path], check=True)
        declared = {name: one["default"] for name, one in ACTION["inputs"].items()}
        self.known = {f"inputs.{name}": text for name, text in (declared | inputs).items()}
        self.known |= {"github.token": TOKEN, "github.run_id": str(number), "github.run_attempt": "1"}
        for name in ("temp", "path", "summary"):
            (self.folder / name).mkdir() if name == "temp" else (self.folder / name).touch()
        for step in ACTION["runs"]["steps"]:
            if self._is_due(step.get("if", "")):
                self._do(step)
        return {name: self._filled(one["value"]) for name, one in ACTION["outputs"].items()}

    def _is_due(self, condition: str) -> bool:
        match condition.removeprefix("${{ ").removesuffix(" }}"):
            case "":
                return not self.failed
            case "steps.sync.outputs.head != ''":
                return not self.failed and bool(self._filled("${{ steps.sync.outputs.head }}"))
            case "!cancelled() && steps.install.outcome == 'success'":
                return self.steps.get("install", {}).get("outcome") == "success"
        raise AssertionError(condition)

    def _filled(self, text: Any) -> str:
        """The text with its expressions evaluated."""
        return re.sub(r"\$\{\{ (.*?) \}\}", lambda match: self._value(match[1]), str(text))

    def _value(self, name: str) -> str:
        if step := re.fullmatch(r"steps\.(\w+)\.outputs\.([\w-]+)", name):
            return self.steps.get(step[1], {}).get("outputs", {}).get(step[2], "")
        return self._filled(self.known[name])

    def _do(self, step: dict[str, Any]) -> None:
        outcome = {"outputs": dict[str, str](), "outcome": "success"}
        self.steps[step.get("id", f"step {len(self.steps)}")] = outcome
        if "run" in step:
            self._shell(step, outcome)
            return
        given = {name: self._filled(text) for name, text in step["with"].items()}
        match step["uses"].partition("@")[0]:
            case "actions/setup-python":
                python = self.folder / "python"
                python.write_text(PYTHON)
                python.chmod(0o755)
                outcome["outputs"] = {"python-path": str(python)}
            case "actions/cache/restore":
                kept = [key for key in self.caches if key.startswith(given["restore-keys"])]
                if kept:
                    shutil.copytree(self.caches[kept[-1]], self.checkout.path / given["path"])
            case "actions/cache/save":
                kept_in = self.folder / "kept"
                if (self.checkout.path / given["path"]).exists():  # else it warns
                    shutil.copytree(self.checkout.path / given["path"], kept_in)
                    self.caches[given["key"]] = kept_in

    def _shell(self, step: dict[str, Any], outcome: dict[str, Any]) -> None:
        assert step["shell"] == "bash"
        script, output = self.folder / "script.sh", self.folder / "output"
        script.write_text(step["run"])
        output.write_text("")
        paths = (self.folder / "path").read_text().splitlines()[::-1]
        environment = {
            **self.environment,
            "PATH": os.pathsep.join([*paths, os.environ["PATH"]]),
            "RUNNER_TEMP": str(self.folder / "temp"),
            "GITHUB_ACTION_PATH": str(ROOT),
            "GITHUB_WORKSPACE": str(self.checkout.path),
            "GITHUB_OUTPUT": str(output),
            "GITHUB_PATH": str(self.folder / "path"),
            "GITHUB_STEP_SUMMARY": str(self.folder / "summary"),
            **{name: self._filled(text) for name, text in step["env"].items()},
        }
        ran = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", script],
            cwd=self.checkout.path,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        self.log += ran.stdout
        outcome["outputs"] = dict(line.split("=", 1) for line in output.read_text().splitlines())
        if ran.returncode:
            outcome["outcome"], self.failed = "failure", True

    @property
    def summary(self) -> str:
        return (self.folder / "summary").read_text()


class Jobs:
    """The jobs of a workflow, each on a fresh machine; what one keeps the next may find."""

    def __init__(self, workplace: Workplace, github: GitHub, folder: Path) -> None:
        self.workplace, self.github, self.folder = workplace, github, folder
        self.caches: dict[str, Path] = {}
        self.number = 0

    def run(self, day: int, event: str = "schedule", **inputs: str) -> tuple[Job, dict[str, str]]:
        self.number += 1
        environment = {
            **{name: text for name, text in os.environ.items() if not name.startswith("GITHUB_")},
            **{name: text for name, text in self.github.environment.items() if name != "GITHUB_TOKEN"},
            "PYTHONPATH": str(ROOT / "sync"),
            "GITHUB_EVENT_NAME": event,
            "GITHUB_RUN_ID": str(self.number),
            "GITHUB_SERVER_URL": "https://github.example",
            "SOURCE_DATE_EPOCH": str(NOON + day * DAY),
        }
        job = Job(self.workplace, self.folder / f"job {self.number}", environment, self.caches)
        return job, job.run(self.number, **inputs)


@pytest.fixture
def jobs(workplace: Workplace, tmp_path: Path) -> Iterator[Jobs]:
    path = tmp_path / "remote.git"
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", path], check=True)
    workplace.team.git("remote", "add", "origin", str(path))
    workplace.team.git("push", "-q", "origin", "main")
    with GitHub(path) as github:
        yield Jobs(workplace, github, tmp_path)


BOT = "modelsync/all"


def test_news_is_told_once_whatever_machine_a_job_is_on(jobs, monkeypatch):
    secret = "whsec_" + "c2VjcmV0" * 5
    monkeypatch.setenv("HOOK_SECRET", secret)
    hook = jobs.workplace.server.at("/hook", reply())
    jobs.workplace.configure(f"notify: {{webhook: {{url: '{hook}', secret_env: HOOK_SECRET}}}}\n")
    jobs.workplace.team.commit_all("Tell us")
    jobs.workplace.team.git("push", "-q", "origin", "main")
    jobs.workplace.lists(*rows(o3="2.8"))
    for day in range(2):
        job, _ = jobs.run(day)
        assert not job.failed, job.log
        assert secret not in job.log
    assert [asked.path for asked in jobs.workplace.server.asked].count("/hook") == 1


@pytest.mark.parametrize(
    ("notify", "lock"), [("true", "requirements-notify.lock"), ("false", "requirements.lock")]
)
def test_apprise_is_installed_where_it_is_asked_for(jobs, notify, lock):
    job, _ = jobs.run(0, notify=notify)
    assert f"--require-hashes --requirement {ROOT}/{lock}\n" in (job.folder / "temp/pip").read_text()


def test_a_day_a_day_later_and_a_day_without_news(jobs):
    jobs.workplace.lists(*rows(o3="2.2", o1="150"))
    job, said = jobs.run(0)
    assert not job.failed, job.log
    (pull,) = jobs.github.open
    assert said == {"pr": jobs.github.url(pull), "changed": "true", "held": "1"}
    remote = GitRepository(jobs.github.remote)
    assert remote.git("log", "-1", "--format=%an", BOT) == "github-actions[bot]"
    assert jobs.github.statuses[remote.git("rev-parse", BOT)] == [
        {
            "state": "success",
            "context": "modelsync",
            "description": "nothing that needs a second look",
            "target_url": "https://github.example/acme/prices/actions/runs/1",
        }
    ]
    assert f"[pull request 1]({jobs.github.url(pull)}), created" in job.summary
    requirements, itself = (job.folder / "temp/pip").read_text().splitlines()
    assert f"--require-hashes --requirement {ROOT}/requirements.lock" in requirements
    assert itself.endswith(f"--no-deps {ROOT}")

    jobs.workplace.lists(*rows(o3="2.1", o1="150"))
    job, said = jobs.run(1)
    assert (job.failed, said["pr"], len(jobs.github.pulls)) == (False, jobs.github.url(pull), 1), job.log

    jobs.workplace.lists(*rows())
    job, said = jobs.run(2)
    assert (job.failed, said) == (False, {"pr": "", "changed": "false", "held": "0"}), job.log
    assert (jobs.github.open, "closed" in job.summary) == ([], True)


def test_a_source_that_fails_is_a_warning_until_its_silence_is_too_long(jobs):
    job, _ = jobs.run(0)
    assert not job.failed, job.log
    jobs.workplace.answers(reply(status=404))
    for day, failed in ((2, False), (4, True)):
        job, said = jobs.run(day)
        assert job.failed is failed, job.log
        assert "::warning::A source gave nothing" in job.log
        assert said == {"pr": "", "changed": "false", "held": "0"}
    assert "openrouter: last success 4 days ago, 2026-11-21 12:00 UTC" in job.log
    assert "::error::A source had no success for longer than 3d" in job.log
    jobs.caches.clear()
    job, _ = jobs.run(1)
    assert job.failed
    assert "openrouter: no success is known" in job.log


def test_where_nothing_was_kept_the_commits_tell_of_the_last_success(jobs):
    jobs.workplace.lists(*rows(o3="2.2"))
    jobs.run(0)
    jobs.caches.clear()
    jobs.workplace.answers(reply(status=404))
    job, _ = jobs.run(4, max_silence="5d")
    assert not job.failed, job.log
    jobs.caches.clear()
    job, _ = jobs.run(4)
    assert job.failed
    assert "last success 4 days ago, 2026-11-21 12:00 UTC, as commit" in job.log


def test_a_refused_push_fails_the_job_and_says_so(jobs):
    remote = GitRepository(jobs.github.remote)
    remote.write("hooks/update", b"#!/bin/sh\nexit 1\n").chmod(0o755)
    jobs.workplace.lists(*rows(o3="2.2"))
    job, said = jobs.run(0)
    assert job.failed
    assert said["pr"] == ""
    assert jobs.github.pulls == []


def test_a_proposal_that_needs_a_second_look_says_so_on_its_commit(jobs):
    jobs.workplace.lists(*rows(o1="150"))
    job, said = jobs.run(0, event="workflow_dispatch", accept="openai/o1:pricing.input")
    assert (job.failed, said["held"]) == (False, "0"), job.log
    ((status,),) = jobs.github.statuses.values()
    assert (status["state"], status["description"]) == ("failure", "1 thing needs a second look")
    assert "::warning::The proposal needs a second look" in job.log


def test_a_job_of_the_schedule_asks_what_is_due_and_one_that_a_person_starts_asks_all(jobs):
    jobs.workplace.edit(
        "authoritative: true", "authoritative: true\n    update_frequency: weekly", "catalog/sync.yaml"
    )
    jobs.workplace.team.commit_all("Weekly")
    jobs.workplace.team.git("push", "-q", "origin", "main")
    for day, event, asked in ((0, "schedule", 1), (4, "schedule", 1), (4, "workflow_dispatch", 2)):
        job, _ = jobs.run(day, event=event)
        assert (job.failed, len(jobs.workplace.server.asked)) == (False, asked), job.log


@pytest.mark.fault("hostile text", "commands in the inputs of the action and in what upstream says")
def test_text_is_put_into_no_command(jobs):
    evil = "$(touch ran) `touch ran` \"; touch ran; ' x=1"
    jobs.workplace.lists(*rows(o3="2.2"), {**rows()[0], "id": f"openai/{evil}", "name": f"{evil}\nhead=x"})
    job, _ = jobs.run(0, accept=f"{evil}*")
    again, _ = jobs.run(1, sources=f"openrouter {evil}", max_silence=evil)
    assert (job.failed, again.failed) == (False, True), job.log
    for one in (job, again):
        assert not list(one.checkout.path.rglob("ran"))
        assert TOKEN not in one.log + one.summary
    assert all("${{" not in step.get("run", "") for step in ACTION["runs"]["steps"])


def test_the_sources_that_are_named_are_asked_and_judged(jobs):
    url = f"http://127.0.0.1:{jobs.workplace.server.server_address[1]}/other"
    jobs.workplace.edit(
        "fields:", f"  other: {{endpoints: [{{url: '{url}'}}]}}\nfields:", "catalog/sync.yaml"
    )
    jobs.workplace.team.commit_all("Another")
    jobs.workplace.team.git("push", "-q", "origin", "main")
    jobs.workplace.lists(*rows(o3="2.2"))
    job, _ = jobs.run(0, sources="openrouter")
    assert not job.failed, job.log
    assert [pull.head for pull in jobs.github.pulls] == [BRANCH]
    job, _ = jobs.run(0)
    assert job.failed, "the other one fails, and never had a success"
