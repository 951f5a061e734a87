"""Where a report is read: decides once between tables for a terminal and plain lines for a pipe."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Literal, TextIO

import msgspec

if TYPE_CHECKING:
    from rich.console import Console

MARGIN = 2  # columns that a line goes on at, below itself

Color = Literal["auto", "always", "never"]

_ASCII = str.maketrans({"→": "->", "−": "-", "–": "-", "—": "-", "…": "...", "×": "x", "÷": "/", "·": "|"})


class Screen(msgspec.Struct, frozen=True):
    """An output stream and how a person wants to read it; `width` is for tests, in columns."""

    stream: TextIO = msgspec.field(default_factory=lambda: sys.stdout)
    color: Color = "auto"
    verbose: bool = False
    width: int | None = None

    @property
    def is_terminal(self) -> bool:
        """Whether tables are drawn. A pipe, and a terminal that is not UTF-8, get plain lines."""
        utf8 = (self.stream.encoding or "utf-8").lower().replace("-", "") == "utf8"
        return utf8 and (self.color == "always" or self.stream.isatty())

    @property
    def is_colored(self) -> bool:
        """Whether escape codes are written; `--color` is stronger than NO_COLOR."""
        if self.color == "auto":
            return (
                self.stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
            )
        return self.color == "always"

    def console(self) -> Console:
        """The terminal for rich, which is imported here at the earliest."""
        from rich.console import Console

        return Console(
            file=self.stream,
            color_system="auto" if self.is_colored else None,
            force_terminal=self.is_colored,
            width=self.width,
            highlight=False,
            markup=False,
            emoji=False,
        )

    def write(self, lines: Iterable[str]) -> None:
        """Plain lines, in ASCII where the stream knows no more than its own encoding."""
        text = "".join(f"{line}\n" for line in lines)
        encoding = self.stream.encoding or "utf-8"
        try:
            text.encode(encoding)
        except UnicodeEncodeError:
            text = text.translate(_ASCII).encode(encoding, "backslashreplace").decode(encoding)
        self.stream.write(text)


def folded(line: str, stream: TextIO) -> str:
    """The line broken between words where a terminal would break it anywhere; elsewhere as it is."""
    if not stream.isatty():
        return line
    import shutil
    import textwrap

    return textwrap.fill(
        line,
        shutil.get_terminal_size().columns,
        subsequent_indent=" " * MARGIN,
        break_long_words=False,
        break_on_hyphens=False,
    )
