"""Reads what takes much memory in a process of its own: the server goes on with little."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any, Concatenate, ParamSpec, TypeVar

import msgspec

from modelsync import config
from modelsync.config import Place
from modelsync.errors import DiskFault
from modelsync.jobs.serve import workplace
from modelsync.run.request import Request, Run

P = ParamSpec("P")
T = TypeVar("T")

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["modelsync.web.application"])


class Reading(msgspec.Struct, frozen=True):
    """What is read: a catalog, and its newest reviewed commit."""

    served: workplace.Served
    commit: str

    def run(self, request: Request | None = None) -> Run:
        """A run that looks where the server was started. Raises CatalogError."""
        place = Place(workplace.outside(self.served).place.catalog)
        return Run(place, config.load(place), config.now(), **msgspec.structs.asdict(request or Request()))

    def reviewed(self) -> Run:
        """A run that looks at the files of that commit. Raises CatalogError."""
        return workplace.run_of(self.served, Request())


def read(function: Callable[Concatenate[Reading, P], T], of: Reading, *given: P.args, **named: P.kwargs) -> T:
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
