"""What is said once: models that lists have since the last run, and values that nobody states any more.

The note of what was said is nobody's but this machine's.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import msgspec

from modelsync.config import Place
from modelsync.disk import files
from modelsync.errors import DiskFault
from modelsync.records import Catalog, Notice, Plan, Topic

_ONCE = (Topic.ENDED, Topic.WITHDRAWN)


class _Note(msgspec.Struct, frozen=True):
    models: frozenset[str] = frozenset()  # that lists had, or the catalog
    notices: frozenset[Notice] = frozenset()


class News:
    """What earlier runs of one catalog on this machine said, and what this one adds to that."""

    def __init__(self, place: Place) -> None:
        self._path = place.note("news.json")
        self._said: _Note | None = None
        with suppress(OSError, msgspec.MsgspecError):
            self._said = msgspec.json.decode(self._path.read_bytes(), type=_Note)
        self._new = _Note()

    def of(self, plan: Plan, is_so: Callable[[Notice], bool]) -> Plan:
        """The plan without what was said before and what is not so, which is asked of nothing twice, and
        with the models that are new and not added: none where no run has noted what there was before."""
        earlier = self._said or _Note()
        once = frozenset(notice for notice in plan.notices if notice.topic in _ONCE)
        models = frozenset(notice.subject for notice in plan.notices if notice.topic == Topic.NOT_ADDED)
        self._new = _Note(models, once)
        kept = [one for one in plan.notices if one not in once or (one not in earlier.notices and is_so(one))]
        new = sorted(models - earlier.models) if self._said else ()
        notices = (*kept, *(Notice(Topic.NEW, name, "") for name in new))
        return msgspec.structs.replace(plan, notices=notices)

    def remember(self, catalog: Catalog) -> None:
        """Note what the run said, and which models there are."""
        earlier = self._said or _Note()
        models = {*earlier.models, *self._new.models, *(entry.name for entry in catalog.entries())}
        note = _Note(frozenset(models), earlier.notices | self._new.notices)
        if note != earlier:
            with suppress(OSError, DiskFault):  # what the run did stays done
                files.replace(self._path, msgspec.json.encode(note))
