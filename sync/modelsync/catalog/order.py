"""Where a new key goes among those that are there, in the file's own order. Knows keys, and no YAML."""

from __future__ import annotations

from bisect import bisect, insort
from collections.abc import Container, Iterable, Iterator, Sequence
from itertools import pairwise, takewhile


def beside(keys: Sequence[str], new: Iterable[str]) -> Iterator[tuple[str, str | None]]:
    """New keys in the order in which they are to stand, each with the key behind which it goes.

    None is for what would stand before the first: there is nothing to go behind.
    """
    order, there = list(keys), set(keys)
    is_sorted = _direction(keys) > 0
    by_words = sorted(map(_words, keys))
    for key in new:
        family = _most_alike(by_words, _words(key))
        place = bisect(order, key) if is_sorted else _place_among_alike(order, key, there, family)
        order.insert(place, key)
        insort(by_words, _words(key))
    after = None
    for key in order:
        if key in there:
            after = key
        else:
            yield key, after


def _direction(keys: Sequence[str]) -> int:
    """1 for ascending, -1 for descending, 0 for an order of a person's own, or of one key."""
    if len(keys) > 1 and all(one <= following for one, following in pairwise(keys)):
        return 1
    return -1 if len(keys) > 1 and all(one >= following for one, following in pairwise(keys)) else 0


def _place_among_alike(order: Sequence[str], new: str, there: Container[str], family: str) -> int:
    """Within the group of the most alike keys, in the order of that group; at the end where none is alike.

    A group without an order has the new key behind the one that comes next before it: `gpt-5-6` behind
    `gpt-5-1`, not behind `gpt-5-nano`.
    """
    if not family:
        return len(order)
    places = [place for place, key in enumerate(order) if f"{key}-".startswith(family)]
    direction = _direction([order[place] for place in places if order[place] in there])
    if direction:
        following = (place for place in places if (order[place] > new) - (order[place] < new) == direction)
        return next(following, places[-1] + 1)
    smaller = [place for place in places if order[place] < new]
    return max(smaller, key=lambda place: order[place], default=places[-1]) + 1


def _words(key: str) -> list[str]:
    return key.split("-")


def _most_alike(by_words: Sequence[list[str]], new: list[str]) -> str:
    """What the key shares with those most like it, which stand beside it in this order."""
    place = bisect(by_words, new)
    beside = by_words[max(0, place - 1) : place + 1]
    return max((_family(words, new) for words in beside), key=len, default="")


def _family(one: Sequence[str], other: Sequence[str]) -> str:
    """What two keys share, up to the last whole word: `gpt-4o-` for `gpt-4o-mini` and `gpt-4o-audio`."""
    words = zip(one, other, strict=False)
    return "".join(word + "-" for word, _ in takewhile(lambda pair: pair[0] == pair[1], words))


def predecessor(keys: Sequence[str], new: str, order: Sequence[str]) -> str | None:
    """Of the keys that are there, the one behind which the new one goes by this order."""
    before = order[: order.index(new)]
    return next((key for key in reversed(keys) if key in before), None)


def in_manner_of(example: Iterable[str], order: Sequence[str]) -> list[str]:
    """The order of the example's keys, and in it those of `order` that the example lacks."""
    result = list(example)
    for key in order:
        if key not in result:
            before = predecessor(result, key, order)
            result.insert(result.index(before) + 1 if before else 0, key)
    return result
