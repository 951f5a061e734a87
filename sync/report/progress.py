"""Says on stderr what is being done, on a terminal only, in one line that vanishes."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

from sync.report.align import width
from sync.report.text import plain

_CLEAR = "\r\x1b[2K"


@contextmanager
def progress(stream: TextIO | None = None) -> Iterator[Callable[[str], None]]:
    """A function that shows what is being done now; it does nothing where nobody looks.

    Written by hand: to import a progress bar takes longer than most of what it would show.
    """
    stream = stream or sys.stderr
    if not stream.isatty() or os.environ.get("TERM") == "dumb":
        yield lambda _: None
        return
    try:
        yield lambda step: _show(stream, step)
    finally:
        _write(stream, _CLEAR)


def _show(stream: TextIO, step: str) -> None:
    import shutil

    line, most = plain(step), shutil.get_terminal_size().columns - 2
    while width(line) > most:
        line = line[:-1]
    _write(stream, f"{_CLEAR}{line} …")


def _write(stream: TextIO, text: str) -> None:
    encoding = stream.encoding or "utf-8"
    stream.write(text.encode(encoding, "replace").decode(encoding))
    stream.flush()
