"""The index is written in the background, once per commit; only what this clone wrote is believed."""

from __future__ import annotations

import resource
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

import pytest

from modelsync import config
from modelsync.config import Place
from modelsync.disk import sealed
from modelsync.errors import DiskFault
from modelsync.jobs.serve import index, indexing
from modelsync.jobs.serve.index import Index
from modelsync.jobs.serve.indexer import Indexer
from modelsync.jobs.serve.table import Query
from modelsync.run.request import Run
from repositories import GitRepository

FILE = "catalog/providers/openai.yaml"
BROKEN = pytest.mark.fault(
    "file system", "an index of the page that is damaged, foreign, or cannot be written"
)
LONGEST = 60.0  # seconds; a process starts in one


def entry(price: str) -> bytes:
    return f"providers: {{openai: {{models: {{o9: {{model: o9, pricing: {{input: {price}}}}}}}}}}}\n".encode()


@pytest.fixture
def team(tmp_path: Path) -> GitRepository:
    made = GitRepository.create(tmp_path / "team")
    made.write("catalog/sync.yaml", b"sources: {}\n")
    made.write(FILE, entry("3"))
    made.commit_all("first")
    return made


def place_of(team: GitRepository) -> Place:
    return Place(team.path / "catalog")


def head(team: GitRepository) -> str:
    return team.git("rev-parse", "HEAD")


def today() -> date:
    return config.now().date()


def wait(indexer: Indexer) -> Index | None:
    ends = time.monotonic() + LONGEST
    while indexer.is_writing and time.monotonic() < ends:
        time.sleep(0.01)
    return indexer.index


def write(team: GitRepository) -> Path:
    """Write the index of HEAD here and now; its file."""
    place = place_of(team)
    indexing.write(Run(place=place, config=config.load(place), now=config.now()), head(team))
    return place.note(index.NAME)


def price(made: Index | None) -> str:
    assert made
    return str(made.page(Query()).rows[0].input)


def test_the_former_commit_is_shown_and_named_until_the_next_is_ready_whatever_is_being_edited(
    team: GitRepository,
) -> None:
    indexer, first = Indexer(place_of(team)), head(team)
    assert indexer.want(first, today()) is None
    former = wait(indexer)
    assert former
    assert former.facts.commit == first
    team.write(FILE, entry("4"))
    second = team.commit_all("dearer")
    team.write(FILE, entry("5"))
    team.write("catalog/sync.yaml", b"being edited: [\n")
    assert indexer.want(second, today()) is former
    now = wait(indexer)
    assert (now and now.facts.commit, price(now), price(former)) == (second, "4", "3")
    assert team.git("status", "--porcelain").split() == ["M", FILE, "M", "catalog/sync.yaml"]


def test_an_index_is_written_once_per_commit(team: GitRepository) -> None:
    file = write(team)
    before = file.stat().st_ino
    write(team)
    indexer = Indexer(place_of(team))
    assert indexer.want(head(team), today() + timedelta(1)) is indexer.index
    assert not indexer.is_writing
    assert file.stat().st_ino == before


def test_two_servers_write_no_less_than_one(team: GitRepository) -> None:
    servers = [Indexer(place_of(team)) for _ in range(2)]
    for server in servers:
        server.want(head(team), today())
    assert [price(wait(server)) for server in servers] == ["3", "3"]
    assert [server.failure for server in servers] == ["", ""]


@BROKEN
def test_an_index_that_comes_with_a_clone_is_not_believed(team: GitRepository, tmp_path: Path) -> None:
    write(team)
    team.git("add", "--force", ".modelsync/index.db")
    team.commit_all("bring an index")
    team.git("clone", "-q", team.path, tmp_path / "clone")
    clone = GitRepository(tmp_path / "clone")
    assert (clone.path / ".modelsync/index.db").exists()
    assert index.opened(place_of(clone)) is None
    write(clone)
    assert price(index.opened(place_of(clone))) == "3"
    shutil.copy(team.path / ".modelsync/index.db", clone.path / ".modelsync/index.db")
    assert index.opened(place_of(clone)) is None


@BROKEN
def test_a_damaged_index_is_made_anew(team: GitRepository) -> None:
    file = write(team)
    content = file.read_bytes()
    for damaged in (b"", b"x", content[:4096], content[:-1], content[:5000] + b"\xff" + content[5001:]):
        file.write_bytes(damaged)
        assert index.opened(place_of(team)) is None
    write(team)
    assert file.read_bytes() == content


@BROKEN
def test_an_index_of_another_version_is_made_anew(team: GitRepository) -> None:
    file = write(team)
    pages, key = file.read_bytes()[: -sealed.SIZE], sealed.key(place_of(team).locked)
    file.write_bytes(pages + sealed.seal([pages], key, b"index 0"))
    assert index.opened(place_of(team)) is None


@BROKEN
def test_no_journal_beside_the_index_is_looked_at(team: GitRepository) -> None:
    file = write(team)
    for suffix in ("-journal", "-wal", "-shm"):
        shutil.copy(file, f"{file}{suffix}")
    assert price(index.opened(place_of(team))) == "3"


@BROKEN
def test_a_killed_writer_leaves_the_old_index(team: GitRepository) -> None:
    write(team)
    indexer = Indexer(place_of(team))
    team.write(FILE, entry("4"))
    indexer.want(team.commit_all("dearer"), today())
    indexer.close()
    assert price(wait(indexer)) == "3"
    write(team)
    assert price(index.opened(place_of(team))) == "4"


@BROKEN
def test_what_cannot_be_written_is_said_without_a_traceback_and_not_tried_at_once_again(
    team: GitRepository,
) -> None:
    (team.path / ".modelsync").symlink_to(team.path / "catalog")
    indexer = Indexer(place_of(team))
    indexer.want(head(team), today())
    assert wait(indexer) is None
    assert "is a link" in indexer.failure
    assert "Traceback" not in indexer.failure
    indexer.want(head(team), today())
    assert not indexer.is_writing


@BROKEN
def test_a_full_disk_is_said_and_leaves_the_old_index(team: GitRepository) -> None:
    write(team)
    team.write(FILE, entry("4"))
    commit = team.commit_all("dearer")
    with limited(1 << 14), pytest.raises(DiskFault, match="writing the index failed"):
        write(team)
    assert sorted(path.name for path in place_of(team).state.iterdir()) == [
        ".gitignore",
        "history.msgpack",
        "index.db",
        "index.lock",
        "parsed.msgpack",
    ]
    assert price(index.opened(place_of(team))) == "3"
    write(team)
    left = index.opened(place_of(team))
    assert left
    assert left.facts.commit == commit


@contextmanager
def limited(size: int) -> Iterator[None]:
    """Let no file grow above a size, as on a disk that is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
