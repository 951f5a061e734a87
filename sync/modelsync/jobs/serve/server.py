"""One server of one catalog: one job at a time, seen by all who look, and what became of the last ones."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from tempfile import TemporaryFile
from typing import Self

import msgspec

from modelsync.disk import files, git_folders, transaction
from modelsync.errors import Locked, ModelsyncError
from modelsync.jobs.serve.events import Done, Event, Failed, Job, Order, Queued
from modelsync.jobs.serve.health import Doctor, Vitals
from modelsync.jobs.serve.log import KILLED, Logs
from modelsync.jobs.serve.work import Task
from modelsync.jobs.serve.workplace import brought, folder_of, served, worktree_of
from modelsync.records import Report
from modelsync.review.base import Base
from modelsync.run.request import Run
from modelsync.run.trail import AtWork, at_work

_GLANCE = 0.1  # seconds between two looks at the log of a job
_ROUND = 2.0  # seconds between two looks at what others do in the repository
_COMMAND = (sys.executable, "-P", "-m", "modelsync.jobs.serve.work")


class Busy(Locked):
    """A job is at work already, or a run that is none of this server's; `job` is 0 then."""

    def __init__(self, what: str, *, where: str = "", advice: str = "", job: int = 0) -> None:
        super().__init__(what, where=where, advice=advice)
        self.job = job


class Situation(msgspec.Struct, frozen=True):
    """Which commit reviewers have, and who is at work that is no job of this server."""

    commit: str
    elsewhere: AtWork | None


class Server:
    """Use as a context manager: it has the catalog's folder of servers for itself.

    `run` is of the person's own working tree, which is never touched; its `push` and `pr` say what becomes of
    what jobs commit. Its methods may be called from any thread.
    """

    def __init__(self, run: Run) -> None:
        self.run = run
        self._folder = folder_of(run.place)
        self._logs = Logs.of(run.place)
        self._changed = threading.Condition()
        self._jobs: dict[int, Job] = {}
        self._brought: Base | None = None  # where the working tree is, if that is known
        self._listeners: dict[object, Callable[[], None]] = {}
        self._processes: dict[int, subprocess.Popen[bytes]] = {}  # by job; of no server that was killed
        self._doctor = Doctor(served(run))
        self._is_over = False
        self._resources = ExitStack()

    def __enter__(self) -> Self:
        """Raises Locked where another server of this catalog is at work, GitRefused without a repository."""
        files.own_folder(self.run.place.state)
        with ExitStack() as resources:
            resources.enter_context(transaction.lock(self._folder, who="server"))
            for number in self._logs.numbers():
                if not self._logs.is_at_work(number):
                    self._logs.cut_off(number)
                if known := self._logs.job(number):
                    self._jobs[number] = known
            self._base = worktree_of(self.run).base()
            if job := self.running:  # of a server that was killed
                self._follow(job.number)
            else:
                with suppress(Locked):  # the first job does it
                    self._brought = brought(self.run, self._base)
            over = threading.Event()
            threading.Thread(target=self._watched, args=(over,), daemon=True, name="modelsync-base").start()
            resources.callback(over.set)
            self._resources = resources.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        """End the job at work, which rolls back."""
        with self._changed:
            self._is_over = True
            processes = dict(self._processes)
        for process in processes.values():
            process.terminate()
            process.wait()
        if (job := self.running) and job.number in processes:
            self.wait(job.number)  # until it is written down how it ended
        self._doctor.close()
        self._resources.close()

    @property
    def base(self) -> Base:
        """What reviewers have: what the page shows is read from this commit, never from files. Who listens is
        woken where it moves on."""
        return self._base

    def vitals(self, patience: float = 10.0) -> Vitals | None:
        """Whether it can do its work, at most half a minute old, unless that takes longer than so many
        seconds; None where nothing is known by then."""
        return self._doctor.vitals(patience)

    # ------------------------------------------------------------------------ jobs

    def start(self, order: Order) -> Job:
        """Begin a job. Raises Busy where one is at work, or another run of this repository."""
        with self._changed:
            self._expect_free()
            log = self._logs.begin()
            try:
                queued = log.write(Queued(order))
                self._processes[log.number] = self._begun(order, log.number, log.descriptor)
            except OSError as error:
                log.write(Failed("other", f"no process could be begun: {error.strerror}"))
            finally:
                os.close(log.descriptor)
            job = Job(log.number, order, "running", queued.at, events=(queued,))
            kept = self._logs.numbers()
            self._jobs = {number: known for number, known in self._jobs.items() if number in kept}
            self._jobs[job.number] = job
        self._tell()
        self._follow(job.number)
        return job

    @property
    def jobs(self) -> tuple[Job, ...]:
        """The last jobs, the newest first."""
        with self._changed:
            return tuple(self._jobs[number] for number in sorted(self._jobs, reverse=True))

    @property
    def running(self) -> Job | None:
        """The job at work."""
        return next((job for job in self.jobs[:1] if job.state == "running"), None)

    @property
    def elsewhere(self) -> AtWork | None:
        """The run at work that is none of this server's jobs: one of the command line, or of CI."""
        return None if self.running else at_work(self.run.place)

    @property
    def situation(self) -> Situation:
        return Situation(self.base.commit, self.elsewhere)

    def job(self, number: int) -> Job | None:
        """A job by its number; None where there is none of it, or none any more."""
        with self._changed:
            return self._jobs.get(number)

    def report(self, number: int) -> Report | None:
        """What a job that is done would do, or did."""
        return self._logs.report(number)

    def wait(self, number: int, timeout: float | None = None) -> Job:
        """The job, once it is at its end or the time, in seconds, is over."""
        with self._changed:
            self._changed.wait_for(lambda: self._jobs[number].state != "running", timeout)
            return self._jobs[number]

    def events(self, after: str = "") -> tuple[Event, ...]:
        """What happened after the event of this id, in all jobs that are known; without one, in the last."""
        job, _, number = after.partition(".")
        if not (job.isdecimal() and number.isdecimal()):
            return tuple(event for job in self.jobs[:1] for event in job.events)
        seen = int(job), int(number)
        every = (event for job in reversed(self.jobs) for event in job.events)
        return tuple(event for event in every if (event.job, event.number) > seen)

    def listen(self, wake: Callable[[], None]) -> Callable[[], None]:
        """Have `wake` called, from another thread, when something happened; gives what ends that."""
        key = object()
        with self._changed:
            self._listeners[key] = wake

        def silence() -> None:
            with self._changed:
                self._listeners.pop(key, None)

        return silence

    # ------------------------------------------------------------------------ how it is done

    def _expect_free(self) -> None:
        if self._is_over:
            raise Busy("the server is about to end")
        if job := self.running:
            raise Busy(
                f"job {job.number} is at work: a {job.order.kind}, since {job.begun:%H:%M:%S} UTC",
                advice="Wait until it has ended.",
                job=job.number,
            )
        if holder := self.elsewhere:
            raise Busy(
                f"another run is at work here: process {holder.pid}, since {holder.started:%H:%M:%S} UTC",
                where=str(self.run.place.locked),
                advice="Wait until it has ended.",
            )

    def _begun(self, order: Order, number: int, descriptor: int) -> subprocess.Popen[bytes]:
        ended = ((job, job.end) for job in self.jobs if job.order.kind == "plan")
        shown = tuple(
            job.number for job, end in ended if isinstance(end, Done) and end.digest == order.digest
        )
        task = Task(served(self.run), order, number, descriptor, shown)
        with TemporaryFile() as given:
            given.write(msgspec.json.encode(task))
            given.seek(0)
            return subprocess.Popen(_COMMAND, stdin=given, pass_fds=[descriptor])  # noqa: S603

    def _follow(self, number: int) -> None:
        threading.Thread(target=self._followed, args=(number,), daemon=True, name="modelsync-job").start()

    def _followed(self, number: int) -> None:
        """Read what a job writes down until it is at its end; it is over when nobody holds its log."""
        pause = threading.Event()
        while self._logs.is_at_work(number):
            self._read(number)
            pause.wait(_GLANCE)
        process = self._processes.get(number)
        self._logs.cut_off(number, self._silent_end(process.wait()) if process else KILLED)
        self._processes.pop(number, None)
        self._read(number)
        with self._changed:
            self._brought = None  # a job goes where the base is then
        self._look_at_base()

    def _silent_end(self, code: int) -> str:
        """How a process ended, as its code tells, where its job did not say so itself."""
        if code > 0:
            return f"its process ended with code {code}, and the output of the server says why"
        return "the server was told to end before the job had begun" if self._is_over else KILLED

    def _read(self, number: int) -> None:
        job = self._logs.job(number)
        with self._changed:
            if job is None or len(job.events) == len(self._jobs[number].events):
                return
            self._jobs[number] = job
        self._tell()

    def _watched(self, over: threading.Event) -> None:
        """Look at what others do here: the base moves on, a run of the command line begins and ends."""
        before = self._signs()
        while not over.wait(_ROUND):
            now = self._signs()
            if now != before:
                before = now
                self._look_at_base()
                self._tell()

    def _signs(self) -> tuple[object, ...]:
        """What changes where a branch does, or a run begins or ends; git is not asked."""
        shared, remote = git_folders.shared(self.run.place.top), self.run.config.review.remote
        branch = self._base.branch
        names = ("packed-refs", "HEAD", f"refs/heads/{branch}", f"refs/remotes/{remote}/{branch}", "reftable")
        return (self.elsewhere, *(_modified(shared / name) for name in names))

    def _look_at_base(self) -> None:
        """Where the base moved on, have the working tree there, unless a job is at work, which does that."""
        with suppress(ModelsyncError), self._changed:  # where that is not possible now, what was known stays
            base = worktree_of(self.run).base()
            if base != self._brought and not self.running:
                self._brought = brought(self.run, base)
            self._base = base

    def _tell(self) -> None:
        with self._changed:
            self._changed.notify_all()
            listeners = tuple(self._listeners.values())
        for wake in listeners:
            wake()


def _modified(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0
