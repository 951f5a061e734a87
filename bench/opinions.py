"""`python -m bench.opinions`: what the second opinion makes of real price moves, and how often it is wrong.

Of the lists in `bench/truth/` two are asked for their opinion, as the shipped `sync.yaml` asks them. Of the
others each in turn is the catalog, and each other one the source that would have its prices otherwise: every
such move is planned by modelsync. A price is right where at least two lists state it, as in `bench.truth`;
a move is wrong where it leaves what is right for what is not, and the other way round a hold is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from itertools import permutations

from bench.truth import HERE, Name, Price, lists_in
from modelsync.plan import make_plan
from modelsync.records import (
    Catalog,
    Entry,
    Guard,
    Listing,
    MappingRule,
    Model,
    Plan,
    PlanPolicy,
    Provider,
    Topic,
    Value,
)

NOW = datetime(2026, 8, 22, tzinfo=UTC)
OPINIONS = ("genai-prices", "litellm")
COLUMNS = (
    *("moves", "confirmed", "contradicted", "not known", "held otherwise", "released"),
    *("wrongly written", "wrongly held", "wrongly written without opinions"),
)

Prices = Mapping[Name, Decimal]


def main() -> None:
    for line in table(lists_in(HERE / "truth")):
        print(line)


def table(lists: Mapping[str, Prices]) -> Iterator[str]:
    """A Markdown table: by source, what became of its moves in the catalogs of all others."""
    counts: dict[str, Counter[str]] = {}
    for catalog, source in permutations(sorted(lists.keys() - set(OPINIONS)), 2):
        counts.setdefault(source, Counter()).update(verdicts(lists, catalog, source))
    yield f"| source | {' | '.join(COLUMNS)} |"
    yield "|---" * (len(COLUMNS) + 1) + "|"
    for source, row in [*sorted(counts.items()), ("**all**", sum(counts.values(), Counter()))]:
        yield f"| {source} | {' | '.join(str(row[column]) for column in COLUMNS)} |"


def verdicts(lists: Mapping[str, Prices], catalog: str, source: str) -> Iterator[str]:
    """For each model of both that the source would have otherwise, the columns in which it counts."""
    plan, alone = (plan_of(lists[catalog], source, lists, opinions) for opinions in (OPINIONS, ()))
    holds = {f"{hold.provider}/{hold.key}": hold.guard for hold in plan.holds}
    written, written_alone = ({change.name for change in one.changes} for one in (plan, alone))
    confirmed = {opinion.name.rpartition(":")[0] for opinion in plan.opinions}
    released = {notice.subject for notice in plan.notices if notice.topic == Topic.RELEASED}
    for name in sorted(holds.keys() | written):
        old, new = (_is_right(name, lists[one], lists) for one in (catalog, source))
        guard = holds.get(name)
        columns = {
            "moves": True,
            "confirmed": not guard and name in confirmed,
            "contradicted": guard == Guard.SECOND_OPINION,
            "not known": not guard and name not in confirmed,
            "held otherwise": guard and guard != Guard.SECOND_OPINION,
            "released": name in released,
            "wrongly written": not guard and old and new is False,
            "wrongly held": guard and new and old is False,
            "wrongly written without opinions": name in written_alone and old and new is False,
        }
        yield from (column for column, counts in columns.items() if counts)


def plan_of(catalog: Prices, source: str, lists: Mapping[str, Prices], opinions: Sequence[str]) -> Plan:
    """What a run plans in a catalog of these prices, by the models of the source that it has."""
    known = {name[:2] for name in catalog}
    shared = {name: price for name, price in lists[source].items() if name[:2] in known}
    policy = PlanPolicy(
        today=NOW.date(),
        sources=(source,),
        mapping=(MappingRule("^([^/]+)/", r"\1", prices=True),),
        vendor_sources=frozenset(lists),
        native_sources=frozenset(lists),
        opinions=tuple(opinions),
    )
    heard = [_listing(name, lists[name]) for name in opinions]
    return make_plan(
        _catalog(catalog, source), [_listing(source, shared)], policy, started=NOW, opinions=heard
    )


def _by_model(prices: Prices) -> dict[tuple[str, str], dict[str, Value]]:
    models: dict[tuple[str, str], dict[str, Value]] = {}
    for (provider, model, side), price in prices.items():
        models.setdefault((provider, model), {})[f"pricing.{side}"] = price
    return models


def _listing(source: str, prices: Prices) -> Listing:
    models = (Model("/".join(name), values) for name, values in _by_model(prices).items())
    return Listing(source, tuple(models), NOW, "")


def _catalog(prices: Prices, source: str) -> Catalog:
    entries: dict[str, dict[str, Entry]] = {}
    for (provider, model), values in _by_model(prices).items():
        follows = {source: f"{provider}/{model}"}
        entries.setdefault(provider, {})[model] = Entry(provider, model, {"model": model} | values, follows)
    return Catalog({key: Provider(key, f"{key}.yaml", entries=held) for key, held in entries.items()}, {})


def _is_right(name: str, prices: Prices, lists: Mapping[str, Prices]) -> bool | None:
    """Whether a list's prices of a model are right; None where nobody knows."""
    provider, _, model = name.partition("/")
    places = [(provider, model, side) for side in ("input", "output")]
    stated = [
        Price(place, prices[place], {key: one[place] for key, one in lists.items() if place in one})
        for place in places
        if place in prices
    ]
    known = [price.is_right for price in stated if price.known]
    return all(known) if known else None


if __name__ == "__main__":
    main()
