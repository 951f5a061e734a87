"""What people decide beside the catalog: rules, owners and thresholds, as planning reads them."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec
from msgspec.structs import replace

from modelsync.records.event import EventKind
from modelsync.records.fields import USUAL_UNIT, Owner, Strategy

Count = Annotated[int, msgspec.Meta(ge=0)]
Percentage = Annotated[str, msgspec.Meta(extra_json_schema={"pattern": r"^\d+(\.\d+)?%$"})]


def percent_of(percentage: str) -> Decimal:
    """The number of a percentage, such as `10%`."""
    return Decimal(percentage.removesuffix("%"))


class Policy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Base of everything that `sync.yaml` may say: an unknown key is an error."""


Wanted = Literal["all", "none"] | tuple[str, ...]  # which models are added: globs of their names


class MappingRule(Policy, frozen=True):
    """Upstream ids that match the regular expression belong to the provider."""

    match: str
    provider: str
    variants: tuple[str, ...] = ()
    # suffixes of ids (`:batch`) whose prices are those of a service tier of the model without one
    service_tiers: tuple[Literal["batch", "flex", "priority"], ...] = ()
    add: Wanted | None = None  # None: what the source says, else what stands at the top
    # true: they are the provider's own; fill: an aggregator's, for models of which no other source states a
    # price; false: never. None: yes, unless the provider is `local`.
    prices: bool | Literal["fill"] | None = None


class Exclusion(Policy, frozen=True):
    """A model, by id or glob, that is never added and never updated, up to and with `until`."""

    id: str
    reason: str = ""
    until: date | None = None

    def holds_on(self, day: date) -> bool:
        return self.until is None or day <= self.until


class Accepted(Policy, frozen=True):
    """One value that a person looked at and let through a guard, in the catalog's pricing unit."""

    model: str
    field: str
    value: Any = None
    reason: str = ""


class GuardPolicy(Policy, frozen=True):
    """Thresholds of the guards. Shares are of the provider's followed models."""

    price_ratio: Decimal = Decimal(10)
    price_most: Decimal = Decimal(1_000)  # USD per 1M tokens, of a price where none was known
    price_least: Decimal = Decimal("0.0005")  # USD per 1M tokens, the same; zero is another matter
    # USD per call, the same: all that are known lie between 0.0025 and 0.14, and a list may give 1,000 calls
    call_price_most: Decimal = Decimal(1)
    call_price_least: Decimal = Decimal("0.0002")
    limit_ratio: Decimal = Decimal(10)  # a limit that grows so many times
    limit_noise: Decimal = Decimal("0.03")  # the share by which a limit may shrink: lists round
    limit_most: int = 100_000_000  # tokens; the largest known context has 10 million
    tier_least: int = 8_000  # tokens above which a new tier may begin; the shortest known begins at 32,000
    removed_share: Decimal = Decimal("0.2")
    removed_least: Count = 3
    zero_share: Decimal = Decimal("0.2")
    zero_least: Count = 3
    shift_ratio: Decimal = Decimal(3)
    shift_share: Decimal = Decimal("0.5")
    shift_least: Count = 5
    return_days: Count = 14  # a number that comes back within so many days is doubted
    # other thresholds, by provider, field, section or `provider/field`
    only: dict[str, dict[str, Decimal]] = {}

    def at(self, provider: str) -> GuardPolicy:
        """The thresholds of one provider; what is left in `only` is for fields of it."""
        if not self.only:
            return self
        whole, prefix = self.only.get(provider, {}), f"{provider}/"
        fields = {name: other for name, other in self.only.items() if "/" not in name and name != provider}
        for name, narrower in self.only.items():
            if name.startswith(prefix):
                field = name.removeprefix(prefix)
                fields[field] = fields.get(field, {}) | narrower
        return replace(self, **whole, only=fields)

    def on(self, field: str) -> GuardPolicy:
        """The thresholds that count for one field: those of `only` before those of all."""
        names = [name for name in (field.partition(".")[0], field) if name in self.only]
        narrower = [self.only[name] for name in dict.fromkeys(names)]
        return replace(self, **ChainMap(*reversed(narrower))) if narrower else self


class OpinionPolicy(Policy, frozen=True):
    """How lists that only confirm or contradict are heard."""

    release: int = 2  # so many that confirm, and none that contradicts, outweigh another guard; 0: never
    lineages: dict[str, str] = {}  # by source, the list that it is a copy of: both have one vote


class PrunePolicy(Policy, frozen=True):
    """How long a model must be gone before prune removes it, and which are never removed."""

    after_days: Count = 0
    keep_features: tuple[str, ...] = ("embeddings",)


class BackupPolicy(Policy, frozen=True):
    """Backups kept: the newest `keep`, and all that are younger than `keep_days`."""

    keep: Count = 30
    keep_days: Count = 0


class AutomergePolicy(Policy, frozen=True):
    """What of a pull request the forge may merge by itself, once its required checks pass."""

    kinds: Annotated[tuple[Literal["price", "limit"], ...], msgspec.Meta(min_length=1)]
    price_change: Percentage = "0%"  # by how much a price may move, up or down

    @property
    def most(self) -> Decimal:
        """The percentage that a price may move by."""
        return percent_of(self.price_change)


OTHER_LABELS = ("all", "prune", "several")  # what review branches are named after beside sources


class ReviewPolicy(Policy, frozen=True):
    """On which branch a run commits, and where it proposes that branch."""

    branch: str = "modelsync/{source}"
    remote: str = "origin"
    base: str = ""  # where a pull request goes; empty: the usual branch of the remote
    forge: Literal["github", "gitlab", "gitea", "forgejo"] | None = None  # empty, as below: CI or the remote
    api: str = ""  # the address of the forge's API
    repository: str = ""  # the path of the repository on the forge: owner/name
    dashboard: bool = False  # one issue with what has no pull request
    automerge: AutomergePolicy | None = None


class WebhookPolicy(Policy, frozen=True):
    """An address of one's own that takes signed messages, said or in a variable; the secret is in one."""

    secret_env: str
    url: str = ""
    url_env: str = ""


class NotifyPolicy(Policy, frozen=True):
    """Who is told of what. The addresses that apprise takes hold secrets: these are names of variables."""

    apprise: tuple[str, ...] = ()
    webhook: WebhookPolicy | None = None
    events: tuple[EventKind, ...] = tuple(EventKind)
    price_up: Percentage = "10%"
    ends_within: Count = 30  # days
    pin_ends_within: Count = 14  # days

    @property
    def rise(self) -> Decimal:
        """The percentage that a price has to rise by more than."""
        return percent_of(self.price_up)


class Earlier(msgspec.Struct, frozen=True):
    """A number that a field of the catalog had, and the day on which it was given up."""

    value: int | Decimal
    until: date


GivenUp = Mapping[tuple[str, str], tuple[Earlier, ...]]  # by model (`provider/key`) and field, lately


class Selection(msgspec.Struct, frozen=True, kw_only=True):
    """What one run asks of planning: which models, which removals, and what it lets through."""

    only: str = ""  # PROVIDER or PROVIDER/GLOB
    accept: tuple[str, ...] = ()  # patterns of held changes: `openai/gpt-4o:pricing.input`
    prune: bool = False
    removals_only: bool = False  # nothing is added, and nothing but its availability changes
    excluded: bool = False
    unfollowed: bool = False
    immediately: bool = False


class PlanPolicy(Selection, frozen=True, kw_only=True):
    """All that planning has to know beside the catalog and the listings."""

    today: date
    pricing_unit: str = USUAL_UNIT  # in which a person reads prices
    sources: tuple[str, ...] = ()  # in the order of sync.yaml: the first that states a field wins
    mapping: tuple[MappingRule, ...] = ()
    add: Wanted = "all"
    add_of: Mapping[str, Wanted] = {}  # by source, where it says another thing
    off: frozenset[str] = frozenset()  # of these: switched off, and not named in this run
    authoritative: frozenset[str] = frozenset()  # their entries are what others are based on
    vendor_sources: frozenset[str] = frozenset()  # their ids carry a vendor
    native_sources: frozenset[str] = frozenset()  # of these: what follows the vendor is the vendor's own id
    plain_sources: frozenset[str] = frozenset()  # of these: a colon in an id begins no variant
    local_sources: frozenset[str] = frozenset()  # at one's own machine: a provider created for one is local
    aliases: dict[str, str] = {}
    exclude: dict[str, tuple[Exclusion, ...]] = {}
    owners: Mapping[str, Owner | Strategy] = {}  # "*", "openai/*", "pricing", "openai/pricing.input"
    fields: frozenset[str] | None = None  # None: all of FIELDS and `upstream`
    create_providers: bool = False
    guards: GuardPolicy = GuardPolicy()
    opinions: tuple[str, ...] = ()  # sources that only confirm or contradict
    opinion: OpinionPolicy = OpinionPolicy()
    prune_policy: PrunePolicy = PrunePolicy()
    formats: Mapping[str, str] = {}  # by source, what its list is known as
    accepted: tuple[Accepted, ...] = ()  # values of sync.yaml, prices in USD per 1M tokens

    def lineage_of(self, source: str) -> str:
        """Give the list that a source is, or is a copy of."""
        return self.opinion.lineages.get(source) or self.formats.get(source, source)
