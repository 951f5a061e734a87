"""genai-prices' `data.json`: what providers charge, by their own ids. Prices are USD per 1M tokens.

A model is matched by clauses there; here it is known by its id, and by the other ids that a clause `equals`.
Format: https://github.com/pydantic/genai-prices
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from modelsync.errors import SourceFailed
from modelsync.http import excerpt
from modelsync.records import Model, Tier
from modelsync.sources import payload, rows
from modelsync.sources.facts import Facts
from modelsync.sources.page import Page
from modelsync.sources.payload import NoValue
from modelsync.sources.source import Get, Source

PRICES = {  # USD per 1M tokens
    "input_mtok": "input",
    "output_mtok": "output",
    "cache_read_mtok": "cache_read",
    "cache_write_mtok": "cache_write",
    "input_audio_mtok": "audio_input",
    "output_audio_mtok": "audio_output",
}


def pages(endpoint: str, key: str, get: Get) -> Iterator[Page]:
    """The one page of the list, a row for each model of each provider. A key is not sent."""
    body = get(endpoint).body
    answer = rows.decoded(body)
    if not recognises(answer):
        raise SourceFailed(f"the answer is not a list of models: {excerpt(body)}")
    yield rows.page_of(rows.Rows({}, list(_named(answer))), _model, named="id", envelope=frozenset())


def _named(providers: list[Any]) -> Iterator[Any]:
    """A row for each model, and for each other id of it, the id with the provider before it."""
    for provider in providers:
        models = provider.get("models") if isinstance(provider, dict) else None
        for row in models if isinstance(models, list) else (provider,):
            if not isinstance(row, dict) or not isinstance(row.get("id"), str) or row is provider:
                yield row
                continue
            own = f"{provider.get('id')}/{row['id']}"
            yield {**row, "id": own, "repeats": ""}
            for other in dict.fromkeys(_equal(row.get("match"))):
                if other != row["id"]:
                    yield {**row, "id": f"{provider.get('id')}/{other}", "repeats": own}


def _equal(clause: Any) -> Iterator[str]:
    """The ids that a clause equals, by itself or as one of several."""
    if not isinstance(clause, dict):
        return
    if isinstance(clause.get("equals"), str):
        yield clause["equals"]
    for one in clause["or"] if isinstance(clause.get("or"), list) else ():
        if isinstance(one, dict) and isinstance(one.get("equals"), str):
            yield one["equals"]


def _model(row: dict[str, Any], facts: Facts) -> Model:
    id_, prices = payload.identifier(row["id"]), row.get("prices")
    facts.take("context_length", payload.count, row.get("context_window"))
    if isinstance(prices, list):
        facts.refuse("pricing.input", "several prices", "they depend on the day or its hour")
    else:
        prices = payload.part(row, "prices", dict)
        facts.take_prices(prices, PRICES, _base)
        facts.take("pricing.tiers", _tiers, prices)
    return facts.model(id_, repeats=row["repeats"])


def _base(price: Any) -> Any:
    """The price before any tier."""
    return payload.per_million(price.get("base") if isinstance(price, dict) else price)


def _tiers(prices: dict[str, Any]) -> tuple[Tier, ...] | None:
    """The tiers of all prices together: a request that reaches one is billed whole at its prices."""
    by_start: dict[int, dict[str, Any]] = {}
    for key, price in prices.items():
        tiers = price.get("tiers") if isinstance(price, dict) and key in PRICES else None
        for tier in tiers if isinstance(tiers, list) else ():
            start = payload.count(tier.get("start")) if isinstance(tier, dict) else None
            if start is None:
                raise NoValue("a tier from no length on")
            by_start.setdefault(start, {})[PRICES[key]] = payload.per_million(tier.get("price"))
    return tuple(Tier(start, by_start[start]) for start in sorted(by_start)) or None


def recognises(answer: Any) -> bool:
    """Recognise a list of providers by their models, each with its match and prices."""
    first = answer[0] if isinstance(answer, list) and answer else None
    models = first.get("models") if isinstance(first, dict) and "id" in first else None
    return isinstance(models, list) and any(isinstance(one, dict) and "prices" in one for one in models)


SOURCE = Source("genai-prices", pages, vendor_ids=True, native_ids=True, key="none", recognises=recognises)
