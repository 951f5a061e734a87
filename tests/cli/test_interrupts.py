"""What is left of a run that is stopped, killed, or not alone: nothing half done, the next run is fine."""

from __future__ import annotations

import shlex
import shutil
import signal
import subprocess
import sys
import threading
import time
from typing import BinaryIO

import pytest

from fault_server import reply
from workplace import BRANCH, OPENAI, Workplace, ended, row, rows

STOPS = [(signal.SIGINT, 130, "interrupted"), (signal.SIGTERM, 143, "terminated")]
OF_THE_RUN = "$(ps -o ppid= -p $PPID)"  # a hook's parent is git, whose parent is the run


def _hang(workplace: Workplace) -> threading.Event:
    """From now on upstream takes the question and never answers; the event says that it was asked."""
    asked = threading.Event()

    def silence(out: BinaryIO, over: threading.Event) -> None:
        asked.set()
        over.wait()

    workplace.answers(silence)
    return asked


def _fetching(workplace: Workplace, *words: str) -> subprocess.Popen[str]:
    """A run that waits for its upstream."""
    asked = _hang(workplace)
    process = workplace.start(*words)
    assert asked.wait(60)
    return process


# ---------------------------------------------------------------------------- signals


@pytest.mark.fault("interruption", "Ctrl-C and SIGTERM while upstream is asked")
@pytest.mark.parametrize(("number", "code", "word"), STOPS)
@pytest.mark.parametrize("words", [["sync"], ["prune"], ["plan"], ["list", "--remote"]])
def test_while_it_asks_upstream(workplace, number, code, word, words):
    before = workplace.state()
    process = _fetching(workplace, *words)
    process.send_signal(number)
    ran = ended(process)
    assert (ran.code, ran.out) == (code, "")
    assert ran.err == f"modelsync: {word}; nothing is left half done\n"
    assert workplace.state() == before


@pytest.mark.fault("interruption", "Ctrl-C and SIGTERM while git commits")
@pytest.mark.parametrize(("number", "code", "word"), STOPS)
def test_while_it_commits(workplace, number, code, word):
    workplace.team.hook("pre-commit", f"kill -{int(number)} {OF_THE_RUN}; sleep 60")
    workplace.lists(*rows(o3="3"), row("openai/o5", "1", "2"))
    before = _seen(workplace)
    ran = workplace.command("sync")
    assert (ran.code, ran.out) == (code, "")
    assert ran.err == f"modelsync: {word}; nothing is left half done\n"
    assert _seen(workplace) == before
    (workplace.path / ".git/hooks/pre-commit").unlink()
    assert workplace.run("sync").code == 0
    assert workplace.diff()


@pytest.mark.fault("interruption", "Ctrl-C and SIGTERM while git commits")
def test_a_second_signal_does_not_stop_the_way_back(workplace):
    again = f"trap '' TERM; run={OF_THE_RUN}; for i in $(seq 50); do kill -2 $run; ps; done"
    workplace.team.hook("pre-commit", again)
    workplace.lists(*rows(o3="3"))
    before = _seen(workplace)
    ran = workplace.command("sync")
    assert (ran.code, ran.err) == (130, "modelsync: interrupted; nothing is left half done\n")
    assert _seen(workplace) == before


def test_a_signal_that_the_caller_ignores_stays_ignored(workplace):
    workplace.team.hook("pre-commit", f"kill -2 {OF_THE_RUN}")
    workplace.lists(*rows(o3="3"))
    ignored = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        process = workplace.start("sync")
    finally:
        signal.signal(signal.SIGINT, ignored)
    assert ended(process).code == 0


def _seen(workplace: Workplace) -> dict[str, object]:
    """The state without the backup, which is made before anything is written and stays."""
    state = workplace.state()
    files = {name: facts for name, facts in state["files"].items() if not name.startswith("backups/")}
    return {**state, "files": files}


# ---------------------------------------------------------------------------- kill -9


@pytest.fixture
def killed(workplace: Workplace) -> Workplace:
    """A repository in which a run was killed after it wrote and before its commit."""
    workplace.team.hook("pre-commit", f"kill -9 {OF_THE_RUN}; exit 1")
    workplace.lists(*rows(o3="3", claude_opus_5="6"))
    assert workplace.command("sync").code == -signal.SIGKILL
    _wait_for_git(workplace)
    (workplace.path / ".git/hooks/pre-commit").unlink()
    assert "input: 3" in workplace.openai.read_text()
    return workplace


def _wait_for_git(workplace: Workplace) -> None:
    """Git outlives the run that was killed by a moment: until its hook has told it to give up."""
    lock = workplace.path / ".git/index.lock"
    for _ in range(1000):
        if not lock.exists():
            return
        time.sleep(0.01)


@pytest.mark.fault("interruption", "any command after a kill")
@pytest.mark.parametrize(
    "words",
    [["list"], ["check"], ["status"], ["plan"], ["sync", "-n"], ["show", "openai/o3"]],
)
def test_any_command_after_a_kill_puts_everything_back_and_says_so(killed, words):
    ran = killed.run(*words)
    assert ran.code == 0
    assert (
        "catalog/providers/openai.yaml: put back, because the last run was interrupted" in ran.out + ran.err
    )
    assert killed.openai.read_text() == OPENAI
    assert killed.team.git("symbolic-ref", "--short", "HEAD") == "main"
    assert killed.team.git("status", "--porcelain") == ""


@pytest.mark.fault("interruption", "any command after a kill")
def test_the_next_sync_after_a_kill_does_the_whole_job(killed):
    ran = killed.run("sync", "--json")
    assert ran.code == 0
    assert len(ran.json["recovered"]) == 3
    assert killed.team.git("log", "--format=%s", BRANCH).splitlines()[0] == "openrouter: ~2"
    assert killed.team.git("status", "--porcelain") == ""
    assert killed.run("sync", "--json").json["recovered"] == []


def test_json_after_a_kill_is_still_one_object(killed):
    ran = killed.run("list", "--json")
    assert ran.json["models"]
    assert "the last run was interrupted" in ran.err


@pytest.mark.fault("interruption", "an edit by a person after the kill")
def test_an_edit_after_a_kill_is_not_lost(killed):
    killed.edit("# who pays", "# who pays, for now")
    edited = killed.openai.read_text()
    ran = killed.run("list")
    assert "openai.yaml: left as it is" in ran.err
    assert killed.openai.read_text() == edited


def test_after_a_failed_fetch_what_was_put_back_is_still_told(killed):
    killed.answers(reply(status=404))
    ran = killed.run("sync")
    assert ran.code == 7
    assert "the last run was interrupted" in ran.err
    assert killed.openai.read_text() == OPENAI


# ---------------------------------------------------------------------------- two at once


@pytest.mark.fault("interruption", "two runs at once")
@pytest.mark.parametrize(
    "words", [["sync"], ["prune"], ["rename", "openai", "o1", "o2"], ["apply", "plan.json"]]
)
def test_the_second_of_two_runs_says_who_holds_the_catalog(workplace, words):
    workplace.run("plan", "--out", "plan.json")
    before = workplace.state()
    first = _fetching(workplace, "sync", "--no-cache")
    second = workplace.run(*words)
    first.send_signal(signal.SIGTERM)
    ended(first)
    assert (second.code, second.out) == (5, "")
    assert f"another run is at work here: process {first.pid}, since " in second.err
    assert workplace.state() == before


@pytest.mark.fault("interruption", "runs of two catalogs or two working trees of one repository at once")
@pytest.mark.parametrize("where", ["team-b", "team/b/catalog", "a working tree"])
def test_one_repository_has_one_run_at_a_time(workplace, where, tmp_path):
    other = [*_second(workplace, where), "sync"]
    if where == "a working tree":
        workplace.team.git("worktree", "add", "-q", "-b", "side", tmp_path / "side")
        other = ["--catalog", tmp_path / "side/catalog", "sync"]
    first = _fetching(workplace, "sync", "--no-cache")
    second = workplace.run(*other)
    first.send_signal(signal.SIGTERM)
    ended(first)
    assert (second.code, f"process {first.pid}" in second.err) == (5, True)


@pytest.mark.fault("interruption", "runs of two catalogs or two working trees of one repository at once")
@pytest.mark.parametrize("where", ["team-b", "team/b/catalog"])
def test_a_run_that_commits_is_not_taken_for_one_that_was_killed(workplace, where):
    other = shlex.join([sys.executable, "-m", "modelsync", *_second(workplace, where), "plan"])
    workplace.team.hook("pre-commit", f"{other} >&2")
    workplace.lists(*rows(o3="3"))
    assert workplace.run("sync").code == 0
    assert workplace.team.git("log", "--format=%s", "main..") == "openrouter: ~1"
    assert workplace.team.git("branch", "--show-current") == "modelsync/openrouter"
    assert workplace.team.git("status", "--porcelain") == ""


def _second(workplace: Workplace, where: str) -> list[str]:
    shutil.copytree(workplace.path / "catalog", workplace.path / where)
    workplace.team.commit_all("A second catalog")
    return ["--catalog", where]


@pytest.mark.parametrize("words", [["list"], ["check"], ["plan"], ["sync", "-n"]])
def test_looking_does_not_wait_for_a_run(workplace, words):
    workplace.run("plan")
    first = _fetching(workplace, "sync", "--no-cache")
    workplace.lists(*rows())
    assert workplace.run(*words).code == 0
    first.send_signal(signal.SIGTERM)
    ended(first)


def test_looking_undoes_nothing_of_a_run_that_is_still_at_work(workplace):
    workplace.team.hook("pre-commit", f"{sys.executable} -m modelsync list openai >.git/seen 2>&1 || exit 1")
    workplace.lists(*rows(o3="3"))
    assert workplace.run("sync").code == 0
    assert "openai/o3" in (workplace.path / ".git/seen").read_text()
    assert workplace.diff()


@pytest.mark.fault("interruption", "a holder of the lock that was killed")
def test_a_run_that_was_killed_holds_nothing(workplace):
    first = _fetching(workplace, "sync")
    first.kill()
    ended(first)
    workplace.lists(*rows(o3="3"))
    assert workplace.run("sync").code == 0
