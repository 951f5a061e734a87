"""The second look at a commit: two revisions of the catalog -> what no run of sync may have done.

It reads no plan and shares as little as it can with planning: its own reading of what changed, and
the policy of the older revision, so that no commit can loosen the rules by which it is judged.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path

import msgspec

from modelsync.against.fault import Fault
from modelsync.against.files import of_files
from modelsync.against.judge import faults
from modelsync.against.revisions import read
from modelsync.config import Place

__all__ = ["Fault", "against", "faults"]


def against(
    place: Place, base: str, head: str = "", *, today: date, accept: Sequence[str] = ()
) -> tuple[Fault, ...]:
    """What `head` (none: the working tree) changed since it left `base` and no run of sync may change.

    `accept` lets through what concerns one model, by patterns: `openai/gpt-4o:pricing.input`.
    Raises UsageError for an unknown revision, GitRefused, CatalogError where a file is unreadable.
    """
    both = read(place, base, head)
    of_data = faults(both.before, both.after, both.config, today=today, since=both.since)
    found = [*of_files(both), *of_data]
    left = (fault for fault in found if not any(_lets_through(pattern, fault) for pattern in accept))
    shown = (
        msgspec.structs.replace(fault, file=os.path.relpath(Path(both.root, fault.file))) for fault in left
    )
    return tuple(sorted(shown, key=lambda fault: (fault.file, fault.line, fault.text)))


def _lets_through(pattern: str, fault: Fault) -> bool:
    return fault.name != "" and (fault.name == pattern or fnmatchcase(fault.name, pattern))
