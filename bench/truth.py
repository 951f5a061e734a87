"""`python -m bench.truth [--catalog FOLDER]`: the prices of a catalog beside lists that others keep.

A price is known where at least two independent lists state it for the provider's own id; it is right where
the catalog states one that is known, within half a percent. The files are read by PyYAML, not by modelsync.
The lists are in `bench/truth/`: provider, the provider's own id, USD per 1M tokens in and out, of the days
that its README names.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from bench.measure import Aim

HERE = Path(__file__).parent
ROOT = HERE.parent
RIGHT = Aim(at_least=98)
SAME = Decimal("0.005")

Name = tuple[str, str, str]  # provider, native id, `input` or `output`


@dataclass(frozen=True)
class Price:
    """One price of a catalog, and what the lists state for it."""

    name: Name
    value: Decimal
    stated: Mapping[str, Decimal]  # by list, above zero

    @property
    def known(self) -> tuple[Decimal, ...]:
        """The values that at least two lists state."""
        values = list(self.stated.values())
        return tuple(value for value in values if sum(is_same(value, other) for other in values) > 1)

    @property
    def is_right(self) -> bool:
        return any(is_same(self.value, value) for value in self.known)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.truth", description=__doc__)
    parser.add_argument("--catalog", type=Path, default=ROOT / "catalog", help="the folder with providers/")
    prices = list(prices_of(parser.parse_args().catalog, lists_in(HERE / "truth")))
    for line in table(prices):
        print(line)
    known = [price for price in prices if price.known]
    share = 100 * sum(price.is_right for price in known) / max(1, len(known))
    print(f"\n{share:.1f} of 100 prices that are known are right; {RIGHT}: {RIGHT.verdict(share)}")
    for price in known:
        if not price.is_right:
            print(_wrong(price))
    return 0 if RIGHT.is_met(share) else 1


def lists_in(folder: Path) -> dict[str, dict[Name, Decimal]]:
    """The prices of each list by provider, id and side; none where it states none, or zero."""
    return {path.stem: dict(_rows(path)) for path in sorted(folder.glob("*.csv"))}


def _rows(path: Path) -> Iterator[tuple[Name, Decimal]]:
    with path.open(newline="") as file:
        for row in csv.DictReader(file):
            for side in ("input", "output"):
                if row[side] and Decimal(row[side]):
                    yield (row["provider"], row["model"], side), Decimal(row[side])


def prices_of(catalog: Path, lists: Mapping[str, Mapping[Name, Decimal]]) -> Iterator[Price]:
    """The input and output prices of a catalog, in order, each with what the lists state."""
    for path in sorted((catalog / "providers").glob("*.yaml")):
        read: Any = yaml.load(path.read_text(), Loader=yaml.BaseLoader)
        for provider, value in (read.get("providers") or {}).items():
            for entry in (value.get("models") or {}).values():
                for side in ("input", "output"):
                    name = (provider, entry["model"], side)
                    stated = {key: prices[name] for key, prices in lists.items() if name in prices}
                    price = (entry.get("pricing") or {}).get(side)
                    if price is not None:
                        yield Price(name, Decimal(price), stated)


def is_same(one: Decimal, other: Decimal) -> bool:
    return abs(one - other) <= SAME * max(one, other)


def table(prices: Sequence[Price]) -> Iterator[str]:
    """A Markdown table: of each provider, how many prices there are, are known, and are right."""
    columns = {
        "prices": Counter(price.name[0] for price in prices),
        "known": Counter(price.name[0] for price in prices if price.known),
        "right": Counter(price.name[0] for price in prices if price.is_right),
    }
    yield f"| provider | {' | '.join(columns)} |"
    yield "|---" * (len(columns) + 1) + "|"
    for provider in columns["prices"]:
        yield f"| {provider} | {' | '.join(str(counts[provider]) for counts in columns.values())} |"
    yield f"| **all** | {' | '.join(str(counts.total()) for counts in columns.values())} |"


def _wrong(price: Price) -> str:
    stated = ", ".join(f"{name} {value}" for name, value in price.stated.items())
    return f"  {'/'.join(price.name[:2])}:{price.name[2]} is {price.value}: {stated}"


if __name__ == "__main__":
    sys.exit(main())
