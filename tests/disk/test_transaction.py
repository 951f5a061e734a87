"""Promises of modelsync.disk.transaction and disk.files: all files or none, by real files and real faults."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType

import pytest

from killing import sweep
from modelsync.disk import backups, transaction
from modelsync.disk.transaction import FileEdit
from modelsync.errors import CatalogEditRefused, DiskFault, GitRefused, Locked, ModelsyncError, PlanStale
from thorough import STRIDE

NOW = datetime(2026, 1, 31, 8, 30, tzinfo=UTC)
OLD, NEW = b"gpt: 1  # why\n", b"gpt: 2  # why\n"


class Place:
    """A catalog of two files with the folders that a run needs."""

    def __init__(self, root: Path, *, made: bool = True) -> None:
        self.root = root
        self.state = root / ".modelsync"
        self.backups = root / "backups"
        self.first = root / "catalog/a.yaml"
        self.second = root / "catalog/b.yaml"
        if made:
            self.make()

    def make(self) -> None:
        self.first.parent.mkdir(parents=True)
        self.first.write_bytes(OLD)
        self.second.write_bytes(OLD)
        transaction.files.own_folder(self.state)

    def edits(self) -> list[FileEdit]:
        return [FileEdit(self.first, OLD, NEW), FileEdit(self.second, OLD, NEW)]

    def backup(self, edits: list[FileEdit]) -> Path:
        return backups.create(self.backups, edits, root=self.root, plan_json=b"{}", now=NOW)

    def write(self, edits: list[FileEdit]) -> tuple[str, ...]:
        return transaction.write(edits, root=self.root, state=self.state, backup=self.backup(edits))

    def fail(self, edits: list[FileEdit], fault: BaseException, meanwhile: bytes = NEW) -> None:
        """Write, see the new bytes, let somebody write others to the first file, then fail."""
        with transaction.transaction(edits, root=self.root, state=self.state, backup=self.backup(edits)):
            assert [edit.path.read_bytes() for edit in edits] == [edit.after for edit in edits]
            if meanwhile != NEW:
                edits[0].path.write_bytes(meanwhile)
            raise fault

    def recover(self) -> tuple[str, ...]:
        return transaction.recover(self.state, self.root)

    def contents(self) -> tuple[bytes, bytes]:
        return self.first.read_bytes(), self.second.read_bytes()

    def facts(self) -> dict[str, tuple[bytes, int, int]]:
        """Bytes, mode and modification time of everything but the backups and the lock."""
        return {
            str(path): (path.read_bytes(), path.stat().st_mode, path.stat().st_mtime_ns)
            for path in sorted(self.root.rglob("*"))
            if path.is_file() and self.backups not in path.parents
        }

    def strays(self) -> list[Path]:
        return [path for path in self.root.rglob(".modelsync-*") if path.name != ".modelsync"]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path / "team")


PREPARE = """
import sys
from pathlib import Path
from test_transaction import Place
from modelsync.disk import transaction
from modelsync.errors import DiskFault
place = Place(Path(sys.argv[1]), made=False)
edits = place.edits()
"""


def python(
    place: Place, program: str, *arguments: str, prefix: tuple[str, ...] = (), limit: int | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a program on the place in a process of its own, whose files can grow to `limit` bytes."""

    def small_files() -> None:
        if limit is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    return subprocess.run(
        [*prefix, sys.executable, "-B", "-c", PREPARE + program, place.root, *arguments],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=small_files,
    )


# ---------------------------------------------------------------------------- writing


def test_writes_every_file_and_leaves_nothing_beside(place: Place) -> None:
    assert place.write(place.edits()) == ()
    assert place.contents() == (NEW, NEW)
    assert place.strays() == []
    assert not (place.state / transaction.JOURNAL).exists()


def test_a_new_file_is_made_with_its_folder_and_the_usual_mode(place: Place) -> None:
    new = place.root / "catalog/more/new.yaml"
    place.write([FileEdit(new, None, NEW)])
    ordinary = place.root / "ordinary"
    ordinary.write_bytes(b"")
    assert (new.read_bytes(), new.stat().st_mode) == (NEW, ordinary.stat().st_mode)


def test_an_edit_that_changes_nothing_is_not_written(place: Place) -> None:
    before = place.facts()
    place.write([FileEdit(place.first, OLD, OLD)])
    assert place.facts() == before


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o755])
def test_the_mode_is_kept(place: Place, mode: int) -> None:
    place.first.chmod(mode)
    place.write(place.edits())
    assert place.first.stat().st_mode & 0o7777 == mode


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_the_owner_is_kept(place: Place) -> None:
    os.chown(place.first, 12345, 23456)
    place.write(place.edits())
    assert (place.first.stat().st_uid, place.first.stat().st_gid) == (12345, 23456)


def test_extended_attributes_are_kept(place: Place) -> None:
    try:
        os.setxattr(place.first, "user.why", b"because")
    except OSError as error:
        pytest.skip(f"this file system has no extended attributes: {error}")
    place.write(place.edits())
    assert os.getxattr(place.first, "user.why") == b"because"


@pytest.mark.fault("file system", "file names with spaces, line breaks, bytes that are no text")
@pytest.mark.parametrize(
    "name", ["with space", "new\nline", "-rf", os.fsdecode(b"latin-\xe9"), "x" * 255, "con", "é\u202e"]
)
def test_any_file_name_is_written_and_put_back(place: Place, name: str) -> None:
    odd = place.root / "catalog" / name
    odd.write_bytes(OLD)
    with pytest.raises(GitRefused):
        place.fail([FileEdit(odd, OLD, NEW)], GitRefused("a hook said no"))
    assert odd.read_bytes() == OLD
    place.write([FileEdit(odd, OLD, NEW)])
    assert odd.read_bytes() == NEW


# ---------------------------------------------------------------------------- what must not be replaced


def refused(place: Place, edits: list[FileEdit], kind: type[ModelsyncError], match: str) -> None:
    """Writing is refused and touches nothing."""
    with contextlib.suppress(ModelsyncError):
        place.backup(edits)
    before = place.facts()
    with pytest.raises(kind, match=match) as caught:
        transaction.write(edits, root=place.root, state=place.state, backup=place.backups / "none")
    assert caught.value.exit_code == 5
    assert place.facts() == before
    assert place.strays() == []


def test_a_symlink_inside_is_followed_and_kept(place: Place) -> None:
    link = place.root / "link.yaml"
    link.symlink_to("catalog/a.yaml")
    place.write([FileEdit(link, OLD, NEW)])
    assert link.is_symlink()
    assert place.first.read_bytes() == NEW


@pytest.mark.fault("file system", "a symlink that leads out, to nothing or to itself; a hard link; a pipe")
def test_a_symlink_that_leads_out_is_refused(place: Place, tmp_path: Path) -> None:
    outside = tmp_path / "outside.yaml"
    outside.write_bytes(OLD)
    (place.root / "link.yaml").symlink_to(outside)
    (place.root / "folder").symlink_to(tmp_path)
    refused(place, [FileEdit(place.root / "link.yaml", OLD, NEW)], CatalogEditRefused, "under")
    refused(place, [FileEdit(place.root / "folder/outside.yaml", OLD, NEW)], CatalogEditRefused, "under")
    refused(place, [FileEdit(place.root / "folder/new.yaml", None, NEW)], CatalogEditRefused, "under")
    assert outside.read_bytes() == OLD


@pytest.mark.fault("file system", "a symlink that leads out, to nothing or to itself; a hard link; a pipe")
@pytest.mark.parametrize(("goal", "said"), [("gone.yaml", "nothing"), ("link.yaml", "itself")])
def test_a_symlink_to_nothing_or_to_itself_is_refused(place: Place, goal: str, said: str) -> None:
    (place.root / "link.yaml").symlink_to(goal)
    refused(place, [FileEdit(place.root / "link.yaml", None, NEW)], CatalogEditRefused, said)


@pytest.mark.fault("file system", "a symlink that leads out, to nothing or to itself; a hard link; a pipe")
def test_a_hard_link_is_refused(place: Place) -> None:
    os.link(place.second, place.root / "other-name.yaml")
    refused(place, place.edits(), CatalogEditRefused, "hard link")


@pytest.mark.fault("file system", "a symlink that leads out, to nothing or to itself; a hard link; a pipe")
@pytest.mark.parametrize("folder", [".git", ".GIT", ".Git"])
def test_gits_own_folder_is_refused(place: Place, folder: str) -> None:
    hook = place.root / folder / "hooks/pre-commit"
    hook.parent.mkdir(parents=True)
    (place.root / "link.yaml").symlink_to(hook)
    hook.write_bytes(OLD)
    refused(place, [FileEdit(place.root / "link.yaml", OLD, NEW)], CatalogEditRefused, "no catalog file")


@pytest.mark.fault("file system", "a symlink that leads out, to nothing or to itself; a hard link; a pipe")
def test_a_folder_or_a_pipe_is_refused(place: Place) -> None:
    os.mkfifo(place.root / "pipe.yaml")
    for path in (place.root / "catalog", place.root / "pipe.yaml"):
        refused(place, [FileEdit(path, OLD, NEW)], CatalogEditRefused, "regular file")


@pytest.mark.fault("file system", "a read-only file, folder or file system")
def test_a_read_only_file_is_refused(place: Place) -> None:
    place.second.chmod(0o444)
    refused(place, place.edits(), DiskFault, "read-only")


@pytest.mark.fault("file system", "a file that somebody saves during the run")
@pytest.mark.parametrize("found", [b"gpt: 1  # my edit\n", None])
def test_a_file_that_changed_since_the_plan_is_left(place: Place, found: bytes | None) -> None:
    edits = place.edits()
    if found is None:
        place.second.unlink()
    else:
        place.second.write_bytes(found)
    refused(place, edits, PlanStale, r"b\.yaml: was changed")


@pytest.mark.fault("file system", "a file that somebody saves during the run")
def test_a_file_that_is_saved_while_the_others_are_written_is_left(place: Place) -> None:
    edits = place.edits()
    backup = place.backup(edits)
    replacements = 0

    def save(frame: FrameType, event: str, called: object) -> None:
        nonlocal replacements
        replacements += event == "c_call" and called is os.replace
        if replacements == 2:  # the journal's, then the first file's
            sys.setprofile(None)
            place.second.write_bytes(b"mine\n")

    sys.setprofile(save)
    with pytest.raises(PlanStale, match=r"b\.yaml"):
        transaction.write(edits, root=place.root, state=place.state, backup=backup)
    assert place.contents() == (OLD, b"mine\n")
    assert place.strays() == []


@pytest.mark.fault("file system", "a file that somebody saves during the run")
def test_a_new_file_that_somebody_made_meanwhile_is_left(place: Place) -> None:
    refused(place, [FileEdit(place.first, None, NEW)], PlanStale, "was changed")


# ---------------------------------------------------------------------------- faults after the writing


@pytest.mark.fault("git", "what fails after the files were written")
@pytest.mark.parametrize(
    "fault", [GitRefused("hook"), KeyboardInterrupt(), SystemExit(143), OSError(errno.EIO, "x")]
)
def test_what_fails_after_the_writing_puts_every_file_back(place: Place, fault: BaseException) -> None:
    new = place.root / "catalog/new.yaml"
    before = place.facts()
    with pytest.raises(type(fault)):
        place.fail([*place.edits(), FileEdit(new, None, NEW)], fault)
    assert place.facts() == before


@pytest.mark.fault("git", "what fails after the files were written")
def test_what_a_hook_made_of_a_file_is_kept_beside_the_backup(place: Place) -> None:
    with pytest.raises(GitRefused, match=r"a\.yaml was changed meanwhile") as caught:
        place.fail(place.edits(), GitRefused("the hook reformatted the file"), meanwhile=b"reformatted\n")
    assert place.contents() == (OLD, OLD)
    (kept,) = place.backups.glob("*/found/catalog/a.yaml")
    assert kept.read_bytes() == b"reformatted\n"
    assert str(kept) in str(caught.value)


# ---------------------------------------------------------------------------- recovery


INTERRUPTED_RUN = """
import os, signal
with transaction.transaction(edits, root=place.root, state=place.state, backup=place.backup(edits)):
    for edit in edits[int(sys.argv[2]):]:
        edit.path.write_bytes(edit.before)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def interrupted(place: Place, *, after: int) -> Path:
    """A run that was killed when it had replaced that many files; its backup."""
    run = python(place, INTERRUPTED_RUN, str(after))
    assert run.returncode == -signal.SIGKILL, run.stderr
    (backup,) = place.backups.glob("2*")
    return backup


@pytest.mark.fault("interruption", "writing is killed at any call to the system that Python makes")
def test_a_run_killed_at_any_call_leaves_all_old_or_all_new(
    record_property: Callable[[str, object], None],
) -> None:
    survived = sweep("files")
    record_property("faults", survived)
    assert survived > 100 // STRIDE


@pytest.mark.fault("interruption", "any command after a kill")
@pytest.mark.parametrize("after", [0, 1, 2])
def test_a_killed_run_is_undone_and_said_so(place: Place, after: int) -> None:
    interrupted(place, after=after)
    lines = place.recover()
    assert place.contents() == (OLD, OLD)
    assert len([line for line in lines if "put back" in line]) == after
    assert lines
    assert place.recover() == ()


@pytest.mark.fault("interruption", "an edit by a person after the kill")
def test_what_a_person_changed_since_the_kill_is_left_and_named(place: Place) -> None:
    interrupted(place, after=2)
    place.second.write_bytes(b"mine\n")
    lines = place.recover()
    assert place.contents() == (OLD, b"mine\n")
    assert any("catalog/b.yaml: left as it is" in line for line in lines)


@pytest.mark.fault("interruption", "any command after a kill")
def test_a_run_killed_after_its_commit_is_not_undone(place: Place) -> None:
    interrupted(place, after=2)
    lines = transaction.recover(place.state, place.root, settled=lambda paths: True)
    assert place.contents() == (NEW, NEW)
    assert "after its commit" in lines[0]
    assert place.recover() == ()


def test_half_written_files_are_undone_even_if_a_commit_is_claimed(place: Place) -> None:
    interrupted(place, after=1)
    transaction.recover(place.state, place.root, settled=lambda paths: True)
    assert place.contents() == (OLD, OLD)


@pytest.mark.fault("file system", "a backup that is damaged or missing")
@pytest.mark.parametrize("damage", ["gone", "changed"])
def test_recovery_without_a_sound_backup_is_refused_and_changes_nothing(place: Place, damage: str) -> None:
    stored = interrupted(place, after=2) / "files/catalog/a.yaml"
    if damage == "gone":
        stored.unlink()
    else:
        stored.write_bytes(b"gpt: 3\n")
    with pytest.raises(DiskFault, match=r"the backup is (missing|damaged)"):
        place.recover()
    assert place.contents() == (NEW, NEW)
    assert (place.state / transaction.JOURNAL).exists()


@pytest.mark.fault("file system", "a journal or backup that leads out of the repository")
@pytest.mark.parametrize("text", ["", "{", "[]", '{"backup": 1, "files": []}'])
def test_a_journal_that_cannot_be_read_is_one_clear_line(place: Place, text: str) -> None:
    (place.state / transaction.JOURNAL).write_text(text)
    with pytest.raises(DiskFault, match=r"apply\.json: cannot be read"):
        place.recover()


@pytest.mark.fault("file system", "a journal or backup that leads out of the repository")
def test_a_journal_never_leads_out_of_the_repository(place: Place, tmp_path: Path) -> None:
    interrupted(place, after=2)
    outside = tmp_path / "outside"
    outside.write_bytes(NEW)
    journal = json.loads((place.state / transaction.JOURNAL).read_text())
    journal["files"][0]["path"] = "../outside"
    (place.state / transaction.JOURNAL).write_text(json.dumps(journal))
    with pytest.raises(CatalogEditRefused):
        place.recover()
    assert outside.read_bytes() == NEW


def test_a_moved_repository_is_still_recovered(place: Place, tmp_path: Path) -> None:
    interrupted(place, after=2)
    place.root.rename(tmp_path / "moved")
    transaction.recover(tmp_path / "moved/.modelsync", tmp_path / "moved")
    assert (tmp_path / "moved/catalog/a.yaml").read_bytes() == OLD


# ---------------------------------------------------------------------------- real faults of the disk

FAULTY_RUN = """
try:
    place.write(edits)
except DiskFault as fault:
    print(fault)
    sys.exit(fault.exit_code)
"""


def faulty_run(place: Place, *prefix: str, limit: int | None = None) -> subprocess.CompletedProcess[str]:
    """A whole backup and write in a process of its own, which something outside makes fail."""
    return python(place, FAULTY_RUN, prefix=prefix, limit=limit)


def can_trace() -> bool:
    if not shutil.which("strace"):
        return False
    return not subprocess.run(
        ["strace", "-o", os.devnull, "true"], capture_output=True, check=False
    ).returncode


def untouched_by(place: Place, *prefix: str, limit: int | None = None) -> bool:
    """Whether the fault struck; then nothing is changed, and the message says why and what to do."""
    before = place.facts()
    run = faulty_run(place, *prefix, limit=limit)
    if run.returncode == 0:
        with transaction.lock(place.state):
            assert place.strays() == []
        assert place.contents() == (NEW, NEW)
        return False
    assert place.strays() == []
    assert run.returncode == 5, run.stdout + run.stderr
    assert place.facts() == before
    assert re.search(r"failed: [A-Z].*\n  [A-Z]", run.stdout), run.stdout
    return True


@pytest.mark.fault("file system", "any sync, rename or removal that fails while files are replaced")
@pytest.mark.skipif(not can_trace(), reason="strace is not installed, or may not trace here")
@pytest.mark.parametrize(("call", "error"), [("fsync", "EIO"), ("rename", "ENOSPC"), ("unlink", "EIO")])
def test_whichever_call_the_disk_fails_nothing_is_changed(
    place: Place, call: str, error: str, record_property: Callable[[str, object], None]
) -> None:
    number = 1
    strace = ("strace", "-o", os.devnull, f"--trace={call}")
    while untouched_by(place, *strace, f"--inject={call}:error={error}:when={number}"):
        number += STRIDE
    record_property("faults", number // STRIDE)
    assert number > {"fsync": 12, "rename": 6, "unlink": 1}[call]


@pytest.mark.skipif(not can_trace(), reason="strace is not installed, or may not trace here")
def test_what_was_replaced_is_on_the_disk_before_the_journal_goes(place: Place, tmp_path: Path) -> None:
    log = tmp_path / "calls"
    calls = "fsync,rename,renameat,renameat2,unlink,unlinkat"
    run = faulty_run(place, "strace", "-y", "-o", str(log), f"--trace={calls}")
    assert run.returncode == 0, run.stdout + run.stderr
    text = log.read_text()
    renamed, gone = text.rindex(f'"{place.second}"'), text.rindex(f'{place.state / transaction.JOURNAL}"')
    assert renamed < gone
    assert re.search(rf"^fsync\(\d+<{re.escape(str(place.first.parent))}>\)", text[renamed:gone], re.M)


@pytest.mark.fault("file system", "a disk that stays broken")
@pytest.mark.skipif(not can_trace(), reason="strace is not installed, or may not trace here")
def test_a_disk_that_stays_broken_leaves_what_the_next_command_repairs(place: Place) -> None:
    strace = ("strace", "-o", os.devnull, "--trace=rename")
    run = faulty_run(place, *strace, "--inject=rename:error=EIO:when=9+")
    assert run.returncode == 5
    assert "putting the files back failed" in run.stdout
    assert place.contents() == (NEW, OLD)
    assert len(place.recover()) == 1
    assert place.contents() == (OLD, OLD)
    assert place.strays() == []


@pytest.mark.fault("file system", "a file that may not grow")
def test_a_file_that_would_grow_past_the_limit_changes_nothing(place: Place) -> None:
    assert untouched_by(place, limit=5)


@contextlib.contextmanager
def mounted(folder: Path, *options: str) -> Iterator[None]:
    folder.mkdir(exist_ok=True)
    made = subprocess.run(
        ["mount", "-t", "tmpfs", *options, "none", folder], capture_output=True, check=False
    )
    if made.returncode:
        pytest.skip(f"cannot mount a file system here: {made.stderr.decode().strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


@pytest.mark.fault("file system", "a full disk, page by page")
def test_on_a_full_disk_nothing_is_changed(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    with mounted(tmp_path / "disk", "-o", "size=256k"):
        left = 0
        while full_disk_changes_nothing(tmp_path / "disk", left):
            shutil.rmtree(tmp_path / "disk/team")
            left += 1
        record_property("faults", left)
        assert left > 4


def full_disk_changes_nothing(disk: Path, pages_left: int) -> bool:
    """Whether the disk was too full, in which case nothing may be changed."""
    (disk / "ballast").unlink(missing_ok=True)
    place = Place(disk / "team")
    fill(disk, pages_left)
    before = place.facts()
    with contextlib.suppress(DiskFault):
        place.write(place.edits())
        return False
    assert place.facts() == before
    assert place.strays() == []
    return True


def fill(disk: Path, pages_left: int) -> None:
    """Leave only so many pages of 4 KiB free."""
    free = os.statvfs(disk)
    (disk / "ballast").write_bytes(b"x" * (free.f_bfree - pages_left) * free.f_bsize)


@pytest.mark.fault("file system", "a read-only file, folder or file system")
def test_a_read_only_file_system_is_refused(tmp_path: Path) -> None:
    with mounted(tmp_path / "disk"):
        place = Place(tmp_path / "disk/team")
        edits, before = place.edits(), place.facts()
        backup = place.backup(edits)
        subprocess.run(["mount", "-o", "remount,ro", tmp_path / "disk"], check=True)
        with pytest.raises(DiskFault, match="read-only"):
            transaction.write(edits, root=place.root, state=place.state, backup=backup)
        with pytest.raises(DiskFault, match="Read-only"):
            backups.create(place.backups, edits, root=place.root, plan_json=b"{}", now=NOW)
        with pytest.raises(DiskFault, match="Read-only"), transaction.lock(place.state):
            pytest.fail("locked a read-only file system")
        assert place.facts() == before


# ---------------------------------------------------------------------------- what one may not do

NOBODY = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")


@pytest.fixture
def nobodys() -> Iterator[Place]:
    """A place that belongs to a user who is not root, and who may go there."""
    if os.geteuid() != 0 or not shutil.which("setpriv"):
        pytest.skip("only root can be somebody else")
    if subprocess.run([*NOBODY, sys.executable, "-c", ""], check=False, capture_output=True).returncode:
        pytest.skip("the interpreter lies where nobody else may go")
    with tempfile.TemporaryDirectory() as folder:
        place = Place(Path(folder) / "team")
        for path in (Path(folder), *Path(folder).rglob("*")):
            os.chown(path, 65534, 65534)
        yield place


@pytest.mark.fault("file system", "a read-only file, folder or file system")
def test_a_read_only_folder_is_refused_by_name(nobodys: Place) -> None:
    folder = nobodys.first.parent
    folder.chmod(0o555)
    before = nobodys.facts()
    run = faulty_run(nobodys, *NOBODY)
    assert (run.returncode, run.stdout) == (5, f"{folder}: the folder is read-only\n  Make it writable.\n")
    assert nobodys.facts() == before


@pytest.mark.fault("file system", "an owner that cannot be kept")
def test_an_owner_that_cannot_be_kept_is_told(nobodys: Place) -> None:
    os.chown(nobodys.first, 0, 0)
    nobodys.first.chmod(0o666)
    run = python(nobodys, "print(*place.write(edits), sep='\\n')", prefix=NOBODY)
    assert run.stdout == f"{nobodys.first}: the owner could not be kept\n"
    assert nobodys.contents() == (NEW, NEW)


# ---------------------------------------------------------------------------- one run at a time

HOLDER = """
import sys, time
from pathlib import Path
from modelsync.disk import transaction
with transaction.lock(Path(sys.argv[1])):
    print("locked", flush=True)
    sys.stdin.read()
"""


@contextlib.contextmanager
def holder(state: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the lock until its input ends."""
    command = [sys.executable, "-B", "-c", HOLDER, state]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == "locked\n"
        yield process


@pytest.mark.fault("interruption", "two runs at once")
def test_a_second_run_is_told_who_holds_the_lock(place: Place) -> None:
    with holder(place.state) as process:
        expected = rf"process {process.pid}, since 20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00"
        with pytest.raises(Locked, match=expected) as caught, transaction.lock(place.state):
            pytest.fail("locked twice")
        assert caught.value.exit_code == 5
    with transaction.lock(place.state):
        pass


@pytest.mark.fault("interruption", "a holder of the lock that was killed")
def test_a_holder_that_was_killed_holds_nothing(place: Place) -> None:
    with holder(place.state) as process:
        process.kill()
        process.wait()
        with transaction.lock(place.state):
            assert json.loads((place.state / "holder.json").read_text())["pid"] == os.getpid()


def test_the_lock_is_let_go_when_the_run_fails(place: Place) -> None:
    with pytest.raises(GitRefused), transaction.lock(place.state):
        raise GitRefused("something")
    with transaction.lock(place.state):
        pass


def test_what_a_killed_run_left_unfinished_is_gone_once_the_next_has_the_lock(place: Place) -> None:
    (place.state / ".modelsync-0123.tmp").write_bytes(b"half a jour")
    (place.state / "schema").mkdir()
    (place.state / "schema/.modelsync-4567.tmp").write_bytes(b"half a sch")
    (place.state / "mine.tmp").write_bytes(b"mine")
    with transaction.lock(place.state):
        assert place.strays() == []
        assert (place.state / "mine.tmp").exists()


def test_the_state_folder_is_ignored_by_git_and_a_persons_gitignore_stays(tmp_path: Path) -> None:
    with transaction.lock(tmp_path / "one/.modelsync"):
        assert (tmp_path / "one/.modelsync/.gitignore").read_text() == "*\n"
    (tmp_path / "one/.modelsync/.gitignore").write_text("mine\n")
    with transaction.lock(tmp_path / "one/.modelsync"):
        assert (tmp_path / "one/.modelsync/.gitignore").read_text() == "mine\n"


def test_a_file_where_the_state_folder_should_be_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / ".modelsync").write_text("")
    with pytest.raises(DiskFault, match="File exists"), transaction.lock(tmp_path / ".modelsync"):
        pytest.fail("locked a file")
