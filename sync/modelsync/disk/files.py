"""One file at a time: where it may lie, and how it is replaced whole or not at all. Knows nothing of runs."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import secrets
import shutil
import stat
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import msgspec

from modelsync.errors import CatalogEditRefused, DiskFault

TEMPORARY = ".modelsync-*.tmp"

_T = TypeVar("_T")


@contextmanager
def disk_faults(doing: str, where: Path) -> Iterator[None]:
    """Turns what the operating system refuses into a DiskFault that says what was being done."""
    try:
        yield
    except OSError as error:
        what = f"{doing} failed: {error.strerror or error}"
        advice = "Set this right, then run the command again."
        raise DiskFault(what, where=str(where), advice=advice) from error


def sha256(content: bytes | None) -> str | None:
    """The SHA-256 of a file's bytes in hexadecimal; None for a file that is not there."""
    return None if content is None else hashlib.sha256(content).hexdigest()


def read(path: Path) -> bytes | None:
    """A file's bytes; None where there is no file."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def locate(path: Path, root: Path) -> Path:
    """The real file to replace: symlinks followed, under `root`, a writable regular file or none yet.

    Raises CatalogEditRefused where replacing it would break something (a symlink that leads out of
    `root`, to nothing or to itself; a hard link, whose other names would keep the old bytes), and
    DiskFault where it, or its folder, is read-only.
    """
    with disk_faults("looking at the file", path):
        real, top = _follow(path), Path(os.path.realpath(root))
        depth = len(top.parts)
        below = map(str.lower, real.parts[depth:])  # many disks take `.GIT` for `.git`
        if real.parts[:depth] != top.parts or ".git" in below:
            what = f"leads to {real}, which is no catalog file under {top}"
            raise CatalogEditRefused(what, where=str(path))
        if real.exists():
            _expect_plain(real, path)
        if real.parent.is_dir() and not os.access(real.parent, os.W_OK | os.X_OK):
            raise DiskFault("the folder is read-only", where=str(real.parent), advice="Make it writable.")
        return real


def _follow(path: Path) -> Path:
    if not os.path.lexists(path):
        return Path(os.path.realpath(path.parent)) / path.name
    try:
        return Path(os.path.realpath(path, strict=True))
    except OSError as error:
        goals = {errno.ELOOP: "itself", errno.ENOENT: "nothing"}
        if error.errno not in goals:
            raise
        raise CatalogEditRefused(
            f"is a symlink that leads to {goals[error.errno]}", where=str(path)
        ) from error


def _expect_plain(real: Path, path: Path) -> None:
    status = real.stat()
    if not stat.S_ISREG(status.st_mode):
        raise CatalogEditRefused("is not a regular file", where=str(path))
    if status.st_nlink > 1:
        raise CatalogEditRefused(
            "is a hard link: its other names would keep the old text",
            where=str(path),
            advice="Replace it by a copy, or by a symlink inside the repository.",
        )
    if not status.st_mode & 0o222 or not os.access(real, os.W_OK):
        raise DiskFault("is read-only", where=str(path), advice="Make it writable.")


class Staged(NamedTuple):
    """What a file is about to become; without a temporary file it is about to go."""

    temporary: Path | None
    lost: tuple[str, ...] = ()  # what could not be kept of the file: its owner, an attribute


def replace(target: Path, content: bytes) -> None:
    """Write a file whole: whoever reads it, at whatever instant, sees the old bytes or the new ones."""
    replace_all({target: content})


def replace_all(contents: Mapping[Path, bytes]) -> None:
    """Write files, each of them whole. All are written before the first is synced: a disk takes many files
    at once in little more than the time of one."""
    staged: list[Staged] = []
    try:
        for target, content in contents.items():
            staged.append(stage(target, content))
        for new in staged:
            fsync(new)
        for target, new in zip(contents, staged, strict=True):
            swap(target, new)
    except BaseException:
        discard(staged)
        raise
    for folder in {target.parent for target in contents}:
        fsync_folder(folder)


def stage(target: Path, content: bytes | None) -> Staged:
    """A temporary file beside `target` with its mode, owner and attributes, still to be synced by `fsync`."""
    if content is None:
        return Staged(None)
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = temporary_in(target.parent)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
            stream.flush()
            lost = _keep_attributes(descriptor, target) if target.exists() else ()
            if hasattr(os, "posix_fadvise"):  # begin to write it out, and do not wait
                os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return Staged(temporary, lost)


def swap(target: Path, staged: Staged) -> None:
    """Put what was staged in the place of the file."""
    if staged.temporary:
        os.replace(staged.temporary, target)
    else:
        target.unlink()


def discard(staged: Iterable[Staged]) -> None:
    """Remove the temporary files of what will not happen."""
    for new in staged:
        if new.temporary:
            with suppress(OSError):
                new.temporary.unlink(missing_ok=True)


def _keep_attributes(descriptor: int, target: Path) -> tuple[str, ...]:
    lost = []
    status = target.stat()
    try:
        os.fchown(descriptor, status.st_uid, status.st_gid)
    except OSError:
        lost.append(f"{target}: the owner could not be kept")
    os.fchmod(descriptor, stat.S_IMODE(status.st_mode))
    for name in os.listxattr(target) if hasattr(os, "listxattr") else ():
        try:
            os.setxattr(descriptor, name, os.getxattr(target, name))
        except OSError:
            lost.append(f"{target}: the attribute {name} could not be kept")
    return tuple(lost)


def remove(target: Path) -> None:
    """Remove a file, safe on the disk; one that is not there is no error."""
    target.unlink(missing_ok=True)
    if target.parent.is_dir():
        fsync_folder(target.parent)


def fsync(staged: Staged) -> None:
    """Wait until what was staged is safe on the disk."""
    if staged.temporary:
        descriptor = os.open(staged.temporary, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def fsync_folder(folder: Path) -> None:
    """Make what was renamed in a folder last. A file system that cannot sync folders is not an error."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
    finally:
        os.close(descriptor)


def temporary_in(folder: Path) -> Path:
    """A name in a folder that nothing has yet, and that `sweep` knows."""
    return folder / TEMPORARY.replace("*", secrets.token_hex(6))


def sweep(folder: Path) -> None:
    """Remove what a killed run left in a folder under temporary names."""
    for stray in folder.glob(TEMPORARY):
        if stray.is_dir() and not stray.is_symlink():
            shutil.rmtree(stray)
        else:
            stray.unlink(missing_ok=True)


@contextmanager
def room(folder: Path, size: int) -> Iterator[None]:
    """Keep so many bytes of the disk until the `with` ends: a way back out of a full disk needs some."""
    reserve = temporary_in(folder)
    try:
        with disk_faults("keeping room for the way back", folder):
            reserve.write_bytes(secrets.token_bytes(size))
        yield
    finally:
        with suppress(OSError):
            reserve.unlink(missing_ok=True)


def own_folder(folder: Path, ignore: str = "*\n") -> None:
    """Make a folder of the tool's own, which git does not see. A `.gitignore` that is there stays.

    Raises CatalogEditRefused where it, what it lies in, or what lies right in it, is a link: what is old in
    it is removed.
    """
    with disk_faults("making the folder", folder):
        for path in (folder.parent, folder, *folder.glob("*")):
            if path.is_symlink():
                raise CatalogEditRefused(
                    "is a link, where modelsync removes what it no longer needs",
                    where=str(path),
                    advice="Remove the link, from git too if a branch brought it.",
                )
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / ".gitignore").exists():
            replace(folder / ".gitignore", ignore.encode())


# ---------------------------------------------------------------------------- small records as JSON


def to_json(record: Any) -> bytes:
    """JSON in ASCII, which holds names that are not UTF-8 too."""
    return json.dumps(msgspec.to_builtins(record), indent=2).encode("ascii")


def from_json(text: bytes, kind: type[_T], where: Path) -> _T:
    """What `to_json` wrote. Raises DiskFault on anything else."""
    try:
        return msgspec.convert(json.loads(text), kind)
    except (ValueError, msgspec.ValidationError) as error:
        raise DiskFault(
            f"cannot be read: {error}",
            where=str(where),
            advice="It was written by modelsync. Compare the catalog with the newest backup, then remove it.",
        ) from error
