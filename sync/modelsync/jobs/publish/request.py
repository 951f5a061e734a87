"""What is asked for: of which target, by which way, and what may be done to the rows there."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

import msgspec

from modelsync import config
from modelsync.errors import UsageError, did_you_mean
from modelsync.records import Conflict
from modelsync.run.request import Run
from modelsync.targets.changes import Rules
from modelsync.targets.registry import TARGETS
from modelsync.targets.settings import EnvironmentName
from modelsync.targets.target import Access, Target

_CONFLICT = "LITELLM_CONFLICT_RESOLUTION"
_CONFLICTS: dict[str, Conflict] = {
    "catalog_wins": "catalog_wins",
    "litellm_wins": "catalog_wins",
    "database_wins": "database_wins",
    "merge": "merge",
}
_ACTORS = ("MODELSYNC_ACTOR", "GITHUB_ACTOR")


class PublishRequest(msgspec.Struct, frozen=True, kw_only=True):
    target: str
    environment: EnvironmentName = "staging"
    revision: str = "HEAD"
    exported: Path | None = None  # what `export json` wrote, in place of a revision
    only: str = ""  # PROVIDER or PROVIDER/GLOB
    adopt: bool = False
    force: bool = False
    accept: bool = False  # that many rows become unavailable, or all
    allow_dirty: bool = False
    conflict: Conflict | Literal["litellm_wins"] | None = None
    mark_unavailable: bool | None = None
    values: dict[str, str] = {}  # in place of variables, by their names
    config: Path | None = None  # the target's own file, whose prices are edited in its place
    retry: bool = False  # of the last publication to this environment or file only what failed


def target_of(request: PublishRequest) -> Target[Any]:
    """Raises UsageError."""
    target = TARGETS.get(request.target)
    if target is None:
        hint = did_you_mean(request.target, TARGETS)
        raise UsageError(
            f"there is no target {request.target}{hint}", advice=f"Targets: {', '.join(TARGETS)}."
        )
    return target


def access_of(run: Run, request: PublishRequest, *, only_looks: bool = False) -> Access:
    """What is known of the way: as asked, by the environment's own file, by the environment.

    Raises UsageError.
    """
    target = target_of(request)
    foreign = [name for name in request.values if name not in target.variables]
    if foreign:
        raise UsageError(
            f"{target.name} takes no {foreign[0]}", advice=f"It takes {', '.join(target.variables)}."
        )
    file = config.file_values(run.place.root / f".env.{request.environment}")
    values = os.environ | file | request.values

    def actor() -> str:
        from modelsync.history.versions import repository_of

        named = next(filter(None, map(values.get, _ACTORS)), "")
        return named or (run.place.is_in_git and repository_of(run.place).author) or "unknown"

    return Access(request.environment, values, run.place.state, actor, only_looks=only_looks)


def rules_of(run: Run, request: PublishRequest, target: Target[Any], access: Access) -> Rules:
    """What is asked for counts before what the environment says, and that before `sync.yaml`.

    Raises UsageError.
    """
    settings = target.settings(run.config.targets)
    conflict = request.conflict or access.values.get(_CONFLICT) or settings.conflict
    if conflict not in _CONFLICTS:
        raise UsageError(f"{_CONFLICT} is none of {', '.join(_CONFLICTS)}")
    is_marked = settings.mark_unavailable if request.mark_unavailable is None else request.mark_unavailable
    days = settings.retain_unavailable_days
    return Rules(
        adopt=request.adopt,
        force=request.force,
        conflict=_CONFLICTS[conflict],
        only=request.only,
        numbers=target.numbers,
        unavailable=target.unavailable if is_marked else {},
        removed_before="" if days is None else (run.now.date() - timedelta(days)).isoformat(),
    )
