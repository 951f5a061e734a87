"""Where a new key goes among those that are there, in the file's own order. Knows keys, and no YAML."""

from __future__ import annotations

from bisect import bisect, bisect_left, insort
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import accumulate, pairwise

_WORDS = 16  # of a key: what is alike so far is one family
_GAP = 1 << 256  # so many halvings fit between two labels before all are given anew


def beside(keys: Sequence[str], new: Iterable[str]) -> Iterator[tuple[str, str | None]]:
    """New keys in the order in which they are to stand, each with the key behind which it goes.

    None is for what would stand before the first: there is nothing to go behind.
    """
    there = set(keys)
    after = None
    for key in sorted((*keys, *new)) if _direction(keys) > 0 else _Order(keys, list(new)).keys:
        if key in there:
            after = key
        else:
            yield key, after


def _direction(keys: Sequence[str]) -> int:
    """1 for ascending, -1 for descending, 0 for an order of a person's own, or of one key."""
    if len(keys) > 1 and all(one <= following for one, following in pairwise(keys)):
        return 1
    return -1 if len(keys) > 1 and all(one >= following for one, following in pairwise(keys)) else 0


class _Family:
    """The keys that begin with the same words."""

    def __init__(self, direction: int) -> None:
        self.direction = direction
        self.ranks: list[int] = []  # of all its keys, sorted
        self.heads: list[str] = []  # the keys before which all others come earlier in its direction
        self.last = ""  # of its keys, the one that stands last


class _Order:
    """Keys in a person's order, and the new ones each within the group of the most alike.

    A group that is sorted stays so. One without an order has the new key behind the one that comes next
    before it: `gpt-5-6` behind `gpt-5-1`, not behind `gpt-5-nano`. What is like no other goes to the end.
    """

    def __init__(self, keys: Sequence[str], new: Sequence[str]) -> None:
        self.keys = list(keys)
        self._by_rank = sorted({*keys, *new})
        self._ranks = {key: rank for rank, key in enumerate(self._by_rank)}
        members = defaultdict(list)
        for key in keys:
            for name in _families(key):
                members[name].append(key)
        self._families = {name: _Family(_direction(alike)) for name, alike in members.items()}
        self._label_all()
        for key in keys:
            self._join(key)
        for key in new:
            self._insert(key)

    def _label_all(self) -> None:
        """Give every key a number that grows with its place, with gaps in which new keys find theirs."""
        self._labels = {key: index * _GAP for index, key in enumerate(self.keys)}

    def _insert(self, key: str) -> None:
        index = self._index(key)
        self.keys.insert(index, key)
        before = self._labels[self.keys[index - 1]] if index else -_GAP
        following = self._labels[self.keys[index + 1]] if index + 1 < len(self.keys) else before + 2 * _GAP
        if index == 0:
            before = following - 2 * _GAP
        self._labels[key] = (before + following) // 2
        if self._labels[key] == before:
            self._label_all()
        self._join(key)

    def _index(self, key: str) -> int:
        """The place of a new key."""
        alike = [self._families[name] for name in _families(key) if name in self._families]
        if not alike:
            return len(self.keys)
        family, rank = alike[-1], self._ranks[key]
        if family.direction:
            number = bisect(family.heads, rank * family.direction, key=self._signed(family))
            if number < len(family.heads):
                return self._position(family.heads[number])
            return self._position(family.last) + 1
        smaller = bisect_left(family.ranks, rank)
        return self._position(self._by_rank[family.ranks[smaller - 1]] if smaller else family.last) + 1

    def _position(self, key: str) -> int:
        return bisect_left(self.keys, self._labels[key], key=self._labels.__getitem__)

    def _signed(self, family: _Family) -> Callable[[str], int]:
        return lambda key: self._ranks[key] * family.direction

    def _join(self, key: str) -> None:
        """Make a key, which has its place, one of its families."""
        for name in _families(key):
            family = self._families.setdefault(name, _Family(0))
            insort(family.ranks, self._ranks[key])
            if not family.last or self._labels[key] > self._labels[family.last]:
                family.last = key
            if family.direction:
                self._lead(family, key)

    def _lead(self, family: _Family, key: str) -> None:
        """Note a key that all before it come earlier than, and drop those that this is no longer true of."""
        rank_of = self._signed(family)
        number = bisect(family.heads, self._labels[key], key=self._labels.__getitem__)
        if number and rank_of(family.heads[number - 1]) > rank_of(key):
            return
        overtaken = bisect_left(family.heads, rank_of(key), lo=number, key=rank_of)
        family.heads[number:overtaken] = [key]


def _families(key: str) -> Iterator[str]:
    """What keys can share, up to a whole word: `gpt-`, `gpt-4o-`, `gpt-4o-mini-` of `gpt-4o-mini`."""
    return accumulate(f"{word}-" for word in key.split("-", _WORDS)[:_WORDS])


def predecessor(keys: Sequence[str], new: str, order: Sequence[str]) -> str | None:
    """Of the keys that are there, the one behind which the new one goes by this order."""
    before = order[: order.index(new)]
    return next((key for key in reversed(keys) if key in before), None)


def in_manner_of(example: Iterable[str], order: Iterable[str]) -> list[str]:
    """The order of the example's keys, and in it those of `order` that the example lacks."""
    return list(_in_manner_of(tuple(example), tuple(order)))


@lru_cache(maxsize=64)  # entries of one file are much alike
def _in_manner_of(example: tuple[str, ...], order: tuple[str, ...]) -> Sequence[str]:
    result = list(example)
    for key in order:
        if key not in result:
            before = predecessor(result, key, order)
            result.insert(result.index(before) + 1 if before else 0, key)
    return result
