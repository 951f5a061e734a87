"""Progress is for a person who waits: on a terminal one line, gone afterwards; in a log what takes long."""

from __future__ import annotations

import io
import os
import pty
import threading

import pytest
from report_samples import Terminal

from modelsync.report import progress


@pytest.fixture(autouse=True)
def a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "40")


def test_a_log_gets_no_progress() -> None:
    stream = io.StringIO()
    with progress(stream) as show:
        show("fetching")
    assert stream.getvalue() == ""


class Log(io.StringIO):
    """A stream that says when a whole line was written."""

    def __init__(self) -> None:
        super().__init__()
        self.told = threading.Event()

    def flush(self) -> None:
        self.told.set()


def test_a_log_is_told_once_whom_it_still_waits_for() -> None:
    stream = Log()
    with progress(stream, patience=0.1) as show:
        show("asking groq, xai")
        show("asking xai\x1b[2J")
        assert stream.told.wait(60)
    assert stream.getvalue() == "modelsync: still asking xai\\x1b[2J\n"


def test_a_dumb_terminal_gets_no_progress(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    stream = Terminal()
    with progress(stream) as show:
        show("fetching")
    assert stream.getvalue() == ""


def test_a_real_terminal_gets_one_line_that_vanishes() -> None:
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "w", encoding="utf-8") as stream:
        with progress(stream) as show:
            show("fetching openrouter")
        wanted = "\r\x1b[2Kfetching openrouter …\r\x1b[2K".encode()
        shown = b""
        while len(shown) < len(wanted):  # one read may give a part of it
            shown += os.read(ours, 1000)
    os.close(ours)
    assert shown == wanted


def test_the_line_vanishes_when_the_work_fails() -> None:
    stream = Terminal()
    with pytest.raises(OSError, match="gone"):
        fail_within(stream)
    assert stream.getvalue().endswith("\r\x1b[2K")


def fail_within(stream: Terminal) -> None:
    with progress(stream) as show:
        show("fetching")
        raise OSError("gone")


def test_a_step_is_safe_and_fits_in_the_line() -> None:
    stream = Terminal()
    with progress(stream) as show:
        show("fetching \x1b[31m" + "模" * 100)
    line = stream.getvalue().split("\x1b[2K")[1]
    assert line.startswith("fetching \\x1b[31m模")
    assert len(line) < 40
