"""What `modelsync export json` wrote to where it is used, as most people would write it: each row each time.

python obvious_publish.py FILE postgresql://...    one INSERT ... ON CONFLICT for each row
python obvious_publish.py FILE http://...          one POST after the other
"""

from __future__ import annotations

import json
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

INSERT = """\
INSERT INTO models (id, name, provider, description, context_length, input_cost_per_token,
    output_cost_per_token, supports_vision, supports_function_calling, features, metadata)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (id) DO UPDATE SET name = EXCLUDED.name, description = EXCLUDED.description,
    context_length = EXCLUDED.context_length, input_cost_per_token = EXCLUDED.input_cost_per_token,
    output_cost_per_token = EXCLUDED.output_cost_per_token, supports_vision = EXCLUDED.supports_vision,
    supports_function_calling = EXCLUDED.supports_function_calling, features = EXCLUDED.features,
    metadata = EXCLUDED.metadata
"""


def per_token(model: dict[str, Any], kind: str) -> Decimal:
    return Decimal(model["values"][f"pricing.{kind}"]) / 1_000_000


def into_database(models: list[dict[str, Any]], url: str) -> None:
    import psycopg

    with psycopg.connect(url) as connection:
        for model in models:
            values, features = model["values"], model["values"]["features"]
            facts = (model["model"], values["name"], model["provider"], values["description"])
            prices = (per_token(model, "input"), per_token(model, "output"))
            abilities = ("vision" in features, "function_calling" in features, features)
            row = (*facts, values["context_length"], *prices, *abilities, json.dumps(model))
            connection.execute(INSERT, row)


def to_proxy(models: list[dict[str, Any]], url: str) -> None:
    import requests

    for model in models:
        values = model["values"]
        row = {
            "model_id": model["model"],
            "provider_name": model["provider"],
            "model_name": model["id"],
            "cost_input": float(per_token(model, "input")),
            "cost_output": float(per_token(model, "output")),
            "is_available": True,
            "settings": {"displayName": values["name"], "contextWindow": values["context_length"]},
        }
        requests.post(f"{url}/functions/v1/sync-model", json=row, timeout=30).raise_for_status()


if __name__ == "__main__":
    listed = json.loads(Path(sys.argv[1]).read_text())["models"]
    (into_database if sys.argv[2].startswith("postgresql") else to_proxy)(listed, sys.argv[2])
