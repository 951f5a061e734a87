"""What the pages and the API are about: one catalog, read anew for each request."""

from __future__ import annotations

from litestar.di import NamedDependency
from msgspec.structs import asdict

from modelsync import config
from modelsync.config import Place
from modelsync.run.request import Request, Run


class Desk:
    """The catalog that the server was started for."""

    def __init__(self, place: Place) -> None:
        self.place = place

    def run(self, request: Request | None = None) -> Run:
        """A run that looks, with `sync.yaml` as it is now. Raises CatalogError."""
        return Run(self.place, config.load(self.place), config.now(), **asdict(request or Request()))


Served = NamedDependency[Desk]
