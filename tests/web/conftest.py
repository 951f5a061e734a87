"""What every test of the page gets."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser import CHROMIUM
from litestar import Litestar
from litestar.testing import TestClient
from playwright.sync_api import Browser, sync_playwright
from web_client import application_of, client_of, signed_in

from fault_server import FaultServer
from workplace import Workplace


@pytest.fixture(scope="session")
def reviewed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workplace]:
    """A team's catalog that no test changes."""
    with pytest.MonkeyPatch.context() as patch, FaultServer() as server:
        patch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
        yield Workplace.make(tmp_path_factory.mktemp("web") / "team", server)


@pytest.fixture(scope="session")
def served(reviewed: Workplace) -> Iterator[Litestar]:
    """The application of it."""
    with application_of(reviewed) as application:
        yield application


@pytest.fixture(scope="session")
def client(served: Litestar) -> Iterator[TestClient]:
    """A client of it that signed in."""
    with signed_in(served) as client:
        yield client


@pytest.fixture
def stranger(client: TestClient, served: Litestar) -> Iterator[TestClient]:
    """A client of it that did not."""
    with client_of(served) as stranger:
        yield stranger


@pytest.fixture(scope="session")
def indexed(tmp_path_factory: pytest.TempPathFactory, founded: Workplace) -> Path:
    """The index of what each `workplace` is a copy of, and the key that it is sealed with."""
    copy = founded.copied(tmp_path_factory.mktemp("indexed") / "team", founded.server)
    with application_of(copy) as application, signed_in(application):
        return copy.path


@pytest.fixture
def editing(workplace: Workplace, indexed: Path) -> Iterator[TestClient]:
    """A client that signed in, of a catalog that the test may change."""
    for name in (".modelsync/index.db", ".git/modelsync/key"):
        (workplace.path / name).parent.mkdir(exist_ok=True)
        shutil.copy2(indexed / name, workplace.path / name)
    with application_of(workplace) as application, signed_in(application) as client:
        yield client


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser without pages."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()
