"""What OpenRouter's rows say of prices: their units, what they depend on, and which are none.

Stated are USD per token or per call. Conditions:
https://openrouter.ai/docs/client-sdks/python/components/pricingoverride
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

from modelsync.records import CALL_PRICES, Tier, Window
from modelsync.sources import payload
from modelsync.sources.facts import Facts
from modelsync.sources.payload import NoValue

PRICES = {
    "prompt": "input",
    "completion": "output",
    "input_cache_read": "cache_read",
    "input_cache_write": "cache_write",
    "input_cache_write_1h": "cache_write_1h",
    "internal_reasoning": "reasoning",
    "image": "image_input",
    "image_output": "image_output",
    "image_token": "image_output",
    "audio": "audio_input",
    "audio_output": "audio_output",
    "input_audio_cache": "audio_cache_read",
    "request": "request",
    "web_search": "web_search",
}

KEYS = payload.keys("overrides") | PRICES.keys()
OVERRIDE_KEYS = payload.keys("min_prompt_tokens utc_start utc_end") | PRICES.keys()
ALWAYS = ("prompt", "completion")  # stated for every model, so that zero is a price

BY_THE_PIECE = frozenset({"rerank", "speech", "transcription", "video"})  # never certainly by the token
NOT_TEXT = frozenset({"audio", "image"})  # charged by the token or by the piece
NOT_PER_TOKEN = 100  # times the text price: per-token prices go up to 33 times, prices per image start at 258
MOST_PER_TOKEN = Decimal(1000)  # USD per 1M, where no text price is stated to compare with


def read(id_: str, pricing: dict[str, Any], outputs: frozenset[str], facts: Facts) -> None:
    """All prices of one row, in USD per 1M tokens or per call, and why the rest are none."""
    for key in PRICES:
        if key in pricing:
            _price(key, pricing, facts)
    _other_units(id_, outputs, facts)
    if pricing.get("overrides"):
        _overrides(pricing["overrides"], facts)


def _price(key: str, pricing: dict[str, Any], facts: Facts) -> None:
    field = f"pricing.{PRICES[key]}"
    facts.take(field, _number(key) if key in ALWAYS else _number_unless_zero(key), pricing[key])


def _number(key: str) -> Callable[[Any], Decimal]:
    return payload.per_million if PRICES[key] in CALL_PRICES else payload.per_token


def _number_unless_zero(key: str) -> Callable[[Any], Decimal | None]:
    """A zero of an optional price said nothing until January 2026, and has not been sent since."""
    return lambda value: _number(key)(value) or None


def _other_units(id_: str, outputs: frozenset[str], facts: Facts) -> None:
    """Refuse what is not a price per token, though it stands where one would."""
    prices = [value for field, value in facts.values.items() if field.startswith("pricing.")]
    by_the_piece = outputs & BY_THE_PIECE or (outputs & NOT_TEXT and not any(prices))
    if by_the_piece and not id_.endswith(":free"):
        _withdraw(facts, ("input", "output"), "charged by the piece, in a unit that the list does not state")
        return
    for field, text in (("image_input", "input"), ("audio_input", "input"), ("image_output", "output")):
        base, price = facts.values.get(f"pricing.{text}"), facts.values.get(f"pricing.{field}")
        limit = base * NOT_PER_TOKEN if isinstance(base, Decimal) and base else MOST_PER_TOKEN
        if isinstance(price, Decimal) and price > limit:
            _withdraw(facts, (field,), "too much for one token: its unit is not stated")


def _withdraw(facts: Facts, keys: tuple[str, ...], reason: str) -> None:
    for field in (f"pricing.{key}" for key in keys):
        if field in facts.values:
            facts.refuse(field, f"{facts.values[field]:f} per 1M", reason)


# ---------------------------------------------------------------------------- prices that depend


def _overrides(value: Any, facts: Facts) -> None:
    """Prices for long prompts or for times of day. What is not wholly understood is not stated at all."""
    try:
        tiers, windows = _conditional(value)
    except NoValue as fault:
        facts.refuse("pricing.tiers", json.dumps(value, default=str), str(fault))
        return
    if tiers:
        facts.values["pricing.tiers"] = tiers
    if windows:
        facts.values["pricing.windows"] = windows


def _conditional(value: Any) -> tuple[tuple[Tier, ...], tuple[Window, ...]]:
    if not isinstance(value, list):
        raise NoValue("not a list of conditions")
    if len(value) > payload.MOST_ITEMS:
        raise NoValue(f"more than {payload.MOST_ITEMS} conditions")
    by_length, by_time = list[Tier](), list[Window]()
    for entry in value:
        conditions = entry.keys() - PRICES if isinstance(entry, dict) else set()
        if conditions == {"min_prompt_tokens"}:
            by_length.append(Tier(_threshold(entry["min_prompt_tokens"]), _overridden(entry)))
        elif conditions == {"utc_start", "utc_end"}:
            by_time.append(Window(_clock(entry["utc_start"]), _clock(entry["utc_end"]), _overridden(entry)))
        else:
            raise NoValue("a condition that is not understood")
    if by_length and by_time:
        raise NoValue("depends both on length and on the time of day")
    return _tiers(by_length), _windows(by_time)


def _overridden(entry: dict[str, Any]) -> dict[str, Decimal]:
    return {name: _number(key)(entry[key]) for key, name in PRICES.items() if key in entry}


def _threshold(value: Any) -> int:
    above = payload.count(value)
    if above is None:
        raise NoValue("a tier from no length on")
    return above


def _tiers(entries: list[Tier]) -> tuple[Tier, ...]:
    """Tiers that each say all: upstream, of the entries that apply, the later ones win price by price."""
    tiers = []
    for above in sorted({entry.above for entry in entries}):
        prices: dict[str, Decimal] = {}
        for entry in entries:
            if entry.above <= above:
                prices.update(entry.prices)
        tiers.append(Tier(above, prices))
    return tuple(tiers)


def _clock(value: Any) -> str:
    """`HH:MM` of an HHMM number: 130 is 01:30, and 2400 is midnight."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 2400 or value % 100 > 59:
        raise NoValue("not a time of day")
    return f"{value // 100 % 24:02}:{value % 100:02}"


def _windows(windows: list[Window]) -> tuple[Window, ...]:
    """By their start. Windows that overlap would need a rule for which one counts."""
    minutes = [minute for window in windows for minute in _minutes(window)]
    if len(minutes) != len(set(minutes)):
        raise NoValue("times of day that overlap")
    return tuple(sorted(windows, key=lambda window: window.utc_start))


def _minutes(window: Window) -> Iterator[int]:
    start, end = (int(time[:2]) * 60 + int(time[3:]) for time in (window.utc_start, window.utc_end))
    length = (end - start) % 1440 or 1440
    return (minute % 1440 for minute in range(start, start + length))
