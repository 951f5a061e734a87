"""Writes upstream text as Markdown in which it is literal text and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape

from modelsync.report.text import ZERO_WIDTH_SPACE

_SPECIAL = re.compile(r"[\\`*_~\[\]<>&|$]|:(?=//)|(?<=www)\.", re.IGNORECASE)
_START = re.compile(r"^(\d+(?=[.)])|(?=[#+=/-]))")  # of a heading, a list, a rule, a command of GitLab's


def prose(text: str) -> str:
    """The text with all that Markdown would read, or make a link of, escaped."""
    escaped = _START.sub(r"\1\\", _SPECIAL.sub(r"\\\g<0>", text.strip()))
    return escaped.replace("@", f"@{ZERO_WIDTH_SPACE}")


def code(text: str) -> str:
    """A code span that its text cannot leave; in a table a bar is escaped even there."""
    if not text.strip():
        return ""
    fence = _fence(text, 1)
    space = " " if text[0] in "` " or text[-1] in "` " else ""
    return f"{fence}{space}{text}{space}{fence}".replace("|", "\\|")


def block(lines: Sequence[str]) -> str:
    """Lines to be copied, each as it is."""
    fence = _fence("\n".join(lines), 3)
    return "\n".join([f"{fence}sh", *lines, fence]) if lines else ""


def table(names: Sequence[str], words: int, rows: Iterable[Sequence[str]]) -> str:
    """A table of which the first columns are words and the others stand to the right, if it has rows."""
    rule = ["---" if i < words else "--:" for i, _ in enumerate(names)]
    lines = [f"| {' | '.join(cells)} |" for cells in (names, rule, *rows)]
    return "\n".join(lines) if len(lines) > 2 else ""


def bullets(items: Iterable[str]) -> str:
    """A list of things that are Markdown already."""
    return "\n".join(f"- {item}" for item in items)


def folded(name: str, summary: str, parts: Iterable[str]) -> str:
    """Parts that a reader opens by a line of a name and what is said of it.

    That line is HTML, in which no Markdown counts, and no forge makes a link in `code`.
    """
    called = f"<code>{escape(name, quote=False)}</code>" if name else ""
    title = f"{called} {escape(summary, quote=False)}".strip()
    return "\n\n".join([f"<details><summary>{title}</summary>", *filter(None, parts), "</details>"])


def _fence(text: str, least: int) -> str:
    return "`" * max(least, *(len(run) + 1 for run in re.findall("`+", text)), 0)
