"""genai-prices' `data.json`: what providers charge, by their own ids. Prices are USD per 1M tokens.

A model is matched by clauses there; here it is known by its id, and by the other ids that a clause `equals`.
Format: https://github.com/pydantic/genai-prices
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from modelsync.records import Model, Tier
from modelsync.sources import payload, rows
from modelsync.sources.facts import Facts, Fields, tier
from modelsync.sources.page import Page
from modelsync.sources.payload import NoValue
from modelsync.sources.source import Get, Source

FIELDS: Fields = {"context_window": ("context_length", payload.count)}
IGNORED = payload.keys("description match name price_comments prices_checked removed")
ROW = payload.keys("id prices deprecated repeats") | FIELDS.keys() | IGNORED
PRICES = {  # USD per 1M tokens
    "input_mtok": "input",
    "output_mtok": "output",
    "cache_read_mtok": "cache_read",
    "cache_write_mtok": "cache_write",
    "cache_write_1h_mtok": "cache_write_1h",
    "output_reasoning_mtok": "reasoning",
    "input_image_mtok": "image_input",
    "output_image_mtok": "image_output",
    "input_audio_mtok": "audio_input",
    "output_audio_mtok": "audio_output",
    "cache_audio_read_mtok": "audio_cache_read",
}
SILENT = PRICES.keys() - {
    "input_mtok",
    "output_mtok",
    "cache_read_mtok",
    "cache_write_mtok",
}  # zero says nothing
OF_OTHERS = payload.keys(  # that no catalog here has
    "requests_kcount web_searches_kcount cache_image_read_mtok input_video_mtok output_video_mtok"
    " output_citation_mtok"
)


def pages(endpoint: str, key: str, get: Get) -> Iterator[Page]:
    """The one page of the list, a row for each model of each provider. A key is not sent."""
    listed = rows.Rows({}, list(_named(rows.recognised(get(endpoint).body, recognises))))
    yield rows.page_of(listed, _model, named="id", envelope=frozenset())


def _named(providers: list[Any]) -> Iterator[Any]:
    """A row for each model, and for each other id of it, the id with the provider before it."""
    for provider in providers:
        models = provider.get("models") if isinstance(provider, dict) else None
        if not isinstance(models, list):
            yield {"id": None}
            continue
        for row in models:
            if not isinstance(row, dict):
                yield row
                continue
            ids = dict.fromkeys((row.get("id"), *_equal(row.get("match"))))
            own, *others = (f"{provider.get('id')}/{id_}" for id_ in ids)
            yield {**row, "id": own, "repeats": ""}
            yield from ({**row, "id": other, "repeats": own} for other in others)


def _equal(clause: Any) -> Iterator[str]:
    """The ids that a clause equals, by itself or as one of several."""
    several = clause.get("or") if isinstance(clause, dict) else None
    for one in (clause, *(several if isinstance(several, list) else ())):
        if isinstance(one, dict) and isinstance(one.get("equals"), str):
            yield one["equals"]


def _model(row: dict[str, Any], facts: Facts) -> Model:
    id_, prices = payload.identifier(row["id"]), row.get("prices")
    facts.note("", row, ROW)
    facts.take_fields(row, FIELDS)
    if isinstance(prices, list):
        facts.refuse("pricing.input", "several prices", "they depend on the day or its hour")
    else:
        prices = payload.part(row, "prices", dict)
        facts.note("prices.", prices, PRICES, OF_OTHERS)
        facts.take_prices(prices, PRICES, _base, silent=SILENT)
        facts.take("pricing.tiers", _tiers, prices)
    return facts.model(id_, repeats=row["repeats"], deprecated=row.get("deprecated") is True)


def _base(price: Any) -> Decimal:
    """The price before any tier."""
    return payload.per_million(price.get("base") if isinstance(price, dict) else price)


def _tiers(prices: dict[str, Any]) -> tuple[Tier, ...] | None:
    """The tiers of all prices together: a request that reaches one is billed whole at its prices."""
    by_start: dict[Any, dict[str, Any]] = {}
    for key, price in prices.items():
        tiers = price.get("tiers") if isinstance(price, dict) and key in PRICES else None
        for one in tiers if isinstance(tiers, list) else ():
            if not isinstance(one, dict):
                raise NoValue("a tier that is not understood")
            by_start.setdefault(payload.count(one.get("start")), {})[key] = one.get("price")
    tiers = (tier(start, entry, PRICES, payload.per_million) for start, entry in by_start.items())
    return tuple(sorted(tiers, key=lambda one: one.above)) or None


def recognises(answer: Any) -> bool:
    """Recognise a list of providers by their models, each with its match and prices."""
    providers = (provider for provider in payload.objects(answer) if "id" in provider)
    return any("prices" in model for one in providers for model in payload.objects(one.get("models")))


SOURCE = Source("genai-prices", pages, vendor_ids=True, native_ids=True, key="none", recognises=recognises)
