"""Writes what differs, looks whether it is there, and notes what is not, to be tried again."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Literal

import msgspec

from modelsync.errors import SourceFailed
from modelsync.jobs.publish.request import PublishRequest
from modelsync.records import Delivery, Publication, Row, TargetChange
from modelsync.run.notes import Note
from modelsync.targets.changes import digest
from modelsync.targets.target import Opened

_LOOKS = (0.0, 0.3, 1.0, 2.0)  # seconds to wait before each look at what was written: a cache may answer
_RESULTS: dict[str, Literal["created", "updated", "withdrawn", "removed"]] = {
    "create": "created",
    "update": "updated",
    "withdraw": "withdrawn",
    "remove": "removed",
}


class Left(msgspec.Struct, frozen=True):
    """What a publication left undone, as it is noted on this machine."""

    commit: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{40,64}$")]
    rows: tuple[str, ...]  # their ids


class Publishing(msgspec.Struct, frozen=True):
    """What there is to do, and how a row is written."""

    publication: Publication
    opened: Opened
    note: Callable[[Left], None]  # what failed, to be tried again


def note_of(request: PublishRequest) -> Note[Left]:
    """What a publication to this environment, or to this file, left undone."""
    where: str = request.environment
    if request.config:
        where = f"file-{hashlib.sha256(bytes(request.config.resolve())).hexdigest()[:16]}"
    return Note(f"published.{request.target}.{where}.json", Left)


def carried_out(publishing: Publishing, say: Callable[[str], None]) -> Publication:
    """Write what differs, look whether it is there, and tell what came of each row."""
    publication, opened, to_do = publishing.publication, publishing.opened, publishing.publication.changes
    left = Left(publication.commit, tuple(change.id for change in to_do))
    if to_do:
        publishing.note(left)  # until it is known what of it was done
    faults = opened.write(to_do, publication.commit, say)
    deliveries = tuple(_confirmed(to_do, faults, opened))
    undone = tuple(one.id for one in deliveries if one.result in ("failed", "unconfirmed"))
    publishing.note(msgspec.structs.replace(left, rows=undone))
    return msgspec.structs.replace(publication, deliveries=deliveries, is_dry=False)


def _confirmed(
    to_do: Sequence[TargetChange], faults: Mapping[str, SourceFailed], opened: Opened
) -> Iterator[Delivery]:
    """Each change with its result: what is there counts, whatever the answer to writing it was."""
    lacking, doubt = _read_back(to_do, faults, opened)
    for change in to_do:
        fault = faults.get(change.id)
        if change.id not in lacking:
            yield Delivery(change.id, change.model, _RESULTS[change.action])
        elif fault:
            yield Delivery(change.id, change.model, "failed", fault.kind, fault.what)
        else:
            yield Delivery(change.id, change.model, "unconfirmed", None, doubt)


def _read_back(
    to_do: Sequence[TargetChange], faults: Mapping[str, SourceFailed], opened: Opened
) -> tuple[Mapping[str, TargetChange], str]:
    """By their ids the changes of which nothing is there, and what is to be said of those that were taken:
    while there are any, it is looked again."""
    lacking = {change.id: change for change in to_do}
    for pause in _LOOKS if to_do else ():
        time.sleep(pause)
        try:
            lacking = _lacking(to_do, opened.present())
        except SourceFailed as failed:
            return lacking, f"it cannot be read back: {failed.what}"
        if lacking.keys() <= faults.keys():
            break
    return lacking, "what is read back is still the old"


def _lacking(to_do: Sequence[TargetChange], present: Iterable[Row]) -> dict[str, TargetChange]:
    """The changes that are not there, by the ids of their rows."""
    lacking = {change.id: change for change in to_do if change.action != "remove"}
    gone = {change.id: change for change in to_do if change.action == "remove"}
    for row in present:
        if row.id in gone:
            lacking[row.id] = gone[row.id]
            continue
        change = lacking.get(row.id)
        if change and row.mark == change.mark and digest(row.values) == change.digest:
            del lacking[row.id]
    return lacking
