"""Many deployments of one model as one, whoever runs them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from modelsync.records import Kind, Model, kind_of, text_of
from modelsync.sources import abilities
from modelsync.sources.facts import Facts


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
    return list({value if _is_hashable(value) else text_of(value): value for value in values}.values())


def _is_hashable(value: Any) -> bool:
    return not isinstance(value, tuple) or all(isinstance(item, str) for item in value)
