"""Values that no source can have stated: words, text and price schedules that only a person writes."""

from __future__ import annotations

from typing import Any

from modelsync.plan import variants
from modelsync.records import SERVICE_TIERS, UNSEEN, Scheduled, Tier, Variant, Window
from modelsync.sources import abilities, payload
from modelsync.sources.facts import overlap

_FACTOR = "pricing.factor"


def why_unsourced(field: str, old: Any, new: Any) -> str:
    """Why no source can have stated this in place of the old value, or nothing."""
    if isinstance(new, str):
        return _of_text(field, new)
    if field == _FACTOR:
        return "is a person's, and no source states it"
    if not isinstance(new, tuple):
        return ""
    before = old if isinstance(old, tuple) else ()
    came = [item for item in new if item not in before]
    if len(came) > payload.MOST_ITEMS:
        return f"has {len(came)} items more, and no source states more than {payload.MOST_ITEMS}"
    return _of_words(field, came) if all(isinstance(item, str) for item in new) else _of_schedule(before, new)


def _of_text(field: str, new: str) -> str:
    if not _prints(new):
        return "has characters that no source's text keeps"
    match field:
        case "name":
            is_read = payload.line(new) == new
        case "description":
            whole = new.removesuffix("…")  # with which a long one ends
            is_read = len(new) <= payload.LONGEST_PROSE and payload.prose(whole) == whole
        case "model":
            is_read = payload.is_identifier(new, may_be_path=True)
        case _:
            is_read = True
    return "" if is_read else "has a length, or white space, that no source's text keeps"


def _prints(text: str) -> bool:
    return all(mark.isprintable() or mark in UNSEEN for mark in text)


def _of_words(field: str, new: list[str]) -> str:
    if not all(payload.line(word) == word for word in new):
        return "has characters, or a length, that no source's words keep"
    return (
        "" if tuple(new) == abilities.ordered(field, new) else "has words, or an order, that no source gives"
    )


def _of_schedule(old: tuple[Scheduled, ...], new: tuple[Scheduled, ...]) -> str:
    if not all(item.prices for item in new):
        return "has a condition without a price"
    if len({item.condition for item in new}) < len(new):
        return "has two prices for one condition"
    tiers = [item.above for item in new if isinstance(item, Tier)]
    if max(tiers, default=0) > payload.MOST_TOKENS:
        return "begins beyond any number of tokens that a source states"
    windows = [item for item in new if isinstance(item, Window)]
    if tiers != sorted(tiers) or windows != sorted(windows, key=lambda window: window.utc_start):
        return "has an order that no source gives"
    if overlap(windows):
        return "has times of day that overlap"
    return _of_variants(old, new) if isinstance(new[0], Variant) else ""


def _of_variants(old: Any, new: Any) -> str:
    """Sync leaves the variants of other ways to ask where they are, and the factors of all."""
    if old and variants.beside(old, new) != new:
        return "has lost a variant, or another order than sync leaves them in"
    known = {item.condition: item for item in old}
    for item in (item for item in new if known.get(item.condition) != item):
        if item.conditions.get("service_tier", SERVICE_TIERS[0]) not in SERVICE_TIERS:
            return "names a service tier that no source has"
        if not all(map(_prints, item.conditions.values())):
            return "has characters that no source's text keeps"
        before = known[item.condition].prices if item.condition in known else {}
        if item.prices.get("factor") != before.get("factor"):
            return "has another factor, and that is a person's"
    return ""
