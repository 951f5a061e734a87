"""Promises of modelsync.disk.backups."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_transaction import NEW, NOW, OLD, Place, can_trace, python

from modelsync.disk import backups, transaction
from modelsync.disk.transaction import FileEdit
from modelsync.errors import CatalogEditRefused, DiskFault, GitRefused
from modelsync.records import BackupPolicy
from thorough import FULL

MINE = b"gpt: 7  # mine\n"


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path / "team")


def made(folder: Path, *names: str) -> list[str]:
    """Backups of these names, as far as keeping and removing looks at them."""
    for name in names:
        (folder / name).mkdir(parents=True)
        (folder / name / "files.json").write_text("[]")
    return sorted(path.name for path in folder.iterdir())


def names(folder: Path) -> list[str]:
    return [backup.name for backup in backups.listed(folder)]


# ---------------------------------------------------------------------------- making


def test_a_backup_holds_the_files_the_plan_and_how_it_ended(place: Place) -> None:
    new = FileEdit(place.root / "catalog/new.yaml", None, NEW)
    folder = backups.create(
        place.backups, [*place.edits(), new], root=place.root, plan_json=b'{"a": 1}', now=NOW
    )
    backups.finish(folder, b'{"commit": "abc"}')
    assert folder.name == "20260131T083000Z"
    assert (folder / "files/catalog/a.yaml").read_bytes() == OLD
    assert not (folder / "files/catalog/new.yaml").exists()
    assert (folder / "plan.json").read_bytes() == b'{"a": 1}'
    report = json.loads((folder / "report.json").read_text())
    assert report["report"] == {"commit": "abc"}
    hashes = {stored["path"]: (stored["before"], stored["after"]) for stored in report["files"]}
    old, fresh = transaction.files.sha256(OLD), transaction.files.sha256(NEW)
    assert hashes == {
        "catalog/a.yaml": (old, fresh),
        "catalog/b.yaml": (old, fresh),
        "catalog/new.yaml": (None, fresh),
    }


def test_the_name_is_utc_wherever_one_is(place: Place) -> None:
    there = NOW.astimezone(datetime.now().astimezone().tzinfo)
    assert (
        backups.create(place.backups, [], root=place.root, plan_json=b"", now=there).name
        == "20260131T083000Z"
    )


@pytest.mark.fault("file system", "backups in one second, and a clock that goes back")
def test_backups_in_one_second_are_all_kept_in_their_order(place: Place) -> None:
    for _ in range(11):
        place.backup(place.edits())
    stamp = "20260131T083000Z"
    assert names(place.backups) == [*(f"{stamp}-{number}" for number in range(11, 1, -1)), stamp]


def test_a_removed_one_is_not_followed_by_one_that_looks_older(place: Place) -> None:
    place.backup(place.edits())
    second = place.backup(place.edits())
    shutil.rmtree(place.backups / "20260131T083000Z")
    third = place.backup(place.edits())
    assert (second.name, third.name) == ("20260131T083000Z-2", "20260131T083000Z-3")


def test_the_folder_is_ignored_by_git_but_for_a_readme(place: Place) -> None:
    place.backup(place.edits())
    assert (place.backups / ".gitignore").read_text() == "*\n!README.md\n"


@pytest.mark.fault("file system", "a backup that cannot be made")
def test_a_file_where_the_folder_should_be_is_one_clear_line(place: Place) -> None:
    place.backups.write_text("")
    with pytest.raises(DiskFault, match="File exists"):
        place.backup(place.edits())


# ---------------------------------------------------------------------------- listing


def test_lists_the_newest_first_and_passes_over_what_is_foreign(place: Place) -> None:
    finished = place.backup(place.edits())
    backups.finish(finished, b"{}")
    later = backups.create(
        place.backups, place.edits(), root=place.root, plan_json=b"", now=NOW + timedelta(seconds=1)
    )
    (place.backups / "README.md").write_text("mine")
    (place.backups / "20260101T000000Z").mkdir()
    (place.backups / "old catalog").mkdir()
    found = backups.listed(place.backups)
    assert [(backup.folder, backup.finished) for backup in found] == [(later, False), (finished, True)]
    assert [stored.path for stored in found[0].files] == ["catalog/a.yaml", "catalog/b.yaml"]


def test_where_there_are_none_none_are_listed(tmp_path: Path) -> None:
    assert backups.listed(tmp_path / "backups") == ()


@pytest.mark.parametrize("name", ["20260131T083000Z-9", "..", "../../etc", "", "README.md"])
def test_a_name_that_is_no_backup_is_one_clear_line(place: Place, name: str) -> None:
    place.backup(place.edits())
    with pytest.raises(DiskFault, match="no such backup"):
        backups.find(place.backups, name)


@pytest.mark.fault("file system", "a backup that is damaged or missing")
def test_a_damaged_backup_is_listed_as_such_and_not_opened(place: Place) -> None:
    folder = place.backup(place.edits())
    text = (folder / "files.json").read_bytes()
    (folder / "files.json").write_bytes(text[:-20])
    assert backups.listed(place.backups) == (backups.Backup(folder, (), damaged=True),)
    with pytest.raises(DiskFault, match=r"files\.json: cannot be read"):
        backups.find(place.backups, folder.name)


# ---------------------------------------------------------------------------- restoring


def restore(place: Place, folder: Path, *, force: bool = False) -> tuple[Path | None, tuple[str, ...]]:
    backup = backups.find(place.backups, folder.name)
    return backups.restore(backup, root=place.root, state=place.state, now=NOW, force=force)


def ran(place: Place) -> Path:
    """A whole run: backup, write."""
    edits = [*place.edits(), FileEdit(place.root / "catalog/new.yaml", None, NEW)]
    folder = place.backup(edits)
    transaction.write(edits, root=place.root, state=place.state, backup=folder)
    return folder


def test_restores_what_a_run_changed_after_a_backup_of_that(place: Place) -> None:
    folder = ran(place)
    safe, written = restore(place, folder)
    assert place.contents() == (OLD, OLD)
    assert not (place.root / "catalog/new.yaml").exists()
    assert written == ("catalog/a.yaml", "catalog/b.yaml", "catalog/new.yaml")
    assert safe == place.backups / "20260131T083000Z-2"
    assert backups.find(place.backups, safe.name).finished
    restore(place, safe)
    assert place.contents() == (NEW, NEW)
    assert (place.root / "catalog/new.yaml").read_bytes() == NEW


def test_what_is_as_the_run_found_it_stays_untouched(place: Place) -> None:
    folder = ran(place)
    place.first.write_bytes(OLD)
    _, written = restore(place, folder)
    assert written == ("catalog/b.yaml", "catalog/new.yaml")
    before = place.facts()
    assert restore(place, folder) == (None, ())
    assert place.facts() == before


@pytest.mark.fault("file system", "a restore over a person's later change")
@pytest.mark.parametrize("found", [MINE, None])
def test_a_persons_change_since_then_is_not_lost(place: Place, found: bytes | None) -> None:
    folder = ran(place)
    place.second.unlink()
    if found:
        place.second.write_bytes(found)
    before = place.facts()
    with pytest.raises(GitRefused, match=r"catalog/b\.yaml") as caught:
        restore(place, folder)
    assert caught.value.exit_code == 6
    assert place.facts() == before
    safe, _ = restore(place, folder, force=True)
    assert place.contents() == (OLD, OLD)
    assert safe
    assert transaction.files.read(safe / "files/catalog/b.yaml") == found


@pytest.mark.fault("file system", "a backup that is damaged or missing")
@pytest.mark.parametrize("content", [b"", OLD[:-1], OLD + b"x", None])
def test_a_truncated_or_changed_backup_is_refused(place: Place, content: bytes | None) -> None:
    folder = ran(place)
    stored = folder / "files/catalog/b.yaml"
    stored.unlink()
    if content is not None:
        stored.write_bytes(content)
    before = place.facts()
    with pytest.raises(DiskFault, match=r"catalog/b\.yaml: the backup is (damaged|missing)"):
        restore(place, folder, force=True)
    assert place.facts() == before
    assert names(place.backups) == [folder.name]


@pytest.mark.fault("file system", "a journal or backup that leads out of the repository")
def test_a_backup_never_leads_out_of_the_repository(place: Place, tmp_path: Path) -> None:
    folder = ran(place)
    text = (folder / "files.json").read_text().replace("catalog/b.yaml", "../outside")
    (folder / "files.json").write_text(text)
    (tmp_path / "outside").write_bytes(MINE)
    with pytest.raises(CatalogEditRefused):
        restore(place, folder, force=True)
    assert (tmp_path / "outside").read_bytes() == MINE


def test_restores_where_the_whole_folder_is_gone(place: Place) -> None:
    folder = ran(place)
    shutil.rmtree(place.root / "catalog")
    restore(place, folder, force=True)
    assert place.contents() == (OLD, OLD)


RENAMES = "?rename,?renameat,?renameat2"
RESTORE = """
from test_backups import restore
restore(place, place.backups / sys.argv[2])
"""


@pytest.mark.fault("interruption", "a restore is killed at any rename")
@pytest.mark.skipif(not can_trace(), reason="strace is not installed, or may not trace here")
def test_a_killed_restore_is_undone_or_done(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    number, step, killed = 0, 1 if FULL else 4, True
    while killed:
        number += step
        place = Place(tmp_path / str(number))
        folder = ran(place)
        strace = ("strace", "-o", os.devnull, f"--trace={RENAMES}")
        each = f"--inject={RENAMES}:signal=KILL:when={number}"
        killed = python(place, RESTORE, folder.name, prefix=(*strace, each)).returncode != 0
        with transaction.lock(place.state):
            place.recover()
        undone = (place.root / "catalog/new.yaml").exists()
        assert place.contents() == ((NEW, NEW) if undone else (OLD, OLD))
        assert killed or not undone
    record_property("faults", number // step - 1)
    assert number > 5


# ---------------------------------------------------------------------------- keeping


def test_the_newest_are_kept(tmp_path: Path) -> None:
    made(tmp_path, *(f"202601{day:02}T000000Z" for day in range(1, 11)))
    gone = backups.retain(tmp_path, BackupPolicy(keep=3), NOW)
    assert len(gone) == 7
    assert names(tmp_path) == ["20260110T000000Z", "20260109T000000Z", "20260108T000000Z"]


def test_the_young_are_kept_besides(tmp_path: Path) -> None:
    made(tmp_path, *(f"202601{day:02}T083000Z" for day in (20, 23, 24, 25, 29, 30)))
    backups.retain(tmp_path, BackupPolicy(keep=1, keep_days=7), NOW)
    assert names(tmp_path) == ["20260130T083000Z", "20260129T083000Z", "20260125T083000Z"]


@pytest.mark.fault("file system", "a policy that keeps no backup, and other people's files among them")
@pytest.mark.parametrize(("keep", "keep_days"), [(0, 0), (-1, 0), (0, -3)])
def test_a_policy_that_keeps_nothing_removes_nothing(tmp_path: Path, keep: int, keep_days: int) -> None:
    before = made(tmp_path, "20200101T000000Z", "20210101T000000Z")
    assert backups.retain(tmp_path, BackupPolicy(keep=keep, keep_days=keep_days), NOW) == ()
    assert made(tmp_path) == before


@pytest.mark.fault("file system", "a policy that keeps no backup, and other people's files among them")
def test_what_is_foreign_is_never_removed(tmp_path: Path) -> None:
    before = made(tmp_path / "backups", "old", "20200101", "20200101T000000Z-x")
    (tmp_path / "backups/20200101T000000Z").mkdir()
    (tmp_path / "backups/20200101T000001Z").write_text("a file")
    made(tmp_path, "elsewhere")
    backups.retain(tmp_path / "backups", BackupPolicy(keep=1), NOW)
    assert made(tmp_path / "backups") == sorted([*before, "20200101T000000Z", "20200101T000001Z"])


@pytest.mark.fault("file system", "a policy that keeps no backup, and other people's files among them")
def test_a_link_is_never_followed_when_removing(tmp_path: Path) -> None:
    made(tmp_path, "elsewhere")
    folder = tmp_path / "backups"
    made(folder, "20250101T000000Z", "20250102T000000Z")
    (folder / "20200101T000000Z").symlink_to(tmp_path / "elsewhere")
    (folder / "20250101T000000Z/link").symlink_to(tmp_path / "elsewhere")
    backups.retain(folder, BackupPolicy(keep=1), NOW)
    assert (tmp_path / "elsewhere/files.json").exists()
    assert not (folder / "20250101T000000Z").exists()


@pytest.mark.fault("file system", "backups in one second, and a clock that goes back")
def test_after_a_clock_was_set_back_nothing_new_is_removed(place: Place) -> None:
    place.backup(place.edits())
    earlier = NOW - timedelta(hours=1)
    made_now = backups.create(place.backups, [], root=place.root, plan_json=b"", now=earlier)
    assert backups.retain(place.backups, BackupPolicy(keep=1), earlier) == ()
    assert names(place.backups) == ["20260131T083000Z", made_now.name]


START = datetime(2025, 1, 1, tzinfo=UTC)
stamps = st.integers(0, 2 * 365 * 86400).map(
    lambda seconds: (START + timedelta(seconds=seconds)).strftime("%Y%m%dT%H%M%SZ")
)


@pytest.mark.fault("file system", "a policy that keeps no backup, and other people's files among them")
@given(st.sets(stamps, max_size=12), st.integers(0, 5), st.integers(0, 400))
def test_what_is_removed_is_always_older_than_all_that_the_policy_keeps(
    tmp_path_factory: pytest.TempPathFactory, found: set[str], keep: int, keep_days: int
) -> None:
    folder = tmp_path_factory.mktemp("backups")
    made(folder, *found)
    gone = backups.retain(folder, BackupPolicy(keep=keep, keep_days=keep_days), NOW)
    past = sorted(name for name in found if name <= "20260131T083000Z")
    oldest_young = (NOW - timedelta(days=keep_days)).astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    kept_by_policy = {*past[max(len(past) - keep, 0) :], *(name for name in found if name > oldest_young)}
    expected = set(past) - kept_by_policy if keep or keep_days else set()
    assert set(gone) == expected
    assert {path.name for path in folder.iterdir()} == found - expected
