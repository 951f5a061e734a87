"""States the past of a value anew, in a commit of its own: what the catalog said was wrong."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from msgspec.structs import replace

from modelsync import catalog
from modelsync.catalog import DataFile, Opened, Rewrite
from modelsync.catalog.edits import BY_HAND
from modelsync.catalog.pins import parts
from modelsync.errors import GitRefused, UsageError
from modelsync.jobs import opening, writing
from modelsync.jobs.decisions import rewrites
from modelsync.records import Change, Entry, FieldChange, Kind, Notice, Plan, Report, Topic, kind_of
from modelsync.run.request import Run

_NUMBERS = (Kind.TOKEN_PRICE, Kind.CALL_PRICE, Kind.FACTOR)


def correct(run: Run, name: str, value: Decimal | None, *, since: date | None, reason: str) -> Report:
    """Commit that `PROVIDER/MODEL:FIELD` is this, in the unit of its file, or counted since a day.

    A value counts from where the one that it corrects did, or from the day. It is committed where HEAD is.
    Raises UsageError, CatalogEditRefused, GitRefused.
    """
    rewrites.expect_fit(run, None, reason)
    if value is None and since is None:
        raise UsageError("nothing to correct", where=name, advice="Give a value, --since DATE, or both.")
    with opening.alone(run) as review:
        _expect_no_proposal(run, review.repository.head.name)
        opened = opening.open_catalog(run)
        entry, field = rewrites.named(opened.catalog, name)
        changes = () if value is None else _changes(run, entry, field, value, reason)
        planned = Plan(run.now, ("correct",), opened.catalog.files, changes, corrects=f"{entry.name}:{field}")
        planned = replace(planned, pricing_unit=opened.catalog.unit_of_prices(run.config.pricing_unit))
        edited = catalog.rewrites(opened, planned)
        if since:
            wanted = replace(entry, since={**entry.since, field: since})
            edited, notice = _dated(opened, edited, wanted, field, reason)
            planned = replace(planned, notices=(notice,))
        if all(item.content == item.file.content for item in edited):
            return Report(planned, recovered=review.recovered)
        done = writing.write(run, planned, edited, review)
    # a revert would be a change of its day, and not take the past back
    return replace(done, undo=f"git reset --keep {done.commit[:10]}~1")


def _expect_no_proposal(run: Run, branch: str) -> None:
    if run.proposes_on(branch):
        raise GitRefused(
            "HEAD is on the review branch: a correction there would be one proposal more, and in its way",
            where=branch,
            advice="Switch to the branch that it is for, such as `git switch main`.",
        )


def _changes(run: Run, entry: Entry, field: str, value: Decimal, reason: str) -> tuple[Change, ...]:
    if kind_of(field) not in _NUMBERS:
        advice = "Name one, such as pricing.input, or only --since."
        raise UsageError(f"{field or entry.name} is no price", advice=advice)
    if entry.money.foreign:
        raise UsageError(f"{entry.money.foreign}, so that no price in USD is written", where=entry.name)
    new = run.shape.with_unit(entry.money.unit).decode(field, value)
    move = FieldChange(field, entry.value_of(field), new)
    return (Change("update", entry.provider, entry.key, (move,), reason),) if move.old != move.new else ()


def _dated(
    opened: Opened, edited: Sequence[Rewrite], wanted: Entry, field: str, reason: str
) -> tuple[tuple[Rewrite], Notice]:
    """The file with the day from which the field counts, and its line."""
    file = opened.file_of(wanted)
    document = edited[0].document if edited else file.document
    path = (*file.path_of(wanted), *rewrites.keys_of(opened.shape, field))
    if not field or not document.has(path):
        raise UsageError(f"{wanted.name} states no {field or 'field of that name'}", advice="Give its value.")
    text = f"modelsync: since {wanted.since[field]}" + (f", {reason}" if reason else "")
    is_known = any(part.startswith(text) for part in parts(document.comment(path)))
    now = DataFile(file.name, file.path, file.content, document, file.layout)
    edits = [] if is_known else [rewrites.marked(document, path, text)]
    dated = Rewrite(file, catalog.rewrite(now, edits, BY_HAND).document)
    rewrites.read_back(opened, dated, wanted, f"# {text}")
    line = dated.document.line(path)
    return (dated,), rewrites.now_says(Topic.CORRECTED, f"{wanted.name}:{field}", dated, line)
