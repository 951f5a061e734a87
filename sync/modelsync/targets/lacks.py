"""What a target is not told of the models, because it is not known or its rows cannot say it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import date

from modelsync.records import Prices, ReleasedModel

Lacks = Mapping[str, Callable[[Prices], bool]]

UNKNOWN_PRICES: Lacks = {
    "an input price, which is not known": lambda prices: prices.of("input") is None,
    "an output price, which is not known": lambda prices: prices.of("output") is None,
}
FURTHER_PRICES: Lacks = {
    "the prices of long prompts": lambda prices: bool(prices.tiers),
    "the prices by the hour": lambda prices: bool(prices.windows),
    "the prices of other ways to ask": lambda prices: bool(prices.variants),
}


def lacks(models: Iterable[ReleasedModel], day: date, of: Lacks) -> dict[str, tuple[str, ...]]:
    """What of these is so on a day (UTC), and the models of which it is."""
    names: dict[str, list[str]] = defaultdict(list)
    for model in models:
        prices = model.prices_on(day)
        for lack, is_so in of.items():
            if is_so(prices):
                names[lack].append(model.name)
    return {lack: tuple(of_it) for lack, of_it in names.items()}
