"""Structs with a field less: generic over whatever fields a plan's parts have, so that a new one shrinks too."""

from collections.abc import Iterator
from typing import Any, TypeVar

import msgspec

S = TypeVar("S", bound=msgspec.Struct)


def default_of(field: msgspec.structs.FieldInfo) -> Any:
    """What a field is when nobody says: NODEFAULT for one that somebody must say."""
    return field.default if field.default_factory is msgspec.NODEFAULT else field.default_factory()


def simpler(whole: S, kept: frozenset[str] = frozenset()) -> Iterator[S]:
    """`whole` with one field changed: to its default, or to a shorter and rounder number. The simplest of each field first.

    Fields without a default, which say what a thing is, stay; so do those named in `kept`.
    """
    for field in msgspec.structs.fields(type(whole)):
        now, default = getattr(whole, field.name), default_of(field)
        if field.name in kept or default is msgspec.NODEFAULT or now == default:
            continue
        for value in _simpler(now, default, kept):
            yield msgspec.structs.replace(whole, **{field.name: value})


def _simpler(now: Any, default: Any, kept: frozenset[str]) -> Iterator[Any]:
    yield default
    if isinstance(now, msgspec.Struct):
        yield from simpler(now, kept)
    elif type(now) is int:
        yield from (number for number in rounder(now) if number != default)


def rounder(number: int) -> Iterator[int]:
    """Numbers of the same sign, nearer to zero, that are easier to read: 4711 -> 1000, 2000, 4000, 4700."""
    size, sign = abs(number), 1 if number > 0 else -1
    ladder = (_digits(size // 4, 1), _digits(size // 2, 1), _digits(size, 1), _digits(size, 2))
    yield from (sign * one for one in dict.fromkeys(ladder) if 0 < one < size)


def _digits(number: int, leading: int) -> int:
    """Its first digits, then zeros."""
    power = int("1" + "0" * max(0, len(str(number)) - leading))
    return number // power * power
