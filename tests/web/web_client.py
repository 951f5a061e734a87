"""A server in this process, and a client of it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from litestar import Litestar
from litestar.testing import TestClient

from modelsync import config
from modelsync.config import Place
from modelsync.jobs.serve.server import Server
from modelsync.run.request import Run
from modelsync.web import application
from modelsync.web.access import Access, Address, Gate
from workplace import Workplace

AT = "http://127.0.0.1:8765"


@contextmanager
def application_of(workplace: Workplace) -> Iterator[Litestar]:
    """The application of a catalog."""
    place = Place(workplace.path / "catalog")
    with Server(Run(place, config.load(place), config.now())) as server:
        yield application.of(server)


class Started:
    """An application that several clients share: its own beginning and end are nothing to them."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "lifespan":
            return await self._gate(scope, receive, send)
        for word in ("startup", "shutdown"):
            assert (await receive())["type"] == f"lifespan.{word}"
            await send({"type": f"lifespan.{word}.complete"})
        return None


@contextmanager
def client_of(served: Litestar, access: Access | None = None) -> Iterator[TestClient]:
    """A client that follows no redirect and has no cookie yet."""
    gate = Gate(served, access or Access(Address("127.0.0.1", 8765)))
    with TestClient(Started(gate), base_url=AT, raise_server_exceptions=False) as client:
        client.follow_redirects = False
        yield client


@contextmanager
def signed_in(served: Litestar) -> Iterator[TestClient]:
    """A client that signed in, once there is an index."""
    access = Access(Address("127.0.0.1", 8765))
    with client_of(served, access) as client:
        assert client.get(access.path).status_code == 303
        while client.get("/api/models").status_code == 503:
            time.sleep(0.02)
        yield client
