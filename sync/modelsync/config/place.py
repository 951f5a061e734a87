"""Where the catalog is, and where its state lies."""

from __future__ import annotations

import os
import re
from pathlib import Path

import msgspec

from modelsync.disk import git_folders
from modelsync.errors import UsageError

CONFIG_FILE = "sync.yaml"
ENVIRONMENT_FILES = (".env", ".env.staging", ".env.production")  # keys, beside the catalog
CATALOG_FOLDER = "catalog"
STATE_FOLDER = ".modelsync"
BACKUP_FOLDER = "backups"

_NOT_IN_A_BRANCH = re.compile(r"[^\w/-]")


class Place(msgspec.Struct, frozen=True):
    """Where the catalog is and where its state lies: beside it, git-ignored."""

    catalog: Path
    home: Place | None = None  # whose notes count, where this is another working tree, of a server's

    @property
    def at_home(self) -> Place:
        """Where what is this machine's is kept."""
        return self.home or self

    @property
    def root(self) -> Path:
        return self.catalog.parent

    @property
    def top(self) -> Path:
        """The folder that no file of the catalog may lie outside: the repository's, where there is one."""
        return git_folders.top(self.root) or self.root

    @property
    def name(self) -> str:
        """What tells the catalog from others of its repository: its folder, spelt as git takes it in the name
        of a branch; nothing for `catalog/` at the top."""
        folder = self.catalog.relative_to(self.top).as_posix()
        spelt = _NOT_IN_A_BRANCH.sub(lambda match: f"%{ord(match[0]):02X}", folder)
        return "" if folder == CATALOG_FOLDER else spelt

    @property
    def is_in_git(self) -> bool:
        return git_folders.top(self.root) is not None

    @property
    def own(self) -> str:
        """What is called after it of what it does not share with catalogs beside it; empty for `catalog/`."""
        return "" if self.catalog.name == CATALOG_FOLDER else self.catalog.name

    @property
    def config_file(self) -> Path:
        return self.catalog / CONFIG_FILE

    @property
    def state(self) -> Path:
        return self.root / STATE_FOLDER

    @property
    def locked(self) -> Path:
        """The folder whose lock a run holds: one for all catalogs and working trees of a repository."""
        shared = git_folders.shared(self.top)
        return shared / "modelsync" if shared.is_dir() else self.state

    def note(self, name: str) -> Path:
        """A note of this machine's. Catalogs side by side have one state folder, and notes of their own."""
        return self.at_home.state / (f"{self.own}.{name}" if self.own else name)

    def schema(self, which: str) -> Path:
        """The JSON Schema of `sync` or `provider` files, kept for editors."""
        return self.state / "schema" / f"{which}.json"

    @property
    def backups(self) -> Path:
        return self.root / BACKUP_FOLDER / self.own


def find(given: str | None, start: Path) -> Place:
    """The catalog folder that was named, else the nearest `catalog/` upwards. Raises UsageError."""
    if given:
        folder = Path(given)
        folder = folder.parent if folder.name == CONFIG_FILE else folder
        if os.path.isfile(folder / CONFIG_FILE):
            return Place(folder.resolve())
        raise UsageError(f"no {CONFIG_FILE} in it", where=str(folder), advice="`modelsync init` writes one.")
    for above in (start, *start.parents):
        if os.path.isfile(above / CATALOG_FOLDER / CONFIG_FILE):
            return Place((above / CATALOG_FOLDER).resolve())
    raise UsageError(
        f"no {CATALOG_FOLDER}/{CONFIG_FILE} here or in any folder above",
        advice="Name its folder with --catalog, or let `modelsync init` start one.",
    )
