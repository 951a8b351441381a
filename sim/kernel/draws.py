"""Keyed randomness: every draw belongs to a name, so removing one operation shifts no other draw."""

import random
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


def keyed(seed: int, kind: str, *place: str | int) -> random.Random:
    """A generator for one purpose, e.g. `keyed(7, "latency", "gateway/0", "clearing/0")`.

    A text key is hashed with SHA-512 by `random` itself, so it is the same in every process and on every Python.
    """
    return random.Random("/".join([str(seed), kind, *map(str, place)]))


def below(source: random.Random, bound: int) -> int:
    """A uniform integer in [0, bound). Rests on `getrandbits` alone, whose stream no Python version has changed."""
    assert bound > 0, bound
    bits = bound.bit_length()
    while (drawn := source.getrandbits(bits)) >= bound:
        pass
    return drawn


def between(source: random.Random, low: int, high: int) -> int:
    """A uniform integer in [low, high], both ends included."""
    return low + below(source, high - low + 1)


def shuffle(source: random.Random, items: list[T]) -> None:
    """Fisher-Yates in place: `random.shuffle` is free to change between Python versions, this is not."""
    for last in range(len(items) - 1, 0, -1):
        other = below(source, last + 1)
        items[last], items[other] = items[other], items[last]


def pick(source: random.Random, items: Sequence[T]) -> T:
    """One of `items`, uniformly."""
    return items[below(source, len(items))]


def chance(source: random.Random, numerator: int, denominator: int) -> bool:
    """True in `numerator` of `denominator` draws."""
    return below(source, denominator) < numerator
