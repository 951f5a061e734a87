"""The reviewed catalog to where applications take it from: what differs there, written row by row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, NamedTuple

from msgspec.structs import replace

from modelsync.disk import transaction
from modelsync.errors import CatalogError, GitRefused, UsageError, did_you_mean
from modelsync.jobs.publish.delivery import Left, Publishing, carried_out, note_of
from modelsync.jobs.publish.health import health
from modelsync.jobs.publish.request import PublishRequest, access_of, rules_of, target_of
from modelsync.jobs.publish.wanted import wanted_by
from modelsync.records import Publication, Release
from modelsync.run.request import Run
from modelsync.targets.changes import Changes, changes, means
from modelsync.targets.registry import TARGETS
from modelsync.targets.target import Tables

__all__ = ["NAMES", "PublishRequest", "carried_out", "definition", "health", "lacking", "planned"]

NAMES = tuple(TARGETS)


@contextmanager
def planned(run: Run, request: PublishRequest) -> Iterator[Publishing]:
    """Compare the catalog of a commit with what the target has. Only one publishes at a time.

    Raises UsageError, GitRefused, CatalogError, SourceFailed.
    """
    _expect_committed(run, request)
    note = note_of(request)
    left = _expect_left(note.read(run.place), request) if request.retry else None
    if left and not request.exported and request.revision == "HEAD":
        request = replace(request, revision=left.commit)
    wanted, target, access = wanted_by(run, request), target_of(request), access_of(run, request)
    names = [model.name for model in wanted.models.values()]
    if request.only and not any(means(request.only, name) for name in names):
        hint = did_you_mean(request.only, names)
        run.tell(f"--only {request.only}: no model of the catalog is meant{hint}")
    opening = target.file(request.config) if request.config else target.open(wanted.settings, access)
    with transaction.lock(run.place.state, run.place.locked), opening as opened:
        opened.check(wanted.rows())
        if request.config:  # in which nothing is made
            wanted = wanted.of({row.id for row in opened.present()})
        rules = rules_of(run, request, target, access)
        if left:
            rules = replace(rules, rows=frozenset(left.rows))
        to_do = changes(wanted.models, wanted.row, opened.present(), rules)
        _expect_reviewed(run, request, wanted.reviewed, to_do)
        publication = Publication(
            target.name,
            str(request.config or request.environment),
            wanted.reviewed.commit,
            to_do.changes,
            to_do.unchanged,
            to_do.adoptable,
            to_do.conflicts,
            unsaid=wanted.unsaid,
            is_dry=True,
        )
        yield Publishing(publication, opened, partial(note.write, run.place))


def _expect_left(left: Left | None, request: PublishRequest) -> Left:
    if left is None:
        where = f"{request.target} {request.config or request.environment}"
        raise UsageError(
            f"nothing is noted of a publication to {where} on this machine",
            advice="Publish without --retry: only what differs is written.",
        )
    return left


def _expect_committed(run: Run, request: PublishRequest) -> None:
    if request.allow_dirty or request.exported or request.revision != "HEAD":
        return
    from modelsync.history.versions import repository_of

    if not repository_of(run.place).committed([run.place.catalog]):
        raise GitRefused(
            "the catalog has changes that are not committed, and only what is reviewed is published",
            where=str(run.place.catalog),
            advice="Commit them, or publish the last commit without them: --allow-dirty.",
        )


def _expect_reviewed(run: Run, request: PublishRequest, reviewed: Release, to_do: Changes) -> None:
    """That the catalog is not much smaller than what it replaces, as prune asks of a list."""
    counts = Counter(change.action for change in to_do.changes)
    guards, gone, removed, ours = run.config.guards, counts["withdraw"], counts["remove"], to_do.ours
    many = any(
        count > guards.removed_least and count > guards.removed_share * ours for count in (gone, removed)
    )
    if request.accept or not (many or (ours and not reviewed.models)):
        return
    also = f" and {removed} be removed" if removed else ""
    raise CatalogError(
        f"{gone} of {ours} available rows of ours would become unavailable{also}, which is too many",
        where=f"{request.target} {request.environment}",
        advice="Look at them with --dry-run; if they are to go, say --accept.",
    )


def definition(run: Run, request: PublishRequest) -> list[str]:
    """The statements that make what the target's rows need. Raises UsageError, CatalogError."""
    settings = target_of(request).settings(run.config.targets)
    return _tables(request).definition(settings, access_of(run, request))


@contextmanager
def lacking(run: Run, request: PublishRequest, *, create: bool, migrate: bool) -> Iterator[Lacking]:
    """What has to be done before rows can be written. Raises UsageError, CatalogError, SourceFailed."""
    settings, access = target_of(request).settings(run.config.targets), access_of(run, request)
    tables = _tables(request)
    with transaction.lock(run.place.state, run.place.locked):
        statements = tables.lacking(settings, access, create=create, migrate=migrate)
        yield Lacking(tuple(statements), partial(tables.execute, settings, access, statements))


class Lacking(NamedTuple):
    """The statements that are to be executed, and how they are."""

    statements: tuple[str, ...]
    execute: Callable[[], None]


def _tables(request: PublishRequest) -> Tables[Any]:
    target = target_of(request)
    if target.tables is None:
        raise UsageError(f"{target.name} has no tables", advice="Publish to it without these options.")
    return target.tables
