"""What every test gets: no network, no configuration of the machine's, one time zone, real repositories."""

from __future__ import annotations

import gc
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from fault_server import FaultServer, reserved
from played_forge import Forge, GitHub, played
from repositories import GitRepository
from thorough import EXAMPLES
from workplace import Workplace

# A busy machine makes no promise false, nor does chance that begins with examples which a promise leaves out.
UNHEALTHY = [HealthCheck.too_slow, HealthCheck.filter_too_much]
settings.register_profile(
    "any machine", max_examples=EXAMPLES, deadline=None, suppress_health_check=UNHEALTHY
)
settings.load_profile("any machine")
# What is collected and imported lives to the end: few cycles to look for, and none among all that.
gc.set_threshold(100_000, 20, 100)
# The program is started hundreds of times, three times as slowly with all of its modules to compile.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
# In memory an fsync costs nothing; it is made all the same, and nothing that was written is lost in a kill.
MEMORY = Path("/dev/shm")
if "TMPDIR" not in os.environ and MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > 4 << 30:
    os.environ["TMPDIR"] = tempfile.tempdir = str(MEMORY)
# Where pytest was started in the background, Ctrl-C is ignored, and each child would inherit that.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_finish() -> None:
    gc.freeze()


_OF_THE_MACHINE = (
    *("GIT_", "MODELSYNC_", "OPENROUTER_", "OPENAI_", "ANTHROPIC_"),
    *("GEMINI_", "GOOGLE_", "AIHUBMIX_", "LITELLM_", "PG", "DB_", "DATABASE_URL"),
    *("GITHUB_", "GH_", "GITLAB_", "CI_", "GITEA_", "FORGEJO_"),
)
_SWITCHES = (
    "DRY_RUN",
    "PRUNE",
    "ONLY",
    "LOG_LEVEL",
    "SOURCE_DATE_EPOCH",
    "NO_COLOR",
    "FORCE_COLOR",
    "COLUMNS",
    "GITHUB_BASE_REF",
    "CI_MERGE_REQUEST_TARGET_BRANCH_NAME",
)
_PROXIES = ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
_NOWHERE = "http://127.0.0.1:9"


@pytest.fixture(scope="session", autouse=True)
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name in os.environ:
            if name.startswith(_OF_THE_MACHINE) or name in _SWITCHES:
                patch.delenv(name)
        for name in _PROXIES:
            patch.setenv(name, _NOWHERE)
        patch.setenv("NO_PROXY", "127.0.0.1,localhost,::1")
        patch.setenv("HOME", str(tmp_path_factory.mktemp("home")))
        patch.setenv("TZ", "Pacific/Chatham")  # far from UTC, with an odd offset
        patch.setenv("GIT_CONFIG_GLOBAL", str(Path(__file__).parent / "data/gitconfig"))
        patch.setenv("GIT_CONFIG_NOSYSTEM", "1")
        patch.setenv("GIT_ALLOW_PROTOCOL", "file")
        yield


@pytest.fixture(autouse=True)
def isolated(machine: None) -> Iterator[None]:
    """What a test does to the environment ends with it."""
    before = os.environ.copy()
    yield
    if os.environ != before:
        os.environ.clear()
        os.environ.update(before)


@pytest.fixture(scope="session")
def committed(tmp_path_factory: pytest.TempPathFactory) -> GitRepository:
    """What each `repository` is a copy of."""
    made = GitRepository.create(tmp_path_factory.mktemp("committed") / "team")
    made.write("catalog/openai.yaml", b"gpt: 1\n")
    made.write("catalog/gemini.yaml", b"pro: 1\n")
    made.write("README.md", b"hello\n")
    made.commit_all("first")
    return made


@pytest.fixture
def repository(tmp_path: Path, committed: GitRepository) -> GitRepository:
    """A repository on branch `main` with a committed catalog file and a committed other file."""
    return committed.copied(tmp_path / "team")


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workplace]:
    """What each `workplace` is a copy of: its server is over, and its port is that of the next one."""
    with reserved() as port:
        with FaultServer(port=port) as server:
            made = Workplace.make(tmp_path_factory.mktemp("founded") / "team", server)
        yield made


@pytest.fixture
def workplace(tmp_path: Path, founded: Workplace) -> Iterator[Workplace]:
    """A repository with a catalog whose upstream says what the catalog says."""
    with FaultServer(port=founded.server.server_address[1]) as server:
        yield founded.copied(tmp_path / "team", server)


@pytest.fixture
def remote(workplace: Workplace, tmp_path: Path) -> GitRepository:
    """A bare repository with the team's main branch, which is the remote of the workplace."""
    path = tmp_path / "remote.git"
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", path], check=True)
    workplace.team.git("remote", "add", "origin", str(path))
    workplace.team.git("push", "-q", "origin", "main")
    return GitRepository(path)


@pytest.fixture
def github(remote: GitRepository) -> Iterator[Forge]:
    yield from played(GitHub, remote)
