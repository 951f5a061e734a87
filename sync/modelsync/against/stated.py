"""What no source states, whatever it lists: words, text and schedules of prices that only a person writes."""

from __future__ import annotations

from typing import Any

from modelsync.plan import variants
from modelsync.records import FEATURES, SERVICE_TIERS, UNSEEN, Scheduled, Tier, Variant, Window

_FACTOR = "pricing.factor"


def unheard_of(field: str, old: Any, new: Any) -> str:
    """Why no source can have stated this in place of the old value, or nothing."""
    if isinstance(new, str):
        return "" if _prints(new) else "has characters that no source's text keeps"
    if field == _FACTOR:
        return "is a person's, and no source states it"
    if not isinstance(new, tuple):
        return ""
    before = old if isinstance(old, tuple) else ()
    if all(isinstance(item, str) for item in new):
        return _of_words(field, [word for word in new if word not in before])
    return _of_schedule(before, new)


def _prints(text: str) -> bool:
    return all(mark.isprintable() or mark in UNSEEN for mark in text)


def _of_words(field: str, new: list[str]) -> str:
    if not all(map(_prints, new)):
        return "has characters that no source's text keeps"
    ordered = [word for word in FEATURES if word in new] if field == "features" else list(dict.fromkeys(new))
    return "" if new == ordered else "has words, or an order, that no source gives"


def _of_schedule(old: tuple[Scheduled, ...], new: tuple[Scheduled, ...]) -> str:
    if not all(item.prices for item in new):
        return "has a condition without a price"
    if len({item.condition for item in new}) < len(new):
        return "has two prices for one condition"
    tiers = [item.above for item in new if isinstance(item, Tier)]
    windows = [item for item in new if isinstance(item, Window)]
    if tiers != sorted(tiers) or windows != sorted(windows, key=lambda window: window.utc_start):
        return "has an order that no source gives"
    if _overlap(windows):
        return "has times of day that overlap"
    return _of_variants(old, new) if isinstance(new[0], Variant) else ""


def _overlap(windows: list[Window]) -> bool:
    lengths = [(end - begin) % 1440 or 1440 for begin, end in (window.minutes for window in windows)]
    following = [window.minutes[0] for window in (*windows[1:], *windows[:1])]
    gaps = [
        (start - window.minutes[0]) % 1440 or 1440 for window, start in zip(windows, following, strict=True)
    ]
    return any(length > gap for length, gap in zip(lengths, gaps, strict=True))


def _of_variants(old: Any, new: Any) -> str:
    """Sync leaves the variants of other ways to ask where they are, and the factors of all."""
    if variants.beside(old, new) != new:
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
