"""All that `sync.yaml` may say, and what each step of a run needs of it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

import msgspec

from modelsync.catalog import Shape
from modelsync.records import (
    Accepted,
    BackupPolicy,
    Count,
    Exclusion,
    GuardPolicy,
    MappingRule,
    NotifyPolicy,
    OpinionPolicy,
    Owner,
    PlanPolicy,
    Policy,
    PrunePolicy,
    ReviewPolicy,
    Strategy,
    Wanted,
)
from modelsync.sources import SourceSettings, source_of
from modelsync.targets.settings import Targets

UPSTREAM_FILE = "upstream.yaml"


class BatchSettings(Policy, frozen=True):
    """How the sources of a run are asked, and which `--all` leaves out."""

    skip: tuple[str, ...] = ()
    delay: Decimal = Decimal(1)  # seconds between two requests to one host
    parallel: Annotated[int, msgspec.Meta(ge=1)] = 8  # sources at once


class CacheSettings(Policy, frozen=True):
    """How old, in seconds, an answer may be where nothing is written."""

    listing: Count = 300
    health: Count = 30


_OwnerWord = Literal[
    "upstream",
    "union",
    "native",
    "fill",
    "human",
    "fill-undefined",
    "update-dynamic",
    "full-replace",
    "preserve-manual",
]
_OWNERS: dict[str, Owner | Strategy] = {word.value: word for word in (*Owner, *Strategy)}


class Config(Policy, frozen=True):
    """All that `sync.yaml` may say."""

    pricing_unit: Literal["per_1m_tokens", "per_1k_tokens", "per_token"] = "per_1m_tokens"
    files: tuple[str, ...] = ("providers/*.yaml",)
    fields: tuple[str, ...] | None = None
    keys: dict[str, str] = {}
    sources: dict[str, SourceSettings] = {}
    opinions: tuple[str, ...] = ()
    opinion: OpinionPolicy = OpinionPolicy()
    create_providers: bool = False
    add: Wanted = "all"
    upstream: Literal["entries", "file"] = "entries"  # where the followed ids are kept
    mapping: tuple[MappingRule, ...] = ()
    aliases: dict[str, str] = {}
    exclude: dict[str, tuple[str | Exclusion, ...]] = {}
    owners: dict[str, _OwnerWord] = {}
    guards: GuardPolicy = GuardPolicy()
    prune: PrunePolicy = PrunePolicy()
    backups: BackupPolicy = BackupPolicy()
    review: ReviewPolicy = ReviewPolicy()
    accept: tuple[Accepted, ...] = ()
    batch: BatchSettings = BatchSettings()
    cache: CacheSettings = CacheSettings()
    notify: NotifyPolicy = NotifyPolicy()
    targets: Targets = Targets()

    @property
    def shape(self) -> Shape:
        """How the data files are to be read."""
        return Shape(self.pricing_unit, self.keys, UPSTREAM_FILE if self.upstream == "file" else "")

    @property
    def data_files(self) -> tuple[str, ...]:
        """All files that runs write, as patterns: the data files, and the followed ids in their own."""
        return (*([UPSTREAM_FILE] if self.upstream == "file" else []), *self.files)

    @property
    def local_sources(self) -> frozenset[str]:
        """The sources that are a server of one's own."""
        return frozenset(name for name, source in self.sources.items() if source.local)

    @property
    def exclusions(self) -> dict[str, tuple[Exclusion, ...]]:
        """What is never added nor updated, by provider."""
        return {
            name: tuple(Exclusion(rule) if isinstance(rule, str) else rule for rule in rules)
            for name, rules in self.exclude.items()
        }

    def plan_policy(self, today: date) -> PlanPolicy:
        """What planning needs of it, prices in USD per 1M tokens."""
        formats = {name: source_of(name, source) for name, source in self.sources.items()}
        followed = ["upstream"] if self.upstream == "file" else []  # no key of an entry
        vendors = frozenset(name for name, source in formats.items() if source.vendor_ids)
        return PlanPolicy(
            today=today,
            pricing_unit=self.pricing_unit,
            sources=tuple(self.sources),
            mapping=self.mapping,
            add=self.add,
            add_of={name: source.add for name, source in self.sources.items() if source.add is not None},
            authoritative=frozenset(name for name, source in self.sources.items() if source.authoritative),
            vendor_sources=vendors,
            formats={name: formats[name].name for name in vendors if formats[name].pages},
            opinions=self.opinions,
            opinion=self.opinion,
            native_sources=frozenset(name for name in vendors if formats[name].native_ids),
            local_sources=self.local_sources,
            plain_sources=frozenset(name for name in vendors if not formats[name].variants),
            aliases=self.aliases,
            exclude=self.exclusions,
            owners={name: _OWNERS[word] for name, word in self.owners.items()},
            fields=None if self.fields is None else frozenset((*self.fields, *followed)),
            create_providers=self.create_providers,
            guards=self.guards,
            prune_policy=self.prune,
            accepted=tuple(
                msgspec.structs.replace(rule, value=self.shape.decode(rule.field, rule.value))
                for rule in self.accept
            ),
        )
