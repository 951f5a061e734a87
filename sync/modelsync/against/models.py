"""What happened to the fields of models: whose they are, and whether the guards let it pass."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

from msgspec import UNSET

from modelsync.against.diff import Diff, Fault, Pair, changed_fields
from modelsync.against.identity import (
    AVAILABILITY,
    UNAVAILABLE_SINCE,
    added_wrongly,
    mistaken,
    unsaid,
)
from modelsync.against.unsourced import why_unsourced
from modelsync.plan import guards
from modelsync.plan.accept import UNAVAILABLE
from modelsync.plan.prices import Verdict
from modelsync.plan.removals import is_marked
from modelsync.plan.rules import excluded_by, is_ours, means_the_same, owner_of
from modelsync.records import (
    BASE,
    FIELDS,
    MARKS,
    UPSTREAM_PREFIX,
    Entry,
    FieldChange,
    Kind,
    Owner,
    Unreadable,
    Value,
    is_price_field,
    kind_of,
    text_of,
)

_NOTHING = (UNSET, None, ())


def of_models(diff: Diff) -> Iterator[Fault]:
    """All faults of entries that stayed or came."""
    for pair in diff.pairs:
        for field in changed_fields(pair):
            text = _trespass(diff, pair, field)
            if text:
                yield diff.fault_of(pair.after, field, f"{field} {text}")
        yield from _of_base(diff, pair)
    for entry in diff.new:
        yield from _of_new(diff, entry)
    yield from _of_new_providers(diff)
    yield from _of_guards(diff)


# ---------------------------------------------------------------------------- whose it is


def _trespass(diff: Diff, pair: Pair, field: str) -> str:
    """Why no run may change the field from what it was to what it is, or nothing."""
    entry, policy = pair.before, diff.policy
    old, new = pair.before.value_of(field), pair.after.value_of(field)
    pin = entry.pin_of(field, policy.today)
    if entry.is_a_persons:
        return f"was changed, in a person's entry: {_move(old, new)}"
    if pin:
        return f"was changed, and is pinned{f' ({pin.reason})' if pin.reason else ''}: {_move(old, new)}"
    if isinstance(old, Unreadable) or isinstance(new, Unreadable):
        return f"was changed where it is no {kind_of(field).value}: {_move(old, new)}"
    read_after = pair.read_after.value_of(field)
    is_gone = old is not UNSET and new in _NOTHING and read_after in _NOTHING
    if is_gone and not _is_mark(pair.before, field):
        return f"is gone: it was {text_of(old)}"
    if old is UNSET and new in _NOTHING:
        return "was added, and says nothing"
    if not is_ours(policy, field):
        return f"was changed, and `fields:` leaves it to people: {_move(old, new)}"
    rule = excluded_by(policy, entry)
    if rule:
        return f"was changed, and {rule.id} is excluded: {_move(old, new)}"
    wrong = mistaken(diff, pair.after, field, old, new)
    wrong = wrong or why_unsourced(field, pair.read_before.value_of(field), new)
    if wrong:
        return f"{wrong}: {_move(old, new)}"
    if means_the_same(field, old, new):
        return f"was written anew, and says the same: {_move(old, new)}"
    return _owned(owner_of(policy, entry.provider, field), field, old, new)


def _is_mark(entry: Entry, field: str) -> bool:
    """Whether sync marked the entry so, and takes the mark away when the model comes back."""
    word = field == AVAILABILITY and entry.values[field] == UNAVAILABLE
    return is_marked(entry) and (word or field == UNAVAILABLE_SINCE)


def _owned(owner: Owner, field: str, old: Any, new: Any) -> str:
    """What the owner of a field does not let a source do."""
    if field not in FIELDS or new is UNSET:
        return ""
    if owner is Owner.HUMAN:
        return f"was changed, and is owned by people: {_move(old, new)}"
    if owner is Owner.UNION and isinstance(old, tuple) and isinstance(new, tuple):
        lost = [word for word in old if word not in new]
        between = "" if new[: len(old)] == old else "has words between those that were there"
        return f"has lost {text_of(tuple(lost))}" if lost else between
    if owner in (Owner.UNION, Owner.FILL) and old not in (UNSET, ""):
        return f"was changed, and only fills what is empty: {_move(old, new)}"
    return ""


def _of_base(diff: Diff, pair: Pair) -> Iterator[Fault]:
    """The entry that this one is based on: nobody but a person names one or another, and it may not go."""
    if pair.before.base != pair.after.base:
        text = f"base was changed: {pair.before.base or 'nothing'} -> {pair.after.base or 'nothing'}"
        yield diff.fault_of(pair.after, BASE, text)
    lost = [field for field in pair.read_before.values if field not in pair.read_after.values]
    lost = [field for field in lost if field not in pair.before.values]
    if lost:
        text = f"its base says no more of {', '.join(lost)}"
        yield diff.fault_of(pair.after, lost[0], text, about=BASE)


def _of_new(diff: Diff, entry: Entry) -> Iterator[Fault]:
    rule = excluded_by(diff.policy, entry)
    if rule:
        yield diff.fault_of(entry, "", f"was added, and {rule.id} is excluded", about="added")
    if entry.is_a_persons:
        yield diff.fault_of(entry, "", "was added as a person's entry", about="added")
    if wrong := added_wrongly(diff, entry):
        yield diff.fault_of(entry, "", wrong, about="added")
    for field, value in entry.values.items():
        wrong = _beside_its_base(diff, entry, field, value)
        wrong = wrong or (mistaken(diff, entry, field, UNSET, value) if field in MARKS else "")
        wrong = wrong or unsaid(diff, entry, field)
        if value in _NOTHING:
            yield diff.fault_of(entry, field, f"{field} was added, and says nothing")
        if wrong:
            yield diff.fault_of(entry, field, f"{field} {wrong}: {text_of(value)}")
        if isinstance(value, Unreadable):
            text = f"{field} is no {kind_of(field).value}: {value.text}"
            yield diff.fault_of(entry, field, text)
        elif field != "model" and not is_ours(diff.policy, field):
            yield diff.fault_of(entry, field, f"{field} was added, and `fields:` leaves it to people")


def _beside_its_base(diff: Diff, entry: Entry, field: str, value: Value) -> str:
    """Why no source can have stated this of a new entry, and nothing else of its base."""
    base = diff.base_value(entry, field)
    wrong = why_unsourced(field, base, value)
    if wrong or base is UNSET:
        return wrong
    if means_the_same(field, base, value):
        return "says what its base says"
    return _owned(owner_of(diff.policy, entry.provider, field), field, base, value)


def _of_new_providers(diff: Diff) -> Iterator[Fault]:
    """The providers that nobody allowed to be made; one whose own list is synced needs no permission."""
    policy = diff.policy
    own = set(policy.sources) - policy.vendor_sources
    for name, provider in diff.after.own.providers.items():
        if not (policy.create_providers or name in diff.before.own.providers or name in own):
            path = diff.layouts[provider.file].provider(name)
            text = f"{'.'.join(map(str, path))} is a new provider, and `create_providers` is off"
            yield diff.fault(provider.file, path, text)


# ---------------------------------------------------------------------------- whether it looks right


def _of_guards(diff: Diff) -> Iterator[Fault]:
    """What the guards hold, with the thresholds of the older revision."""
    moves: dict[str, list[tuple[Entry, FieldChange]]] = defaultdict(list)
    for pair in diff.pairs:
        changes = list(_changes(diff, pair))
        before = pair.read_before.values
        yield from _held(diff, pair.after, changes, before, before)
        moves[pair.after.provider] += _counted(diff, pair.after, changes, pair.read_before.values)
    for entry in diff.new:
        inherited = diff.inherited(entry).items()
        base = {field: value for field, value in inherited if kind_of(field) is not Kind.COUNT}
        changes = [  # beside what its base says, as planning does; a limit by itself alone
            FieldChange(
                field, UNSET if kind_of(field) is Kind.COUNT else diff.base_value(entry, field), value
            )
            for field, value in entry.values.items()
            if _is_value(value)
        ]
        beside = base if any(map(_is_value, base.values())) else None
        yield from _held(diff, entry, changes, None, beside)
        moves[entry.provider] += _counted(diff, entry, changes, beside)
    for provider, of_provider in moves.items():
        yield from _together(diff, provider, of_provider)


def _changes(diff: Diff, pair: Pair) -> Iterator[FieldChange]:
    """The values that changed as readers see them, where both are values, or a first one came."""
    before, after = pair.read_before, pair.read_after
    from_another = (  # which as its own, nobody has judged
        field
        for field, value in before.values.items()
        if before.inherited.get(field) != after.inherited.get(field) and value != after.values.get(field)
    )
    for field in dict.fromkeys((*changed_fields(pair), *from_another)):
        old, new = before.value_of(field), after.value_of(field)
        if not field.startswith(UPSTREAM_PREFIX) and _is_value(new) and not isinstance(old, Unreadable):
            yield FieldChange(field, old, new)


def _held(
    diff: Diff,
    entry: Entry,
    changes: list[FieldChange],
    before: dict[str, Value] | None,
    beside: dict[str, Value] | None,
) -> Iterator[Fault]:
    """What looks wrong beside what the entry said before, and does not fit what it says now `beside`."""
    thresholds = diff.policy.guards.at(entry.provider)
    verdicts = guards.of_days(changes, before, diff.policy.today)
    verdicts |= guards.of_values(changes, before, thresholds)
    rest = [change for change in changes if change.field not in verdicts]
    verdicts |= guards.of_relations(rest, beside, thresholds)
    for change in changes:
        if change.field in verdicts:
            yield from _fault(diff, entry, change, verdicts[change.field])


def _fault(diff: Diff, entry: Entry, change: FieldChange, verdict: Verdict) -> Iterator[Fault]:
    if not diff.accepts(entry, change.field, change.new):
        move = _move(change.old, change.new)
        yield diff.fault_of(entry, change.field, f"{change.field} {move}: {verdict.guard}: {verdict.reason}")


def _counted(
    diff: Diff, entry: Entry, changes: list[FieldChange], before: dict[str, Value] | None
) -> Iterator[tuple[Entry, FieldChange]]:
    """What is judged beside other models of the provider."""
    by_name = bool(entry.upstream) and all(name.endswith(":free") for name in entry.upstream.values())
    for change in guards.counting(changes, before, free_by_name=by_name):
        yield entry, change


def _together(diff: Diff, provider: str, moved: list[tuple[Entry, FieldChange]]) -> Iterator[Fault]:
    """What moved in too many models of a provider at once, of those that sources speak of."""
    entries = diff.after.read.providers[provider].entries.values()
    followed = [entry for entry in entries if entry.upstream] or list(entries)
    priced = Counter(field for entry in followed for field in entry.values if is_price_field(field))
    named = [(entry.name, change) for entry, change in moved]
    verdicts = guards.of_many(named, len(followed), priced, diff.policy.guards.at(provider))
    for entry, change in moved:
        verdict = verdicts.get((entry.name, change.field))
        if verdict:
            yield from _fault(diff, entry, change, verdict)


# ---------------------------------------------------------------------------- values


def _is_value(value: object) -> bool:
    return value not in _NOTHING and not isinstance(value, Unreadable)


def _move(old: object, new: object) -> str:
    return " -> ".join(
        value.text if isinstance(value, Unreadable) else "nothing" if value is UNSET else text_of(value)
        for value in (old, new)
    )
