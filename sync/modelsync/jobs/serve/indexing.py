"""Writes the index of a commit, in a process of its own: what that needs of memory ends with it."""

from __future__ import annotations

import gc
import os
import sqlite3
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import msgspec

from modelsync import config
from modelsync.config import Config, Place
from modelsync.disk import files, sealed
from modelsync.errors import EXIT_BUG, DiskFault, ModelsyncError
from modelsync.jobs.decisions import standing
from modelsync.jobs.decisions.standing import Decision
from modelsync.jobs.export import reviewed
from modelsync.jobs.serve import index, marks, runs
from modelsync.jobs.serve.table import (
    SORTS,
    Facet,
    Facets,
    Facts,
    Row,
    changes_by_itself,
    identities,
    packed,
    row_of,
    sort_key,
    words_of,
)
from modelsync.jobs.status import notes
from modelsync.records import Catalog, Release, ReleasedModel, Step
from modelsync.run.request import Run

_TABLES = """
CREATE TABLE facts (content BLOB);
CREATE TABLE model (id INTEGER PRIMARY KEY, name TEXT, file TEXT, shown BLOB, whole BLOB);
CREATE TABLE sorted (by TEXT PRIMARY KEY, known BLOB, unknown BLOB) WITHOUT ROWID;
CREATE TABLE marks (kind TEXT, word TEXT, content BLOB, PRIMARY KEY (kind, word)) WITHOUT ROWID;
CREATE TABLE word (word TEXT PRIMARY KEY, models BLOB) WITHOUT ROWID;
CREATE TABLE identity (name TEXT, model INTEGER, PRIMARY KEY (name, model)) WITHOUT ROWID;
CREATE TABLE decided (content BLOB);
"""


class Reviewed(msgspec.Struct, frozen=True):
    """What an index is written of: a release, the catalog that it is of, and all of its past."""

    release: Release
    catalog: Catalog = Catalog({}, {})
    steps: tuple[Step, ...] = ()
    decisions: tuple[Decision, ...] = ()


def write(run: Run, commit: str) -> None:
    """Write the index of the catalog of a commit, unless another process has just done so.

    Raises UsageError, GitRefused, CatalogError.
    """
    with _alone(run.place):
        known = index.opened(run.place)
        if not (known and known.is_of(commit, run.now.date())):
            past, version = reviewed(run, commit)
            released, decided = version.release(past.history), standing.reviewed(run, version)
            content = Reviewed(released, version.whole, past.steps, decided)
            put(run.place, content, run.now.date())


@contextmanager
def _alone(place: Place) -> Iterator[None]:
    """Let no other process write meanwhile."""
    from filelock import FileLock

    files.own_folder(place.state)
    path = place.note(index.NAME)
    with files.disk_faults("writing the index", path), FileLock(place.note("index.lock")):
        try:
            yield
        except sqlite3.OperationalError as error:
            what = f"writing the index failed: {error}"
            raise DiskFault(what, where=str(path), advice="The catalog is as it was.") from error


def put(place: Place, content: Reviewed, day: date) -> None:
    """Write a new index with the prices of a day (UTC), and put it in the place of the old one, whose readers
    go on with that."""
    path, new = place.note(index.NAME), place.note("index.new")
    try:
        new.unlink(missing_ok=True)  # what a killed process left
        _fill(new, content, day)
        _seal(new, sealed.made_key(place.locked))
        os.replace(new, path)
    finally:
        new.unlink(missing_ok=True)
    files.fsync_folder(path.parent)


def _seal(path: Path, key: bytes) -> None:
    """Put the seal behind what SQLite wrote, which counts its pages itself, and wait for the disk."""
    with path.open("r+b") as file:
        size = file.seek(0, os.SEEK_END)
        seal = sealed.seal(index.content(file, size), key, index.FORMAT)
        file.seek(size)
        file.write(seal)
        file.flush()
        os.fsync(file.fileno())


def _fill(path: Path, content: Reviewed, day: date) -> None:
    released, catalog = content.release, content.catalog
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA page_size = 16384")  # bytes: a model takes a part of one
        connection.execute("PRAGMA journal_mode = OFF")  # a file that is not whole is never looked at
        connection.execute("PRAGMA synchronous = OFF")
        connection.executescript(_TABLES + runs.TABLES)
        rows = [row_of(model, day) for model in released.models]
        _models(connection, rows, content)
        _orders(connection, rows)
        _marks(connection, rows)
        _words(connection, rows)
        runs.insert(connection, content.steps)
        decided = msgspec.msgpack.encode(content.decisions)
        connection.execute("INSERT INTO decided VALUES (?)", (decided,))
        facts = Facts(
            released.commit,
            released.committed,
            released.observed,
            day,
            changes_by_itself(released, day),
            Facets(
                len(rows),
                _counted(row.provider for row in rows),
                _counted(word for row in rows for word in set(row.features)),
            ),
            released.notices,
            notes(catalog),
        )
        connection.execute("INSERT INTO facts VALUES (?)", (msgspec.msgpack.encode(facts),))
        connection.executescript(f"CREATE UNIQUE INDEX named ON model (name); {runs.LOOKED_UP}")
        connection.commit()


def _models(connection: sqlite3.Connection, rows: Sequence[Row], content: Reviewed) -> None:
    """Insert what is shown of each model, in which file it is, and by which ids it is the same as another."""
    models, catalog, encode = content.release.models, content.catalog, msgspec.msgpack.Encoder().encode
    connection.executemany(
        "INSERT INTO model VALUES (?, ?, ?, ?, ?)",
        (
            (number, index.name_of(row.provider, row.key), _file(catalog, model), encode(row), packed(model))
            for number, (row, model) in enumerate(zip(rows, models, strict=True))
        ),
    )
    connection.executemany(
        "INSERT INTO identity VALUES (?, ?)",
        sorted((name, number) for number, model in enumerate(models) for name in identities(model)),
    )


def _file(catalog: Catalog, model: ReleasedModel) -> str | None:
    """The only file that has to be read for a model; None where that may be any."""
    entry = catalog.find(model.provider, model.key)
    return catalog.providers[model.provider].file if entry and not entry.base else None


def _orders(connection: sqlite3.Connection, rows: Sequence[Row]) -> None:
    """Insert each order that models can be had in."""
    orders: dict[str, list[Any]] = {sort: [getattr(row, sort) for row in rows] for sort in SORTS}
    orders[index.LENGTH] = [len(row.key) for row in rows]
    for by, values in orders.items():
        keys: list[Any] = [None if value is None else sort_key(value) for value in values]
        known = [number for number, value in enumerate(values) if value is not None]
        known.sort(key=keys.__getitem__)
        unknown = (number for number, value in enumerate(values) if value is None)
        contents = (marks.numbers(numbers).tobytes() for numbers in (known, unknown))
        connection.execute("INSERT INTO sorted VALUES (?, ?, ?)", (by, *contents))


def _marks(connection: sqlite3.Connection, rows: Sequence[Row]) -> None:
    """Insert which models are of a provider, have a feature, or are not available."""
    having: dict[tuple[str, str], list[int]] = defaultdict(list)
    for number, row in enumerate(rows):
        having["provider", row.provider].append(number)
        having["availability", row.availability or ""].append(number)
        for feature in row.features:
            having["feature", feature].append(number)
    _insert_marks(connection, having.items(), len(rows))


def _words(connection: sqlite3.Connection, rows: Sequence[Row]) -> None:
    """Insert by which words the models are found, and which of them begin as many others do."""
    having: dict[str, list[int]] = defaultdict(list)
    for number, row in enumerate(rows):
        for word in words_of(row):
            having[word].append(number)
    every = sorted(having)
    common = (((index.BEGINNING, beginning), models) for beginning, models in marks.common(every, having))
    _insert_marks(connection, common, len(rows))
    connection.executemany(
        "INSERT INTO word VALUES (?, ?)",
        (
            (word, marks.numbers(having[word]).tobytes())
            for word in every
            if len(having[word]) <= marks.RARE  # else it has its marks
        ),
    )


def _insert_marks(
    connection: sqlite3.Connection, having: Iterable[tuple[tuple[str, str], Iterable[int]]], size: int
) -> None:
    connection.executemany(
        "INSERT INTO marks VALUES (?, ?, ?)",
        ((*name, marks.stored(marks.marks_of(models, size))) for name, models in having),
    )


def _counted(words: Iterable[str]) -> tuple[Facet, ...]:
    return tuple(Facet(word, count) for word, count in sorted(Counter(words).items()))


def main(catalog: str, commit: str) -> int:
    """Write the index as `python -m` of this module; what is wrong goes to stderr.

    How `sync.yaml` is in the working tree makes no difference to what a commit says.
    """
    os.nice(5)  # who looks at the page goes first
    gc.disable()  # what is built lives to the end, and so does this process
    try:
        write(Run(place=Place(Path(catalog).resolve()), config=Config(), now=config.now()), commit)
    except ModelsyncError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    except Exception as error:
        print(f"a bug in modelsync, or too little memory: {type(error).__name__}: {error}", file=sys.stderr)
        return EXIT_BUG
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
