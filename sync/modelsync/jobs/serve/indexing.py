"""Writes the index of a commit, in a process of its own: what that needs of memory ends with it."""

from __future__ import annotations

import gc
import os
import sqlite3
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import date
from pathlib import Path

import msgspec

from modelsync import config
from modelsync.config import Config, Place
from modelsync.disk import files, sealed
from modelsync.errors import EXIT_BUG, DiskFault, ModelsyncError
from modelsync.jobs.export import release
from modelsync.jobs.serve import index
from modelsync.jobs.serve.table import (
    SORTS,
    Facet,
    Facets,
    Facts,
    Row,
    Sort,
    changes_by_itself,
    identities,
    packed,
    row_of,
    sort_key,
    words_of,
)
from modelsync.records import Release
from modelsync.run.request import Run

_TABLES = f"""
CREATE TABLE facts (content BLOB);
CREATE TABLE model (
    id INTEGER PRIMARY KEY, name TEXT, length INTEGER,
    provider TEXT, features INTEGER, is_unavailable INTEGER,
    {", ".join(f"by_{sort} INTEGER" for sort in SORTS)});
CREATE TABLE shown (id INTEGER PRIMARY KEY, content BLOB);
CREATE TABLE whole (id INTEGER PRIMARY KEY, content BLOB);
CREATE TABLE feature (word TEXT, features INTEGER, PRIMARY KEY (word, features)) WITHOUT ROWID;
CREATE TABLE identity (name TEXT, model INTEGER, PRIMARY KEY (name, model)) WITHOUT ROWID;
CREATE VIRTUAL TABLE search USING fts5(words, content='', detail=none, tokenize='ascii', prefix='2 4 6');
"""
_LOOKED_UP = f"""
CREATE UNIQUE INDEX named ON model (name);
{"".join(f"CREATE UNIQUE INDEX sorted_by_{sort} ON model (by_{sort});" for sort in SORTS)}
"""


def write(run: Run, commit: str) -> None:
    """Write the index of the catalog of a commit, unless another process has just done so.

    Raises UsageError, GitRefused, CatalogError.
    """
    with _alone(run.place):
        known = index.opened(run.place)
        if not (known and known.is_of(commit, run.now.date())):
            _replace(run.place, release(run, commit), run.now.date())


def write_of(reviewed: Release, place: Place, day: date) -> None:
    """Write the index of a catalog, its rows with the prices of a day (UTC). Raises CatalogError."""
    with _alone(place):
        _replace(place, reviewed, day)


@contextmanager
def _alone(place: Place) -> Iterator[None]:
    """Let no other process write meanwhile."""
    from filelock import FileLock

    files.own_folder(place.state)
    with _disk_faults(place.note(index.NAME)), FileLock(place.note("index.lock")):
        yield


def _replace(place: Place, reviewed: Release, day: date) -> None:
    """Write a new file, and put it in the place of the old one, whose readers go on with that."""
    path, new = place.note(index.NAME), place.note("index.new")
    try:
        new.unlink(missing_ok=True)  # what a killed process left
        _fill(new, reviewed, day)
        _seal(new, sealed.made_key(place.locked))
        os.replace(new, path)
    finally:
        new.unlink(missing_ok=True)
    files.fsync_folder(path.parent)


@contextmanager
def _disk_faults(path: Path) -> Iterator[None]:
    with files.disk_faults("writing the index", path):
        try:
            yield
        except sqlite3.OperationalError as error:
            what = f"writing the index failed: {error}"
            raise DiskFault(what, where=str(path), advice="The catalog is as it was.") from error


def _seal(path: Path, key: bytes) -> None:
    """Put the seal behind what SQLite wrote, which counts its pages itself, and wait for the disk."""
    with path.open("r+b") as file:
        size = file.seek(0, os.SEEK_END)
        seal = sealed.seal(index.content(file, size), key, index.FORMAT)
        file.seek(size)
        file.write(seal)
        file.flush()
        os.fsync(file.fileno())


def _fill(path: Path, reviewed: Release, day: date) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = OFF")  # a file that is not whole is never looked at
        connection.execute("PRAGMA synchronous = OFF")
        connection.executescript(_TABLES)
        rows = [row_of(model, day) for model in reviewed.models]
        known = _models(connection, rows)
        _contents(connection, rows, reviewed)
        facts = Facts(
            reviewed.commit,
            reviewed.committed,
            reviewed.observed,
            day,
            changes_by_itself(reviewed, day),
            _facets(rows),
            reviewed.notices,
            known,
        )
        connection.execute("INSERT INTO facts VALUES (?)", (msgspec.msgpack.encode(facts),))
        connection.executescript(_LOOKED_UP)
        connection.execute("ANALYZE")
        connection.commit()


def _models(connection: sqlite3.Connection, rows: Sequence[Row]) -> dict[Sort, int]:
    """Insert what is asked for, and give of how many rows what they can be sorted by is known."""
    columns = {sort: _places(rows, sort) for sort in SORTS}
    sets = {features: number for number, features in enumerate(dict.fromkeys(row.features for row in rows))}
    connection.executemany(
        f"INSERT INTO model VALUES ({', '.join('?' * (6 + len(SORTS)))})",
        (
            (
                number,
                index.name_of(row.provider, row.key),
                len(row.key),
                row.provider,
                sets[row.features],
                row.availability == "unavailable",
                *(places[number] for places in columns.values()),
            )
            for number, row in enumerate(rows)
        ),
    )
    words = ((word, number) for features, number in sets.items() for word in set(features))
    connection.executemany("INSERT INTO feature VALUES (?, ?)", words)
    return {sort: sum(place is not None for place in places) for sort, places in columns.items()}


def _places(rows: Sequence[Row], sort: Sort) -> list[int | None]:
    """At which place each row is in an order, those alone counted of which it is known."""
    values = [getattr(row, sort) for row in rows]
    known = [number for number, value in enumerate(values) if value is not None]
    known.sort(key=lambda number: sort_key(values[number]))
    places: list[int | None] = [None] * len(rows)
    for place, number in enumerate(known):
        places[number] = place
    return places


def _contents(connection: sqlite3.Connection, rows: Sequence[Row], reviewed: Release) -> None:
    """Insert what is shown, and by which words and ids it is found."""
    encode = msgspec.msgpack.Encoder().encode
    connection.executemany("INSERT INTO shown VALUES (?, ?)", enumerate(map(encode, rows)))
    connection.executemany("INSERT INTO whole VALUES (?, ?)", enumerate(map(packed, reviewed.models)))
    connection.executemany(
        "INSERT INTO search (rowid, words) VALUES (?, ?)",
        ((number, " ".join(map(index.spelt, words_of(row)))) for number, row in enumerate(rows)),
    )
    connection.executemany(
        "INSERT INTO identity VALUES (?, ?)",
        ((name, number) for number, model in enumerate(reviewed.models) for name in identities(model)),
    )


def _facets(rows: Sequence[Row]) -> Facets:
    return Facets(
        len(rows),
        _counted(row.provider for row in rows),
        _counted(word for row in rows for word in set(row.features)),
    )


def _counted(words: Iterable[str]) -> tuple[Facet, ...]:
    return tuple(Facet(word, count) for word, count in sorted(Counter(words).items()))


def main(catalog: str, commit: str) -> int:
    """Write the index as `python -m` of this module; what is wrong goes to stderr.

    How `sync.yaml` is in the working tree makes no difference to what a commit says.
    """
    os.nice(5)  # who looks at the page goes first
    gc.set_threshold(100_000, 20, 100)  # what is built lives to the end: few cycles to look for
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
