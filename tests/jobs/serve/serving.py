"""Servers of a team's catalog, and what tests ask of them."""

from __future__ import annotations

import threading
from collections.abc import Callable

from modelsync import config
from modelsync.jobs.decisions import Decisions
from modelsync.jobs.serve.events import Done, Failed, Job, Order
from modelsync.jobs.serve.server import Server
from modelsync.run.request import Run
from workplace import BRANCH, Workplace

NOTHING = Decisions()


def run_of(workplace: Workplace, **asked: bool) -> Run:
    """A run in the team's own working tree."""
    place = config.find(str(workplace.path / "catalog"), workplace.path)
    return Run(place, config.load(place), config.now(), **asked)


def server_of(workplace: Workplace, **asked: bool) -> Server:
    """A server as the command starts it; use it as a context manager."""
    return Server(run_of(workplace, **asked))


def ended(server: Server, kind: str, digest: str = "", decisions: Decisions = NOTHING) -> Job:
    """A job, once it is at its end."""
    return server.wait(server.start(Order(kind, "ada", digest=digest, decisions=decisions)).number)


def done(server: Server, kind: str, digest: str = "", decisions: Decisions = NOTHING) -> Done:
    """How a job ended that did what it was asked for."""
    end = ended(server, kind, digest, decisions).end
    assert isinstance(end, Done), end
    return end


def failed(server: Server, kind: str, digest: str = "", decisions: Decisions = NOTHING) -> Failed:
    """How a job ended that did nothing."""
    end = ended(server, kind, digest, decisions).end
    assert isinstance(end, Failed), end
    return end


def until(server: Server, holds: Callable[[], object]) -> None:
    """Wait until something holds that a job of the server brings about."""
    woken = threading.Event()
    end = server.listen(woken.set)
    while not holds():
        woken.wait(1)
        woken.clear()
    end()


def proposed(workplace: Workplace, name: str = "providers/openai.yaml") -> str:
    """A file of the catalog as the review branch has it."""
    return workplace.team.git("show", f"{BRANCH}:catalog/{name}")
