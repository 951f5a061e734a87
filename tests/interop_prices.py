"""The real readers of exported prices, LiteLLM and genai-prices, give our prices.

`make interop` installs them apart. `PRICES=path/to/python pytest -n0 tests/interop_prices.py`
"""

from __future__ import annotations

import json
import os
import subprocess
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from releases import MODELS, release

from modelsync.jobs.export import FORMATS
from modelsync.jobs.request_cost import request_cost
from modelsync.records import Usage

DAY = date(2026, 3, 20)
USAGES = (
    Usage(input=1000, output=500),
    Usage(input=1, output=0),
    Usage(input=300_000, output=77),
    Usage(input=600, output=500, cache_read=400),
    Usage(input=150_000, output=9, cache_read=50_001),
)
LITELLM = """
import json, sys
import litellm
map_, questions = json.load(sys.stdin)
litellm.model_cost = map_
litellm.suppress_debug_info = True
answers = []
for key, provider, usage in questions:
    of = litellm.types.utils.Usage(
        prompt_tokens=usage["input"] + usage["cache_read"], completion_tokens=usage["output"],
        prompt_tokens_details={"cached_tokens": usage["cache_read"]},
    )
    prices = litellm.cost_per_token(
        model=key, custom_llm_provider=provider, usage_object=of, service_tier=usage["service_tier"] or None
    )
    answers.append(repr(sum(prices)))
print(json.dumps(answers))
"""
GENAI = """
import json, sys
from datetime import datetime
from genai_prices import Usage, types
data, questions = json.load(sys.stdin)
providers = {provider.id: provider for provider in types._providers_from_raw(data)}
answers = []
for id_, provider, usage, at, context in questions:
    model = next(model for model in providers[provider].models if model.is_match(id_))
    whole = usage["input"] + usage["cache_read"]
    answers.append(str(model.calc_price(
        Usage(input_tokens=whole, output_tokens=usage["output"], cache_read_tokens=usage["cache_read"]),
        providers[provider],
        genai_request_timestamp=datetime.fromisoformat(at),
        price_context=context or None,
    ).total_price))
print(json.dumps(answers))
"""


def answers(script: str, document: str, questions: list[Any]) -> list[Decimal]:
    """What the real package says."""
    environment = {"PATH": os.environ["PATH"], "LITELLM_LOCAL_MODEL_COST_MAP": "True"}
    ran = subprocess.run(
        [os.environ["PRICES"], "-c", script],
        input=json.dumps([json.loads(document), questions]),
        capture_output=True, text=True, check=True, env=environment,
    )  # fmt: skip
    return [Decimal(answer) for answer in json.loads(ran.stdout.splitlines()[-1])]


def ours(name: str, usage: Usage, at: datetime = datetime(2026, 3, 20, 12, tzinfo=UTC)) -> Decimal | None:
    values = {
        one.field: one.value
        for model in release().models
        if model.name == name
        for one in model.prices
        if one.counts_at(at)
    }
    return request_cost(values, usage, at).total


def as_dict(usage: Usage) -> dict[str, Any]:
    return {name: getattr(usage, name) for name in ("input", "output", "cache_read", "service_tier")}


def test_litellm_gives_our_prices_tiers_and_service_tiers_too():
    exported = FORMATS["litellm"].make(release(), DAY)
    keys = {
        "openai/gpt-4o": ("gpt-4o", "openai"),
        "anthropic/claude-sonnet-4-5": ("claude-sonnet-4-5-20250929", "anthropic"),
        "google/gemini-2.5-pro": ("gemini/gemini-2.5-pro", "gemini"),
        "x-ai/grok-4": ("xai/grok-4", "xai"),
    }
    asked = [(name, usage) for name in keys for usage in USAGES if ours(name, usage) is not None]
    asked.append(("openai/gpt-4o", Usage(input=1000, output=500, service_tier="flex")))
    questions = [(*keys[name], as_dict(usage)) for name, usage in asked]
    for (name, usage), answer in zip(asked, answers(LITELLM, exported.text, questions), strict=True):
        assert float(answer) == pytest.approx(float(ours(name, usage)), rel=1e-12), (name, usage)
    assert len(asked) > 10


def test_genai_prices_gives_our_prices_of_each_day_hour_and_way_to_ask():
    exported = FORMATS["genai-prices"].make(release(), DAY)
    moments = [datetime(2026, 3, day, hour, tzinfo=UTC) for day in (1, 4, 5, 20) for hour in (0, 12, 20)]
    names = [name for name in MODELS if name not in ("openai/unknown", "openai/text-embedding-3-small")]
    asked = [
        (name, usage, at)
        for name in names
        for usage in USAGES
        for at in moments
        if ours(name, usage, at) is not None
    ]
    asked += [
        ("openai/gpt-4o", Usage(input=1000, output=500, cache_read=7, service_tier=tier), moments[-1])
        for tier in ("batch", "flex")
    ]
    asked += [
        ("anthropic/claude-sonnet-4-5", Usage(input=count, output=9, service_tier="batch"), moments[-1])
        for count in (200_000, 200_001)
    ]
    words = {"batch": {"processing": "batch"}, "flex": {"service_tier": "flex"}}
    questions = [
        (
            MODELS[name]["model"],
            name.partition("/")[0],
            as_dict(usage),
            at.isoformat(),
            words.get(usage.service_tier, {}),
        )
        for name, usage, at in asked
    ]
    for (name, usage, at), answer in zip(asked, answers(GENAI, exported.text, questions), strict=True):
        assert answer == ours(name, usage, at), (name, usage, at)
    assert len(asked) > 100
