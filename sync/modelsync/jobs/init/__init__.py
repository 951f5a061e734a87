"""Writes the first `sync.yaml`: for a catalog that is there, which it does not change, or for a new one."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from modelsync import catalog, yamledit
from modelsync.catalog.shapes import USUAL, recognise
from modelsync.catalog.shapes.layout import TOP
from modelsync.config import CONFIG_FILE
from modelsync.config.settings import UPSTREAM_FILE
from modelsync.disk import files
from modelsync.errors import CatalogError, UsageError
from modelsync.jobs.init.guess import Guess, guess
from modelsync.jobs.init.limits import LIMITS
from modelsync.plan.mapping.native import VENDOR_OF
from modelsync.report.text import UNIT_NAMES, many

_VENDORS = {name: f"^{vendor}/" for name, vendor in VENDOR_OF.items()}
_LOCAL = {"ollama": "^(meta-llama|mistralai)/"}

_HERE = Path(__file__).parent
_EXPECTED = "It must hold `providers: {NAME: {models: {KEY: {...}}}}`, or lists in place of either."
_NAMED = 5  # keys that are named where none is known

Providers = dict[str, list[Mapping[str, Any]]]


def init(folder: Path, adopted: Path | None, unit: str | None) -> Iterator[str]:
    """Write `sync.yaml` into the folder; yields what was done, in lines for a person.

    Raises UsageError where there is one already or the unit of prices is not certain, CatalogError
    where the adopted file cannot be read.
    """
    target = folder / CONFIG_FILE
    if target.exists():
        raise UsageError("is there already", where=str(target), advice="Edit it; `modelsync schema` helps.")
    text, lines = _for(adopted, folder, unit) if adopted else ((_HERE / "new.yaml").read_text("utf-8"), [])
    with files.disk_faults("writing", folder):
        folder.mkdir(parents=True, exist_ok=True)
        files.replace(target, text.encode())
    yield f"wrote {target}"
    yield from lines
    yield "next: commit catalog/, then modelsync plan"


def _for(adopted: Path, folder: Path, unit: str | None) -> tuple[str, list[str]]:
    if adopted.is_dir():
        advice = f"Name one file in it; add the others under `files:` of {CONFIG_FILE} afterwards."
        raise UsageError("is a folder, and cannot be read as one file", where=str(adopted), advice=advice)
    try:
        content = adopted.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot be read: {error.strerror}", where=str(adopted)) from None
    document = catalog.parse(str(adopted), content)
    providers, naming = _providers(adopted, document)
    entries = [entry for models in providers.values() for entry in models]
    guessed = guess(document, entries, unit, str(adopted))
    keys = {field: key for field, key in guessed.keys.items() if key != field}
    fields = list(guessed.keys)
    if naming and naming == guessed.keys.get("name"):
        keys |= {"model": naming, "name": "display_name"}
        fields[fields.index("name")] = "model"
    follows = (ids for entry in entries if isinstance(ids := entry.get("upstream"), dict))
    has_ids = any("openrouter" in ids for ids in follows)
    if has_ids:
        fields.append("upstream")
    settings: dict[str, yamledit.Value] = {
        "files": [glob.escape(Path(os.path.relpath(adopted, folder)).as_posix())],
        "pricing_unit": guessed.unit,
        "keys": keys,
        "fields": fields,
        "upstream": "entries" if has_ids else "file",
        "mapping": _rules(providers),
        "owners": {
            f"{name}/{limit}": "human" for name in providers if name.lower() in _LOCAL for limit in LIMITS
        },
    }
    edits: list[yamledit.Edit] = [yamledit.Set((key,), value) for key, value in settings.items() if value]
    edits += [] if settings["owners"] else [yamledit.Remove(("owners",))]
    text = yamledit.edit((_HERE / "adopted.yaml").read_text("utf-8"), edits)
    lines = [] if has_ids else [f"what your models are followed by goes into {folder / UPSTREAM_FILE}"]
    return text, [*_said(adopted, providers, guessed, fields), *lines]


def _providers(file: Path, document: yamledit.Document) -> tuple[Providers, str]:
    """Each provider's entries, and the key in an entry that names it, if one does.

    Raises CatalogError where the file has no shape that is known.
    """
    try:
        layout = recognise(document)
        providers = layout.providers(document.value()) if layout else {}
    except CatalogError as error:
        raise error.at(str(file)) from None
    if not layout or not any(isinstance(raw, dict) for raw in providers.values()):
        what = f"no mapping `providers:` at the top{_seen(document)}"
        raise CatalogError(what, where=f"{file}:1", advice=_EXPECTED)
    entries: Providers = {}
    for name, raw in providers.items():
        models = layout.models(raw)
        line = document.line(layout.provider(name))
        if models is None or any(not isinstance(entry, dict) for entry in models.values()):
            what = f"provider {name} is not {layout.expected}{layout.unnamed(raw)}"
            raise CatalogError(what, where=f"{file}:{line}", advice=_EXPECTED)
        entries[name] = list(models.values())
    if not any(entries.values()):
        raise CatalogError("holds no model", where=f"{file}:1", advice=_EXPECTED)
    return entries, layout.naming


def _seen(document: yamledit.Document) -> str:
    """What a file of no known shape has at its top, for who has to look."""
    root = document.value()
    if isinstance(root, list):
        return ": there is a list"
    if not isinstance(root, dict) or not root:
        return ""
    if TOP in root:
        return ": it holds no provider with models"
    tops = [key for key, value in root.items() if isinstance(value, dict) and USUAL.is_top(value)]
    if tops:
        return f": it is below `{tops[0]}:`, as where each environment has its own; give each its own file"
    seen = (f"{key}, a list" if isinstance(value, list) else str(key) for key, value in root.items())
    return f": there is {'; '.join(islice(seen, _NAMED))}"


def _rules(providers: Iterable[str]) -> list[yamledit.Flow]:
    """The mapping rules for providers by their usual names; what one runs oneself takes what is left."""
    own = {"variants": ["free"], "prices": False}
    return [
        yamledit.Flow({"match": table[name.lower()], "provider": name, **more})
        for table, more in ((_VENDORS, {}), (_LOCAL, own))
        for name in providers
        if name.lower() in table
    ]


def _said(adopted: Path, providers: Providers, guessed: Guess, fields: Iterable[str]) -> Iterator[str]:
    models = many(sum(map(len, providers.values())), "model")
    prices = f"prices in {UNIT_NAMES[guessed.unit]}"
    if guessed.currency:
        prices = f"prices that are not all in USD ({guessed.currency})"
    yield f"{adopted}: {models}, {prices}; the file itself was not changed"
    yield f"sync will write these fields only: {', '.join(fields)}"
    yield from (f"left as it is: {text}" for text in guessed.left)
    for name in providers:
        if name.lower() not in {**_VENDORS, **_LOCAL}:
            yield f"provider {name}: no upstream is known for it; add a rule under mapping: to follow one"
