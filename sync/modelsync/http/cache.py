"""Keeps the bodies of answers in a folder, one file each. A damaged or missing one is simply not there."""

from __future__ import annotations

import threading
import zlib
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import msgspec


class Kept(msgspec.Struct, frozen=True):
    """A body, when upstream last confirmed it, and the tag to ask with whether it still stands."""

    body: bytes
    fetched: datetime
    etag: str


_Head = tuple[str, datetime, int]  # the first line of a file: tag, when, and the checksum of what follows


class Cache:
    """A folder of answers, or none. A file is named by a hash of the request, which may hold a key."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def read(self, url: str, headers: Mapping[str, str]) -> Kept | None:
        if self._folder is None:
            return None
        try:
            with self._path(self._folder, url, headers).open("rb") as file:
                etag, fetched, checksum = msgspec.json.decode(file.readline(), type=_Head)
                body = file.read()
        except (OSError, ValueError):
            return None
        return Kept(body, fetched, etag) if checksum == zlib.crc32(body) else None

    def write(self, url: str, headers: Mapping[str, str], kept: Kept) -> None:
        """Keep an answer. A weak tag does not promise the same bytes, so none is kept."""
        if self._folder is None:
            return
        strong = kept.etag.startswith('"') and kept.etag.isascii() and kept.etag.isprintable()
        head: _Head = (kept.etag if strong else "", kept.fetched, zlib.crc32(kept.body))
        path = self._path(self._folder, url, headers)
        partial = path.with_name(
            f".modelsync-{path.name}.{threading.get_ident()}.tmp"
        )  # swept by the next run
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with partial.open("wb") as file:
                file.write(msgspec.json.encode(head) + b"\n")
                file.write(kept.body)
            partial.replace(path)
        except OSError:  # a cache that cannot be written makes a run slower, not wrong
            with suppress(OSError):
                partial.unlink(missing_ok=True)

    @staticmethod
    def _path(folder: Path, url: str, headers: Mapping[str, str]) -> Path:
        import hashlib

        asked = msgspec.json.encode([url, sorted(headers.items())])
        return folder / f"{hashlib.sha256(asked).hexdigest()[:32]}.cache"
