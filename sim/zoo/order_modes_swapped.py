"""Order types: two modes of self-trade prevention are swapped: EXPIRE_BOTH ends the maker only, EXPIRE_MAKER both."""

from collections.abc import Iterator
from contextlib import contextmanager

import msgspec

from sim.zoo.keeper import Machines
from sim.zoo.patching import patched
from tradewind.machines import MACHINES
from tradewind.messages.events import OrderAccepted
from tradewind.services.matching import dealing
from tradewind.services.matching.book import Book
from tradewind.services.matching.sweep import Sweep
from tradewind.values.orders import SelfTrade

STORY = __doc__
CAUGHT_BY = ("A8", "A9")
PROFILE = "direct"
OTHER = {SelfTrade.EXPIRE_MAKER: SelfTrade.EXPIRE_BOTH, SelfTrade.EXPIRE_BOTH: SelfTrade.EXPIRE_MAKER}


class Swapped(Sweep):
    def __init__(self, book: Book, order: OrderAccepted) -> None:
        super().__init__(book, msgspec.structs.replace(order, self_trade=OTHER.get(order.self_trade, order.self_trade)))


@contextmanager
def plant() -> Iterator[Machines]:
    with patched(dealing, "Sweep", Swapped):
        yield MACHINES
