"""Makes the catalogs and lists that are measured: of the recorded list, and synthetic of any size."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from decimal import Decimal
from itertools import zip_longest
from pathlib import Path
from typing import Any

from bench.measure import ENVIRONMENT, whole_process

RECORDED = Path(__file__).parent.parent / "sync/modelsync/jobs/demo/openrouter.json"
PROVIDER_FILES = 200
MOVED_EACH = 20  # one model in so many has news: about 5 % of all prices and limits
WIDELY_MODELS, WIDELY_FILES = 120, 24

Row = dict[str, Any]

_CONFIG = """\
create_providers: true
sources:
  openrouter:
    transformer: openrouter
    authoritative: true
    endpoints:
      - url: {url}
mapping:
  - {{match: '^([^/]+)/', provider: '\\1'}}
"""


def start(folder: Path, url: str) -> Path:
    """A repository with an empty catalog that follows the list at the address."""
    (folder / "catalog" / "providers").mkdir(parents=True)
    (folder / "catalog" / "sync.yaml").write_text(_CONFIG.format(url=url))
    git(folder, "init", "-q", "-b", "main")
    commit(folder)
    return folder


def recorded(folder: Path, url: str, modelsync: str) -> Path:
    """A repository with a catalog of all plain ids of the recorded list, made by modelsync itself."""
    start(folder, url)
    whole_process([modelsync, "sync", "--no-branch", "--from", f"openrouter={RECORDED}"], folder)
    return folder


def commit(folder: Path) -> None:
    git(folder, "add", "--all")
    git(folder, "commit", "-q", "-m", "The catalog")


def git(folder: Path, *arguments: str | Path) -> None:
    subprocess.run(["git", *arguments], cwd=folder, env=ENVIRONMENT, check=True)


# ---------------------------------------------------------------------------- a list with news


def moved(path: Path) -> Path:
    """The recorded list with every price and limit of one plain id in twenty moved, within the guards."""
    return _with_moved(path, lambda rows: rows[::MOVED_EACH])


def moved_widely(path: Path) -> Path:
    """The same with 120 models of the 24 vendors that have the most."""
    return _with_moved(path, _of_many_vendors)


def _of_many_vendors(rows: list[Row]) -> list[Row]:
    vendors: dict[str, list[Row]] = {}
    for row in rows:
        vendors.setdefault(row["id"].partition("/")[0], []).append(row)
    largest = sorted(vendors.values(), key=len, reverse=True)[:WIDELY_FILES]
    in_turn = [row for turn in zip_longest(*largest) for row in turn if row]
    return in_turn[:WIDELY_MODELS]


def _with_moved(path: Path, chosen: Callable[[list[Row]], list[Row]]) -> Path:
    listed = json.loads(RECORDED.read_bytes())
    plain = [row for row in listed["data"] if ":" not in row["id"] and not row["id"].startswith("~")]
    for row in chosen(plain):
        _move(row)
    path.write_text(json.dumps(listed))
    return path


def _move(row: Row) -> None:
    for key, price in row["pricing"].items():
        if isinstance(price, str) and Decimal(price) > 0:
            row["pricing"][key] = f"{Decimal(price) * Decimal('1.1'):f}"
    top = row["top_provider"]
    row["context_length"] *= 2
    top["context_length"] = (top["context_length"] or 0) * 2
    top["max_completion_tokens"] = (top["max_completion_tokens"] or 0) * 3 // 2


# ---------------------------------------------------------------------------- of any size


def synthetic(folder: Path, url: str, size: int) -> Path:
    """A repository with a catalog of so many models in 200 files, each entry of 18 lines."""
    start(folder, url)
    for provider in range(PROVIDER_FILES):
        with (folder / "catalog" / "providers" / f"vendor-{provider}.yaml").open("w") as file:
            file.write(f"providers:\n  vendor-{provider}:\n    name: Vendor {provider}\n    models:\n")
            file.writelines(_entry(provider, number) for number in range(provider, size, PROVIDER_FILES))
    commit(folder)
    return folder


def synthetic_list(path: Path, size: int) -> Path:
    """The list of which nothing is news to the synthetic catalog of the same size."""
    with path.open("w") as file:
        file.write(f'{{"total_count": {size}, "data": [')
        for number in range(size):
            file.write(("," if number else "") + "\n" + json.dumps(_row(number)))
        file.write("\n]}\n")
    return path


def released(path: Path, size: int) -> Path:
    """What `modelsync export json` would write of the synthetic catalog of that size."""
    moment = "2026-01-01T00:00:00Z"
    models = [_released(number) for number in range(size)]
    released = {"commit": "0" * 40, "committed": moment, "observed": moment, "models": models}
    path.write_text(json.dumps(released))
    return path


def _released(number: int) -> Row:
    provider, key = f"vendor-{number % PROVIDER_FILES}", f"model-{number}-instruct"
    prices = {"input": 1, "output": 4, "cache_read": Decimal("0.1"), "cache_write": Decimal("1.25")}
    return {
        "model": f"{provider}/{key}",
        "provider": provider,
        "key": key,
        "id": f"model-{number}.instruct",
        "upstream": {"openrouter": f"{provider}/model-{number}.instruct"},
        "values": {
            "name": f"Model {number} Instruct",
            "description": _description(number),
            "context_length": _context(number),
            "max_output_tokens": _context(number) // 4,
            "modalities.input": ["text", "image"],
            "modalities.output": ["text"],
            "features": ["chat", "vision", "multimodal", "function_calling", "tool_choice", "reasoning"],
            "knowledge_cutoff": "2025-07",
            "released": "2025-09-29",
            **{f"pricing.{kind}": _per_million(_input(number) * times) for kind, times in prices.items()},
        },
    }


def _entry(provider: int, number: int) -> str:
    return f"""\
      # Chosen for batch work; see the evaluation of spring.
      model-{number}-instruct:
        model: model-{number}.instruct
        upstream: {{openrouter: vendor-{provider}/model-{number}.instruct}}
        name: Model {number} Instruct
        description: {_description(number)}
        context_length: {_context(number)}
        max_output_tokens: {_context(number) // 4}
        pricing:
          input: {_per_million(_input(number))}
          output: {_per_million(_input(number) * 4)}
          cache_read: {_per_million(_input(number) / 10)}
          cache_write: {_per_million(_input(number) * Decimal("1.25"))}
        modalities: {{input: [text, image], output: [text]}}
        features: [chat, vision, multimodal, function_calling, tool_choice, structured_outputs, reasoning]
        knowledge_cutoff: 2025-07
        released: 2025-09-29  # the day of the announcement

"""


def _row(number: int) -> Row:
    """What the recorded list says of a model, in its order."""
    price, context = _input(number), _context(number)
    name = f"vendor-{number % PROVIDER_FILES}/model-{number}.instruct"
    return {
        "id": name,
        "canonical_slug": f"{name}-20250929",
        "name": f"Vendor: Model {number} Instruct",
        "created": 1759104000,
        "description": _description(number),
        "context_length": context,
        "architecture": {
            "modality": "text+image->text",
            "input_modalities": ["text", "image"],
            "output_modalities": ["text"],
            "tokenizer": "Other",
            "instruct_type": None,
        },
        "pricing": {
            "prompt": f"{price:f}",
            "completion": f"{price * 4:f}",
            "input_cache_read": f"{price / 10:f}",
            "input_cache_write": f"{price * Decimal('1.25'):f}",
        },
        "top_provider": {
            "context_length": context,
            "max_completion_tokens": context // 4,
            "is_moderated": False,
        },
        "per_request_limits": None,
        "supported_parameters": [
            "include_reasoning", "max_tokens", "reasoning", "response_format", "seed", "stop",
            "structured_outputs", "temperature", "tool_choice", "tools", "top_k", "top_p",
        ],
        "knowledge_cutoff": "2025-07",
        "expiration_date": None,
    }  # fmt: skip


def _description(number: int) -> str:
    return (
        f"Model {number} answers in text what it is asked in text and images, and calls functions on the way"
    )


def _context(number: int) -> int:
    return (32_768, 131_072, 200_000, 1_048_576)[number % 4]


def _input(number: int) -> Decimal:
    """USD per token, one of a thousand prices."""
    return Decimal(number % 1000 + 1) / 20_000_000


def _per_million(price: Decimal) -> str:
    plain = f"{price * 1_000_000:f}"
    return plain.rstrip("0").rstrip(".") if "." in plain else plain
