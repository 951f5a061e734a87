"""What each commit changed of what the catalog means, remembered by commit: read from git once, ever."""

from __future__ import annotations

import posixpath
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, date, datetime

import msgspec
from msgspec import UNSET

from modelsync.config import Place
from modelsync.disk import files
from modelsync.errors import DiskFault
from modelsync.git import Repository
from modelsync.git.facts import CommitFacts
from modelsync.history.recent import day_of
from modelsync.history.versions import Version, versions
from modelsync.records import UPSTREAM_PREFIX, Catalog, Change, Entry, FieldChange, Step, Unreadable, Value

_FORMAT = 1  # of the note: one more whenever the same commit would read differently
CORRECTION = "Modelsync-Correction"


class _Note(msgspec.Struct, frozen=True):
    """What is known of a line of commits from its first on, up to `tip`."""

    format: int = _FORMAT
    line: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()


def steps(repository: Repository, place: Place, tip: str) -> tuple[Step, ...]:
    """What each commit of the first-parent line up to the tip changed, oldest first.

    What was read before is taken from a note under `.modelsync/`, which may be deleted at any time.
    """
    path = place.note("history.msgpack")
    note, line = _noted(path.read_bytes() if path.is_file() else b""), repository.line(tip)
    known = next((at for at in range(len(note.line), 0, -1) if line[:at] == list(note.line[:at])), 0)
    kept = set(line[:known])
    earlier = [step for step in note.steps if step.commit in kept]
    if known == len(line):
        return tuple(earlier)
    new = list(
        _read(repository, versions(repository, place, line[known - 1] if known else "", tip), known > 0)
    )
    note = _Note(_FORMAT, tuple(line), (*earlier, *new))
    with suppress(OSError, DiskFault):  # the next time it is read once more
        files.own_folder(place.state)
        files.replace(path, msgspec.msgpack.encode(note))
    return note.steps


def _noted(content: bytes) -> _Note:
    with suppress(msgspec.MsgspecError, ArithmeticError, TypeError, ValueError):
        note = msgspec.msgpack.decode(content, type=_Note)
        return note if note.format == _FORMAT else _Note()
    return _Note()


def _read(repository: Repository, line: Iterator[Version], is_continued: bool) -> Iterator[Step]:
    before = next(line).catalog if is_continued else Catalog({}, {})
    for version in line:
        yield from _steps_of(repository, before, version)
        before = version.catalog


def _steps_of(repository: Repository, before: Catalog, version: Version) -> Iterator[Step]:
    """The step of a commit; of a merge one for each commit that it brought in and that touched the files."""
    renamed = renames(before, version.catalog)
    changes = differences(before, version.catalog, renamed)
    since = list(_new_days(before, version.catalog, renamed))
    names = dict.fromkeys([*(change.name for change in changes), *(name for name, _, _ in since)])
    by_origin: dict[str, tuple[CommitFacts, set[str]]] = {}
    origins = _Origins(repository, version)
    for name in names:
        origin = origins.of(version.catalog if entry_of(version.catalog, name) else before, name)
        by_origin.setdefault(origin.sha, (origin, set()))[1].add(name)
    if version.fault and not by_origin:
        by_origin[version.commit.sha] = version.commit, set()
    for origin, own in by_origin.values():
        yield Step(
            version.commit.sha,
            version.commit.message.partition("\n")[0],
            day_of(origin).astimezone(UTC),
            datetime.fromisoformat(version.commit.committed).astimezone(UTC),
            origin.trailer("Modelsync-Source"),
            tuple(change for change in changes if change.name in own),
            {name: former for name, former in renamed.items() if name in own},
            tuple(day for day in since if day[0] in own),
            tuple(origin.trailers(CORRECTION)),
            version.fault,
        )


class _Origins:
    """Which commit brought a change: the commit itself, or the newest that a merge brought in and that
    touched the file."""

    def __init__(self, repository: Repository, version: Version) -> None:
        self._commit, self._folder = version.commit, version.folder
        parents = version.commit.parents
        merged = repository.log(f"{parents[0]}..{version.commit.sha}") if len(parents) > 1 else ()
        self._merged = [one for one in merged if len(one.parents) == 1]

    def of(self, catalog: Catalog, name: str) -> CommitFacts:
        file = catalog.providers[name.partition("/")[0]].file
        path = posixpath.normpath(posixpath.join(self._folder, file))
        return next((one for one in self._merged if path in one.paths), self._commit)


# ---------------------------------------------------------------------------- by meaning


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
    key, _, model = name.partition("/")
    provider = catalog.providers.get(key)
    return provider.entries.get(model) if provider else None


def _fields(old: Entry | None, new: Entry) -> tuple[FieldChange, ...]:
    before, after = (_values(entry) if entry else {} for entry in (old, new))
    return tuple(
        FieldChange(field, before.get(field, UNSET), after.get(field, UNSET))
        for field in (*after, *(one for one in before if one not in after))
        if before.get(field, UNSET) != after.get(field, UNSET)
    )


def _values(entry: Entry) -> dict[str, Value]:
    values: dict[str, Value] = {
        field: value
        for field, value in entry.values.items()
        if not isinstance(value, Unreadable) and not (entry.money.foreign and field.startswith("pricing."))
    }
    return values | {f"{UPSTREAM_PREFIX}{source}": id_ for source, id_ in entry.upstream.items()}


def _new_days(before: Catalog, after: Catalog, renamed: Mapping[str, str]) -> Iterator[tuple[str, str, date]]:
    """The `since` comments that say another day than the same entry did before."""
    for entry in after.entries():
        old = entry_of(before, renamed.get(entry.name, entry.name)) if entry.since else None
        for field, day in entry.since.items():
            if not old or old.since.get(field) != day:
                yield entry.name, field, day
