"""Order types: what the orders of a batch need is held for all of them first; what is refused afterwards stays held."""

from collections.abc import Iterator
from contextlib import contextmanager

from sim.zoo.keeper import Machines
from sim.zoo.patching import patched
from tradewind.machines import MACHINES
from tradewind.messages.commands import PlaceOrders
from tradewind.messages.events import Event
from tradewind.messages.replies import Outcomes, Refused, Reply
from tradewind.runtime.machine import At
from tradewind.services.clearing import placing
from tradewind.services.clearing.desk import Desk
from tradewind.services.clearing.rules import needed

STORY = __doc__
CAUGHT_BY = ("A4",)
PROFILE = "direct"


@contextmanager
def plant() -> Iterator[Machines]:
    place_batch = placing.place_batch

    def first_of_all(desk: Desk, batch: PlaceOrders, at: At, events: list[Event]) -> Reply:
        reply = place_batch(desk, batch, at, events)
        refused = zip(batch.orders, reply.outcomes, strict=True) if isinstance(reply, Outcomes) else ()
        for order, outcome in refused:
            if isinstance(outcome, Refused) and order.symbol in desk.symbols:
                price = order.price or desk.symbols.last_price(order.symbol)
                asset, need = needed(desk.symbols[order.symbol], order.side, price, order.quantity)
                if 0 < need <= desk.ledger.available(order.account, asset):
                    desk.ledger.hold(order.account, asset, need)
        return reply

    with patched(placing, "place_batch", first_of_all):
        yield MACHINES
