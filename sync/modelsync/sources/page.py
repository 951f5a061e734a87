"""One page of an upstream list as a source translated it, and how several become one list."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from modelsync.errors import SourceFailed
from modelsync.records import Model, Skipped

_BAD_SHARE = 10  # a list of which more than a tenth cannot be used says nothing
_MOST_LINES = 50


class Page(msgspec.Struct, frozen=True):
    """What one answer holds. `noted` is what nobody here knows yet, with the id of the model that has it."""

    models: tuple[Model, ...]
    skipped: tuple[Skipped, ...] = ()
    noted: tuple[tuple[str, str], ...] = ()
    following: str = ""  # the address of the next page
    total: int | None = None  # how many rows upstream says there are, over all pages
    passed_over: tuple[str, ...] = ()  # ids of models that are there, and not for us

    @property
    def rows(self) -> int:
        return len(self.models) + len(self.skipped)


class Gathered:
    """Pages as one list in the order of its ids: equal rows once, rows that contradict each other never."""

    def __init__(self) -> None:
        self.complete = True
        self.passed_over: set[str] = set()
        self._models: dict[str, Model] = {}
        self._skipped: dict[str, Skipped] = {}
        self._noted: dict[str, set[str]] = {}

    def add(self, pages: Iterable[Page]) -> None:
        """All pages of one endpoint. Raises `SourceFailed` where they cannot be trusted."""
        rows, bad, page = 0, list[Skipped](), Page(())
        for page in pages:
            rows += page.rows
            bad += page.skipped
            self._take(page)
        if rows == len(bad) == 0:
            raise SourceFailed("the list is empty")
        if len(bad) == rows or (len(bad) > 1 and len(bad) * _BAD_SHARE > rows):
            raise SourceFailed(
                f"{len(bad)} of {rows} rows cannot be used, the first because {bad[0].reason}",
                advice="the format of this list may have changed",
            )
        if page.following:
            self._incomplete("the list goes on after the last page that was read")
        if page.total is not None and rows < page.total:
            self._incomplete(f"the list counts {page.total} models and holds {rows}")

    def models(self) -> tuple[Model, ...]:
        return tuple(self._models[id_] for id_ in sorted(self._models.keys() - self._skipped.keys()))

    def skipped(self) -> tuple[Skipped, ...]:
        return tuple(self._skipped[id_] for id_ in sorted(self._skipped))

    def drift(self) -> tuple[str, ...]:
        """One line each, the same whatever the order of the rows."""
        lines = [f"{what}{_of(ids)}" for what, ids in sorted(self._noted.items())]
        more = len(lines) - _MOST_LINES
        return tuple(lines) if more <= 0 else (*lines[:_MOST_LINES], f"and {more} more")

    def _take(self, page: Page) -> None:
        for model in page.models:
            if self._models.setdefault(model.id, model) != model:
                self._skipped[model.id] = Skipped(model.id, "listed more than once, and not the same")
        for skipped in page.skipped:
            self._skipped.setdefault(skipped.id, skipped)
        self.passed_over.update(page.passed_over)
        for what, id_ in page.noted:
            self._noted.setdefault(what, set()).add(id_)

    def _incomplete(self, what: str) -> None:
        self.complete = False
        self._noted[what] = set()


def _of(ids: set[str]) -> str:
    if not any(ids):
        return ""
    return f" ({min(ids)})" if len(ids) == 1 else f" ({len(ids)} models, such as {min(ids)})"
