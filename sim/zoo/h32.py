"""H32: a cancelled order is gone from the index and stays in its price level, where the next taker meets it.

The real book could not even take it from there: it forgets a filled order by the index, and a missing one is a KeyError. This
one forgives that."""

from collections.abc import Iterator
from contextlib import contextmanager

from sim.zoo.keeper import Machines
from sim.zoo.patching import patched
from tradewind.machines import MACHINES
from tradewind.services.matching import listing
from tradewind.services.matching.book import TRADING, Book, Resting
from tradewind.values.orders import MarketState

STORY = __doc__
CAUGHT_BY = ("A7", "A8")
PROFILE = "direct"


class Forgiving(dict[int, Resting]):
    def __delitem__(self, order_id: int) -> None:
        self.pop(order_id, None)


class Haunted(Book):
    def __init__(self, state: MarketState = TRADING) -> None:
        super().__init__(state)
        self.orders = Forgiving()

    def cancel(self, order_id: int) -> Resting | None:
        return self.orders.pop(order_id, None)


@contextmanager
def plant() -> Iterator[Machines]:
    with patched(listing, "Book", Haunted):
        yield MACHINES
