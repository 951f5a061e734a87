"""Writes the id that a probe found to be real under `aliases:` of sync.yaml. It asks nobody."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from modelsync import config, yamledit
from modelsync.errors import CatalogEditRefused, UsageError
from modelsync.jobs import sync
from modelsync.jobs.decide import config_file, rewritten
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
    wanted = dict.fromkeys(_followed(run, entry), model)
    return sync.edit(run, "probe", lambda opened: _recorded(run, wanted))


def _followed(run: Run, entry: Entry) -> list[str]:
    """The ids by which lists with many vendors know the entry; a provider's own list needs no alias."""
    vendors = run.policy.vendor_sources
    return list(dict.fromkeys(id_ for source, id_ in entry.upstream.items() if source in vendors))


def _recorded(run: Run, wanted: Mapping[str, str]) -> sync.Edited:
    """`sync.yaml` with these aliases, and where each stands."""
    file = config_file(run)
    before = config.parse(file.document.text, where=file.shown)
    edited = rewritten(file, list(_edits(file.document, wanted)))
    after = config.parse(edited.text, where=file.shown)
    if after != msgspec.structs.replace(before, aliases={**before.aliases, **wanted}):
        raise CatalogEditRefused(
            "the alias would not read back as it was asked for",
            where=file.shown,
            advice="Nothing was written. Write it by hand, under `aliases`.",
        )
    lines = {id_: edited.document.line((ALIASES, id_)) for id_ in wanted}
    told = [
        Notice(Topic.ALIAS, f"{file.shown}:{line}", f"{id_}: {wanted[id_]}") for id_, line in lines.items()
    ]
    return [edited], told


def _edits(document: yamledit.Document, wanted: Mapping[str, str]) -> Iterator[yamledit.Edit]:
    if not document.has((ALIASES,)):
        yield yamledit.Insert((), ALIASES, dict(wanted))
        return
    for id_, model in wanted.items():
        if document.has((ALIASES, id_)):
            yield yamledit.Set((ALIASES, id_), model)
        else:
            yield yamledit.Insert((ALIASES,), id_, model)
