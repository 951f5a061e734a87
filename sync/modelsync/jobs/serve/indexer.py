"""Keeps the index at the commit that is wanted, by a process in the background; the former one serves on."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from datetime import date

from modelsync.config import Place
from modelsync.jobs.serve import index
from modelsync.jobs.serve.index import Index

_COMMAND = (sys.executable, "-P", "-m", "modelsync.jobs.serve.indexing")
_PATIENCE = 60.0  # seconds until what failed is tried again


class Indexer:
    """The index that is there, and the process that writes the next one. Threads may share it."""

    def __init__(self, place: Place) -> None:
        self._place, self._alone = place, threading.Lock()
        self._process: subprocess.Popen[str] | None = None
        self._tried, self._tried_at = ("", date.min), 0.0
        self._is_closed = False
        self.index: Index | None = index.opened(place)
        self.failure = ""  # why the last index that was wanted could not be written

    @property
    def is_writing(self) -> bool:
        return self._process is not None

    def want(self, commit: str, day: date) -> Index | None:
        """The index that is there; where it is not of that commit and day (UTC), the next one is begun."""
        with self._alone:
            if not self._is_closed and self._process is None and self._is_due(commit, day):
                self._begin(commit, day)
            return self.index

    def close(self) -> None:
        """End what is at work; the index stays as it is."""
        with self._alone:
            self._is_closed = True
            if self._process:
                self._process.terminate()

    def _is_due(self, commit: str, day: date) -> bool:
        if self.index and self.index.is_of(commit, day):
            return False
        return self._tried != (commit, day) or time.monotonic() - self._tried_at > _PATIENCE

    def _begin(self, commit: str, day: date) -> None:
        self._tried, self._tried_at = (commit, day), time.monotonic()
        try:
            self._process = subprocess.Popen(  # noqa: S603
                [*_COMMAND, str(self._place.catalog), commit],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                text=True,
            )
        except OSError as error:
            self.failure = f"no process can be started for the index: {error.strerror}"
            return
        ending = threading.Thread(
            target=self._end, args=(self._process,), name="modelsync-index", daemon=True
        )
        ending.start()

    def _end(self, process: subprocess.Popen[str]) -> None:
        _, error = process.communicate()
        written = index.opened(self._place)
        with self._alone:
            self.index = written or self.index
            self.failure = "" if not process.returncode else error.strip() or "the process was ended"
            self._process = None
