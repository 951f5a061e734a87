"""Turns values and upstream text into one safe line; knows no layout and no medium."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import TypeVar

from msgspec import UNSET

from modelsync.errors import ModelsyncError
from modelsync.records import Kind, Scheduled, Unreadable, Window, kind_of, text_of

K = TypeVar("K")
T = TypeVar("T")

LONGEST = 160  # characters of one value or reason that a report shows
NOTHING = "—"
TOKEN_UNIT = "USD per 1M tokens"
UNIT_NAMES = {
    "per_1m_tokens": TOKEN_UNIT,
    "per_1k_tokens": "USD per 1K tokens",
    "per_token": "USD per token",
}  # of PRICING_UNITS
CALL_UNIT = "USD per call"
UNITS = {Kind.TOKEN_PRICE: TOKEN_UNIT, Kind.CALL_PRICE: CALL_UNIT, Kind.COUNT: "tokens"}

ZERO_WIDTH_SPACE = "\u200b"
_LIVE = re.compile(
    r"""(?<![A-Za-z0-9_])@(?=\w)                                # a mention
      | \#(?=\d) | \bGH-(?=\d)                                  # an issue
      | <!(?=--)                                                # a comment, as which runs note something
      | /(?:issues|pull|merge_requests|work_items)/(?=\d)       # its address
      | \[(?=[^\]\n]{0,40}?(?<![a-z])(?:skip|no|ci)(?![a-z])) | \*(?=NO_CI)  # "run no checks"
    """,
    re.VERBOSE | re.IGNORECASE,
)


def plain(text: str) -> str:
    """The text with every character that a terminal or a log could obey shown as its escape.

    Control characters and line ends, marks of direction, invisible characters and lone
    surrogates: all that Unicode calls not printable becomes `\\x1b`, `\\n`, `\\u202e`.
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def brief(text: str, most: int = LONGEST) -> str:
    """The text made `plain`, cut where it is longer than a reader wants."""
    cut = text if len(text) <= most else text[: most - 1].rstrip() + "…"
    return plain(cut)


def defused(text: str) -> str:
    """The text with a zero-width space in all that a forge acts on: it looks the same and does nothing.

    Mentions, references to issues (and so `Fixes #1`), and the words that skip checks, as
    GitHub, GitLab and Forgejo document them; squashing turns a description into a commit,
    so both are treated alike.
    """
    return _LIVE.sub(lambda match: match[0] + ZERO_WIDTH_SPACE, text)


def problem(error: ModelsyncError) -> str:
    """An error for a terminal or a log: what happened and where, and below it what to do."""
    what = f"{error.where}: {error.what}" if error.where else error.what
    return "\n  ".join(map(plain, (what, *error.advice.splitlines())))


def ago(length: timedelta) -> str:
    """How long ago something was, in the largest unit that it has two of."""
    seconds = length.total_seconds()
    for unit, size in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
        if seconds >= 2 * size:
            return f"{int(seconds // size):,} {unit} ago"
    return "just now"


def money(amount: Decimal) -> str:
    """An amount in plain decimal, as short as it is exact; an absurd exponent stays one."""
    return text_of(amount) if _is_number(amount) else str(amount)


def shown(field: str, value: object) -> str:
    """A field's value for a person, safe and brief. UNSET is a dash, None is `null`."""
    match value:
        case _ if value is UNSET:
            return NOTHING
        case bool():
            return str(value).lower()
        case Decimal():
            return money(value)
        case int() if kind_of(field) is Kind.COUNT:
            return f"{value:,}"
        case Unreadable(text):
            return brief(text)
        case _:
            return brief(text_of(value)) or ("none" if isinstance(value, tuple) else '""')


def measure(field: str, unit: str) -> str:
    """What a field's numbers are in, prices by tokens in a unit of PRICING_UNITS; empty: none."""
    kind = kind_of(field)
    return UNIT_NAMES[unit] if kind is Kind.TOKEN_PRICE else UNITS.get(kind, "")


def percent(old: object, new: object) -> Decimal | None:
    """How far a number moved, in percent of what it was; None where that means nothing."""
    if not (_is_number(old) and _is_number(new)):
        return None
    before, after = Decimal(str(old)), Decimal(str(new))
    return (after - before) / before * 100 if before > 0 and after != before else None


def _is_number(value: object) -> bool:
    if isinstance(value, Decimal):
        return value.is_finite() and abs(value.adjusted()) <= 30
    return isinstance(value, int) and not isinstance(value, bool)


def difference(old: object, new: object) -> str:
    """How far a number moved: `−16.7 %`, from a hundredfold on `×1,000`; empty for anything else."""
    share = percent(old, new)
    if share is None:
        return ""
    factor = share / 100 + 1
    if factor >= 100:
        return f"×{factor:,.0f}"
    if 0 < factor <= Decimal("0.01"):
        return f"÷{1 / factor:,.0f}"
    size = f"{abs(share):,.1f}"
    return f"{'−' if share < 0 else '+'}{'<0.1' if size == '0.0' else size} %"


def words(old: object, new: object) -> str:
    """What a set of words gains and loses: `+vision −audio`."""
    before, after = (tuple(map(str, side)) if isinstance(side, tuple) else () for side in (old, new))
    gained = [f"+{plain(word)}" for word in after if word not in before]
    lost = [f"−{plain(word)}" for word in before if word not in after]
    return brief(" ".join(gained + lost))


def steps(old: object, new: object) -> Iterator[str]:
    """What changes in tiers, windows or variants, one line for each that does."""
    before, after = _steps(old), _steps(new)
    for key, part in (before | after).items():
        if key not in before:
            yield f"+ {key}: {plain(text_of(part.prices))}"
        elif key not in after:
            yield f"− {key}: {plain(text_of(part.prices))}"
        elif before[key].prices != part.prices:
            old_prices, new_prices = before[key].prices, part.prices
            moved = [name for name in old_prices | new_prices if old_prices.get(name) != new_prices.get(name)]
            moves = (_move(name, old_prices.get(name), new_prices.get(name)) for name in moved)
            yield f"{key}: {', '.join(moves)}"


def _steps(value: object) -> dict[str, Scheduled]:
    """By the condition under which they hold."""
    parts = value if isinstance(value, tuple) else ()
    return {
        plain(f"{part.utc_start}–{part.utc_end} UTC" if isinstance(part, Window) else part.when): part
        for part in parts
        if isinstance(part, Scheduled)
    }


def _move(name: str, old: Decimal | None, new: Decimal | None) -> str:
    before = NOTHING if old is None else money(old)
    after = NOTHING if new is None else money(new)
    note = difference(old, new)
    return f"{plain(name)} {before} → {after}" + (f" ({note})" if note else "")


def many(count: int, what: str) -> str:
    """So many of a thing: `1 model`, `2 models`."""
    return f"{count:,} {what}" + ("" if count == 1 else "s")


def grouped(items: Iterable[T], key: Callable[[T], K]) -> dict[K, list[T]]:
    """The items of each key together, in the order in which they come."""
    groups: dict[K, list[T]] = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    return groups


def first(items: Sequence[T], most: int, verbose: bool) -> tuple[Sequence[T], int]:
    """As many items as are shown, and how many are left; one is never left alone."""
    if verbose or len(items) <= most + 1:
        return items, 0
    return items[:most], len(items) - most


def more(left: int) -> str:
    """How many there are beside those that are shown."""
    return f"… {left:,} more" if left else ""


def listed(names: Sequence[str], most: int, verbose: bool) -> str:
    """The names as a sentence has them: `a, b … 37 more`."""
    shown_names, left = first(names, most, verbose)
    return ", ".join(shown_names) + (f" {more(left)}" if left else "")
