"""LiteLLM's price map, read as its proxy would say it: one deployment of each model.

Format: https://docs.litellm.ai/docs/provider_registration/add_model_pricing
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from modelsync.sources import litellm_rows, rows
from modelsync.sources.page import Page
from modelsync.sources.source import Get, Source

EXPLANATION = "sample_spec"  # the entry that explains the others


def pages(endpoint: str, key: str, get: Get) -> Iterator[Page]:
    """The one page of the map. A key is not sent."""
    deployments = []
    for id_, value in rows.recognised(get(endpoint).body, recognises).items():
        provider = value.get("litellm_provider") if isinstance(value, dict) else None
        route = {"model": id_, "custom_llm_provider": provider}
        if id_ != EXPLANATION:
            deployments.append({"model_name": id_, "litellm_params": route, "model_info": value})
    yield litellm_rows.page_of(rows.Rows({}, deployments))


def recognises(answer: Any) -> bool:
    """Recognise a map by the providers that its entries name."""
    entries = answer.values() if isinstance(answer, dict) else ()
    return any(isinstance(entry, dict) and "litellm_provider" in entry for entry in entries)


SOURCE = Source("litellm-map", pages, vendor_ids=True, native_ids=True, key="none", recognises=recognises)
