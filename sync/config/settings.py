"""All that `sync.yaml` and the environment may say, and what each step of a run needs of it."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Literal

import msgspec

from sync.catalog import Shape
from sync.errors import UsageError
from sync.records import (
    Accepted,
    BackupPolicy,
    Exclusion,
    GuardPolicy,
    MappingRule,
    Owner,
    PlanPolicy,
    Policy,
    PrunePolicy,
    ReviewPolicy,
)
from sync.sources import VENDOR_IDS, SourceSettings

_NOT_IN_VARIABLES = re.compile(r"[^A-Z0-9]+")


class Config(Policy, frozen=True):
    """All that `sync.yaml` may say."""

    pricing_unit: Literal["per_1m_tokens", "per_1k_tokens", "per_token"] = "per_1m_tokens"
    files: tuple[str, ...] = ("providers/*.yaml",)
    fields: tuple[str, ...] | None = None
    keys: dict[str, str] = {}
    sources: dict[str, SourceSettings] = {}
    create_providers: bool = False
    mapping: tuple[MappingRule, ...] = ()
    aliases: dict[str, str] = {}
    exclude: dict[str, tuple[str | Exclusion, ...]] = {}
    owners: dict[str, Owner] = {}
    guards: GuardPolicy = GuardPolicy()
    prune: PrunePolicy = PrunePolicy()
    backups: BackupPolicy = BackupPolicy()
    review: ReviewPolicy = ReviewPolicy()
    accept: tuple[Accepted, ...] = ()

    @property
    def shape(self) -> Shape:
        """How the data files are to be read."""
        return Shape(self.pricing_unit, self.keys)

    def plan_policy(self, today: date) -> PlanPolicy:
        """What planning needs of it, prices in USD per 1M tokens."""
        formats = {name: source.transformer or name for name, source in self.sources.items()}
        vendors = frozenset(name for name, used in formats.items() if used in VENDOR_IDS)
        return PlanPolicy(
            today=today,
            sources=tuple(self.sources),
            mapping=self.mapping,
            authoritative=frozenset(name for name, source in self.sources.items() if source.authoritative),
            vendor_sources=vendors,
            plain_sources=frozenset(name for name in vendors if formats[name] != "openrouter"),
            aliases=self.aliases,
            exclude={name: tuple(map(_exclusion, rules)) for name, rules in self.exclude.items()},
            owners=self.owners,
            fields=None if self.fields is None else frozenset(self.fields),
            create_providers=self.create_providers,
            guards=self.guards,
            prune_policy=self.prune,
            accepted=tuple(map(self._accepted, self.accept)),
        )

    def _accepted(self, rule: Accepted) -> Accepted:
        return msgspec.structs.replace(rule, value=self.shape.decode(rule.field, rule.value))


def now() -> datetime:
    """The time of the run: SOURCE_DATE_EPOCH where it is set, so that a run can be replayed."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    if not epoch:
        return datetime.now(UTC)
    try:
        return datetime.fromtimestamp(int(epoch), UTC)
    except (ValueError, OverflowError, OSError):
        raise UsageError(
            "SOURCE_DATE_EPOCH is not a number of seconds since 1970",
            advice="Unset it, or set it to an integer.",
        ) from None


def key_of(source: SourceSettings, name: str, environment: Mapping[str, str]) -> str | None:
    """The first API key that is set of those that the source may use."""
    keys = (environment.get(variable, "").strip() for variable in key_names(source, name))
    return next((key for key in keys if key), None)


def key_names(source: SourceSettings, name: str) -> tuple[str, ...]:
    """The environment variables that may hold the source's key; `<NAME>_API_KEY` where none are named."""
    return source.api_key_env or (_NOT_IN_VARIABLES.sub("_", name.upper()) + "_API_KEY",)


def _exclusion(rule: str | Exclusion) -> Exclusion:
    return Exclusion(rule) if isinstance(rule, str) else rule
