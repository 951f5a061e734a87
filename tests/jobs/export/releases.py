"""A release with prices of every kind, for the tests of exports."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from modelsync.records import PriceInterval, Release, ReleasedModel, Tier, Variant, Window

FIRST, SECOND = datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 3, 5, tzinfo=UTC)
BATCH = Variant({"service_tier": "batch"}, {"factor": Decimal("0.5")})
LONG = Variant({"service_tier": "batch"}, {"input": Decimal(4), "output": Decimal(12)}, 200_000)
FLEX = Variant({"service_tier": "flex"}, {"input": Decimal("1.1"), "output": Decimal("4.4")})

MODELS: dict[str, dict[str, Any]] = {
    "openai/gpt-4o": {
        "model": "gpt-4o",
        "name": "GPT-4o",
        "context_length": 128_000,
        "max_output_tokens": 16_384,
        "features": ("chat", "vision", "function_calling"),
        "released": "2024-05",
        "pricing.input": Decimal("2.5"),
        "pricing.output": Decimal(10),
        "pricing.cache_read": Decimal("1.25"),
        "pricing.variants": (BATCH, FLEX),
    },
    "anthropic/claude-sonnet-4-5": {
        "model": "claude-sonnet-4-5-20250929",
        "aliases": ("sonnet",),
        "context_length": 1_000_000,
        "features": ("chat",),
        "pricing.input": Decimal(3),
        "pricing.output": Decimal(15),
        "pricing.cache_read": Decimal("0.3"),
        "pricing.cache_write": Decimal("3.75"),
        "pricing.tiers": (
            Tier(
                200_000,
                {
                    "input": Decimal(6),
                    "output": Decimal("22.5"),
                    "cache_read": Decimal("0.6"),
                    "cache_write": Decimal("7.5"),
                },
            ),
        ),
        "pricing.variants": (BATCH, LONG),
    },
    "google/gemini-2.5-pro": {
        "model": "gemini-2.5-pro",
        "pricing.input": Decimal("1.25"),
        "pricing.output": Decimal(10),
        "pricing.factor": Decimal("0.8"),
    },
    "deepseek/deepseek-chat": {
        "model": "deepseek-chat",
        "pricing.input": Decimal("0.4"),
        "pricing.output": Decimal("0.8"),
        "pricing.windows": (Window("16:30", "00:30", {"input": Decimal("0.1")}),),
    },
    "x-ai/grok-4": {
        "model": "grok-4",
        "pricing.input": Decimal(3),
        "pricing.output": Decimal(15),
        "pricing.tiers": (
            Tier(128_000, {"input": Decimal(6), "output": Decimal(30)}),
            Tier(256_000, {"input": Decimal(9)}),
        ),
    },
    "openai/text-embedding-3-small": {
        "model": "text-embedding-3-small",
        "features": ("embeddings",),
        "pricing.input": Decimal("0.02"),
    },
    "openai/unknown": {"model": "unknown", "pricing.output": Decimal(1)},
    "openai/free": {"model": "free", "pricing.input": Decimal(0), "pricing.output": Decimal(0)},
}


def release(models: dict[str, dict[str, Any]] = MODELS, **more: Any) -> Release:
    """The catalog of one commit; the input of gpt-4o was 5 until 2026-03-05."""
    return Release(
        "c" * 40, SECOND, SECOND, tuple(_model(name, values) for name, values in models.items()), **more
    )


def _model(name: str, values: dict[str, Any]) -> ReleasedModel:
    provider, _, key = name.partition("/")
    prices = [
        _interval(name, field, value, FIRST)
        for field, value in values.items()
        if field.startswith("pricing.")
    ]
    if name == "openai/gpt-4o":
        prices = [one for one in prices if one.field != "pricing.input"]
        prices += [
            _interval(name, "pricing.input", Decimal(5), FIRST, SECOND),
            _interval(name, "pricing.input", Decimal("2.5"), SECOND),
        ]
    return ReleasedModel(
        *(provider, key, values["model"], values.get("aliases", ()), {}, values, tuple(prices)),
        hidden=False,
        local=False,
    )


def _interval(
    name: str, field: str, value: Any, since: datetime, until: datetime | None = None
) -> PriceInterval:
    return PriceInterval(name, field, value, since, until, since, since, "c0", "openrouter")
