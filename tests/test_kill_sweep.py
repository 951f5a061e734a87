"""A whole sync is stopped at every call by which it, or a git of its own, writes: nothing torn, nothing lost.

`FAULTS=full` strikes at every one of these calls; without it a few are taken that lie far apart.
"""

from __future__ import annotations

import base64
import os
import re
import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cached_property, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple
from urllib.parse import quote

import pytest
from test_transaction import can_trace, fill, mounted

from fault_server import FaultServer
from modelsync.disk import backups
from thorough import FULL
from workplace import BRANCH, Ran, Workplace, row, rows

pytestmark = pytest.mark.skipif(not can_trace(), reason="strace is not installed, or may not trace here")

CALLS = (
    *("write", "pwrite64", "ftruncate", "fsync", "fdatasync", "mkdir", "mkdirat", "rmdir"),
    *("rename", "renameat", "renameat2", "link", "linkat", "unlink", "unlinkat"),
)
TRACED = ",".join(f"?{call}" for call in CALLS)  # not every machine has all of them
KEY = "sk-canary/1+2=3&4"
DATES = ("SOURCE_DATE_EPOCH", "GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE")
ENVIRONMENT = {
    "OPENROUTER_API_KEY": KEY,
    **dict.fromkeys(DATES, "1769848200"),  # git names its files by content: the same calls in each run
}
FILES = ("catalog/providers/openai.yaml", "catalog/providers/anthropic.yaml")
OTHER_WORK = {"staged.txt": "A ", "untracked.txt": "??"}
TESTS = Path(__file__).parent
GIT = f"""#!/bin/sh
command=$(printf '%s ' "$@" | cksum | cut -d ' ' -f 1)
time=1  # some run at the same time: whoever makes the folder has it
until mkdir "$STRIKES/$command-$time" 2>/dev/null; do time=$((time + 1)); done
if [ -z "$AT_GIT" ]; then
    exec strace -o "$STRIKES/$command-$time/calls" --trace={TRACED} {shutil.which("git")} "$@"
fi
[ "$command-$time" = "$AT_GIT" ] || exec {shutil.which("git")} "$@"
strace -o /dev/null --trace={TRACED} --inject="$FAULT" {shutil.which("git")} "$@" && exit
status=$?
[ -z "$WITH_THE_RUN" ] || kill -9 $PPID
exit $status
"""


class Point(NamedTuple):
    """One call of one process: of the run itself, or of a git."""

    git: str  # its arguments as a number, and for which time it is run with them; empty: the run itself
    call: str
    time: int  # it is made for this time, from 1

    def fault(self, what: str) -> str:
        return f"{self.call}:{what}:when={self.time}"


class Place:
    """A repository whose next sync changes two files and commits them, beside work of a person's."""

    def __init__(self, folder: Path, server: FaultServer) -> None:
        self.folder = folder
        self.server = server
        self.made = Workplace.make(folder / "made", server)
        self.made.lists(*rows(o3="3", claude_opus_5="6"), row("openai/o5", "1", "2"))
        for name in OTHER_WORK:
            self.made.team.write(name, b"mine\n")
        self.made.team.git("add", "staged.txt")
        self.old = self.contents(self.made)
        done = self.copied()
        assert done.run("sync").code == 0
        self.new = self.contents(done)
        self.base = self.made.team.git("rev-parse", "HEAD")

    def copied(self, name: str = "team", of: Workplace | None = None) -> Workplace:
        """A copy of a repository, in which something is about to be struck."""
        path = self.folder / name
        shutil.rmtree(path, ignore_errors=True)
        shutil.copytree((of or self.made).path, path, symlinks=True)
        return Workplace(type(self.made.team)(path), self.server, ENVIRONMENT)

    @staticmethod
    def contents(place: Workplace) -> list[bytes]:
        return [(place.path / name).read_bytes() for name in FILES]

    def is_old(self, place: Workplace) -> bool:
        """Whether all is as before the run."""
        git = place.team.git
        return (
            self.contents(place) == self.old
            and git("symbolic-ref", "--short", "HEAD") == "main"
            and not git("branch", "--list", BRANCH)
            and status(place) == OTHER_WORK
        )

    def is_new(self, place: Workplace) -> bool:
        """Whether the whole job is done: one commit, of these files, on the review branch."""
        git = place.team.git
        return (
            self.contents(place) == self.new
            and git("symbolic-ref", "--short", "HEAD") == BRANCH
            and git("log", "-1", "--format=%P") == self.base == git("rev-parse", "main")
            and sorted(git("diff", "--name-only", "HEAD~1", "HEAD").splitlines()) == sorted(FILES)
            and status(place) == OTHER_WORK
        )

    def is_torn(self, place: Workplace) -> bool:
        """Whether a file is neither as before nor as planned, or git's own files are damaged."""
        either = zip(self.contents(place), self.old, self.new, strict=True)
        place.team.git("fsck", "--strict")
        return any(now not in (old, new) for now, old, new in either)

    @cached_property
    def points(self) -> list[Point]:
        """Every call that a sync which nothing strikes makes in order to write."""
        logs = self.strikes()
        prefix = ["strace", "-o", str(logs / "calls"), f"--trace={TRACED}"]
        assert sync(self.copied(), prefix, self.through_git()).code == 0
        found = []
        for log in (logs / "calls", *sorted(logs.glob("*/calls"))):
            git, made = "" if log.parent == logs else log.parent.name, Counter[str]()
            for call in re.findall(r"^(\w+)\(", log.read_text(), re.M):
                made[call] += 1
                found.append(Point(git, call, made[call]))
        return found

    def strikes(self) -> Path:
        """An empty folder with a git that notes each of its runs there, and may be struck."""
        folder = self.folder / "strikes"
        shutil.rmtree(folder, ignore_errors=True)
        (folder / "bin").mkdir(parents=True)
        (folder / "bin/git").write_text(GIT)
        (folder / "bin/git").chmod(0o755)
        return folder

    def through_git(self, **more: str) -> dict[str, str]:
        folder = self.folder / "strikes"
        return {"PATH": f"{folder}/bin:{os.environ['PATH']}", "STRIKES": str(folder), **more}

    def struck(self, team: Workplace, point: Point, what: str, *, with_the_run: bool = False) -> Ran:
        """A sync to which this is done at this point."""
        self.strikes()
        fault = point.fault(what)
        if not point.git:
            return sync(team, ["strace", "-o", os.devnull, f"--trace={point.call}", f"--inject={fault}"], {})
        with_the = {"WITH_THE_RUN": "1"} if with_the_run else {}
        return sync(team, [], self.through_git(AT_GIT=point.git, FAULT=fault, **with_the))


def status(place: Workplace) -> dict[str, str]:
    lines = place.team.git("status", "--porcelain", "--untracked-files=all").splitlines()
    return {line[3:]: line[:2] for line in lines}


@pytest.fixture(scope="module")
def place() -> Iterator[Place]:
    with TemporaryDirectory() as folder, FaultServer() as server:
        yield Place(Path(folder), server)


def sync(team: Workplace, prefix: list[str], environment: dict[str, str]) -> Ran:
    answer = subprocess.run(
        [*prefix, sys.executable, "-B", "-m", "modelsync", "sync"],
        cwd=team.path,
        env={**os.environ, **team.environment, "PYTHONPATH": os.pathsep.join(sys.path), **environment},
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),  # in the background it is ignored
    )
    return Ran(answer.returncode, answer.stdout, answer.stderr)


def chosen(points: list[Point], few: int) -> list[Point]:
    """All of them in a full sweep, else a few that lie far apart."""
    return points if FULL else points[len(points) // few // 2 :: len(points) // few]


@pytest.fixture
def of_the_run(place: Place) -> list[Point]:
    return [point for point in place.points if not point.git]


@pytest.fixture
def of_git(place: Place) -> list[Point]:
    return [point for point in place.points if point.git]


def expect_nothing_lost(place: Place, team: Workplace, point: Point, ran: Ran) -> None:
    """What is whole is whole, a person's edit stays, and the next command says what it undid and goes on."""
    assert not place.is_torn(team), point
    half_done = (
        place.contents(team) != place.old or team.team.git("symbolic-ref", "HEAD") != "refs/heads/main"
    )
    half_done = half_done and not place.is_new(team)
    expect_an_edit_stays(place, team, point)
    said = finished(team)
    assert place.is_new(team), (point, said)
    assert "interrupted" in said or ".lock" in said or not half_done, (point, said)
    backups.create(team.path / "backups", [], root=team.path, plan_json=b"{}", now=datetime.now(UTC))
    strays = [path for path in team.path.rglob(".modelsync-*") if path.name != ".modelsync"]
    assert not strays, (point, strays)
    expect_no_secret(team, point, ran.out, ran.err, said)


def expect_no_secret(team: Workplace, point: Point, *texts: str) -> None:
    """The key is in nothing that was said, stored or committed."""
    found = [text.encode() for text in (*texts, team.team.git("log", "--all", "--format=%B"))]
    for folder in (".modelsync", "backups", "catalog"):
        found += [path.read_bytes() for path in (team.path / folder).rglob("*") if path.is_file()]
    for form in (KEY.encode(), quote(KEY, safe="").encode(), base64.b64encode(KEY.encode()).rstrip(b"=")):
        assert not any(form in text for text in found), (point, form)


def expect_an_edit_stays(place: Place, team: Workplace, point: Point) -> None:
    edited = place.copied("edited", team)
    with (edited.path / FILES[1]).open("ab") as file:
        file.write(b"# mine\n")
    mine = (edited.path / FILES[1]).read_bytes()
    for command in ("check", "sync"):
        edited.run(command)
        assert (edited.path / FILES[1]).read_bytes() == mine, point
        assert (edited.path / FILES[0]).read_bytes() in (place.old[0], place.new[0]), point


def finished(team: Workplace) -> str:
    """Sync until it is done, as a person would who removes the lock files that git names; what was said."""
    said = ""
    while (ran := team.run("sync")).code == 6:
        said += ran.err
        locks = [path for path in team.path.rglob(".git/**/*.lock") if str(path) in ran.err]
        assert locks, ran.err
        for lock in locks:
            lock.unlink()
    assert ran.code == 0, ran.err
    return said + ran.out + ran.err


@pytest.mark.fault("secrets", "keys, while a run is killed")
@pytest.mark.fault("interruption", "the run is killed at any call by which it writes")
def test_a_killed_run_is_finished_by_the_next(
    place: Place, of_the_run: list[Point], record_property: Callable[[str, object], None]
) -> None:
    points = chosen(of_the_run, 5)
    for point in points:
        team = place.copied()
        ran = place.struck(team, point, "signal=KILL")
        assert ran.code == -signal.SIGKILL, point
        expect_nothing_lost(place, team, point, ran)
    record_property("faults", len(points))


@pytest.mark.fault("interruption", "the run and its git are killed at any call by which git writes")
def test_a_run_killed_with_its_git_is_finished_by_the_next(
    place: Place, of_git: list[Point], record_property: Callable[[str, object], None]
) -> None:
    points = chosen(of_git, 3)
    for point in points:
        team = place.copied()
        ran = place.struck(team, point, "signal=KILL", with_the_run=True)
        assert ran.code == -signal.SIGKILL, point
        expect_nothing_lost(place, team, point, ran)
    record_property("faults", len(points))


@pytest.mark.fault("secrets", "keys, while git fails")
@pytest.mark.fault("interruption", "git alone is killed at any call by which it writes")
def test_a_run_whose_git_was_killed_ends_in_one_message_and_loses_nothing(
    place: Place, of_git: list[Point], record_property: Callable[[str, object], None]
) -> None:
    points = chosen(of_git, 3)
    for point in points:
        team = place.copied()
        ran = place.struck(team, point, "signal=KILL")
        assert (ran.code, ran.out) == (6, "") or place.is_new(team), (point, ran)
        assert "Traceback" not in ran.err, point
        expect_nothing_lost(place, team, point, ran)
    record_property("faults", len(points))


STOPS = {"TERM": (143, "terminated"), "INT": (130, "interrupted")}


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(
            name, marks=pytest.mark.fault("interruption", f"SIG{name} at any call by which the run writes")
        )
        for name in STOPS
    ],
)
def test_a_run_that_is_told_to_end_leaves_nothing_half_done(
    place: Place, of_the_run: list[Point], name: str, record_property: Callable[[str, object], None]
) -> None:
    points, (code, word), codes = chosen(of_the_run, 2), STOPS[name], Counter[int]()
    for point in points:
        team = place.copied()
        ran = place.struck(team, point, f"signal={name}")
        codes[ran.code] += 1
        assert ran.code == 0 or ran.err == f"modelsync: {word}; nothing is left half done\n", (point, ran)
        assert place.is_new(team) if ran.code == 0 else place.is_old(team) or place.is_new(team), (point, ran)
        expect_nothing_lost(place, team, point, ran)
    record_property("faults", len(points))
    assert codes.keys() <= {0, code}
    assert codes[code] >= len(points) - 2, "the last of its calls come when all is done"


@pytest.mark.fault("secrets", "keys, while the disk fails")
@pytest.mark.parametrize(
    "error",
    [
        pytest.param(
            "EIO", marks=pytest.mark.fault("file system", "an I/O error at any call by which the run writes")
        ),
        pytest.param(
            "ENOSPC",
            marks=pytest.mark.fault("file system", "a full disk at any call by which the run writes"),
        ),
    ],
)
def test_a_disk_that_fails_stops_the_run_and_changes_nothing(
    place: Place, of_the_run: list[Point], error: str, record_property: Callable[[str, object], None]
) -> None:
    points = chosen(of_the_run, 2)
    for point in points:
        team = place.copied()
        ran = place.struck(team, point, f"error={error}")
        assert ran.code in (0, 5), (point, ran)
        assert place.is_new(team) if ran.code == 0 else place.is_old(team) or place.is_new(team), (point, ran)
        assert ran.code == 0 or re.match(r"modelsync: .*\n(  .*\n)*\Z", ran.err), (point, ran)
        expect_nothing_lost(place, team, point, ran)
    record_property("faults", len(points))


@pytest.mark.fault("file system", "a disk with too little room for the whole run, page by page")
def test_a_run_without_room_changes_nothing(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    pages, struck = 0, 0
    with mounted(tmp_path / "disk", "-o", "size=16m"), FaultServer() as server:
        place = Place(tmp_path / "disk", server)
        while True:
            team = place.copied()
            fill(tmp_path / "disk", pages)
            ran = team.run("sync")
            (tmp_path / "disk/ballast").unlink()
            if ran.code == 0:
                break
            assert ran.code in (5, 6), ran
            assert place.is_old(team), ran
            expect_nothing_lost(place, team, Point(0, "write", pages), ran)
            struck += 1
            pages += 1 if FULL else 11
    record_property("faults", struck)
    assert struck > 3
