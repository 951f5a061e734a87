"""Whether targets could be published to, before anything is: what `check --online` asks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, Literal

import msgspec

from modelsync.errors import ModelsyncError, SourceFailed, UsageError
from modelsync.jobs.publish.request import PublishRequest, access_of, target_of
from modelsync.jobs.publish.wanted import wanted_by
from modelsync.records import TargetHealth
from modelsync.run.request import Run
from modelsync.targets.registry import TARGETS
from modelsync.targets.settings import TargetSettings
from modelsync.targets.target import Target


def health(run: Run, names: Sequence[str], environment: str) -> tuple[TargetHealth, ...]:
    """Whether the catalog of HEAD could be published as it is to these targets, or to those that `sync.yaml`
    has settings of; one of these that it is not known how to reach is not asked. Nothing is changed."""
    configured = [name for name, target in TARGETS.items() if _is_configured(run, target)]
    return tuple(
        _health(
            run,
            msgspec.convert({"target": name, "environment": environment}, PublishRequest),
            is_meant=bool(names),
        )
        for name in names or configured
    )


def _is_configured(run: Run, target: Target[Any]) -> bool:
    settings: TargetSettings = target.settings(run.config.targets)
    return settings != type(settings)()


def _health(run: Run, request: PublishRequest, *, is_meant: bool) -> TargetHealth:
    try:
        wanted, target = wanted_by(run, request), target_of(request)
        with target.open(wanted.settings, access_of(run, request, only_looks=True)) as opened:
            opened.check(wanted.rows())
            ours = Counter(bool(row.mark) for row in opened.present())
    except ModelsyncError as error:
        kind = error.kind if isinstance(error, SourceFailed) else None
        state: Literal["fails", "not asked"] = "fails"
        if isinstance(error, UsageError) and not is_meant:
            state = "not asked"
        answer = f"{error.where}: {error.what}" if error.where else error.what
        return TargetHealth(request.target, request.environment, state, answer, kind, error.advice)
    answer = f"{ours.total():,} rows, {ours[True]:,} of ours"
    return TargetHealth(request.target, request.environment, "answers", answer, unsaid=wanted.unsaid)
