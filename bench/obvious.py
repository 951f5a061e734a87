"""The obvious implementation of the same job, as a program of its own: `python obvious.py URL`.

It runs in the repository, each step with the library that comes to mind first and its usual settings. It
does less than modelsync: only prices and limits that an entry has already; no guards, pins, review branch
or verification.
"""

from __future__ import annotations

import copy
import re
import shutil
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import git
import requests
from deepdiff import DeepDiff
from ruamel.yaml import YAML

CATALOG = Path("catalog")
PRICES = {
    "prompt": "input",
    "completion": "output",
    "input_cache_read": "cache_read",
    "input_cache_write": "cache_write",
    "input_cache_write_1h": "cache_write_1h",
    "internal_reasoning": "reasoning",
    "image": "image_input",
    "image_output": "image_output",
    "audio": "audio_input",
    "audio_output": "audio_output",
    "input_audio_cache": "audio_cache_read",
}
CALL_PRICES = {"request": "request", "web_search": "web_search"}


def main(url: str) -> None:
    rows = requests.get(url, timeout=60).json()["data"]
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 4096
    yaml.indent(mapping=2, sequence=4, offset=2)
    files = {str(path): yaml.load(path) for path in sorted(CATALOG.glob("providers/*.yaml"))}
    before = copy.deepcopy(files)
    merge(files.values(), rows)
    difference = DeepDiff(before, files)
    if not difference:
        print("Nothing to do")
        return
    backup()
    changed = list(difference.affected_root_keys)
    for name in changed:
        yaml.dump(files[name], Path(name))
    commit(changed, difference)


def merge(files: Iterable[Any], rows: Iterable[dict[str, Any]]) -> None:
    """Bring the entries' prices and limits up to date with the rows of plain ids."""
    providers = {key: provider for file in files for key, provider in file["providers"].items()}
    for row in rows:
        if row["id"].startswith("~") or ":" in row["id"]:
            continue
        vendor, _, name = row["id"].partition("/")
        entry = providers[vendor]["models"][re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")]
        update(entry, limits(row))
        update(entry.get("pricing", {}), prices(row["pricing"]))


def update(section: dict[str, Any], stated: Iterable[tuple[str, Any]]) -> None:
    for key, value in stated:
        if key in section and section[key] != value:
            section[key] = value


def limits(row: dict[str, Any]) -> Iterator[tuple[str, int]]:
    top = row["top_provider"]
    context = top.get("context_length") or row.get("context_length")
    if context:
        yield "context_length", context
    if top.get("max_completion_tokens"):
        yield "max_output_tokens", top["max_completion_tokens"]


def prices(pricing: dict[str, Any]) -> Iterator[tuple[str, float]]:
    """USD per 1M tokens, or per call."""
    for key, name in PRICES.items():
        if key in pricing:
            yield name, number(Decimal(pricing[key]) * 1_000_000)
    for key, name in CALL_PRICES.items():
        if key in pricing:
            yield name, number(Decimal(pricing[key]))


def number(price: Decimal) -> float:
    return int(price) if price == int(price) else float(price)


def backup() -> None:
    shutil.copytree(CATALOG, Path("backups") / f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}")


def commit(changed: list[str], difference: DeepDiff) -> None:
    repository = git.Repo(".")
    repository.index.add(changed)
    repository.index.commit(f"Update the catalog\n\n{difference.pretty()}")


if __name__ == "__main__":
    main(sys.argv[1])
