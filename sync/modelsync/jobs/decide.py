"""The commands by which a person decides: pin, exclude, rename, and the alias that a probe records."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import msgspec

from modelsync import catalog, yamledit
from modelsync.catalog import Opened, lookup
from modelsync.config import edit
from modelsync.errors import UsageError
from modelsync.jobs import writing
from modelsync.jobs.decisions import rewrites
from modelsync.records import (
    BASE,
    UPSTREAM,
    Entry,
    Exclusion,
    Notice,
    Report,
    Topic,
)
from modelsync.run.request import Run

ALIASES = "aliases"


def pin(run: Run, name: str, *, until: date | None, reason: str) -> Report:
    """Keep `PROVIDER/MODEL[:FIELD]` as it is, by a comment on its line. The edit is left uncommitted."""
    rewrites.expect_fit(run, until, reason)
    return writing.edit(run, "pin", lambda opened: rewrites.pinned(opened, name, until, reason))


def exclude(run: Run, provider: str, model: str, *, until: date | None, reason: str) -> Report:
    """Never add nor update these models, by a rule in `sync.yaml`. The edit is left uncommitted."""
    rewrites.expect_fit(run, until, reason)
    rule = Exclusion(model, reason, until)
    return writing.edit(run, "exclude", lambda opened: rewrites.excluded(run, opened, provider, rule))


def rename(run: Run, provider: str, old: str, new: str, model: str | None) -> Report:
    """Give one entry another key; its comments and its place stay. The edit is left uncommitted."""

    def renamed(opened: Opened) -> rewrites.Edited:
        entry = lookup.entry(opened.catalog, f"{provider}/{old}")
        if not new.strip() or model == "":
            raise UsageError("a key and an id cannot be empty", where=entry.name)
        if new != old and new in opened.catalog.providers[provider].entries:
            raise UsageError("is there already", where=f"{provider}/{new}", advice="Choose another key.")
        return catalog.rename(opened, entry, new, model), tuple(_mentions(opened, entry.name))

    return writing.edit(run, "rename", renamed)


def _mentions(opened: Opened, name: str) -> Iterator[Notice]:
    """Where else the files speak of an entry by its name: a person's own keys, which are theirs to change."""
    other = {BASE, UPSTREAM, *opened.shape.keys_of("model")}  # these are kept, or name something else
    for file in opened.files.values():
        for path in _paths_to(name, file.document.value(), ()):
            if other.isdisjoint(path[-2:]):
                where = f"{file.shown}:{file.document.line(path)}"
                yield Notice(Topic.RENAMED, where, f"{'.'.join(map(str, path))} still says {name}")


def _paths_to(value: str, within: object, path: yamledit.Path) -> Iterator[yamledit.Path]:
    """The paths that lead to a value."""
    if isinstance(within, dict | list):
        items = within.items() if isinstance(within, dict) else enumerate(within)
        for key, below in items:
            yield from _paths_to(value, below, (*path, key))
    elif within == value:
        yield path


def alias(run: Run, entry: Entry, model: str) -> Report:
    """Give each upstream id that the entry follows this native id, in `sync.yaml`, uncommitted."""
    aliases = dict.fromkeys(_aliased(run, entry), model)
    return writing.edit(run, "probe", lambda opened: _with_aliases(run, aliases))


# ---------------------------------------------------------------------------- alias


def expect_aliased(run: Run, entry: Entry) -> None:
    """That there is an upstream id for which an alias would count. Raises UsageError."""
    if not _aliased(run, entry):
        raise UsageError(
            "follows no list whose ids carry a vendor: there is nothing to record an alias for",
            where=entry.name,
            advice="Without --write the probe works all the same.",
        )


def _aliased(run: Run, entry: Entry) -> list[str]:
    """The ids by which lists with many vendors know the entry; a provider's own list needs no alias."""
    vendors = run.policy.vendor_sources
    return list(dict.fromkeys(id_ for source, id_ in entry.upstream.items() if source in vendors))


def _with_aliases(run: Run, aliases: dict[str, str]) -> rewrites.Edited:
    """`sync.yaml` with these aliases, and where each stands. Raises CatalogEditRefused."""
    file, before = edit.opened(run.place)
    new = {(ALIASES, id_): model for id_, model in aliases.items()}
    edits = [edit.put(file.document, path, model) for path, model in new.items()]
    if not file.document.has((ALIASES,)):
        edits = [edit.put(file.document, (ALIASES,), dict(aliases))]
    wanted = msgspec.structs.replace(before, aliases={**before.aliases, **aliases})
    edited = edit.changed(file, edits, wanted, section=ALIASES)
    return [edited], [
        Notice(Topic.ALIAS, f"{file.shown}:{edited.document.line(path)}", f"{path[1]}: {model}")
        for path, model in new.items()
    ]
