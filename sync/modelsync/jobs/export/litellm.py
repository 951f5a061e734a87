"""A price map for LiteLLM, as its `model_prices_and_context_window.json`: USD per token."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import msgspec

from modelsync.jobs.export.format import Export, Exported, dumped, known_on
from modelsync.records import Prices, Release, Value
from modelsync.targets.litellm_names import LACKS, WITHOUT_PREFIX, costs, facts, provider_of


def _make(release: Release, day: date) -> Exported:
    """The prices of the day; a model without a known price is left out, for LiteLLM takes it for free."""
    entries: dict[str, Any] = {}
    notices: list[str] = []
    for model, prices in known_on(day, release, notices):
        notices += (
            f"{model.name}: LiteLLM is not told {lack}" for lack, is_so in LACKS.items() if is_so(prices)
        )
        provider = provider_of(model.provider)
        key = model.id if provider in WITHOUT_PREFIX else f"{provider}/{model.id}"
        entries[key] = _entry(model.values, provider, prices)
    return Exported(dumped(entries), tuple(notices))


def _entry(values: dict[str, Value], provider: str, prices: Prices) -> dict[str, Any]:
    known = {key: value for key, value in facts(values).items() if value is not None}
    return {"litellm_provider": provider, "mode": "chat", **known, **dict(costs(prices))}


def _merged(ours: str, text: str) -> str:
    """A map with our entries in it, all others as they are: a proxy refuses one much smaller than its own."""
    theirs = _read(text)
    if not isinstance(theirs, dict):
        raise ValueError("its outermost value is no object")
    return dumped(theirs | _read(ours))


def _read(text: str) -> Any:
    try:
        return json.loads(text, parse_float=lambda number: msgspec.Raw(number.encode()))
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


EXPORTS = (Export("litellm", _make, _merged),)
