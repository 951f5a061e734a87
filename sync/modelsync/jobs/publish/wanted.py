"""What a target is to have, of a commit or of what was exported of one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Set
from typing import Any

import msgspec

from modelsync.errors import CatalogError
from modelsync.jobs.publish import exported
from modelsync.jobs.publish.request import PublishRequest, target_of
from modelsync.records import Release, ReleasedModel, Row
from modelsync.run.request import Run
from modelsync.targets.lacks import lacks
from modelsync.targets.settings import TargetSettings
from modelsync.targets.target import Target


class Wanted(msgspec.Struct, frozen=True):
    """What a target is to have, and how its settings are."""

    settings: TargetSettings
    reviewed: Release
    models: dict[str, ReleasedModel]  # by the ids of their rows
    row: Callable[[ReleasedModel], Row]
    unsaid: dict[str, tuple[str, ...]]  # what the target is not told -> of which models

    def rows(self) -> Iterator[Row]:
        return map(self.row, self.models.values())

    def of(self, ids: Set[str]) -> Wanted:
        """These rows alone, and what is not told of their models."""
        models = {id_: model for id_, model in self.models.items() if id_ in ids}
        names = {model.name for model in models.values()}
        unsaid = {what: tuple(one for one in of if one in names) for what, of in self.unsaid.items()}
        unsaid = {what: of for what, of in unsaid.items() if of}
        return msgspec.structs.replace(self, models=models, unsaid=unsaid)


def wanted_by(run: Run, request: PublishRequest) -> Wanted:
    """Raises UsageError, GitRefused, CatalogError."""
    target = target_of(request)
    if request.exported:
        reviewed = exported.read(request.exported)
    else:
        from modelsync.jobs.export import release  # and git, which a file needs nothing of

        reviewed = release(run, request.revision)
    settings, day = target.settings(run.config.targets), run.now.date()
    models = [model for model in reviewed.models if settings.takes(model)]
    return Wanted(
        settings,
        reviewed,
        _by_id(models, target, settings),
        lambda model: target.row(model, day, settings),
        lacks(models, day, target.lacks),
    )


def _by_id(
    models: Iterable[ReleasedModel], target: Target[Any], settings: TargetSettings
) -> dict[str, ReleasedModel]:
    known: dict[str, ReleasedModel] = {}
    for model in models:
        id_ = settings.id_of(model)
        if known.setdefault(id_, model) is not model:
            raise CatalogError(
                f"several models would have the row {id_}: {known[id_].name}, {model.name}",
                where=f"targets.{target.name}.id",
                advice="Let `id` be provider/key in sync.yaml.",
            )
    return known
