"""Where a repository is and where git keeps its own, as the files say; git is not asked."""

from __future__ import annotations

import os
from pathlib import Path

MARKER = "modelsync.json"  # in `own`, while a commit is being made


def top(folder: Path) -> Path | None:
    """The working tree that a folder lies in; None outside of any."""
    return next((above for above in (folder, *folder.parents) if (above / ".git").exists()), None)


def own(top: Path) -> Path:
    """Git's folder of this working tree: `.git`, or what that names, as in a linked one."""
    return _led_to_by(top / ".git") or Path(os.path.realpath(top / ".git"))


def shared(top: Path) -> Path:
    """Git's folder of all working trees of the repository, which holds the branches."""
    return _led_to_by(own(top) / "commondir") or own(top)


def _led_to_by(file: Path) -> Path | None:
    """Where one of git's files leads that holds a path and nothing else; None where there is no such file."""
    try:
        path = os.fsdecode(file.read_bytes()).removeprefix("gitdir:").strip()
    except OSError:
        return None
    return Path(os.path.realpath(file.parent / path))
