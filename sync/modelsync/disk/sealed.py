"""The seal of what was written in this clone, by a key in git's own folder: with a clone comes no key."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from modelsync.disk import files

SIZE = 32  # bytes of a seal


def key(folder: Path) -> bytes:
    """The key of this clone; none where none was made."""
    with suppress(OSError):
        return files.read(folder / "key") or b""
    return b""


def made_key(folder: Path) -> bytes:
    """The key of this clone, made where there is none. Raises OSError."""
    known = key(folder)
    if not known:
        known = secrets.token_bytes(SIZE)
        folder.mkdir(exist_ok=True)
        files.replace(folder / "key", known)
    return known


def seal(content: Iterable[bytes | memoryview], key: bytes, form: bytes) -> bytes:
    """The seal of content of a form, of which the name is at most 16 bytes."""
    digest = hashlib.blake2b(key=key[:64], person=form, digest_size=SIZE)
    for part in content:
        digest.update(part)
    return digest.digest()


def is_sealed(
    content: Iterable[bytes | memoryview], given: bytes | memoryview, key: bytes, form: bytes
) -> bool:
    """Whether this is the seal of the content; never, where the clone has no key."""
    return bool(key) and secrets.compare_digest(given, seal(content, key, form))
