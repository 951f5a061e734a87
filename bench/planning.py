"""Planning and its guards alone, in memory: what they cost for a catalog of any size."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal

from bench.measure import Aim, aim_line
from modelsync.plan import make_plan
from modelsync.records import Catalog, Entry, Listing, MappingRule, Model, PlanPolicy, Provider, Value

NOW = datetime(2026, 8, 22, tzinfo=UTC)
PROVIDERS = 200
MOVED_EACH = 20
SECONDS = Aim(at_most=2)


def lines(size: int) -> Iterator[str]:
    """The processor's seconds of one plan in which one model of twenty has another price."""
    catalog, listed = _catalog(size), _listing(size)
    policy = PlanPolicy(
        today=NOW.date(),
        sources=("openrouter",),
        mapping=(MappingRule("^(v[0-9]+)/", r"\1"),),
        vendor_sources=frozenset({"openrouter"}),
    )
    gc.set_threshold(100_000, 20, 100)  # as the command line does
    begun = time.process_time()
    made = make_plan(catalog, [listed], policy, started=NOW)
    seconds = time.process_time() - begun
    if len(made.changes) != size // MOVED_EACH:
        raise RuntimeError(f"{len(made.changes)} changes are planned, not {size // MOVED_EACH}")
    yield aim_line(f"seconds of the processor to plan and guard {size:,} models", seconds, SECONDS)


def _catalog(size: int) -> Catalog:
    providers = {}
    for number in range(PROVIDERS):
        name = f"v{number}"
        keys = [f"m-{model}" for model in range(number, size, PROVIDERS)]
        entries = {key: Entry(name, key, _values(key), {"openrouter": f"{name}/{key}"}) for key in keys}
        providers[name] = Provider(name, f"{name}.yaml", entries=entries)
    return Catalog(providers, {})


def _listing(size: int) -> Listing:
    models = (Model(f"v{number % PROVIDERS}/m-{number}", _moved(number)) for number in range(size))
    return Listing("openrouter", tuple(models), NOW, "https://openrouter.ai/api/v1/models")


def _values(key: str) -> dict[str, Value]:
    return {
        "model": key,
        "context_length": 128_000,
        "max_output_tokens": 16_384,
        "pricing.input": Decimal(3),
        "pricing.output": Decimal(15),
        "pricing.cache_read": Decimal("0.3"),
        "features": ("chat", "vision", "function_calling"),
    }


def _moved(number: int) -> dict[str, Value]:
    values = _values("")
    del values["model"]
    return values if number % MOVED_EACH else values | {"pricing.output": Decimal(16)}
