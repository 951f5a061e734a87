"""The reviewed catalog in the formats of other programs."""

from __future__ import annotations

from pathlib import Path

import msgspec

from modelsync.errors import UsageError, did_you_mean
from modelsync.history import cache
from modelsync.history.versions import Version, repository_of, version_of
from modelsync.jobs import past
from modelsync.jobs.export import catalog, genai_prices, langfuse, litellm, openai, price_days
from modelsync.jobs.export.format import Export, Exported
from modelsync.records import Release
from modelsync.run.request import Run

FORMATS: dict[str, Export] = {
    one.name: one
    for module in (catalog, price_days, litellm, genai_prices, langfuse, openai)
    for one in module.EXPORTS
}


def release(run: Run, revision: str) -> Release:
    """The catalog of a revision; of HEAD, but for what is only proposed there.

    Raises UsageError, GitRefused, CatalogError.
    """
    known, version = reviewed(run, revision)
    return version.release(known.history)


def reviewed(run: Run, revision: str) -> tuple[past.Past, Version]:
    """What a release of a revision is made of: the past of its prices, and its catalog.

    Raises UsageError, GitRefused, CatalogError.
    """
    known = past.read(run, revision, section="pricing.")
    files = known.files or cache.read_parsed(run.place)
    return known, version_of(repository_of(run.place), run.place, known.history.commit, files)


def export(run: Run, name: str, revision: str, into: Path | None = None) -> Exported:
    """The catalog of a commit in a format; `into` is a file of that format that keeps all its other entries.

    Raises UsageError, GitRefused, CatalogError.
    """
    form = FORMATS.get(name)
    if form is None:
        hint, known = did_you_mean(name, FORMATS), ", ".join(FORMATS)
        raise UsageError(f"there is no format {name}{hint}", advice=f"Formats: {known}.")
    if into and form.merge is None:
        raise UsageError(f"--merge-into is not for {name}", advice="It is for a map of models: litellm.")
    exported = form.make(release(run, revision), run.now.date())
    if into and form.merge:
        try:
            exported = msgspec.structs.replace(exported, text=form.merge(exported.text, into.read_text()))
        except (OSError, ValueError) as error:
            raise UsageError(f"cannot be read as such a map: {error}", where=str(into)) from None
    return exported
