"""What of a row goes into an entry: owners, pins and a person's entries decide here and nowhere else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import UNSET

from modelsync.plan import variants
from modelsync.plan.accept import UNAVAILABLE
from modelsync.plan.answers import Answers
from modelsync.plan.rows import Row, upstream_field
from modelsync.plan.rules import is_ours, may_begin_with, means_the_same, owner_of
from modelsync.records import (
    BASE,
    FIELDS,
    UPSTREAM_PREFIX,
    Entry,
    FieldChange,
    Kind,
    Notice,
    Owner,
    PlanPolicy,
    Topic,
    Unreadable,
    Value,
    is_price_field,
    kind_of,
    text_in,
)

Values = Mapping[str, Value]
EMPTY: Values = {}


class Merged(msgspec.Struct, frozen=True):
    """The changes that the owners allow, and what upstream says that a person keeps otherwise."""

    changes: tuple[FieldChange, ...] = ()
    notices: tuple[Notice, ...] = ()


def merge(
    entry: Entry, rows: Sequence[Row], answers: Answers, policy: PlanPolicy, inherited: Values = EMPTY
) -> Merged:
    """One entry and the rows that speak of it, in the order in which the sources have their say.

    `inherited` is what its base says: the entry is brought to state what differs from that, and no more.
    """
    allowed = _before_a_gap(entry, rows, answers)
    differences = list(_differences(entry, inherited, allowed, answers, policy))
    changes, notices = list[FieldChange](), _unusable(entry.name, allowed)
    notices += [
        Notice(Topic.UNREADABLE, entry.name, f"{field} stays {text}: not a {kind}")
        for field, (text, kind) in entry.unreadable.items()
        if not (entry.money.foreign and is_price_field(field))
    ]
    for change in differences:
        keeper = keeper_of(entry, change.field, policy)
        if not keeper:
            changes.append(change)
        elif change.field in FIELDS:
            read, unit = as_read(change, inherited), policy.pricing_unit
            if not means_the_same(read.field, read.old, read.new):
                old, new = (text_in(read.field, value, unit) or "unset" for value in (read.old, read.new))
                text = f"{read.field} stays {old}; upstream says {new} ({keeper})"
                notices.append(Notice(Topic.KEPT, entry.name, text))
    if len(allowed) < len(rows):
        every = _differences(entry, inherited, rows, answers, policy)
        waiting = {change.field for change in every} - {change.field for change in differences}
        text = f"{', '.join(sorted(waiting))} stay as they are: a source that comes first gave no answer"
        notices += [Notice(Topic.WAITING, entry.name, text)] if waiting else []
    return Merged(tuple(changes), tuple(notices))


def as_read(change: FieldChange, inherited: Values) -> FieldChange:
    """The change as readers see it: where the entry states nothing, it says what its base does."""
    if change.field not in inherited:
        return change
    from_base = inherited[change.field]
    old, new = (from_base if value is UNSET else value for value in (change.old, change.new))
    return FieldChange(change.field, old, new)


def new_entry(
    entry: Entry, rows: Sequence[Row], answers: Answers, policy: PlanPolicy, inherited: Values
) -> Merged:
    """All that the rows state of a model that the catalog does not have; beside a base, what differs."""
    if not entry.base:
        return _full_entry(rows, answers, policy)
    merged = merge(entry, rows, answers, policy, inherited=inherited)
    by_field = {change.field: change for change in merged.changes}
    follows = [change for field, change in by_field.items() if field.startswith(UPSTREAM_PREFIX)]
    differences = [by_field[field] for field in FIELDS if field in by_field and field != "model"]
    ids = (FieldChange("model", new=model_of_new(rows, answers)), FieldChange(BASE, new=entry.base))
    return Merged((*ids, *follows, *differences), merged.notices)


def _full_entry(rows: Sequence[Row], answers: Answers, policy: PlanPolicy) -> Merged:
    placement = rows[0].placement
    values = _stated(rows)
    fields = [
        FieldChange(field, new=values[field])
        for field in FIELDS
        if field != "model"
        and not _says_nothing(values.get(field))
        and may_begin_with(policy, placement.provider, field)
    ]
    follows = [
        FieldChange(upstream_field(row.source), new=row.model.id)
        for row in rows
        if is_ours(policy, "upstream")
    ]
    notices = _unusable(f"{placement.provider}/{placement.key}", rows)
    return Merged((FieldChange("model", new=model_of_new(rows, answers)), *follows, *fields), tuple(notices))


def speaker(field: str, rows: Sequence[Row]) -> Row | None:
    """The first row that states the field, if only something unusable: a later one must not speak for it.

    One that knows little of the field speaks where no other does, and an aggregator's price counts where no
    other source states any price of the model: prices of two hosts are not mixed.
    """
    if is_price_field(field):
        rows = [row for row in rows if prices_count(row)]
        own = [row for row in rows if counts_as_own(row)]
        if any(is_price_field(key) for row in own for key in row.model.values):
            rows = own
    speakers = [
        row
        for row in rows
        if not _says_nothing(row.model.values.get(field))
        or any(item.field == field for item in row.model.unusable)
    ]
    return next((row for row in speakers if field not in row.model.weak), speakers[0] if speakers else None)


def counts_as_own(row: Row) -> bool:
    """Whether the prices of a row are the provider's own, and not some host's."""
    return prices_count(row) and row.placement.rule.prices != "fill"


def _before_a_gap(entry: Entry, rows: Sequence[Row], answers: Answers) -> Sequence[Row]:
    """The rows that come before any source which the entry follows and which may yet speak of it.

    A later source must not speak for an earlier one: the value would change back with its return.
    """
    heard = {row.source for row in rows}
    if entry.upstream.keys() <= heard:
        return rows
    silent = [
        answers.order[source]
        for source, upstream_id in entry.upstream.items()
        if source not in heard and source in answers.order and not answers.has_dropped(source, upstream_id)
    ]
    gap = min(silent, default=len(answers.order))
    return [row for row in rows if answers.order[row.source] < gap]


def _differences(
    entry: Entry, inherited: Values, rows: Sequence[Row], answers: Answers, policy: PlanPolicy
) -> Iterator[FieldChange]:
    """What upstream would have otherwise, where it has a say, or where a person may want to know."""
    own, listed = entry.values, _stated(rows)
    for field, new in listed.items():
        old = own.get(field, UNSET)
        if (old == new and field not in inherited) or _says_nothing(new):
            continue
        if isinstance(old, Unreadable) or not is_ours(policy, field):
            continue
        owner = owner_of(policy, entry.provider, field)
        has_weak = owner is not Owner.HUMAN and any(field in row.model.weak for row in rows)
        if has_weak and (row := speaker(field, rows)):
            owner = Owner.FILL if field in row.model.weak else owner
        wanted = _wanted(owner, field, old, new, inherited.get(field, UNSET))
        if wanted is not old:
            yield FieldChange(field, old, wanted)
    yield from identity(entry, rows, answers, policy)
    if rows and own.get("unavailable_since") is not None:
        marks = (change for change in _unmarked(own) if change.field not in listed)
        yield from (change for change in marks if is_ours(policy, change.field))


def _wanted(owner: Owner, field: str, own: Any, new: Value, inherited: Any) -> Any:
    """What the entry would state by the field's owner; its own value itself where upstream has no say."""
    old = inherited if own is UNSET else own
    if kind_of(field) is Kind.VARIANTS:
        new = variants.beside(old, new)
    if owner is Owner.UPSTREAM and means_the_same(field, inherited, new):
        return UNSET
    if means_the_same(field, old, new):
        return own
    match owner:
        case Owner.UPSTREAM:
            return new
        case Owner.UNION if isinstance(old, tuple) and isinstance(new, tuple):
            more = tuple(word for word in new if word not in old)
            return (*old, *more) if more else own
        case Owner.UNION | Owner.FILL:
            return new if old is UNSET or old == "" else own
        case Owner.HUMAN:
            return own if old is UNSET else new
        case Owner.NATIVE:
            return own


def _unmarked(values: Mapping[str, Any]) -> Iterator[FieldChange]:
    """The model is listed again: what sync marked it with goes."""
    if values.get("availability") == UNAVAILABLE:
        yield FieldChange("availability", UNAVAILABLE)
    if not isinstance(values["unavailable_since"], Unreadable):
        yield FieldChange("unavailable_since", values["unavailable_since"])


def keeper_of(entry: Entry, field: str, policy: PlanPolicy) -> str:
    """Why a person's value stays, or nothing."""
    if entry.is_a_persons:
        return "a person's entry"
    pin = entry.pin_of(field, policy.today) if entry.pins else None
    if pin:
        return f"pinned, {pin.reason}" if pin.reason else "pinned"
    known = field in FIELDS and owner_of(policy, entry.provider, field) is Owner.HUMAN
    return "owned by people" if known else ""


def _stated(rows: Sequence[Row]) -> Mapping[str, Value]:
    """Each field as the first row says that states it."""
    if len(rows) == 1 and prices_count(rows[0]):
        return rows[0].model.values
    values: dict[str, Value] = {}
    for field in dict.fromkeys(field for row in rows for field in row.model.values):
        row = speaker(field, rows)
        if row:
            values[field] = row.model.values.get(field)
    return values


def _says_nothing(value: Any) -> bool:
    """Nothing said can never blank a field."""
    return value is None or value in ("", ())


def prices_count(row: Row) -> bool:
    """Whether the mapping rule lets prices in."""
    return row.placement.rule.prices is not False


def _unusable(name: str, rows: Iterable[Row]) -> list[Notice]:
    return [
        Notice(Topic.UNUSABLE, name, f"{item.field} {item.text}: {item.reason}")
        for row in rows
        for item in row.model.unusable
        if prices_count(row) or not is_price_field(item.field)
    ]


# ---------------------------------------------------------------------------- what the model is


def identity(
    entry: Entry, rows: Sequence[Row], answers: Answers, policy: PlanPolicy
) -> Iterator[FieldChange]:
    """What the entry is followed by, and the provider's own id where that is known for sure."""
    model = entry.values.get("model", UNSET)
    for row in rows:
        old = entry.upstream.get(row.source, UNSET)
        if old not in (row.model.id, *row.model.names) and is_ours(policy, "upstream"):
            new = model if model in row.model.names else row.model.id  # an alias stays one: it may move
            yield FieldChange(upstream_field(row.source), old, new)
    sure = known(rows, model, answers)
    if sure != model and is_written(policy, entry.provider):
        yield FieldChange("model", model, sure)


def model_of_new(rows: Sequence[Row], answers: Answers) -> str:
    """The provider's own id, where a row knows that for sure: the one that the next run leaves as it is."""
    first = next((row for row in rows if row.placement.confirmed), rows[0])
    return str(known(rows, first.placement.model, answers))


def known(rows: Sequence[Row], model: Any, answers: Answers) -> Any:
    """What the first row that knows the native id better says, an alias before all; else what is there."""
    better = [row for row in rows if row.placement.confirmed_by and _corrects(row, model, rows, answers)]
    if not better:
        return model
    return next((row for row in better if row.placement.confirmed_by == "alias"), better[0]).placement.model


def _corrects(row: Row, model: Any, rows: Sequence[Row], answers: Answers) -> bool:
    """Whether the row knows the native id better: by an alias, because the provider has no such model, or
    because what is there is only upstream's name. What a person wrote has more weight than a rule, and so
    has the provider's own list."""
    if isinstance(model, Unreadable):
        return False
    if not isinstance(model, str) or row.placement.confirmed_by == "alias":
        return True
    if row.placement.confirmed_by == "list":
        return answers.has_dropped(row.source, model)
    own = (other.source for other in rows if other.placement.confirmed_by == "list")
    return model == row.model.id.partition("/")[2] and not any(answers.lists(source, model) for source in own)


def is_written(policy: PlanPolicy, provider: str) -> bool:
    return is_ours(policy, "model") and owner_of(policy, provider, "model") is Owner.NATIVE
