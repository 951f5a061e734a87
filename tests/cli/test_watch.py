"""`modelsync watch` as a process of its own: real git, a real remote, and a signal in the middle."""

from __future__ import annotations

import json
import signal
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from fault_server import reply
from modelsync.disk import transaction
from repositories import GitRepository
from workplace import BRANCH, Workplace, ended, rows

STOPS = [(signal.SIGINT, 130, "interrupted"), (signal.SIGTERM, 143, "terminated")]
RUN = "$(ps -o ppid= -p $PPID)"  # a hook's parent is git, whose parent is the run, whose parent is the watch
WATCH = f"$(ps -o ppid= -p {RUN})"


@pytest.fixture
def remote(workplace: Workplace, tmp_path: Path) -> GitRepository:
    path = tmp_path / "remote.git"
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", path], check=True)
    workplace.team.git("remote", "add", "origin", str(path))
    workplace.team.git("push", "-q", "origin", "main")
    return GitRepository(path)


@pytest.fixture
def watching(workplace: Workplace) -> Iterator[subprocess.Popen[str]]:
    """A watch that runs each second, and pushes."""
    workplace.configure("batch: {delay: 0}\n")
    workplace.team.commit_all("No delay")
    process = workplace.start("watch", "--every", "1s", "--jitter", "0s", "--push", "--json")
    yield process
    process.kill()
    process.communicate()


def until(process: subprocess.Popen[str], outcome: str) -> dict[str, Any]:
    """The first object that says this outcome; each line before it is one object too."""
    assert process.stdout
    for line in process.stdout:
        if (answer := json.loads(line))["outcome"] == outcome:
            return answer
    raise AssertionError(f"the watch ended: {process.stderr and process.stderr.read()}")


def words(process: subprocess.Popen[str], wanted: str) -> None:
    """Read what it says until it says this."""
    assert process.stderr
    assert any(wanted in line for line in process.stderr)


def test_it_brings_one_proposal_up_to_date_on_the_newest_base(workplace, remote, tmp_path, watching):
    workplace.lists(*rows(o3="2.2"))
    workplace.team.git("push", "-q", "origin", "main")
    assert until(watching, "committed")["pushed"] == f"origin/{BRANCH}"
    reviewer = tmp_path / "reviewer"
    subprocess.run(["git", "clone", "-q", remote.path, reviewer], check=True)
    team = GitRepository(reviewer)
    team.git("config", "user.name", "Ada")
    team.git("config", "user.email", "ada@example.com")
    team.write("README.md", b"Prices.\n")
    team.commit_all("A readme")
    workplace.lists(*rows(o3="2.1"))
    team.git("push", "-q", "origin", "main")
    while remote.git("rev-list", f"{BRANCH}..main"):
        until(watching, "committed")
    watching.send_signal(signal.SIGTERM)
    assert ended(watching).code == 143
    assert remote.git("rev-list", "--count", f"main..{BRANCH}") == "1"
    assert workplace.team.git("symbolic-ref", "--short", "HEAD") == "main"
    assert workplace.team.git("status", "--porcelain") == ""


def test_a_run_that_fails_is_told_and_the_watch_goes_on(workplace, remote, watching):
    workplace.answers(reply(status=404), reply(status=404))
    workplace.team.git("push", "-q", "origin", "main")
    words(watching, "this run ended with exit code 7; the watch goes on")
    workplace.lists(*rows(o3="2.2"))
    until(watching, "committed")


def test_where_another_run_is_at_work_it_waits_for_its_next_time(workplace, remote):
    place = workplace.path / ".git/modelsync"
    with transaction.lock(workplace.path / ".modelsync", place):
        process = workplace.start("watch", "--every", "1s", "--jitter", "0s", "--json")
        words(process, "another run is at work here")
        words(process, "this run ended with exit code 5; the watch goes on")
    assert until(process, "nothing")["changes"] == []
    process.send_signal(signal.SIGTERM)
    assert ended(process).code == 143


@pytest.mark.fault("interruption", "Ctrl-C and SIGTERM while a watch asks upstream, commits, or waits")
@pytest.mark.parametrize(("number", "code", "word"), STOPS)
def test_told_to_end_while_a_run_asks_upstream(workplace, remote, number, code, word):
    asked = threading.Event()

    def silence(out: BinaryIO, over: threading.Event) -> None:
        asked.set()
        over.wait()

    workplace.answers(silence)
    before = workplace.state()
    process = workplace.start("watch", "--every", "6h", "--push")
    assert asked.wait(60)
    process.send_signal(number)
    ran = ended(process)
    assert (ran.code, ran.out) == (code, "")
    assert ran.err.endswith(f"modelsync: {word}; nothing is left half done\n")
    assert workplace.state() == before


@pytest.mark.fault("interruption", "Ctrl-C and SIGTERM while a watch asks upstream, commits, or waits")
def test_told_to_end_while_a_run_commits(workplace, remote):
    workplace.team.hook("pre-commit", f"kill -TERM {WATCH}; sleep 60")
    workplace.lists(*rows(o3="2.2"))
    before = workplace.team.state()["status"], workplace.openai.read_bytes()
    ran = workplace.command("watch", "--every", "6h", "--push")
    assert ran.code == 143
    assert (workplace.team.state()["status"], workplace.openai.read_bytes()) == before
    assert workplace.team.git("symbolic-ref", "--short", "HEAD") == "main"
    assert workplace.team.git("branch", "--list", BRANCH) == remote.git("branch", "--list", BRANCH) == ""


@pytest.mark.fault("interruption", "Ctrl-C and SIGTERM while a watch asks upstream, commits, or waits")
def test_told_to_end_while_it_goes_to_the_base(workplace, remote):
    """A filter of git's tells it so in the middle of the switch, between two files."""
    team = workplace.team
    for name in ("a.txt", "b.txt"):
        team.write(name, b"new\n")
    team.write(".gitattributes", b"*.txt filter=telling\n")
    team.commit_all("Two files")
    team.git("push", "-q", "origin", "main")
    team.git("switch", "-q", "--detach", "HEAD~1")
    team.git("config", "filter.telling.smudge", "kill -TERM $(ps -o ppid= -p $PPID); sleep 0.5; cat")
    ran = workplace.command("watch", "--every", "6h", "--push")
    assert (ran.code, ran.err) == (143, "modelsync: terminated; nothing is left half done\n")
    assert team.git("status", "--porcelain") == ""
    assert team.git("rev-parse", "HEAD") == team.git("rev-parse", "main~1")


@pytest.mark.fault("interruption", "Ctrl-C and SIGTERM while a watch asks upstream, commits, or waits")
@pytest.mark.parametrize(("number", "code", "word"), STOPS)
def test_told_to_end_while_it_waits(workplace, number, code, word):
    process = workplace.start("watch", "--every", "6h")
    words(process, "the next run is at ")
    process.send_signal(number)
    ran = ended(process)
    assert (ran.code, ran.err) == (code, f"modelsync: {word}; nothing is left half done\n")


def test_what_is_not_due_is_not_asked(workplace):
    workplace.edit(
        "    authoritative: true\n",
        "    authoritative: true\n    update_frequency: daily\n",
        "catalog/sync.yaml",
    )
    process = workplace.start("watch", "--every", "1s", "--jitter", "0s", "--json")
    until(process, "nothing")
    until(process, "nothing")
    process.send_signal(signal.SIGTERM)
    ended(process)
    assert len(workplace.server.asked) == 1


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ([], "say either --every PERIOD or --cron TIMES"),
        (["--every", "6h", "--cron", "0 6 * * *"], "say either --every PERIOD or --cron TIMES"),
        (["--every", "0s"], "say either --every PERIOD or --cron TIMES"),
        (["--every", "6"], "'6' is no length of time"),
        (["--every", "6h", "openruter"], "no source openruter in sync.yaml, did you mean openrouter?"),
    ],
)
def test_what_cannot_be_meant_is_told_at_once(workplace, given, words):
    ran = workplace.run("watch", *given)
    assert ran.code == 2
    assert words in ran.err
