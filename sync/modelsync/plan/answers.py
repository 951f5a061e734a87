"""What the sources answered, taken together: the one place that says whether a source dropped a model."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from modelsync.plan.mapping import normalise
from modelsync.records import Entry, Failure, Listing


class Answers:
    """Listings and failures of one run, in the order in which the sources have their say."""

    def __init__(self, answers: Sequence[Listing | Failure], sources: Sequence[str]) -> None:
        asked = (answer.source for answer in answers)
        self.order = {name: rank for rank, name in enumerate(dict.fromkeys((*sources, *asked)))}
        self.all = tuple(sorted(answers, key=lambda answer: self.order[answer.source]))
        self.listings = tuple(answer for answer in self.all if isinstance(answer, Listing))
        self.failures = tuple(answer for answer in self.all if isinstance(answer, Failure))
        self._listed = {
            listing.source: frozenset(
                (
                    *(name for model in listing.models for name in (model.id, *model.names)),
                    *(row.id for row in listing.skipped),
                    *listing.passed_over,
                )
            )
            for listing in self.listings
            if listing.complete and listing.models
        }
        self._spellings: dict[str, frozenset[str]] = {}  # of the lists that were asked for one
        self._mentioned: frozenset[str] | None = None

    def has_dropped(self, source: str, upstream_id: str) -> bool:
        """Whether the source gave a complete list, and no row of it has this id.

        An unusable row counts, and so does one that spells the id otherwise. Nothing is known of an id that
        the source's own filters leave out.
        """
        if source not in self._listed:
            return False
        if source not in self._spellings:
            self._spellings[source] = frozenset(map(normalise, self._listed[source]))
        if normalise(upstream_id) in self._spellings[source]:
            return False
        return all(one.reads(upstream_id) for one in self.listings if one.source == source)

    def lists(self, source: str, upstream_id: str) -> bool:
        """Whether the source gave a complete list, and some row of it has this id."""
        return upstream_id in self._listed.get(source, ())

    def spelling_of(self, source: str, upstream_id: str) -> str:
        """The id of its complete list that is this one in another spelling; empty: none."""
        alike = (id_ for id_ in self.ids_of(source) if normalise(id_) == normalise(upstream_id))
        return "" if self.lists(source, upstream_id) else next(alike, "")

    def ids_of(self, source: str) -> Iterable[str]:
        """All ids of its complete list; none where it gave no such list."""
        return sorted(self._listed.get(source, ()))

    def never_name(self, entry: Entry) -> bool:
        """Whether every source gave a complete list, and none has an id that could mean this entry."""
        if len(self._listed) < len(self.all):
            return False
        if self._mentioned is None:
            ids = frozenset[str]().union(*self._listed.values())
            self._mentioned = frozenset(
                normalise(part) for id_ in ids for part in (id_, id_.partition("/")[2])
            )
        return self._mentioned.isdisjoint(
            {normalise(entry.key), normalise(str(entry.values.get("model", "")))}
        )
