"""What is said once: models that lists have since the last run, and values that nobody states any more.

What was said is noted on this machine alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec

from modelsync.config import Place
from modelsync.records import Catalog, Failure, Listing, Notice, Plan, Topic
from modelsync.run.notes import Note

_ONCE = (Topic.ENDED, Topic.WITHDRAWN)


class _Said(msgspec.Struct, frozen=True):
    models: frozenset[str] = frozenset()  # that lists had, or the catalog
    notices: frozenset[Notice] = frozenset()


_NOTE = Note("news.json", _Said)


class News:
    """What earlier runs of one catalog on this machine said, and what this one adds to that."""

    def __init__(self, place: Place) -> None:
        self._place, self._said, self._new = place, _NOTE.read(place), _Said()

    def of(self, plan: Plan, is_so: Callable[[Notice], bool]) -> Plan:
        """The plan without what was said before and what is not so, which is asked of nothing twice, and
        with the models that are new and not added: none where no run has noted what there was before."""
        earlier = self._said or _Said()
        once = frozenset(notice for notice in plan.notices if notice.topic in _ONCE)
        models = frozenset(notice.subject for notice in plan.notices if notice.topic == Topic.NOT_ADDED)
        self._new = _Said(models, once)
        kept = [one for one in plan.notices if one not in once or (one not in earlier.notices and is_so(one))]
        new = sorted(models - earlier.models) if self._said else ()
        notices = (*kept, *(Notice(Topic.NEW, name, "") for name in new))
        return msgspec.structs.replace(plan, notices=notices)

    def remember(self, catalog: Catalog, answers: Iterable[Listing | Failure]) -> None:
        """Note what the run said, and which models there are: nothing where no list came, and nothing for the
        first time where one is missing, whose models would all be news to the next run."""
        came = [isinstance(answer, Listing) for answer in answers]
        if not (all(came) if self._said is None else any(came)):
            return
        earlier = self._said or _Said()
        models = {*earlier.models, *self._new.models, *(entry.name for entry in catalog.entries())}
        _NOTE.write(self._place, _Said(frozenset(models), earlier.notices | self._new.notices))
