"""The reviewed catalog to where applications take it from: what differs there, written row by row."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from modelsync import config
from modelsync.disk import files, transaction
from modelsync.errors import (
    CatalogError,
    GitRefused,
    ModelsyncError,
    SourceFailed,
    UsageError,
    did_you_mean,
)
from modelsync.history.versions import repository_of
from modelsync.jobs.export import release
from modelsync.jobs.export.catalog import read
from modelsync.records import (
    Conflict,
    Delivery,
    Publication,
    Release,
    ReleasedModel,
    Row,
    TargetChange,
    TargetHealth,
)
from modelsync.run.request import Run
from modelsync.targets.changes import Changes, Rules, changes, differing
from modelsync.targets.registry import TARGETS
from modelsync.targets.settings import EnvironmentName, TargetSettings
from modelsync.targets.target import Access, Opened, Tables, Target

NAMES = tuple(TARGETS)
_LOOKS = (0.0, 0.3, 1.0, 2.0)  # seconds to wait before each look at what was written: a cache may answer
_RESULTS: dict[str, Literal["created", "updated", "withdrawn", "removed"]] = {
    "create": "created",
    "update": "updated",
    "withdraw": "withdrawn",
    "remove": "removed",
}


_CONFLICT = "LITELLM_CONFLICT_RESOLUTION"
_CONFLICTS: dict[str, Conflict] = {
    "catalog_wins": "catalog_wins",
    "litellm_wins": "catalog_wins",
    "database_wins": "database_wins",
    "merge": "merge",
}
_ACTORS = ("MODELSYNC_ACTOR", "GITHUB_ACTOR")


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked for."""

    target: str
    environment: EnvironmentName = "staging"
    revision: str = "HEAD"
    exported: Path | None = None  # what `export json` wrote, in place of a revision
    only: str = ""  # PROVIDER or PROVIDER/GLOB
    adopt: bool = False
    force: bool = False
    accept: bool = False  # that many rows become unavailable, or all
    allow_dirty: bool = False
    conflict: Conflict | Literal["litellm_wins"] | None = None
    mark_unavailable: bool | None = None
    values: dict[str, str] = {}  # in place of variables, by their names
    config: Path | None = None  # the target's own file, whose prices are edited in its place
    retry: bool = False  # of the last publication to this environment only what failed


class Publishing(msgspec.Struct, frozen=True):
    """What there is to do, and how a row is written."""

    publication: Publication
    opened: Opened
    note: Path  # of what failed, for `retry`


class _Left(msgspec.Struct, frozen=True):
    """What a publication left undone, as it is noted on this machine."""

    commit: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{40,64}$")]
    rows: frozenset[str]  # their ids


class Lacking(msgspec.Struct, frozen=True):
    """The statements that are to be executed, and how they are."""

    statements: tuple[str, ...]
    execute: Callable[[], None]


@contextmanager
def planned(run: Run, order: Order) -> Iterator[Publishing]:
    """Compare the catalog of a commit with what the target has. Only one publishes at a time.

    Raises UsageError, GitRefused, CatalogError, SourceFailed.
    """
    _expect_committed(run, order)
    where = "file" if order.config else order.environment
    note = run.place.state / f"published.{order.target}.{where}.json"
    left = _left(note, order) if order.retry else None
    if left and not order.exported and order.revision == "HEAD":
        order = msgspec.structs.replace(order, revision=left.commit)
    wanted, target, access = _wanted(run, order), _target(order), _access(run, order)
    opening = _configuration(target, order.config) if order.config else target.open(wanted.settings, access)
    with transaction.lock(run.place.state, run.place.locked), opening as opened:
        opened.check(make() for make in wanted.rows.values())
        if order.config:  # in which nothing is made
            wanted = wanted.of({row.id for row in opened.present()})
        rules = _rules(run, order, target, access)
        if left:
            rules = msgspec.structs.replace(rules, rows=left.rows)
        to_do = changes(wanted.rows, opened.present(), rules)
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


class _Wanted(msgspec.Struct, frozen=True):
    """What a target is to have, and how its settings are."""

    settings: TargetSettings
    reviewed: Release
    rows: dict[str, Callable[[], Row]]  # by their ids
    unsaid: dict[str, tuple[str, ...]]  # what the target is not told -> of which models

    def of(self, ids: Set[str]) -> _Wanted:
        """These rows alone, and what is not told of their models."""
        rows = {id_: make for id_, make in self.rows.items() if id_ in ids}
        models = {make().model for make in rows.values()}
        unsaid = {what: tuple(one for one in names if one in models) for what, names in self.unsaid.items()}
        unsaid = {what: names for what, names in unsaid.items() if names}
        return msgspec.structs.replace(self, rows=rows, unsaid=unsaid)


def _wanted(run: Run, order: Order) -> _Wanted:
    target = _target(order)
    reviewed = _exported(order.exported) if order.exported else release(run, order.revision)
    settings, day = target.settings(run.config.targets), run.now.date()
    models = [model for model in reviewed.models if settings.takes(model)]
    _expect_own_ids(models, target.name, settings)
    rows: dict[str, Callable[[], Row]] = {
        settings.id_of(model): partial(target.row, model, day, settings) for model in models
    }
    return _Wanted(settings, reviewed, rows, target.unsaid(models, day))


def health(run: Run, names: Sequence[str], environment: str) -> tuple[TargetHealth, ...]:
    """Whether the catalog of HEAD could be published as it is to these targets, or to those that `sync.yaml`
    has settings of; one of these that it is not known how to reach is not asked. Nothing is changed."""
    configured = [name for name, target in TARGETS.items() if _is_configured(run, target)]
    return tuple(
        _health(
            run, msgspec.convert({"target": name, "environment": environment}, Order), is_meant=bool(names)
        )
        for name in names or configured
    )


def _is_configured(run: Run, target: Target[Any]) -> bool:
    settings: TargetSettings = target.settings(run.config.targets)
    return settings != type(settings)()


def _health(run: Run, order: Order, *, is_meant: bool) -> TargetHealth:
    try:
        wanted, target = _wanted(run, order), _target(order)
        with target.open(wanted.settings, _access(run, order, only_looks=True)) as opened:
            opened.check(make() for make in wanted.rows.values())
            ours = Counter(bool(row.mark) for row in opened.present())
    except ModelsyncError as error:
        kind = error.kind if isinstance(error, SourceFailed) else None
        state: Literal["fails", "not asked"] = "fails"
        if isinstance(error, UsageError) and not is_meant:
            state = "not asked"
        answer = f"{error.where}: {error.what}" if error.where else error.what
        return TargetHealth(order.target, order.environment, state, answer, kind, error.advice)
    answer = f"{ours.total():,} rows, {ours[True]:,} of ours"
    return TargetHealth(order.target, order.environment, "answers", answer, unsaid=wanted.unsaid)


def definition(run: Run, order: Order) -> list[str]:
    """The statements that make what the target's rows need. Raises UsageError, CatalogError."""
    target = _target(order)
    return _tables(target).definition(target.settings(run.config.targets), _access(run, order))


@contextmanager
def lacking(run: Run, order: Order, *, create: bool, migrate: bool) -> Iterator[Lacking]:
    """What has to be done before rows can be written. Raises UsageError, CatalogError, SourceFailed."""
    target = _target(order)
    settings, access = target.settings(run.config.targets), _access(run, order)
    tables = _tables(target)
    with transaction.lock(run.place.state, run.place.locked):
        statements = tables.lacking(settings, access, create=create, migrate=migrate)
        yield Lacking(tuple(statements), lambda: tables.execute(settings, access, statements))


def _target(order: Order) -> Target[Any]:
    target = TARGETS.get(order.target)
    if target is None:
        hint = did_you_mean(order.target, TARGETS)
        raise UsageError(f"there is no target {order.target}{hint}", advice=f"Targets: {', '.join(TARGETS)}.")
    return target


def _tables(target: Target[Any]) -> Tables[Any]:
    if target.tables is None:
        raise UsageError(f"{target.name} has no tables", advice="Publish to it without these options.")
    return target.tables


def _configuration(target: Target[Any], file: Path) -> AbstractContextManager[Opened]:
    if target.configuration is None:
        raise UsageError(f"{target.name} has no configuration file", advice="Publish to it without --config.")
    return target.configuration(file)


def carried_out(publishing: Publishing, say: Callable[[str], None]) -> Publication:
    """Write what differs, look whether it is there, and tell what came of each row."""
    publication, opened, to_do = publishing.publication, publishing.opened, publishing.publication.changes
    left = _Left(publication.commit, frozenset(change.row.id for change in to_do))
    _note(publishing.note, left)  # until it is known what of it was done
    faults = opened.write(to_do, publication.commit, say)
    deliveries = tuple(_confirmed(to_do, faults, opened))
    undone = frozenset(one.id for one in deliveries if one.result in ("failed", "unconfirmed"))
    _note(publishing.note, msgspec.structs.replace(left, rows=undone))
    return msgspec.structs.replace(publication, deliveries=deliveries, is_dry=False)


def _note(file: Path, left: _Left) -> None:
    with suppress(OSError):  # without a note no run can be told to repeat this one, which fails nothing
        files.own_folder(file.parent)
        files.replace(file, msgspec.json.encode(left))


def _left(note: Path, order: Order) -> _Left:
    try:
        return msgspec.json.decode(note.read_bytes(), type=_Left)
    except (OSError, msgspec.MsgspecError):
        raise UsageError(
            f"nothing is noted of a publication to {order.target} {order.environment} on this machine",
            advice="Publish without --retry: only what differs is written.",
        ) from None


def _confirmed(
    to_do: Sequence[TargetChange], faults: Mapping[str, SourceFailed], opened: Opened
) -> Iterator[Delivery]:
    """Each change with its result: what is there counts, whatever the answer to writing it was."""
    done, doubt = _read_back(to_do, faults, opened) if to_do else (set(), "")
    for change in to_do:
        row, fault = change.row, faults.get(change.row.id)
        if row.id in done:
            yield Delivery(row.id, row.model, _RESULTS[change.action])
        elif fault:
            yield Delivery(row.id, row.model, "failed", fault.kind, fault.what)
        else:
            yield Delivery(row.id, row.model, "unconfirmed", None, doubt)


def _read_back(
    to_do: Sequence[TargetChange], faults: Mapping[str, SourceFailed], opened: Opened
) -> tuple[set[str], str]:
    """The ids of what is there as it is to be, and what is to be said of the others that were taken: while
    there are any, it is looked again."""
    done = set[str]()
    for pause in _LOOKS:
        time.sleep(pause)
        try:
            done = _done(to_do, opened.present())
        except SourceFailed as failed:
            return done, f"it cannot be read back: {failed.what}"
        if all(change.row.id in done or change.row.id in faults for change in to_do):
            break
    return done, "what is read back is still the old"


def _done(to_do: Sequence[TargetChange], present: Iterable[Row]) -> set[str]:
    wanted = {change.row.id: change.row for change in to_do if change.action != "remove"}
    done = {change.row.id for change in to_do if change.action == "remove"}
    for row in present:
        done.discard(row.id)
        new = wanted.get(row.id)
        if new and row.mark == new.mark and not differing(new, row):
            done.add(row.id)
    return done


def _exported(file: Path) -> Release:
    try:
        return read(file.read_bytes())
    except (OSError, ValueError) as error:
        advice = "Make one: modelsync export json --out FILE"
        raise UsageError(f"not an exported catalog: {error}", where=str(file), advice=advice) from None


def _rules(run: Run, order: Order, target: Target[Any], access: Access) -> Rules:
    """What is asked for counts before what the environment says, and that before `sync.yaml`."""
    settings = target.settings(run.config.targets)
    conflict = order.conflict or access.values.get(_CONFLICT) or settings.conflict
    if conflict not in _CONFLICTS:
        raise UsageError(f"{_CONFLICT} is none of {', '.join(_CONFLICTS)}")
    is_marked = settings.mark_unavailable if order.mark_unavailable is None else order.mark_unavailable
    days = settings.retain_unavailable_days
    return Rules(
        adopt=order.adopt,
        force=order.force,
        conflict=_CONFLICTS[conflict],
        only=order.only,
        numbers=target.numbers,
        unavailable=target.unavailable if is_marked else {},
        removed_before="" if days is None else (run.now.date() - timedelta(days)).isoformat(),
    )


def _expect_committed(run: Run, order: Order) -> None:
    if order.allow_dirty or order.exported or order.revision != "HEAD":
        return
    if not repository_of(run.place).committed([run.place.catalog]):
        raise GitRefused(
            "the catalog has changes that are not committed, and only what is reviewed is published",
            where=str(run.place.catalog),
            advice="Commit them, or publish the last commit without them: --allow-dirty.",
        )


def _expect_own_ids(models: Sequence[ReleasedModel], target: str, settings: TargetSettings) -> None:
    counts = Counter(map(settings.id_of, models))
    twice = [id_ for id_, count in counts.items() if count > 1]
    if twice:
        names = ", ".join(model.name for model in models if settings.id_of(model) == twice[0])
        raise CatalogError(
            f"several models would have the row {twice[0]}: {names}",
            where=f"targets.{target}.id",
            advice="Let `id` be provider/key in sync.yaml.",
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


def _access(run: Run, order: Order, *, only_looks: bool = False) -> Access:
    """What is known of the way: as asked, by the environment's own file, by the environment."""
    target = _target(order)
    foreign = [name for name in order.values if name not in target.variables]
    if foreign:
        raise UsageError(
            f"{target.name} takes no {foreign[0]}", advice=f"It takes {', '.join(target.variables)}."
        )
    file = config.file_values(run.place.root / f".env.{order.environment}")
    values = os.environ | file | order.values
    actor = next(filter(None, map(values.get, _ACTORS)), "")
    if not actor and run.place.is_in_git:
        actor = repository_of(run.place).author
    return Access(order.environment, values, run.place.state, actor or "unknown", only_looks=only_looks)
