"""What has to be there before rows can be: the statements that make it, and how they are executed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import msgspec

from modelsync.disk import transaction
from modelsync.errors import UsageError
from modelsync.jobs.publish.order import Order, access_of, target_of
from modelsync.run.request import Run
from modelsync.targets.target import Tables


class Lacking(msgspec.Struct, frozen=True):
    """The statements that are to be executed, and how they are."""

    statements: tuple[str, ...]
    execute: Callable[[], None]


def definition(run: Run, order: Order) -> list[str]:
    """The statements that make what the target's rows need. Raises UsageError, CatalogError."""
    settings = target_of(order).settings(run.config.targets)
    return _tables(order).definition(settings, access_of(run, order))


@contextmanager
def lacking(run: Run, order: Order, *, create: bool, migrate: bool) -> Iterator[Lacking]:
    """What has to be done before rows can be written. Raises UsageError, CatalogError, SourceFailed."""
    settings, access = target_of(order).settings(run.config.targets), access_of(run, order)
    tables = _tables(order)
    with transaction.lock(run.place.state, run.place.locked):
        statements = tables.lacking(settings, access, create=create, migrate=migrate)
        yield Lacking(tuple(statements), lambda: tables.execute(settings, access, statements))


def _tables(order: Order) -> Tables[Any]:
    target = target_of(order)
    if target.tables is None:
        raise UsageError(f"{target.name} has no tables", advice="Publish to it without these options.")
    return target.tables
