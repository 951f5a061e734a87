"""Parts of a plan: by kind, by provider, and page by page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from decimal import Decimal
from urllib.parse import parse_qsl

import msgspec
from msgspec.structs import replace

from modelsync.records import Change, FieldChange, Guard, Hold, Plan, is_price_field
from modelsync.report.rows import move
from modelsync.report.text import percent
from modelsync.web.choices import Held, held, together
from modelsync.web.query import address

SIZE = 50  # models of one page


class Choosing(msgspec.Struct, frozen=True):
    show: str = ""
    provider: str = ""
    page: int = 1

    @classmethod
    def of(cls, words: str) -> Choosing:
        """The one that an address or a button says, behind its question mark."""
        asked = dict(parse_qsl(words.removeprefix("?")))
        page = asked.get("page", "")
        number = int(page) if page.isdecimal() and len(page) < 10 else 1
        return cls(asked.get("show", ""), asked.get("provider", ""), number)

    @property
    def words(self) -> str:
        """What is said of it behind the question mark of an address."""
        return address("", show=self.show, provider=self.provider, page=self.page if self.page > 1 else "")


class Filter(msgspec.Struct, frozen=True):
    """One way to see a part of a plan, and how much that is."""

    label: str
    words: str
    count: int
    is_chosen: bool


class Part(msgspec.Struct, frozen=True):
    """What one page shows of a plan, and where it is in it."""

    plan: Plan
    held: Held
    page: int
    pages: int
    total: int  # models of all pages


def part(plan: Plan, of: Choosing) -> Part:
    """What one page shows: what is held first, then what changes, the largest move first."""
    whole = kind(plan, of)
    questions, changes = list(held(whole).items()), sorted(whole.changes, key=_order)
    total = len(questions) + len(changes)
    pages = max(1, -(-total // SIZE))
    page = min(max(of.page, 1), pages)
    start, end = (page - 1) * SIZE, page * SIZE
    before = len(questions)
    some = changes[max(0, start - before) : max(0, end - before)]
    return Part(replace(whole, changes=tuple(some)), dict(questions[start:end]), page, pages, total)


def filters(plan: Plan, of: Choosing) -> Iterator[Filter]:
    """The kinds of one provider's changes, those without any too."""
    for word, (label, _, _) in _KINDS.items():
        other = Choosing(word, of.provider)
        yield Filter(label, other.words, _size(kind(plan, other)), word == of.show)


def providers(plan: Plan, of: Choosing) -> Iterator[Filter]:
    """The providers of one kind of changes; none where there is but one."""
    names = sorted({one.provider for one in plan.changes} | {one.provider for one in plan.holds})
    whole = kind(plan, Choosing(of.show))
    counts = Counter(one.provider for one in whole.changes)
    counts.update(provider for provider, _, _ in set(map(together, whole.holds)))
    counts[""] = counts.total()
    for name in ("", *names) if len(names) > 1 else ():
        other = Choosing(of.show, name)
        yield Filter(name or "all providers", other.words, counts[name], name == of.provider)


def _size(plan: Plan) -> int:
    return len(plan.changes) + len(set(map(together, plan.holds)))


def _order(change: Change) -> tuple[int, Decimal, str]:
    return _ACTIONS.index(change.action), -move(change), change.name


def kind(plan: Plan, of: Choosing) -> Plan:
    """The plan without what is of another kind or provider."""
    _, of_changes, of_holds = _KINDS.get(of.show, _KINDS[""])
    changes = tuple(one for one in plan.changes if of_changes and of_changes(one) and _is_of(of, one))
    holds = tuple(one for one in plan.holds if of_holds and of_holds(one) and _is_of(of, one))
    rest = replace(plan, notices=(), not_compared=()) if of.show or of.provider else plan
    return replace(rest, changes=changes, holds=holds)


def _is_of(of: Choosing, one: Change | Hold) -> bool:
    return of.provider in ("", one.provider)


def _moves(sign: int) -> Callable[[Change], bool]:
    def is_moved(field: FieldChange) -> bool:
        share = percent(field.old, field.new) if is_price_field(field.field) else None
        return share is not None and share * sign > 0

    return lambda change: change.action == "update" and any(map(is_moved, change.fields))


def _acts(action: str) -> Callable[[Change], bool]:
    return lambda change: change.action == action


def _guarded(*guards: Guard) -> Callable[[Hold], bool]:
    return lambda hold: hold.guard in guards


_ACTIONS = ("update", "add", "remove")
# By the word that an address says: what it is called, which changes are meant, and which holds.
_KINDS: dict[str, tuple[str, Callable[[Change], bool] | None, Callable[[Hold], bool] | None]] = {
    "": ("all", lambda change: True, lambda hold: True),
    "new": ("new", _acts("add"), None),
    "up": ("price up", _moves(1), None),
    "down": ("price down", _moves(-1), None),
    "removed": ("removed", _acts("remove"), None),
    "held": ("held", None, lambda hold: True),
    "contradicted": ("contradicted", None, _guarded(Guard.SECOND_OPINION)),
    "declined": ("declined", None, _guarded(Guard.DECLINED)),
}
WORDS = tuple(_KINDS)
