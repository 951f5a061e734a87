"""Takes back what a reviewed commit changed in the catalog, as a commit on a review branch of its own."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import unified_diff

import msgspec

from modelsync import catalog, config
from modelsync.catalog import Opened, Rewrite
from modelsync.config import edit
from modelsync.errors import PlanStale
from modelsync.history.differences import differences, renames
from modelsync.history.reversal import reversal
from modelsync.jobs import opening, writing
from modelsync.jobs.evidence import review_of
from modelsync.records import Notice, Plan, Report, Topic
from modelsync.review.branch import Review, digest_of
from modelsync.run.request import Run


class Undoing(msgspec.Struct, frozen=True):
    """What it would be to take a commit back now."""

    commit: str
    subject: str
    digest: str  # of what it does to the files
    plan: Plan  # what becomes of the models
    lines: tuple[str, ...]  # what it does to the files, as a diff
    left: tuple[str, ...] = ()  # what the commit changed beside the catalog, which stays


def undoing(run: Run, revision: str) -> Undoing:
    """What it would be to take a reviewed commit back now. Raises what `undo` does."""
    return _undoing(run, opening.open_catalog(run), review_of(run), revision)[0]


def undo(run: Run, revision: str, digest: str) -> Report:
    """Propose to take a commit back, as it was shown: where that has another digest now, nothing is done.

    Raises PlanStale there, where others changed the same since and where nothing is left to take back, and
    UsageError for what cannot be taken back so, CatalogError where it could not be read then, GitRefused.
    """

    def ask(opened: Opened, review: Review) -> tuple[Plan, Sequence[Rewrite]]:
        now, edited = _undoing(run, opened, review, revision)
        if now.digest != digest:
            what = "the catalog changed since this was shown: to undo it would be another thing now"
            raise PlanStale(what, advice="Look at it as it is now.")
        return now.plan, edited

    return writing.propose(msgspec.structs.replace(run, label=f"undo-{revision[:12]}"), ask)


def _undoing(run: Run, opened: Opened, review: Review, revision: str) -> tuple[Undoing, Sequence[Rewrite]]:
    repository, rules = review.repository, edit.opened(run.place)[0]
    files = {repository.relative(file.path): file for file in (*opened.files.values(), rules)}
    contents = {path: file.content or b"" for path, file in files.items()}
    folder = repository.relative(run.place.catalog)
    back = reversal(repository, revision, contents, folder, (rules.name, *run.config.data_files))
    edited = [
        Rewrite(files[path], catalog.parse(files[path].shown, content))
        for path, content in back.contents.items()
    ]
    if not edited:
        advice = "It changed nothing of it, or that is undone already."
        raise PlanStale("nothing of the catalog is to be undone", where=back.commit[:10], advice=advice)
    for item in edited:
        if item.file is rules:
            config.parse(item.text, where=rules.shown)
    title = f"Undo {back.commit[:10]}: {back.subject}"
    after = catalog.decided(opened, edited, Notice(Topic.REVOKED, title, "")).catalog
    changes = differences(opened.catalog, after, renames(opened.catalog, after))
    unit = opened.catalog.unit_of_prices(run.config.pricing_unit)
    plan = Plan(run.now, (), opened.catalog.files, tuple(changes), title=title, pricing_unit=unit)
    digest, lines = digest_of(run.place, edited), tuple(line for item in edited for line in _diff(item))
    return Undoing(back.commit, back.subject, digest, plan, lines, back.left), edited


def _diff(of: Rewrite) -> Sequence[str]:
    before, after = (text.split("\n") for text in (of.file.document.text, of.text))
    return list(unified_diff(before, after, of.file.name, of.file.name, n=1, lineterm=""))
