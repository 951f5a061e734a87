"""Remembers what each commit changed: beside the catalog, sealed with a key in git's own folder."""

from __future__ import annotations

from contextlib import suppress

import msgspec

from modelsync.config import Place
from modelsync.disk import files, git_folders, sealed
from modelsync.errors import DiskFault
from modelsync.history.parse_cache import reader_digest
from modelsync.records import Step

_FORMAT = b"history"
_NAME = "history.msgpack"


class Note(msgspec.Struct, frozen=True):
    """What each commit of a first-parent line changed, from its first on."""

    line: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()


def read(place: Place) -> Note:
    """The note; an empty one where there is none that was written in this clone.

    A repository may bring a file of that name, but no key: nothing in `.git` comes with a clone.
    """
    with suppress(OSError, msgspec.MsgspecError, ArithmeticError, TypeError, ValueError):
        note = files.read(place.note(_NAME)) or b""
        seal, content = note[: sealed.SIZE], note[sealed.SIZE :]  # the seal is in front
        if sealed.is_sealed([reader_digest(), content], seal, sealed.key(place.locked), _FORMAT):
            return msgspec.msgpack.decode(content, type=Note)
    return Note()


def write(place: Place, note: Note) -> None:
    """Write the note; where that is not possible, the next command reads the history once more."""
    with suppress(OSError, DiskFault):
        content = msgspec.msgpack.encode(note)
        seal = sealed.seal([reader_digest(), content], sealed.made_key(place.locked), _FORMAT)
        files.own_folder(place.state)
        files.replace(place.note(_NAME), seal + content)


def up_to_head(place: Place) -> tuple[str, Note]:
    """The branch that HEAD is on, and the note where it goes up to there: git is not asked.

    An empty note where only git can tell: HEAD has moved on or is on no branch, or the clone is shallow.
    """
    branch, tip = git_folders.head(place.top)
    note = read(place) if tip and not git_folders.is_shallow(place.top) else Note()
    return branch, note if note.line[-1:] == (tip,) else Note()
