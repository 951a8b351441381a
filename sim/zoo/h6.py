"""H6: a MARKET order sweeps past the price that its hold was computed for.

Clearing stops at such a trade (its assertion compares with the hold's price), so money never follows; of matching, A9 says it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sim.zoo.keeper import Machines
from sim.zoo.patching import patched
from tradewind.machines import MACHINES
from tradewind.services.matching.book import Book, Placed
from tradewind.values.money import UNITS_MAX
from tradewind.values.orders import OrderType, SelfTrade, Side, TimeInForce

STORY = __doc__
CAUGHT_BY = ("A4", "A9")
PROFILE = "direct"


@contextmanager
def plant() -> Iterator[Machines]:
    place = Book.place

    def sweeping(
        self: Book,
        order_id: int,
        account: int,
        side: Side,
        type_: OrderType,
        time_in_force: TimeInForce,
        self_trade: SelfTrade,
        price: int,
        *rest: Any,
    ) -> Placed:
        if type_ is OrderType.MARKET:
            price = UNITS_MAX if side is Side.BUY else 1
        return place(self, order_id, account, side, type_, time_in_force, self_trade, price, *rest)

    with patched(Book, "place", sweeping):
        yield MACHINES
