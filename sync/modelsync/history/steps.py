"""What each commit changed of what the catalog means, remembered by commit: read from git once, ever."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from functools import cached_property, partial

import msgspec
from msgspec import UNSET

from modelsync import catalog
from modelsync.catalog.codec import Parsed
from modelsync.config import Place
from modelsync.git import Repository
from modelsync.git.facts import CORRECTION, CommitFacts
from modelsync.history import cache
from modelsync.history.differences import differences, entry_of, new_days, renames, values
from modelsync.history.versions import Version, versions
from modelsync.records import Catalog, Change, Entry, FieldChange, Step

_SUBJECT = re.compile(r"\S+( sources)?:( [+~!-]\d+)+( \([#!]\d+\))?")  # of a run's commit, and of its merge


def steps(repository: Repository, place: Place, tip: str) -> tuple[tuple[Step, ...], Parsed]:
    """What each commit of the first-parent line up to the tip changed, oldest first; and the files of the
    newest of those that had to be read for that.

    What was read before is taken from a note under `.modelsync/`, which may be deleted at any time.
    """
    note, line = cache.read_steps(place), repository.line(tip)
    known = next((at for at in range(len(note.line), 0, -1) if line[:at] == list(note.line[:at])), 0)
    kept = set(line[:known])
    earlier = [step for step in note.steps if step.commit in kept]
    if known == len(line):
        return tuple(earlier), {}
    after = line[known - 1] if known else ""
    new, files = _read(
        repository, versions(repository, place, after, tip, cache.read_parsed(place)), bool(known)
    )
    note = cache.NotedSteps(tuple(line), (*earlier, *new))
    cache.write_steps(place, note)
    cache.write_parsed(place, files)
    return note.steps, files


def _read(repository: Repository, line: Iterator[Version], is_continued: bool) -> tuple[list[Step], Parsed]:
    first = next(line) if is_continued else None
    before, files = (first.catalog, first.files) if first else (Catalog({}, {}), {})
    steps: list[Step] = []
    for number, version in enumerate(line):
        is_cut = not (is_continued or number) and repository.ends_within([version.commit])
        steps += (_as_found(step) if is_cut else step for step in _steps_of(repository, before, version))
        before, files = version.catalog, version.files
    return steps, files


def _as_found(step: Step) -> Step:
    """The first step of a shallow clone: who wrote what it has, and when, was before it."""
    return msgspec.structs.replace(step, observed=step.merged, source="", corrections=())


def _steps_of(repository: Repository, before: Catalog, version: Version) -> Iterator[Step]:
    """The step of a commit; of a merge one for each commit that it brought in and that gave a value."""
    renamed = renames(before, version.catalog)
    brought = _Brought(repository, version, renamed)
    parts: dict[str, _Part] = {}
    for change in differences(before, version.catalog, renamed):
        action = change.action
        for origin, fields in brought.by_origin(change):
            part = parts.setdefault(origin.sha, _Part(origin))
            part.changes.append(Change(action, change.provider, change.key, fields))
            action = "update"
    for name, field, day in new_days(before, version.catalog, renamed):
        origin = brought.by(name, partial(_since, field))
        parts.setdefault(origin.sha, _Part(origin)).since.append((name, field, day))
    if version.fault and not parts:
        parts[version.commit.sha] = _Part(version.commit)
    for number, part in enumerate(parts.values()):
        yield part.step(version, {} if number else renamed)


def _since(field: str, entry: Entry) -> object:
    return entry.since.get(field)


class _Part:
    """What one commit changed of what a version changed."""

    def __init__(self, origin: CommitFacts) -> None:
        self._origin = origin
        self.changes: list[Change] = []
        self.since: list[tuple[str, str, date]] = []

    def step(self, version: Version, renamed: dict[str, str]) -> Step:
        subject = self._origin.message.partition("\n")[0]
        is_lost = not self._origin.trailer("Modelsync-Run") and _SUBJECT.fullmatch(subject) is not None
        return Step(
            version.commit.sha,
            version.commit.message.partition("\n")[0],
            self._origin.observed,
            version.commit.committed,
            self._origin.trailer("Modelsync-Source"),
            tuple(self.changes),
            renamed,
            tuple(self.since),
            tuple(self._origin.trailers(CORRECTION)),
            version.fault,
            is_lost,
            self._origin.trailer("Modelsync-Actor"),
        )


class _Brought:
    """The commits that a merge brought in: the newest that gave a value did, else the merge itself."""

    def __init__(self, repository: Repository, version: Version, renamed: Mapping[str, str]) -> None:
        self._version, self._renamed = version, renamed
        commit, self._paths = version.commit, set(version.commit.paths)
        merged = repository.log(f"{commit.parents[0]}..{commit.sha}") if len(commit.parents) > 1 else ()
        self._commits = [
            one for one in merged if len(one.parents) == 1 and not self._paths.isdisjoint(one.paths)
        ]
        self._entries: dict[bytes, dict[str, Entry]] = {}

    def by_origin(self, change: Change) -> Iterable[tuple[CommitFacts, tuple[FieldChange, ...]]]:
        """What of a change each commit made."""
        if not self._commits:
            return [(self._version.commit, change.fields)]
        origins: dict[str, tuple[CommitFacts, tuple[FieldChange, ...]]] = {}
        for field in change.fields:
            stating = self._stating(change.name, field.field)
            origin = self.by(stating, partial(_value, field.field))
            _, others = origins.get(origin.sha, (origin, ()))
            origins[origin.sha] = origin, (*others, field)
        return origins.values() or [(self.by(change.name, lambda entry: True), ())]

    def by(self, name: str, reads: Callable[[Entry], object]) -> CommitFacts:
        """The commit after which the entry first read as it does now."""
        if not self._commits or self._is_copied:
            return self._commits[0] if self._commits else self._version.commit
        entry = entry_of(self._version.catalog, name)
        now = reads(entry) if entry else None
        for commit, sides in self._read:
            former, present = (self._entry(side, name) for side in sides)
            if (reads(present) if present else None) == now != (reads(former) if former else None):
                return commit
        return self._version.commit

    def _stating(self, name: str, field: str) -> str:
        """The entry that states a field of this one: itself, or its base."""
        entry = entry_of(self._version.catalog, name)
        stating = entry.inherited.get(field, "") if entry else ""
        return stating if "/" in stating else name

    @cached_property
    def _is_copied(self) -> bool:
        """Whether the merge has the files just as the only commit that it brought in."""
        (commit, *others), own = self._commits, self._version.commit.blobs
        after = {blobs.path: blobs.after for blobs in commit.blobs}
        return not others and all(after.get(blobs.path) == blobs.after for blobs in own)

    @cached_property
    def _read(self) -> list[tuple[CommitFacts, list[list[bytes]]]]:
        """The merge's files before and after each commit, newest first."""
        return [
            (commit, [[side for side in sides if side] for sides in zip(*changes, strict=True)])
            for commit in self._commits
            if (changes := [(one.before, one.after) for one in commit.changes() if one.path in self._paths])
        ]

    def _entry(self, contents: Iterable[bytes], name: str) -> Entry | None:
        names = (name, self._renamed.get(name, name))
        every = [self._meaning(content) for content in contents]
        return next((entries[one] for one in names for entries in every if one in entries), None)

    def _meaning(self, content: bytes) -> dict[str, Entry]:
        if content not in self._entries:
            self._entries[content] = catalog.entries_in(content, self._version.shape) or {}
        return self._entries[content]


def _value(field: str, entry: Entry) -> object:
    return values(entry).get(field, UNSET)
