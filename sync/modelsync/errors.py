"""One tree of errors, each with its exit code: what happened, where, and what to do next."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from typing import Literal, Self

EXIT_FAILURE = 1
EXIT_USAGE = 2
EXIT_PENDING = 3
EXIT_HELD = 4
EXIT_CATALOG = 5
EXIT_GIT = 6
EXIT_SOURCE = 7
EXIT_BUG = 70
EXIT_INTERRUPTED = 130
EXIT_TERMINATED = 143

_WORD = re.compile(r"[^\W_]+")
_LIKE = 0.6  # of two words, where 1 is the same

_FIRST_WINS = (
    EXIT_INTERRUPTED,
    EXIT_TERMINATED,
    EXIT_BUG,
    EXIT_USAGE,
    EXIT_CATALOG,
    EXIT_GIT,
    EXIT_SOURCE,
    EXIT_HELD,
    EXIT_PENDING,
    EXIT_FAILURE,
)


def exit_code(codes: Iterable[int]) -> int:
    """The one code that stands for several: the most serious, 0 when there is none."""
    seen = set(codes)
    return next((code for code in _FIRST_WINS if code in seen), 0)


class ModelsyncError(Exception):
    """What happened, where (file and line, URL, branch), and what the user can do next."""

    exit_code = EXIT_FAILURE

    def __init__(self, what: str, *, where: str = "", advice: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.advice = advice

    def at(self, file: str) -> Self:
        """The same error with the file's name before the line that it names."""
        line = self.where.removeprefix("line ")
        return type(self)(self.what, where=f"{file}:{line}" if line else file, advice=self.advice)

    def __str__(self) -> str:
        line = f"{self.where}: {self.what}" if self.where else self.what
        return "\n  ".join((line, *self.advice.splitlines()))


class UsageError(ModelsyncError):
    """The command line asks for something that does not exist or does not fit together."""

    exit_code = EXIT_USAGE


class CatalogError(ModelsyncError):
    """The catalog or its configuration cannot be read, or what it says cannot be right."""

    exit_code = EXIT_CATALOG


class CatalogEditRefused(CatalogError):
    """An edit that cannot be made without risk to what a person wrote; nothing was written."""


class Locked(CatalogError):
    """Another run works on this catalog."""


class DiskFault(CatalogError):
    """Reading, writing or backing up failed; every file is as it was."""

    @classmethod
    def of(cls, error: OSError) -> Self:
        """What the operating system refuses where nobody expected it."""
        return cls(error.strerror or str(error), where=os.fsdecode(error.filename or ""))


class PlanStale(CatalogError):
    """The plan was made for other bytes than those that are there now."""


class GitRefused(ModelsyncError):
    """Git, or the state of the repository, does not allow the commit."""

    exit_code = EXIT_GIT


FailureKind = Literal["connection", "authentication", "data", "database", "timeout", "rate limit"]


class SourceFailed(ModelsyncError):
    """An upstream list could not be fetched, or cannot be trusted; `kind` says which of these it is."""

    exit_code = EXIT_SOURCE

    def __init__(self, what: str, *, where: str = "", advice: str = "", kind: FailureKind = "data") -> None:
        super().__init__(what, where=where, advice=advice)
        self.kind = kind

    def at(self, file: str) -> Self:
        located = super().at(file)
        located.kind = self.kind
        return located


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Give the end of a message about an unknown name: the known one that is most like it, if any is.

    Upper and lower case, and what stands between words, are alike. One with other digits, or a word that is
    nothing like any of the name's, is never given: it is another number (per_1k, per_1m) or another model
    (gpt-4o, gpt-4o-mini), not a slip.
    """
    from difflib import get_close_matches

    alike = {other.lower(): other for other in known if _is_slip(_words(name), _words(other))}
    close = get_close_matches(name.lower(), alike, n=1)
    return f", did you mean {alike[close[0]]}?" if close else ""


def _words(name: str) -> list[str]:
    return _WORD.findall(name.lower())


def _is_slip(words: list[str], others: list[str]) -> bool:
    """Whether the words differ by letters alone, or by where one ends."""
    from difflib import SequenceMatcher

    text, other = "".join(words), "".join(others)
    if text == other:
        return True
    if len(words) != len(others) or _digits(text) != _digits(other):
        return False
    return all(
        sorted(word) == sorted(other) or SequenceMatcher(None, word, other).ratio() > _LIKE
        for word, other in zip(words, others, strict=True)
    )


def _digits(text: str) -> str:
    return "".join(filter(str.isdigit, text))
