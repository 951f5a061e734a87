"""Where a repository is and where git keeps its own, as the files say; git is not asked."""

from __future__ import annotations

import os
import re
from pathlib import Path

MARKER = "modelsync.json"  # in `own`, while a commit is being made
VARIABLES = ("GIT_DIR", "GIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY")  # lead git elsewhere

_BRANCH = re.compile(rb"ref: (refs/heads/([^\n]+))\n?")
_HASH = re.compile(rb"[0-9a-f]{40}([0-9a-f]{24})?")


def top(folder: Path) -> Path | None:
    """The working tree that a folder lies in; None outside of any."""
    return next((above for above in (folder, *folder.parents) if (above / ".git").exists()), None)


def own(top: Path) -> Path:
    """Git's folder of this working tree: `.git`, or what that names, as in a linked one."""
    return _led_to_by(top / ".git") or Path(os.path.realpath(top / ".git"))


def shared(top: Path) -> Path:
    """Git's folder of all working trees of the repository, which holds the branches."""
    return _led_to_by(own(top) / "commondir") or own(top)


def head(top: Path) -> tuple[str, str]:
    """The branch that HEAD is on, and its commit; nothing where the files do not tell it plainly."""
    named = _BRANCH.fullmatch(_read(own(top) / "HEAD"))
    if not named:
        return "", ""
    ref, branch = map(os.fsdecode, named.groups())
    commit = tip(top, ref)
    return (branch, commit) if commit else ("", "")


def tip(top: Path, ref: str) -> str:
    """The commit that a branch is at, by its full name; nothing where the files do not tell it plainly."""
    if any(name in os.environ for name in VARIABLES):
        return ""
    folder = shared(top)
    packed = re.compile(rb"^([0-9a-f]+) %b$" % re.escape(os.fsencode(ref)), re.MULTILINE)
    commit = _read(folder / ref).strip() or b"".join(packed.findall(_read(folder / "packed-refs")))
    return commit.decode() if _HASH.fullmatch(commit) else ""


def may_have(top: Path, ref: str) -> bool:
    """Whether there may be a branch of that full name: False where the files plainly have none."""
    folder = shared(top)
    if (folder / "reftable").exists() or (folder / ref).exists():
        return True
    return os.fsencode(ref) in _read(folder / "packed-refs")


def commit(top: Path) -> str:
    """The commit that HEAD is at; nothing where the files do not tell it plainly."""
    detached = _read(own(top) / "HEAD").strip()
    return detached.decode() if _HASH.fullmatch(detached) else head(top)[1]


def is_shallow(top: Path) -> bool:
    """Whether the repository knows only the newest part of its past."""
    return (shared(top) / "shallow").exists()


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError:
        return b""


def _led_to_by(file: Path) -> Path | None:
    """Where one of git's files leads that holds a path and nothing else; None where there is no such file."""
    path = os.fsdecode(_read(file)).removeprefix("gitdir:").strip()
    return Path(os.path.realpath(file.parent / path)) if path else None
