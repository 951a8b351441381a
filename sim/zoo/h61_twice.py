"""H61: a gateway pushes one event twice: here each seventh of a book."""

from collections.abc import Iterator
from contextlib import contextmanager

from sim.zoo.keeper import Machines
from sim.zoo.patching import patched
from tradewind.machines import MACHINES
from tradewind.services.gateway.channels_native import Book
from tradewind.services.gateway.market import News

STORY = __doc__
CAUGHT_BY = ("A12",)
PROFILE = "clientele"
EACH = 7


@contextmanager
def plant() -> Iterator[Machines]:
    hear = Book.hear

    def stammering(self: Book, news: News) -> None:
        hear(self, news)
        if news.delta is not None and news.delta.seq % EACH == 0:
            hear(self, news)

    with patched(Book, "hear", stammering):
        yield MACHINES
