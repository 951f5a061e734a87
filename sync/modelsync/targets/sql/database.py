"""The way to a database: its address, the connection, and what its errors mean."""

from __future__ import annotations

import math
import sqlite3
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

from sqlalchemy import Connection, Dialect, Engine, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from modelsync.errors import CatalogError, FailureKind, Locked, SourceFailed, UsageError
from modelsync.targets.settings import SqlSettings
from modelsync.targets.sql.rows import decoded, encoded
from modelsync.targets.target import Access

ADDRESS = "DATABASE_URL"
POOL = {"DB_MAX_CONNECTIONS": 10, "DB_IDLE_TIMEOUT": 30000, "DB_CONNECTION_TIMEOUT": 2000}  # timeouts in ms
_DRIVERS = {
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
    "sqlite": "sqlite",
}
_WAIT = 30000  # milliseconds for a lock that somebody else holds
_PUBLISHING = 0x6D6F64656C73  # `models`: the key of the advisory lock that a publisher holds
# https://www.postgresql.org/docs/current/errcodes-appendix.html, by the code or its class
_KINDS: dict[str, FailureKind] = {
    "08": "connection",
    "57P": "connection",
    "28": "authentication",
    "42501": "authentication",
    "57014": "timeout",
    "55P03": "timeout",
    "22": "data",
    "23": "data",
    "44": "data",
    "27": "data",  # a trigger changed a row that was to be written too
    "P0": "data",  # raised by a trigger
}
_RETRIED = ("40001", "40P01")  # could not be serialized, deadlock


def address(settings: SqlSettings, access: Access) -> URL:
    """The database's address: as asked or by DATABASE_URL, else by `sync.yaml`, else a file of ours.

    Raises UsageError, and CatalogError for a password in `sync.yaml`.
    """
    given = access.values.get(ADDRESS, "")
    written = given or settings.url_of(access.environment) or f"sqlite:///{file_of(access)}"
    try:
        url = make_url(written)
    except ArgumentError:
        raise UsageError(f"{ADDRESS} is no address of a database", advice=_ADDRESSES) from None
    if url.password and not given:
        raise CatalogError(
            "a password does not belong in sync.yaml",
            where=f"targets.sql.environments.{access.environment}.url",
            advice=f"Put the whole address into {ADDRESS} in .env.{access.environment}.",
        )
    driver = _DRIVERS.get(url.drivername)
    if driver is None:
        raise UsageError(f"{url.drivername} is no database that can be published to", advice=_ADDRESSES)
    return url.set(drivername=driver)


_ADDRESSES = "It is sqlite:///FILE or postgresql://USER@HOST/DATABASE."


def file_of(access: Access) -> Path:
    """The database that is published to where no address is known."""
    return access.state / f"models.{access.environment}.db"


class Database:
    """One database. What it refuses is a SourceFailed, or Locked where somebody else is at work there."""

    def __init__(self, url: URL, values: Mapping[str, str]) -> None:
        # what an application has beside our columns may be of any kind (`vector`)
        warnings.filterwarnings("ignore", "Did not recognize type")
        self.url = url
        self.is_sqlite = url.get_backend_name() == "sqlite"
        self.where = str(url.database) if self.is_sqlite else url.render_as_string(hide_password=True)
        self._engine = _engine(url, {name: _number(name, values) for name in POOL})

    @property
    def is_there(self) -> bool:
        """Whether there is a file; a server's database is taken to be there."""
        file = self.url.database or ":memory:"
        return not self.is_sqlite or file.startswith((":memory:", "file:")) or Path(file).exists()

    @property
    def dialect(self) -> Dialect:
        """How the database spells its statements; it is not asked."""
        return self._engine.dialect

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """A connection as long as the `with` lasts. Raises SourceFailed."""
        with self.faults(), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def publishing(self) -> Iterator[Connection]:
        """A connection on which nobody else publishes. Raises Locked, SourceFailed.

        In SQLite two publishers meet when they write: the file is locked then.
        """
        with self.connection() as connection:
            if not self.is_sqlite:
                lock = text("SELECT pg_try_advisory_lock(:key)")
                if not connection.scalar(lock, {"key": _PUBLISHING}):
                    raise Locked("another run publishes to this database", where=self.where, advice=_LATER)
                connection.commit()
            yield connection

    def close(self) -> None:
        self._engine.dispose()

    @contextmanager
    def faults(self) -> Iterator[None]:
        """What goes wrong inside the `with` is raised in words."""
        try:
            yield
        except (DBAPIError, PoolTimeout) as error:
            self._raise(error)

    def _raise(self, error: BaseException) -> NoReturn:
        fault = self.fault(error)
        if self.is_sqlite and "is locked" in fault.what:
            raise Locked("another program writes to this database", where=self.where, advice=_LATER) from None
        raise fault from None

    def fault(self, error: BaseException) -> SourceFailed:
        """What an error of the database means, in its words; the password is not among them."""
        cause = getattr(error, "orig", None) or error
        lines = [line.strip() for line in str(cause).splitlines() if line.strip()]
        words = "; ".join(lines[:2]) or type(cause).__name__
        for secret in filter(None, (self.url.password, self.url.query.get("password"))):
            words = words.replace(str(secret), "***")
        return SourceFailed(words, where=self.where, kind=_kind(cause, words))


_LATER = "Wait until it has ended, then run the command again."


def code_of(error: BaseException) -> str:
    """PostgreSQL's code of an error; nothing where it has none."""
    return getattr(getattr(error, "orig", error), "sqlstate", None) or ""


def is_retried(error: BaseException) -> bool:
    """Whether the same transaction may succeed when it is begun again."""
    return code_of(error) in _RETRIED


def is_of_a_row(error: BaseException) -> bool:
    """Whether what was written is at fault, and not the connection or the database."""
    code, cause = code_of(error), getattr(error, "orig", error)
    if code:
        is_policy = code == "42501" and "row-level security" in str(cause)
        return is_policy or _by_code(code) == "data"
    return isinstance(cause, sqlite3.IntegrityError | sqlite3.DataError | OverflowError | ValueError)


def _kind(cause: BaseException, words: str) -> FailureKind:
    code = code_of(cause)
    if code:
        return _by_code(code)
    if is_of_a_row(cause):
        return "data"
    if "authentication failed" in words or "pg_hba.conf" in words or "password" in words:
        return "authentication"
    if "timeout" in words or isinstance(cause, PoolTimeout):
        return "timeout"
    is_away = "connect" in words or "unable to open" in words or "closed" in words or "resolve" in words
    return "connection" if is_away else "database"


def _by_code(code: str) -> FailureKind:
    return next((_KINDS[code[:length]] for length in (5, 3, 2) if code[:length] in _KINDS), "database")


def _number(name: str, values: Mapping[str, str]) -> int:
    value = values.get(name, "") or str(POOL[name])
    if not value.isdecimal() or not int(value):
        raise UsageError(f"{name} is no whole number above zero", advice=f"Without it, {POOL[name]} holds.")
    return int(value)


def _engine(url: URL, pool: Mapping[str, int]) -> Engine:
    wait = pool["DB_CONNECTION_TIMEOUT"] / 1000
    arguments: dict[str, Any] = {"timeout": wait}
    if url.get_backend_name() != "sqlite":
        arguments = {"connect_timeout": max(2, math.ceil(wait)), "options": f"-c lock_timeout={_WAIT}"}
        if "options" in url.query:
            del arguments["options"]
    engine = create_engine(
        url,
        connect_args=arguments,
        pool_size=pool["DB_MAX_CONNECTIONS"],
        max_overflow=0,
        pool_recycle=math.ceil(pool["DB_IDLE_TIMEOUT"] / 1000),
        pool_timeout=wait,
        json_serializer=lambda value: encoded(value).decode(),
        json_deserializer=decoded,
    )
    if url.get_backend_name() == "sqlite":
        _let_us_begin(engine)
    return engine


def _let_us_begin(engine: Engine) -> None:
    """SQLite's transactions begin and end where ours do, savepoints and DDL included.

    https://docs.sqlalchemy.org/en/21/dialects/sqlite.html#sqlite-transactions
    """

    @event.listens_for(engine, "connect")
    def _(connection: Any, _record: Any) -> None:
        connection.isolation_level = None

    @event.listens_for(engine, "begin")
    def _(connection: Connection) -> None:
        begin = "BEGIN IMMEDIATE" if connection.get_execution_options().get("writes") else "BEGIN"
        connection.exec_driver_sql(begin)
