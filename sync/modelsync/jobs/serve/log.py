"""The log of one job: a line per event, written by the job itself, so that it outlives the server."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from modelsync.config import Place
from modelsync.disk import files
from modelsync.jobs.serve.events import CutOff, Event, Happening, Job, job_of
from modelsync.jobs.serve.workplace import folder_of
from modelsync.records import Report

KILLED = "the job was killed; the next one undoes what it left half done"
_KEPT = 20  # jobs, the newest
_LINE = msgspec.json.Encoder()
_EVENT = msgspec.json.Decoder(Event)


class Writing:
    """The end of a log at which its job writes. Whoever holds the descriptor is at work."""

    def __init__(self, descriptor: int, number: int, count: int = 0) -> None:
        self.descriptor, self.number, self._count = descriptor, number, count

    def write(self, happening: Happening) -> Event:
        """Write down what happened. A full disk hides it, and ends nothing."""
        self._count += 1
        event = Event(self.number, self._count, datetime.now(UTC), happening)
        with suppress(OSError):
            os.write(self.descriptor, _LINE.encode(event) + b"\n")
        return event


class Logs:
    """The logs of the last jobs, in one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @classmethod
    def of(cls, place: Place) -> Logs:
        """Those of the server of a catalog."""
        return cls(folder_of(place) / "jobs")

    def numbers(self) -> list[int]:
        """The numbers of the jobs that are known, the oldest first."""
        return sorted(int(path.stem) for path in self._folder.glob("*.jsonl") if path.stem.isdecimal())

    def begin(self) -> Writing:
        """The log of a new job, which counts as being at work until its descriptor is closed everywhere."""
        known = self.numbers()
        number = known[-1] + 1 if known else 1
        for old in known[: 1 - _KEPT]:
            self._log(old).unlink(missing_ok=True)
            self._report(old).unlink(missing_ok=True)
        with files.disk_faults("writing the log of a job", self._folder):
            self._folder.mkdir(exist_ok=True)
            descriptor = os.open(self._log(number), os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        return Writing(descriptor, number)

    def job(self, number: int) -> Job | None:
        """A job as its log has it; None where that cannot be read."""
        return job_of(tuple(self._events(number)))

    def is_at_work(self, number: int) -> bool:
        """Whether somebody holds the log of a job, and may write to it."""
        with suppress(OSError):
            descriptor = os.open(self._log(number), os.O_WRONLY)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
            finally:
                os.close(descriptor)
        return False

    def cut_off(self, number: int, what: str = KILLED) -> None:
        """Write down that a job is at work no more, where its log does not say how it ended."""
        job = self.job(number)
        if job and job.end is None:
            descriptor = os.open(self._log(number), os.O_WRONLY | os.O_APPEND)
            try:
                log = Writing(descriptor, number, len(job.events))
                log.write(CutOff(what))
            finally:
                os.close(descriptor)

    def put(self, number: int, report: Report) -> None:
        files.replace(self._report(number), msgspec.json.encode(report))

    def report(self, number: int) -> Report | None:
        """The report of a job; None where it has none, or none any more."""
        with suppress(msgspec.MsgspecError):  # of another version
            return msgspec.json.decode(files.read(self._report(number)) or b"", type=Report)
        return None

    def _events(self, number: int) -> Iterator[Event]:
        for line in (files.read(self._log(number)) or b"").splitlines(keepends=True):
            if line.endswith(b"\n"):
                with suppress(msgspec.MsgspecError):
                    yield _EVENT.decode(line)

    def _log(self, number: int) -> Path:
        return self._folder / f"{number}.jsonl"

    def _report(self, number: int) -> Path:
        return self._folder / f"{number}.report.json"
