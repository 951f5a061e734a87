"""What is known of the sources before a run, and beside one: needs, times, answers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

import msgspec

from modelsync.records.catalog import Entry, Provider
from modelsync.records.plan import SecondOpinion
from modelsync.records.price import PriceInterval

ADDRESS = "address"
KEY = "key"


class Lack(msgspec.Struct, frozen=True):
    """What a source needs from the environment and does not find, and the variables that may hold it."""

    what: str  # KEY or ADDRESS
    variables: tuple[str, ...]

    @property
    def names(self) -> str:
        return " or ".join(self.variables)


class Preflight(msgspec.Struct, frozen=True):
    """What a run is about to ask, and what it has and lacks for it; names of variables, never a value."""

    asked: tuple[str, ...]
    opinions: tuple[str, ...] = ()  # sources of which only the opinion is asked
    keys: tuple[str, ...] = ()  # variables that hold one
    optional: tuple[str, ...] = ()  # variables that could hold a key, and need not
    passed_over: Mapping[str, Lack] = {}  # by source
    skipped: tuple[str, ...] = ()
    waiting: Mapping[str, datetime | None] = {}  # until when; None: until a person asks
    disabled: tuple[str, ...] = ()


class Success(msgspec.Struct, frozen=True):
    """When a source's list was brought in; the commit that tells so, empty where this machine noted it."""

    at: datetime
    commit: str = ""


class SourceStatus(msgspec.Struct, frozen=True):
    """One source of `sync.yaml`: what it needs, and when it was synced last."""

    name: str
    enabled: bool = True
    authoritative: bool = False
    frequency: str = ""
    keys: dict[str, bool] = {}  # names of environment variables, and whether each is set
    last_synced: datetime | None = None
    optional: bool = False  # it can be asked without a key
    addresses: dict[str, bool] = {}  # variables that may hold its address, and whether each is set
    due: bool = False  # `--due` would ask it now
    commit: str = ""  # that tells of `last_synced`: a later success that changed nothing is not known
    silent: bool = False  # longer than it may be
    opinion: bool = False  # a run that does not sync it asks for its opinion


class Dated(msgspec.Struct, frozen=True):
    """A name, a day that counts for it, and what else is to be said."""

    name: str
    day: date
    text: str = ""


class Standing(msgspec.Struct, frozen=True):
    """What is so from run to run, whichever kind of run looks."""

    failing: tuple[Dated, ...] = ()  # sources, since when and why
    waiting: tuple[Dated, ...] = ()  # models, and from when on prune removes them
    pins: tuple[Dated, ...] = ()  # and exclusions, their last day and where they stand
    ending: tuple[Dated, ...] = ()  # models, and their end
    news: tuple[Dated, ...] = ()  # models that are not added, and when they were listed first


class Offer(msgspec.Struct, frozen=True):
    """What one source lists, by provider. An empty `age`: it was asked just now; a `note`: it was not."""

    source: str
    providers: tuple[Provider, ...]
    fetched: datetime
    age: str = ""
    left_out: tuple[str, ...] = ()  # ids that no mapping rule wants
    complete: bool = True
    note: str = ""


Numbers = dict[str, Decimal]  # by field: prices in USD per 1M tokens, and limits in tokens


class Statements(msgspec.Struct, frozen=True):
    """What a list states of one provider's models, by native id, and since which day just that."""

    since: date
    models: dict[str, Numbers]


class Heard(msgspec.Struct, frozen=True):
    """What a list whose opinion is asked stated on the day on which it was heard last, by provider."""

    day: date
    providers: dict[str, Statements]


class ModelDetails(msgspec.Struct, frozen=True):
    """One model of the catalog, and what is known of it beside its file."""

    entry: Entry
    local: bool = False
    confirmed_by: str | None = None  # what says that `model` is the provider's own id; empty: nothing does
    origins: Mapping[str, str] = {}  # by field, where its value is from
    past: tuple[PriceInterval, ...] = ()  # what its prices were, the newest first
    opinions: tuple[SecondOpinion, ...] = ()


class Health(msgspec.Struct, frozen=True):
    """Whether one source answers, and how."""

    source: str
    state: Literal["answers", "fails", "not asked"]
    answer: str = msgspec.field(name="said")  # as --json spells it
