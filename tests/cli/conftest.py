"""Each forge that has the remote, played on loopback; proxies and databases to publish to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import databases
from databases import Database
from played_forge import FORGES, Forge, played
from played_llm_proxy import TOKEN, LlmProxy
from played_llm_proxy import played as played_proxy
from repositories import GitRepository
from workplace import Workplace


@pytest.fixture(params=FORGES, ids=lambda kind: kind.kind)
def forge(request: pytest.FixtureRequest, remote: GitRepository) -> Iterator[Forge]:
    yield from played(request.param, remote)


@pytest.fixture
def proxy(workplace: Workplace) -> Iterator[LlmProxy]:
    with played_proxy() as proxy:
        workplace.environment |= {"LLM_PROXY_AUTH_TOKEN": TOKEN, "SUPABASE_CONFIG_URL": proxy.configuration}
        yield proxy
        assert proxy.bad == []


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    with databases.server() as address:
        yield address


@pytest.fixture
def postgresql(workplace: Workplace, server: str) -> Iterator[Database]:
    with databases.postgresql(server) as database:
        yield _published(workplace, database)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, workplace: Workplace, tmp_path: Path) -> Iterator[Database]:
    if request.param == "postgresql":
        yield request.getfixturevalue("postgresql")
        return
    with databases.sqlite(tmp_path) as database:
        yield _published(workplace, database)


def _published(workplace: Workplace, database: Database) -> Database:
    workplace.environment |= {"DATABASE_URL": database.url, "MODELSYNC_ACTOR": "ci"}
    return database
