"""Writes the id that a probe found to be real under `aliases:` of sync.yaml. It asks nobody."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from modelsync import yamledit
from modelsync.config import edit
from modelsync.errors import UsageError
from modelsync.jobs import sync
from modelsync.records import Entry, Notice, Report, Topic
from modelsync.run.request import Run

ALIASES = "aliases"


def expect_recordable(run: Run, entry: Entry) -> None:
    """That there is an upstream id for which an alias would count. Raises UsageError."""
    if not _followed(run, entry):
        raise UsageError(
            "follows no list whose ids carry a vendor: there is nothing to record an alias for",
            where=entry.name,
            advice="Without --write the probe works all the same.",
        )


def record(run: Run, entry: Entry, model: str) -> Report:
    """Give each upstream id that the entry follows this native id. The edit is left uncommitted.

    Raises CatalogEditRefused where that cannot be written without risk to what is there.
    """
    aliases = dict.fromkeys(_followed(run, entry), model)
    return sync.edit(run, "probe", lambda opened: _recorded(run, aliases))


def _followed(run: Run, entry: Entry) -> list[str]:
    """The ids by which lists with many vendors know the entry; a provider's own list needs no alias."""
    vendors = run.policy.vendor_sources
    return list(dict.fromkeys(id_ for source, id_ in entry.upstream.items() if source in vendors))


def _recorded(run: Run, aliases: Mapping[str, str]) -> sync.Edited:
    """`sync.yaml` with these aliases, and where each stands."""
    file, before = edit.opened(run.place)
    wanted = msgspec.structs.replace(before, aliases={**before.aliases, **aliases})
    edited = edit.changed(file, list(_edits(file.document, aliases)), wanted, section=ALIASES)
    lines = {id_: edited.document.line((ALIASES, id_)) for id_ in aliases}
    return [edited], [
        Notice(Topic.ALIAS, f"{file.shown}:{line}", f"{id_}: {aliases[id_]}") for id_, line in lines.items()
    ]


def _edits(document: yamledit.Document, aliases: Mapping[str, str]) -> Iterator[yamledit.Edit]:
    if not document.has((ALIASES,)):
        yield yamledit.Insert((), ALIASES, dict(aliases))
        return
    for id_, model in aliases.items():
        if document.has((ALIASES, id_)):
            yield yamledit.Set((ALIASES, id_), model)
        else:
            yield yamledit.Insert((ALIASES,), id_, model)
