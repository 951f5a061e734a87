"""What the pages and the API are about: one catalog, its newest reviewed commit, and the index of that."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from litestar.di import NamedDependency
from msgspec.structs import asdict

from modelsync import config
from modelsync.config import Place
from modelsync.jobs import past
from modelsync.jobs.serve.index import Index
from modelsync.jobs.serve.indexer import Indexer
from modelsync.run.request import Request, Run

_FRESH = 2.0  # seconds for which git is not asked again


class Desk:
    """The catalog that the server was started for. Threads may share it."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.indexer = Indexer(place)
        self._commit, self._asked = "", float("-inf")

    def run(self, request: Request | None = None) -> Run:
        """A run that looks, with `sync.yaml` as it is now. Raises CatalogError."""
        return Run(self.place, config.load(self.place), config.now(), **asdict(request or Request()))

    @property
    def commit(self) -> str:
        """The newest commit of the catalog that is no proposal. Raises GitRefused."""
        if time.monotonic() - self._asked > _FRESH:
            self._commit, self._asked = past.reviewed(self.run()), time.monotonic()
        return self._commit

    @property
    def index(self) -> Index | None:
        """The index that is there, of that commit or a former one; the next one is begun where it is not.

        Raises GitRefused.
        """
        return self.indexer.want(self.commit, datetime.now(UTC).date())

    def close(self) -> None:
        """End what works in the background."""
        self.indexer.close()


Served = NamedDependency[Desk]
