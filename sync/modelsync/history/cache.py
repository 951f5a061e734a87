"""Remembers how files were parsed, and what each commit changed: beside the catalog, sealed by the clone.

A file with the same content is parsed once, whatever else of the catalog changes. A repository may bring
notes of these names, but no key: nothing in `.git` comes with a clone.
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from functools import cache
from pathlib import Path

import msgspec

from modelsync.catalog.codec import Key, Parsed, pack, unpack
from modelsync.config import Place
from modelsync.disk import files, git_folders, sealed
from modelsync.errors import DiskFault
from modelsync.records import Step

_READERS = ("yamledit", "catalog", "records", "history")
_UNREADABLE = (OSError, msgspec.MsgspecError, ArithmeticError, LookupError, TypeError, ValueError)


class NotedSteps(msgspec.Struct, frozen=True):
    """What each commit of a first-parent line changed, from its first on."""

    line: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()


def read_parsed(place: Place) -> Parsed:
    """How files were parsed; nothing where nothing is noted that was written in this clone."""
    with suppress(*_UNREADABLE):
        known = msgspec.msgpack.decode(_read(place, "parsed"), type=dict[str, tuple[Key, msgspec.Raw]])
        return {name: (key, unpack(packed)) for name, (key, packed) in known.items()}
    return {}


def write_parsed(place: Place, known: Parsed) -> None:
    """Note how files were parsed; where that is not possible, they are parsed once more."""
    packed = {name: (key, msgspec.Raw(pack(contents))) for name, (key, contents) in known.items()}
    _write(place, "parsed", msgspec.msgpack.encode(packed))


def read_steps(place: Place) -> NotedSteps:
    """What commits changed; an empty note where there is none that was written in this clone."""
    with suppress(*_UNREADABLE):
        return msgspec.msgpack.decode(_read(place, "history"), type=NotedSteps)
    return NotedSteps()


def write_steps(place: Place, note: NotedSteps) -> None:
    """Note what commits changed; where that is not possible, the next command reads the past once more."""
    _write(place, "history", msgspec.msgpack.encode(note))


def up_to_head(place: Place) -> tuple[str, NotedSteps]:
    """The branch that HEAD is on, and what commits changed where the note goes up to there: git is not asked.

    An empty note where only git can tell: HEAD has moved on or is on no branch, or the clone is shallow.
    """
    branch, tip = git_folders.head(place.top)
    note = read_steps(place) if tip and not git_folders.is_shallow(place.top) else NotedSteps()
    return branch, note if note.line[-1:] == (tip,) else NotedSteps()


def _read(place: Place, name: str) -> memoryview:
    """What is noted; nothing where it was not written in this clone, and by this program."""
    note = memoryview(files.read(place.note(f"{name}.msgpack")) or b"")  # of which parts are no copies
    seal, content = note[: sealed.SIZE], note[sealed.SIZE :]  # the seal is in front
    is_ours = sealed.is_sealed([reader_digest(), content], seal, sealed.key(place.locked), name.encode())
    return content if is_ours else memoryview(b"")


def _write(place: Place, name: str, content: bytes) -> None:
    with suppress(OSError, DiskFault):
        seal = sealed.seal([reader_digest(), content], sealed.made_key(place.locked), name.encode())
        files.own_folder(place.state)
        files.replace(place.note(f"{name}.msgpack"), seal + content)


@cache
def reader_digest() -> bytes:
    """A digest of the modules that read files and their past: what other ones noted is read anew."""
    package = Path(__file__).parents[1]
    modules = sorted(module for part in _READERS for module in (package / part).rglob("*.py"))
    return hashlib.blake2b(b"\0".join(module.read_bytes() for module in modules)).digest()
