"""Which of the commits that a merge brought in gave a value."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property, partial

from msgspec import UNSET

from modelsync import catalog
from modelsync.git import Repository
from modelsync.git.facts import CommitFacts
from modelsync.history.differences import entry_of, values
from modelsync.history.versions import Version
from modelsync.records import Change, Entry, FieldChange


class Brought:
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
        origins: dict[str, tuple[CommitFacts, tuple[FieldChange, ...]]] = {}
        for field in change.fields:
            stating = self._stating(change.name, field.field)
            origin = self.by(stating, partial(_value, field.field))
            _, others = origins.get(origin.sha, (origin, ()))
            origins[origin.sha] = origin, (*others, field)
        return origins.values() or [(self.by(change.name, _presence), ())]

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


def _presence(entry: Entry) -> object:
    return True
