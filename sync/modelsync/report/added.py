"""Lists the models that a plan adds, by provider, with the facts one chooses by."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import msgspec

from modelsync.records import BASE, Change
from modelsync.report.align import pointed
from modelsync.report.text import brief, first, shown

ADDED_SHOWN = 40  # models, shared out among their providers
LEAST_SHOWN = 3  # models of one provider
FACTS = {
    "context": "context_length",
    "max output": "max_output_tokens",
    "input": "pricing.input",
    "output": "pricing.output",
}
PRICES = [name for name, field in FACTS.items() if field.startswith("pricing.")]


class Addition(msgspec.Struct, frozen=True):
    """A new model; an empty fact is unknown, or what its base says."""

    provider: str
    key: str
    facts: dict[str, str]  # by the names of FACTS, and `base` where there is one
    confirmed: bool


class Line(msgspec.Struct, frozen=True):
    """A line of the table of new models, its cells as many as FACTS and one."""

    kind: Literal["provider", "model", "more"]
    cells: tuple[str, ...]


def addition(change: Change) -> Addition:
    """An added model for a person."""
    values = {field.field: field.new for field in change.fields}
    facts = {name: shown(field, values[field]) if field in values else "" for name, field in FACTS.items()}
    base = {BASE: brief(str(values[BASE]))} if BASE in values else {}
    return Addition(brief(change.provider), brief(change.key), base | facts, change.confirmed)


def table(additions: Iterable[Addition], *, verbose: bool) -> list[Line]:
    """The new models below their providers, prices with their points in line."""
    groups = _grouped(additions)
    every = sum(map(len, groups.values()))
    most = every if every <= ADDED_SHOWN else max(LEAST_SHOWN, ADDED_SHOWN // len(groups))
    lines = [
        line for provider, members in groups.items() for line in _group(provider, members, most, verbose)
    ]
    return _pointed(lines)


def unconfirmed(additions: Iterable[Addition]) -> str:
    """A sentence on how many of the new models' ids are a guess, or nothing."""
    count = sum(not new.confirmed for new in additions)
    return f"{count:,} with an unconfirmed id: `model` is the source's name for it" if count else ""


def _grouped(additions: Iterable[Addition]) -> dict[str, list[Addition]]:
    groups: dict[str, list[Addition]] = {}
    for new in additions:
        groups.setdefault(new.provider, []).append(new)
    return groups


def _group(provider: str, members: list[Addition], most: int, verbose: bool) -> list[Line]:
    shown_members, left = first(members, most, verbose)
    blank = ("",) * len(FACTS)
    return [
        Line("provider", (f"{provider} ({len(members):,})", *blank)),
        *(Line("model", (_named(new), *map(new.facts.__getitem__, FACTS))) for new in shown_members),
        *([Line("more", (f"  … {left:,} more", *blank))] if left else []),
    ]


def _named(new: Addition) -> str:
    return f"  {new.key}, base {new.facts[BASE]}" if BASE in new.facts else f"  {new.key}"


def _pointed(lines: list[Line]) -> list[Line]:
    """The lines with their prices set in columns of one width."""
    if not lines:
        return []
    names, *facts = zip(*(line.cells for line in lines), strict=True)
    columns = [_column(name, column) for name, column in zip(FACTS, facts, strict=True)]
    cells = zip(names, *columns, strict=True)
    return [Line(line.kind, cell) for line, cell in zip(lines, cells, strict=True)]


def _column(name: str, facts: tuple[str, ...]) -> tuple[str, ...]:
    if name not in PRICES:
        return facts
    return tuple(fact.rjust(len(name)) for fact in pointed(facts))
