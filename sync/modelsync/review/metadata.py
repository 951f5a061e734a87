"""What runs note, hidden, in the bodies and comments on a forge for the runs after them."""

from __future__ import annotations

import base64
import binascii
import json
import re
import zlib
from collections.abc import Mapping

CLOSED = "<!-- modelsync:closed -->"  # by a run, so that it declines nothing and may be opened again
CHANGES, STATE = "changes", "state"  # of a pull request, and of a dashboard
_BLOCK = re.compile(r"<!-- modelsync:(\w+) ([A-Za-z0-9+/=]+) ([0-9a-f]{8}) -->")
_UNCONFIRMED = re.compile(r"<!-- modelsync:unconfirmed (\d{4}-\d\d-\d\d) -->")
_LARGEST = 1 << 20  # bytes of what is unpacked
LONGEST = 20_000  # characters; more changes than fit are declined by nobody


def kept(commit: str) -> str:
    """The mark of a comment which says that this commit of a person's is kept."""
    return f"<!-- modelsync:kept {commit} -->"


def unconfirmed(day: str) -> str:
    """The mark of what no run could confirm since this day."""
    return f"<!-- modelsync:unconfirmed {day} -->"


def unconfirmed_since(body: str) -> str:
    """The day since which no run could confirm what a body says; nothing where the last one could."""
    days = _UNCONFIRMED.findall(body)
    return days[-1] if days else ""


def written(values: Mapping[str, str], name: str = CHANGES) -> str:
    """The values as a comment that no page shows; nothing where they are too many."""
    packed = base64.b64encode(zlib.compress(json.dumps(values, sort_keys=True).encode(), 9)).decode()
    block = f"<!-- modelsync:{name} {packed} {zlib.crc32(packed.encode()):08x} -->"
    return block if len(block) <= LONGEST else ""


def read(body: str, name: str = CHANGES) -> dict[str, str]:
    """The values that a body ends with; none where it has no whole block, or somebody edited it."""
    for packed, checksum in reversed([rest for named, *rest in _BLOCK.findall(body) if named == name]):
        if f"{zlib.crc32(packed.encode()):08x}" != checksum:
            return {}
        try:
            text = zlib.decompressobj().decompress(base64.b64decode(packed, validate=True), _LARGEST)
            values = json.loads(text)
        except (binascii.Error, zlib.error, ValueError, RecursionError):
            return {}
        return {str(key): str(value) for key, value in values.items()} if isinstance(values, dict) else {}
    return {}
