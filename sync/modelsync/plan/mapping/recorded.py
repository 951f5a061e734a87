"""The ids that vendors' own APIs were seen to take, as `recorded.txt` has them. It knows no rule."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

FILE = Path(__file__).with_name("recorded.txt")


def is_recorded(vendor: str, model: str) -> bool:
    """Tell whether a record of the vendor's own API has the id. One that is not there may be newer."""
    return model in recorded().get(vendor, ())


@lru_cache(maxsize=1)
def recorded() -> Mapping[str, frozenset[str]]:
    """Give the ids of each vendor."""
    ids: dict[str, set[str]] = {}
    for line in FILE.read_text("utf-8").splitlines():
        if not line.startswith("#"):
            vendor, _, model = line.partition(" ")
            ids.setdefault(vendor, set()).add(model)
    return {vendor: frozenset(models) for vendor, models in ids.items()}
