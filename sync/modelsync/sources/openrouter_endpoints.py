"""OpenRouter's list of the hosts of one model, each a provider of its own: `HOST/MODEL`.

Format: https://openrouter.ai/docs/api/api-reference/endpoints/list-endpoints
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec.structs import replace

from modelsync.records import Model, is_price_field, text_of
from modelsync.sources import openrouter, payload, rows
from modelsync.sources.facts import Facts
from modelsync.sources.page import Page, folded
from modelsync.sources.source import Get, Source

ENVELOPE = payload.keys("data")
MODEL = payload.keys("id name created description architecture endpoints")
ALIKE = ("name", "created", "description", "architecture")  # of all hosts
OWN = ("context_length", "pricing", "supported_parameters")  # of each
ENDPOINT = payload.keys(
    "latency_last_30m max_completion_tokens max_prompt_tokens model model_id model_name name provider_name"
    " quantization status supports_implicit_caching tag throughput_last_30m uptime_last_1d uptime_last_30m"
    " uptime_last_5m"
) | {*OWN}


def pages(endpoint: str, key: str, get: Get) -> Iterator[Page]:
    """The one page of the hosts of one model. A key is sent if there is one."""
    model = rows.recognised(get(endpoint, rows.bearer(key)).body, recognises)["data"]
    hosts = [{**host, "model": model} if isinstance(host, dict) else host for host in model["endpoints"]]
    page = rows.page_of(rows.Rows({}, hosts), _model, named="tag", envelope=ENVELOPE)
    unknown = Facts()
    unknown.note("beside the hosts: ", model, MODEL)
    noted = (*page.noted, *((line, "") for line in unknown.unknown))
    yield replace(page, models=tuple(folded(page.models)), noted=noted)


def _model(row: dict[str, Any], facts: Facts) -> Model:
    """One host. What it serves in several precisions is one, where they contradict each other unknown."""
    model, pricing = row["model"], payload.part(row, "pricing", dict)
    host, _, _ = payload.identifier(row.get("tag")).partition("/")  # `deepinfra/fp8`
    facts.note("", row, ENDPOINT)
    alike = {key: model[key] for key in ALIKE if key in model}
    own = {key: row[key] for key in OWN if key in row}
    own["pricing"] = {key: price for key, price in pricing.items() if key != "discount"}
    own["top_provider"] = {"max_completion_tokens": row.get("max_completion_tokens")}
    hosted = openrouter.model_of({**alike, **own, "id": f"{host}/{model['id']}"}, facts)
    prices = [field for field in facts.values if is_price_field(field)]
    for field in prices if pricing.get("discount") else ():
        facts.refuse(field, text_of(facts.values[field]), "at a discount, and it is not said of what")
    return replace(hosted, unusable=tuple(facts.unusable))


def recognises(answer: Any) -> bool:
    """Recognise the hosts of one model below the model."""
    model = answer.get("data") if isinstance(answer, dict) else None
    hosts = model.get("endpoints") if isinstance(model, dict) and isinstance(model.get("id"), str) else None
    return isinstance(hosts, list) and any("provider_name" in host for host in payload.objects(hosts))


SOURCE = Source("openrouter-endpoints", pages, vendor_ids=True, key="optional", recognises=recognises)
