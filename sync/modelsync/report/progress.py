"""Says on stderr what is being done: on a terminal in one line that vanishes, in a log what takes long."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

from modelsync.report.table import width
from modelsync.report.text import plain

PATIENCE = 10.0  # seconds
_CLEAR = "\r\x1b[2K"


@contextmanager
def progress(stream: TextIO | None = None, *, patience: float = PATIENCE) -> Iterator[Callable[[str], None]]:
    """A function that shows what is being done now; a log is told once, after `patience` seconds.

    Written by hand: to import a progress bar takes longer than most of what it would show.
    """
    stream = stream or sys.stderr
    if not stream.isatty() or os.environ.get("TERM") == "dumb":
        with _told_once(stream, patience) as tell:
            yield tell
        return
    try:
        yield lambda step: _show(stream, step)
    finally:
        _write(stream, _CLEAR)


@contextmanager
def _told_once(stream: TextIO, patience: float) -> Iterator[Callable[[str], None]]:
    steps: list[str] = []

    def tell_last() -> None:
        if steps:
            _write(stream, f"modelsync: still {plain(steps[-1])}\n")

    timer = threading.Timer(patience, tell_last)
    timer.daemon = True
    timer.start()
    try:
        yield steps.append
    finally:
        timer.cancel()


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
