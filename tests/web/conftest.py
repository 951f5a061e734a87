"""What every test of the page gets."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from litestar.testing import TestClient
from web_client import client_of

from fault_server import FaultServer
from modelsync.config import Place
from modelsync.web.access import Access, Address
from workplace import Workplace


@pytest.fixture(scope="session")
def reviewed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workplace]:
    """A team's catalog that no test changes."""
    with pytest.MonkeyPatch.context() as patch, FaultServer() as server:
        patch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
        yield Workplace.make(tmp_path_factory.mktemp("web") / "team", server)


@pytest.fixture(scope="session")
def signed_in(reviewed: Workplace) -> Iterator[TestClient]:
    access = Access(Address("127.0.0.1", 8765))
    with client_of(Place(reviewed.path / "catalog"), access) as client:
        assert client.get(access.path).status_code == 303
        yield client


@pytest.fixture
def client(signed_in: TestClient) -> TestClient:
    """A client of it that signed in."""
    return signed_in


@pytest.fixture(scope="session")
def stranger(reviewed: Workplace) -> Iterator[TestClient]:
    """A client of it that did not."""
    with client_of(Place(reviewed.path / "catalog")) as client:
        yield client


@pytest.fixture
def editing(workplace: Workplace) -> Iterator[TestClient]:
    """A client that signed in, of a catalog that the test may change."""
    access = Access(Address("127.0.0.1", 8765))
    with client_of(Place(workplace.path / "catalog"), access) as client:
        client.get(access.path)
        yield client
