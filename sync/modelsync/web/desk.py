"""What the pages and the API are about: one catalog, its newest reviewed commit, and the index of that."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
from litestar.di import NamedDependency
from litestar.exceptions import ServiceUnavailableException

from modelsync import config
from modelsync.jobs.serve.index import Index
from modelsync.jobs.serve.indexer import Indexer
from modelsync.jobs.serve.server import Server
from modelsync.jobs.serve.workplace import run_of, served
from modelsync.run.request import Request, Run

_NOT_YET = "the index of the catalog is being written: try again in a moment"


class Desk:
    """The catalog that the server was started for. Threads may share it."""

    def __init__(self, server: Server) -> None:
        self.server, self.place = server, server.run.place
        self.indexer = Indexer(self.place)

    def run(self, request: Request | None = None) -> Run:
        """A run that looks where the server was started. Raises CatalogError."""
        asked = msgspec.structs.asdict(request or Request())
        return Run(self.place, config.load(self.place), config.now(), **asked)

    def reviewed(self) -> Run:
        """A run that looks at the files of the newest reviewed commit. Raises CatalogError."""
        return run_of(served(self.server.run), Request())

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

    def close(self) -> None:
        """End what works in the background."""
        self.indexer.close()


Served = NamedDependency[Desk]
