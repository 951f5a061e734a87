"""Prices for other ways to ask: upstream speaks only of the ways that it states, a person of all others."""

from __future__ import annotations

from typing import Any

import msgspec

from modelsync.records import Value, Variant


def beside(old: Any, new: Value) -> Value:
    """The variants that upstream states, and of the old ones those of other ways to ask.

    Each stays where it stands, since the first that a request meets counts. A factor is a person's: no list
    states one.
    """
    if not isinstance(old, tuple) or not isinstance(new, tuple):
        return new
    before, after = ([one for one in side if isinstance(one, Variant)] for side in (old, new))
    factors = {one.condition: {"factor": one.prices["factor"]} for one in before if "factor" in one.prices}
    after = [_with(one, factors.get(one.condition, {})) for one in after]
    every = list[Variant]()
    for one in [*before, *after]:
        alike = [other for other in after if other.conditions == one.conditions]
        every += [other for other in alike or [one] if other not in every]
    return tuple(every)


def _with(variant: Variant, factor: Any) -> Variant:
    return msgspec.structs.replace(variant, prices=factor | variant.prices) if factor else variant
