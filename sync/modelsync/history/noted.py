"""What was read of the history before: beside the catalog, sealed with a key in git's own folder."""

from __future__ import annotations

import hashlib
import secrets
from contextlib import suppress

import msgspec

from modelsync.config import Place
from modelsync.disk import files, git_folders
from modelsync.errors import DiskFault
from modelsync.records import Step

_FORMAT = b"history 4"  # one more whenever the same commit would read differently
_NAME = "history.msgpack"
_SEAL = 32  # bytes, in front of the note


class Note(msgspec.Struct, frozen=True):
    """What each commit of a first-parent line changed, from its first on."""

    line: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()


def read(place: Place) -> Note:
    """The note; an empty one where there is none that was written in this clone.

    A repository may bring a file of that name, but no key: nothing in `.git` comes with a clone.
    """
    with suppress(DiskFault, msgspec.MsgspecError, ArithmeticError, TypeError, ValueError):
        content, key = (files.read(path) for path in (place.note(_NAME), place.locked / "key"))
        if content and key and secrets.compare_digest(content[:_SEAL], _seal(content[_SEAL:], key)):
            return msgspec.msgpack.decode(content[_SEAL:], type=Note)
    return Note()


def write(place: Place, note: Note) -> None:
    """Write the note; where that is not possible, the next command reads the history once more."""
    with suppress(OSError, DiskFault):
        path = place.locked / "key"
        key = files.read(path)
        if not key:
            key = secrets.token_bytes(_SEAL)
            path.parent.mkdir(exist_ok=True)
            files.replace(path, key)
        content = msgspec.msgpack.encode(note)
        files.own_folder(place.state)
        files.replace(place.note(_NAME), _seal(content, key) + content)


def _seal(content: bytes, key: bytes) -> bytes:
    return hashlib.blake2b(content, key=key[:64], person=_FORMAT, digest_size=_SEAL).digest()


def up_to_head(place: Place) -> tuple[str, Note]:
    """The branch that HEAD is on, and the note where it goes up to there: git is not asked.

    An empty note where only git can tell: HEAD has moved on or is on no branch, or the clone is shallow.
    """
    branch, tip = git_folders.head(place.top)
    note = read(place) if tip and not git_folders.is_shallow(place.top) else Note()
    return branch, note if note.line[-1:] == (tip,) else Note()
