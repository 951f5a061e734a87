"""What one run is asked to do, as `sync.yaml` and the command line say it; does none of it."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from sync import catalog
from sync.config import Config, Place, key_names
from sync.errors import UsageError
from sync.records import PlanPolicy

CACHE_AGE = timedelta(minutes=5)  # of a list that may serve where nothing is written


class Run(msgspec.Struct, frozen=True):
    """One run. Without `sources` the authoritative ones are asked, with `all_sources` every enabled one."""

    place: Place
    config: Config
    now: datetime
    begun: float = msgspec.field(default_factory=time.monotonic)
    sources: tuple[str, ...] = ()
    all_sources: bool = False
    replay: dict[str, Path] = {}
    no_cache: bool = False
    max_age: timedelta | None = None  # of a list from the cache that may answer; None: upstream is asked
    only: str = ""
    accept: tuple[str, ...] = ()
    prune: bool = False
    removals_only: bool = False
    excluded: bool = False
    unfollowed: bool = False
    immediately: bool = False
    label: str = ""  # of the review branch; none: the sources that are asked
    no_commit: bool = False
    no_branch: bool = False

    @property
    def asked(self) -> tuple[str, ...]:
        """The sources that are asked, in the order of `sync.yaml`. Raises UsageError for an unknown one."""
        known = self.config.sources
        unknown = [name for name in (*self.sources, *self.replay) if name not in known]
        if unknown:
            there = ", ".join(known) or "none"
            raise UsageError(f"no source {unknown[0]} in sync.yaml", advice=f"There are: {there}.")
        wanted = set(self.sources) or {
            name
            for name, source in known.items()
            if source.enabled and (self.all_sources or source.authoritative)
        }
        return tuple(name for name in known if name in wanted or name in self.replay)

    @property
    def key_names(self) -> frozenset[str]:
        """The environment variables in which any source may have its key."""
        return frozenset(
            key for name, source in self.config.sources.items() for key in key_names(source, name)
        )

    @property
    def branch(self) -> str:
        """The review branch that the run's commit goes on."""
        label = self.label or ("all" if self.all_sources else "+".join(self.asked))
        return self.config.review.branch.replace("{source}", label)

    @property
    def shape(self) -> catalog.Shape:
        return self.config.shape

    @property
    def policy(self) -> PlanPolicy:
        """What planning has to know of the run and of `sync.yaml`."""
        asked = {name: getattr(self, name) for name in _OF_THE_RUN}
        return msgspec.structs.replace(self.config.plan_policy(self.now.date()), **asked)


_OF_THE_RUN = ("only", "accept", "prune", "removals_only", "excluded", "unfollowed", "immediately")
