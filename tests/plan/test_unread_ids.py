"""Of what its own filters leave out, a list says nothing: no model is gone by it."""

from __future__ import annotations

import msgspec
import pytest

from building import actions, catalog, entry, listing, plan
from modelsync.records import Filters


@pytest.mark.parametrize(
    ("filters", "gone"),
    [
        ((), "remove"),
        ((Filters(),), "remove"),
        ((Filters(exclude=("ft:*",)),), None),
        ((Filters(include=("gpt-*",)),), None),
        ((Filters(include=("gpt-*",)), Filters(include=("ft:*",))), "remove"),
    ],
)
def test_a_model_that_the_filters_leave_out_is_never_gone(filters, gone) -> None:
    mine = [entry(f"openai/m{at}", f"gpt-{at}") for at in range(6)]
    tuned = entry("openai/tuned", "ft:gpt-4o:acme")
    answer = listing(*(f"gpt-{at}" for at in range(6)))
    answer = msgspec.structs.replace(answer, filters=filters)
    made = plan(catalog(*mine, tuned), answer, prune=True, once_wrote=lambda entry, source: True)
    assert actions(made).get("openai/tuned") == gone
