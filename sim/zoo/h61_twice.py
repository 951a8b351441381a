"""H61: a gateway pushes one event twice: here each seventh of a book."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sim.zoo.keeper import Machines
from sim.zoo.patching import patched
from tradewind.machines import MACHINES
from tradewind.services.gateway.channels_native import Book, Numbered

STORY = __doc__
CAUGHT_BY = ("A12",)
PROFILE = "clientele"
EACH = 7


@contextmanager
def plant() -> Iterator[Machines]:
    delta = Numbered.delta

    def stammering(self: Numbered, before: int, seq: int, at: int, shown: Any) -> None:
        delta(self, before, seq, at, shown)
        if isinstance(self, Book) and seq % EACH == 0:
            delta(self, before, seq, at, shown)

    with patched(Numbered, "delta", stammering):
        yield MACHINES
