"""Remembers how the catalog's files were parsed the last time: beside the catalog, sealed by the clone.

A file with the same content is parsed once, whatever else of the catalog changes.
"""

from __future__ import annotations

from contextlib import suppress

import msgspec

from modelsync.catalog.packed import Key, Parsed, pack, unpack
from modelsync.config import Place
from modelsync.disk import files, sealed
from modelsync.errors import DiskFault

_FORMAT = b"parsed 8"  # one more whenever the same file would read differently
_NAME = "parsed.msgpack"


def read(place: Place) -> Parsed:
    """What was read; nothing where nothing is noted that was written in this clone."""
    with suppress(OSError, msgspec.MsgspecError, ArithmeticError, LookupError, TypeError, ValueError):
        note = memoryview(files.read(place.note(_NAME)) or b"")  # of which parts are no copies
        seal, content = note[: sealed.SIZE], note[sealed.SIZE :]  # the seal is in front
        if sealed.is_sealed([content], seal, sealed.key(place.locked), _FORMAT):
            known = msgspec.msgpack.decode(content, type=dict[str, tuple[Key, msgspec.Raw]])
            return {name: (key, unpack(packed)) for name, (key, packed) in known.items()}
    return {}


def write(place: Place, known: Parsed) -> None:
    """Note what was read; where that is not possible, it is read once more."""
    with suppress(OSError, DiskFault):
        packed = {name: (key, msgspec.Raw(pack(contents))) for name, (key, contents) in known.items()}
        content = msgspec.msgpack.encode(packed)
        seal = sealed.seal([content], sealed.made_key(place.locked), _FORMAT)
        files.own_folder(place.state)
        files.replace(place.note(_NAME), seal + content)
