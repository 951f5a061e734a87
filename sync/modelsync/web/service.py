"""What the pages and the API are about: one catalog, its newest reviewed commit, and the index of that.

What takes much memory is read in a process of its own: the server goes on with little.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

import msgspec
from litestar.di import NamedDependency
from litestar.exceptions import ServiceUnavailableException

from modelsync.config import Place
from modelsync.errors import DiskFault, ModelsyncError
from modelsync.jobs.serve import workplace
from modelsync.jobs.serve.events import Job
from modelsync.jobs.serve.health import Freshness, freshness
from modelsync.jobs.serve.index import Index
from modelsync.jobs.serve.indexer import Indexer
from modelsync.jobs.serve.server import Server
from modelsync.records import Report
from modelsync.run.request import Request, Run
from modelsync.web.access import Triggers

P = ParamSpec("P")
T = TypeVar("T")

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["modelsync.web.application"])
_NOT_YET = "the index of the catalog is being written: try again in a moment"


class Reading(msgspec.Struct, frozen=True):
    """What is read: a catalog, and its newest reviewed commit."""

    served: workplace.Served
    commit: str

    def run(self, request: Request | None = None) -> Run:
        """A run that looks where the server was started. Raises CatalogError."""
        return Run.at(Place(Path(self.served.catalog)), request)

    def reviewed(self) -> Run:
        """A run that looks at the files of that commit. Raises CatalogError."""
        return workplace.run_of(self.served)


class Service:
    """The catalog that the server was started for. Threads may share it."""

    def __init__(self, server: Server, actor: str = "") -> None:
        """`actor` is who asks for jobs from pages, where that is not who commits."""
        self.server, self.actor = server, actor
        self.triggers = Triggers()
        self.indexer = Indexer(server.run.place)

    def apart(self, function: Callable[Concatenate[Reading, P], T], *given: P.args, **named: P.kwargs) -> T:
        """What a function reads of the newest reviewed commit, in a process of its own."""
        return _read(function, self.reading, *given, **named)

    @property
    def reading(self) -> Reading:
        """The newest reviewed commit, for what is asked of its files, or of git."""
        return Reading(workplace.served(self.server.run), self.commit)

    @property
    def commit(self) -> str:
        """The newest reviewed commit: what the page shows is of it."""
        return self.server.base.commit

    @property
    def index(self) -> Index | None:
        """The index that is there, of that commit or a former one; the next one is begun where it is not."""
        return self.indexer.want(self.commit, datetime.now(UTC).date())

    @property
    def read(self) -> Index:
        """The index that is there. Raises ServiceUnavailableException where none is yet."""
        index = self.index
        if index is None:
            raise ServiceUnavailableException(self.indexer.failure or _NOT_YET)
        return index

    @property
    def current(self) -> Index | None:
        """The index of the newest reviewed commit; None until it is written."""
        index = self.index
        return index if index and index.facts.commit == self.commit else None

    @property
    def notices(self) -> tuple[str, ...]:
        """What is to be said of what is read from the index: what of the past is not known, and of which
        former commit it is."""
        facts, commit = self.read.facts, self.commit
        former = f"commit {commit[:10]} is being read; until that is done, this is of {facts.commit[:10]}"
        return (*facts.notices, *([former] if facts.commit != commit else ()))

    @property
    def has_more_sources(self) -> bool:
        """Whether more are enabled than a sync asks; where not, both are proposed on the same branch."""
        every, usual = (self.reviewed(all_sources=all_of_them) for all_of_them in (True, False))
        return every.selected != usual.selected

    def reviewed(self, *, all_sources: bool = False) -> Run:
        """A run by the rules that reviewers have. Raises CatalogError."""
        return workplace.run_of(workplace.served(self.server.run), Request(all_sources=all_sources))

    @property
    def freshness(self) -> Freshness | None:
        """When a list was brought in last, and what is due; None where the catalog cannot be read. No source
        is asked."""
        with suppress(ModelsyncError):
            return freshness(self.reviewed(all_sources=True))
        return None

    @property
    def plan(self) -> Job | None:
        """The job that made the newest plan here."""
        plans = (job for job in self.server.jobs if job.order.kind == "plan" and job.state == "done")
        return next(plans, None)

    @property
    def planned(self) -> Report | None:
        """What that plan says."""
        return self.server.report(self.plan.number) if self.plan else None

    @property
    def since(self) -> Job | None:
        """The newest job that may have done what that plan says."""
        done = (job for job in self.server.jobs if job.state == "done" and job.order.asks_sources)
        newest = next(done, None)
        return newest if newest and newest.order.kind != "plan" else None

    def close(self) -> None:
        """End what works in the background."""
        self.indexer.close()


def _read(
    function: Callable[Concatenate[Reading, P], T], of: Reading, *given: P.args, **named: P.kwargs
) -> T:
    """What a function of a module gives, or raises, in another process. Raises DiskFault where that ends."""
    receiver, sender = _CONTEXT.Pipe(duplex=False)
    process = _CONTEXT.Process(target=_answer, args=(sender, function, (of, *given), named), daemon=True)
    process.start()
    sender.close()
    try:
        answer, error = receiver.recv()
    except EOFError:
        raise DiskFault("the process that was to read this ended", advice="Is there enough memory?") from None
    finally:
        receiver.close()
        process.join()
    if error:
        raise error
    return answer  # type: ignore[no-any-return]


def _answer(
    sender: Connection, function: Callable[..., Any], given: tuple[Any, ...], named: dict[str, Any]
) -> None:
    try:
        sender.send((function(*given, **named), None))
    except Exception as error:
        sender.send((None, error))


Served = NamedDependency[Service]
