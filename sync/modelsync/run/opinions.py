"""What lists whose opinion is asked stated when they were heard last; a note that is this machine's alone."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

import msgspec

from modelsync.config import Place
from modelsync.disk import files
from modelsync.errors import DiskFault
from modelsync.records import Heard

_NOTE = "opinions.json"


def remembered(place: Place) -> Mapping[str, Heard]:
    """What each of them stated, by source; nothing where no run has noted it."""
    with suppress(OSError, msgspec.MsgspecError):
        return msgspec.json.decode(place.note(_NOTE).read_bytes(), type=dict[str, Heard])
    return {}


def remember(place: Place, heard: Mapping[str, Heard]) -> None:
    """Note what they state now."""
    if heard != remembered(place):
        with suppress(OSError, DiskFault):  # what the run did stays done
            files.replace(place.note(_NOTE), msgspec.json.encode(heard))
