"""The past as an index keeps it: the commits that changed the catalog, and what each did to which model."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence

import msgspec
from msgspec.structs import replace

from modelsync.history.intervals import history_of, namesakes
from modelsync.jobs.past import Past
from modelsync.jobs.serve.index import Index
from modelsync.records import Change, Step

TABLES = """
CREATE TABLE step (id INTEGER PRIMARY KEY, sha TEXT, content BLOB);
CREATE TABLE change (step INTEGER, action TEXT, provider TEXT, key TEXT, content BLOB);
"""
LOOKED_UP = """
CREATE INDEX of_step ON change (step, action);
CREATE INDEX of_key ON change (key);
"""
_ENCODER = msgspec.msgpack.Encoder()
_STEP, _CHANGE = msgspec.msgpack.Decoder(Step), msgspec.msgpack.Decoder(Change)


class Ran(msgspec.Struct, frozen=True):
    """A commit, and how many models it added, changed and removed."""

    step: Step  # without its changes
    added: int
    changed: int
    removed: int


def insert(connection: sqlite3.Connection, steps: Sequence[Step]) -> None:
    """Write the steps of a past, oldest first, into a new index."""
    bare = (replace(step, changes=()) for step in steps)
    connection.executemany(
        "INSERT INTO step VALUES (?, ?, ?)",
        ((number, step.commit, _ENCODER.encode(step)) for number, step in enumerate(bare)),
    )
    connection.executemany(
        "INSERT INTO change VALUES (?, ?, ?, ?, ?)",
        (
            (number, change.action, change.provider, change.key, _ENCODER.encode(change))
            for number, step in enumerate(steps)
            for change in step.changes
        ),
    )


class Runs:
    """The steps of an index."""

    def __init__(self, index: Index) -> None:
        self._index = index

    @property
    def total(self) -> int:
        return int(self._index.ask("SELECT count(*) FROM step")[0][0])

    def some(self, start: int, limit: int) -> tuple[Ran, ...]:
        """Some of them, the newest first, in numbers."""
        steps = self._newest(start, limit)
        return tuple(Ran(step, *self._counts(number)) for number, step in steps)

    def named(self, start: int, limit: int) -> tuple[Step, ...]:
        """The same, the oldest of them first, their changes without fields."""
        changed = "SELECT action, provider, key FROM change WHERE step = ? ORDER BY rowid"
        return tuple(
            replace(step, changes=tuple(Change(*row) for row in self._index.ask(changed, number)))
            for number, step in reversed(self._newest(start, limit))
        )

    def _newest(self, start: int, limit: int) -> list[tuple[int, Step]]:
        rows = self._index.ask("SELECT id, content FROM step ORDER BY id DESC LIMIT ? OFFSET ?", limit, start)
        return [(number, _STEP.decode(content)) for number, content in rows]

    def one(self, commit: str, most: int) -> tuple[Step, int, bool] | None:
        """The first that is of a commit that begins so, with so many of its changes, how many it has, and
        whether none is before it; None where there is none."""
        rows = self._index.ask(
            "SELECT id, content FROM step WHERE substr(sha, 1, ?) = ? ORDER BY id LIMIT 1",
            len(commit),
            commit,
        )
        for number, content in rows:
            contents = self._index.ask(
                "SELECT content FROM change WHERE step = ? ORDER BY rowid LIMIT ?", number, most
            )
            changes = tuple(_CHANGE.decode(change) for (change,) in contents)
            return replace(_STEP.decode(content), changes=changes), sum(self._counts(number)), number == 0
        return None

    def past(self, of: str) -> Past:
        """What is told of a model, `provider/key` or the key alone, as it is or once was."""
        rows = self._index.ask("SELECT content FROM step ORDER BY id")
        steps = [_STEP.decode(content) for (content,) in rows]
        seeds = {one.name for _, one in self._changes([of]) if of in (one.name, one.key)}
        changes: dict[int, list[Change]] = {}
        for number, change in self._changes(names := namesakes(seeds, steps)):
            if change.name in names:
                changes.setdefault(number, []).append(change)
        telling = tuple(
            replace(step, changes=tuple(changes.get(number, ()))) for number, step in enumerate(steps)
        )
        facts = self._index.facts
        history = history_of(telling, facts.commit, of=of)
        return Past(replace(history, notices=facts.notices), telling)

    def _counts(self, number: int) -> tuple[int, ...]:
        counted = "SELECT count(*) FROM change WHERE step = ? AND action = ?"
        return tuple(self._index.ask(counted, number, action)[0][0] for action in ("add", "update", "remove"))

    def _changes(self, names: Iterable[str]) -> Iterable[tuple[int, Change]]:
        """The changes of all models whose key these names may end with, by the number of their step."""
        parts = (name.split("/") for name in names)
        keys = {"/".join(some[cut:]) for some in parts for cut in range(len(some))}
        rows = self._index.ask(
            "SELECT step, content FROM change WHERE key IN (SELECT value FROM json_each(?)) ORDER BY rowid",
            json.dumps(sorted(keys)),
        )
        return [(number, _CHANGE.decode(content)) for number, content in rows]
