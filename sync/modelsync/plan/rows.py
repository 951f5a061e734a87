"""The rows of listings where the mapping puts them, whom they meet, and as they speak of who follows them."""

from __future__ import annotations

from collections.abc import Callable, Container
from collections.abc import Mapping as Names
from operator import attrgetter

import msgspec
from msgspec.structs import replace

from modelsync.plan import variants
from modelsync.plan.mapping import Mapping, Placement, means
from modelsync.records import (
    BASE,
    FIELDS,
    OF_THE_MODEL,
    UPSTREAM_PREFIX,
    Entry,
    Hold,
    Listing,
    MappingRule,
    Model,
    Notice,
    PlanPolicy,
)

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
    return _only(row, lambda field: not field.startswith("pricing."))


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
