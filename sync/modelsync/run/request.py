"""What one run is asked to do, as `sync.yaml` and the command line say it; does none of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Self

import msgspec

from modelsync import catalog, config
from modelsync.config import Config, Place, channel_names, key_names
from modelsync.config.place import CATALOG_FOLDER
from modelsync.disk import files
from modelsync.errors import UsageError, did_you_mean
from modelsync.records import PlanPolicy, ReviewPolicy, Selection
from modelsync.records.progress import Progress

_LONGEST_LABEL = 100  # characters: a branch is a file's name, and those are limited


class Request(Selection, frozen=True, kw_only=True):
    """What one run is asked for. Without `sources` the authoritative ones are asked, or every enabled one."""

    sources: tuple[str, ...] = ()
    all_sources: bool = False
    due: bool = False  # of these, only the ones whose update_frequency wants it
    replay: dict[str, Path] = {}
    no_cache: bool = False
    from_cache: bool = False  # a list that was fetched lately may serve: nothing is written by it
    online: bool = False  # only whether the sources answer is asked
    label: str = ""  # of the review branch; none: the sources that are asked
    no_commit: bool = False
    no_branch: bool = False
    push: bool = False  # put the review branch on the remote
    pr: bool = False  # and have it proposed there
    print_pr: bool = False  # and write down what another program is to propose there
    replace: tuple[str, ...] = ()  # commits of people on it that are dropped: beginnings of their hashes


class Run(Request, frozen=True):
    """One run: what it is asked for, on which catalog, and when."""

    place: Place
    config: Config
    now: datetime
    begun: float = msgspec.field(default_factory=time.monotonic)
    rules: str = ""  # the SHA-256 of `sync.yaml` as it was before `config` was read from it
    tell: Callable[[str], None] = lambda line: None  # how who waits is told what is about to happen
    observe: Callable[[Progress], object] = lambda what: None  # and who looks on, what has happened
    verbose: bool = False
    command: str = ""  # as which it was asked for
    actor: str = ""  # who asked for it, where that is not who commits

    @classmethod
    def at(cls, place: Place, request: Request | None = None) -> Self:
        """A run by `sync.yaml` as it lies there now. Raises CatalogError."""
        rules = files.sha256(files.read(place.config_file)) or ""
        asked = msgspec.structs.asdict(request or Request())
        return cls(place, config.load(place), config.now(), rules=rules, **asked)

    @property
    def selected(self) -> tuple[str, ...]:
        """The sources that are meant, in the order of `sync.yaml`. Raises UsageError for an unknown one."""
        known = self.config.sources
        if self.all_sources and self.sources:
            raise UsageError("--all and the names of sources do not go together", advice="Say one of them.")
        unknown = [name for name in (*self.sources, *self.replay) if name not in known]
        if unknown:
            hint, there = did_you_mean(unknown[0], known), ", ".join(known) or "none"
            raise UsageError(f"no source {unknown[0]} in sync.yaml{hint}", advice=f"There are: {there}.")
        heard = set(self.config.opinions)
        usual = {
            name
            for name, source in known.items()
            if source.enabled and name not in heard and (self.all_sources or source.authoritative)
        }
        wanted = (set(self.sources) or usual) - set(self.skipped)
        wanted |= self.replay.keys() - heard
        return tuple(name for name in known if name in wanted)

    @property
    def opinions(self) -> tuple[str, ...]:
        """The sources that only confirm or contradict what the selected ones say."""
        return tuple(name for name in self.config.opinions if name not in self.selected)

    @property
    def skipped(self) -> tuple[str, ...]:
        """The sources that `--all` leaves out, unless they are named or replayed."""
        if not self.all_sources or self.sources:
            return ()
        known, skip = self.config.sources, self.config.batch.skip
        return tuple(name for name in skip if known[name].enabled and name not in self.replay)

    @property
    def max_age(self) -> timedelta | None:
        """How old a list from the cache may be; None: upstream is asked."""
        cache = self.config.cache
        age = timedelta(seconds=cache.health if self.online else cache.listing)
        return age if (self.from_cache or self.online) and not self.no_cache else None

    @property
    def key_names(self) -> frozenset[str]:
        """The environment variables in which a source may have its key, or a channel what is secret of it."""
        of_sources = (key for name, source in self.config.sources.items() for key in key_names(source, name))
        return frozenset((*of_sources, *channel_names(self.config.notify)))

    @property
    def branch_label(self) -> str:
        """What the review branch is named after: a word for the sources that the run means."""
        label = self.label or ("all" if self.all_sources else "+".join(self.selected))
        return label if len(label) <= _LONGEST_LABEL else "several"

    @property
    def branch(self) -> str:
        """The review branch that the run's commit goes on: each catalog of a repository has its own."""
        return self._branches.replace("{source}", self.branch_label)

    @property
    def branches(self) -> str:
        """A glob of the branches that runs propose on."""
        return self._branches.replace("{source}", "*")

    @property
    def _branches(self) -> str:
        branches, folder = self.config.review.branch, self.place.name.removesuffix(f"/{CATALOG_FOLDER}")
        usual = branches == ReviewPolicy().branch
        return f"modelsync/{folder}/{{source}}" if folder and usual else branches

    def proposes_on(self, branch: str) -> bool:
        """Whether a branch is one of those that runs propose on."""
        begin, source, end = self._branches.partition("{source}")
        if not source:
            return branch == begin
        return branch.startswith(begin) and branch.endswith(end) and len(branch) > len(begin + end)

    @property
    def publishes(self) -> bool:
        """Whether the review branch is put on the remote."""
        return self.push or self.pr or self.print_pr

    @property
    def shape(self) -> catalog.Shape:
        return self.config.shape

    @property
    def policy(self) -> PlanPolicy:
        """What planning has to know of the run and of `sync.yaml`."""
        asked = {name: getattr(self, name) for name in Selection.__struct_fields__}
        off = {name for name, source in self.config.sources.items() if not source.enabled}
        policy = self.config.plan_policy(self.now.date())
        return msgspec.structs.replace(policy, off=frozenset(off - set(self.selected)), **asked)
