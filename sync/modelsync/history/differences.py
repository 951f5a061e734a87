"""What differs between two catalogs by meaning: entries, their values, the days that people name. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from typing import Any

import msgspec
from msgspec import UNSET

from modelsync.catalog.shape import unreadable
from modelsync.catalog.values import parted
from modelsync.records import UPSTREAM_PREFIX, Catalog, Change, Entry, FieldChange, Value


def renames(before: Catalog, after: Catalog) -> dict[str, str]:
    """The entries that have another name now, each with its former one.

    An entry that went is one that came where both follow one id, or, within a provider, have one `model`.
    """
    gone, new = ([*_missing(one, other)] for one, other in ((before, after), (after, before)))
    renamed: dict[str, str] = {}
    for facts in (_followed, _model) if gone and new else ():
        former = _by(facts, (entry for entry in gone if entry.name not in renamed.values()))
        present = _by(facts, (entry for entry in new if entry.name not in renamed))
        for fact in former.keys() & present.keys():
            if len(former[fact]) == len(present[fact]) == 1:
                renamed.setdefault(present[fact][0].name, former[fact][0].name)
    return renamed


def _missing(here: Catalog, there: Catalog) -> Iterator[Entry]:
    for provider in here.providers.values():
        known = there.providers.get(provider.key)
        yield from (entry for key, entry in provider.entries.items() if not known or key not in known.entries)


def _followed(entry: Entry) -> Iterable[tuple[str, str]]:
    return entry.upstream.items()


def _model(entry: Entry) -> Iterable[tuple[str, str]]:
    model = entry.values.get("model")
    return [(entry.provider, model)] if isinstance(model, str) else ()


def _by(
    facts: Callable[[Entry], Iterable[tuple[str, str]]], entries: Iterable[Entry]
) -> dict[tuple[str, str], list[Entry]]:
    groups: dict[tuple[str, str], list[Entry]] = defaultdict(list)
    for entry in entries:
        for fact in facts(entry):
            groups[fact].append(entry)
    return groups


def differences(before: Catalog, after: Catalog, renamed: Mapping[str, str]) -> list[Change]:
    """What changed by meaning: new entries, those that are gone, and the fields of those that stayed.

    Prices that are not in USD, and values that cannot be read, count as not stated.
    """
    former = frozenset(renamed.values())
    changes = [
        Change("remove", entry.provider, entry.key)
        for entry in _missing(before, after)
        if entry.name not in former
    ]
    for entry in after.entries():
        old = entry_of(before, renamed.get(entry.name, entry.name))
        if old is entry:
            continue
        fields = _fields(old, entry)
        if old is None or fields or entry.name in renamed:
            changes.append(Change("update" if old else "add", entry.provider, entry.key, fields))
    return changes


def entry_of(catalog: Catalog, name: str) -> Entry | None:
    """The entry of that name, if there is one."""
    provider, _, key = name.partition("/")
    return catalog.find(provider, key)


def _fields(old: Entry | None, new: Entry) -> tuple[FieldChange, ...]:
    before, after = (values(entry) if entry else {} for entry in (old, new))
    if not before:
        return tuple(FieldChange(field, new=value) for field, value in after.items())
    return tuple(
        FieldChange(field, before.get(field, UNSET), after.get(field, UNSET))
        for field in (*after, *(one for one in before if one not in after))
        if before.get(field, UNSET) != after.get(field, UNSET)
    )


def values(entry: Entry) -> dict[str, Value]:
    """What an entry says by field, with the ids that it is followed by."""
    return entry.known | {f"{UPSTREAM_PREFIX}{source}": id_ for source, id_ in entry.upstream.items()}


def with_own_keys(
    changes: Iterable[Change], before: Catalog, after: Catalog, renamed: Mapping[str, str]
) -> list[Change]:
    """The changes with those of a person's own keys in entries that stayed, each by its path."""
    known = {change.name: change for change in changes}
    for entry in after.entries():
        old = entry_of(before, renamed.get(entry.name, entry.name))
        if old and (fields := tuple(_own_keys(old.extra, entry.extra))):
            change = known.get(entry.name) or Change("update", entry.provider, entry.key)
            known[entry.name] = msgspec.structs.replace(change, fields=(*change.fields, *fields))
    return list(known.values())


def _own_keys(before: Mapping[str, Any], after: Mapping[str, Any], *above: object) -> Iterator[FieldChange]:
    """What differs, mapping by mapping, of one that came or went each value in it."""
    for below, old, new in parted(before, after):
        path, sides = (*above, *below), [{} if side is UNSET else side for side in (old, new)]
        if all(isinstance(side, dict) for side in sides):
            yield from _own_keys(*sides, *path)
        else:
            texts = (UNSET if side is UNSET else unreadable(side).text for side in (old, new))
            yield FieldChange(".".join(map(str, path)), *texts)


def new_days(before: Catalog, after: Catalog, renamed: Mapping[str, str]) -> Iterator[tuple[str, str, date]]:
    """The `since` comments that say another day than the same entry did before."""
    for entry in after.entries():
        old = entry_of(before, renamed.get(entry.name, entry.name)) if entry.since else None
        for field, day in entry.since.items():
            if not old or old.since.get(field) != day:
                yield entry.name, field, day
