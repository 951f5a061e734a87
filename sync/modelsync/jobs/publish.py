"""The reviewed catalog to where applications take it from: what differs there, written row by row."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Literal

import msgspec

from modelsync import config
from modelsync.disk import transaction
from modelsync.errors import CatalogError, GitRefused, SourceFailed, UsageError
from modelsync.history.versions import repository_of
from modelsync.http import Client, Limits
from modelsync.jobs.export import release
from modelsync.records import Delivery, Publication, Release, Row, TargetChange
from modelsync.run.request import Run
from modelsync.targets import llm_proxy
from modelsync.targets.changes import Changes, Rules, changes, differing

_TOKEN, _ADDRESS = "LLM_PROXY_AUTH_TOKEN", "SUPABASE_CONFIG_URL"
_AT_ONCE = 4  # requests
_LOOKS = (0.0, 0.3, 1.0, 2.0)  # seconds to wait before each look at what was written: a cache may answer
_RESULTS: dict[str, Literal["created", "updated", "withdrawn"]] = {
    "create": "created",
    "update": "updated",
    "withdraw": "withdrawn",
}
# a row that is refused says nothing of the next: the host is asked on
_LIMITS = Limits(failures=1 << 30)


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked for."""

    environment: Literal["staging", "production"] = "staging"
    revision: str = "HEAD"
    only: str = ""  # PROVIDER or PROVIDER/GLOB
    adopt: bool = False
    force: bool = False
    accept: bool = False  # that many rows become unavailable, or all
    allow_dirty: bool = False
    token: str = ""
    url: str = ""


class Publishing(msgspec.Struct, frozen=True):
    """What there is to do, and how a row is written."""

    publication: Publication
    target: llm_proxy.LlmProxy


@contextmanager
def planned(run: Run, order: Order) -> Iterator[Publishing]:
    """Compare the catalog of a commit with what the target has. Only one publishes at a time.

    Raises UsageError, GitRefused, CatalogError, SourceFailed.
    """
    _expect_committed(run, order)
    reviewed = release(run, order.revision)
    settings, day = run.config.targets.llm_proxy, run.now.date()
    models = llm_proxy.published(reviewed)
    rows = [llm_proxy.row(model, day, settings) for model in models]
    _expect_own_ids(rows)
    token, url = _access(run, order)
    with (
        transaction.lock(run.place.state, run.place.locked),
        Client(secrets={token}, limits=_LIMITS, delay=0) as client,
    ):
        target = llm_proxy.LlmProxy(client, url, token)
        present = target.present()
        rules = Rules(
            adopt=order.adopt,
            force=order.force,
            conflict=settings.conflict,
            only=order.only,
            numbers=llm_proxy.NUMBERS,
            unavailable=llm_proxy.UNAVAILABLE,
        )
        to_do = changes(rows, present, rules)
        _expect_reviewed(run, order, reviewed, present, to_do)
        publication = Publication(
            llm_proxy.NAME,
            order.environment,
            reviewed.commit,
            to_do.changes,
            to_do.unchanged,
            to_do.adoptable,
            to_do.conflicts,
            unsaid=llm_proxy.unsaid(models, day),
            is_dry=True,
        )
        yield Publishing(publication, target)


def carried_out(publishing: Publishing, say: Callable[[str], None]) -> Publication:
    """Write what differs, look whether it is there, and tell what came of each row."""
    publication, target = publishing.publication, publishing.target
    faults = dict(_write(publication, target, say))
    deliveries = _confirmed(publication.changes, faults, target)
    return msgspec.structs.replace(publication, deliveries=tuple(deliveries), is_dry=False)


def _write(
    publication: Publication, target: llm_proxy.LlmProxy, say: Callable[[str], None]
) -> Iterator[tuple[str, SourceFailed]]:
    """The rows that could not be written, and why. A target that refuses us is not asked again."""
    stopped: list[SourceFailed] = []

    def written(numbered: tuple[int, TargetChange]) -> SourceFailed | None:
        number, change = numbered
        if stopped:
            return SourceFailed(f"not tried: {stopped[0].what}", kind=stopped[0].kind)
        say(f"[{number}/{len(publication.changes)}] {change.row.model or change.row.id}")
        try:
            target.write(change.row, publication.commit)
        except SourceFailed as failed:
            if failed.kind == "authentication" or not getattr(failed, "arrived", True):
                stopped.append(failed)
            return failed
        return None

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        results = pool.map(written, enumerate(publication.changes, 1))
        for change, failed in zip(publication.changes, results, strict=True):
            if failed:
                yield change.row.id, failed


def _confirmed(
    to_do: Sequence[TargetChange], faults: dict[str, SourceFailed], target: llm_proxy.LlmProxy
) -> Iterator[Delivery]:
    """Each change with its result: what is there counts, whatever the answer to writing it was."""
    there = _read_back(to_do, faults, target) if to_do else {}
    for change in to_do:
        row, fault = change.row, faults.get(change.row.id)
        present = there.get(row.id)
        if present and present.mark == row.mark and not differing(row, present):
            yield Delivery(row.id, row.model, _RESULTS[change.action])
        elif fault:
            yield Delivery(row.id, row.model, "failed", fault.kind, fault.what)
        else:
            yield Delivery(row.id, row.model, "unconfirmed", None, "what is read back is still the old")


def _read_back(
    to_do: Sequence[TargetChange], faults: dict[str, SourceFailed], target: llm_proxy.LlmProxy
) -> dict[str, Row]:
    """The rows as they are now; asked again while any that was taken is not there yet."""
    there: dict[str, Row] = {}
    for pause in _LOOKS:
        time.sleep(pause)
        try:
            there = {row.id: row for row in target.present()}
        except SourceFailed:
            continue
        taken = (change.row for change in to_do if change.row.id not in faults)
        if all(row.id in there and there[row.id].mark == row.mark for row in taken):
            break
    return there


def _expect_committed(run: Run, order: Order) -> None:
    if order.allow_dirty or order.revision != "HEAD":
        return
    if not repository_of(run.place).committed([run.place.catalog]):
        raise GitRefused(
            "the catalog has changes that are not committed, and only what is reviewed is published",
            where=str(run.place.catalog),
            advice="Commit them, or publish the last commit without them: --allow-dirty.",
        )


def _expect_own_ids(rows: Sequence[Row]) -> None:
    twice = [id_ for id_, count in Counter(row.id for row in rows).items() if count > 1]
    if twice:
        models = ", ".join(row.model for row in rows if row.id == twice[0])
        raise CatalogError(
            f"several models would have the row {twice[0]}: {models}",
            where=f"targets.{llm_proxy.NAME}.id",
            advice="Let `id` be provider/key in sync.yaml.",
        )


def _expect_reviewed(
    run: Run, order: Order, reviewed: Release, present: Sequence[Row], to_do: Changes
) -> None:
    """That the catalog is not much smaller than what it replaces, as prune asks of a list."""
    ours = [row for row in present if row.mark and row.values.get("is_available")]
    gone = [change for change in to_do.changes if change.action == "withdraw"]
    guards = run.config.guards
    many = len(gone) > guards.removed_least and len(gone) > guards.removed_share * len(ours)
    if order.accept or not (many or (ours and not reviewed.models)):
        return
    raise CatalogError(
        f"{len(gone)} of {len(ours)} available rows of ours would become unavailable, which is too many",
        where=f"{llm_proxy.NAME} {order.environment}",
        advice="Look at them with --dry-run; if they are to go, say --accept.",
    )


def _access(run: Run, order: Order) -> tuple[str, str]:
    """The token and the configuration's address: as asked, by the environment's own file, by the environment,
    by sync.yaml."""
    values = os.environ | config.file_values(run.place.root / f".env.{order.environment}")
    known = run.config.targets.llm_proxy.environments.get(order.environment)
    token = order.token or values.get(_TOKEN, "")
    url = order.url or values.get(_ADDRESS, "") or (known.url if known else "")
    lacks = [name for name, value in ((_TOKEN, token), (_ADDRESS, url)) if not value]
    if lacks:
        raise UsageError(
            f"{' and '.join(lacks)} is not set for {order.environment}",
            advice=f"Set it in the environment or in .env.{order.environment}, or give it as an option.",
        )
    return token, url
