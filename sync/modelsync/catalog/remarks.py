"""What comments say of the currency of prices: at one, or at what holds some."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from modelsync import yamledit
from modelsync.catalog.comments import Comments, Spot
from modelsync.catalog.money import USD, currency_in, names_price
from modelsync.catalog.shapes import Layout, Name

_COMMENT = re.compile(r"#.*")


class Remark(NamedTuple):
    """The other currency than USD that comments name, each empty where none does."""

    around: str = ""  # of a line of its own above an entry, or a heading: its keys may say otherwise
    beside: str = ""  # at a price, or behind something: it goes before all keys


def currencies(
    document: yamledit.Document, layout: Layout, comments: Comments, table: Mapping[str, Any]
) -> dict[Name, Remark]:
    """What comments say of the currency of an entry, a provider (with no key), or the file.

    A heading, set apart by a blank line, speaks for all entries down to the next one that names a currency.
    """
    lines = set(_COMMENT.findall(document.text))  # many say the same
    if all(currency_in(line) in ("", USD) for line in lines):  # to find the comments takes far longer
        return {}
    around, beside, headings = dict[Name, str](), dict[Name, str](), dict[Name, str]()
    for line, words in document.comments():
        if currency := currency_in(words):
            spot, *others = comments.spots(line, words)
            shared = [] if others else [layout.name_at(user.path) for user in comments.users(spot.path)]
            for name in shared or _meant(spot, layout, table):
                if others and name[1]:
                    headings[name] = currency
                elif currency != USD:
                    is_around = not shared and not spot.below and comments.stands_alone(line)
                    (around if is_around else beside)[name] = currency
    around = dict(_below(headings, document, layout)) | around
    return {name: Remark(around.get(name, ""), beside.get(name, "")) for name in around | beside}


def _meant(spot: Spot, layout: Layout, table: Mapping[str, Any]) -> list[Name]:
    """Whose prices a comment there speaks of; none where it stands at another field."""
    provider, key = layout.name_at(spot.path)
    if not key:
        return [(layout.provider_at(spot.path), "")]
    below: Any = table
    for step in spot.below:
        if not isinstance(below, dict):
            break  # an item of a schedule
        below = below.get(step)
    return [(provider, key)] if not spot.below or _has_price(below) else []


def _has_price(below: Any) -> bool:
    return any(map(_has_price, below.values())) if isinstance(below, dict) else names_price(below)


def _below(
    headings: Mapping[Name, str], document: yamledit.Document, layout: Layout
) -> Iterator[tuple[Name, str]]:
    """The entries below each heading of another currency."""
    if not headings:
        return
    for provider, raw in layout.providers(document.value()).items():
        currency = ""
        for key in layout.models(raw) or ():
            currency = headings.get((provider, key), currency)
            if currency not in ("", USD):
                yield (provider, key), currency
