"""H86: two modes of self-trade prevention have changed places: who wants only the resting order to go, loses both."""

from collections.abc import Iterator
from contextlib import contextmanager

import msgspec

from sim.zoo.keeper import Machines
from sim.zoo.patching import patched
from tradewind.machines import MACHINES
from tradewind.messages.events import OrderAccepted
from tradewind.services.matching.book import Book
from tradewind.services.matching.sweep import Sweep
from tradewind.values.orders import SelfTrade

STORY = __doc__
CAUGHT_BY = ("A8", "A9")
PROFILE = "direct"
SWAPPED = {SelfTrade.EXPIRE_MAKER: SelfTrade.EXPIRE_BOTH, SelfTrade.EXPIRE_BOTH: SelfTrade.EXPIRE_MAKER}


@contextmanager
def plant() -> Iterator[Machines]:
    init = Sweep.__init__

    def swapped(self: Sweep, book: Book, order: OrderAccepted) -> None:
        init(self, book, msgspec.structs.replace(order, self_trade=SWAPPED.get(order.self_trade, order.self_trade)))

    with patched(Sweep, "__init__", swapped):
        yield MACHINES
