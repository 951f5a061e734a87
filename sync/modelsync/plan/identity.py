"""What a model is: the ids by which sources know it, and the provider's own as far as rows are sure of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from msgspec import UNSET

from modelsync.plan.answers import Answers
from modelsync.plan.rows import Row, upstream_field
from modelsync.plan.rules import is_ours, owner_of
from modelsync.records import Entry, FieldChange, Owner, PlanPolicy, Unreadable


def identity(
    entry: Entry, rows: Sequence[Row], answers: Answers, policy: PlanPolicy
) -> Iterator[FieldChange]:
    """What the entry is followed by, and the provider's own id where that is known for sure."""
    for row in rows:
        old = entry.upstream.get(row.source, UNSET)
        if old != row.model.id and is_ours(policy, "upstream"):
            yield FieldChange(upstream_field(row.source), old, row.model.id)
    model = entry.values.get("model", UNSET)
    sure = known(rows, model, answers)
    if sure != model and is_written(policy, entry.provider):
        yield FieldChange("model", model, sure)


def model_of_new(rows: Sequence[Row], answers: Answers) -> str:
    """The provider's own id, where a row knows that for sure: the one that the next run leaves as it is."""
    first = next((row for row in rows if row.placement.confirmed), rows[0])
    return str(known(rows, first.placement.model, answers))


# ---------------------------------------------------------------------------- what is known


def known(rows: Sequence[Row], model: Any, answers: Answers) -> Any:
    """What the first row that knows the native id better says, an alias before all; else what is there."""
    better = [row for row in rows if row.placement.confirmed_by and _corrects(row, model, rows, answers)]
    aliased = [row for row in better if row.placement.confirmed_by == "alias"]
    return next((row.placement.model for row in aliased or better), model)


def _corrects(row: Row, model: Any, rows: Sequence[Row], answers: Answers) -> bool:
    """Whether the row knows the native id better: by an alias, because the provider has no such model, or
    because what is there is only upstream's name. What a person wrote has more weight than a rule, and so
    has the provider's own list."""
    if isinstance(model, Unreadable):
        return False
    if not isinstance(model, str) or row.placement.confirmed_by == "alias":
        return True
    if row.placement.confirmed_by == "list":
        return answers.has_dropped(row.source, model)
    own = (other.source for other in rows if other.placement.confirmed_by == "list")
    return model == row.model.id.partition("/")[2] and not any(answers.lists(source, model) for source in own)


def is_written(policy: PlanPolicy, provider: str) -> bool:
    return is_ours(policy, "model") and owner_of(policy, provider, "model") is Owner.NATIVE
