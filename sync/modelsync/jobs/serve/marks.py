"""Which models of an index meet a condition: a byte for each, 1 or 0, in the order of the catalog. Pure.

Such marks are combined, counted and walked by C code alone, however many models meet a condition.
"""

from __future__ import annotations

import zlib
from array import array
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import compress, groupby, islice

RARE = 1000  # models; what is so at more has its marks in the index, at fewer the models are looked up
_FASTEST = 1  # of zlib's levels


def marks_of(models: Iterable[int], size: int) -> bytes:
    """The marks of some of so many models."""
    marks = bytearray(size)
    for model in models:
        marks[model] = 1
    return bytes(marks)


def both(one: bytes, other: bytes) -> bytes:
    return (int.from_bytes(one) & int.from_bytes(other)).to_bytes(len(one))


def either(one: bytes, other: bytes) -> bytes:
    return (int.from_bytes(one) | int.from_bytes(other)).to_bytes(len(one))


def neither(marks: bytes) -> bytes:
    """The marks of all other models."""
    return (int.from_bytes(marks) ^ int.from_bytes(b"\1" * len(marks))).to_bytes(len(marks))


def walked(order: Sequence[int], marks: bytes, offset: int, limit: int) -> list[int]:
    """Some of the models that are marked, in an order of all."""
    return list(islice(compress(order, map(marks.__getitem__, order)), offset, offset + limit))


def stored(marks: bytes) -> bytes:
    """Marks as the index keeps them."""
    return zlib.compress(marks, _FASTEST)


def loaded(content: bytes) -> bytes:
    return zlib.decompress(content)


def numbers(models: Iterable[int]) -> array[int]:
    return array("I", models)


def read_numbers(content: bytes) -> array[int]:
    """Numbers of models, as the bytes of `numbers` have them."""
    read = numbers(())
    read.frombytes(content)
    return read


def common(
    words: Sequence[str], models: Mapping[str, Collection[int]], length: int = 1
) -> Iterator[tuple[str, set[int]]]:
    """What sorted words begin with at more than RARE models, from so many characters on, and these models."""
    for _, group in groupby(words, key=lambda word: word[:length]):
        alike = [*group]
        if sum(len(models[word]) for word in alike) <= RARE:
            continue
        having = set[int]().union(*(models[word] for word in alike))
        if len(having) > RARE:
            end = _alike(alike[0], alike[-1])  # sorted: so are all between them
            yield from ((alike[0][:shorter], having) for shorter in range(length, end + 1))
            yield from common([word for word in alike if len(word) > end], models, end + 1)


def _alike(one: str, other: str) -> int:
    """How many characters two words have in common before they part."""
    pairs = zip(one, other, strict=False)
    return next((at for at, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))
