"""Keeps the files as they were before each run, lists them, restores them, removes old ones; knows no models.

backups/20260131T083000Z/   UTC; `-2` for a second one in the same second
  plan.json                 what the run was going to do
  files.json                SHA-256 of each file before and after
  files/PATH                the bytes before, by their path under the root
  found/PATH                what somebody made of a file while a run that failed held it
  report.json               how it ended
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from modelsync.disk import files, transaction
from modelsync.errors import DiskFault, GitRefused
from modelsync.records import BackupPolicy

_NAME = re.compile(r"(\d{8}T\d{6}Z)(?:-(\d+))?", re.ASCII)
_STAMP = "%Y%m%dT%H%M%SZ"
_IGNORE = "*\n!README.md\n"
_MANIFEST = "files.json"
_REPORT = "report.json"


class Backup(msgspec.Struct, frozen=True):
    """What one run found, before it wrote."""

    folder: Path
    files: tuple[transaction.Stored, ...]
    finished: bool = False  # the run got as far as its report
    damaged: bool = False

    @property
    def name(self) -> str:
        return self.folder.name


def create(
    folder: Path, edits: Sequence[transaction.FileEdit], *, root: Path, plan_json: bytes, now: datetime
) -> Path:
    """Store the files that are about to change, safe on the disk. It appears whole or not at all."""
    files.own_folder(folder, _IGNORE)
    building = files.temporary_in(folder)
    with files.disk_faults("making the backup", folder):
        for swept in (folder, *_folders(folder)):
            files.sweep(swept)
        try:
            _fill(building, edits, root, plan_json)
            final = folder / _free_name(folder, now)
            building.rename(final)
            files.fsync_folder(folder)
        except BaseException:
            shutil.rmtree(building, ignore_errors=True)
            raise
    return final


def _fill(building: Path, edits: Sequence[transaction.FileEdit], root: Path, plan_json: bytes) -> None:
    building.mkdir()
    stored = building / "files"
    manifest, contents = [], {building / "plan.json": plan_json}
    for edit in edits:
        path = transaction.relative(files.locate(edit.path, root), root)
        manifest.append(transaction.Stored(path, files.sha256(edit.before), files.sha256(edit.after)))
        if edit.before is not None:
            contents[stored / path] = edit.before
    files.replace_all({**contents, building / _MANIFEST: files.to_json(manifest)})
    for folder, _, _ in os.walk(stored):  # those between `files` and the files are new too
        files.fsync_folder(Path(folder))


def _free_name(folder: Path, now: datetime) -> str:
    stamp = now.astimezone(UTC).strftime(_STAMP)
    taken = [order[1] for order in map(_order, os.listdir(folder)) if order and order[0] == stamp]
    return f"{stamp}-{max(taken) + 1}" if taken else stamp


def _order(name: str) -> tuple[str, int] | None:
    """Where a backup stands among the others; None for what is no backup's name."""
    match = _NAME.fullmatch(name)
    return (match[1], int(match[2] or 1)) if match else None


def finish(backup: Path, report_json: bytes) -> None:
    """Add how the run ended, and the hashes of its files, as `report.json`."""
    with files.disk_faults("writing the report", backup):
        manifest = (backup / _MANIFEST).read_bytes()
        report = {"files": msgspec.Raw(manifest), "report": msgspec.Raw(report_json)}
        files.replace(backup / _REPORT, msgspec.json.format(msgspec.json.encode(report)))


def listed(folder: Path) -> tuple[Backup, ...]:
    """All backups, the newest first. Other files and folders are passed over."""
    return tuple(map(_described, _folders(folder)))


def _folders(folder: Path) -> list[Path]:
    with files.disk_faults("listing the backups", folder):
        names = os.listdir(folder) if folder.is_dir() else []
    ordered = sorted((order, name) for name in names if (order := _order(name)))
    return [folder / name for _, name in reversed(ordered) if (folder / name / _MANIFEST).is_file()]


def _described(folder: Path) -> Backup:
    try:
        return find(folder.parent, folder.name)
    except DiskFault:
        return Backup(folder, (), damaged=True)


def find(folder: Path, name: str) -> Backup:
    """The backup of that name. Raises DiskFault where there is none, or where it is damaged."""
    backup = folder / name
    if not _order(name) or not (backup / _MANIFEST).is_file():
        raise DiskFault("no such backup", where=name, advice="`modelsync backups list` names them all.")
    with files.disk_faults("reading the backup", backup):
        text = (backup / _MANIFEST).read_bytes()
    manifest = files.from_json(text, tuple[transaction.Stored, ...], backup / _MANIFEST)
    return Backup(backup, manifest, finished=(backup / _REPORT).is_file())


def restore(
    backup: Backup, *, root: Path, state: Path, now: datetime, force: bool = False
) -> tuple[Path | None, tuple[str, ...]]:
    """Write the files of a backup to the working tree; nothing is committed.

    Returns the backup made of what was there, None where nothing had to change, and the names of
    the files written. Raises DiskFault where the backup is damaged, GitRefused where a file is
    neither as that run left it nor as it found it, unless `force`.
    """
    with files.disk_faults("reading", backup.folder):
        edits = [edit for stored in backup.files if (edit := _back(backup, stored, root, force))]
    if not edits:
        return None, ()
    plan = json.dumps({"restores": backup.name}).encode()
    safe = create(backup.folder.parent, edits, root=root, plan_json=plan, now=now)
    transaction.write(edits, root=root, state=state, backup=safe)
    finish(safe, plan)
    return safe, tuple(transaction.relative(edit.path, root) for edit in edits)


def _back(backup: Backup, stored: transaction.Stored, root: Path, force: bool) -> transaction.FileEdit | None:
    target = files.locate(root / stored.path, root)
    current = files.read(target)
    wanted = None if stored.before is None else transaction.stored(backup.folder, stored.path, stored.before)
    if current == wanted:
        return None
    if files.sha256(current) != stored.after and not force:
        raise GitRefused(
            "was changed after that run, and restoring would lose the change",
            where=stored.path,
            advice="Commit the change first, or say --force: a backup is made before.",
        )
    return transaction.FileEdit(target, current, wanted)


def retain(folder: Path, policy: BackupPolicy, now: datetime) -> tuple[str, ...]:
    """Remove the backups that the policy does not keep, and return their names.

    Kept: the newest `keep`, all younger than `keep_days`, and what is dated in the future (a clock
    was wrong, and which one cannot be known). A policy that keeps nothing removes nothing.
    """
    if policy.keep <= 0 and policy.keep_days <= 0:
        return ()
    stamp = now.astimezone(UTC).strftime(_STAMP)
    young = (now.astimezone(UTC) - timedelta(days=policy.keep_days)).strftime(_STAMP)
    past = [backup for backup in _folders(folder) if backup.name[: len(stamp)] <= stamp]
    old = [backup for backup in past[max(policy.keep, 0) :] if backup.name[: len(stamp)] <= young]
    for backup in old:
        shutil.rmtree(backup, ignore_errors=True)
    return tuple(backup.name for backup in old)
