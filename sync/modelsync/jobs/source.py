"""Adds a source whose address is known to `sync.yaml`, in the words of that file. It asks nobody.

The addresses are facts from models.dev's list of providers (2026-07-02), of those that answer as OpenAI does,
and those of the formats that this program reads.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import replace

from modelsync import sources, yamledit
from modelsync.config import edit
from modelsync.errors import UsageError, did_you_mean
from modelsync.jobs import writing
from modelsync.jobs.decisions import rewrites
from modelsync.records import Notice, Report, Topic
from modelsync.report import remedy
from modelsync.run.preflight import lack_of
from modelsync.run.request import Run
from modelsync.sources import SourceSettings

_ADDRESSES = Path(sources.__file__).parent / "known/addresses.json"


def known() -> dict[str, SourceSettings]:
    """The sources that can be added, by name."""
    return msgspec.json.decode(_ADDRESSES.read_bytes(), type=dict[str, SourceSettings])


def add(run: Run, name: str) -> Report:
    """Add one to `sync.yaml`, where it is not there. The edit is left uncommitted. Raises UsageError."""
    settings = known()
    if name not in settings:
        raise UsageError(
            f"no address is known of a source {name}{did_you_mean(name, settings)}",
            advice="`modelsync source list` names those that are; docs/sources.md shows any other.",
        )
    return writing.edit(run, "source", lambda opened: _with_source(run, name, settings[name]))


def _with_source(run: Run, name: str, settings: SourceSettings) -> rewrites.Edited:
    """`sync.yaml` with the source, where it stands, and what it needs. Raises CatalogEditRefused."""
    file, before = edit.opened(run.place)
    edits = []
    if name not in before.sources:
        words: dict[str, Any] = msgspec.json.decode(_ADDRESSES.read_bytes())[name]
        edits.append(edit.put(file.document, ("sources", name), yamledit.Flow(words)))
    settings = before.sources.get(name, settings)
    wanted = replace(before, sources={**before.sources, name: settings})
    edited = edit.changed(file, edits, wanted, section="sources")
    where = f"{file.shown}:{edited.document.line(('sources', name))}"
    lack = lack_of(settings, name)
    then = remedy(lack) if lack else f"`modelsync plan {name}` shows what it brings"
    return [edited], [
        Notice(Topic.SOURCE, where, "where sources disagree, the one that stands above speaks"),
        Notice(Topic.SOURCE, name, then),
    ]
