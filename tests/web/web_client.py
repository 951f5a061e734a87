"""A server in this process, and a client of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from litestar.testing import TestClient

from modelsync.config import Place
from modelsync.web import application
from modelsync.web.access import Access, Address, Gate

AT = "http://127.0.0.1:8765"


@contextmanager
def client_of(place: Place, access: Access | None = None) -> Iterator[TestClient]:
    """A client that follows no redirect and has no cookie yet."""
    gate = Gate(application.of(place), access or Access(Address("127.0.0.1", 8765)))
    with TestClient(gate, base_url=AT, raise_server_exceptions=False) as client:
        client.follow_redirects = False
        yield client
