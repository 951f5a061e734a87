"""One page of an upstream list as a source translated it, and how several pages become one list."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any

import msgspec
from msgspec.structs import replace

from modelsync.errors import SourceFailed
from modelsync.records import Filters, Kind, Model, Skipped, kind_of, text_of
from modelsync.sources import abilities
from modelsync.sources.facts import Facts

CHAT = "chat"
_BAD_SHARE = 10  # a list of which more than a tenth cannot be used says nothing
_MOST_LINES = 50
# A list for chat often names models too that are for something else, and of which only the name says so.
_FOR_OTHERS = re.compile(
    r"embed|rerank|whisper|transcri|tts|speech|orpheus|image|dall-e|diffusion|flux|video|moderation|guard|ocr",
    re.IGNORECASE,
)
_NOT_FOR_CHAT = frozenset(
    ("embeddings", "rerank", "moderation", "transcription", "speech", "image_generation", "video_generation")
)


class Page(msgspec.Struct, frozen=True):
    """What one answer holds. `noted` is what nobody here knows yet, with the id of the model that has it."""

    models: tuple[Model, ...]
    skipped: tuple[Skipped, ...] = ()
    noted: tuple[tuple[str, str], ...] = ()
    following: str = ""  # the address of the next page
    total: int | None = None  # how many rows upstream says there are, over all pages
    passed_over: tuple[str, ...] = ()  # ids of models that are there, and not for us
    unnamed: int = 0  # rows whose id cannot be read: each may be any model

    @property
    def rows(self) -> int:
        return len(self.models) + len(self.skipped)


class Gathered:
    """Pages as one list in the order of its ids: equal rows once, rows that contradict each other never."""

    def __init__(self, *, of_vendors: bool = False) -> None:
        self.complete = True
        self._of_vendors = of_vendors  # the list is of many vendors' models, and says of none what is plain
        self._passed_over: set[str] = set()
        self._features: dict[str, set[str]] = {}  # by id, of the models that are wanted
        self._models: dict[str, Model] = {}
        self._skipped: dict[str, Skipped] = {}
        self._noted: dict[str, set[str]] = {}

    def add(self, pages: Iterable[Page], filters: Filters, feature: str) -> None:
        """Add all pages of one endpoint: of their models those that are wanted, with what all of them can do.

        Raises `SourceFailed` where the pages cannot be trusted.
        """
        rows, others, bad, page = 0, 0, list[Skipped](), Page(())
        for page in pages:
            rows += page.rows
            others += len(page.passed_over)
            bad += page.skipped
            self._take(page, filters, feature)
        if rows == len(bad) == 0:
            raise SourceFailed("the list is empty")
        if len(bad) == rows or (len(bad) > 1 and len(bad) * _BAD_SHARE > rows):
            raise SourceFailed(
                f"{len(bad)} of {rows} rows cannot be used, the first because {bad[0].reason}",
                advice="the format of this list may have changed",
            )
        if page.following:
            self._incomplete("the list goes on after the last page that was read")
        if page.total is not None and rows + others < page.total:
            self._incomplete(f"the list counts {page.total} models and holds {rows + others}")

    def models(self) -> tuple[Model, ...]:
        """Give the models that are wanted and of which all pages say the same."""
        wanted = sorted(self._features.keys() - self._skipped.keys())
        models = ((self._models[id_], self._features[id_]) for id_ in wanted)
        return tuple(
            _with_features(model, served, bills=not self._of_vendors and _bills_answers(model))
            for model, served in models
        )

    def passed_over(self) -> tuple[str, ...]:
        """Give the ids that are listed too, and that nobody wants."""
        unwanted = self._models.keys() - self._features.keys() - self._skipped.keys()
        return tuple(sorted(self._passed_over | unwanted))

    def skipped(self) -> tuple[Skipped, ...]:
        return tuple(self._skipped[id_] for id_ in sorted(self._skipped))

    def drift(self) -> tuple[str, ...]:
        """One line each, the same whatever the order of the rows."""
        lines = []
        for what, ids in sorted(self._noted.items()):
            named = min(ids, default="")
            some = f" ({len(ids)} models, such as {named})" if len(ids) > 1 else f" ({named})"
            lines.append(what + (some if any(ids) else ""))
        more = len(lines) - _MOST_LINES
        return tuple(lines) if more <= 0 else (*lines[:_MOST_LINES], f"and {more} more")

    def _take(self, page: Page, filters: Filters, feature: str) -> None:
        for model in page.models:
            if filters.take(model.id):
                self._features.setdefault(model.id, set()).update([feature] if feature else [])
            if self._models.setdefault(model.id, model) != model:
                self._skipped[model.id] = Skipped(model.id, "listed more than once, and not the same")
        for skipped in page.skipped:
            self._skipped.setdefault(skipped.id, skipped)
        if page.unnamed:
            self._incomplete("a row has no id that can be read, and may be any model")
        self._passed_over.update(page.passed_over)
        for what, id_ in page.noted:
            self._noted.setdefault(what, set()).add(id_)

    def _incomplete(self, what: str) -> None:
        self.complete = False
        self._noted[what] = set()


def _with_features(model: Model, served: set[str], *, bills: bool) -> Model:
    """The model with what it can do for being where it is; for chat only where nothing says otherwise."""
    value = model.values.get("features", ())
    if not isinstance(value, tuple):
        return model
    says_more = "features" in model.values or "modalities.output" in model.values
    is_for_chat = CHAT in served and not says_more and not _FOR_OTHERS.search(model.id)
    served = {*(served - {CHAT} or ([CHAT] if is_for_chat else [])), *([CHAT] if bills else [])}
    features = abilities.ordered("features", {*value, *served})
    values = {field: known for field, known in model.values.items() if field != "features"}
    return replace(model, values=values | ({"features": features} if features else {}))


def _bills_answers(model: Model) -> bool:
    """Whether tokens that it gives out have a price, and nothing says what else they are than text."""
    price, features = model.values.get("pricing.output"), model.values.get("features", (CHAT,))
    if not isinstance(price, Decimal) or price <= 0 or "modalities.output" in model.values:
        return False
    return isinstance(features, tuple) and bool(features) and _NOT_FOR_CHAT.isdisjoint(features)


# ---------------------------------------------------------------------------- many deployments of one model


def folded(models: Iterable[Model]) -> Iterator[Model]:
    """Each model once, however many deployments and aliases it has."""
    deployments: dict[str, list[Model]] = {}
    for model in models:
        deployments.setdefault(model.id, []).append(model)
    return (_one(same) for same in deployments.values())


def _one(deployments: Sequence[Model]) -> Model:
    """What the deployments say together. A field on which they contradict each other states nothing."""
    if len(deployments) == 1:
        return deployments[0]
    facts = Facts()
    for field in sorted({field for model in deployments for field in model.values}):
        values = _different(model.values[field] for model in deployments if field in model.values)
        if len(values) == 1:
            facts.values[field] = values[0]
        elif kind_of(field) is Kind.WORDS:
            facts.values[field] = abilities.ordered(field, (word for words in values for word in words))
        else:
            texts = sorted(text_of(value) for value in values)
            facts.refuse(field, " or ".join(texts), "its deployments differ")
    unusable = _different(fault for model in deployments for fault in model.unusable)
    facts.unusable += [fault for fault in unusable if fault.field not in facts.values]
    return facts.model(deployments[0].id)


def _different(values: Iterable[Any]) -> list[Any]:
    """Each value once. A schedule cannot be hashed, and is known by its text."""
    once: dict[object, Any] = {}
    for value in values:
        is_schedule = isinstance(value, tuple) and not all(isinstance(item, str) for item in value)
        once[text_of(value) if is_schedule else value] = value
    return list(once.values())
