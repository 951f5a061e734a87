"""A table of models in SQLite or PostgreSQL, written by SQLAlchemy (extra `[sql]`)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from modelsync.errors import SourceFailed, UsageError
from modelsync.targets.lacks import UNKNOWN_PRICES
from modelsync.targets.settings import SqlSettings
from modelsync.targets.sql import rows
from modelsync.targets.target import Access, Target

if TYPE_CHECKING:
    from modelsync.targets.sql.database import Database
    from modelsync.targets.sql.writing import Publisher


@contextmanager
def _database(settings: SqlSettings, access: Access) -> Iterator[Database]:
    try:
        from modelsync.targets.sql.database import Database, address

        database = Database(address(settings, access), access.values)
    except ImportError:
        raise UsageError(
            "publishing to a database needs SQLAlchemy and psycopg, which are not installed",
            advice="Install them: `pip install 'modelsync[sql]'`.",
        ) from None
    try:
        yield database
    finally:
        database.close()


@contextmanager
def _open(settings: SqlSettings, access: Access) -> Iterator[Publisher]:
    with _database(settings, access) as database:
        from modelsync.targets.sql.writing import Publisher

        if not database.is_there:
            raise SourceFailed(
                "there is no such database",
                where=database.where,
                advice="--create makes it.",
                kind="database",
            )
        with database.connection() if access.only_looks else database.publishing() as connection:
            yield Publisher(database, connection, access.environment, access.actor)


class Tables:
    """The tables that are published to. Its methods raise UsageError, CatalogError, SourceFailed."""

    def definition(self, settings: SqlSettings, access: Access) -> list[str]:
        with _database(settings, access) as database:
            from modelsync.targets.sql import tables

            return tables.definition(database.dialect)

    def lacking(self, settings: SqlSettings, access: Access, *, create: bool, migrate: bool) -> list[str]:
        with _database(settings, access) as database:
            from sqlalchemy import inspect

            from modelsync.targets.sql import tables

            if not database.is_there:
                return tables.definition(database.dialect) if create else []
            with database.connection() as connection:
                inspector = inspect(connection)
                creations = tables.creations(inspector) if create else []
                return creations + (tables.migrations(inspector) if migrate else [])

    def execute(self, settings: SqlSettings, access: Access, statements: Sequence[str]) -> None:
        with _database(settings, access) as database, database.connection() as connection, connection.begin():
            for statement in statements:
                connection.exec_driver_sql(statement)


TARGET = Target(
    name="sql",
    variables=("DATABASE_URL", "MODELSYNC_ACTOR"),
    settings=lambda targets: targets.sql,
    row=rows.row,
    lacks=UNKNOWN_PRICES,  # all else is in `metadata`
    open=_open,
    numbers=rows.NUMBERS,
    unavailable=rows.UNAVAILABLE,
    tables=Tables(),
)
