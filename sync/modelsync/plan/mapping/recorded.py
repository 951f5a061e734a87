"""What is known of vendors' own ids beside all rules: those that were seen, and names that no rule gives."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

FILE = Path(__file__).with_name("recorded.txt")
NAMES = Path(__file__).with_name("names.txt")


def is_recorded(vendor: str, model: str) -> bool:
    """Tell whether a record of the vendor's own API has the id. One that is not there may be newer."""
    return model in recorded().get(vendor, ())


@lru_cache(maxsize=1)
def recorded() -> Mapping[str, frozenset[str]]:
    """Give the ids of each vendor."""
    ids: dict[str, set[str]] = {}
    for vendor, model in _lines(FILE):
        ids.setdefault(vendor, set()).add(model)
    return {vendor: frozenset(models) for vendor, models in ids.items()}


@lru_cache(maxsize=1)
def by_no_rule() -> Mapping[tuple[str, str], str]:
    """Give, by vendor and what aggregators call a model, the vendor's own ids that no rule gives."""
    return {(vendor, name): model for vendor, name, model in _lines(NAMES)}


def _lines(file: Path) -> list[list[str]]:
    return [line.split() for line in file.read_text("utf-8").splitlines() if not line.startswith("#")]
