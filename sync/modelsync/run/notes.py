"""What runs note on this machine for those after them; no run fails for a note, and a broken one is none."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from typing import Generic, TypeVar

import msgspec

from modelsync.config import Place
from modelsync.disk import files
from modelsync.errors import DiskFault
from modelsync.records import Heard

T = TypeVar("T")


class Note(Generic[T]):
    """One file of the state folder, and what it holds."""

    def __init__(self, name: str, kind: type[T]) -> None:
        self._name, self._kind = name, kind

    def read(self, place: Place) -> T | None:
        """What is noted; None where nothing is."""
        with suppress(OSError, msgspec.MsgspecError):
            return msgspec.json.decode(place.note(self._name).read_bytes(), type=self._kind)
        return None

    def write(self, place: Place, value: T) -> None:
        """Note this, where it is not noted already."""
        if value != self.read(place):
            with suppress(OSError, DiskFault):  # what the run did stays done
                files.replace(place.note(self._name), msgspec.json.encode(value))


HEARD = Note("opinions.json", dict[str, Heard])  # by source, what it stated when its opinion was heard last
LAST_SYNCED = Note("last_synced.json", dict[str, datetime])  # by source, when its list was brought in last
