"""A server's jobs: real git, a real upstream on loopback, processes of their own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from modelsync import config
from modelsync.jobs.serve.events import Done, Order
from modelsync.jobs.serve.server import Server
from modelsync.run.request import Run
from workplace import BRANCH, Workplace, rows


def server_of(workplace: Workplace, **asked: bool) -> Server:
    place = config.find(str(workplace.path / "catalog"), workplace.path)
    return Server(Run(place, config.load(place), config.now(), **asked))


@pytest.fixture
def server(workplace: Workplace) -> Iterator[Server]:
    with server_of(workplace) as server:
        yield server


def test_sync_commits_on_the_review_branch_and_touches_nothing_of_a_persons(workplace, server):
    workplace.lists(*rows(o3="2.2"))
    before = workplace.state()
    job = server.wait(server.start(Order("sync", "ada")).number)
    assert isinstance(job.end, Done), job
    assert job.end.outcome == "committed"
    after = workplace.state()
    for what in ("HEAD", "index", "status", "files"):
        assert after[what] == before[what]
    assert workplace.team.git("log", "--format=%s", f"main..{BRANCH}") == "openrouter: ~1"
