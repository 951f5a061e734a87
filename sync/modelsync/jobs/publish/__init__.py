"""The reviewed catalog to where applications take it from: what differs there, written row by row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from msgspec.structs import replace

from modelsync.disk import transaction
from modelsync.errors import CatalogError, GitRefused, did_you_mean
from modelsync.jobs.publish.delivery import Publishing, carried_out, left_undone, note_of
from modelsync.jobs.publish.health import health
from modelsync.jobs.publish.order import Order, access_of, rules_of, target_of
from modelsync.jobs.publish.tables import definition, lacking
from modelsync.jobs.publish.wanted import wanted_by
from modelsync.records import Publication, Release
from modelsync.run.request import Run
from modelsync.targets.changes import Changes, changes, means
from modelsync.targets.registry import TARGETS

__all__ = ["NAMES", "Order", "carried_out", "definition", "health", "lacking", "planned"]

NAMES = tuple(TARGETS)


@contextmanager
def planned(run: Run, order: Order) -> Iterator[Publishing]:
    """Compare the catalog of a commit with what the target has. Only one publishes at a time.

    Raises UsageError, GitRefused, CatalogError, SourceFailed.
    """
    _expect_committed(run, order)
    note = note_of(run, order)
    left = left_undone(note, order) if order.retry else None
    if left and not order.exported and order.revision == "HEAD":
        order = replace(order, revision=left.commit)
    wanted, target, access = wanted_by(run, order), target_of(order), access_of(run, order)
    names = [model.name for model in wanted.models.values()]
    if order.only and not any(means(order.only, name) for name in names):
        run.tell(f"--only {order.only}: no model of the catalog is meant{did_you_mean(order.only, names)}")
    opening = target.file(order.config) if order.config else target.open(wanted.settings, access)
    with transaction.lock(run.place.state, run.place.locked), opening as opened:
        opened.check(wanted.rows())
        if order.config:  # in which nothing is made
            wanted = wanted.of({row.id for row in opened.present()})
        rules = rules_of(run, order, target, access)
        if left:
            rules = replace(rules, rows=frozenset(left.rows))
        to_do = changes(wanted.models, wanted.row, opened.present(), rules)
        _expect_reviewed(run, order, wanted.reviewed, to_do)
        publication = Publication(
            target.name,
            str(order.config or order.environment),
            wanted.reviewed.commit,
            to_do.changes,
            to_do.unchanged,
            to_do.adoptable,
            to_do.conflicts,
            unsaid=wanted.unsaid,
            is_dry=True,
        )
        yield Publishing(publication, opened, note)


def _expect_committed(run: Run, order: Order) -> None:
    if order.allow_dirty or order.exported or order.revision != "HEAD":
        return
    from modelsync.history.versions import repository_of

    if not repository_of(run.place).committed([run.place.catalog]):
        raise GitRefused(
            "the catalog has changes that are not committed, and only what is reviewed is published",
            where=str(run.place.catalog),
            advice="Commit them, or publish the last commit without them: --allow-dirty.",
        )


def _expect_reviewed(run: Run, order: Order, reviewed: Release, to_do: Changes) -> None:
    """That the catalog is not much smaller than what it replaces, as prune asks of a list."""
    counts = Counter(change.action for change in to_do.changes)
    guards, gone, removed, ours = run.config.guards, counts["withdraw"], counts["remove"], to_do.ours
    many = any(
        count > guards.removed_least and count > guards.removed_share * ours for count in (gone, removed)
    )
    if order.accept or not (many or (ours and not reviewed.models)):
        return
    also = f" and {removed} be removed" if removed else ""
    raise CatalogError(
        f"{gone} of {ours} available rows of ours would become unavailable{also}, which is too many",
        where=f"{order.target} {order.environment}",
        advice="Look at them with --dry-run; if they are to go, say --accept.",
    )
