"""What a shell offers where a name is typed: those of the catalog as its files are. It asks no upstream."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import TYPE_CHECKING

import click

from modelsync.cli.start import run
from modelsync.errors import ModelsyncError

if TYPE_CHECKING:
    from modelsync.records import Catalog
    from modelsync.run.request import Run

Names = Callable[[click.Context, "Run"], Iterable[str]]
Completer = Callable[[click.Context, click.Parameter, str], list[str]]


def _offering(names: Names) -> Completer:
    """The names that begin with what is typed; none where the catalog cannot be read."""

    def complete(context: click.Context, parameter: click.Parameter, typed: str) -> list[str]:
        with suppress(ModelsyncError, OSError), context.scope(cleanup=False):
            return sorted(name for name in names(context, run()) if name.startswith(typed))
        return []

    return complete


def _catalog(run: Run) -> Catalog:
    from modelsync import catalog

    return catalog.open_catalog(run.place.catalog, run.config.files, run.shape).catalog


def _keys(context: click.Context, run: Run) -> Iterable[str]:
    provider = _catalog(run).providers.get(context.params.get("provider", ""))
    return provider.entries if provider else ()


def _known_sources(context: click.Context, run: Run) -> Iterable[str]:
    from modelsync.jobs import source

    return source.known()


def _backups(context: click.Context, run: Run) -> Iterable[str]:
    from modelsync.disk import backups

    return (backup.name for backup in backups.listed(run.place.backups))


sources = _offering(lambda context, run: run.config.sources)
providers = _offering(lambda context, run: _catalog(run).providers)
models = _offering(lambda context, run: (entry.name for entry in _catalog(run).entries()))
keys = _offering(_keys)
known_sources = _offering(_known_sources)
runs = _offering(_backups)
