"""The rows of listings where the mapping puts them, which entries they can meet, and what they say there."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Container, Iterable, Sequence
from collections.abc import Mapping as Names
from functools import cached_property
from operator import attrgetter

import msgspec
from msgspec.structs import replace

from modelsync.plan import variants
from modelsync.plan.mapping import Mapping, Placement, means, normalise
from modelsync.records import (
    BASE,
    FIELDS,
    OF_THE_MODEL,
    UPSTREAM_PREFIX,
    Catalog,
    Entry,
    Hold,
    Listing,
    MappingRule,
    Model,
    Notice,
    PlanPolicy,
    Provider,
    Unreadable,
    is_price_field,
)

_DATE = re.compile(r"-(20\d{6}|20\d\d-\d\d-\d\d|\d{4})$", re.ASCII)
NOWHERE = Placement("", "", "", "", MappingRule("", ""))  # of a row that is followed and no rule places
ANOTHER_NAME = "another name of a model that is listed"


class Row(msgspec.Struct, frozen=True, gc=False):
    """One row of one source, where the mapping puts it."""

    source: str
    model: Model
    placement: Placement
    variant: str = ""  # why nobody wants it as a model of its own: it meets only who follows it

    @property
    def names(self) -> tuple[str, ...]:
        return (self.placement.key, self.model.id, self.placement.model)

    @property
    def native_ids(self) -> tuple[str, ...]:
        """The ids by which the provider's own API may know it, the surest first."""
        bare = (self.placement.bare,) if self.placement.bare else ()
        return (self.placement.model, self.model.id, *self.model.names, *bare)


Spot = tuple[str, str]  # provider and key


class Met(msgspec.Struct, frozen=True, gc=False):
    """An entry and the rows that speak of it, in the order in which the sources have their say."""

    entry: Entry
    rows: list[Row]


class Matches(msgspec.Struct, frozen=True):
    """Where all rows belong: with an entry, at a new key, or nowhere."""

    met: dict[str, Met] = msgspec.field(default_factory=dict)
    new: dict[Spot, list[Row]] = msgspec.field(default_factory=dict)
    native: dict[tuple[str, str], list[Spot]] = msgspec.field(default_factory=dict)  # new, by confirmed id
    called: Names[str, str] = {}  # by entry, another native id that it is met by
    listed: set[str] = msgspec.field(default_factory=set)  # entries that some row means, even a held one
    providers: set[str] = msgspec.field(default_factory=set)  # that some row belongs to
    holds: dict[str, Hold] = msgspec.field(default_factory=dict)  # by what releases them
    notices: list[Notice] = msgspec.field(default_factory=list)


def rows_of(
    listing: Listing, mapping: Mapping, followed: Container[object]
) -> tuple[list[Row], list[Notice]]:
    """The rows that have a place or are followed, by id, and a word on each other one."""
    listed = {model.id for model in listing.models}
    models = sorted(listing.models, key=attrgetter("id"))
    placed = [(model, mapping.place(listing.source, model.id, model.canonical)) for model in models]
    offers = {id_: of for id_, of in variants.offers_of(placed).items() if id_ in listed}
    offered = {offer.id for of in offers.values() for _, offer in of}
    rows, notices = list[Row](), list[Notice]()
    for listed_model, placement in placed:
        model = variants.with_offers(listed_model, offers.get(listed_model.id, ()))
        if isinstance(placement, Placement):
            repeats = model.repeats != model.id and model.repeats in listed
            alone = replace(placement, bare="") if placement.bare in listed else placement
            rows.append(Row(listing.source, model, alone, ANOTHER_NAME if repeats else ""))
        elif model.id in offered and model.id not in followed:
            continue
        elif placement.placement:
            rows.append(Row(listing.source, model, placement.placement, placement.reason))
        elif model.id in followed:
            rows.append(Row(listing.source, model, NOWHERE))
        else:
            notices.append(Notice(placement.reason, model.id, ""))
    return rows, notices


def as_followed_by(entry: Entry, row: Row) -> Row:
    """The row as it speaks of an entry that follows it: in another provider it says no native id."""
    if row.placement.provider == entry.provider:
        return row
    model = entry.values.get("model")
    rule = MappingRule("", entry.provider) if row.placement is NOWHERE else row.placement.rule
    native_id = model if isinstance(model, str) else entry.key
    return Row(row.source, row.model, Placement(entry.provider, entry.key, native_id, "", rule))


def without_prices(row: Row) -> Row:
    """The row as it speaks of what is not billed in dollars."""
    return _only(row, lambda field: not is_price_field(field))


def on_own_machine(row: Row, provider: str, policy: PlanPolicy) -> Row:
    """The row as it speaks of one's own machine, whose price is no hosted one.

    That of a hosted model says what the model is, and no more: what it takes, gives out and can do is the
    machine's.
    """
    rule = replace(row.placement.rule, prices=row.placement.rule.prices or False)
    row = replace(row, placement=replace(row.placement, rule=rule))
    return row if is_own(row, provider, policy) else _only(row, OF_THE_MODEL.__contains__)


def _only(row: Row, is_kept: Callable[[str], bool]) -> Row:
    """The row with no more than what it states of such fields."""
    values = {field: value for field, value in row.model.values.items() if is_kept(field)}
    unusable = tuple(item for item in row.model.unusable if is_kept(item.field))
    return replace(row, model=replace(row.model, values=values, unusable=unusable))


def is_own(row: Row, provider: str, policy: PlanPolicy) -> bool:
    """Whether the row is of the provider's own machine: by its list, or by a rule that says so of prices."""
    return row.source == provider or row.source in policy.local_sources or row.placement.rule.prices is True


def upstream_field(source: str) -> str:
    """The field that holds the id of this source which an entry follows."""
    return UPSTREAM_PREFIX + source


def rank_of(field: str, policy: PlanPolicy) -> int:
    """Where a field stands among those that a new entry states."""
    order = ("model", BASE, *map(upstream_field, policy.sources), *FIELDS)
    return order.index(field) if field in order else len(order)


def is_let_in(row: Row, policy: PlanPolicy) -> bool:
    """Whether `add:` wants the model: that of the mapping rule, of the source, or at the top."""
    if row.model.deprecated:
        return False
    add = row.placement.rule.add
    if add is None:
        add = policy.add_of.get(row.source, policy.add)
    if isinstance(add, str):
        return add == "all"
    return any(means(glob, row.names) for glob in add)


# ---------------------------------------------------------------------------- whom they can meet


def aliases_of(listing: Listing) -> dict[str, str]:
    """By each other name that a list has for a model, the row to read; none of a name that several have."""
    ids = {model.id for model in listing.models}
    named = [(name, model.id) for model in listing.models for name in model.names if name not in ids]
    repeating = (model for model in listing.models if model.repeats != model.id and model.repeats in ids)
    named += [(model.id, model.id) for model in repeating]
    counts = Counter(name for name, _ in named)
    return {name: id_ for name, id_ in named if counts[name] == 1}


def followers_of(
    catalog: Catalog, listing: Listing, aliases: Names[str, str]
) -> Names[object, Sequence[Entry]]:
    """Who follows each row of a source, in any provider; `aliases` as `aliases_of` has them.

    An alias (`…-latest`) is followed to the row that has it now, were it met under another id: where the
    `model` of an entry is one, that is what its requests reach.
    """
    source = listing.source
    names = {model.id: model.names for model in listing.models}

    def row_of(entry: Entry) -> str:
        followed, model = entry.upstream[source], entry.values.get("model")
        if source == entry.provider and model in aliases and model not in names.get(followed, ()):
            return aliases[str(model)]
        return aliases.get(followed, followed)

    return grouped((entry for entry in catalog.entries() if source in entry.upstream), row_of)


class Index(msgspec.Struct, frozen=True, dict=True):
    """One provider's entries by what a row of one source can meet them by."""

    provider: Provider
    source: str
    called: Names[str, str]  # by entry, another native id that it is met by
    listed: Container[str] = ()  # the ids of the source's rows
    native_ids: Container[str] = ()  # and those that they mean
    own_ids: Container[str] = ()  # what the provider's own list has

    @cached_property
    def by_model(self) -> dict[object, list[Entry]]:
        groups = grouped(self.provider.entries.values(), self._native_id)
        for entry in self.provider.entries.values() if self.called else ():
            other = self.called.get(entry.name)
            if other is not None and other != self._native_id(entry):
                groups.setdefault(other, []).append(entry)
        return groups

    @cached_property
    def by_key(self) -> dict[object, list[Entry]]:
        entries = (entry for entry in self.provider.entries.values() if entry.key.isascii())
        return grouped(entries, lambda entry: normalise(entry.key))

    def _native_id(self, entry: Entry) -> object:
        """What the provider calls it: what it follows of the provider's own list, else its `model`, also one
        that is a number to YAML."""
        own = entry.upstream.get(self.provider.key, "")
        model = entry.values.get("model", "")
        return own if own in self.own_ids else model.text if isinstance(model, Unreadable) else model

    def find(self, row: Row) -> Sequence[Entry]:
        """Entries by `model`, of several by the key too, else by the key where `model` names no other model.

        One that follows another id which is listed has its row. A key has no letters beyond ASCII, so that of
        an id which has some it says too little.
        """
        if row.variant or (self.provider.local and self.provider.key != self.source):
            return ()  # a hosted model is none of one's own machine
        named = next((entries for id_ in row.native_ids if (entries := self.by_model.get(id_))), ())
        named = [entry for entry in named if self._is_free(entry)]
        if len(named) == 1 or not row.model.id.isascii():
            return named
        of_key = [
            entry
            for entry in self.by_key.get(row.placement.key, ())
            if self._is_free(entry) and self._may_be(entry, row)
        ]
        return [entry for entry in named if entry in of_key] or named if named else of_key

    def _is_free(self, entry: Entry) -> bool:
        """Whether no row of the source is the one that the entry follows."""
        return entry.upstream.get(self.source) not in self.listed

    def _may_be(self, entry: Entry, row: Row) -> bool:
        """Whether the `model` of an entry with the key of a row names no other model.

        It is absent, the same name, or a dated snapshot of it, while no row has that very id.
        """
        model = entry.values.get("model")
        if not isinstance(model, str):
            return True
        name, names = normalise(model), {normalise(entry.key), *map(normalise, row.names)}
        undated = _DATE.sub("", name)
        return name in names or (undated != name and undated in names and model not in self.native_ids)


def grouped(entries: Iterable[Entry], by: Callable[[Entry], object]) -> dict[object, list[Entry]]:
    """The entries by what this says of each, in the order in which they come."""
    groups: dict[object, list[Entry]] = {}
    for entry in entries:
        groups.setdefault(by(entry), []).append(entry)
    return groups
