"""Writes files all together or not at all, one run at a time; knows files and bytes, nothing of models.

While a transaction is open, `apply.json` in the state folder says which files it changes, from
which bytes to which, and where the backup is: a run that was killed is undone from that.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from modelsync.disk import files
from modelsync.errors import DiskFault, Locked, ModelsyncError, PlanStale

JOURNAL = "apply.json"
_HOLDER = "holder.json"
_ROOM = 1 << 16  # bytes; git has to write small files too where it sets its part back


class FileEdit(msgspec.Struct, frozen=True):
    """One file's bytes before and after; None where there is no file."""

    path: Path
    before: bytes | None
    after: bytes | None


class Stored(msgspec.Struct, frozen=True):
    """One file of a run: its path under the root, its SHA-256 before and after; None: no file."""

    path: str
    before: str | None
    after: str | None


class _Entry(Stored, frozen=True):
    modified: int | None  # nanoseconds


class _Journal(msgspec.Struct, frozen=True):
    backup: str  # relative to the state folder
    files: tuple[_Entry, ...]


# ---------------------------------------------------------------------------- one run at a time


class Holder(msgspec.Struct, frozen=True):
    """Who has a lock: its process, and since when."""

    pid: int
    started: datetime

    @property
    def is_alive(self) -> bool:
        """Whether there is such a process, which may by now be another one."""
        try:
            os.kill(self.pid, 0)
        except PermissionError:
            return True
        except (OSError, OverflowError):
            return False
        return True


@contextmanager
def lock(state: Path, shared: Path | None = None, *, who: str = "run") -> Iterator[None]:
    """Hold the catalog for this run, and with a `shared` folder whatever else is locked there.

    Raises Locked, naming who has it; a dead holder holds nothing.
    """
    from filelock import FileLock, Timeout

    files.own_folder(state)
    folder = shared or state
    holder = folder / _HOLDER
    with files.disk_faults("locking the catalog", folder):
        folder.mkdir(exist_ok=True)
        try:
            held = FileLock(folder / "lock", timeout=0)
            held.acquire()
        except Timeout as error:
            raise _locked(folder, who) from error
        started = datetime.now(UTC).replace(microsecond=0)
        try:
            for folder in (state, *filter(Path.is_dir, state.iterdir())):
                files.sweep(folder)
            holder.write_bytes(msgspec.json.encode(Holder(os.getpid(), started)))
        except BaseException:
            held.release()
            raise
    try:
        yield
    finally:
        with suppress(OSError):
            holder.unlink()
        held.release()


def holder_of(folder: Path) -> Holder | None:
    """Who has the lock in a folder, by what it noted there; None where nobody has, or nobody knows yet.

    The lock is tried only where somebody noted that: else it would be in the way of who wants it just now.
    """
    from filelock import FileLock, Timeout

    holder = noted(folder)
    if not holder or not holder.is_alive:
        return None
    try:
        FileLock(folder / "lock", timeout=0).acquire().lock.release()
    except (Timeout, OSError):
        return holder
    return None  # who was killed, and whose number another process has now


def noted(folder: Path) -> Holder | None:
    """Who noted in a folder that they have the lock: they may be dead."""
    try:
        return msgspec.json.decode((folder / _HOLDER).read_bytes(), type=Holder)
    except (OSError, msgspec.MsgspecError):
        return None


def _locked(folder: Path, who: str) -> Locked:
    holder = noted(folder)
    known = f"process {holder.pid}, since {holder.started.isoformat()}" if holder else ""
    return Locked(
        f"another {who} is at work here: {known or 'a process that has just started or is just ending'}",
        where=str(folder),
        advice="Wait until it has ended, then run the command again.",
    )


# ---------------------------------------------------------------------------- write all or nothing


def write(edits: Sequence[FileEdit], *, root: Path, state: Path, backup: Path) -> tuple[str, ...]:
    """Write all files or none, as `transaction` does; returns what could not be kept of them."""
    with transaction(edits, root=root, state=state, backup=backup) as lost:
        return lost


@contextmanager
def transaction(
    edits: Sequence[FileEdit], *, root: Path, state: Path, backup: Path
) -> Iterator[tuple[str, ...]]:
    """Write the files, and keep them only if what is done inside the `with` succeeds too.

    Gives what could not be kept of the files: an owner, an extended attribute. The caller holds the
    lock, and `backup` has the bytes as they are. Raises PlanStale where a file is not as `before`
    says, DiskFault where the disk refuses, CatalogEditRefused where a file must not be replaced;
    after any error every file is as it was.
    """
    moving = (edit for edit in edits if edit.before != edit.after)
    edits = [msgspec.structs.replace(edit, path=files.locate(edit.path, root)) for edit in moving]
    _expect_before(edits)
    if not edits:
        yield ()
        return
    with files.disk_faults("reading", root):
        entries = {edit.path: _entry(edit, root) for edit in edits}
    written: list[_Entry] = []
    largest = max(len(edit.before or b"") for edit in edits)
    try:
        with files.room(state, largest + _ROOM):
            with files.disk_faults("writing the journal", state):
                journal = _Journal(os.path.relpath(backup, state), tuple(entries.values()))
                files.replace(state / JOURNAL, files.to_json(journal))
            yield _write_all(edits, lambda edit: written.append(entries[edit.path]))
            with files.disk_faults("closing the journal", state):
                files.remove(state / JOURNAL)
    except BaseException as error:
        _undo(written, error, root=root, state=state, backup=backup)
        raise


def _expect_before(edits: Sequence[FileEdit]) -> None:
    for edit in edits:
        with files.disk_faults("reading", edit.path):
            current = files.read(edit.path)
        if current != edit.before:
            raise PlanStale(
                "was changed since the plan was made", where=str(edit.path), advice="Run the command again."
            )


def _entry(edit: FileEdit, root: Path) -> _Entry:
    return _Entry(
        path=relative(edit.path, root),
        before=files.sha256(edit.before),
        after=files.sha256(edit.after),
        modified=None if edit.before is None else edit.path.stat().st_mtime_ns,
    )


def _write_all(edits: Sequence[FileEdit], announce: Callable[[FileEdit], None]) -> tuple[str, ...]:
    """Everything that needs room on the disk happens before the first file is replaced."""
    staged: list[files.Staged] = []
    try:
        for edit in edits:
            with files.disk_faults("writing", edit.path):
                staged.append(files.stage(edit.path, edit.after))
        for edit, new in zip(edits, staged, strict=True):
            with files.disk_faults("writing", edit.path):
                files.fsync(new)
        for edit, new in zip(edits, staged, strict=True):
            _expect_before([edit])
            announce(edit)
            with files.disk_faults("replacing", edit.path):
                files.swap(edit.path, new)
        with files.disk_faults("syncing", edits[0].path.parent):
            for folder in {edit.path.parent for edit in edits}:
                files.fsync_folder(folder)
    except BaseException:
        files.discard(staged)
        raise
    return tuple(line for new in staged for line in new.lost)


# ---------------------------------------------------------------------------- put back


def _undo(entries: Sequence[_Entry], error: BaseException, *, root: Path, state: Path, backup: Path) -> None:
    """Put back what this transaction replaced. What somebody (a hook, a person) made of a file
    since then is kept beside the backup, and the error says so."""
    try:
        for entry in entries:
            current = files.read(root / entry.path)
            if files.sha256(current) == entry.before:
                continue
            if current is not None and files.sha256(current) != entry.after:
                _keep(current, entry, error, backup)
            _put_back(entry, root, backup)
        if (state / JOURNAL).exists():
            files.remove(state / JOURNAL)
    except OSError as fault:
        raise DiskFault(
            f"putting the files back failed: {fault.strerror}",
            where=str(root),
            advice=f"Set this right, then run any modelsync command: it puts them back from {backup}.",
        ) from error


def _keep(current: bytes, entry: _Entry, error: BaseException, backup: Path) -> None:
    kept = backup / "found" / entry.path
    files.replace(kept, current)
    if isinstance(error, ModelsyncError):
        line = f"{entry.path} was changed meanwhile: that text is kept in {kept}"
        error.advice = f"{error.advice}\n{line}".lstrip()


def recover(
    state: Path, root: Path, settled: Callable[[Sequence[Path]], bool] = lambda paths: False
) -> tuple[str, ...]:
    """Undo what a killed run left half done, and say so; the caller holds the lock.

    Exactly the files whose bytes are the planned ones are put back from the backup: a file that
    somebody changed since then is left and named. `settled` may say that the new bytes are to stay
    because they are committed. Raises DiskFault where the backup is gone or damaged.
    """
    with files.disk_faults("recovering", state):
        text = files.read(state / JOURNAL)
        if text is None:
            return ()
        journal = files.from_json(text, _Journal, state / JOURNAL)
        lines = _recovered(journal, root, state / journal.backup, settled)
        for folder in {files.locate(root / entry.path, root).parent for entry in journal.files}:
            files.sweep(folder)
        files.remove(state / JOURNAL)
    return tuple(lines)


def _recovered(
    journal: _Journal, root: Path, backup: Path, settled: Callable[[Sequence[Path]], bool]
) -> list[str]:
    hashes = {entry.path: files.sha256(files.read(root / entry.path)) for entry in journal.files}
    if all(hashes[entry.path] == entry.after for entry in journal.files) and settled(
        [root / entry.path for entry in journal.files]
    ):
        return ["the last run was interrupted after its commit; nothing had to be undone"]
    lines = []
    for entry in journal.files:
        if hashes[entry.path] == entry.after:
            _put_back(entry, root, backup)
            lines.append(f"{entry.path}: put back, because the last run was interrupted")
        elif hashes[entry.path] != entry.before:
            lines.append(
                f"{entry.path}: left as it is, because it was changed after the last run was interrupted"
            )
    return lines or ["the last run was interrupted before it changed a file"]


def _put_back(entry: _Entry, root: Path, backup: Path) -> None:
    target = files.locate(root / entry.path, root)
    if entry.before is None:
        files.remove(target)
        return
    content = stored(backup, entry.path, entry.before)
    files.replace(target, content)
    if entry.modified is not None:
        os.utime(target, ns=(entry.modified, entry.modified))


# ---------------------------------------------------------------------------- in the backup


def relative(path: Path, root: Path) -> str:
    """The name of a file under `root` in journals and backups."""
    return str(path.relative_to(os.path.realpath(root)))


def stored(backup: Path, path: str, expected: str) -> bytes:
    """The bytes of a file in a backup. Raises DiskFault unless they have the expected SHA-256."""
    copy = backup / "files" / path
    content = files.read(copy)
    if content is not None and files.sha256(content) == expected:
        return content
    what = "is missing" if content is None else "is damaged: its SHA-256 is not the recorded one"
    raise DiskFault(f"the backup {what}", where=str(copy), advice="Take the file from git instead.")
