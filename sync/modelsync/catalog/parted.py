"""Where two values of a file part, by deepdiff. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from msgspec import UNSET

from modelsync.yamledit import Path


def parted(old: Any, new: Any) -> Iterator[tuple[Path, Any, Any]]:
    """Where two values differ, and what each has there; UNSET for nothing. `3.0` is 3."""
    if old == new:
        return
    from deepdiff import DeepDiff
    from deepdiff.helper import notpresent

    same = [(int, Decimal)]
    differing = DeepDiff(old, new, view="tree", threshold_to_diff_deeper=0, ignore_type_in_groups=same)
    for item in (item for kind in differing.values() for item in kind):
        before, after = (UNSET if side is notpresent else side for side in (item.t1, item.t2))
        yield tuple(item.path(output_format="list")), before, after
