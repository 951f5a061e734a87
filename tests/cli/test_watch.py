"""`modelsync watch` as a process of its own: real git, a real remote, and a signal in the middle."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from queue import Queue
from typing import Any, BinaryIO

import pytest

from fault_server import Step, reply
from modelsync.disk import transaction
from repositories import GitRepository
from workplace import BRANCH, Workplace, ended, listing, rows

STOPS = [(signal.SIGINT, 130, "interrupted"), (signal.SIGTERM, 143, "terminated")]
RUN = "$(ps -o ppid= -p $PPID)"  # a hook's parent is git, whose parent is the run, whose parent is the watch
WATCH = f"$(ps -o ppid= -p {RUN})"


class Watching:
    """A watch that runs each second, and pushes; upstream waits with each answer until the test gives it."""

    def __init__(self, workplace: Workplace) -> None:
        self.answers = Queue[Step]()
        workplace.configure("batch: {delay: 0}\n")
        workplace.team.commit_all("No delay")
        workplace.team.git("push", "-q", "origin", "main")
        workplace.answers(self._given)
        self.process = workplace.start("watch", "--every", "1s", "--jitter", "0s", "--push", "--json")

    def _given(self, out: BinaryIO, over: threading.Event) -> None:
        self.answers.get()(out, over)

    def lists(self, **prices: str) -> None:
        self.answers.put(reply(listing(rows(**prices))))

    def answer(self) -> dict[str, Any]:
        """What the next run prints: one object in one line."""
        assert self.process.stdout
        return json.loads(self.process.stdout.readline())


@pytest.fixture
def watching(workplace: Workplace, remote: GitRepository) -> Iterator[Watching]:
    watch = Watching(workplace)
    yield watch
    watch.process.kill()
    watch.process.communicate()
    watch.lists()  # for a run that outlived it


def words(process: subprocess.Popen[str], wanted: str) -> None:
    """Read what it says until it says this."""
    assert process.stderr
    assert any(wanted in line for line in process.stderr)


def test_it_brings_one_proposal_up_to_date_on_the_newest_base(workplace, remote, tmp_path, watching):
    watching.lists(o3="2.2")
    assert watching.answer()["pushed"] == f"origin/{BRANCH}"
    reviewer = tmp_path / "reviewer"
    subprocess.run(["git", "clone", "-q", remote.path, reviewer], check=True)
    team = GitRepository(reviewer)
    team.git("config", "user.name", "Ada")
    team.git("config", "user.email", "ada@example.com")
    team.write("README.md", b"Prices.\n")
    team.commit_all("A readme")
    team.git("push", "-q", "origin", "main")
    for _ in range(2):  # the first of these runs may have begun before that
        watching.lists(o3="2.1")
        watching.answer()
    watching.process.send_signal(signal.SIGTERM)
    assert ended(watching.process).code == 143
    assert remote.git("log", "--format=%s", f"main..{BRANCH}") == "openrouter: ~1"
    assert remote.git("rev-list", f"{BRANCH}..main") == ""
    assert "2.1" in remote.git("show", f"{BRANCH}:catalog/providers/openai.yaml")
    assert workplace.team.git("symbolic-ref", "--short", "HEAD") == "main"
    assert workplace.team.git("status", "--porcelain") == ""


def test_a_run_that_fails_is_told_and_the_watch_goes_on(watching):
    watching.answers.put(reply(status=404))
    assert watching.answer()["failures"]
    words(watching.process, "this run ended with exit code 7; the watch goes on")
    watching.lists(o3="2.2")
    assert watching.answer()["outcome"] == "committed"


def test_where_another_run_is_at_work_it_waits_for_its_next_time(workplace, remote):
    place = workplace.path / ".git/modelsync"
    with transaction.lock(workplace.path / ".modelsync", place):
        process = workplace.start("watch", "--every", "1s", "--jitter", "0s", "--json")
        words(process, "another run is at work here")
        words(process, "this run ended with exit code 5; the watch goes on")
    assert json.loads(process.stdout.readline())["changes"] == []
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
    for _ in range(2):
        assert json.loads(process.stdout.readline())["outcome"] == "nothing"
    process.send_signal(signal.SIGTERM)
    ended(process)
    assert len(workplace.server.asked) == 1


def test_a_catalog_that_is_named_is_named_from_where_one_is(workplace):
    shutil.copytree(workplace.path / "catalog", workplace.path / "team/b/catalog")
    workplace.team.commit_all("A second catalog")
    process = workplace.start("--catalog", "team/b/catalog", "watch", "--every", "6h", "--json")
    assert json.loads(process.stdout.readline())["outcome"] == "nothing"
    process.send_signal(signal.SIGTERM)
    assert ended(process).code == 143


def test_a_reader_that_goes_away_ends_it(workplace):
    line = f"{sys.executable} -m modelsync watch --every 1s --jitter 0s --json | head -n 1"
    ran = subprocess.run(
        ["bash", "-o", "pipefail", "-c", line], cwd=workplace.path, capture_output=True, check=False
    )
    assert (ran.returncode, json.loads(ran.stdout)["outcome"]) == (0, "nothing")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ([], "say either --every PERIOD or --cron TIMES"),
        (["--every", "6h", "--cron", "0 6 * * *"], "say either --every PERIOD or --cron TIMES"),
        (["--every", "0s"], "say either --every PERIOD or --cron TIMES"),
        (["--every", "6"], "'6' is no length of time"),
        (["--every", "999999d"], "999999d is longer than ten years"),
        (["--every", "6h", "openruter"], "no source openruter in sync.yaml, did you mean openrouter?"),
    ],
)
def test_what_cannot_be_meant_is_told_at_once(workplace, given, words):
    ran = workplace.run("watch", *given)
    assert ran.code == 2
    assert words in ran.err
