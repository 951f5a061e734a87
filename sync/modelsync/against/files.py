"""Which files a commit may touch at all: the catalog's data files, as ordinary files of the mode they had."""

from __future__ import annotations

from collections.abc import Iterator

from modelsync.against.fault import Fault
from modelsync.against.revisions import NO_FILE, REGULAR, Revisions, Touched


def of_files(both: Revisions) -> Iterator[Fault]:
    """What was done to files as such."""
    for item in both.touched:
        what = _what(both, item)
        if what:
            yield Fault(item.path, 0, what)


def _what(both: Revisions, item: Touched) -> str:
    if item.path == both.config_path:
        return "was changed, and decides what a change may do"
    if not {item.before, item.after} <= {NO_FILE, *REGULAR}:
        return f"is no ordinary file: its mode was {item.before} and is {item.after}"
    if item.path not in both.before and item.path not in both.after:
        return "was changed, and is no data file of the catalog"
    if item.before == NO_FILE:
        return "" if item.after == REGULAR[0] else f"is new, and can be executed: its mode is {item.after}"
    if item.after not in (item.before, NO_FILE):
        return f"its mode was {item.before} and is {item.after}"
    return ""
