"""Delta debugging (Zeller and Hildebrandt, 2002): take away large pieces, then smaller ones, down to single things."""

from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")


def ddmin(items: Sequence[T], still: Callable[[list[T]], bool]) -> list[T]:
    """The items of which none can go any more, alone: `still(rest)` says whether what we look for is there with the rest.

    For n items of which k matter, about 2 k log n questions. `items` themselves are taken to satisfy `still`.
    """
    left = list(items)
    if not left or still([]):
        return []
    size = (len(left) + 1) // 2
    while True:
        before, start = len(left), 0
        while start < len(left):
            rest = left[:start] + left[start + size :]
            if rest and still(rest):
                left = rest
            else:
                start += size
        if size > 1:
            size = (size + 1) // 2
        elif len(left) == before:
            return left
