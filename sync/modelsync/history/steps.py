"""What each commit changed of what the catalog means, remembered by commit: read from git once, ever."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from functools import partial

import msgspec

from modelsync.config import Place
from modelsync.git import Repository
from modelsync.git.facts import CORRECTION, CommitFacts
from modelsync.history import noted
from modelsync.history.differences import differences, new_days, renames
from modelsync.history.merges import Brought
from modelsync.history.versions import Parsed, Version, versions
from modelsync.records import Catalog, Change, Entry, Step

_SUBJECT = re.compile(r"\S+( sources)?:( [+~!-]\d+)+( \([#!]\d+\))?")  # of a run's commit, and of its merge


def steps(repository: Repository, place: Place, tip: str) -> tuple[tuple[Step, ...], Parsed]:
    """What each commit of the first-parent line up to the tip changed, oldest first; and the files of the
    newest of those that had to be read for that.

    What was read before is taken from a note under `.modelsync/`, which may be deleted at any time.
    """
    note, line = noted.read(place), repository.line(tip)
    known = next((at for at in range(len(note.line), 0, -1) if line[:at] == list(note.line[:at])), 0)
    kept = set(line[:known])
    earlier = [step for step in note.steps if step.commit in kept]
    if known == len(line):
        return tuple(earlier), {}
    new, files = _read(
        repository, versions(repository, place, line[known - 1] if known else "", tip), known > 0
    )
    note = noted.Note(tuple(line), (*earlier, *new))
    noted.write(place, note)
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
    brought = Brought(repository, version, renamed)
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


def _is_lost(commit: CommitFacts) -> bool:
    subject = commit.message.partition("\n")[0]
    return not commit.trailer("Modelsync-Run") and _SUBJECT.fullmatch(subject) is not None


def _since(field: str, entry: Entry) -> object:
    return entry.since.get(field)


class _Part:
    """What one commit changed of what a version changed."""

    def __init__(self, origin: CommitFacts) -> None:
        self._origin = origin
        self.changes: list[Change] = []
        self.since: list[tuple[str, str, date]] = []

    def step(self, version: Version, renamed: dict[str, str]) -> Step:
        return Step(
            version.commit.sha,
            version.commit.message.partition("\n")[0],
            self._origin.observed.astimezone(UTC),
            datetime.fromisoformat(version.commit.committed).astimezone(UTC),
            self._origin.trailer("Modelsync-Source"),
            tuple(self.changes),
            renamed,
            tuple(self.since),
            tuple(self._origin.trailers(CORRECTION)),
            version.fault,
            _is_lost(self._origin),
            self._origin.trailer("Modelsync-Actor"),
        )
