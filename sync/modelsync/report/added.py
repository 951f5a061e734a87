"""Lists the models that a plan adds, by provider, with the facts one chooses by."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from modelsync.records import BASE, Change, is_price_field
from modelsync.report.table import Column, Table, pointed
from modelsync.report.text import brief, first, grouped, more, shown

ADDED_SHOWN = 40  # models, shared out among their providers
LEAST_SHOWN = 3  # models of one provider
FACTS = {
    "context": "context_length",
    "max output": "max_output_tokens",
    "input": "pricing.input",
    "output": "pricing.output",
}
PRICES = [name for name, field in FACTS.items() if is_price_field(field)]
_COLUMNS = (Column("", folds=True), *(Column(name, right=name not in PRICES, stays=True) for name in FACTS))
_BLANK = ("",) * len(FACTS)


class Addition(msgspec.Struct, frozen=True):
    """A new model; an empty fact is unknown, or what its base says."""

    provider: str
    key: str
    base: str
    facts: tuple[str, ...]  # as many as FACTS
    confirmed: bool

    @property
    def name(self) -> str:
        return f"{self.provider}/{self.key}"

    @property
    def cells(self) -> tuple[str, ...]:
        name = f"  {self.key}, base {self.base}" if self.base else f"  {self.key}"
        return (name, *self.facts)

    @property
    def line(self) -> str:
        """All of it in a line."""
        named = zip((BASE, *FACTS), (self.base, *self.facts), strict=True)
        facts = [f"{name} {fact}" for name, fact in named if fact]
        unconfirmed = [] if self.confirmed else ["id unconfirmed"]
        return f"+ {self.name}  {', '.join(facts + unconfirmed)}".rstrip()


def addition(change: Change) -> Addition:
    """An added model for a person."""
    values = {field.field: field.new for field in change.fields}
    facts = (shown(field, values[field]) if field in values else "" for field in FACTS.values())
    base = brief(str(values[BASE])) if BASE in values else ""
    return Addition(brief(change.provider), brief(change.key), base, tuple(facts), change.confirmed)


def table(additions: Sequence[Addition], *, verbose: bool) -> Table:
    """The new models below their providers, prices with their points in line."""
    groups = grouped(additions, lambda new: new.provider)
    most = len(additions)
    if most > ADDED_SHOWN:
        most = max(LEAST_SHOWN, ADDED_SHOWN // len(groups))
    rows = list[tuple[str, tuple[str, ...]]]()  # each with its role
    for provider, members in groups.items():
        shown_members, left = first(members, most, verbose)
        rows.append(("title", (f"{provider} ({len(members):,})", *_BLANK)))
        rows += (("", new.cells) for new in shown_members)
        rows += [("more", (f"  {more(left)}", *_BLANK))] if left else []
    return Table(
        "",
        _COLUMNS,
        _pointed([cells for _, cells in rows]),
        roles=tuple(role for role, _ in rows),
        note=unconfirmed(additions),
        lines=tuple(new.line for new in additions),
    )


def _pointed(rows: Sequence[tuple[str, ...]]) -> tuple[tuple[str, ...], ...]:
    """The rows with their prices set in columns of one width."""
    if not rows:
        return ()
    names, *facts = zip(*rows, strict=True)
    columns = (
        [fact.rjust(len(name)) for fact in pointed(column)] if name in PRICES else column
        for name, column in zip(FACTS, facts, strict=True)
    )
    return tuple(zip(names, *columns, strict=True))


def unconfirmed(additions: Iterable[Addition]) -> str:
    """A sentence on how many of the new models' ids are a guess, or nothing."""
    count = sum(not new.confirmed for new in additions)
    return f"{count:,} with an unconfirmed id: `model` is the source's name for it" if count else ""
