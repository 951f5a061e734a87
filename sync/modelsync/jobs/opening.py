"""The catalog for one run alone: locked, with what a killed run left half done undone, and read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from modelsync import catalog, report
from modelsync.catalog import Opened, lookup
from modelsync.disk import files, transaction
from modelsync.errors import Locked
from modelsync.history import cache
from modelsync.jobs import evidence
from modelsync.review.branch import Review, StateTracked, expect_whole, is_half_done, recover
from modelsync.run.request import Run

_WORTH_NOTING = 1 << 20  # bytes; a smaller catalog is parsed in a fraction of a second


@contextmanager
def alone(run: Run) -> Iterator[Review]:
    """The run has the catalog for itself, and what a killed run left half done is undone."""
    review = evidence.review_of(run)
    review.expect_repository()
    with transaction.lock(run.place.state, run.place.locked):
        review.recovered = recover(run.place)
        yield review


def open_catalog(run: Run) -> Opened:
    """The catalog as its files are now. Raises UsageError where `only` names nothing in it, GitRefused where
    a part of it is not there."""
    place, config = run.place, run.config
    expect_whole(place, config.files)
    with report.progress() as say, files.disk_faults("reading the catalog", place.catalog):
        say("reading the catalog")
        new = catalog.NewFiles(place.schema("provider"), config.local_sources)
        known = cache.read_parsed(place)
        opened = catalog.open_catalog(place.catalog, config.files, run.shape, new, known)
        size = sum(len(file.content or b"") for file in opened.files.values())
        if size > _WORTH_NOTING and any(one is not known.get(name) for name, one in opened.parsed.items()):
            cache.write_parsed(place, opened.parsed)
    mapped = [*(rule.provider for rule in config.mapping), *config.sources]
    lookup.expect_provider(run.only, opened.catalog, mapped)
    return opened


def tidy(run: Run) -> tuple[str, ...]:
    """Undo what a killed run left half done, and say so; one that is still at work is let be."""
    if not is_half_done(run.place):
        return ()
    try:
        with transaction.lock(run.place.state, run.place.locked):
            return recover(run.place)
    except Locked:
        return ()
    except StateTracked as tracked:
        return (str(tracked),)
