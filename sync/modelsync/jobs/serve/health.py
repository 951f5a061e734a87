"""Whether a server can do its work: what holds of the catalog that reviewers have, and of its sources.

It is looked at in a process of its own, as a job is done in one.
"""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from datetime import UTC, datetime
from typing import Annotated, Literal

import msgspec

from modelsync.disk import git_folders
from modelsync.errors import ModelsyncError
from modelsync.jobs import check, evidence, inspect, remote
from modelsync.jobs.serve.workplace import Served, run_of
from modelsync.records import Health
from modelsync.run.due import is_due
from modelsync.run.request import Request, Run

_AGE = 30.0  # seconds for which an answer serves
_COMMAND = (sys.executable, "-P", "-m", "modelsync.jobs.serve.health")


class Freshness(msgspec.Struct, frozen=True):
    """When a list was brought in last, and which sources a scheduled run would ask now."""

    last_success: datetime | None  # of any source
    due: tuple[str, ...]


class Vitals(msgspec.Struct, frozen=True):
    """What holds at a moment. `failing`: the catalog cannot be read; `degraded`: something of it, or a source
    that is asked, is not as it should be."""

    status: Literal["ok", "degraded", "failing"]
    looked: datetime
    commit: str = ""  # of which models and problems are
    models: int = 0
    problems: int = 0  # that `modelsync check` finds
    sources: tuple[Health, ...] = ()
    last_success: datetime | None = None
    age: Annotated[float | None, msgspec.Meta(description="Of that, in seconds")] = None
    due: tuple[str, ...] = ()
    failure: str = ""


class Look(msgspec.Struct, frozen=True):
    """What is to be looked at, and what was known of it before."""

    served: Served
    before: Vitals | None


class Doctor:
    """Looks when it is asked and what it knows is too old; several who ask share one look."""

    def __init__(self, of: Served) -> None:
        self._of = of
        self._changed = threading.Condition()
        self._known: Vitals | None = None
        self._at = 0.0
        self._process: subprocess.Popen[bytes] | None = None

    def vitals(self, patience: float) -> Vitals | None:
        """What holds now, or what held last where that takes longer than so many seconds; None: nothing is
        known yet."""
        with self._changed:
            if self._is_old and self._process is None:
                self._process = subprocess.Popen(  # noqa: S603
                    _COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE
                )
                threading.Thread(target=self._look, args=(self._process,), name="modelsync-health").start()
            self._changed.wait_for(lambda: not self._is_old, patience)
            return self._known

    def close(self) -> None:
        """End a look that is under way."""
        with self._changed:
            if self._process:
                self._process.terminate()

    @property
    def _is_old(self) -> bool:
        return self._known is None or time.monotonic() - self._at > _AGE

    def _look(self, process: subprocess.Popen[bytes]) -> None:
        answer, _ = process.communicate(msgspec.json.encode(Look(self._of, self._known)))
        try:
            known = msgspec.json.decode(answer, type=Vitals)
        except msgspec.MsgspecError:
            what = "the process that looks at the catalog was ended"
            known = Vitals("failing", datetime.now(UTC), failure=what)
        with self._changed:
            self._known, self._at, self._process = known, time.monotonic(), None
            self._changed.notify_all()


def freshness(run: Run) -> Freshness:
    """When what the run means was synced last, and what of it is due. Raises UsageError."""
    last = {name: success.at for name, success in evidence.last_successes(run).items()}
    waiting = (name for name in run.selected if is_due(run.config.sources[name], last.get(name), run.now))
    return Freshness(max(last.values(), default=None), tuple(waiting))


def examined(of: Served, before: Vitals | None) -> Vitals:
    """What holds of the base and its sources."""
    now = datetime.now(UTC)
    try:
        run = run_of(of, Request(all_sources=True, online=True))
        commit = git_folders.commit(run.place.top)
        if before and commit == before.commit:
            models, problems = before.models, before.problems
        else:
            models = sum(len(provider.entries) for provider in inspect.providers(run, None))
            problems = len(check.check(run).problems)
        fresh = freshness(run)
    except ModelsyncError as error:
        return Vitals("failing", now, failure=str(error))
    sources = remote.health(run)
    is_well = not problems and all(source.state != "fails" for source in sources)
    last = fresh.last_success
    return Vitals(
        "ok" if is_well else "degraded",
        now,
        commit,
        models,
        problems,
        sources,
        last,
        (now - last).total_seconds() if last else None,
        fresh.due,
    )


if __name__ == "__main__":
    asked = msgspec.json.decode(sys.stdin.buffer.read(), type=Look)
    sys.stdout.buffer.write(msgspec.json.encode(examined(asked.served, asked.before)))
