"""Remembers how the catalog's files were parsed the last time: beside the catalog, sealed by the clone.

A file with the same content is parsed once, whatever else of the catalog changes.
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from functools import cache
from pathlib import Path

import msgspec

from modelsync.catalog.codec import Key, Parsed, pack, unpack
from modelsync.config import Place
from modelsync.disk import files, sealed
from modelsync.errors import DiskFault

_FORMAT = b"parsed"
_NAME = "parsed.msgpack"
_READERS = ("yamledit", "catalog", "records", "history")


@cache
def reader_digest() -> bytes:
    """A digest of the modules that read files and their past: what other ones noted is read anew."""
    package = Path(__file__).parents[1]
    modules = sorted(module for part in _READERS for module in (package / part).rglob("*.py"))
    return hashlib.blake2b(b"\0".join(module.read_bytes() for module in modules)).digest()


def read(place: Place) -> Parsed:
    """What was read; nothing where nothing is noted that was written in this clone."""
    with suppress(OSError, msgspec.MsgspecError, ArithmeticError, LookupError, TypeError, ValueError):
        note = memoryview(files.read(place.note(_NAME)) or b"")  # of which parts are no copies
        seal, content = note[: sealed.SIZE], note[sealed.SIZE :]  # the seal is in front
        if sealed.is_sealed([reader_digest(), content], seal, sealed.key(place.locked), _FORMAT):
            known = msgspec.msgpack.decode(content, type=dict[str, tuple[Key, msgspec.Raw]])
            return {name: (key, unpack(packed)) for name, (key, packed) in known.items()}
    return {}


def write(place: Place, known: Parsed) -> None:
    """Note what was read; where that is not possible, it is read once more."""
    with suppress(OSError, DiskFault):
        packed = {name: (key, msgspec.Raw(pack(contents))) for name, (key, contents) in known.items()}
        content = msgspec.msgpack.encode(packed)
        seal = sealed.seal([reader_digest(), content], sealed.made_key(place.locked), _FORMAT)
        files.own_folder(place.state)
        files.replace(place.note(_NAME), seal + content)
