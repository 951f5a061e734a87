"""The commands by which a person decides: pin, exclude, rename, accept, correct, and a probe's alias."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from msgspec import UNSET
from msgspec.structs import replace

from modelsync import catalog, yamledit
from modelsync.catalog import DataFile, Opened, Rewrite, lookup
from modelsync.catalog.edits import BY_HAND
from modelsync.catalog.pins import parts
from modelsync.config import edit
from modelsync.errors import GitRefused, SourceFailed, UsageError, did_you_mean
from modelsync.jobs import opening, writing
from modelsync.jobs.decisions import rewrites
from modelsync.plan.accept import meant_by
from modelsync.records import (
    ADDED,
    BASE,
    REMOVED,
    UPSTREAM,
    Accepted,
    Change,
    Entry,
    Exclusion,
    FieldChange,
    Guard,
    Hold,
    Kind,
    Notice,
    Plan,
    Report,
    Topic,
    kind_of,
)
from modelsync.run.request import Run

_ACCEPT, _ALIASES = "accept", "aliases"
_NUMBERS = (Kind.TOKEN_PRICE, Kind.CALL_PRICE, Kind.FACTOR)


def pin(run: Run, name: str, *, until: date | None, reason: str) -> Report:
    """Keep `PROVIDER/MODEL[:FIELD]` as it is, by a comment on its line. The edit is left uncommitted."""
    rewrites.expect_fit(run, until, reason)
    return writing.edit(run, "pin", lambda opened: rewrites.pinned(opened, name, until, reason))


def exclude(run: Run, provider: str, model: str, *, until: date | None, reason: str) -> Report:
    """Never add nor update these models, by a rule in `sync.yaml`. The edit is left uncommitted."""
    rewrites.expect_fit(run, until, reason)
    rule = Exclusion(model, reason, until)
    return writing.edit(run, "exclude", lambda opened: rewrites.excluded(run, opened, provider, rule))


def rename(run: Run, provider: str, old: str, new: str, model: str | None) -> Report:
    """Give one entry another key; its comments and its place stay. The edit is left uncommitted."""

    def renamed(opened: Opened) -> rewrites.Edited:
        entry = lookup.entry(opened.catalog, f"{provider}/{old}")
        if not new.strip() or model == "":
            raise UsageError("a key and an id cannot be empty", where=entry.name)
        if new != old and new in opened.catalog.providers[provider].entries:
            raise UsageError("is there already", where=f"{provider}/{new}", advice="Choose another key.")
        return catalog.rename(opened, entry, new, model), tuple(_mentions(opened, entry.name))

    return writing.edit(run, "rename", renamed)


def _mentions(opened: Opened, name: str) -> Iterator[Notice]:
    """Where else the files speak of an entry by its name: a person's own keys, which are theirs to change."""
    other = {BASE, UPSTREAM, *opened.shape.keys_of("model")}  # these are kept, or name something else
    for file in opened.files.values():
        for path in _paths_to(name, file.document.value(), ()):
            if other.isdisjoint(path[-2:]):
                where = f"{file.shown}:{file.document.line(path)}"
                yield Notice(Topic.RENAMED, where, f"{'.'.join(map(str, path))} still says {name}")


def _paths_to(value: str, within: object, path: yamledit.Path) -> Iterator[yamledit.Path]:
    if isinstance(within, dict | list):
        items = within.items() if isinstance(within, dict) else enumerate(within)
        for key, below in items:
            yield from _paths_to(value, below, (*path, key))
    elif within == value:
        yield path


# ---------------------------------------------------------------------------- accept


def accept(run: Run, name: str, *, reason: str) -> Report:
    """Let through just what is held now by a name or glob, by rules in `sync.yaml`, left uncommitted.

    Raises UsageError where nothing is held so, or no rule can let it through, SourceFailed for no list.
    """
    from modelsync.jobs import sync  # which plans: other decisions do without

    rewrites.expect_fit(run, None, reason)
    # held only in a run that prunes, and never by a list that was kept
    removes = name.endswith(f":{REMOVED}")
    planned = sync.plan(replace(run, prune=removes, from_cache=not removes)).plan
    holds = [hold for hold in planned.holds if meant_by([name], hold.name)]
    known = any(meant_by([name], f"{rule.model}:{rule.field}") for rule in run.config.accept)
    if not holds and not known:
        for failure in planned.failures:
            what = f"{failure.source} gave no list, so that nobody knows what is held: {failure.reason}"
            raise SourceFailed(what, advice=failure.advice, kind=failure.kind)
        held = [hold.name for hold in planned.holds]
        named = f"{name}{did_you_mean(name, held)}"
        what = f"nothing is held by this name: {named}"
        raise UsageError(what, advice="`modelsync plan` shows what is held.")
    for hold in holds:
        is_whole = hold.change.field in (ADDED, REMOVED)
        if hold.guard is Guard.NOT_WRITABLE or (hold.change.new is UNSET and not is_whole):
            raise UsageError(f"no rule can let this through: {hold.reason}", where=hold.name)
    return writing.edit(run, "accept", lambda opened: _accepted(run, holds, reason))


def _accepted(run: Run, holds: Sequence[Hold], reason: str) -> rewrites.Edited:
    """`sync.yaml` with a rule for each of these values, and where each stands. Raises CatalogEditRefused."""
    file, before = edit.opened(run.place)
    rules, written = list(before.accept), dict[int, yamledit.Value]()
    for hold in holds:
        model, _, field = hold.name.rpartition(":")
        value = None if field in (ADDED, REMOVED) else run.shape.encode(field, hold.change.new)
        alike = (index for index, rule in enumerate(rules) if (rule.model, rule.field) == (model, field))
        index = next(alike, len(rules))
        rule = Accepted(model, field, _as_read(value), reason)
        if rules[index : index + 1] != [rule]:
            words = {"model": model, "field": field, "value": value, "reason": reason}
            filled = {key: word for key, word in words.items() if word not in (None, "")}
            written[index] = yamledit.Flow(filled)
            rules[index : index + 1] = [rule]
    edits = [edit.put(file.document, (_ACCEPT, index), rule) for index, rule in written.items()]
    if edits and not file.document.has((_ACCEPT,)):
        edits = [edit.put(file.document, (_ACCEPT,), list(written.values()))]
    edited = edit.changed(file, edits, replace(before, accept=tuple(rules)), section=_ACCEPT)
    lines = {index: edited.document.line((_ACCEPT, index)) for index in written}
    return [edited], [
        rewrites.now_says(Topic.ACCEPTED, f"{rules[index].model}:{rules[index].field}", edited, line)
        for index, line in lines.items()
    ]


def _as_read(value: yamledit.Value) -> Any:
    """A value as `sync.yaml` gives it back: a day is its text."""
    match yamledit.bare(value):
        case dict() as mapping:
            return {key: _as_read(below) for key, below in mapping.items()}
        case list() as items:
            return [_as_read(below) for below in items]
        case date() as day:
            return day.isoformat()
        case word:
            return word


# ---------------------------------------------------------------------------- correct


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
    rewrites.read_back(opened, dated, [wanted], f"# {text}")
    line = dated.document.line(path)
    return (dated,), rewrites.now_says(Topic.CORRECTED, f"{wanted.name}:{field}", dated, line)


# ---------------------------------------------------------------------------- alias


def alias(run: Run, entry: Entry, model: str) -> Report:
    """Give each upstream id that the entry follows this native id, in `sync.yaml`, uncommitted."""
    aliases = dict.fromkeys(_aliased(run, entry), model)
    return writing.edit(run, "probe", lambda opened: _with_aliases(run, aliases))


def expect_aliased(run: Run, entry: Entry) -> None:
    """That there is an upstream id for which an alias would count. Raises UsageError."""
    if not _aliased(run, entry):
        raise UsageError(
            "follows no list whose ids carry a vendor: there is nothing to record an alias for",
            where=entry.name,
            advice="Without --write the probe works all the same.",
        )


def _aliased(run: Run, entry: Entry) -> list[str]:
    """The ids by which lists with many vendors know the entry; a provider's own list needs no alias."""
    vendors = run.policy.vendor_sources
    return list(dict.fromkeys(id_ for source, id_ in entry.upstream.items() if source in vendors))


def _with_aliases(run: Run, aliases: dict[str, str]) -> rewrites.Edited:
    """`sync.yaml` with these aliases, and where each stands. Raises CatalogEditRefused."""
    file, before = edit.opened(run.place)
    new = {(_ALIASES, id_): model for id_, model in aliases.items()}
    edits = [edit.put(file.document, path, model) for path, model in new.items()]
    if not file.document.has((_ALIASES,)):
        edits = [edit.put(file.document, (_ALIASES,), dict(aliases))]
    wanted = replace(before, aliases={**before.aliases, **aliases})
    edited = edit.changed(file, edits, wanted, section=_ALIASES)
    return [edited], [
        Notice(Topic.ALIAS, f"{file.shown}:{edited.document.line(path)}", f"{path[1]}: {model}")
        for path, model in new.items()
    ]
