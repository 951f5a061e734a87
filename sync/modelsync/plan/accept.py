"""Whether somebody already looked at what a guard stops: by name, by value, or in a proposed commit.

The one reading of `accept:` and of `--accept`, for planning and for the second look.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from decimal import Decimal, InvalidOperation
from fnmatch import fnmatchcase
from typing import Any

import msgspec
from msgspec import UNSET

from modelsync.plan.rules import means_the_same
from modelsync.records import (
    ADDED,
    REMOVED,
    Accepted,
    Catalog,
    Entry,
    Hold,
    Notice,
    PlanPolicy,
    Topic,
    text_of,
)

_NONE = Entry("", "", {})  # what a model that is not there states
UNAVAILABLE = "unavailable"  # what a removal means at first, where there is a grace period


def meant_by(patterns: Iterable[str], name: str) -> list[str]:
    """The patterns of `--accept` that mean a name (`openai/gpt-4o:removed`) or its section, by a glob too."""
    model, _, field = name.rpartition(":")
    names = {name, f"{model}:{field.partition('.')[0]}"}
    return [
        pattern for pattern in patterns if pattern in names or any(fnmatchcase(one, pattern) for one in names)
    ]


def accepts(rule: Accepted, name: str, value: Any) -> bool:
    """Whether a rule of `accept:` lets just this value through; a removal or an addition has none."""
    if f"{rule.model}:{rule.field}" != name:
        return False
    return rule.field in (ADDED, REMOVED) or _is(rule, value)


class Acceptance(msgspec.Struct):
    """What lets a hold pass. `after` is what a review branch of ours holds, `before` what it was made on."""

    policy: PlanPolicy
    before: Catalog
    after: Catalog | None = None
    used: set[str] = msgspec.field(default_factory=set)  # patterns of the run that let something through
    overridden: dict[str, str] = msgspec.field(
        default_factory=dict
    )  # by what was let through: guard, by whom

    def lets_through(self, hold: Hold) -> bool:
        named = meant_by(self.policy.accept, hold.name)
        self.used.update(named)
        rules = (rule for rule in self.policy.accepted if accepts(rule, hold.name, hold.change.new))
        words = [f"--accept {name}" for name in named] + [
            f"`accept:` {rule.reason}".rstrip() for rule in rules
        ]
        if words and not hold.beside:
            self.overridden[hold.name] = f"{hold.guard}: {hold.reason}; let through by {words[0]}"
        return bool(words) or self._is_proposed(hold)

    def notices(self, catalog: Catalog, holds: Iterable[Hold], busy: Container[str]) -> Iterator[Notice]:
        """What the guards said of all that a person let through, and that is not held for another reason; the
        patterns of the run that let nothing through, and the rules of `accept:` that have done their work."""
        held = {hold.name for hold in holds}
        for name, text in self.overridden.items():
            if name not in held:
                yield Notice(Topic.OVERRIDDEN, name, text)
        for name in self.policy.accept:
            if name not in self.used:
                yield Notice(Topic.ACCEPT, name, "nothing is held by this name")
        yield from _unneeded(catalog, self.policy, busy)

    def proposed_since(self, entry: Entry) -> str | None:
        """The day that a commit not yet merged has marked it with: a rebuilt one keeps it."""
        then = self.after.find(entry.provider, entry.key) if self.after else None
        since = then.values.get("unavailable_since") if then else None
        return since if isinstance(since, str) else None

    def _is_proposed(self, hold: Hold) -> bool:
        """Whether the review branch made this very change, of the value that the catalog has.

        A proposal that nobody accepted accepts nothing else, nor what it only found.
        """
        if self.after is None or hold.provider not in self.after.providers:
            return False
        before, after = (side.find(hold.provider, hold.key) for side in (self.before, self.after))
        match hold.change.field:
            case field if field == ADDED:
                return _follows(self.after, hold) and not _follows(self.before, hold)
            case field if field == REMOVED and hold.change.new is UNSET:
                return before is not None and after is None
            case field if field == REMOVED:
                return _says(after, "availability", UNAVAILABLE) and not _says(
                    before, "availability", UNAVAILABLE
                )
            case field:
                new, old = hold.change.new, hold.change.old
                moved = _says(after, field, new) and not _says(before, field, new)
                return moved and _says(before or _NONE, field, old)


def _unneeded(catalog: Catalog, policy: PlanPolicy, busy: Container[str]) -> Iterator[Notice]:
    """The rules of `accept:` that have done their work. `busy` models are still being decided in this run."""
    for rule in policy.accepted:
        provider, _, key = rule.model.partition("/")
        entry = catalog.find(provider, key)
        if rule.model in busy or rule.field == ADDED:
            continue
        if entry is None:
            yield Notice(
                Topic.ACCEPTED, f"{rule.model}:{rule.field}", "no such model any more; the rule can go"
            )
        elif rule.field in entry.values and _is(rule, entry.values[rule.field]):
            yield Notice(
                Topic.ACCEPTED, f"{rule.model}:{rule.field}", "the catalog says so now; the rule can go"
            )


def _says(entry: Entry | None, field: str, value: Any) -> bool:
    return entry is not None and means_the_same(field, entry.values.get(field, UNSET), value)


def _follows(catalog: Catalog, hold: Hold) -> bool:
    provider = catalog.providers.get(hold.provider)
    entries = provider.entries.values() if provider else ()
    return any(hold.change.new in entry.upstream.values() for entry in entries)


def _is(rule: Accepted, value: Any) -> bool:
    """Whether the rule means this value: a number by its worth, words in any order, else as it is shown."""
    if isinstance(value, Decimal):
        try:
            return Decimal(str(rule.value)) == value
        except InvalidOperation:
            return False
    if isinstance(rule.value, list | tuple):
        return means_the_same(rule.field, tuple(rule.value), value)
    return str(rule.value) == text_of(value)
