"""A model that its vendor deprecates is named, goes on to be followed, and is never added."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from building import catalog, changed, entry, listing, model, plan, told


def test_a_model_that_its_vendor_deprecates_is_followed_and_named_and_none_is_added() -> None:
    rows = (
        msgspec.structs.replace(model(f"openai/{name}", input="2.5"), deprecated=True)
        for name in ("gpt-4o", "gpt-4-old")
    )
    done = plan(catalog(entry("openai/gpt-4o", "openai/gpt-4o", input="3")), listing(*rows))
    assert changed(done) == {"openai/gpt-4o": {"pricing.input": Decimal("2.5")}}
    assert told(done, "deprecated") == {"openai/gpt-4o": "openrouter says that it is deprecated"}
    assert "openai/gpt-4-old" in told(done, "not added")
