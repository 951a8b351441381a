"""H90: a batch holds funds for all of its orders before it looks at each, and keeps what it held for those it refuses."""

from collections.abc import Iterator
from contextlib import contextmanager

from sim.zoo.keeper import Machines
from sim.zoo.patching import patched
from tradewind.machines import MACHINES
from tradewind.messages.commands import PlaceOrder
from tradewind.messages.events import Event
from tradewind.messages.replies import OrderAck, Refused
from tradewind.runtime.machine import At
from tradewind.services.clearing import placing
from tradewind.services.clearing.desk import Desk
from tradewind.services.clearing.rules import needed

STORY = __doc__
CAUGHT_BY = ("A4",)
PROFILE = "direct"


@contextmanager
def plant() -> Iterator[Machines]:
    place = placing.place

    def greedy(desk: Desk, order: PlaceOrder, at: At, events: list[Event], number: int = 0) -> OrderAck | Refused:
        outcome = place(desk, order, at, events, number)
        if number and isinstance(outcome, Refused) and order.symbol in desk.symbols:
            rules = desk.symbols[order.symbol]
            asset, need = needed(rules, order.side, order.price, order.quantity)
            if 0 < need <= desk.ledger.available(order.account, asset):
                desk.ledger.hold(order.account, asset, need)
        return outcome

    with patched(placing, "place", greedy):
        yield MACHINES
