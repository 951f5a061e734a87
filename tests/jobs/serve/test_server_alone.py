"""One job at a time, whoever asks, whatever is killed: the log says how each ended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from queue import Queue
from typing import BinaryIO

import pytest
from serving import done, ended, proposed, server_of, until

from fault_server import Step, reply
from modelsync.disk import transaction
from modelsync.errors import Locked
from modelsync.jobs.serve.events import CutOff, Done, Order
from modelsync.jobs.serve.server import Busy
from workplace import BRANCH, Workplace, listing, rows

SYNC = Order("sync", "ada")
SERVER = """
import sys, time
from pathlib import Path
from modelsync import config
from modelsync.jobs.serve.events import Order
from modelsync.jobs.serve.server import Server
from modelsync.run.request import Run
place = config.find(sys.argv[1], Path.cwd())
with Server(Run(place, config.load(place), config.now())) as server:
    server.start(Order("sync", "ada"))
    time.sleep(600)
"""


class Upstream:
    """An upstream that waits with each answer until the test gives it."""

    def __init__(self, workplace: Workplace) -> None:
        self.asked, self._answers = threading.Event(), Queue[Step]()
        workplace.answers(self._given)

    def _given(self, out: BinaryIO, over: threading.Event) -> None:
        self.asked.set()
        self._answers.get()(out, over)

    def lists(self, **prices: str) -> None:
        self._answers.put(reply(listing(rows(**prices))))


@pytest.fixture
def upstream(workplace: Workplace) -> Upstream:
    return Upstream(workplace)


@contextmanager
def process_of(workplace: Workplace) -> Iterator[subprocess.Popen[bytes]]:
    """A server in a process of its own, at work at a job."""
    command = [sys.executable, "-c", SERVER, str(workplace.path / "catalog")]
    with subprocess.Popen(command, start_new_session=True) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.fault("interruption", "Sync pressed twice, in two tabs, or while the command line is at work")
def test_a_second_job_is_refused_while_one_is_at_work_and_both_see_the_first(workplace, upstream):
    with server_of(workplace) as server:
        job = server.start(SYNC)
        with pytest.raises(Busy, match="job 1 is at work: a sync") as refused:
            server.start(SYNC)
        assert refused.value.job == server.running.number == job.number
        upstream.lists(o3="2.2")
        assert server.wait(job.number).state == "done"
        assert server.running is None
    assert workplace.team.git("rev-list", "--count", f"main..{BRANCH}") == "1"


@pytest.mark.fault("interruption", "Sync pressed twice, in two tabs, or while the command line is at work")
def test_a_job_is_refused_while_the_command_line_is_at_work_and_who_listens_is_woken_at_its_end(workplace):
    with server_of(workplace) as server:
        with transaction.lock(workplace.path / ".modelsync", workplace.path / ".git/modelsync"):
            assert server.elsewhere.pid == os.getpid()
            with pytest.raises(Busy, match=f"another run is at work here: process {os.getpid()}") as refused:
                server.start(SYNC)
            assert refused.value.job == 0
        woken = threading.Event()
        server.listen(woken.set)
        assert server.elsewhere is None
        workplace.lists(*rows(o3="2.2"))
        assert done(server, "sync").outcome == "committed"


@pytest.mark.fault("interruption", "a holder of the lock that was killed")
def test_who_was_killed_and_whose_number_another_process_has_now_is_not_at_work(workplace):
    with server_of(workplace) as server:
        folder = workplace.path / ".git/modelsync"
        with transaction.lock(workplace.path / ".modelsync", folder):
            note = (folder / "holder.json").read_bytes()
        (folder / "holder.json").write_bytes(note)
        assert server.elsewhere is None
        with transaction.lock(workplace.path / ".modelsync", folder):
            assert server.elsewhere.pid == os.getpid()


def test_the_command_line_is_refused_while_a_job_is_at_work(workplace, upstream):
    with server_of(workplace) as server:
        job = server.start(SYNC)
        assert upstream.asked.wait(60)
        ran = workplace.run("sync")
        assert (ran.code, "another run is at work here" in ran.err) == (5, True)
        upstream.lists()
        server.wait(job.number)


def test_a_second_server_is_refused(workplace):
    refused = pytest.raises(Locked, match="another server is at work here")
    with server_of(workplace), refused, server_of(workplace):
        pass


@pytest.mark.fault("interruption", "a server that is killed, or told to end, in the middle of a job")
def test_the_job_of_a_server_that_is_killed_goes_on_and_the_next_server_says_how_it_ends(workplace, upstream):
    with process_of(workplace) as process:
        assert upstream.asked.wait(60)
        process.kill()
        process.wait()
    with server_of(workplace) as server:
        assert server.running.number == 1
        with pytest.raises(Busy):
            server.start(SYNC)
        upstream.lists(o3="2.2")
        job = server.wait(1)
        assert isinstance(job.end, Done)
        assert job.end.outcome == "committed"
    assert "input: 2.2" in proposed(workplace)


@pytest.mark.fault("interruption", "a server that is killed, or told to end, in the middle of a job")
def test_a_job_that_is_killed_with_its_server_is_said_to_be_cut_off_and_the_next_one_is_whole(workplace):
    workplace.lists(*rows(o3="2.2"))
    marker = workplace.path / ".modelsync/committing"
    workplace.team.hook(
        "pre-commit", f"echo $PPID $$ > {marker}.new; mv {marker}.new {marker}; exec sleep 600"
    )
    before = workplace.state()
    with process_of(workplace) as process:
        while not marker.exists():
            time.sleep(0.05)
        os.killpg(process.pid, signal.SIGKILL)  # the server and the job; git and its hook are on their own
        for number in marker.read_text().split():
            os.kill(int(number), signal.SIGKILL)
    with server_of(workplace) as server:
        assert isinstance(server.wait(1).end, CutOff)  # the dead may take an instant to be gone
        assert {name for name in before if before[name] != workplace.state()[name]} <= {"branches"}
        (workplace.path / ".git/hooks/pre-commit").unlink()
        assert done(server, "sync").outcome == "committed"
    assert workplace.team.git("rev-list", "--count", f"main..{BRANCH}") == "1"
    assert "input: 2.2" in proposed(workplace)


@pytest.mark.fault("interruption", "a server that is killed, or told to end, in the middle of a job")
def test_a_git_that_outlives_its_job_and_commits_leaves_one_proposal(workplace):
    job = "$(ps -o ppid= -p $PPID)"  # the hook's parent is git
    workplace.team.hook("pre-commit", f"kill -9 {job}; sleep 0.2")
    workplace.lists(*rows(o3="2.2"))
    before = workplace.state()
    with server_of(workplace) as server:
        assert isinstance(ended(server, "sync").end, CutOff)
        (workplace.path / ".git/hooks/pre-commit").unlink()
        assert ended(server, "sync").state in ("done", "failed")  # as git is quick or not
        assert done(server, "sync").outcome in ("committed", "already proposed")
    assert {name for name in before if before[name] != workplace.state()[name]} == {"branches"}
    assert workplace.team.git("rev-list", "--count", f"main..{BRANCH}") == "1"
    assert "input: 2.2" in proposed(workplace)


@pytest.mark.fault("interruption", "a server that is killed, or told to end, in the middle of a job")
def test_a_server_that_is_told_to_end_ends_its_job_which_rolls_back(workplace, upstream):
    before = workplace.state()
    with server_of(workplace) as server:
        server.start(SYNC)
        assert upstream.asked.wait(60)
    upstream.lists()
    assert workplace.state() == before
    with server_of(workplace) as server:
        (job,) = server.jobs
        assert isinstance(job.end, CutOff)
        assert job.end.what == "the server was told to end; nothing is left half done"


@pytest.mark.fault("interruption", "a server that is killed, or told to end, in the middle of a job")
def test_a_job_that_is_ended_in_its_first_moment_says_so(workplace, upstream):
    with server_of(workplace) as server:
        server.start(SYNC)
    assert not upstream.asked.is_set()
    with server_of(workplace) as server:
        (job,) = server.jobs
        assert isinstance(job.end, CutOff)
        assert job.end.what == "the server was told to end before the job had begun"


def test_a_job_whose_process_comes_to_nothing_says_with_which_code(workplace, monkeypatch):
    monkeypatch.setenv("PYTHONHASHSEED", "nonsense")  # with which no Python begins
    with server_of(workplace) as server:
        end = ended(server, "sync").end
    assert isinstance(end, CutOff)
    assert end.what == "its process ended with code 1, and the output of the server says why"


def test_what_happened_is_known_to_the_next_server_and_events_go_on_from_the_last_that_was_seen(workplace):
    with server_of(workplace) as server:
        done(server, "sync")
        seen = server.events()[-1]
    with server_of(workplace) as server:
        assert server.events(after="") == server.jobs[0].events
        assert server.events(after=seen.id) == ()
        second = server.start(SYNC)
        until(server, lambda: server.running is None)
        assert {event.job for event in server.events(after=seen.id)} == {second.number}
        assert server.events(after="nonsense") == server.events()


def test_of_many_jobs_the_last_are_kept(workplace):
    with server_of(workplace) as server:
        folder = workplace.path / ".modelsync/serve/jobs"
        job = ended(server, "plan")
        for number in range(2, 30):
            (folder / f"{number}.jsonl").write_bytes((folder / "1.jsonl").read_bytes())
        assert server.report(job.number).outcome == "planned"
        assert server.start(SYNC).number == 30
        assert [known.number for known in server.jobs] == [30]
        assert len(list(folder.glob("*.jsonl"))) == 20
        assert server.report(job.number) is None


def test_where_the_base_moves_on_who_listens_is_woken_and_the_working_tree_goes_with_it(workplace):
    with server_of(workplace) as server:
        workplace.says("input: 2.50 ", "input: 2.40 ")
        until(server, lambda: server.base.commit == workplace.team.git("rev-parse", "main"))
        tree = workplace.path / ".modelsync/serve/tree/catalog/providers/openai.yaml"
        assert "input: 2.40 " in tree.read_text()
